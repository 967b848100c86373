//! Our own plain model of what a decision sees and says, in the shape of a case line. Nothing here
//! comes from the crate: strings for ids, sets for sets, integers for microseconds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::words::{
    Attest, Auth, Cap, Category, Disposition, Kind, Mode, OnStale, Reason, RejectOrB, RejectOrC,
    TrunkKind,
};

/// One line of a case file: the facts of one call, without what is expected.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) now: i64,
    pub(crate) freshness: Freshness,
    pub(crate) policy: Policy,
    pub(crate) trunk: Option<Trunk>,
    pub(crate) customers: BTreeMap<String, Customer>,
    pub(crate) signed: bool,
    pub(crate) dest: String,
    pub(crate) orig: Number,
    pub(crate) diverting: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expect: Option<Expected>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Freshness {
    pub(crate) loaded: bool,
    pub(crate) age: i64,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Policy {
    pub(crate) a_bound: i64,
    pub(crate) service_bound: i64,
    pub(crate) cache_max: i64,
    pub(crate) unknown_tn: RejectOrB,
    pub(crate) expired_evidence: RejectOrB,
    pub(crate) on_stale: OnStale,
    pub(crate) foreign_gateway_us_tn: RejectOrC,
    pub(crate) diverted: RejectOrB,
    pub(crate) strict_own_numbers_only: bool,
    pub(crate) emergency: BTreeSet<String>,
}

impl Default for Policy {
    /// "Defaults are the values or first names given here": `diverted` alone names B first.
    fn default() -> Self {
        Self {
            a_bound: 10_000_000,
            service_bound: 900_000_000,
            cache_max: 10_000_000,
            unknown_tn: RejectOrB::Reject,
            expired_evidence: RejectOrB::Reject,
            on_stale: OnStale::Reject,
            foreign_gateway_us_tn: RejectOrC::Reject,
            diverted: RejectOrB::B,
            strict_own_numbers_only: false,
            emergency: BTreeSet::from(["911".to_owned(), "933".to_owned()]),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trunk {
    pub(crate) id: String,
    pub(crate) kind: TrunkKind,
    pub(crate) auth: Auth,
    pub(crate) owner: String,
    pub(crate) foreign: bool,
    pub(crate) mode: Mode,
    pub(crate) origid: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Customer {
    /// Any word; only ACTIVE counts.
    pub(crate) state: String,
    pub(crate) active_until: i64,
    pub(crate) uncapped_until: i64,
    pub(crate) cap: Cap,
    pub(crate) origid: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    pub(crate) tn: String,
    pub(crate) category: Category,
    pub(crate) foreign: bool,
    pub(crate) cap: Cap,
    pub(crate) grants: Vec<Grant>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) holder: String,
    pub(crate) kinds: BTreeSet<Kind>,
    pub(crate) full_until: i64,
    pub(crate) partial_until: i64,
    pub(crate) delegated_to: BTreeSet<String>,
}

/// What the page says the answer is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) attest: Attest,
    pub(crate) disposition: Disposition,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) origid: String,
    pub(crate) valid_until: i64,
    pub(crate) evidence_until: i64,
    pub(crate) enforced: bool,
}

impl PartialEq for Expected {
    /// Every field; the reasons by the first, as a set, and none of them twice.
    fn eq(&self, other: &Self) -> bool {
        self.attest == other.attest
            && self.disposition == other.disposition
            && self.origid == other.origid
            && self.valid_until == other.valid_until
            && self.evidence_until == other.evidence_until
            && self.enforced == other.enforced
            && self.reasons.len() == other.reasons.len()
            && self.reasons.first() == other.reasons.first()
            && self.reasons.iter().all(|r| other.reasons.contains(r))
            && other.reasons.iter().all(|r| self.reasons.contains(r))
    }
}
