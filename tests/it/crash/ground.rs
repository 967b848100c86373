//! A store that outlives the processes on it.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use vouch::clock::Clock;
use vouch::store::{EngineKind, KeyRing, OpenStore, Store};

use crate::support::pg;

/// How long the server may take to notice that a process is dead.
const NOTICE: Duration = Duration::from_secs(20);

/// The store, its key ring, and the folder of everything beside it.
pub(crate) struct Ground {
    pub(crate) kind: EngineKind,
    pub(crate) url: String,
    pub(crate) keys_file: PathBuf,
    database: Option<String>,
    folder: TempDir,
}

impl Ground {
    /// A place for a new store; on PostgreSQL a migrated database.
    pub(crate) async fn new(kind: EngineKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys_file = folder.path().join("vouch.keys");
        let (url, database) = match kind {
            EngineKind::Sqlite => {
                (format!("sqlite:{}", folder.path().join("vouch.db").display()), None)
            }
            EngineKind::Postgres => {
                let cluster = pg::cluster();
                let name = cluster.database().await;
                let mut options = std::fs::OpenOptions::new();
                let made = options.write(true).create_new(true).mode(0o600).open(&keys_file);
                made.unwrap().write_all(cluster.keys().text().as_bytes()).unwrap();
                (cluster.url(&name), Some(name))
            }
        };
        Self { kind, url, keys_file, database, folder }
    }

    /// Where documents, outbox and log lie.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The store itself, opened in this process; on SQLite no other may be on it.
    pub(crate) async fn open(&self) -> Store {
        self.open_at(Clock::system()).await
    }

    /// The same with another clock.
    pub(crate) async fn open_at(&self, clock: Clock) -> Store {
        let keys = KeyRing::load(&self.keys_file).unwrap();
        let url = self.url.as_str();
        let how = OpenStore {
            url,
            max_connections: 4,
            migrate: false,
            sandbox: false,
            keys: &keys,
            clock,
        };
        Store::open(how).await.unwrap()
    }

    /// Waits until the database server has ended everything that dead processes had begun.
    pub(crate) async fn settle(&self) {
        if self.kind == EngineKind::Sqlite {
            return;
        }
        let mut conn = PgConnection::connect(&self.url).await.unwrap();
        let left = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'vouch'";
        let gone = async {
            loop {
                let (left,): (i64,) = sqlx::query_as(left).fetch_one(&mut conn).await.unwrap();
                if left == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(NOTICE, gone).await.expect("the server keeps sessions of the dead");
        conn.close().await.unwrap();
    }

    /// Removes what was stored.
    pub(crate) async fn clear(self) {
        if let Some(name) = &self.database {
            pg::cluster().drop_database(name).await;
        }
    }
}
