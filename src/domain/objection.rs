//! Objections to the blocking of a number (47 CFR 64.1200(k)(8)): no charge, a status within 24
//! hours, and a decision. A number comes off a list only when two people say so (rule 8).

use serde::{Deserialize, Serialize};

use super::ids::{ClientId, ObjectionId};
use super::number::{Category, Tn};
use super::pii::Pii;
use super::time::{Span, Ts};
use super::words::words;

/// Within which a status has to be given.
pub const STATUS_WITHIN: Span = Span::hours(24);

words! {
    /// Where an objection stands.
    pub enum ObjectionState as "objection state" {
        /// Nobody has answered.
        Open = "OPEN",
        /// A status was given; it is looked at.
        UnderReview = "UNDER_REVIEW",
        /// The block stays.
        Upheld = "UPHELD",
        /// The number is off the list.
        Removed = "REMOVED",
    }
}

/// What the disputant says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plea {
    /// Who objects.
    pub disputant: Pii<String>,
    /// How to reach them.
    pub contact: Pii<String>,
    /// What shows that the number is theirs, or that the block is wrong.
    pub evidence: Pii<String>,
}

/// An objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Its id.
    pub id: ObjectionId,
    /// Which number.
    pub tn: Tn,
    /// The portal client that sent it in; none where a reviewer did.
    pub client: Option<ClientId>,
    /// What the number was blocked as.
    pub category: Category,
    /// Who put it on the list.
    pub source: String,
    /// What the disputant says.
    pub plea: Plea,
    /// Where it stands.
    pub state: ObjectionState,
    /// What was last answered.
    pub note: Pii<String>,
    /// Who recorded it.
    pub opened_by: String,
    /// When.
    pub opened_at: Ts,
    /// By when a status has to be given.
    pub due_at: Ts,
    /// When one was first given.
    pub status_at: Option<Ts>,
    /// Who proposed that the number come off the list, and when.
    pub proposed: Option<(String, Ts)>,
    /// Who decided, and when.
    pub decided: Option<(String, Ts)>,
    /// How often it was changed.
    pub revision: u64,
}

words! {
    /// What a reviewer answers.
    pub enum ObjectionAnswer as "answer to an objection" {
        /// A status: it is looked at.
        UnderReview = "UNDER_REVIEW",
        /// The block stays.
        Upheld = "UPHELD",
        /// The number should come off the list; the second who says so takes it off.
        Removed = "REMOVED",
    }
}

/// Why an answer cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// It was decided.
    #[error("this objection is decided; open a new one where there is something new")]
    Decided,
    /// No list says so: the plan or an allocation file does.
    #[error(
        "no list blocks this number, so there is nothing to take it off; correct the numbering files"
    )]
    NotListed,
    /// The same person twice.
    #[error("a second person has to say so too; ask another reviewer")]
    SecondPerson,
}

impl AnswerRefusal {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Decided => "OBJECTION_DECIDED",
            Self::NotListed => "NOT_LISTED",
            Self::SecondPerson => "SECOND_PERSON_REQUIRED",
        }
    }
}

impl Objection {
    /// Whether a status was due and none was given.
    pub fn overdue(&self, now: Ts) -> bool {
        self.status_at.is_none() && now >= self.due_at
    }

    /// Whether a decision can take the number off what blocks it.
    pub const fn removable(&self) -> bool {
        matches!(self.category, Category::SubscriberDno | Category::Unused)
            && !self.source.is_empty()
    }

    /// The objection after a reviewer's answer. A proposal that is older than `stands` has lapsed:
    /// whoever says so then is the first again.
    pub fn answer(
        mut self,
        (answer, note): (ObjectionAnswer, Pii<String>),
        by: &str,
        now: Ts,
        stands: Span,
    ) -> Result<Self, AnswerRefusal> {
        if self.decided.is_some() {
            return Err(AnswerRefusal::Decided);
        }
        self.state = match answer {
            ObjectionAnswer::UnderReview => ObjectionState::UnderReview,
            ObjectionAnswer::Upheld => {
                self.decided = Some((by.to_owned(), now));
                ObjectionState::Upheld
            }
            ObjectionAnswer::Removed if !self.removable() => return Err(AnswerRefusal::NotListed),
            ObjectionAnswer::Removed => match &self.proposed {
                Some((first, at)) if now < at.plus(stands) && first == by => {
                    return Err(AnswerRefusal::SecondPerson);
                }
                None => {
                    self.proposed = Some((by.to_owned(), now));
                    ObjectionState::UnderReview
                }
                Some((_, at)) if now >= at.plus(stands) => {
                    self.proposed = Some((by.to_owned(), now));
                    ObjectionState::UnderReview
                }
                Some(_) => {
                    self.decided = Some((by.to_owned(), now));
                    ObjectionState::Removed
                }
            },
        };
        self.status_at.get_or_insert(now);
        self.note = note;
        self.revision += 1;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn open(category: Category) -> Objection {
        Objection {
            id: ObjectionId(Uuid::from_u128(1)),
            tn: Tn::parse("+12126647665").unwrap(),
            client: None,
            category,
            source: "operator".to_owned(),
            plea: Plea::default(),
            state: ObjectionState::Open,
            note: Pii::new(String::new()),
            opened_by: "user:a".to_owned(),
            opened_at: Ts(0),
            due_at: Ts(0).plus(STATUS_WITHIN),
            status_at: None,
            proposed: None,
            decided: None,
            revision: 1,
        }
    }

    fn say(
        objection: Objection,
        answer: ObjectionAnswer,
        by: &str,
        at: Ts,
    ) -> Result<Objection, AnswerRefusal> {
        objection.answer((answer, Pii::new("looked at".to_owned())), by, at, Span(10))
    }

    #[test]
    fn a_status_is_due_within_a_day() {
        let objection = open(Category::SubscriberDno);
        let due = objection.due_at;
        assert!(!objection.overdue(due.minus(Span(1))) && objection.overdue(due));
        let told = say(objection, ObjectionAnswer::UnderReview, "user:b", Ts(5)).unwrap();
        assert_eq!((told.state, told.status_at), (ObjectionState::UnderReview, Some(Ts(5))));
        assert!(!told.overdue(due));
        let later = say(told, ObjectionAnswer::UnderReview, "user:b", Ts(9)).unwrap();
        assert_eq!((later.status_at, later.revision), (Some(Ts(5)), 3));
    }

    #[test]
    fn two_people_take_a_number_off() {
        let once = say(open(Category::SubscriberDno), ObjectionAnswer::Removed, "user:b", Ts(5));
        let once = once.unwrap();
        assert_eq!((once.state, once.decided.is_none()), (ObjectionState::UnderReview, true));
        let same = say(once.clone(), ObjectionAnswer::Removed, "user:b", Ts(6));
        assert_eq!(same, Err(AnswerRefusal::SecondPerson));
        let twice = say(once, ObjectionAnswer::Removed, "user:c", Ts(7)).unwrap();
        assert_eq!(twice.state, ObjectionState::Removed);
        let again = say(twice, ObjectionAnswer::Upheld, "user:c", Ts(8));
        assert_eq!(again, Err(AnswerRefusal::Decided));
    }

    #[test]
    fn the_first_word_lapses() {
        let remove = |objection: &Objection, by, at| {
            say(objection.clone(), ObjectionAnswer::Removed, by, Ts(at)).unwrap()
        };
        let once = remove(&open(Category::Unused), "user:b", 5);
        assert_eq!(remove(&once, "user:c", 14).state, ObjectionState::Removed);
        let anew = remove(&once, "user:c", 15);
        assert_eq!(anew.state, ObjectionState::UnderReview, "it stood for ten");
        assert_eq!(anew.proposed, Some(("user:c".to_owned(), Ts(15))));
        let same = remove(&once, "user:b", 15);
        assert_eq!(same.proposed, Some(("user:b".to_owned(), Ts(15))));
        assert_eq!(remove(&anew, "user:b", 16).state, ObjectionState::Removed);
    }

    #[test]
    fn only_a_listing_can_be_taken_back() {
        for category in [Category::Invalid, Category::Unallocated, Category::NotAssignable] {
            let told = say(open(category), ObjectionAnswer::Removed, "user:b", Ts(5));
            assert_eq!(told, Err(AnswerRefusal::NotListed));
            assert!(say(open(category), ObjectionAnswer::Upheld, "user:b", Ts(5)).is_ok());
        }
    }
}
