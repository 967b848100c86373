//! The outside world: one file an outside party. Adapters know true shapes and true failures, and
//! turn them into types; what follows from them is decided in `domain/`.

pub mod bounded;
mod census;
pub mod certificate;
mod companies_house;
pub mod delivery;
mod disk;
mod dns;
pub mod documents;
pub mod domain_name;
mod edgar;
pub mod exchange;
mod generic;
pub mod geo;
mod gleif;
pub mod inventory;
pub mod list;
pub mod number_events;
pub mod numbering;
pub mod ofac;
mod rdap;
mod reading;
mod secret;
mod smarty;
mod socrata;
mod telnyx;
mod twilio;
mod usps;
mod vies;
mod watchman;
mod website;
mod yente;
