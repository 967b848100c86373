//! One transaction. Statement files add their methods with [`queries!`](crate::queries); a function
//! that must differ between the engines matches on [`Tx::engine`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{PgConnection, SqliteConnection};
use uuid::Uuid;

use super::engine::Lease;
use super::error::{Again, StoreError};
use super::seal::{DataKey, Sealer};
use super::statement::{Args, Row, Sql};
use crate::clock::Clock;
use crate::domain::ids::{CommandId, CustomerId};
use crate::domain::time::{Span, Ts};

/// A transaction's connection, or nothing once it is over.
#[derive(Debug, Default)]
pub(super) enum Conn {
    Lite(Lease<sqlx::Sqlite>),
    Pg(Lease<sqlx::Postgres>),
    #[default]
    Over,
}

/// The engine's own connection, for the named handful of functions that need it.
#[derive(Debug)]
pub enum EngineConn<'t> {
    /// `SQLite`.
    Lite(&'t mut SqliteConnection),
    /// `PostgreSQL`.
    Pg(&'t mut PgConnection),
}

/// What a transaction has met.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) command: CommandId,
    pub(super) actor: String,
    pub(super) now: Ts,
    /// The latest `last_at` of every row seen.
    pub(super) seen: Ts,
    /// The instant of this command, once something asked for it.
    pub(super) at: Option<Ts>,
    /// Rows later than `at` were seen after it was fixed.
    pub(super) outrun: bool,
    /// A statement failed in a way that a rerun may mend.
    pub(super) again: Option<Again>,
    /// A statement failed; nothing of this transaction may be committed.
    pub(super) failed: bool,
    /// The subjects whose entries were written.
    pub(super) written: BTreeSet<Uuid>,
}

/// Where a transaction goes when its owner drops it, so that the command can end it.
pub(super) type Home = Arc<Mutex<Option<(Conn, Course)>>>;

/// One transaction of either engine. Dropping it ends nothing: the command that made it commits or
/// rolls back after its closure is done.
#[derive(Debug)]
pub struct Tx {
    pub(super) conn: Conn,
    pub(super) course: Option<Course>,
    pub(super) clock: Clock,
    pub(super) sealer: Arc<Sealer>,
    pub(super) data_keys: BTreeMap<CustomerId, DataKey>,
    pub(super) home: Home,
    #[cfg(feature = "failpoints")]
    pub(super) failpoints: Arc<super::failpoint::Failpoints>,
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(course) = self.course.take() {
            let conn = std::mem::take(&mut self.conn);
            *self.home.lock().unwrap_or_else(PoisonError::into_inner) = Some((conn, course));
        }
    }
}

/// How many rows a query is asked for.
#[derive(Clone, Copy)]
enum Many {
    One,
    All,
}

/// Rows as the engine gave them.
enum Rows {
    Lite(Vec<sqlx::sqlite::SqliteRow>),
    Pg(Vec<sqlx::postgres::PgRow>),
}

const OVER: StoreError = StoreError::Defect("the transaction is over");

impl Tx {
    pub(super) fn course(&mut self) -> Result<&mut Course, StoreError> {
        self.course.as_mut().ok_or(OVER)
    }

    /// Notes the `last_at` of a row that this command read: its own instant will be later, so that
    /// cause is numbered before effect across instances with skewed clocks.
    pub fn saw(&mut self, last_at: Ts) {
        if let Some(course) = &mut self.course {
            course.seen = course.seen.max(last_at);
            course.outrun |= course.at.is_some_and(|at| at <= last_at);
        }
    }

    /// As [`Tx::saw`], for the row of a subject that this command may have written itself: its own
    /// instant is not one it has to be later than. An equal instant alone does not tell a row as
    /// its own, because another command may have got the same one.
    pub fn saw_of(&mut self, subject: Uuid, last_at: Ts) {
        let own = self.course.as_ref().is_some_and(|course| course.written.contains(&subject));
        if !own {
            self.saw(last_at);
        }
    }

    /// The instant of this command: now, or just after the latest row it read. Fixed by the first
    /// call; a later row seen after that makes the command run again with a later instant.
    pub fn at(&mut self) -> Ts {
        let Some(course) = &mut self.course else { return Ts::NEVER };
        let earliest = course.seen.plus(Span::micros(1)).max(course.now);
        *course.at.get_or_insert(earliest)
    }

    /// The clock's instant when this run of the command began; use [`Tx::at`] for what is stored.
    pub fn now(&self) -> Ts {
        self.course.as_ref().map_or(Ts::NEVER, |course| course.now)
    }

    /// The command's id: every entry it writes carries it.
    pub fn command_id(&self) -> CommandId {
        self.course.as_ref().map_or(CommandId(Uuid::nil()), |course| course.command)
    }

    /// Time and randomness: the source of new ids.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The connection itself.
    pub fn engine(&mut self) -> Result<EngineConn<'_>, StoreError> {
        match &mut self.conn {
            Conn::Lite(lease) => Ok(EngineConn::Lite(lease.conn()?)),
            Conn::Pg(lease) => Ok(EngineConn::Pg(lease.conn()?)),
            Conn::Over => Err(OVER),
        }
    }

    /// Empty arguments for this transaction's engine.
    pub fn args(&self) -> Args {
        match &self.conn {
            Conn::Pg(_) => Args::Pg(PgArguments::default()),
            Conn::Lite(_) | Conn::Over => Args::Lite(SqliteArguments::default()),
        }
    }

    /// Whether running the whole again may mend what failed.
    pub(super) fn may_help(&self) -> Again {
        self.course.as_ref().and_then(|course| course.again).unwrap_or(Again::No)
    }

    /// Notes a driver's error and reduces it.
    pub fn note(&mut self, error: &sqlx::Error) -> StoreError {
        let (reduced, again) = StoreError::from_driver(error);
        if let Some(course) = &mut self.course {
            course.failed = true;
            if again != Again::No {
                course.again = Some(again);
            }
        }
        reduced
    }

    /// At most one row.
    pub async fn fetch_opt<T: Row>(
        &mut self,
        sql: Sql,
        args: Args,
    ) -> Result<Option<T>, StoreError> {
        let rows = self.rows(sql, args, Many::One).await?;
        Ok(self.decode(rows)?.pop())
    }

    /// Exactly one row; none is a defect.
    pub async fn fetch_one<T: Row>(&mut self, sql: Sql, args: Args) -> Result<T, StoreError> {
        let row = self.fetch_opt(sql, args).await?;
        row.ok_or(StoreError::Defect("a row that must exist was not found"))
    }

    /// All rows.
    pub async fn fetch_all<T: Row>(&mut self, sql: Sql, args: Args) -> Result<Vec<T>, StoreError> {
        let rows = self.rows(sql, args, Many::All).await?;
        self.decode(rows)
    }

    fn decode<T: Row>(&mut self, rows: Rows) -> Result<Vec<T>, StoreError> {
        let decoded: Result<Vec<T>, sqlx::Error> = match rows {
            Rows::Lite(rows) => rows.iter().map(T::from_row).collect(),
            Rows::Pg(rows) => rows.iter().map(T::from_row).collect(),
        };
        decoded.map_err(|error| self.note(&error))
    }

    /// Runs a query. Not generic, so that the driver's machinery is compiled once, not once a row
    /// type.
    async fn rows(&mut self, sql: Sql, args: Args, many: Many) -> Result<Rows, StoreError> {
        let done = match (self.engine()?, args) {
            (EngineConn::Lite(conn), Args::Lite(args)) => {
                let query = sqlx::query_with(sql.lite, args);
                match many {
                    Many::One => {
                        query.fetch_optional(conn).await.map(|row| row.into_iter().collect())
                    }
                    Many::All => query.fetch_all(conn).await,
                }
                .map(Rows::Lite)
            }
            (EngineConn::Pg(conn), Args::Pg(args)) => {
                let query = sqlx::query_with(sql.pg, args);
                match many {
                    Many::One => {
                        query.fetch_optional(conn).await.map(|row| row.into_iter().collect())
                    }
                    Many::All => query.fetch_all(conn).await,
                }
                .map(Rows::Pg)
            }
            _ => return Err(OVER),
        };
        done.map_err(|error| self.note(&error))
    }

    /// Runs a statement and says how many rows it changed.
    pub async fn execute(&mut self, sql: Sql, args: Args) -> Result<u64, StoreError> {
        let done = match (self.engine()?, args) {
            (EngineConn::Lite(conn), Args::Lite(args)) => sqlx::query_with(sql.lite, args)
                .execute(conn)
                .await
                .map(|done| done.rows_affected()),
            (EngineConn::Pg(conn), Args::Pg(args)) => {
                sqlx::query_with(sql.pg, args).execute(conn).await.map(|done| done.rows_affected())
            }
            _ => return Err(OVER),
        };
        done.map_err(|error| self.note(&error))
    }
}
