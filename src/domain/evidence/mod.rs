//! Evidence on numbers: how long a piece lives, what ends it, and the grants it adds up to.

mod bundle;
mod carrier;
mod grant;
mod letter;
mod life;
mod record;
#[cfg(test)]
mod tests;

pub use bundle::{BundleFault, Grounds, MEMBERS, approve, bundle_faults};
pub use carrier::{BillFault, CarrierOfRecord, bill_faults, same_firm};
pub use grant::{Loan, grant, grants, reach};
pub use letter::{
    Expected, LetterDecision, LetterFault, LetterReview, Listed, Reading, letter_faults, rows,
};
pub use life::{EvidenceRefusal, expires, feed_expires, letter_kind};
pub use record::{Approval, Detail, Evidence, Kind, State};
