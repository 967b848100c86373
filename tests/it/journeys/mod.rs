//! The main path through gRPC, as portal, reviewers, operator and signer walk it: real sockets, both
//! stores, two instances wherever the store is PostgreSQL.

mod access;
mod alone;
mod answers;
mod applicant;
mod bad_fields;
mod bad_input;
mod callback;
mod certificates;
mod cli;
mod desk;
mod edits;
mod gate;
mod letters;
mod main_path;
mod number_events;
mod numbering;
mod orders;
mod pages;
mod proofs;
mod real_data;
mod registry;
mod reseller;
mod starts;
mod strangers;
