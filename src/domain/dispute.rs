//! Disputes of a number: who may lower what by saying that a number is theirs, and who lifts it.

use serde::{Deserialize, Serialize};

use super::access::Actor;
use super::attestation::Cap;
use super::ids::{CustomerId, DisputeId, NumberId};
use super::pii::Pii;
use super::proposal::ProposalRefusal;
use super::time::{Span, Ts};
use super::words::words;

words! {
    /// Where a dispute stands.
    pub enum State as "dispute state" {
        /// Recorded; it changes nothing, because nobody stands behind it.
        Noted = "NOTED",
        /// Nothing on the number is above B.
        Open = "OPEN",
        /// The disputant was right: what the other had has ended.
        Upheld = "UPHELD",
        /// The disputant was wrong.
        Dismissed = "DISMISSED",
    }
}

words! {
    /// How a dispute ends.
    pub enum Resolution as "dispute resolution" {
        /// The disputant is right.
        Upheld = "UPHELD",
        /// The disputant is wrong.
        Dismissed = "DISMISSED",
    }
}

/// What was said, by whom. Sealed at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// The disputant's name.
    pub name: Pii<String>,
    /// How the disputant is reached.
    pub contact: Pii<String>,
    /// Why the number is said to be theirs.
    pub reason: Pii<String>,
    /// Why it ended as it did.
    pub resolution: Pii<String>,
}

/// What the first of two people said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// How it should end.
    pub says: Resolution,
    /// Who.
    pub by: String,
    /// When.
    pub at: Ts,
}

/// A dispute of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// Of which number.
    pub number: NumberId,
    /// Whose evidence is disputed; everybody's but the disputant's where it is not said.
    pub against: Option<CustomerId>,
    /// The disputant, where it is a customer.
    pub disputant: Option<CustomerId>,
    /// What was said.
    pub said: Said,
    /// Where it stands.
    pub state: State,
    /// Who opened it.
    pub opened_by: String,
    /// When.
    pub opened_at: Ts,
    /// What the first person said about its end.
    pub first: Option<First>,
    /// The second person, and when.
    pub closed: Option<(String, Ts)>,
}

/// Where a dispute begins. It lowers something only when a reviewer says so, or when the disputant is
/// identified and has evidence of its own; an anonymous word, or a bare one, is noted.
pub const fn begins(reviewer_says_so: bool, identified: bool, has_evidence: bool) -> State {
    if reviewer_says_so || (identified && has_evidence) { State::Open } else { State::Noted }
}

/// What a person's word about the end of a dispute comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first word, or another word than the one before.
    First,
    /// The second person said the same: it is closed.
    Closed,
}

impl Dispute {
    /// Whether it still waits for its end.
    pub const fn waits(&self) -> bool {
        matches!(self.state, State::Noted | State::Open)
    }

    /// One person says how it ends. The second one that says the same closes it; what the first one
    /// said stands for `stands`.
    pub fn say(
        self,
        says: Resolution,
        by: Actor,
        now: Ts,
        stands: Span,
    ) -> Result<(Self, Step), ProposalRefusal> {
        if !self.waits() {
            return Err(ProposalRefusal::Decided);
        }
        let Actor::User(_) = by else { return Err(ProposalRefusal::SecondPerson) };
        let by = by.to_string();
        let standing =
            self.first.clone().filter(|first| first.says == says && now < first.at.plus(stands));
        match standing {
            Some(first) if first.by == by => Err(ProposalRefusal::SecondPerson),
            Some(_) => {
                let state = match says {
                    Resolution::Upheld => State::Upheld,
                    Resolution::Dismissed => State::Dismissed,
                };
                Ok((Self { state, closed: Some((by, now)), ..self }, Step::Closed))
            }
            None => {
                let first = Some(First { says, by, at: now });
                Ok((Self { first, ..self }, Step::First))
            }
        }
    }

    /// Whether upholding it ends this customer's evidence.
    pub fn strikes(&self, customer: CustomerId) -> bool {
        self.against.map_or(self.disputant != Some(customer), |against| against == customer)
    }
}

/// The cap of a number with so many open disputes.
pub const fn cap(open: u64) -> Cap {
    if open == 0 { Cap::A } else { Cap::B }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{KeyId, UserId};

    fn dispute(state: State) -> Dispute {
        Dispute {
            id: DisputeId(Uuid::from_u128(1)),
            number: NumberId(Uuid::from_u128(2)),
            against: None,
            disputant: Some(CustomerId(Uuid::from_u128(3))),
            said: Said::default(),
            state,
            opened_by: "key:1".to_owned(),
            opened_at: Ts(1),
            first: None,
            closed: None,
        }
    }

    fn person(n: u128) -> Actor {
        Actor::User(UserId(Uuid::from_u128(n)))
    }

    const STANDS: Span = Span(100);

    #[test]
    fn only_somebody_who_stands_behind_it_lowers_anything() {
        for (says_so, identified, evidence, want) in [
            (false, false, false, State::Noted),
            (false, true, false, State::Noted),
            (false, false, true, State::Noted),
            (false, true, true, State::Open),
            (true, false, false, State::Open),
        ] {
            assert_eq!(begins(says_so, identified, evidence), want);
        }
        assert_eq!((cap(0), cap(1), cap(2)), (Cap::A, Cap::B, Cap::B));
    }

    #[test]
    fn two_people_close_it_and_they_have_to_agree() {
        let says =
            |dispute: Dispute, says, who, now| dispute.say(says, person(who), Ts(now), STANDS);
        let (first, step) = says(dispute(State::Open), Resolution::Dismissed, 1, 5).unwrap();
        assert_eq!((first.state, step), (State::Open, Step::First));
        let same = says(first.clone(), Resolution::Dismissed, 1, 6);
        assert_eq!(same, Err(ProposalRefusal::SecondPerson));
        // Another word begins anew, and so does one that came too late.
        let (other, step) = says(first.clone(), Resolution::Upheld, 2, 6).unwrap();
        assert_eq!((other.state, step), (State::Open, Step::First));
        assert_eq!(says(first.clone(), Resolution::Dismissed, 2, 105).unwrap().1, Step::First);
        let (done, step) = says(first, Resolution::Dismissed, 2, 104).unwrap();
        assert_eq!((done.state, step), (State::Dismissed, Step::Closed));
        assert_eq!(says(done, Resolution::Upheld, 1, 7), Err(ProposalRefusal::Decided));
        let key = Actor::Key(KeyId(Uuid::from_u128(1)));
        let by_key = dispute(State::Open).say(Resolution::Upheld, key, Ts(1), STANDS);
        assert_eq!(by_key, Err(ProposalRefusal::SecondPerson));
    }

    #[test]
    fn it_strikes_whom_it_names_and_never_the_disputant() {
        let (mine, theirs) = (CustomerId(Uuid::from_u128(3)), CustomerId(Uuid::from_u128(4)));
        let everybody = dispute(State::Open);
        assert!(everybody.strikes(theirs) && !everybody.strikes(mine));
        let named = Dispute { against: Some(mine), ..everybody };
        assert!(named.strikes(mine) && !named.strikes(theirs));
    }
}
