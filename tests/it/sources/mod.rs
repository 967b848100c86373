//! Adapters against true files and true failures: every row of the contract for outside sources,
//! from servers on the loopback.

mod geo;
mod given;
mod http;
mod identifier;
mod numbering;
mod ofac;
mod screening;
mod scripts;
mod smtp;
