//! Agreements and the clauses they carry.

use crate::domain::ids::{AgreementId, CustomerId, EntryId};
use crate::domain::time::Ts;
use crate::queries;

/// An agreement as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AgreementRow {
    /// Its id.
    pub id: AgreementId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The template it was made from.
    pub template: String,
    /// The state's word.
    pub state: String,
    /// The state with all of its data, sealed.
    pub state_data: Vec<u8>,
    /// SHA-256 of the exact bytes shown.
    pub sha256: Vec<u8>,
    /// When it was prepared.
    pub prepared_at: Ts,
    /// Until when it holds once executed.
    pub valid_until: Option<Ts>,
    /// The entry that last changed it.
    pub from_entry: EntryId,
}

/// A clause of an agreement.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AgreementClauseRow {
    /// Of which agreement.
    pub agreement_id: AgreementId,
    /// C-01 to C-20.
    pub clause: String,
    /// The version signed.
    pub version: i64,
}

/// What `agreement_add` writes.
#[derive(Clone, Debug)]
pub struct AgreementAdd {
    /// Its id.
    pub id: AgreementId,
    /// Whose.
    pub customer: CustomerId,
    /// The template it is made from.
    pub template: String,
    /// The state with all of its data.
    pub state_data: Vec<u8>,
    /// The document behind it.
    pub document: Vec<u8>,
    /// SHA-256 of the content before sealing.
    pub sha256: Vec<u8>,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// A customer's agreements, oldest first.
    pub fn agreements_of(customer: CustomerId) -> all<AgreementRow> =
        "SELECT id, customer_id, template, state, state_data, sha256, prepared_at, valid_until, from_entry
         FROM agreement WHERE customer_id = $1 AND to_entry IS NULL ORDER BY id";

    /// An agreement.
    pub fn agreement(id: AgreementId) -> opt<AgreementRow> =
        "SELECT id, customer_id, template, state, state_data, sha256, prepared_at, valid_until, from_entry
         FROM agreement WHERE id = $1 AND to_entry IS NULL";

    /// The sealed bytes that were shown.
    pub fn agreement_document(id: AgreementId) -> opt<(Vec<u8>,)> = "SELECT document FROM agreement WHERE id = $1";

    /// The clauses of every agreement of a customer.
    pub fn agreement_clauses_of(customer: CustomerId) -> all<AgreementClauseRow> =
        "SELECT x.agreement_id, x.clause, x.version FROM agreement_clause x JOIN agreement a ON a.id = x.agreement_id
         WHERE a.customer_id = $1 AND a.to_entry IS NULL ORDER BY x.agreement_id, x.clause";

    /// A prepared agreement.
    pub fn agreement_add(row: AgreementAdd { id: AgreementId, customer: CustomerId, template: String, state_data: Vec<u8>, document: Vec<u8>, sha256: Vec<u8>, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO agreement (id, customer_id, template, state, state_data, document, sha256, prepared_at, valid_until, from_entry, to_entry)
         VALUES ($1, $2, $3, 'PREPARED', $4, $5, $6, $7, NULL, $8, NULL)";

    /// A clause of a prepared agreement.
    pub fn agreement_clause_add(id: AgreementId, clause: &str, version: i64) -> exec =
        "INSERT INTO agreement_clause (agreement_id, clause, version) VALUES ($1, $2, $3)";

    /// An agreement after a change.
    pub fn agreement_set(id: AgreementId, state: &str, state_data: &[u8], valid_until: Option<Ts>, entry: EntryId) -> exec =
        "UPDATE agreement SET state = $2, state_data = $3, valid_until = $4, from_entry = $5 WHERE id = $1 AND to_entry IS NULL";
}
