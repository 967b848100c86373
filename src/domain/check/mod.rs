//! Checks: one verification of one claim by one method. "Well-formed" is never "verified", and
//! UNAVAILABLE is never a pass.

mod address;
mod form;
mod identifier;
mod party;
mod record;
mod source;

pub use address::mailbox;
pub use form::{FormResult, alternate_phone, caller_name, run_form};
pub use identifier::identifier_form;
pub use party::{Answer, ChannelKind, HeldChannel, Place, Question, Remark, Source};
pub use record::{Check, Kind, Method, Override, Standing, Verdict};
pub use source::{
    Compared, Coverage, Evidence, Failure, Fit, Found, Judged, Likeness, OtherName, RecordStanding,
    Told, fit, judge, together,
};
