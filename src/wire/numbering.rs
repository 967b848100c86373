//! Calls about the blocking of numbers on the wire.

use crate::domain::command::numbering::{AnswerObjection, ListObjections, OpenObjection};
use crate::domain::number::{BadTn, Category, Tn};
use crate::domain::numbering::Checked;
use crate::domain::objection::{Objection, ObjectionAnswer, ObjectionState, Plea};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::time::to_timestamp;
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    ObjectionState = ObjectionState { Unspecified; Open, UnderReview, Upheld, Removed }
    ObjectionAnswer = ObjectionAnswer { Unspecified; UnderReview, Upheld, Removed }
}

/// Most numbers of one request.
const MAX_NUMBERS: usize = 1_000;
/// What is kept of a number as it was given.
const MAX_GIVEN: usize = 64;
/// Longest name or address of a disputant.
const MAX_TEXT: usize = 200;
/// Longest text of evidence.
const MAX_EVIDENCE: usize = 2_000;

/// A number as it was given, and what it was read as.
pub type Given = (Pii<String>, Result<Tn, BadTn>);

/// Numbers as they were asked about, each readable or not.
#[derive(Debug)]
pub struct Asked(pub Vec<Given>);

fn asked(text: &str) -> Given {
    (Pii::new(text.chars().take(MAX_GIVEN).collect()), Tn::parse(text))
}

impl TryFrom<pb::CheckNumberRequest> for Asked {
    type Error = Faults;

    fn try_from(m: pb::CheckNumberRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        if m.number.trim().is_empty() {
            r.required("number");
        }
        r.finish(Some(Self(vec![asked(&m.number)])))
    }
}

impl TryFrom<pb::BatchCheckNumbersRequest> for Asked {
    type Error = Faults;

    fn try_from(m: pb::BatchCheckNumbersRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        if m.numbers.is_empty() {
            r.required("numbers");
        }
        let numbers = r.list("numbers", m.numbers, MAX_NUMBERS);
        r.finish(Some(Self(numbers.iter().map(|text| asked(text)).collect())))
    }
}

impl pb::NumberCheck {
    /// What is said of a number.
    pub fn of(given: &Pii<String>, tn: Tn, checked: &Checked) -> Self {
        Self {
            given: given.expose().clone(),
            number: tn.e164(),
            category: pb::NumberCategory::from(checked.judged.category).into(),
            reason: checked.judged.reason.as_str().to_owned(),
            foreign: checked.judged.foreign,
            blocked: checked.blocked(),
            list: checked.list.map(|(list, _)| list.as_str().to_owned()).unwrap_or_default(),
            source: checked.source.clone(),
            as_of_time: checked.list.map(|(_, file)| to_timestamp(file.as_of)),
        }
    }

    /// What is said of something that is no number. Only what pretends to be a North American one
    /// has to be blocked: an empty or withheld number pretends nothing.
    pub fn of_none(given: &Pii<String>, bad: BadTn) -> Self {
        Self {
            given: given.expose().clone(),
            category: pb::NumberCategory::from(Category::Invalid).into(),
            reason: bad.reason().to_owned(),
            blocked: bad == BadTn::BadNanp,
            ..Self::default()
        }
    }
}

impl TryFrom<pb::OpenBlockObjectionRequest> for OpenObjection {
    type Error = Faults;

    fn try_from(m: pb::OpenBlockObjectionRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("OpenBlockObjection", &m.request_id, &m);
        let number = r.tn("number", &m.number);
        let plea = Plea {
            disputant: Pii::new(r.required_line("disputant", &m.disputant, MAX_TEXT)),
            contact: Pii::new(r.required_line("contact", &m.contact, MAX_TEXT)),
            evidence: Pii::new(r.required_paragraph("evidence", &m.evidence, MAX_EVIDENCE)),
        };
        r.finish(number.map(|number| Self { write, number, plea }))
    }
}

impl TryFrom<pb::AnswerBlockObjectionRequest> for AnswerObjection {
    type Error = Faults;

    fn try_from(m: pb::AnswerBlockObjectionRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("AnswerBlockObjection", &m.request_id, &m);
        let objection = r.id("objection_id", &m.objection_id);
        let answer = r.choice("answer", m.answer);
        let note = Pii::new(r.required_paragraph("note", &m.note, 1_000));
        let read = || Some(Self { write, objection: objection?, answer: answer?, note });
        r.finish(read())
    }
}

impl TryFrom<pb::ListBlockObjectionsRequest> for ListObjections {
    type Error = Faults;

    fn try_from(m: pb::ListBlockObjectionsRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let page = r.page(m.page_size, &m.page_token);
        let states = r.choices("states", &m.states);
        r.finish(Some(Self { page, states, overdue: m.overdue_only }))
    }
}

impl pb::BlockObjection {
    /// An objection as it stands at `now`.
    pub fn of(objection: &Objection, now: Ts) -> Self {
        let (decided_by, decide_time) = objection.decided.clone().unzip();
        Self {
            objection_id: objection.id.to_string(),
            number: objection.tn.e164(),
            category: pb::NumberCategory::from(objection.category).into(),
            source: objection.source.clone(),
            disputant: objection.plea.disputant.expose().clone(),
            contact: objection.plea.contact.expose().clone(),
            evidence: objection.plea.evidence.expose().clone(),
            state: pb::ObjectionState::from(objection.state).into(),
            note: objection.note.expose().clone(),
            open_time: Some(to_timestamp(objection.opened_at)),
            due_time: Some(to_timestamp(objection.due_at)),
            status_time: objection.status_at.map(to_timestamp),
            overdue: objection.overdue(now),
            removal_proposed_by: objection
                .proposed
                .as_ref()
                .map(|(by, _)| by.clone())
                .unwrap_or_default(),
            decided_by: decided_by.unwrap_or_default(),
            decide_time: decide_time.map(to_timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<ObjectionState>("OBJECTION_STATE_"), 4);
        assert_eq!(assert_words::<ObjectionAnswer>("OBJECTION_ANSWER_"), 3);
    }

    #[test]
    fn every_fault_of_an_objection_is_told() {
        let told = OpenObjection::try_from(pb::OpenBlockObjectionRequest::default()).unwrap_err();
        let paths: Vec<_> = told.as_slice().iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["request_id", "number", "disputant", "contact", "evidence"]);
    }

    #[test]
    fn a_withheld_number_is_not_blocked_and_an_impossible_one_is() {
        let of = |text: &str| {
            let (given, tn) = asked(text);
            pb::NumberCheck::of_none(&given, tn.unwrap_err()).blocked
        };
        assert!(!of("anonymous") && !of("") && !of("911") && of("+11234567890"));
    }
}
