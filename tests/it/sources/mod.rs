//! Adapters against true files and true failures: every row of the contract for outside sources,
//! from servers on the loopback.

mod address;
mod bodies;
mod certificate;
mod contract;
mod dns;
mod generated;
mod generic;
mod geo;
mod given;
mod http;
mod identifier;
mod lists;
mod mutated;
mod numbering;
mod ofac;
pub(crate) mod outside;
mod screening;
mod scripts;
mod silence;
mod smtp;
mod website;
