//! Certificates of the SHAKEN world (RFC 8226, RFC 9060): what one says, what is odd about it, and
//! what follows from it for a number. Reading the bytes is for `sources/`.

mod delegate;
mod lint;
mod record;
mod tn_auth_list;

pub use delegate::{DelegateRefusal, ProofTerms, judge, until};
pub use lint::{Lint, Severity, Source, current, former};
pub use record::{
    Attribute, BadCertificate, BasicConstraints, Certificate, ClaimConstraints, CrlFault, CrlPoint,
    Extension, Key, KeyUsage, Name, Policies, oid, revocation_key, root_key,
};
pub use tn_auth_list::{BadTnAuthList, TnAuthList, TnEntry};
