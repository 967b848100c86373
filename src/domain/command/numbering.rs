//! Calls about the blocking of numbers.

use super::query::Page;
use super::write::Write;
use crate::domain::ids::ObjectionId;
use crate::domain::number::Tn;
use crate::domain::objection::{ObjectionAnswer, ObjectionState, Plea};
use crate::domain::pii::Pii;

/// Objects to the blocking of a number.
#[derive(Clone, Debug)]
pub struct OpenObjection {
    /// Names the write.
    pub write: Write,
    /// Which number.
    pub number: Tn,
    /// Who objects, and why.
    pub plea: Plea,
}

/// Answers an objection.
#[derive(Clone, Debug)]
pub struct AnswerObjection {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub objection: ObjectionId,
    /// What is answered.
    pub answer: ObjectionAnswer,
    /// In words, for the disputant.
    pub note: Pii<String>,
}

/// A page of objections.
#[derive(Clone, Debug)]
pub struct ListObjections {
    /// Which page.
    pub page: Page,
    /// Only those that stand so; empty means all.
    pub states: Vec<ObjectionState>,
    /// Only those whose status is overdue.
    pub overdue: bool,
}
