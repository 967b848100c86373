//! Calls about disputes of numbers.

use super::query::Page;
use super::write::Write;
use crate::domain::dispute::{Resolution, State};
use crate::domain::ids::{CustomerId, DisputeId};
use crate::domain::number::Tn;
use crate::domain::pii::Pii;

/// Opens a dispute.
#[derive(Clone, Debug)]
pub struct OpenDispute {
    /// Names the write.
    pub write: Write,
    /// Of which number.
    pub number: Tn,
    /// The disputant, where it is a customer.
    pub disputant: Option<CustomerId>,
    /// Its name.
    pub name: Pii<String>,
    /// How it is reached.
    pub contact: Pii<String>,
    /// Whose evidence is disputed.
    pub against: Option<CustomerId>,
    /// Why.
    pub reason: Pii<String>,
}

/// Says how a dispute ends.
#[derive(Clone, Debug)]
pub struct ResolveDispute {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub dispute: DisputeId,
    /// How.
    pub resolution: Resolution,
    /// Why.
    pub reason: Pii<String>,
}

/// A page of disputes.
#[derive(Clone, Debug)]
pub struct ListDisputes {
    /// Which page.
    pub page: Page,
    /// Only those in one of these states; empty means all.
    pub states: Vec<State>,
}
