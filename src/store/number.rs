//! Numbers, claims on them, the evidence behind them, delegations, and the inventory.

use crate::domain::ids::{CustomerId, DelegationId, DocumentId, EntryId, EvidenceId, NumberId};
use crate::domain::number::Tn;
use crate::domain::time::Ts;
use crate::queries;

/// A number's flat row: `facts` is what the table needs.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NumberRow {
    /// Its id, never derived from the number.
    pub id: NumberId,
    /// The digits.
    pub tn: Tn,
    /// The category's word.
    pub category: String,
    /// A number of another country.
    pub is_foreign: bool,
    /// The cap's word.
    pub cap: String,
    /// The encoded facts.
    pub facts: Vec<u8>,
    /// How many changes it has seen.
    pub revision: i64,
    /// When the last one was.
    pub last_at: Ts,
}

/// A piece of evidence as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EvidenceRow {
    /// Its id.
    pub id: EvidenceId,
    /// For which number.
    pub number_id: NumberId,
    /// For whom.
    pub customer_id: CustomerId,
    /// The kind's word.
    pub kind: String,
    /// Where it came from.
    pub source: String,
    /// Sealed details.
    pub detail: Vec<u8>,
    /// The document behind it, if any.
    pub document_id: Option<DocumentId>,
    /// When it was verified.
    pub verified_at: Ts,
    /// From when it no longer counts.
    pub expires_at: Ts,
    /// Who recorded it.
    pub actor: String,
    /// The entry that ended it, if it is no longer live.
    pub to_entry: Option<EntryId>,
}

/// A delegation as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DelegationRow {
    /// Its id.
    pub id: DelegationId,
    /// Of which number.
    pub number_id: NumberId,
    /// Who lends.
    pub holder: CustomerId,
    /// Who borrows.
    pub delegate: CustomerId,
    /// Since when.
    pub created_at: Ts,
}

/// What the provider's own feed says of a number.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InventoryRow {
    /// The digits.
    pub tn: Tn,
    /// To whom it is assigned; none while it is unused.
    pub customer_id: Option<CustomerId>,
    /// The source's word.
    pub source: String,
    /// The carrier it comes from.
    pub carrier: String,
    /// The order it came with.
    pub order_ref: String,
    /// When the feed said so.
    pub as_of: Ts,
}

/// What `number_add` writes.
#[derive(Clone, Debug)]
pub struct NumberAdd {
    /// Its id.
    pub id: NumberId,
    /// The number.
    pub tn: Tn,
    /// The category's word.
    pub category: String,
    /// Of another country, or from abroad.
    pub foreign: bool,
    /// The cap's word.
    pub cap: String,
    /// The encoded facts.
    pub facts: Vec<u8>,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `number_set` writes.
#[derive(Clone, Debug)]
pub struct NumberSet {
    /// Its id.
    pub id: NumberId,
    /// The category's word.
    pub category: String,
    /// Not of the United States.
    pub foreign: bool,
    /// The cap's word.
    pub cap: String,
    /// The encoded facts.
    pub facts: Vec<u8>,
    /// The revision after this change.
    pub revision: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `evidence_add` writes.
#[derive(Clone, Debug)]
pub struct EvidenceAdd {
    /// Its id.
    pub id: EvidenceId,
    /// Which number.
    pub number: NumberId,
    /// Whose.
    pub customer: CustomerId,
    /// The kind's word.
    pub kind: String,
    /// Where it came from.
    pub source: String,
    /// Sealed details.
    pub detail: Vec<u8>,
    /// The document behind it.
    pub document: Option<DocumentId>,
    /// The time of the command.
    pub at: Ts,
    /// From when it no longer counts.
    pub expires: Ts,
    /// Who did it.
    pub actor: String,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `delegation_add` writes.
#[derive(Clone, Debug)]
pub struct DelegationAdd {
    /// Its id.
    pub id: DelegationId,
    /// Which number.
    pub number: NumberId,
    /// Who lends.
    pub holder: CustomerId,
    /// Who borrows.
    pub delegate: CustomerId,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `inventory_add` writes.
#[derive(Clone, Debug)]
pub struct InventoryAdd {
    /// The number.
    pub tn: Tn,
    /// Whose.
    pub customer: Option<CustomerId>,
    /// Where it came from.
    pub source: String,
    /// The carrier it comes from.
    pub carrier: String,
    /// The order it came with.
    pub order: String,
    /// The publisher's or feed's date.
    pub as_of: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// A number by its digits, locked for this command.
    pub fn number_lock(tn: Tn) -> opt<NumberRow> = sql!(
        "SELECT id, tn, category, is_foreign, cap, facts, revision, last_at FROM number_state WHERE tn = $1", pg: " FOR UPDATE");

    /// A number by its id, locked for this command.
    pub fn number_lock_id(id: NumberId) -> opt<NumberRow> = sql!(
        "SELECT id, tn, category, is_foreign, cap, facts, revision, last_at FROM number_state WHERE id = $1", pg: " FOR UPDATE");

    /// A number by its id.
    pub fn number_row(id: NumberId) -> opt<NumberRow> =
        "SELECT id, tn, category, is_foreign, cap, facts, revision, last_at FROM number_state WHERE id = $1";

    /// A page of numbers that a customer claims, has evidence for or was lent, by digits.
    pub fn numbers_of(customer: CustomerId, after: i64, limit: i64) -> all<NumberRow> =
        "SELECT n.id, n.tn, n.category, n.is_foreign, n.cap, n.facts, n.revision, n.last_at FROM number_state n
         WHERE n.tn > $2 AND n.id IN (
           SELECT number_id FROM number_claim WHERE customer_id = $1 AND to_entry IS NULL
           UNION SELECT number_id FROM evidence WHERE customer_id = $1 AND to_entry IS NULL
           UNION SELECT number_id FROM delegation WHERE delegate = $1 AND to_entry IS NULL)
         ORDER BY n.tn LIMIT $3";

    /// Who claims a number.
    pub fn number_claims(number: NumberId) -> all<(CustomerId,)> =
        "SELECT customer_id FROM number_claim WHERE number_id = $1 AND to_entry IS NULL ORDER BY customer_id";

    /// How many numbers have evidence that counts for anything.
    pub fn numbers_live() -> one<(i64,)> =
        "SELECT count(DISTINCT number_id) FROM evidence WHERE to_entry IS NULL AND kind <> 'CUSTOMER_SELF_CERT'";

    /// A new number.
    pub fn number_add(row: NumberAdd { id: NumberId, tn: Tn, category: String, foreign: bool, cap: String, facts: Vec<u8>, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO number_state (id, tn, category, is_foreign, cap, facts, revision, last_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)";

    /// A number after a change.
    pub fn number_set(row: NumberSet { id: NumberId, category: String, foreign: bool, cap: String, facts: Vec<u8>, revision: i64, at: Ts, entry: EntryId }) -> exec =
        "UPDATE number_state SET category = $2, is_foreign = $3, cap = $4, facts = $5, revision = $6, last_at = $7, from_entry = $8
         WHERE id = $1 AND revision = $6 - 1";

    /// A new claim.
    pub fn number_claim_add(number: NumberId, customer: CustomerId, at: Ts, entry: EntryId) -> exec =
        "INSERT INTO number_claim (number_id, customer_id, claimed_at, from_entry, to_entry) VALUES ($1, $2, $3, $4, NULL)";

    /// Ends a claim.
    pub fn number_claim_end(number: NumberId, customer: CustomerId, entry: EntryId) -> exec =
        "UPDATE number_claim SET to_entry = $3 WHERE number_id = $1 AND customer_id = $2 AND to_entry IS NULL";

    /// Live evidence of a number.
    pub fn evidence_of(number: NumberId) -> all<EvidenceRow> =
        "SELECT id, number_id, customer_id, kind, source, detail, document_id, verified_at, expires_at, actor, to_entry
         FROM evidence WHERE number_id = $1 AND to_entry IS NULL ORDER BY id";

    /// A piece of evidence.
    pub fn evidence_row(id: EvidenceId) -> opt<EvidenceRow> =
        "SELECT id, number_id, customer_id, kind, source, detail, document_id, verified_at, expires_at, actor, to_entry
         FROM evidence WHERE id = $1";

    /// New evidence.
    pub fn evidence_add(row: EvidenceAdd { id: EvidenceId, number: NumberId, customer: CustomerId, kind: String, source: String, detail: Vec<u8>, document: Option<DocumentId>, at: Ts, expires: Ts, actor: String, entry: EntryId }) -> exec =
        "INSERT INTO evidence (id, number_id, customer_id, kind, source, detail, document_id, verified_at, expires_at, actor, from_entry, to_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL)";

    /// Ends a piece of evidence.
    pub fn evidence_end(id: EvidenceId, entry: EntryId) -> exec =
        "UPDATE evidence SET to_entry = $2 WHERE id = $1 AND to_entry IS NULL";

    /// Live delegations of a number.
    pub fn delegations_of(number: NumberId) -> all<DelegationRow> =
        "SELECT id, number_id, holder, delegate, created_at FROM delegation WHERE number_id = $1 AND to_entry IS NULL ORDER BY id";

    /// A live delegation.
    pub fn delegation(id: DelegationId) -> opt<DelegationRow> =
        "SELECT id, number_id, holder, delegate, created_at FROM delegation WHERE id = $1 AND to_entry IS NULL";

    /// A page of the numbers that a customer was lent, by digits.
    pub fn numbers_lent_to(customer: CustomerId, after: i64, limit: i64) -> all<(Tn,)> =
        "SELECT DISTINCT n.tn FROM delegation d JOIN number_state n ON n.id = d.number_id
         WHERE d.delegate = $1 AND d.to_entry IS NULL AND n.tn > $2 ORDER BY n.tn LIMIT $3";

    /// A new delegation.
    pub fn delegation_add(row: DelegationAdd { id: DelegationId, number: NumberId, holder: CustomerId, delegate: CustomerId, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO delegation (id, number_id, holder, delegate, created_at, from_entry, to_entry) VALUES ($1, $2, $3, $4, $5, $6, NULL)";

    /// Ends a delegation.
    pub fn delegation_end(id: DelegationId, entry: EntryId) -> exec =
        "UPDATE delegation SET to_entry = $2 WHERE id = $1 AND to_entry IS NULL";

    /// What the feed says of a number.
    pub fn inventory_of(tn: Tn) -> opt<InventoryRow> =
        "SELECT tn, customer_id, source, carrier, order_ref, as_of FROM inventory WHERE tn = $1 AND to_entry IS NULL";

    /// A page of the feed's numbers of one source and carrier, by digits.
    pub fn inventory_scan(source: &str, carrier: &str, after: i64, limit: i64) -> all<InventoryRow> =
        "SELECT tn, customer_id, source, carrier, order_ref, as_of FROM inventory
         WHERE source = $1 AND carrier = $2 AND tn > $3 AND to_entry IS NULL ORDER BY tn LIMIT $4";

    /// A new row of the feed.
    pub fn inventory_add(row: InventoryAdd { tn: Tn, customer: Option<CustomerId>, source: String, carrier: String, order: String, as_of: Ts, entry: EntryId }) -> exec =
        "INSERT INTO inventory (tn, customer_id, source, carrier, order_ref, as_of, from_entry, to_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)";

    /// Ends the feed's live row of a number.
    pub fn inventory_end(tn: Tn, entry: EntryId) -> exec =
        "UPDATE inventory SET to_entry = $2 WHERE tn = $1 AND to_entry IS NULL";
}
