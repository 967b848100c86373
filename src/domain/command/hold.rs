//! Calls about loads that wait for two people.

use super::write::Write;
use crate::domain::ids::OperationId;
use crate::domain::pii::Pii;

/// Confirms a held load, or calls it off.
#[derive(Clone, Debug)]
pub struct DecideHold {
    /// Names the write.
    pub write: Write,
    /// Which operation.
    pub operation: OperationId,
    /// Why.
    pub reason: Pii<String>,
}
