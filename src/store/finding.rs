//! Findings and proposals: what waits for people.

use crate::domain::ids::{CheckId, CustomerId, EntryId, FindingId, ProposalId};
use crate::domain::time::Ts;
use crate::queries;

/// A finding as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FindingRow {
    /// Its id.
    pub id: FindingId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The code's word.
    pub code: String,
    /// What it is about, as a digest: one open finding a code and subject.
    pub subject: String,
    /// The severity's word.
    pub severity: String,
    /// The state's word.
    pub state: String,
    /// Sealed evidence.
    pub evidence: Vec<u8>,
    /// The check that raised it, if one did.
    pub check_id: Option<CheckId>,
    /// When it was raised.
    pub raised_at: Ts,
    /// How it was resolved.
    pub resolution: Option<String>,
    /// Why, sealed.
    pub reason: Option<Vec<u8>>,
    /// When.
    pub resolved_at: Option<Ts>,
    /// By whom.
    pub resolved_by: Option<String>,
}

/// A proposal as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProposalRow {
    /// Its id.
    pub id: ProposalId,
    /// What is proposed.
    pub kind: String,
    /// For whom.
    pub customer_id: Option<CustomerId>,
    /// Sealed details.
    pub payload: Vec<u8>,
    /// Why, sealed.
    pub reason: Vec<u8>,
    /// The state's word.
    pub state: String,
    /// The first person.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Ts,
    /// From when it can no longer be confirmed.
    pub expires_at: Ts,
    /// The second person.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Ts>,
}

/// What `finding_add` writes.
#[derive(Clone, Debug)]
pub struct FindingAdd {
    /// Its id.
    pub id: FindingId,
    /// Whose.
    pub customer: CustomerId,
    /// The code's word.
    pub code: String,
    /// Which of several of this kind.
    pub subject: String,
    /// The severity's word.
    pub severity: String,
    /// Sealed evidence.
    pub evidence: Vec<u8>,
    /// The check that raised it, if one did.
    pub check: Option<CheckId>,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `finding_resolve` writes.
#[derive(Clone, Debug)]
pub struct FindingResolve {
    /// Its id.
    pub id: FindingId,
    /// The resolution's word.
    pub resolution: String,
    /// Why.
    pub reason: Vec<u8>,
    /// The time of the command.
    pub at: Ts,
    /// Who did it.
    pub by: String,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `proposal_add` writes.
#[derive(Clone, Debug)]
pub struct ProposalAdd {
    /// Its id.
    pub id: ProposalId,
    /// The kind's word.
    pub kind: String,
    /// Whose.
    pub customer: Option<CustomerId>,
    /// Sealed details.
    pub payload: Vec<u8>,
    /// Why.
    pub reason: Vec<u8>,
    /// Who did it.
    pub by: String,
    /// The time of the command.
    pub at: Ts,
    /// From when it no longer counts.
    pub expires: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// A customer's findings, oldest first.
    pub fn findings_of(customer: CustomerId) -> all<FindingRow> =
        "SELECT id, customer_id, code, subject, severity, state, evidence, check_id, raised_at, resolution, reason, resolved_at, resolved_by
         FROM finding WHERE customer_id = $1 AND to_entry IS NULL ORDER BY id";

    /// A finding.
    pub fn finding(id: FindingId) -> opt<FindingRow> =
        "SELECT id, customer_id, code, subject, severity, state, evidence, check_id, raised_at, resolution, reason, resolved_at, resolved_by
         FROM finding WHERE id = $1 AND to_entry IS NULL";

    /// A page of open findings.
    pub fn findings_open(after: FindingId, limit: i64) -> all<FindingRow> =
        "SELECT id, customer_id, code, subject, severity, state, evidence, check_id, raised_at, resolution, reason, resolved_at, resolved_by
         FROM finding WHERE state = 'OPEN' AND to_entry IS NULL AND id > $1 ORDER BY id LIMIT $2";

    /// A new open finding.
    pub fn finding_add(row: FindingAdd { id: FindingId, customer: CustomerId, code: String, subject: String, severity: String, evidence: Vec<u8>, check: Option<CheckId>, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO finding (id, customer_id, code, subject, severity, state, evidence, check_id, raised_at, resolution, reason, resolved_at,
           resolved_by, from_entry, to_entry)
         VALUES ($1, $2, $3, $4, $5, 'OPEN', $6, $7, $8, NULL, NULL, NULL, NULL, $9, NULL)";

    /// Resolves an open finding.
    pub fn finding_resolve(row: FindingResolve { id: FindingId, resolution: String, reason: Vec<u8>, at: Ts, by: String, entry: EntryId }) -> exec =
        "UPDATE finding SET state = 'RESOLVED', resolution = $2, reason = $3, resolved_at = $4, resolved_by = $5, from_entry = $6
         WHERE id = $1 AND state = 'OPEN'";

    /// A new proposal.
    pub fn proposal_add(row: ProposalAdd { id: ProposalId, kind: String, customer: Option<CustomerId>, payload: Vec<u8>, reason: Vec<u8>, by: String, at: Ts, expires: Ts, entry: EntryId }) -> exec =
        "INSERT INTO proposal (id, kind, customer_id, payload, reason, state, proposed_by, proposed_at, expires_at, decided_by,
           decided_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, 'OPEN', $6, $7, $8, NULL, NULL, $9)";

    /// A proposal.
    pub fn proposal(id: ProposalId) -> opt<ProposalRow> =
        "SELECT id, kind, customer_id, payload, reason, state, proposed_by, proposed_at, expires_at, decided_by, decided_at
         FROM proposal WHERE id = $1";

    /// A proposal, locked for this command.
    pub fn proposal_lock(id: ProposalId) -> opt<ProposalRow> = sql!(
        "SELECT id, kind, customer_id, payload, reason, state, proposed_by, proposed_at, expires_at, decided_by, decided_at
         FROM proposal WHERE id = $1", pg: " FOR UPDATE");

    /// A page of proposals that can still be confirmed.
    pub fn proposals_open(after: ProposalId, now: Ts, limit: i64) -> all<ProposalRow> =
        "SELECT id, kind, customer_id, payload, reason, state, proposed_by, proposed_at, expires_at, decided_by, decided_at
         FROM proposal WHERE state = 'OPEN' AND id > $1 AND expires_at > $2 ORDER BY id LIMIT $3";

    /// A proposal after its decision.
    pub fn proposal_decide(id: ProposalId, state: &str, by: &str, at: Ts, entry: EntryId) -> exec =
        "UPDATE proposal SET state = $2, decided_by = $3, decided_at = $4, from_entry = $5 WHERE id = $1 AND state = 'OPEN'";
}
