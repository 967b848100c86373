//! A bare load of rows that an import has left: the same rows of every table, under the same keys and
//! indexes, in as many transactions, on the same disk with the same settings. What is timed is the
//! writing alone, without any trigger: on PostgreSQL by COPY, on SQLite from tables in memory.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::time::Instant;
use vouch::store::EngineKind;

use crate::support::pg::cluster;
use crate::support::stores::{TestStore, number};

/// What lies before the import and what it refers to.
pub(super) struct Before {
    seq: i64,
    hashes: i64,
}

/// Tables that an import fills, and which of their rows stand behind positions `$a` to `$b`.
const FILLED: [(&str, &str); 5] = [
    ("journal", "SELECT j.* FROM {db}journal_order o JOIN {db}journal j ON j.id = o.entry WHERE {of} ORDER BY o.seq"),
    ("journal_order", "SELECT o.* FROM {db}journal_order o WHERE {of} ORDER BY o.seq"),
    ("number_state", "SELECT n.* FROM {db}journal_order o JOIN {db}journal j ON j.id = o.entry
       JOIN {db}number_state n ON n.id = j.subject WHERE {of} ORDER BY o.seq"),
    ("number_claim", "SELECT c.* FROM {db}journal_order o JOIN {db}journal j ON j.id = o.entry
       JOIN {db}number_claim c ON c.number_id = j.subject WHERE {of} ORDER BY o.seq"),
    ("evidence", "SELECT e.* FROM {db}journal_order o JOIN {db}journal j ON j.id = o.entry
       JOIN {db}evidence e ON e.number_id = j.subject AND e.to_entry IS NULL WHERE {of} ORDER BY o.seq"),
];

/// The same, and the tree over them, in the order of writing.
const TABLES: [&str; 6] =
    ["journal", "journal_order", "number_state", "number_claim", "evidence", "merkle_hash"];

/// Rows that those of the import refer to, in an order in which they can be written.
const BESIDE: [(&str, &str); 4] = [
    (
        "journal",
        "SELECT j.* FROM {db}journal_order o JOIN {db}journal j ON j.id = o.entry WHERE {of}",
    ),
    ("client", "SELECT * FROM {db}client"),
    ("policy", "SELECT * FROM {db}policy"),
    ("customer", "SELECT * FROM {db}customer WHERE state = 'DRAFT'"),
];

fn filled(text: &str, db: &str, from: i64, to: i64) -> String {
    let of = format!("o.seq > {from} AND o.seq <= {to}");
    text.replace("{db}", db).replace("{of}", &of)
}

impl Before {
    /// Notes how far a store is before the import.
    pub(super) async fn of(test: &TestStore) -> Self {
        let seq = number(&test.url, "SELECT coalesce(max(seq), 0) FROM journal_order").await;
        let hashes = number(&test.url, "SELECT coalesce(max(idx), -1) FROM merkle_hash").await;
        Self { seq, hashes }
    }

    /// Loads what came since into a new store, in so many transactions; how long the writing took.
    pub(super) async fn load(&self, test: &TestStore, chunks: i64) -> Duration {
        let kind = test.store.kind();
        let base = TestStore::new(kind).await;
        let last = number(&test.url, "SELECT max(seq) FROM journal_order").await;
        let hashes = number(&test.url, "SELECT max(idx) FROM merkle_hash").await;
        let mut loader = match kind {
            EngineKind::Sqlite => Loader::lite(test, &base).await,
            EngineKind::Postgres => Loader::pg(test, &base).await,
        };
        loader.prepare(self.seq).await;
        let mut took = Duration::ZERO;
        for nth in 0..chunks {
            let part =
                |all: i64, from: i64| (from + all * nth / chunks, from + all * (nth + 1) / chunks);
            let (from, to) = part(last - self.seq, self.seq);
            let tree = part(hashes - self.hashes, self.hashes);
            took += loader.chunk((from, to), tree).await;
        }
        for table in ["number_state", "number_claim", "evidence"] {
            let all = format!("SELECT count(*) FROM {table}");
            assert_eq!(number(&base.url, &all).await, number(&test.url, &all).await, "{table}");
        }
        drop(loader);
        base.finish().await;
        took
    }
}

enum Loader {
    Lite(SqliteConnection),
    Pg { from: PgConnection, to: PgConnection },
}

impl Loader {
    async fn lite(test: &TestStore, base: &TestStore) -> Self {
        let path = base.url.strip_prefix("sqlite:").unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .foreign_keys(true);
        let options = sqlx::ConnectOptions::disable_statement_logging(options);
        let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let source = test.url.strip_prefix("sqlite:").unwrap();
        run_lite(&mut conn, &format!("PRAGMA temp_store = MEMORY; ATTACH '{source}' AS src")).await;
        let triggers = "SELECT name FROM main.sqlite_schema WHERE type = 'trigger'";
        let triggers: Vec<String> =
            sqlx::query_scalar(triggers).fetch_all(&mut conn).await.unwrap();
        assert!(!triggers.is_empty());
        for name in triggers {
            run_lite(&mut conn, &format!("DROP TRIGGER main.{name}")).await;
        }
        Self::Lite(conn)
    }

    async fn pg(test: &TestStore, base: &TestStore) -> Self {
        let from = PgConnection::connect(&test.url).await.unwrap();
        let options: PgConnectOptions = base.url.parse().unwrap();
        let options = options.socket(cluster().socket());
        let mut to = PgConnection::connect_with(&options).await.unwrap();
        for table in TABLES {
            let alter = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
            sqlx::raw_sql(AssertSqlSafe(alter)).execute(&mut to).await.unwrap();
        }
        Self::Pg { from, to }
    }

    /// Writes what the rows refer to; not timed.
    async fn prepare(&mut self, seq: i64) {
        for (table, text) in BESIDE {
            match self {
                Self::Lite(conn) => {
                    let select = filled(text, "src.", 0, seq);
                    run_lite(conn, &format!("INSERT INTO main.{table} {select}")).await;
                }
                Self::Pg { from, to } => {
                    let rows = copied(from, &filled(text, "", 0, seq)).await;
                    paste(to, table, &rows).await;
                }
            }
        }
    }

    /// Writes one transaction's rows.
    async fn chunk(&mut self, (from, to): (i64, i64), (first, last): (i64, i64)) -> Duration {
        let tree = format!(
            "SELECT * FROM {{db}}merkle_hash WHERE idx > {first} AND idx <= {last} ORDER BY idx"
        );
        match self {
            Self::Lite(conn) => {
                let rows = FILLED.map(|(table, text)| (table, filled(text, "src.", from, to)));
                let tree = ("merkle_hash", tree.replace("{db}", "src."));
                for (table, select) in rows.iter().chain([&tree]) {
                    run_lite(conn, &format!("CREATE TEMP TABLE part_{table} AS {select}")).await;
                }
                let began = Instant::now();
                run_lite(conn, "BEGIN IMMEDIATE").await;
                for table in TABLES {
                    let text = format!("INSERT INTO main.{table} SELECT * FROM temp.part_{table}");
                    run_lite(conn, &text).await;
                }
                run_lite(conn, "COMMIT").await;
                let took = began.elapsed();
                for table in TABLES {
                    run_lite(conn, &format!("DROP TABLE temp.part_{table}")).await;
                }
                took
            }
            Self::Pg { from: source, to: target } => {
                let mut all = Vec::new();
                for (table, text) in FILLED {
                    all.push((table, copied(source, &filled(text, "", from, to)).await));
                }
                all.push(("merkle_hash", copied(source, &tree.replace("{db}", "")).await));
                let began = Instant::now();
                sqlx::raw_sql("BEGIN").execute(&mut *target).await.unwrap();
                for (table, rows) in &all {
                    paste(target, table, rows).await;
                }
                sqlx::raw_sql("COMMIT").execute(&mut *target).await.unwrap();
                began.elapsed()
            }
        }
    }
}

async fn run_lite(conn: &mut SqliteConnection, text: &str) {
    sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(conn).await.unwrap();
}

async fn copied(conn: &mut PgConnection, select: &str) -> Vec<u8> {
    use futures_util::TryStreamExt as _;

    let text = format!("COPY ({select}) TO STDOUT (FORMAT binary)");
    let mut stream = conn.copy_out_raw(&text).await.unwrap();
    let mut rows = Vec::new();
    while let Some(piece) = stream.try_next().await.unwrap() {
        rows.extend_from_slice(&piece);
    }
    rows
}

async fn paste(conn: &mut PgConnection, table: &str, rows: &[u8]) {
    let text = format!("COPY {table} FROM STDIN (FORMAT binary)");
    let mut copy = conn.copy_in_raw(&text).await.unwrap();
    copy.send(rows).await.unwrap();
    copy.finish().await.unwrap();
}
