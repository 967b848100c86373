//! The wire: generated messages and, for each message, one way in and one way out. Everything that
//! comes in is checked whole, and all of its faults are told at once.

mod admin;
mod agreement;
pub mod attestation;
mod challenge;
mod choice;
pub mod number;
pub mod pb;
mod requirement;
mod session;
pub mod time;
mod trunk;
pub mod validate;
