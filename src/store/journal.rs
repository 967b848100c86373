//! The journal: one entry for each subject a command changed, written in the command's own
//! transaction, and read in the order the sequencer gave.

use serde_json::Value;
use uuid::Uuid;

use super::bulk::PendingAdd;
use super::engine::Store;
use super::error::StoreError;
use super::failpoint::failpoint;
use super::seal::{Cell, DataKey, Sealer};
use super::tx::Tx;
use crate::domain::ids::{CommandId, CustomerId, EntryId, EpochId};
use crate::domain::journal::{Entry, Hash, Hashes, Proof, SubjectKind};
use crate::domain::time::Ts;
use crate::queries;

/// What a command says about one subject that it changed.
#[derive(Debug)]
pub struct EntryDraft {
    /// What it is about.
    pub kind: SubjectKind,
    /// Which one.
    pub subject: Uuid,
    /// The subject's revision after this change: one more than before.
    pub rev: u64,
    /// What happened, such as `customer.suspended`.
    pub word: &'static str,
    /// What the attestation table needs of the subject after the change.
    pub facts: Option<Vec<u8>>,
    /// Everything that changed: before, after, and every row written with its values.
    pub detail: Value,
    /// The customer whose key seals `detail`; none where no customer's data is in it.
    pub owner: Option<CustomerId>,
}

/// An entry with its position, and its facts opened.
#[derive(Clone, Debug)]
pub struct Sequenced {
    /// Its position: 1, 2, 3 ... without a gap.
    pub seq: u64,
    /// When it was given the position; never decreasing along `seq`.
    pub sequenced_at: Ts,
    /// The entry, `facts` and `detail` still sealed.
    pub entry: Entry,
    /// The facts in the open.
    pub facts: Option<Vec<u8>>,
    /// The leaf as it was stored.
    pub leaf: Hash,
}

/// How far the journal reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The store's incarnation.
    pub epoch: EpochId,
    /// The last position; 0 for an empty journal.
    pub seq: u64,
    /// When it was given; no clock may run behind it.
    pub sequenced_at: Ts,
    /// Grows at least every second while nothing is left without a position.
    pub beat: u64,
    /// When the beat last grew, by the clock of the instance that did it.
    pub beat_at: Ts,
    /// The root of the Merkle tree over all entries up to `seq`.
    pub root: Hash,
}

#[derive(sqlx::FromRow)]
struct SequencedRow {
    seq: i64,
    sequenced_at: Ts,
    id: EntryId,
    subject_kind: i16,
    subject: Uuid,
    subject_rev: i64,
    at: Ts,
    kind: String,
    actor: String,
    command: CommandId,
    owner: Option<CustomerId>,
    facts: Option<Vec<u8>>,
    detail: Vec<u8>,
    leaf: Vec<u8>,
}

/// A sealed entry as it is stored.
#[derive(Debug)]
pub(super) struct NewEntry {
    pub(super) id: EntryId,
    pub(super) subject_kind: i16,
    pub(super) subject: Uuid,
    pub(super) subject_rev: i64,
    pub(super) at: Ts,
    pub(super) kind: String,
    pub(super) actor: String,
    pub(super) command: CommandId,
    pub(super) owner: Option<CustomerId>,
    pub(super) facts: Option<Vec<u8>>,
    pub(super) detail: Vec<u8>,
    pub(super) leaf: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    epoch: EpochId,
    seq: i64,
    sequenced_at: Ts,
    beat: i64,
    beat_at: Ts,
    root: Vec<u8>,
}

queries! {
    /// The position of an entry.
    fn entry_seq(entry: EntryId) -> opt<(i64,)> = "SELECT seq FROM journal_order WHERE entry = $1";
    fn add_entry(row: NewEntry { id: EntryId, subject_kind: i16, subject: Uuid, subject_rev: i64, at: Ts, kind: String,
        actor: String, command: CommandId, owner: Option<CustomerId>, facts: Option<Vec<u8>>, detail: Vec<u8>, leaf: Vec<u8> })
        -> exec = "INSERT INTO journal (id, subject_kind, subject, subject_rev, at, kind, actor, command, owner, facts, detail, leaf)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    fn add_pending(entry: EntryId, at: Ts, command: CommandId, subject: Uuid, rev: i64) -> exec =
        "INSERT INTO journal_pending (entry, at, command, subject, subject_rev) VALUES ($1, $2, $3, $4, $5)";
    fn entry_rows_after(seq: i64, limit: i64) -> all<SequencedRow> =
        "SELECT o.seq, o.sequenced_at, j.id, j.subject_kind, j.subject, j.subject_rev, j.at, j.kind, j.actor, j.command,
           j.owner, j.facts, j.detail, j.leaf
         FROM journal_order o JOIN journal j ON j.id = o.entry WHERE o.seq > $1 ORDER BY o.seq LIMIT $2";
    fn subject_rows_after(subject: Uuid, rev: i64, limit: i64) -> all<SequencedRow> =
        "SELECT coalesce(o.seq, 0) AS seq, coalesce(o.sequenced_at, j.at) AS sequenced_at, j.id, j.subject_kind, j.subject,
           j.subject_rev, j.at, j.kind, j.actor, j.command, j.owner, j.facts, j.detail, j.leaf
         FROM journal j LEFT JOIN journal_order o ON o.entry = j.id WHERE j.subject = $1 AND j.subject_rev > $2
         ORDER BY j.subject_rev LIMIT $3";
    fn subject_rows_from(subject: Uuid, seq: i64, limit: i64) -> all<SequencedRow> =
        "SELECT o.seq, o.sequenced_at, j.id, j.subject_kind, j.subject, j.subject_rev, j.at, j.kind, j.actor, j.command,
           j.owner, j.facts, j.detail, j.leaf
         FROM journal j JOIN journal_order o ON o.entry = j.id WHERE j.subject = $1 AND o.seq > $2
         ORDER BY j.subject_rev LIMIT $3";
    fn head_row() -> one<HeadRow> =
        "SELECT m.epoch, h.seq, h.sequenced_at, h.beat, h.beat_at, h.root FROM journal_head h JOIN store_meta m ON m.id = h.id
         WHERE h.id = 1";
    fn last_seq_at(at: Ts) -> opt<(i64,)> =
        "SELECT seq FROM journal_order WHERE sequenced_at <= $1 ORDER BY sequenced_at DESC, seq DESC LIMIT 1";
    fn stored_hash(index: i64) -> opt<(Vec<u8>,)> = "SELECT hash FROM merkle_hash WHERE idx = $1";
    fn customer_key(customer: CustomerId) -> opt<(Option<Vec<u8>>,)> =
        "SELECT wrapped FROM customer_key WHERE customer_id = $1";
    fn add_customer_key(customer: CustomerId, wrapped: &[u8], at: Ts) -> exec =
        "INSERT INTO customer_key (customer_id, wrapped, created_at) VALUES ($1, $2, $3)";
    fn drop_customer_key(customer: CustomerId, at: Ts) -> exec =
        "UPDATE customer_key SET wrapped = NULL, erased_at = $2 WHERE customer_id = $1 AND wrapped IS NOT NULL";
}

fn facts_cell(id: &EntryId) -> Cell<'_> {
    Cell { table: "journal", column: "facts", row: id.0.as_bytes() }
}

fn detail_cell(id: &EntryId) -> Cell<'_> {
    Cell { table: "journal", column: "detail", row: id.0.as_bytes() }
}

fn hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    bytes.try_into().map(Hash).map_err(|_length| StoreError::Corrupt("hash"))
}

fn count(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_negative| StoreError::Corrupt("count"))
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl SequencedRow {
    fn opened(self, sealer: &Sealer) -> Result<Sequenced, StoreError> {
        let kind = SubjectKind::from_number(self.subject_kind);
        let facts = self.facts.as_ref().map(|sealed| sealer.open(facts_cell(&self.id), sealed));
        Ok(Sequenced {
            seq: count(self.seq)?,
            sequenced_at: self.sequenced_at,
            facts: facts.transpose()?,
            leaf: hash(&self.leaf)?,
            entry: Entry {
                id: self.id,
                subject_kind: kind.ok_or(StoreError::Corrupt("subject kind"))?,
                subject: self.subject,
                subject_rev: count(self.subject_rev)?,
                at: self.at,
                kind: self.kind,
                actor: self.actor,
                command: self.command,
                owner: self.owner,
                facts: self.facts,
                detail: self.detail,
            },
        })
    }
}

impl Tx {
    /// Writes one entry; returns its id, which the fact rows of this change name as `from_entry`.
    pub async fn journal(&mut self, draft: EntryDraft) -> Result<EntryId, StoreError> {
        let row = self.sealed_entry(draft).await?;
        self.add_entry(&row).await?;
        failpoint!(self.failpoints, EntryWritten);
        self.add_pending(row.id, row.at, row.command, row.subject, row.subject_rev).await?;
        failpoint!(self.failpoints, PendingWritten);
        self.course()?.written.insert(row.subject);
        Ok(row.id)
    }

    /// Writes many entries, each as [`Tx::journal`] writes one; their ids in the order of the drafts.
    pub async fn journal_all(
        &mut self,
        drafts: Vec<EntryDraft>,
    ) -> Result<Vec<EntryId>, StoreError> {
        let mut rows = Vec::with_capacity(drafts.len());
        for draft in drafts {
            rows.push(self.sealed_entry(draft).await?);
        }
        self.add_entries(&rows).await?;
        failpoint!(self.failpoints, EntryWritten);
        let waits = |row: &NewEntry| PendingAdd {
            entry: row.id,
            at: row.at,
            command: row.command,
            subject: row.subject,
            rev: row.subject_rev,
        };
        let waiting: Vec<_> = rows.iter().map(waits).collect();
        self.add_pendings(&waiting).await?;
        failpoint!(self.failpoints, PendingWritten);
        self.course()?.written.extend(rows.iter().map(|row| row.subject));
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    async fn sealed_entry(&mut self, draft: EntryDraft) -> Result<NewEntry, StoreError> {
        let id = EntryId(self.clock.id());
        let at = self.at();
        let actor = self.course()?.actor.clone();
        let sealer = std::sync::Arc::clone(&self.sealer);
        let facts = draft.facts.map(|plain| sealer.seal(facts_cell(&id), &plain, &self.clock));
        let plain = serde_json::to_vec(&draft.detail)
            .map_err(|_shape| StoreError::Defect("a detail cannot be encoded"))?;
        let clock = self.clock.clone();
        let detail = match draft.owner {
            None => sealer.seal(detail_cell(&id), &plain, &clock)?,
            Some(owner) => self.data_key(owner).await?.seal(detail_cell(&id), &plain, &clock)?,
        };
        let entry = Entry {
            id,
            subject_kind: draft.kind,
            subject: draft.subject,
            subject_rev: draft.rev,
            at,
            kind: draft.word.to_owned(),
            actor,
            command: self.command_id(),
            owner: draft.owner,
            facts: facts.transpose()?,
            detail,
        };
        let leaf = entry.leaf().0.to_vec();
        Ok(NewEntry {
            id,
            subject_kind: entry.subject_kind.number(),
            subject: entry.subject,
            subject_rev: stored(entry.subject_rev),
            at,
            kind: entry.kind,
            actor: entry.actor,
            command: entry.command,
            owner: entry.owner,
            facts: entry.facts,
            detail: entry.detail,
            leaf,
        })
    }

    /// Makes the data key of a new customer.
    pub async fn new_data_key(&mut self, customer: CustomerId, at: Ts) -> Result<(), StoreError> {
        let (key, wrapped) = self.sealer.new_data_key(customer, &self.clock)?;
        self.add_customer_key(customer, &wrapped, at).await?;
        self.data_keys.insert(customer, key);
        Ok(())
    }

    /// The data key of a customer, unless it was erased.
    pub async fn data_key(&mut self, customer: CustomerId) -> Result<&DataKey, StoreError> {
        if !self.data_keys.contains_key(&customer) {
            let (wrapped,) = self
                .customer_key(customer)
                .await?
                .ok_or(StoreError::Defect("a customer without its data key"))?;
            let wrapped = wrapped.ok_or(StoreError::Erased)?;
            let key = self.sealer.data_key(customer, &wrapped)?;
            self.data_keys.insert(customer, key);
        }
        self.data_keys.get(&customer).ok_or(StoreError::Erased)
    }

    /// The data key of a customer, for what is sealed outside of the database.
    pub async fn take_data_key(&mut self, customer: CustomerId) -> Result<DataKey, StoreError> {
        self.data_key(customer).await?;
        self.data_keys.remove(&customer).ok_or(StoreError::Erased)
    }

    /// Erases the data key of a customer: profile, evidence and details can never be read again;
    /// facts and hashes stay. Says whether there was one to erase.
    pub async fn erase_data_key(&mut self, customer: CustomerId) -> Result<bool, StoreError> {
        let at = self.at();
        self.data_keys.remove(&customer);
        Ok(self.drop_customer_key(customer, at).await? == 1)
    }

    /// The position of an entry; none while it has no position yet.
    pub async fn position_of(&mut self, id: EntryId) -> Result<Option<u64>, StoreError> {
        self.entry_seq(id).await?.map(|(seq,)| count(seq)).transpose()
    }

    /// At most `limit` entries after position `seq`, in order.
    pub async fn entries_after(
        &mut self,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<Sequenced>, StoreError> {
        let rows = self.entry_rows_after(stored(seq), i64::from(limit)).await?;
        rows.into_iter().map(|row| row.opened(&self.sealer)).collect()
    }

    /// At most `limit` entries of one subject after position `seq`, in order.
    pub async fn entries_of_after(
        &mut self,
        subject: Uuid,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<Sequenced>, StoreError> {
        let rows = self.subject_rows_from(subject, stored(seq), i64::from(limit)).await?;
        rows.into_iter().map(|row| row.opened(&self.sealer)).collect()
    }

    /// At most `limit` entries of one subject after a revision, whether they have a position or not.
    pub(super) async fn entries_of(
        &mut self,
        subject: Uuid,
        rev: u64,
        limit: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let rows = self.subject_rows_after(subject, stored(rev), limit).await?;
        rows.into_iter().map(|row| Ok(row.opened(&self.sealer)?.entry)).collect()
    }

    /// The last position sequenced at or before `at`; 0 where there is none.
    pub async fn seq_at(&mut self, at: Ts) -> Result<u64, StoreError> {
        self.last_seq_at(at).await?.map_or(Ok(0), |(seq,)| count(seq))
    }

    /// The detail of an entry in the open, as JSON; [`StoreError::Erased`] after an erasure.
    pub async fn detail(&mut self, entry: &Entry) -> Result<Value, StoreError> {
        let cell = detail_cell(&entry.id);
        let plain = match entry.owner {
            None => self.sealer.open(cell, &entry.detail)?,
            Some(owner) => self.data_key(owner).await?.open(cell, &entry.detail)?,
        };
        serde_json::from_slice(&plain).map_err(|_shape| StoreError::Corrupt("detail"))
    }

    /// How far the journal reaches.
    pub async fn head(&mut self) -> Result<Head, StoreError> {
        let row = self.head_row().await?;
        Ok(Head {
            epoch: row.epoch,
            seq: count(row.seq)?,
            sequenced_at: row.sequenced_at,
            beat: count(row.beat)?,
            beat_at: row.beat_at,
            root: hash(&row.root)?,
        })
    }

    /// The stored hashes of the tree at these indexes, as far as they are there.
    pub(super) async fn stored_hashes(&mut self, indexes: &[u64]) -> Result<Hashes, StoreError> {
        let mut hashes = Hashes::new();
        for index in indexes {
            if let Some((bytes,)) = self.stored_hash(stored(*index)).await? {
                hashes.insert(*index, hash(&bytes)?);
            }
        }
        Ok(hashes)
    }

    /// Makes a proof, or a root, from the stored hashes.
    pub async fn prove(&mut self, proof: Proof) -> Result<Vec<Hash>, StoreError> {
        let needs = proof.needs().map_err(|_outside| StoreError::Outside)?;
        let hashes = self.stored_hashes(&needs).await?;
        proof.make(&hashes).map_err(|_missing| StoreError::Corrupt("journal hash"))
    }
}

impl Store {
    /// How far the journal reaches.
    pub async fn head(&self) -> Result<Head, StoreError> {
        let head = self.read(|mut tx| async move { tx.head().await }).await;
        head.inspect(|head| self.raise_floor(head.sequenced_at))
    }

    /// At most `limit` entries after position `seq`, in order.
    pub async fn entries_after(&self, seq: u64, limit: u32) -> Result<Vec<Sequenced>, StoreError> {
        self.read(move |mut tx| async move { tx.entries_after(seq, limit).await }).await
    }
}
