//! All rules and types, pure: no I/O, clock, randomness, SQL, proto or async.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod access;
pub mod activation;
pub mod agreement;
pub mod attestation;
pub mod blast;
pub mod callback;
pub mod certificate;
pub mod check;
pub mod command;
pub mod customer;
pub mod customer_file;
pub mod date;
pub mod digest;
pub mod dispute;
pub mod document;
pub mod evidence;
pub mod facts;
pub mod fault;
pub mod finding;
#[cfg(test)]
mod fixture;
pub mod flag;
pub mod identifier;
pub mod ids;
pub mod journal;
pub mod letter;
pub mod link;
pub mod list;
pub mod name;
pub mod number;
pub mod number_event;
pub mod number_file;
pub mod numbering;
pub mod operation;
pub mod pii;
pub mod policy;
pub mod profile;
pub mod proposal;
pub mod provider;
pub mod register;
pub mod register_told;
pub mod requirement;
pub mod screening;
pub mod time;
pub mod trunk;
mod words;
