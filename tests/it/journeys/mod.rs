//! The main path through gRPC, as portal, reviewers, operator and signer walk it: real sockets, both
//! stores, two instances wherever the store is PostgreSQL.

mod answers;
mod applicant;
mod gate;
mod main_path;
mod proofs;
mod reseller;
