//! Checks: one verification of one claim by one method. "Well-formed" is never "verified", and
//! UNAVAILABLE is never a pass.

mod address;
mod asked;
mod form;
mod identifier;
mod party;
mod record;
mod representation;
mod route;
mod source;

pub use address::mailbox;
pub use asked::{AskedParty, RegistryEvidence};
pub use form::{FormResult, alternate_phone, caller_name, run_form};
pub use identifier::identifier_form;
pub use party::{
    Answer, Breaker, ChannelKind, HeldChannel, Outcome, Place, Question, Remark, Source,
    SourceStatus,
};
pub use record::{Check, Kind, Method, Override, Standing, Verdict};
pub use representation::{Usable, usable};
pub use route::questions;
pub use source::{
    Compared, Coverage, Evidence, Failure, Fit, Found, Judged, Likeness, OtherName, RecordStanding,
    Told, fit, judge, together,
};
