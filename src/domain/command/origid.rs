//! Calls about origids.

use super::write::Write;
use crate::domain::ids::{CustomerId, TrunkId};
use crate::domain::pii::Pii;

/// Whose origid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrigidOf {
    /// A customer's: what A and B are signed with.
    Customer(CustomerId),
    /// A trunk's: what C is signed with.
    Trunk(TrunkId),
}

/// Orders a new origid.
#[derive(Clone, Debug)]
pub struct RotateOrigid {
    /// Names the write.
    pub write: Write,
    /// Whose.
    pub of: OrigidOf,
    /// Why.
    pub reason: Pii<String>,
}
