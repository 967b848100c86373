//! Lists the provider loads: sanctions, numbering, DNO.

use super::digest::Digest;
use super::ids::ListVersionId;
use super::time::Ts;

/// The Specially Designated Nationals list of the US Treasury's OFAC.
pub const OFAC_SDN: &str = "ofac_sdn";

/// The certificates that delegate certificates have to lead to, and the one that signs the list of
/// revoked certificates.
pub const STI_ROOTS: &str = "sti_roots";

/// The certificates that the STI-PA revoked.
pub const STI_CRL: &str = "sti_crl";

/// One load of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListVersion {
    /// Its id.
    pub id: ListVersionId,
    /// Which list, such as `ofac_sdn`.
    pub list: String,
    /// The date its publisher gave it.
    pub as_of: Ts,
    /// When it was loaded.
    pub loaded: Ts,
    /// How many entries it has.
    pub entries: u64,
    /// SHA-256 over its files.
    pub sha256: Digest,
    /// Older than the policy allows: nothing is screened against it.
    pub stale: bool,
}
