//! The wire: generated messages and, for each message, one way in and one way out. Everything that
//! comes in is checked whole, and all of its faults are told at once.

pub mod admin;
pub mod agreement;
pub mod attestation;
mod certificate;
mod challenge;
mod check;
mod choice;
pub mod customer;
mod dispute;
mod document;
mod finding;
mod hold;
pub mod journal;
mod letter;
pub mod number;
mod number_event;
mod number_import;
pub mod numbering;
pub mod onboarding;
mod operation;
mod origid;
pub mod pb;
mod policy;
mod profile;
mod proposal;
mod query;
mod requirement;
mod review;
mod session;
mod source;
pub mod time;
mod trunk;
pub mod validate;
