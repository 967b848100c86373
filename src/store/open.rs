//! Opening a store: every way in which that can fail has its own answer.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, PgPool, SqlitePool};

use super::engine::{Engine, Inner, Mode, Store, take_home};
use super::error::StoreError;
use super::keyring::KeyRing;
use super::lock::FileLock;
use super::meta;
use super::migrate::{self, Behind};
use super::seal::Sealer;
use super::tx::Tx;
use super::wake::Wake;
use crate::clock::Clock;
use crate::domain::ids::EpochId;
use crate::domain::time::Ts;

/// How long a command waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// What opening needs to know.
#[derive(Debug)]
pub struct OpenStore<'a> {
    /// `sqlite:PATH` or `postgres://...`.
    pub url: &'a str,
    /// Most connections to `PostgreSQL`, or readers of an `SQLite` file.
    pub max_connections: u32,
    /// Whether to make what is not there and bring the schema up to date.
    pub migrate: bool,
    /// Whether a store made now is a sandbox; one that exists stays what it is.
    pub sandbox: bool,
    /// The key ring.
    pub keys: &'a KeyRing,
    /// Time and randomness.
    pub clock: Clock,
}

impl Store {
    /// Opens the store, or says exactly why not.
    pub async fn open(how: OpenStore<'_>) -> Result<Self, StoreError> {
        let then = if how.migrate { Behind::Migrate } else { Behind::Refuse };
        let engine = if let Some(path) = how.url.strip_prefix("sqlite:") {
            open_lite(&lite_path(path)?, how.max_connections, then).await?
        } else if how.url.starts_with("postgres://") || how.url.starts_with("postgresql://") {
            open_pg(how.url, how.max_connections, then).await?
        } else {
            return Err(StoreError::BadUrl);
        };
        let mut inner = Inner {
            engine,
            clock: how.clock,
            sealer: Arc::new(Sealer::new(how.keys)?),
            wake: Wake::default(),
            broken: tokio::sync::watch::Sender::new(false),
            floor: std::sync::atomic::AtomicI64::new(0),
            epoch: EpochId(uuid::Uuid::nil()),
            sandbox: false,
            #[cfg(feature = "failpoints")]
            failpoints: Arc::default(),
        };
        let unnamed = Self(Arc::new(inner));
        if how.migrate {
            let (mut tx, home) = unnamed.start(Mode::Write).await?;
            meta::found(&mut tx, how.sandbox).await?;
            drop(tx);
            take_home(&home)?.0.end("COMMIT").await.map_err(|(error, _)| error)?;
        }
        let (mut tx, home) = unnamed.start(Mode::Snapshot).await?;
        let row = meta::checked(&mut tx).await?;
        unnamed.raise_floor(tx.head().await?.sequenced_at);
        drop(tx);
        take_home(&home)?.0.end("COMMIT").await.map_err(|(error, _)| error)?;
        inner = Arc::into_inner(unnamed.0).ok_or(StoreError::Defect("the store is in use"))?;
        inner.epoch = row.epoch;
        inner.sandbox = row.sandbox;
        Ok(Self(Arc::new(inner)))
    }

    async fn start(&self, mode: Mode) -> Result<(Tx, super::tx::Home), StoreError> {
        let begun = self.begin(mode, "system:open".to_owned(), Ts::NEVER).await;
        begun.map_err(|(error, _)| error)
    }
}

fn lite_path(rest: &str) -> Result<PathBuf, StoreError> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let path = rest.split_once('?').map_or(rest, |(path, _options)| path);
    if path.is_empty() || path == ":memory:" {
        return Err(StoreError::BadUrl);
    }
    Ok(PathBuf::from(path))
}

async fn open_lite(path: &Path, readers: u32, then: Behind) -> Result<Engine, StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder
        && !folder.is_dir()
    {
        return Err(StoreError::MissingFolder(folder.to_owned()));
    }
    if !path.exists() && then == Behind::Refuse {
        return Err(StoreError::MissingFile(path.to_owned()));
    }
    let lock = FileLock::take(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(then == Behind::Migrate)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("recursive_triggers", "ON")
        .pragma("cell_size_check", "ON")
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(512)
        .disable_statement_logging();
    let one_writer = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false);
    let writer =
        one_writer.connect_with(options.clone()).await.map_err(
            |error| match StoreError::driver(&error) {
                StoreError::Unavailable => StoreError::FileRefused {
                    path: path.to_owned(),
                    kind: std::io::ErrorKind::PermissionDenied,
                },
                other => other,
            },
        )?;
    version(&writer).await?;
    migrate::lite(&writer, then).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(readers.max(1))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_with(options.pragma("query_only", "ON").create_if_missing(false))
        .await
        .map_err(|error| StoreError::driver(&error))?;
    Ok(Engine::Lite { writer, readers, _lock: lock })
}

/// Refuses an `SQLite` with known defects of the write-ahead log.
async fn version(pool: &SqlitePool) -> Result<(), StoreError> {
    let (found,): (String,) = sqlx::query_as("SELECT sqlite_version()")
        .fetch_one(pool)
        .await
        .map_err(|error| StoreError::driver(&error))?;
    let numbers: Vec<u32> = found.split('.').filter_map(|part| part.parse().ok()).collect();
    if numbers >= vec![3, 51, 3] { Ok(()) } else { Err(StoreError::OldSqlite { found }) }
}

async fn open_pg(url: &str, most: u32, then: Behind) -> Result<Engine, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_shape| StoreError::BadUrl)?
        .application_name("vouch")
        .statement_cache_capacity(512)
        .disable_statement_logging();
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(most.max(2))
        .acquire_timeout(ACQUIRE)
        .after_connect(|conn, _| {
            Box::pin(async move {
                // A stopped process must not hold rows for ever; the server ends its transaction.
                let text =
                    "SET idle_in_transaction_session_timeout = '10s'; SET lock_timeout = '5s';
                            SET statement_timeout = '60s'";
                sqlx::raw_sql(text).execute(conn).await.map(drop)
            })
        })
        .connect_with(options)
        .await
        .map_err(|error| unreachable_pg(&error))?;
    migrate::postgres(&pool, then).await?;
    Ok(Engine::Pg { pool })
}

fn unreachable_pg(error: &sqlx::Error) -> StoreError {
    let code =
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default();
    match code.as_ref() {
        "28P01" | "28000" => StoreError::Unreachable("the server refused the user or the password"),
        "3D000" => StoreError::Unreachable("the server has no database of that name"),
        _ => match StoreError::driver(error) {
            StoreError::Unavailable | StoreError::Exhausted => {
                StoreError::Unreachable("no server answers at that address")
            }
            other => other,
        },
    }
}
