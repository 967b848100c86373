//! What is odd about a certificate: warnings that never block. Two sets of names are in use for
//! the same rules of ATIS-1000080, RFC 5280, RFC 8226 and the SHAKEN certificate policy: the names
//! that published reports use today, each in force from the day its rule was, and the names before.

mod check;
mod current;
mod former;
mod rule;

pub use current::current;
pub use former::former;
pub use rule::{Lint, Severity, Source};
