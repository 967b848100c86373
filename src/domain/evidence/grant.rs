//! Grants: what the verified evidence of each customer on one number adds up to. Expiry is looked
//! at when a call is answered, so a grant depends on rows alone and never on the time.

use std::collections::BTreeSet;

use super::record::{Evidence, Kind};
use crate::domain::attestation::Grant;
use crate::domain::ids::CustomerId;
use crate::domain::time::Ts;

/// A recorded loan of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loan {
    /// Who lends.
    pub holder: CustomerId,
    /// Who borrows.
    pub delegate: CustomerId,
}

/// Whether a row counts at all: verified, not taken back, and not the customer's own word.
fn counts(row: &Evidence) -> bool {
    row.verified_at != Ts::NEVER && row.revoked_at.is_none() && row.kind != Kind::CustomerSelfCert
}

const fn full_alone(kind: Kind) -> bool {
    match kind {
        Kind::AssignedByUs
        | Kind::RangeAllocated
        | Kind::PortedToUs
        | Kind::TollfreeResporg
        | Kind::DelegateCert => true,
        Kind::Loa | Kind::Bill | Kind::Callback | Kind::PortedOut | Kind::CustomerSelfCert => false,
    }
}

/// What one customer's evidence on one number gives, without loans; `None` if no row counts. Rows
/// of other customers are passed over.
pub fn grant(holder: CustomerId, evidence: &[Evidence]) -> Option<Grant> {
    let rows: Vec<&Evidence> =
        evidence.iter().filter(|row| row.customer == holder && counts(row)).collect();
    if rows.is_empty() {
        return None;
    }
    let latest = |rows: &mut dyn Iterator<Item = Ts>| rows.max().unwrap_or(Ts::NEVER);
    let alone = latest(&mut rows.iter().filter(|r| full_alone(r.kind)).map(|r| r.expires_at));
    let bundled = latest(&mut rows.iter().filter_map(|row| bundle(row, &rows)));
    let partial = latest(&mut rows.iter().filter(|r| !full_alone(r.kind)).map(|r| r.expires_at));
    Some(Grant {
        holder,
        kinds: rows.iter().map(|row| row.kind).collect(),
        full_until: alone.max(bundled),
        partial_until: partial,
        delegated_to: Vec::new(),
    })
}

/// Until when a letter, a bill and a call-back that were approved together give FULL. Every member
/// has to be there; an approval replaces none.
fn bundle(letter: &Evidence, rows: &[&Evidence]) -> Option<Ts> {
    let approval = letter.detail.approval.as_ref().filter(|_| letter.kind == Kind::Loa)?;
    let member = |kind: Kind| {
        let of_kind = rows.iter().filter(|r| r.kind == kind);
        of_kind.filter(|r| approval.members.contains(&r.id)).map(|r| r.expires_at).max()
    };
    let own = approval.members.contains(&letter.id).then_some(letter.expires_at)?;
    Some(own.min(member(Kind::Bill)?).min(member(Kind::Callback)?).min(approval.until))
}

/// Everyone a number is lent to from `holder` on, along recorded loans, in the order of their ids.
/// Who is not active passes nothing on.
pub fn reach(
    holder: CustomerId,
    loans: &[Loan],
    active: impl Fn(CustomerId) -> bool,
) -> Vec<CustomerId> {
    let mut found = BTreeSet::new();
    let mut open = vec![holder];
    while let Some(lender) = open.pop() {
        let borrowers = loans.iter().filter(|loan| loan.holder == lender).map(|l| l.delegate);
        for who in borrowers.filter(|who| *who != holder) {
            if found.insert(who) && active(who) {
                open.push(who);
            }
        }
    }
    found.into_iter().collect()
}

/// The grants of one number, at most one a holder, in the order of their holders' ids. Conflicts
/// between them are for the decision.
pub fn grants(
    evidence: &[Evidence],
    loans: &[Loan],
    active: impl Fn(CustomerId) -> bool,
) -> Vec<Grant> {
    let holders: BTreeSet<CustomerId> = evidence.iter().map(|r| r.customer).collect();
    holders
        .into_iter()
        .filter_map(|holder| grant(holder, evidence))
        .map(|grant| Grant { delegated_to: reach(grant.holder, loans, &active), ..grant })
        .collect()
}
