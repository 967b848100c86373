//! A policy in force: what `PolicyText::check` gives. Times are spans, words are known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::agreement::ClauseId;
use crate::domain::attestation::AttestationPolicy;
use crate::domain::callback::CallbackRules;
use crate::domain::check::{Kind, Likeness, Method};
use crate::domain::customer::Role;
use crate::domain::finding::{Code, Severity};
use crate::domain::flag::FlagRules;
use crate::domain::list::List;
use crate::domain::profile::{DeclaredVolume, Field, IdentifierKind};
use crate::domain::provider::Record;
use crate::domain::screening::Score;
use crate::domain::time::{Span, Ts};
use crate::domain::words::words;

words! {
    /// What the end of a check's life does to an ACTIVE customer.
    pub enum OnExpiry as "expiry effect" {
        /// Nothing above B.
        CapB = "CAP_B",
        /// No level at all.
        Suspend = "SUSPEND",
        /// Nothing: an old answer goes on counting.
        None = "NONE",
        /// A reviewer is told, and service goes on.
        Finding = "FINDING",
    }
}

words! {
    /// What an open finding does to an ACTIVE customer.
    pub enum Effect as "finding effect" {
        /// Nothing.
        None = "NONE",
        /// Nothing above B.
        CapB = "CAP_B",
        /// No level at all.
        Suspend = "SUSPEND",
    }
}

/// A field that a role has to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredField {
    /// Which.
    pub field: Field,
    /// The rule it comes from.
    pub source: String,
}

/// Identifiers of which a role has to give one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredIdentifier {
    /// The kinds that will do.
    pub any_of: Vec<IdentifierKind>,
    /// The rule it comes from.
    pub source: String,
}

/// From where on a volume is high (R3-10): above any of these, or with a dialer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighVolume {
    /// Calls a second.
    pub peak_cps: u32,
    /// Calls at the same time.
    pub concurrent_paths: u32,
    /// Calls a day.
    pub calls_per_day: u32,
    /// Caller numbers shown.
    pub distinct_caller_ids: u32,
    /// What such a customer has to fill in beside what its role has to.
    pub fields: Vec<RequiredField>,
}

impl HighVolume {
    /// Whether the declared volume is high.
    pub fn is_met(&self, v: &DeclaredVolume) -> bool {
        v.peak_cps > self.peak_cps
            || v.concurrent_paths > self.concurrent_paths
            || v.calls_per_day > self.calls_per_day
            || v.distinct_caller_ids.is_some_and(|n| n > self.distinct_caller_ids)
            || v.is_dialer == Some(true)
    }
}

/// A check that a role has to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredCheck {
    /// Which.
    pub kind: Kind,
    /// Whether every claim of that kind has to pass, or one of them.
    pub every_claim: bool,
    /// Whether two people may let something stand in for it.
    pub overridable: bool,
    /// What the end of its life does.
    pub on_expiry: OnExpiry,
    /// With `CAP_B`: how long B goes on before there is no level at all. With `FINDING`: how long the
    /// reviewer is not told.
    pub grace: Span,
    /// The rule it comes from.
    pub source: String,
}

impl RequiredCheck {
    /// Longer than any customer is kept.
    pub const LASTING: Span = Span::days(36_500);

    /// How long past its end it still carries ACTIVE.
    pub const fn carries_on(&self) -> Span {
        match self.on_expiry {
            OnExpiry::Suspend => Span::ZERO,
            OnExpiry::CapB => self.grace,
            OnExpiry::None | OnExpiry::Finding => Self::LASTING,
        }
    }
}

/// A clause that the agreement of a role has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClauseRule {
    /// Which.
    pub clause: ClauseId,
    /// The oldest version that is enforced.
    pub min_version: u32,
    /// A later version and the instant from which on it will be enforced.
    pub next: Option<(u32, Ts)>,
    /// The rule it comes from.
    pub source: String,
}

/// What a role needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRules {
    /// Fields of the profile.
    pub fields: Vec<RequiredField>,
    /// Identifiers.
    pub identifiers: Vec<RequiredIdentifier>,
    /// Records of the FCC that have to hold a provider.
    pub records: Vec<Record>,
    /// Checks.
    pub checks: Vec<RequiredCheck>,
    /// Clauses.
    pub clauses: Vec<ClauseRule>,
}

/// How a check is made and how long it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRule {
    /// The methods that count.
    pub methods: Vec<Method>,
    /// How long a pass counts.
    pub life: Span,
    /// Where a resemblance becomes a finding; screening only.
    pub threshold: Option<Score>,
    /// How often a register is asked again while its answer counts.
    pub recheck: Option<Span>,
    /// The lists without which a screening is no check; screening only.
    pub lists: Vec<List>,
    /// The rule it comes from.
    pub source: String,
}

/// What a finding code means under this policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRule {
    /// How grave.
    pub severity: Severity,
    /// What it does to an ACTIVE customer.
    pub effect: Effect,
    /// The rule it comes from.
    pub source: String,
}

/// Lives of evidence on numbers (`decision.md` section 1). Days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRules {
    /// A letter may be this old when it is reviewed.
    pub loa_signed_within_days: u32,
    /// A letter lives this long.
    pub loa_days: u32,
    /// A bill lives this long.
    pub bill_days: u32,
    /// A call-back lives this long.
    pub callback_days: u32,
    /// A number ported away is PARTIAL this long.
    pub ported_out_days: u32,
    /// An own feed may be this old.
    pub feed_max_age_days: u32,
    /// The proof of a delegate certificate's key is renewed this often.
    pub delegate_proof_days: u32,
    /// The list of revoked certificates may be this old.
    #[serde(default = "crl_max_age_days")]
    pub crl_max_age_days: u32,
    /// A reviewer's approval of LOA, BILL and CALLBACK together lives this long.
    pub approval_days: u32,
    /// A carrier of record may have been looked up this long ago.
    #[serde(default = "carrier_days")]
    pub carrier_days: u32,
}

/// What holds under a policy that was stored before there was such a rule.
const fn carrier_days() -> u32 {
    30
}

/// Lives of numbers. Days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberLife {
    /// A number that was given up rests this long before another customer gets it.
    pub aging_days: u32,
}

impl Default for NumberLife {
    /// What stood in policies that were written before they said it.
    fn default() -> Self {
        Self { aging_days: 45 }
    }
}

/// For policies that were stored before there was such a list.
const fn crl_max_age_days() -> u32 {
    7
}

impl EvidenceRules {
    /// How old the list of revoked certificates may be.
    pub fn crl_max_age(&self) -> Span {
        Span::days(i64::from(self.crl_max_age_days))
    }
}

/// How long agreements live. Days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreements {
    /// From preparation to both signatures.
    pub signing_days: u32,
    /// From the countersignature on.
    pub executed_days: u32,
}

/// Limits of challenge codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenges {
    /// Digits of a code.
    pub digits: u32,
    /// Minutes a code lives.
    pub minutes: u32,
    /// Wrong codes allowed.
    pub tries: u32,
    /// Codes a day for one contact or number.
    pub sends_a_day: u32,
    /// Codes a day for all contacts of one customer: a contact that is entered anew starts no new
    /// count.
    pub contact_sends_a_day: u32,
}

/// Raises of trust by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoPeople {
    /// Hours in which a proposal can be confirmed.
    pub proposal_hours: u32,
    /// An override lasts this many days at most.
    pub override_days: u32,
}

/// What a single feed, list, policy or campaign may lower without two people (blast limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blast {
    /// Of 10,000 live numbers.
    pub numbers_per_10000: u32,
    /// Customers an hour.
    pub customers_an_hour: u32,
}

/// How long things are kept. Days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Identity records, after the end of the relationship.
    pub identity_days: u32,
    /// Call records.
    pub calls_days: u32,
    /// Idempotency keys.
    pub requests_days: u32,
}

/// A set of rules, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name, such as `CURRENT_2026`.
    pub name: String,
    /// Its version, from 1.
    pub version: u32,
    /// From when on it applies.
    pub effective_from: Ts,
    /// What each role needs; every role is there.
    pub roles: BTreeMap<Role, RoleRules>,
    /// How checks are made; every kind is there.
    pub checks: BTreeMap<Kind, CheckRule>,
    /// What findings mean; every code is there.
    pub findings: BTreeMap<Code, FindingRule>,
    /// Evidence on numbers.
    pub evidence: EvidenceRules,
    /// Lives of numbers.
    pub number_life: NumberLife,
    /// Agreements.
    pub agreements: Agreements,
    /// Challenge codes.
    pub challenges: Challenges,
    /// Codes that go to numbers.
    pub callback: CallbackRules,
    /// Raises of trust by hand.
    pub two_people: TwoPeople,
    /// Blast limit.
    pub blast: Blast,
    /// Retention.
    pub retention: Retention,
    /// Words and figures of the red flags.
    pub flags: FlagRules,
    /// From where on a volume is high; none asks nothing more of anybody.
    pub high_volume: Option<HighVolume>,
    /// The part that the attestation decision reads.
    pub attestation: AttestationPolicy,
    /// How alike the names of a claim and of a register must be.
    pub names: Likeness,
}

impl Policy {
    /// What a role needs.
    pub fn role(&self, role: Role) -> Option<&RoleRules> {
        self.roles.get(&role)
    }

    /// Until when a check made now counts.
    pub fn check_expires(&self, kind: Kind, now: Ts) -> Ts {
        self.checks.get(&kind).map_or(now, |rule| now.plus(rule.life))
    }

    /// How often a register is asked again.
    pub fn recheck(&self, kind: Kind) -> Option<Span> {
        self.checks.get(&kind).and_then(|rule| rule.recheck)
    }

    /// Where a resemblance to a listed name becomes a finding.
    pub fn screening_threshold(&self) -> Score {
        let rule = self.checks.get(&Kind::Sanctions);
        rule.and_then(|rule| rule.threshold).unwrap_or(Score::DEFAULT_THRESHOLD)
    }

    /// The lists that have to be there and young enough for a screening to count.
    pub fn required_lists(&self) -> &[List] {
        let rule = self.checks.get(&Kind::Sanctions);
        let lists = rule.map_or(&[][..], |rule| &rule.lists);
        if lists.is_empty() { &[List::OfacSdn] } else { lists }
    }

    /// How grave a finding is.
    pub fn severity(&self, code: Code) -> Severity {
        self.findings.get(&code).map_or(Severity::High, |rule| rule.severity)
    }

    /// What an open finding does to an ACTIVE customer.
    pub fn effect(&self, code: Code) -> Effect {
        self.findings.get(&code).map_or(Effect::Suspend, |rule| rule.effect)
    }
}
