//! Agreements: typed clauses, the template made of them, the exact copy that is signed, and what a
//! signed copy covers.

mod clause;
mod record;

pub use clause::{Clause, ClauseBook, ClauseId, Template};
pub use record::{
    Agreement, AgreementState, AgreementWord, Countersignature, Offer, SignRefusal, Signature,
};
