//! Agreements: typed clauses, the template made of them, the exact copy that is signed, and what a
//! signed copy covers.

mod clause;
mod copy;
pub(in crate::domain) mod coverage;
mod record;
#[cfg(test)]
mod tests;

pub use clause::{Clause, ClauseBook, ClauseId, Template};
pub use copy::{Copy, CopyRefusal, Parties, render};
pub use coverage::{coverage, in_force};
pub use record::{
    Agreement, AgreementState, AgreementWord, Countersignature, Offer, SignRefusal, Signature,
};
