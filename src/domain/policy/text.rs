//! A policy as it is written: words are not looked up yet, so that every unknown one can be told
//! with its place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rules::{
    Agreements, Blast, Challenges, EvidenceRules, NumberLife, Retention, TwoPeople,
};
use crate::domain::attestation::AttestationPolicy;
use crate::domain::callback::CallbackRules;
use crate::domain::check::Likeness;
use crate::domain::flag::FlagRules;

/// A role's needs as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleText {
    #[serde(default)]
    pub(super) fields: Vec<FieldText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) identifiers: Vec<IdentifierText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) records: Vec<String>,
    #[serde(default)]
    pub(super) checks: Vec<CheckText>,
    #[serde(default)]
    pub(super) clauses: Vec<ClauseText>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldText {
    pub(super) field: String,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdentifierText {
    pub(super) any_of: Vec<String>,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HighVolumeText {
    pub(super) peak_cps: u32,
    pub(super) concurrent_paths: u32,
    pub(super) calls_per_day: u32,
    pub(super) distinct_caller_ids: u32,
    pub(super) fields: Vec<FieldText>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckText {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) every_claim: bool,
    #[serde(default)]
    pub(super) overridable: bool,
    pub(super) on_expiry: String,
    #[serde(default)]
    pub(super) grace_days: u32,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClauseText {
    pub(super) clause: String,
    pub(super) min_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next_version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next_from: Option<String>,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckRuleText {
    pub(super) methods: Vec<String>,
    pub(super) life_days: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) threshold: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recheck_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lists: Vec<String>,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingText {
    pub(super) severity: String,
    pub(super) effect: String,
    pub(super) source: String,
}

/// A policy as it is written in a file and stored; [`PolicyText::check`] makes a policy of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyText {
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: u32,
    /// From which day on it applies, such as `2026-01-01`.
    pub effective_from: String,
    pub(super) roles: BTreeMap<String, RoleText>,
    pub(super) checks: BTreeMap<String, CheckRuleText>,
    pub(super) findings: BTreeMap<String, FindingText>,
    pub(super) evidence: EvidenceRules,
    #[serde(default)]
    pub(super) number_life: NumberLife,
    pub(super) agreements: Agreements,
    pub(super) challenges: Challenges,
    #[serde(default)]
    pub(super) callback: CallbackRules,
    pub(super) two_people: TwoPeople,
    pub(super) blast: Blast,
    pub(super) retention: Retention,
    #[serde(default)]
    pub(super) flags: FlagRules,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) high_volume: Option<HighVolumeText>,
    pub(super) attestation: AttestationPolicy,
    #[serde(default)]
    pub(super) names: Likeness,
}
