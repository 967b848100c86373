//! Evidence on numbers: how long a piece lives, what ends it, and the grants it adds up to.

mod grant;
mod life;
mod record;
#[cfg(test)]
mod tests;

pub use grant::{Loan, grant, grants, reach};
pub use life::{EvidenceRefusal, expires, feed_expires, letter_kind};
pub use record::{Approval, Detail, Evidence, Kind, State};
