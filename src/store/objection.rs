//! Objections to the blocking of numbers, their words sealed with the store's own key: a disputant
//! is no customer.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::error::StoreError;
use super::journal::EntryDraft;
use super::seal::Cell;
use super::tx::Tx;
use crate::domain::ids::{ClientId, EntryId, ObjectionId};
use crate::domain::journal::SubjectKind;
use crate::domain::number::Tn;
use crate::domain::objection::Objection;
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::queries;

/// An objection as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ObjectionRow {
    /// Its id.
    pub id: ObjectionId,
    /// Which number.
    pub tn: Tn,
    /// Who sent it in.
    pub client_id: Option<ClientId>,
    /// What the number was blocked as.
    pub category: String,
    /// Who put it on the list.
    pub list_source: String,
    /// Sealed: what the disputant says.
    pub claim: Vec<u8>,
    /// Where it stands.
    pub state: String,
    /// Sealed: what was last answered.
    pub note: Option<Vec<u8>>,
    /// Who recorded it.
    pub opened_by: String,
    /// When.
    pub opened_at: Ts,
    /// By when a status has to be given.
    pub due_at: Ts,
    /// When one was.
    pub status_at: Option<Ts>,
    /// Who proposed to take the number off the list.
    pub proposed_by: Option<String>,
    /// When.
    pub proposed_at: Option<Ts>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Ts>,
    /// How often it was changed.
    pub revision: i64,
    /// When it last was.
    pub last_at: Ts,
}

/// What `objection_add` writes.
struct ObjectionAdd {
    id: ObjectionId,
    tn: Tn,
    client: Option<ClientId>,
    category: String,
    source: String,
    claim: Vec<u8>,
    by: String,
    at: Ts,
    due: Ts,
    entry: EntryId,
}

/// What `objection_set` writes.
struct ObjectionSet {
    id: ObjectionId,
    state: String,
    note: Vec<u8>,
    status: Option<Ts>,
    proposed: Option<String>,
    proposed_at: Option<Ts>,
    decided_by: Option<String>,
    decided_at: Option<Ts>,
    revision: i64,
    at: Ts,
    entry: EntryId,
}

queries! {
    fn objection_add(row: ObjectionAdd { id: ObjectionId, tn: Tn, client: Option<ClientId>, category: String, source: String, claim: Vec<u8>, by: String, at: Ts, due: Ts, entry: EntryId }) -> exec =
        "INSERT INTO block_objection (id, tn, client_id, category, list_source, claim, state, note, opened_by, opened_at, due_at, status_at,
           proposed_by, decided_by, decided_at, revision, last_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, 'OPEN', NULL, $7, $8, $9, NULL, NULL, NULL, NULL, 1, $8, $10)";

    fn objection_set(row: ObjectionSet { id: ObjectionId, state: String, note: Vec<u8>, status: Option<Ts>, proposed: Option<String>, proposed_at: Option<Ts>, decided_by: Option<String>, decided_at: Option<Ts>, revision: i64, at: Ts, entry: EntryId }) -> exec =
        "UPDATE block_objection SET state = $2, note = $3, status_at = $4, proposed_by = $5, proposed_at = $6, decided_by = $7, decided_at = $8, revision = $9,
           last_at = $10, from_entry = $11 WHERE id = $1 AND revision = $9 - 1";

    fn objection_row(id: ObjectionId) -> opt<ObjectionRow> =
        "SELECT id, tn, client_id, category, list_source, claim, state, note, opened_by, opened_at, due_at, status_at, proposed_by,
           proposed_at, decided_by, decided_at, revision, last_at FROM block_objection WHERE id = $1";

    fn objection_row_lock(id: ObjectionId) -> opt<ObjectionRow> = sql!(
        "SELECT id, tn, client_id, category, list_source, claim, state, note, opened_by, opened_at, due_at, status_at, proposed_by,
           proposed_at, decided_by, decided_at, revision, last_at FROM block_objection WHERE id = $1", pg: " FOR UPDATE");

    fn objection_rows(after: ObjectionId, limit: i64) -> all<ObjectionRow> =
        "SELECT id, tn, client_id, category, list_source, claim, state, note, opened_by, opened_at, due_at, status_at, proposed_by,
           proposed_at, decided_by, decided_at, revision, last_at FROM block_objection WHERE id > $1 ORDER BY id LIMIT $2";

    /// How many objections wait for a decision, and how many of them for a status that is due.
    pub fn objections_waiting(now: Ts) -> one<(i64, i64)> =
        "SELECT count(*), count(CASE WHEN status_at IS NULL AND due_at <= $1 THEN 1 END) FROM block_objection
         WHERE state IN ('OPEN', 'UNDER_REVIEW')";
}

const fn cell<'a>(column: &'static str, row: &'a [u8]) -> Cell<'a> {
    Cell { table: "block_objection", column, row }
}

impl Tx {
    /// An objection, locked where a command will change it.
    pub async fn objection(
        &mut self,
        id: ObjectionId,
        lock: bool,
    ) -> Result<Option<Objection>, StoreError> {
        let row =
            if lock { self.objection_row_lock(id).await? } else { self.objection_row(id).await? };
        row.map(|row| {
            self.saw_of(row.id.0, row.last_at);
            self.objection_of(row)
        })
        .transpose()
    }

    /// A page of objections in the order they came.
    pub async fn objections(
        &mut self,
        after: ObjectionId,
        limit: i64,
    ) -> Result<Vec<Objection>, StoreError> {
        let rows = self.objection_rows(after, limit).await?;
        rows.into_iter().map(|row| self.objection_of(row)).collect()
    }

    fn objection_of(&self, row: ObjectionRow) -> Result<Objection, StoreError> {
        const DAMAGED: StoreError = StoreError::Corrupt("objection");
        let key = row.id.0;
        let note = row.note.map(|note| self.opened_text("note", key.as_bytes(), &note));
        Ok(Objection {
            id: row.id,
            tn: row.tn,
            client: row.client_id,
            category: serde_json::from_value(json!(row.category)).map_err(|_word| DAMAGED)?,
            source: row.list_source,
            plea: self.opened_text("claim", key.as_bytes(), &row.claim)?,
            state: row.state.parse().map_err(|_word| DAMAGED)?,
            note: note.transpose()?.unwrap_or_else(|| Pii::new(String::new())),
            opened_by: row.opened_by,
            opened_at: row.opened_at,
            due_at: row.due_at,
            status_at: row.status_at,
            // A word without its time has lapsed.
            proposed: row.proposed_by.map(|by| (by, row.proposed_at.unwrap_or(Ts::NEVER))),
            decided: row.decided_by.zip(row.decided_at),
            revision: u64::try_from(row.revision).map_err(|_negative| DAMAGED)?,
        })
    }

    fn opened_text<T: DeserializeOwned>(
        &self,
        column: &'static str,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<T, StoreError> {
        let plain = self.sealer.open(cell(column, row), sealed)?;
        serde_json::from_slice(&plain).map_err(|_shape| StoreError::Corrupt("objection"))
    }

    fn sealed_text(
        &self,
        column: &'static str,
        row: &[u8],
        value: &impl Serialize,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = serde_json::to_vec(value)
            .map_err(|_shape| StoreError::Defect("a value cannot be encoded"))?;
        self.sealer.seal(cell(column, row), &plain, &self.clock)
    }

    /// Writes an objection as it stands now, under an entry of its own.
    pub async fn write_objection(
        &mut self,
        objection: &Objection,
        word: &'static str,
    ) -> Result<EntryId, StoreError> {
        let at = self.at();
        let key = objection.id.0;
        let entry = self
            .journal(EntryDraft {
                kind: SubjectKind::Objection,
                subject: key,
                rev: objection.revision,
                word,
                facts: None,
                detail: json!({
                    "number": objection.tn,
                    "category": objection.category,
                    "source": objection.source,
                    "plea": objection.plea,
                    "state": objection.state,
                    "note": objection.note,
                    "due_at": objection.due_at,
                    "proposed": objection.proposed,
                    "decided": objection.decided,
                }),
                owner: None,
            })
            .await?;
        if objection.revision == 1 {
            let claim = self.sealed_text("claim", key.as_bytes(), &objection.plea)?;
            self.objection_add(&ObjectionAdd {
                id: objection.id,
                tn: objection.tn,
                client: objection.client,
                category: objection.category.as_str().to_owned(),
                source: objection.source.clone(),
                claim,
                by: objection.opened_by.clone(),
                at,
                due: objection.due_at,
                entry,
            })
            .await?;
            return Ok(entry);
        }
        let note = self.sealed_text("note", key.as_bytes(), &objection.note)?;
        let revision = i64::try_from(objection.revision)
            .map_err(|_range| StoreError::Defect("a count is out of range"))?;
        let (decided_by, decided_at) = objection.decided.clone().unzip();
        let (proposed, proposed_at) = objection.proposed.clone().unzip();
        let row = ObjectionSet {
            id: objection.id,
            state: objection.state.as_str().to_owned(),
            note,
            status: objection.status_at,
            proposed,
            proposed_at,
            decided_by,
            decided_at,
            revision,
            at,
            entry,
        };
        match self.objection_set(&row).await? {
            1 => Ok(entry),
            _ => Err(StoreError::Defect("a locked objection changed its revision")),
        }
    }
}
