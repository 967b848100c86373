//! A store for one test, on either engine.

use tempfile::TempDir;
use vouch::clock::Clock;
use vouch::store::{EngineKind, KeyRing, OpenStore, Store, StoreError};

use super::pg;

/// A store of its own for one test.
#[derive(Debug)]
pub(crate) struct TestStore {
    /// The store.
    pub(crate) store: Store,
    /// Where it is.
    pub(crate) url: String,
    /// Its key ring.
    pub(crate) keys: KeyRing,
    database: Option<String>,
    folder: Option<TempDir>,
}

impl TestStore {
    /// A new migrated store on the machine's clock.
    pub(crate) async fn new(kind: EngineKind) -> Self {
        Self::with_clock(kind, Clock::system()).await
    }

    /// A new migrated store on a clock of the test's own.
    pub(crate) async fn with_clock(kind: EngineKind, clock: Clock) -> Self {
        let (url, keys, database, folder) = match kind {
            EngineKind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", folder.path().join("vouch.db").display());
                (url, KeyRing::generate(&clock).unwrap(), None, Some(folder))
            }
            EngineKind::Postgres => {
                let cluster = pg::cluster();
                let name = cluster.database().await;
                (cluster.url(&name), cluster.keys(), Some(name), None)
            }
        };
        let store = open(&url, &keys, clock).await.unwrap();
        Self { store, url, keys, database, folder }
    }

    /// A second instance on the same database; only PostgreSQL allows it.
    pub(crate) async fn instance(&self, clock: Clock) -> Result<Store, StoreError> {
        open(&self.url, &self.keys, clock).await
    }

    /// The folder of an SQLite store.
    pub(crate) fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// Runs SQL on a connection of its own, past the store: what an intruder would do.
    pub(crate) async fn raw(&self, text: &str) -> Result<u64, sqlx::Error> {
        raw(&self.url, text).await
    }

    /// One number by a connection of its own.
    pub(crate) async fn number(&self, text: &'static str) -> i64 {
        number(&self.url, text).await
    }

    /// Closes the store and removes what it stored.
    pub(crate) async fn finish(self) {
        self.store.close().await;
        if let Some(name) = &self.database {
            pg::cluster().drop_database(name).await;
        }
    }
}

/// Runs SQL on the store at `url`, past the store itself.
pub(crate) async fn raw(url: &str, text: &str) -> Result<u64, sqlx::Error> {
    let text = sqlx::AssertSqlSafe(text.to_owned());
    if let Some(path) = url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(std::time::Duration::from_secs(10));
        let options = sqlx::ConnectOptions::disable_statement_logging(options);
        let mut conn = sqlx::ConnectOptions::connect(&options).await?;
        let done = sqlx::raw_sql(text).execute(&mut conn).await.map(|done| done.rows_affected());
        sqlx::Connection::close(conn).await?;
        return done;
    }
    let options: sqlx::postgres::PgConnectOptions = url.parse()?;
    let options = sqlx::ConnectOptions::disable_statement_logging(options);
    let mut conn = sqlx::ConnectOptions::connect(&options).await?;
    let done = sqlx::raw_sql(text).execute(&mut conn).await.map(|done| done.rows_affected());
    sqlx::Connection::close(conn).await?;
    done
}

/// One number out of the store at `url`, past the store itself.
pub(crate) async fn number(url: &str, text: &str) -> i64 {
    let text = sqlx::AssertSqlSafe(text.to_owned());
    if let Some(path) = url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let (number,) = sqlx::query_as(text).fetch_one(&mut conn).await.unwrap();
        return number;
    }
    let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.unwrap();
    let (number,) = sqlx::query_as(text).fetch_one(&mut conn).await.unwrap();
    number
}

async fn open(url: &str, keys: &KeyRing, clock: Clock) -> Result<Store, StoreError> {
    let how = OpenStore { url, max_connections: 16, migrate: true, sandbox: false, keys, clock };
    Store::open(how).await
}

/// Makes one test for each engine of what runs on an engine's kind.
macro_rules! on_both_engines {
    ($name:ident, |$kind:ident| $body:expr) => {
        mod $name {
            #[expect(
                clippy::allow_attributes,
                reason = "a body may need nothing from outside"
            )]
            #[allow(unused_imports, reason = "a body may need nothing from outside")]
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(vouch::store::EngineKind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run(vouch::store::EngineKind::Postgres).await;
            }

            async fn run($kind: vouch::store::EngineKind) {
                $body.await;
            }
        }
    };
}

/// Makes one test for each engine: `on_both_stores!(name, |test| async { .. });`.
macro_rules! on_both_stores {
    ($name:ident, |$test:ident| $body:expr) => {
        $crate::support::stores::on_both_engines!($name, |kind| async {
            let $test = $crate::support::stores::TestStore::new(kind).await;
            $body.await;
            $test.finish().await;
        });
    };
}

/// The same on a clock that the test moves: `on_both_stores_in_time!(name, |test, clock| ..);`.
macro_rules! on_both_stores_in_time {
    ($name:ident, |$test:ident, $clock:ident| $body:expr) => {
        $crate::support::stores::on_both_engines!($name, |kind| async {
            let start = vouch::domain::time::Ts(1_800_000_000_000_000);
            let $clock = vouch::clock::Clock::movable(start);
            let $test = $crate::support::stores::TestStore::with_clock(kind, $clock.clone()).await;
            $body.await;
            $test.finish().await;
        });
    };
}

pub(crate) use on_both_engines;
pub(crate) use on_both_stores;
pub(crate) use on_both_stores_in_time;
