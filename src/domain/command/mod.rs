//! What may be asked of Vouch, read and typed: one struct for each call that changes something.
//! `wire/` makes them, `app/` carries them out.

pub mod admin;
pub mod agreement;
pub mod certificate;
pub mod challenge;
pub mod dispute;
pub mod hold;
pub mod letter;
pub mod number;
pub mod number_event;
pub mod numbering;
pub mod onboarding;
pub mod origid;
pub mod query;
pub mod review;
pub mod session;
pub mod trunk;
pub mod write;
