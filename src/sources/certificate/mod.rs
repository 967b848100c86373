//! Certificates as bytes: DER and PEM in, what the rules look at out.

mod claims;
mod crl;
mod path;
mod read;
mod tn_auth_list;

pub use claims::claim_constraints;
pub use crl::{Crl, crl};
pub use path::{NoPath, path, signed_by};
pub use read::{bundle, chain, read};
pub use tn_auth_list::tn_auth_list;
