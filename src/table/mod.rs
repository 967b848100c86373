//! The attestation table in memory: facts, not levels. `apply` follows the journal, `ask` answers
//! a call by `domain::attestation::decide` without waiting on anything outside of this process.

mod apply;
mod arena;
mod ask;
mod customer;
mod event;
mod fence;
mod freshness;
mod grant;
mod number;
mod policy;
mod revision;
mod state;
mod trunk;

pub use ask::Told;
pub use event::{Applied, TableEvent};
pub use fence::Fence;
pub use state::Table;
