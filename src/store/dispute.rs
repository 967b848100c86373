//! Disputes of numbers.

use super::error::StoreError;
use super::seal::Cell;
use super::tx::Tx;
use crate::domain::dispute::{Dispute, First};
use crate::domain::ids::{CustomerId, DisputeId, EntryId, NumberId};
use crate::domain::time::Ts;
use crate::queries;

/// A dispute as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DisputeRow {
    /// Its id.
    pub id: DisputeId,
    /// Of which number.
    pub number_id: NumberId,
    /// Whose evidence is disputed.
    pub against: Option<CustomerId>,
    /// The disputant, where it is a customer.
    pub disputant_id: Option<CustomerId>,
    /// What was said; sealed.
    pub detail: Vec<u8>,
    /// The state's word.
    pub state: String,
    /// Who opened it.
    pub opened_by: String,
    /// When.
    pub opened_at: Ts,
    /// How the first person says that it ends.
    pub first_says: Option<String>,
    /// The first person.
    pub first_by: Option<String>,
    /// When that one said so.
    pub first_at: Option<Ts>,
    /// The second person.
    pub closed_by: Option<String>,
    /// When it was closed.
    pub closed_at: Option<Ts>,
}

/// What `dispute_add` writes.
#[derive(Clone, Debug)]
pub struct DisputeAdd {
    /// Its id.
    pub id: DisputeId,
    /// Of which number.
    pub number: NumberId,
    /// Whose evidence is disputed.
    pub against: Option<CustomerId>,
    /// The disputant, where it is a customer.
    pub disputant: Option<CustomerId>,
    /// What was said; sealed.
    pub detail: Vec<u8>,
    /// The state's word.
    pub state: String,
    /// Who opened it.
    pub by: String,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `dispute_set` writes.
#[derive(Clone, Debug)]
pub struct DisputeSet {
    /// Its id.
    pub id: DisputeId,
    /// What was said; sealed.
    pub detail: Vec<u8>,
    /// The state's word.
    pub state: String,
    /// How the first person says that it ends.
    pub first_says: Option<String>,
    /// The first person.
    pub first_by: Option<String>,
    /// When that one said so.
    pub first_at: Option<Ts>,
    /// The second person.
    pub closed_by: Option<String>,
    /// When it was closed.
    pub closed_at: Option<Ts>,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// A dispute.
    pub fn dispute_row(id: DisputeId) -> opt<DisputeRow> =
        "SELECT id, number_id, against, disputant_id, detail, state, opened_by, opened_at, first_says, first_by, first_at, closed_by, closed_at
         FROM number_dispute WHERE id = $1";

    /// A page of disputes; an empty word list stands for "any".
    pub fn dispute_page(after: DisputeId, states: &str, limit: i64) -> all<DisputeRow> =
        "SELECT id, number_id, against, disputant_id, detail, state, opened_by, opened_at, first_says, first_by, first_at, closed_by, closed_at
         FROM number_dispute WHERE id > $1 AND ($2 = '' OR (',' || $2 || ',') LIKE ('%,' || state || ',%')) ORDER BY id LIMIT $3";

    /// How many disputes of a number are open, but for one.
    pub fn disputes_open(number: NumberId, but: DisputeId) -> one<(i64,)> =
        "SELECT count(*) FROM number_dispute WHERE number_id = $1 AND state = 'OPEN' AND id <> $2";

    /// A new dispute.
    pub fn dispute_add(row: DisputeAdd { id: DisputeId, number: NumberId, against: Option<CustomerId>, disputant: Option<CustomerId>, detail: Vec<u8>, state: String, by: String, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO number_dispute (id, number_id, against, disputant_id, detail, state, opened_by, opened_at, first_says, first_by, first_at,
           closed_by, closed_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, NULL, NULL, NULL, $9)";

    /// A dispute after what a person said.
    pub fn dispute_set(row: DisputeSet { id: DisputeId, detail: Vec<u8>, state: String, first_says: Option<String>, first_by: Option<String>, first_at: Option<Ts>, closed_by: Option<String>, closed_at: Option<Ts>, entry: EntryId }) -> exec =
        "UPDATE number_dispute SET detail = $2, state = $3, first_says = $4, first_by = $5, first_at = $6, closed_by = $7, closed_at = $8,
           from_entry = $9
         WHERE id = $1 AND state IN ('NOTED', 'OPEN')";
}

fn cell(id: &DisputeId) -> Cell<'_> {
    Cell { table: "number_dispute", column: "detail", row: id.0.as_bytes() }
}

impl Tx {
    /// A dispute row as the domain knows it.
    pub fn dispute_of(&self, row: DisputeRow) -> Result<Dispute, StoreError> {
        let corrupt = || StoreError::Corrupt("number_dispute");
        let said = self.open_own(cell(&row.id), &row.detail)?;
        let first = match (row.first_says, row.first_by, row.first_at) {
            (Some(says), Some(by), Some(at)) => {
                Some(First { says: says.parse().map_err(|_word| corrupt())?, by, at })
            }
            (None, None, None) => None,
            _ => return Err(corrupt()),
        };
        Ok(Dispute {
            id: row.id,
            number: row.number_id,
            against: row.against,
            disputant: row.disputant_id,
            said: serde_json::from_slice(&said).map_err(|_shape| corrupt())?,
            state: row.state.parse().map_err(|_word| corrupt())?,
            opened_by: row.opened_by,
            opened_at: row.opened_at,
            first,
            closed: row.closed_by.zip(row.closed_at),
        })
    }

    /// Writes a new dispute, or one that a person said something about.
    pub(super) async fn write_dispute(
        &mut self,
        dispute: Dispute,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let plain = serde_json::to_vec(&dispute.said)
            .map_err(|_shape| StoreError::Defect("a value cannot be encoded"))?;
        let detail = self.seal_own(cell(&dispute.id), &plain)?;
        let state = dispute.state.as_str().to_owned();
        let Some(first) = dispute.first else {
            let row = DisputeAdd {
                id: dispute.id,
                number: dispute.number,
                against: dispute.against,
                disputant: dispute.disputant,
                detail,
                state,
                by: dispute.opened_by,
                at: dispute.opened_at,
                entry,
            };
            return self.dispute_add(&row).await.map(drop);
        };
        let (closed_by, closed_at) = dispute.closed.unzip();
        let row = DisputeSet {
            id: dispute.id,
            detail,
            state,
            first_says: Some(first.says.as_str().to_owned()),
            first_by: Some(first.by),
            first_at: Some(first.at),
            closed_by,
            closed_at,
            entry,
        };
        match self.dispute_set(&row).await? {
            1 => Ok(()),
            _ => Err(StoreError::Defect("a dispute of a locked number was closed")),
        }
    }
}
