//! The part of a policy that the decision reads, and how fresh the facts are.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::call::EMERGENCY;
use crate::domain::time::Span;

/// How much of the truth a table knows at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// Everything was loaded once.
    pub loaded: bool,
    /// How long ago the facts were last known to be complete.
    pub age: Span,
}

/// Refuse, or go on at B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RejectOrB {
    /// Do not originate.
    #[serde(rename = "REJECT")]
    Reject,
    /// Go on at B.
    B,
}

/// Refuse, or go on to C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RejectOrC {
    /// Do not originate.
    #[serde(rename = "REJECT")]
    Reject,
    /// Go on to C.
    C,
}

/// What a signer does while nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OnStale {
    /// Do not originate.
    #[default]
    Reject,
    /// Send without an Identity: a written decision of the operator.
    SendUnsigned,
}

/// The emergency list of a policy. It is always exactly [`EMERGENCY`]; a policy may state it, but
/// no policy can shorten it (rule 13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmergencyList;

impl Serialize for EmergencyList {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        EMERGENCY.serialize(s)
    }
}

impl<'de> Deserialize<'de> for EmergencyList {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut given = Vec::<String>::deserialize(d)?;
        given.sort_unstable();
        if given == EMERGENCY {
            Ok(Self)
        } else {
            Err(D::Error::custom("emergency is exactly [\"911\", \"933\"]; leave it out"))
        }
    }
}

/// The attestation part of a policy (`decision.md` section 1). Times are microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttestationPolicy {
    /// Without proof of freshness for this long nothing is A.
    pub a_bound: Span,
    /// Without proof of freshness for this long nothing is signed.
    pub service_bound: Span,
    /// The longest a signer may keep an answer.
    pub cache_max: Span,
    /// A number nobody showed a right to.
    pub unknown_tn: RejectOrB,
    /// Evidence that ran out.
    pub expired_evidence: RejectOrB,
    /// While nothing is known.
    pub on_stale: OnStale,
    /// An unsigned call from abroad that shows a United States number.
    pub foreign_gateway_us_tn: RejectOrC,
    /// A diverted call.
    pub diverted: RejectOrB,
    /// A only for numbers of the provider's own feeds.
    pub strict_own_numbers_only: bool,
    /// Destinations that no fault may stop.
    pub emergency: EmergencyList,
}

impl Default for AttestationPolicy {
    fn default() -> Self {
        Self {
            a_bound: Span::secs(10),
            service_bound: Span::secs(900),
            cache_max: Span::secs(10),
            unknown_tn: RejectOrB::Reject,
            expired_evidence: RejectOrB::Reject,
            on_stale: OnStale::Reject,
            foreign_gateway_us_tn: RejectOrC::Reject,
            diverted: RejectOrB::B,
            strict_own_numbers_only: false,
            emergency: EmergencyList,
        }
    }
}

/// Why an attestation policy cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// A length of time below zero.
    #[error("a_bound, service_bound and cache_max are microseconds and never negative")]
    Negative,
    /// A would outlive service itself.
    #[error("a_bound must not be longer than service_bound")]
    Bounds,
}

impl AttestationPolicy {
    /// The policy itself, if its figures make sense together.
    pub fn checked(self) -> Result<Self, BadPolicy> {
        if [self.a_bound, self.service_bound, self.cache_max].iter().any(|s| *s < Span::ZERO) {
            Err(BadPolicy::Negative)
        } else if self.a_bound > self.service_bound {
            Err(BadPolicy::Bounds)
        } else {
            Ok(self)
        }
    }
}
