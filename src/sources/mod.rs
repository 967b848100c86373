//! The outside world: one file an outside party. Adapters know true shapes and true failures, and
//! turn them into types; what follows from them is decided in `domain/`.

pub mod bounded;
pub mod delivery;
mod disk;
pub mod documents;
pub mod domain_name;
pub mod geo;
pub mod inventory;
pub mod list;
pub mod number_events;
pub mod numbering;
pub mod ofac;
