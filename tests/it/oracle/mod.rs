//! The independent oracle of the attestation decision.

mod adapter;
mod enumerate;
mod generate;
mod judge;
mod model;
mod random;
mod tally;
mod time;
mod vectors;
mod words;
