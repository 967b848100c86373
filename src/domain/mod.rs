//! All rules and types, pure: no I/O, clock, randomness, SQL, proto or async.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod access;
pub mod attestation;
pub mod command;
pub mod fault;
pub mod ids;
pub mod number;
pub mod pii;
pub mod screening;
pub mod time;
pub mod trunk;
