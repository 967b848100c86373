//! The loops of the service: each does one thing again and again, and outlives every failure.

pub mod expiry;
pub mod follow;
pub mod import;
pub mod renewal;
pub mod retention;
pub mod sequencer;
pub mod worker;
