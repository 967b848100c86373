//! A worked case: one JSON object a line (`decision.md` section 4), for tests, support and what-if.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::answer::{Answer, Attest, Disposition, Reason};
use super::call::{Call, Shown};
use super::decide::decide;
use super::facts::{CustomerFacts, NumberFacts, PlainFacts, TrunkFacts};
use super::policy::{AttestationPolicy, BadPolicy, Freshness};
use crate::domain::time::{Span, Ts};

/// Why a line is no case.
#[derive(Debug, thiserror::Error)]
pub enum BadCase {
    /// Not the JSON that a case is.
    #[error("not a case: {0}")]
    Json(#[from] serde_json::Error),
    /// Its policy overrides do not fit together.
    #[error("policy: {0}")]
    Policy(#[from] BadPolicy),
    /// Its age is below zero.
    #[error("freshness: age is microseconds and never negative")]
    Age,
}

/// What a case says the answer is. Its reasons compare by the first and as a set.
#[derive(Clone, Debug, Deserialize)]
pub struct Expected {
    attest: Attest,
    disposition: Disposition,
    reasons: Vec<Reason>,
    #[serde(default)]
    origid: String,
    valid_until: Ts,
    evidence_until: Ts,
    enforced: bool,
}

impl Expected {
    /// Whether `answer` is this one.
    pub fn matches(&self, answer: &Answer) -> bool {
        let origid = answer.origid.map(|id| id.to_string()).unwrap_or_default();
        let same_set = self.reasons.iter().copied().collect::<BTreeSet<_>>()
            == answer.reasons.iter().collect::<BTreeSet<_>>();
        self.attest == answer.attest
            && self.disposition == answer.disposition
            && self.reasons.first() == answer.reasons.as_slice().first()
            && same_set
            && self.origid == origid
            && self.valid_until == answer.valid_until
            && self.evidence_until == answer.evidence_until
            && self.enforced == answer.enforced
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    name: String,
    now: Ts,
    freshness: Freshness,
    #[serde(default)]
    policy: AttestationPolicy,
    #[serde(default)]
    trunk: Option<TrunkFacts<String>>,
    #[serde(default)]
    customers: BTreeMap<String, CustomerFacts>,
    #[serde(default)]
    signed: bool,
    #[serde(default)]
    dest: String,
    orig: Number,
    #[serde(default)]
    diverting: Option<Number>,
    #[serde(default)]
    expect: Option<Expected>,
}

#[derive(Deserialize)]
struct Number {
    #[serde(default)]
    tn: Option<String>,
    #[serde(flatten)]
    facts: NumberFacts<String>,
}

impl Number {
    fn shown(&self) -> Shown {
        self.tn.as_deref().map_or(Shown::Unreadable, Shown::read)
    }
}

/// One case, ready to run. Customers go by the names the case gives them.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the case calls itself.
    pub name: String,
    /// The answer it expects, if it says so.
    pub expect: Option<Expected>,
    dest: String,
    orig: Shown,
    diverting: Option<Shown>,
    signed: bool,
    facts: PlainFacts<String>,
    freshness: Freshness,
    policy: AttestationPolicy,
    now: Ts,
}

impl Case {
    /// Reads one line. The number gate goes by the category the case gives, so a `tn` that is no
    /// E.164 number is taken as it stands.
    pub fn parse(line: &str) -> Result<Self, BadCase> {
        let line: Line = serde_json::from_str(line)?;
        let policy = line.policy.checked()?;
        if line.freshness.age < Span::ZERO {
            return Err(BadCase::Age);
        }
        Ok(Self {
            name: line.name,
            expect: line.expect,
            dest: line.dest,
            orig: line.orig.shown(),
            diverting: line.diverting.as_ref().map(Number::shown),
            signed: line.signed,
            facts: PlainFacts {
                trunk: line.trunk,
                customers: line.customers,
                orig: line.orig.facts,
                diverting: line.diverting.map(|n| n.facts),
            },
            freshness: line.freshness,
            policy,
            now: line.now,
        })
    }

    /// The answer of `decide`.
    pub fn run(&self) -> Answer {
        let call = Call {
            trunk: "",
            orig: self.orig,
            dest: &self.dest,
            diverting: self.diverting,
            signed: self.signed,
        };
        decide(&call, &self.facts.view(), self.freshness, &self.policy, self.now)
    }
}
