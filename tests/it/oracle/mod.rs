//! The independent oracle of the attestation decision.

mod adapter;
mod generate;
mod judge;
mod model;
mod random;
mod tally;
mod vectors;
mod words;
