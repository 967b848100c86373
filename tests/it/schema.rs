//! The two migration folders give the same schema: tables, columns, types, nullability, keys, checks,
//! triggers. And the table of names knows every constraint.

use std::collections::BTreeSet;

use vouch::store::{EngineKind, names};

use super::support::stores::TestStore;

/// A column as both engines can tell it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    table: String,
    name: String,
    class: &'static str,
    nullable: bool,
    key: i64,
}

fn sqlite_class(declared: &str) -> &'static str {
    match declared {
        "BLOB" => "bytes",
        "INTEGER" => "integer",
        "TEXT" => "text",
        _ => "other",
    }
}

/// `uuid` and `bytea` are bytes on the other engine, times and truth values integers, JSON text.
fn postgres_class(declared: &str) -> &'static str {
    match declared {
        "uuid" | "bytea" => "bytes",
        "bigint" | "integer" | "smallint" | "boolean" | "timestamp with time zone" => "integer",
        "text" | "jsonb" => "text",
        _ => "other",
    }
}

async fn sqlite(test: &TestStore) -> sqlx::SqliteConnection {
    let path = test.url.strip_prefix("sqlite:").unwrap();
    sqlx::ConnectOptions::connect(&sqlx::sqlite::SqliteConnectOptions::new().filename(path))
        .await
        .unwrap()
}

async fn postgres(test: &TestStore) -> sqlx::PgConnection {
    <sqlx::PgConnection as sqlx::Connection>::connect(&test.url).await.unwrap()
}

const SQLITE_COLUMNS: &str =
    "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master m
    JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\'";

const POSTGRES_COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'NO',
      coalesce((SELECT k.ordinal_position::bigint FROM information_schema.key_column_usage k
        JOIN information_schema.table_constraints t USING (constraint_name, table_schema)
        WHERE t.constraint_type = 'PRIMARY KEY' AND k.table_name = c.table_name AND k.column_name = c.column_name
          AND k.table_schema = c.table_schema), 0)
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE '\\_%'";

/// Table, name, declared type, whether NOT NULL, and place in the primary key.
type ColumnRow = (String, String, String, bool, i64);

#[tokio::test]
async fn columns_are_the_same() {
    let (lite, pg) = both().await;
    let rows: Vec<ColumnRow> =
        sqlx::query_as(SQLITE_COLUMNS).fetch_all(&mut sqlite(&lite).await).await.unwrap();
    let column = |class: fn(&str) -> &'static str| {
        move |(table, name, declared, not_null, key): ColumnRow| Column {
            table,
            name,
            class: class(&declared),
            nullable: !not_null,
            key,
        }
    };
    let left: BTreeSet<Column> = rows.into_iter().map(column(sqlite_class)).collect();
    let rows: Vec<ColumnRow> =
        sqlx::query_as(POSTGRES_COLUMNS).fetch_all(&mut postgres(&pg).await).await.unwrap();
    let right: BTreeSet<Column> = rows.into_iter().map(column(postgres_class)).collect();
    assert!(left.len() > 50, "{}", left.len());
    let differ: Vec<_> = left.symmetric_difference(&right).collect();
    assert!(differ.is_empty(), "{differ:#?}");
    assert!(left.iter().all(|column| column.class != "other"));
    finish(lite, pg).await;
}

const SQLITE_INDEXES: &str = "SELECT m.name, i.name, i.\"unique\",
      (SELECT group_concat(x.name) FROM pragma_index_info(i.name) x)
    FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin = 'c'";

const POSTGRES_INDEXES: &str = "SELECT t.relname::text, x.relname::text, i.indisunique,
      (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(num, n)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num)
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_namespace s ON s.oid = t.relnamespace
    WHERE s.nspname = 'public' AND NOT i.indisprimary AND t.relname NOT LIKE '\\_%'";

#[tokio::test]
async fn indexes_are_the_same() {
    let (lite, pg) = both().await;
    let left: BTreeSet<(String, String, bool, String)> = sqlx::query_as(SQLITE_INDEXES)
        .fetch_all(&mut sqlite(&lite).await)
        .await
        .unwrap()
        .into_iter()
        .collect();
    let right: BTreeSet<(String, String, bool, String)> = sqlx::query_as(POSTGRES_INDEXES)
        .fetch_all(&mut postgres(&pg).await)
        .await
        .unwrap()
        .into_iter()
        .collect();
    assert!(left.len() > 10);
    let differ: Vec<_> = left.symmetric_difference(&right).collect();
    assert!(differ.is_empty(), "{differ:#?}");
    finish(lite, pg).await;
}

const SQLITE_REFERENCES: &str =
    "SELECT m.name, f.\"from\", f.\"table\", f.\"to\" FROM sqlite_master m
    JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";

const POSTGRES_REFERENCES: &str = "SELECT c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text, b.attname::text
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] WHERE c.contype = 'f'";

#[tokio::test]
async fn references_are_the_same() {
    let (lite, pg) = both().await;
    let left: BTreeSet<(String, String, String, String)> = sqlx::query_as(SQLITE_REFERENCES)
        .fetch_all(&mut sqlite(&lite).await)
        .await
        .unwrap()
        .into_iter()
        .collect();
    let right: BTreeSet<(String, String, String, String)> = sqlx::query_as(POSTGRES_REFERENCES)
        .fetch_all(&mut postgres(&pg).await)
        .await
        .unwrap()
        .into_iter()
        .collect();
    let differ: Vec<_> = left.symmetric_difference(&right).collect();
    assert!(left.len() > 3 && differ.is_empty(), "{differ:#?}");
    finish(lite, pg).await;
}

/// Names of checks and triggers with their tables; what only one engine can have is left out.
#[tokio::test]
async fn checks_and_triggers_are_the_same() {
    let (lite, pg) = both().await;
    let tables: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'")
            .fetch_all(&mut sqlite(&lite).await)
            .await
            .unwrap();
    let left: BTreeSet<(String, String)> = tables
        .iter()
        .flat_map(|(table, sql)| named_checks(sql).into_iter().map(|name| (table.clone(), name)))
        .collect();
    // PostgreSQL names those without a name after the column.
    let right: BTreeSet<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, conname::text FROM pg_constraint
         WHERE contype = 'c' AND conrelid <> 0 AND conname NOT LIKE '%\\_check'",
    )
    .fetch_all(&mut postgres(&pg).await)
    .await
    .unwrap()
    .into_iter()
    .collect();
    let differ: Vec<_> = left.symmetric_difference(&right).collect();
    assert!(left.len() > 3 && differ.is_empty(), "{differ:#?}");

    let left: BTreeSet<(String, String)> =
        sqlx::query_as("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name NOT LIKE 'no_replace%'")
            .fetch_all(&mut sqlite(&lite).await)
            .await
            .unwrap()
            .into_iter()
            .collect();
    let right: BTreeSet<(String, String)> = sqlx::query_as(
        "SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger
         WHERE NOT tgisinternal AND (tgtype & 32) = 0",
    )
    .fetch_all(&mut postgres(&pg).await)
    .await
    .unwrap()
    .into_iter()
    .collect();
    let differ: Vec<_> = left.symmetric_difference(&right).collect();
    assert!(left.len() > 3 && differ.is_empty(), "{differ:#?}");
    finish(lite, pg).await;
}

fn named_checks(sql: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in sql.split("CONSTRAINT ").skip(1) {
        let mut words = piece.split_whitespace();
        if let (Some(name), Some("CHECK")) = (words.next(), words.next()) {
            names.push(name.to_owned());
        }
    }
    names
}

#[tokio::test]
async fn every_constraint_has_its_name() {
    let (lite, pg) = both().await;
    let (unique, gates) = names::all();
    let mut conn = postgres(&pg).await;
    let keys: Vec<(String,)> = sqlx::query_as(
        "SELECT x.relname::text FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
         JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
         WHERE s.nspname = 'public' AND i.indisunique AND t.relname NOT LIKE '\\_%'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let stored: BTreeSet<&str> = keys.iter().map(|(name,)| name.as_str()).collect();
    let known: BTreeSet<&str> = unique.into_iter().collect();
    let differ: Vec<_> = stored.symmetric_difference(&known).collect();
    assert!(differ.is_empty(), "src/store/names.rs and the unique keys differ: {differ:#?}");

    let checks: Vec<(String,)> = sqlx::query_as(
        "SELECT conname::text FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
         AND conname NOT LIKE '%\\_check'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let bodies: Vec<(String,)> = sqlx::query_as(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%gate:%'",
    )
    .fetch_all(&mut sqlite(&lite).await)
    .await
    .unwrap();
    let mut wanted: BTreeSet<String> = checks.into_iter().map(|(name,)| name).collect();
    for (body,) in &bodies {
        for piece in body.split("'gate:").skip(1) {
            let name: String = piece.chars().take_while(|c| *c != '\'').collect();
            wanted.insert(name);
        }
    }
    let missing: Vec<_> = wanted.iter().filter(|name| !gates.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "src/store/names.rs does not know {missing:?}");
    drop(conn);
    finish(lite, pg).await;
}

async fn both() -> (TestStore, TestStore) {
    (TestStore::new(EngineKind::Sqlite).await, TestStore::new(EngineKind::Postgres).await)
}

async fn finish(lite: TestStore, pg: TestStore) {
    lite.finish().await;
    pg.finish().await;
}
