//! The independent oracle of the attestation decision.

pub(crate) mod adapter;
mod enumerate;
pub(crate) mod generate;
mod judge;
pub(crate) mod model;
mod packed;
mod random;
mod tally;
mod time;
mod vectors;
pub(crate) mod words;
