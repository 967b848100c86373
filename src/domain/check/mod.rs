//! Checks: one verification of one claim by one method. "Well-formed" is never "verified", and
//! UNAVAILABLE is never a pass.

mod record;

pub use record::{Check, Kind, Method, Override, Standing, Verdict};
