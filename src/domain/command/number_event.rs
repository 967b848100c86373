//! Calls that tell what happened to numbers.

use super::admin::InventorySource;
use super::write::Write;
use crate::domain::number::Tn;
use crate::domain::number_event::NumberEvent;
use crate::domain::time::Ts;

/// Events and the numbers they are about.
#[derive(Clone, Debug)]
pub struct GivenEvent {
    /// The event, of the first number; or the stable reason why it cannot be read.
    pub event: Result<NumberEvent, &'static str>,
    /// Every number; the first one alone but for a range.
    pub numbers: Vec<Tn>,
}

/// Tells events.
#[derive(Clone, Debug)]
pub struct RecordNumberEvents {
    /// Names the write.
    pub write: Write,
    /// How the provider came by the numbers.
    pub source: InventorySource,
    /// The carrier they come from; empty for the provider's own.
    pub carrier: String,
    /// 1 to 500 events.
    pub events: Vec<GivenEvent>,
}

/// Comes before a file of events.
#[derive(Clone, Debug)]
pub struct LoadNumberEvents {
    /// Names the write. Its digest covers the header only.
    pub write: Write,
    /// How the provider came by the numbers.
    pub source: InventorySource,
    /// The carrier they come from; empty for the provider's own.
    pub carrier: String,
    /// Up to when the file tells everything.
    pub as_of: Ts,
}
