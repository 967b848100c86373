//! The two engines behind one handle, and the lease on a connection.
//!
//! A connection goes back to its pool only after its `COMMIT` or `ROLLBACK` was acknowledged;
//! however else a lease ends, the connection is closed. So no open transaction can reach the next
//! borrower, whatever the driver believes about it (sqlx #4385).

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::pool::PoolConnection;
use sqlx::{Database, PgPool, Postgres, Sqlite, SqlitePool};

use super::error::{Again, StoreError};
use super::lock::FileLock;
use super::seal::Sealer;
use super::tx::{Conn, Course, Home, Tx};
use super::wake::Wake;
use crate::clock::Clock;
use crate::domain::ids::{CommandId, EpochId};
use crate::domain::time::Ts;

/// Everything that happened, and what follows from it, on one of the two engines. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Store(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) engine: Engine,
    pub(super) clock: Clock,
    pub(super) sealer: Arc<Sealer>,
    pub(super) wake: Wake,
    /// Set when the disk failed; nothing is written after that.
    pub(super) broken: tokio::sync::watch::Sender<bool>,
    /// The latest instant at which the journal was numbered, as far as this instance knows.
    pub(super) floor: AtomicI64,
    pub(super) epoch: EpochId,
    pub(super) sandbox: bool,
    #[cfg(feature = "failpoints")]
    pub(super) failpoints: Arc<super::failpoint::Failpoints>,
}

/// Which database, and how it is reached.
#[derive(Debug)]
pub(super) enum Engine {
    /// One process: one writer, several readers, and the lock on the file.
    Lite { writer: SqlitePool, readers: SqlitePool, _lock: FileLock },
    /// Many processes.
    Pg { pool: PgPool },
}

/// Which engine a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Read and write.
    Write,
    /// Read one snapshot.
    Snapshot,
}

/// A borrowed connection inside of a transaction.
#[derive(Debug)]
pub(super) struct Lease<DB: Database>(Option<PoolConnection<DB>>);

impl<DB: Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        if let Some(conn) = &mut self.0 {
            conn.close_on_drop();
        }
    }
}

impl<DB: Database> Lease<DB> {
    pub(super) fn conn(&mut self) -> Result<&mut DB::Connection, StoreError> {
        self.0.as_deref_mut().ok_or(StoreError::Defect("the transaction is over"))
    }

    /// Gives the connection back: only after the database acknowledged the end.
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Lease<Sqlite> {
    async fn begin(pool: &SqlitePool, mode: Mode) -> Result<Self, sqlx::Error> {
        let mut lease = Self(Some(pool.acquire().await?));
        let text = match mode {
            Mode::Write => "BEGIN IMMEDIATE",
            Mode::Snapshot => "BEGIN",
        };
        if let Some(conn) = lease.0.as_deref_mut() {
            sqlx::raw_sql(text).execute(conn).await?;
        }
        Ok(lease)
    }

    async fn end(mut self, text: &'static str) -> Result<(), sqlx::Error> {
        if let Some(conn) = self.0.as_deref_mut() {
            sqlx::raw_sql(text).execute(conn).await?;
        }
        self.give_back();
        Ok(())
    }
}

impl Lease<Postgres> {
    async fn begin(pool: &PgPool, mode: Mode) -> Result<Self, sqlx::Error> {
        let mut lease = Self(Some(pool.acquire().await?));
        let text = match mode {
            Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Mode::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        if let Some(conn) = lease.0.as_deref_mut() {
            sqlx::raw_sql(text).execute(conn).await?;
        }
        Ok(lease)
    }

    async fn end(mut self, text: &'static str) -> Result<(), sqlx::Error> {
        if let Some(conn) = self.0.as_deref_mut() {
            sqlx::raw_sql(text).execute(conn).await?;
        }
        self.give_back();
        Ok(())
    }
}

impl Conn {
    pub(super) async fn end(self, text: &'static str) -> Result<(), (StoreError, Again)> {
        let ended = match self {
            Self::Lite(lease) => lease.end(text).await,
            Self::Pg(lease) => lease.end(text).await,
            Self::Over => return Err((StoreError::Defect("the transaction was kept"), Again::No)),
        };
        ended.map_err(|error| StoreError::from_driver(&error))
    }
}

impl Store {
    /// Which engine this is.
    pub fn kind(&self) -> EngineKind {
        match &self.0.engine {
            Engine::Lite { .. } => EngineKind::Sqlite,
            Engine::Pg { .. } => EngineKind::Postgres,
        }
    }

    /// The store's incarnation: positions of two epochs never compare.
    pub fn epoch(&self) -> EpochId {
        self.0.epoch
    }

    /// Whether the store was made for the sandbox.
    pub fn sandbox(&self) -> bool {
        self.0.sandbox
    }

    /// Time and randomness, as this store uses them.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Seals and opens what is stored.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// Wakes the sequencer and the readers of the journal.
    pub fn wake(&self) -> &Wake {
        &self.0.wake
    }

    /// Now, and never before the journal was last numbered: a clock that was set back revives
    /// nothing that has expired.
    pub fn now(&self) -> Ts {
        self.0.clock.now().max(Ts(self.0.floor.load(Ordering::Relaxed)))
    }

    /// Where tests stop this store.
    #[cfg(feature = "failpoints")]
    pub fn failpoints(&self) -> &super::failpoint::Failpoints {
        &self.0.failpoints
    }

    /// Notes when the journal was numbered.
    pub(super) fn raise_floor(&self, at: Ts) {
        self.0.floor.fetch_max(at.0, Ordering::Relaxed);
    }

    /// Ends when the disk under the store has failed: the process must end then, because what was
    /// written last may be lost, and writing it again could hide that.
    pub async fn until_broken(&self) {
        let mut broken = self.0.broken.subscribe();
        if broken.wait_for(|broken| *broken).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn note_disk(&self, error: &StoreError) {
        if *error == StoreError::Disk {
            self.0.broken.send_replace(true);
        }
    }

    /// Closes every connection once those lent out have come back.
    pub async fn close(&self) {
        match &self.0.engine {
            Engine::Lite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Engine::Pg { pool } => pool.close().await,
        }
    }

    /// A new transaction with its home, where it goes when it is dropped.
    pub(super) async fn begin(
        &self,
        mode: Mode,
        actor: String,
        floor: Ts,
    ) -> Result<(Tx, Home), (StoreError, Again)> {
        if mode == Mode::Write && *self.0.broken.borrow() {
            return Err((StoreError::Disk, Again::Never));
        }
        let begun = match (&self.0.engine, mode) {
            (Engine::Lite { writer, .. }, Mode::Write) => {
                Lease::<Sqlite>::begin(writer, mode).await.map(Conn::Lite)
            }
            (Engine::Lite { readers, .. }, Mode::Snapshot) => {
                Lease::<Sqlite>::begin(readers, mode).await.map(Conn::Lite)
            }
            (Engine::Pg { pool }, _) => Lease::<Postgres>::begin(pool, mode).await.map(Conn::Pg),
        };
        let conn = begun.map_err(|error| StoreError::from_driver(&error))?;
        let clock = self.0.clock.clone();
        let course = Course {
            command: CommandId(clock.id()),
            actor,
            now: self.now(),
            seen: floor,
            at: None,
            outrun: false,
            again: None,
            failed: false,
            written: std::collections::BTreeSet::new(),
        };
        let home = Home::default();
        let tx = Tx {
            conn,
            course: Some(course),
            clock,
            sealer: Arc::clone(&self.0.sealer),
            data_keys: std::collections::BTreeMap::new(),
            home: Arc::clone(&home),
            #[cfg(feature = "failpoints")]
            failpoints: Arc::clone(&self.0.failpoints),
        };
        Ok((tx, home))
    }
}

/// Takes a transaction home after its owner dropped it.
pub(super) fn take_home(
    home: &Mutex<Option<(Conn, Course)>>,
) -> Result<(Conn, Course), StoreError> {
    let ended = home.lock().unwrap_or_else(PoisonError::into_inner).take();
    ended.ok_or(StoreError::Defect("the closure kept its transaction"))
}
