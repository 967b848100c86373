//! Rows of numbering lists as of a position, what one load changed, and stored numbers as they are
//! judged anew.

use super::error::StoreError;
use super::list::ListEntryRow;
use super::tx::Tx;
use crate::domain::ids::{CustomerId, EntryId, ListVersionId};
use crate::domain::number::Tn;
use crate::domain::time::Ts;
use crate::queries;

/// A stored number with what its category follows from.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JudgedRow {
    /// The digits.
    pub tn: Tn,
    /// The category's word.
    pub category: String,
    /// Not of the United States.
    pub is_foreign: bool,
    /// The number again, where it is in the inventory.
    pub stocked: Option<Tn>,
    /// To whom the inventory says it is assigned.
    pub customer_id: Option<CustomerId>,
    /// How many pieces of evidence it has.
    pub evidence: i64,
    /// How many of them are the provider's own word.
    pub own: i64,
}

queries! {
    /// What a load added.
    pub fn list_rows_come(entry: EntryId, after: &str, limit: i64) -> all<ListEntryRow> =
        "SELECT ref AS reference, body FROM list_entry WHERE from_entry = $1 AND ref > $2 ORDER BY ref LIMIT $3";

    /// What a load ended.
    pub fn list_rows_gone(entry: EntryId, after: &str, limit: i64) -> all<(String,)> =
        "SELECT ref FROM list_entry WHERE to_entry = $1 AND ref > $2 ORDER BY ref LIMIT $3";

    fn rows_at(list: &str, seq: i64, after: &str, limit: i64) -> all<ListEntryRow> =
        "SELECT e.ref AS reference, e.body FROM list_entry e JOIN journal_order o ON o.entry = e.from_entry
         WHERE e.list = $1 AND e.ref > $3 AND o.seq <= $2
           AND NOT EXISTS (SELECT 1 FROM journal_order t WHERE t.entry = e.to_entry AND t.seq <= $2)
         ORDER BY e.ref LIMIT $4";

    fn row_at(list: &str, reference: &str, seq: i64) -> opt<ListEntryRow> =
        "SELECT e.ref AS reference, e.body FROM list_entry e JOIN journal_order o ON o.entry = e.from_entry
         WHERE e.list = $1 AND e.ref = $2 AND o.seq <= $3
           AND NOT EXISTS (SELECT 1 FROM journal_order t WHERE t.entry = e.to_entry AND t.seq <= $3)";

    /// How often a load has changed its state.
    pub fn list_revision(id: ListVersionId) -> opt<(i64,)> =
        "SELECT revision FROM list_version WHERE id = $1";

    /// The load in force of a list has changed its state.
    pub fn list_touch(id: ListVersionId, revision: i64, at: Ts) -> exec =
        "UPDATE list_version SET revision = $2, last_at = $3 WHERE id = $1 AND revision = $2 - 1 AND to_entry IS NULL";

    /// A page of stored numbers, by digits.
    pub fn numbers_judged(after: i64, limit: i64) -> all<JudgedRow> =
        "SELECT n.tn, n.category, n.is_foreign, i.tn AS stocked, i.customer_id,
           (SELECT count(*) FROM evidence e WHERE e.number_id = n.id AND e.to_entry IS NULL AND e.kind <> 'CUSTOMER_SELF_CERT') AS evidence,
           (SELECT count(*) FROM evidence e WHERE e.number_id = n.id AND e.to_entry IS NULL
              AND e.kind IN ('ASSIGNED_BY_US', 'RANGE_ALLOCATED', 'PORTED_TO_US')) AS own
         FROM number_state n LEFT JOIN inventory i ON i.tn = n.tn AND i.to_entry IS NULL
         WHERE n.tn > $1 ORDER BY n.tn LIMIT $2";
}

impl Tx {
    /// A page of a list's rows as of position `seq`.
    pub async fn list_rows_at(
        &mut self,
        list: &str,
        seq: u64,
        after: &str,
        limit: i64,
    ) -> Result<Vec<ListEntryRow>, StoreError> {
        self.rows_at(list, i64::try_from(seq).unwrap_or(i64::MAX), after, limit).await
    }

    /// The row of a key as of position `seq`.
    pub async fn list_row_at(
        &mut self,
        list: &str,
        reference: &str,
        seq: u64,
    ) -> Result<Option<ListEntryRow>, StoreError> {
        self.row_at(list, reference, i64::try_from(seq).unwrap_or(i64::MAX)).await
    }
}
