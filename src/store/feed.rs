//! What tables follow: the sealed facts of entries in their order, without the details.

use uuid::Uuid;

use super::engine::Store;
use super::error::StoreError;
use super::seal::Cell;
use super::tx::Tx;
use crate::domain::facts::Facts;
use crate::domain::ids::{EntryId, NumberId, TrunkId, TrunkUid};
use crate::domain::number::Tn;
use crate::domain::time::Ts;
use crate::queries;

/// One entry, as far as tables are concerned.
#[derive(Clone, Debug)]
pub struct FactsEntry {
    /// Its position.
    pub seq: u64,
    /// Its id.
    pub entry: EntryId,
    /// What it is about.
    pub subject: Uuid,
    /// The how-manieth change of it.
    pub revision: u64,
    /// When it was given its position.
    pub sequenced_at: Ts,
    /// The subject's state after it; none for entries that tables need nothing of.
    pub facts: Option<Facts>,
}

#[derive(sqlx::FromRow)]
struct FactsRow {
    seq: i64,
    sequenced_at: Ts,
    id: EntryId,
    subject: Uuid,
    subject_rev: i64,
    facts: Option<Vec<u8>>,
}

queries! {
    fn facts_rows(seq: i64, limit: i64) -> all<FactsRow> =
        "SELECT o.seq, o.sequenced_at, j.id, j.subject, j.subject_rev, j.facts
         FROM journal_order o JOIN journal j ON j.id = o.entry WHERE o.seq > $1 ORDER BY o.seq LIMIT $2";
    fn latest_facts_rows(seq: i64, limit: i64) -> all<FactsRow> =
        "SELECT o.seq, o.sequenced_at, j.id, j.subject, j.subject_rev, j.facts
         FROM journal_order o JOIN journal j ON j.id = o.entry
         WHERE o.seq > $1 AND j.facts IS NOT NULL AND NOT EXISTS (SELECT 1 FROM journal k JOIN journal_order p ON p.entry = k.id
           WHERE k.subject = j.subject AND k.subject_rev > j.subject_rev)
         ORDER BY o.seq LIMIT $2";
    fn facts_row_as_of(subject: Uuid, seq: i64) -> opt<FactsRow> =
        "SELECT o.seq, o.sequenced_at, j.id, j.subject, j.subject_rev, j.facts
         FROM journal j JOIN journal_order o ON o.entry = j.id WHERE j.subject = $1 AND o.seq <= $2
         ORDER BY j.subject_rev DESC LIMIT 1";
    fn facts_rows_of_kind(kind: i16, seq: i64) -> all<FactsRow> =
        "SELECT o.seq, o.sequenced_at, j.id, j.subject, j.subject_rev, j.facts
         FROM journal j JOIN journal_order o ON o.entry = j.id WHERE j.subject_kind = $1 AND o.seq <= $2
         ORDER BY o.seq";
    fn subject_of_trunk(trunk: &TrunkId) -> opt<(TrunkUid,)> = "SELECT uid FROM trunk WHERE id = $1";
    fn subject_of_number(tn: Tn) -> opt<(NumberId,)> = "SELECT id FROM number_state WHERE tn = $1";
}

impl Tx {
    fn opened(&self, row: &FactsRow) -> Result<FactsEntry, StoreError> {
        let cell = Cell { table: "journal", column: "facts", row: row.id.0.as_bytes() };
        let facts = match &row.facts {
            None => None,
            Some(sealed) => {
                let plain = self.sealer.open(cell, sealed)?;
                Some(Facts::decode(&plain).map_err(|_damage| StoreError::Corrupt("facts"))?)
            }
        };
        Ok(FactsEntry {
            seq: u64::try_from(row.seq).map_err(|_sign| StoreError::Corrupt("position"))?,
            entry: row.id,
            subject: row.subject,
            revision: u64::try_from(row.subject_rev)
                .map_err(|_sign| StoreError::Corrupt("revision"))?,
            sequenced_at: row.sequenced_at,
            facts,
        })
    }

    fn all_opened(&self, rows: &[FactsRow]) -> Result<Vec<FactsEntry>, StoreError> {
        rows.iter().map(|row| self.opened(row)).collect()
    }

    /// The facts of one subject as of position `seq`.
    pub async fn facts_as_of(
        &mut self,
        subject: Uuid,
        seq: u64,
    ) -> Result<Option<Facts>, StoreError> {
        let row = self.facts_row_as_of(subject, stored(seq)).await?;
        let entry = row.map(|row| self.opened(&row)).transpose()?;
        Ok(entry.and_then(|entry| entry.facts))
    }

    /// Every entry of one kind up to position `seq`, in order; for kinds with few subjects.
    pub async fn facts_of_kind(
        &mut self,
        kind: crate::domain::journal::SubjectKind,
        seq: u64,
    ) -> Result<Vec<FactsEntry>, StoreError> {
        let rows = self.facts_rows_of_kind(kind.number(), stored(seq)).await?;
        self.all_opened(&rows)
    }

    /// The journal's subject of a trunk that has ever been.
    pub async fn trunk_subject(&mut self, trunk: &TrunkId) -> Result<Option<Uuid>, StoreError> {
        Ok(self.subject_of_trunk(trunk).await?.map(|(uid,)| uid.0))
    }

    /// The journal's subject of a number that is known.
    pub async fn number_subject(&mut self, tn: Tn) -> Result<Option<Uuid>, StoreError> {
        Ok(self.subject_of_number(tn).await?.map(|(id,)| id.0))
    }
}

impl Store {
    /// At most `limit` entries after position `seq`, in order.
    pub async fn facts_after(&self, seq: u64, limit: u32) -> Result<Vec<FactsEntry>, StoreError> {
        self.read(move |mut tx| async move {
            let rows = tx.facts_rows(stored(seq), i64::from(limit)).await?;
            tx.all_opened(&rows)
        })
        .await
    }

    /// As [`Store::facts_after`], of each subject only the latest entry that has a position now.
    pub async fn latest_facts_after(
        &self,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<FactsEntry>, StoreError> {
        self.read(move |mut tx| async move {
            let rows = tx.latest_facts_rows(stored(seq), i64::from(limit)).await?;
            tx.all_opened(&rows)
        })
        .await
    }
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
