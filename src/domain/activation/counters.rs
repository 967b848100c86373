//! What the gate counts. SQL counts the same from the same rows (view `gate_facts`) and refuses an
//! ACTIVE row whose counters differ, so nothing here may look at the time: expiry works through
//! `active_until`.

use serde::{Deserialize, Serialize};

use crate::domain::agreement::{AgreementWord, ClauseId};
use crate::domain::check::{Kind, Verdict};
use crate::domain::customer_file::{ClaimRow, CustomerFile};
use crate::domain::policy::{Policy, RequiredCheck};

/// The four counters of a customer's row. Only `0, 0, 0, 1` opens the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Required checks that do not pass on the live claim.
    pub checks_missing: u64,
    /// HIGH findings that are open or confirmed.
    pub high_open: u64,
    /// Required clauses that no executed agreement holds.
    pub clauses_missing: u64,
    /// Verified primary traceback contacts.
    pub primary_contacts: u64,
}

impl Counters {
    /// Whether the gate is open.
    pub const fn is_clear(&self) -> bool {
        self.checks_missing == 0
            && self.high_open == 0
            && self.clauses_missing == 0
            && self.primary_contacts == 1
    }
}

/// Counts the facts. A role that the policy has no checks or no clauses for counts as missing one:
/// nothing required is never a pass.
pub fn counters(file: &CustomerFile, policy: &Policy) -> Counters {
    let claims = file.claim_rows();
    let rules = policy.role(file.customer.role);
    let checks = rules.map_or(&[][..], |r| &r.checks);
    let clauses = rules.map_or(&[][..], |r| &r.clauses);
    let missing: usize = checks.iter().map(|rule| missing(file, &claims, rule)).sum();
    let lacking =
        clauses.iter().filter(|rule| !executed_with(file, rule.clause, rule.min_version)).count();
    Counters {
        checks_missing: (missing + usize::from(checks.is_empty())) as u64,
        high_open: file.findings.iter().filter(|f| f.bars()).count() as u64,
        clauses_missing: (lacking + usize::from(clauses.is_empty())) as u64,
        primary_contacts: u64::from(primary_verified(file, &claims)),
    }
}

/// How many claims lack a passed check under one rule; a rule without any claim lacks one.
fn missing(file: &CustomerFile, claims: &[ClaimRow], rule: &RequiredCheck) -> usize {
    let of_kind: Vec<&ClaimRow> = claims.iter().filter(|c| c.kind == rule.kind).collect();
    let passed = |claim: &&&ClaimRow| {
        file.live_check(claim).is_some_and(|c| c.passed_until(rule.overridable).is_some())
    };
    let failing = of_kind.len() - of_kind.iter().filter(passed).count();
    if of_kind.is_empty() {
        1
    } else if rule.every_claim {
        failing
    } else {
        usize::from(failing == of_kind.len())
    }
}

fn executed_with(file: &CustomerFile, clause: ClauseId, version: u32) -> bool {
    file.agreements
        .iter()
        .filter(|a| a.state.word() == AgreementWord::Executed)
        .any(|a| a.clauses.iter().any(|(id, has)| *id == clause && *has >= version))
}

/// Whether the designated primary contact was reached by mail and by telephone. An override does
/// not count here (rule 8).
pub(super) fn primary_verified(file: &CustomerFile, claims: &[ClaimRow]) -> bool {
    let passed =
        |kind| primary_check(file, claims, kind).is_some_and(|check| check.result == Verdict::Pass);
    passed(Kind::ContactEmail) && passed(Kind::ContactPhone)
}

/// The check of the primary contact's own claim of that kind.
pub(super) fn primary_check<'a>(
    file: &'a CustomerFile,
    claims: &[ClaimRow],
    kind: Kind,
) -> Option<&'a crate::domain::check::Check> {
    let subject = file.primary_contact?.to_string();
    let claim = claims.iter().find(|c| c.kind == kind && c.subject == subject)?;
    file.live_check(claim)
}
