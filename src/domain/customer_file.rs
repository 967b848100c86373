//! The facts about one customer, loaded whole: what every decision about it is made from.

use serde::Serialize;

use super::agreement::Agreement;
use super::check::{Check, Kind};
use super::customer::Customer;
use super::digest::Digest;
use super::finding::Finding;
use super::ids::ContactId;
use super::profile::{ClaimKey, Profile, claims};
use super::proposal::Proposal;
use super::time::Ts;

/// Everything stored about one customer that a decision needs; live rows only.
#[derive(Clone, Debug)]
pub struct CustomerFile {
    /// Its own row.
    pub customer: Customer,
    /// What it says of itself, the live revision.
    pub profile: Profile,
    /// What goes into the digests of its claims.
    pub claim_key: ClaimKey,
    /// Checks; at most one a claim.
    pub checks: Vec<Check>,
    /// Findings, open and resolved.
    pub findings: Vec<Finding>,
    /// Agreements.
    pub agreements: Vec<Agreement>,
    /// The designated primary traceback contact.
    pub primary_contact: Option<ContactId>,
    /// Raises of trust that wait, or were decided.
    pub proposals: Vec<Proposal>,
}

/// A claim of the live profile as a row of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ClaimRow {
    /// The check that verifies it.
    pub kind: Kind,
    /// Which of several.
    pub subject: String,
    /// What a check has to name.
    pub digest: Digest,
}

impl CustomerFile {
    /// The claims of the live profile, ordered by kind and subject; the rows of table `claim`.
    pub fn claim_rows(&self) -> Vec<ClaimRow> {
        let rows = claims(&self.profile).into_iter().map(|claim| ClaimRow {
            digest: claim.digest(&self.claim_key),
            kind: claim.kind,
            subject: claim.subject,
        });
        rows.collect()
    }

    /// The legal name, if a check stands behind it that passed: nobody's override does.
    pub fn verified_name(&self, now: Ts) -> Option<&str> {
        let named = |claim: &&ClaimRow| matches!(claim.kind, Kind::Existence | Kind::TaxIdToName);
        let passed = |claim: &ClaimRow| {
            let until = self.live_check(claim).and_then(|check| check.passed_until(false));
            until.is_some_and(|until| now < until)
        };
        let stands = self.claim_rows().iter().filter(named).any(passed);
        stands.then(|| self.profile.legal_name.as_str())
    }

    /// The check of a claim, if it is of the live text.
    pub fn live_check(&self, claim: &ClaimRow) -> Option<&Check> {
        self.checks.iter().find(|c| {
            c.kind == claim.kind && c.subject == claim.subject && c.claim_digest == claim.digest
        })
    }
}
