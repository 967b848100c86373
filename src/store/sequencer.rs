//! The sequencer: gives committed entries their positions, grows the Merkle tree, and beats.
//!
//! Any number of instances may run it; the lock on the one row of `journal_head` is the only
//! coordination. On `PostgreSQL` the server ends the transaction of an instance that was stopped
//! while it held that row, so that another takes over within three seconds.

use sqlx::postgres::PgListener;

use super::bulk::{HashAdd, Keys, OrderAdd};
use super::engine::{Engine, Mode, Store, take_home};
use super::error::StoreError;
use super::failpoint::failpoint;
use super::tx::{EngineConn, Tx};
use crate::domain::ids::{CommandId, EntryId};
use crate::domain::journal::{Edge, Hash};
use crate::domain::time::{Span, Ts};
use crate::queries;

/// Entries given positions in one transaction.
const BATCH: usize = 1_000;

/// A beat is due when the last one is this old.
const BEAT: Span = Span::millis(500);

/// The channel on which `PostgreSQL` tells the other instances.
const CHANNEL: &str = "vouch_journal";

/// What one step of the sequencer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// How many entries were given positions.
    pub numbered: usize,
    /// The last position now.
    pub seq: u64,
    /// When the last position was given; no clock may run behind it.
    pub sequenced_at: Ts,
    /// Whether entries were left for the next step.
    pub more: bool,
    /// Whether the beat grew.
    pub beat: bool,
}

#[derive(sqlx::FromRow)]
struct HeadLock {
    seq: i64,
    sequenced_at: Ts,
    beat: i64,
    beat_at: Ts,
    edge: Vec<u8>,
}

#[derive(Clone, sqlx::FromRow)]
struct Pending {
    entry: EntryId,
    command: CommandId,
    leaf: Vec<u8>,
}

struct NewHead {
    seq: i64,
    sequenced_at: Ts,
    beat: i64,
    beat_at: Ts,
    edge: Vec<u8>,
    root: Vec<u8>,
}

queries! {
    fn lock_head() -> one<HeadLock> = sql!("SELECT seq, sequenced_at, beat, beat_at, edge FROM journal_head WHERE id = 1",
        pg: " FOR UPDATE");
    fn peek_head() -> one<HeadLock> = "SELECT seq, sequenced_at, beat, beat_at, edge FROM journal_head WHERE id = 1";
    fn any_pending() -> opt<(EntryId,)> = "SELECT entry FROM journal_pending LIMIT 1";
    fn pending(limit: i64) -> all<Pending> =
        "SELECT p.entry, p.command, j.leaf FROM journal_pending p JOIN journal j ON j.id = p.entry
         ORDER BY p.at, p.command, p.subject, p.subject_rev LIMIT $1";
    fn pending_of(command: CommandId) -> all<Pending> =
        "SELECT p.entry, p.command, j.leaf FROM journal_pending p JOIN journal j ON j.id = p.entry
         WHERE p.command = $1 ORDER BY p.at, p.command, p.subject, p.subject_rev";
    fn set_head(row: NewHead { seq: i64, sequenced_at: Ts, beat: i64, beat_at: Ts, edge: Vec<u8>, root: Vec<u8> }) -> exec =
        "UPDATE journal_head SET seq = $1, sequenced_at = $2, beat = $3, beat_at = $4, edge = $5, root = $6 WHERE id = 1";
    fn clear_pending(entries: &Keys<EntryId>) -> exec = sql!("DELETE FROM journal_pending WHERE entry ",
        lite: "IN (SELECT unhex(value) FROM json_each($1))", pg: "= ANY($1)");
}

/// The rows of one batch.
#[derive(Default)]
struct Rows {
    order: Vec<OrderAdd>,
    hashes: Vec<HashAdd>,
}

impl Store {
    /// One step: numbers what is pending, and beats if nothing is left and a beat is due. `now` is
    /// this instance's clock. Runs to its end even when the caller goes away.
    pub async fn sequence_batch(&self, now: Ts) -> Result<Batch, StoreError> {
        let idle = self.read(move |mut tx| async move {
            let head = tx.peek_head().await?;
            let waits = tx.any_pending().await?.is_some();
            Ok::<_, StoreError>((!waits && !due(&head, now)).then_some(head))
        });
        if let Some(head) = idle.await? {
            self.raise_floor(head.sequenced_at);
            let seq = u64::try_from(head.seq).map_err(|_sign| StoreError::Corrupt("position"))?;
            let sequenced_at = head.sequenced_at;
            return Ok(Batch { numbered: 0, seq, sequenced_at, more: false, beat: false });
        }
        let store = self.clone();
        let step = tokio::spawn(async move { store.step(now).await });
        step.await.unwrap_or(Err(StoreError::Defect("the sequencer did not end")))
    }

    async fn step(&self, now: Ts) -> Result<Batch, StoreError> {
        let begun = self.begin(Mode::Write, "system:sequencer".to_owned(), Ts::NEVER).await;
        let (mut tx, home) = begun.map_err(|(error, _)| error)?;
        let done = tx.number(now).await;
        drop(tx);
        let (conn, _course) = take_home(&home)?;
        let batch = match done {
            Ok(batch) => batch,
            Err(error) => {
                // A connection that cannot end its transaction is closed by its lease.
                drop(conn.end("ROLLBACK").await);
                self.note_disk(&error);
                return Err(error);
            }
        };
        if let Err((error, _)) = conn.end("COMMIT").await {
            self.note_disk(&error);
            return Err(error);
        }
        failpoint!(self.0.failpoints, Numbered);
        self.raise_floor(batch.sequenced_at);
        if batch.numbered > 0 || batch.beat {
            self.wake().numbered(i64::try_from(batch.seq).unwrap_or(i64::MAX));
            self.tell_others(batch.seq).await;
        }
        Ok(batch)
    }

    /// A hint only: where the engine has no `NOTIFY`, the others find out by polling.
    async fn tell_others(&self, seq: u64) {
        if let Engine::Pg { pool } = &self.0.engine {
            let told = sqlx::query("SELECT pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(seq.to_string())
                .execute(pool)
                .await;
            if told.is_err() {
                tracing::debug!("the other instances could not be told of new entries");
            }
        }
    }

    /// Hands on what other instances tell, until the connection fails. On `SQLite` there are none,
    /// and this never ends.
    pub async fn follow_others(&self) -> Result<(), StoreError> {
        let Engine::Pg { pool } = &self.0.engine else {
            return std::future::pending().await;
        };
        let failed = |error: sqlx::Error| StoreError::driver(&error);
        let mut listener = PgListener::connect_with(pool).await.map_err(failed)?;
        listener.listen(CHANNEL).await.map_err(failed)?;
        loop {
            let told = listener.recv().await.map_err(failed)?;
            if let Ok(seq) = told.payload().parse() {
                self.wake().numbered(seq);
            }
        }
    }
}

/// Whether the beat is old, or was made by a clock ahead of this one.
fn due(head: &HeadLock, now: Ts) -> bool {
    let age = now.since(head.beat_at);
    age >= BEAT || age < Span::ZERO
}

impl Tx {
    async fn number(&mut self, now: Ts) -> Result<Batch, StoreError> {
        self.short_patience().await?;
        let head = self.lock_head().await?;
        failpoint!(self.failpoints, HeadLocked);
        let (rows, more) = self.batch().await?;
        let size = u64::try_from(head.seq).map_err(|_sign| StoreError::Corrupt("position"))?;
        let mut edge =
            Edge::from_bytes(size, &head.edge).ok_or(StoreError::Corrupt("journal edge"))?;
        let sequenced_at =
            if rows.is_empty() { head.sequenced_at } else { head.sequenced_at.max(now) };
        let mut placed = Rows::default();
        for row in &rows {
            let leaf: [u8; 32] =
                row.leaf.as_slice().try_into().map_err(|_length| StoreError::Corrupt("leaf"))?;
            for (index, hash) in edge.push(Hash(leaf)) {
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                placed.hashes.push(HashAdd { index, hash: hash.0.to_vec() });
            }
            let seq = i64::try_from(edge.size()).unwrap_or(i64::MAX);
            placed.order.push(OrderAdd { seq, entry: row.entry, at: sequenced_at });
        }
        let beat = !more && (!rows.is_empty() || due(&head, now));
        if !rows.is_empty() {
            self.place(&placed).await?;
        }
        if beat || !rows.is_empty() {
            self.set_head(&NewHead {
                seq: i64::try_from(edge.size()).unwrap_or(i64::MAX),
                sequenced_at,
                beat: head.beat + i64::from(beat),
                beat_at: if beat { now } else { head.beat_at },
                edge: edge.to_bytes(),
                root: edge.root().0.to_vec(),
            })
            .await?;
            failpoint!(self.failpoints, HeadWritten);
        }
        Ok(Batch { numbered: rows.len(), seq: edge.size(), sequenced_at, more, beat })
    }

    /// The next entries in their order, never a part of a command; and whether more are left.
    async fn batch(&mut self) -> Result<(Vec<Pending>, bool), StoreError> {
        let limit = i64::try_from(BATCH + 1).unwrap_or(i64::MAX);
        let mut rows = self.pending(limit).await?;
        if rows.len() <= BATCH {
            return Ok((rows, false));
        }
        let cut = rows.last().map(|row| row.command);
        let whole =
            rows.iter().rposition(|row| Some(row.command) != cut).map_or(0, |last| last + 1);
        if whole == 0 {
            let Some(command) = cut else { return Ok((rows, false)) };
            return Ok((self.pending_of(command).await?, true));
        }
        rows.truncate(whole);
        Ok((rows, true))
    }

    /// Two seconds for everything, kept by the server even when this process is stopped.
    async fn short_patience(&mut self) -> Result<(), StoreError> {
        let EngineConn::Pg(conn) = self.engine()? else { return Ok(()) };
        let text = "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '2s';
                    SET LOCAL idle_in_transaction_session_timeout = '2s'";
        let done = sqlx::raw_sql(text).execute(conn).await;
        done.map(drop).map_err(|error| self.note(&error))
    }

    /// Writes positions, takes the entries off the pending list, and grows the tree.
    async fn place(&mut self, rows: &Rows) -> Result<(), StoreError> {
        self.add_order(&rows.order).await?;
        failpoint!(self.failpoints, OrderWritten);
        self.clear_pending(&Keys(rows.order.iter().map(|row| row.entry).collect())).await?;
        failpoint!(self.failpoints, PendingCleared);
        self.add_hashes(&rows.hashes).await?;
        failpoint!(self.failpoints, TreeGrown);
        Ok(())
    }
}
