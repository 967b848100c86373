//! Activation: the one gate, what it counts, and what becomes of an ACTIVE customer when a fact
//! changes under it.

mod counters;
mod gate;
mod horizon;
#[cfg(test)]
mod tests;

pub use counters::{Counters, counters};
pub use gate::{Activated, ReinstateRefusal, activate, approve, on_fact_change, reinstate};
pub use horizon::{Horizon, horizon};
