//! A connection past the store, as an intruder with the application's rights has it, and what the
//! catalog says of the tables. Values travel as text in one form for both engines: bytes as hex,
//! times as microseconds, truth values as 0 and 1.

use std::collections::BTreeMap;

use sqlx::{ConnectOptions as _, Executor as _, Row as _};

use crate::support::stores::TestStore;

/// A connection to either engine.
pub(super) enum Raw {
    /// `SQLite`, with the settings that a plain client has.
    Lite(sqlx::SqliteConnection),
    /// `PostgreSQL`.
    Pg(sqlx::PgConnection),
}

/// One row in text; the order is that of the table's columns.
pub(super) type Values = Vec<Option<String>>;

/// How a column's values are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Bytes on `SQLite`.
    Blob,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// An id on `PostgreSQL`.
    Uuid,
    /// Bytes on `PostgreSQL`.
    Bytea,
    /// A truth value on `PostgreSQL`.
    Bool,
    /// An instant on `PostgreSQL`.
    Time,
    /// JSON on `PostgreSQL`.
    Json,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// How it is read and written.
    pub(super) class: Class,
    /// Whether it is part of the primary key.
    pub(super) key: bool,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// Its columns in their order.
    pub(super) columns: Vec<Column>,
}

impl Class {
    /// The expression that gives a column's value in text.
    fn read(self, column: &str) -> String {
        match self {
            Self::Blob => format!("lower(hex({column}))"),
            Self::Int => format!("CAST({column} AS text)"),
            Self::Text => column.to_owned(),
            Self::Uuid => format!("replace({column}::text, '-', '')"),
            Self::Bytea => format!("encode({column}, 'hex')"),
            Self::Bool => format!("{column}::int::text"),
            Self::Time => format!("(extract(epoch from {column}) * 1000000)::bigint::text"),
            Self::Json => format!("{column}::text"),
        }
    }

    /// The expression that gives a column's value in text, or NULL.
    fn read_or_null(self, column: &str) -> String {
        match self {
            Self::Blob => {
                format!("CASE WHEN {column} IS NULL THEN NULL ELSE {} END", self.read(column))
            }
            _ => self.read(column),
        }
    }

    /// The literal of a value.
    pub(super) fn literal(self, value: Option<&str>) -> String {
        let Some(value) = value else { return "NULL".to_owned() };
        match self {
            Self::Blob => format!("X'{value}'"),
            Self::Int => value.to_owned(),
            Self::Text => format!("'{}'", value.replace('\'', "''")),
            Self::Uuid => format!("'{value}'::uuid"),
            Self::Bytea => format!("'\\x{value}'::bytea"),
            Self::Bool => if value == "0" { "false" } else { "true" }.to_owned(),
            Self::Time => {
                let micros: i64 = value.parse().unwrap();
                let (whole, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
                format!(
                    "(timestamptz 'epoch' + interval '{whole} seconds' + interval '{rest} microseconds')"
                )
            }
            Self::Json => format!("'{}'::jsonb", value.replace('\'', "''")),
        }
    }
}

impl Table {
    /// The place of a column.
    pub(super) fn at(&self, column: &str) -> usize {
        let found = self.columns.iter().position(|c| c.name == column);
        found.unwrap_or_else(|| panic!("{} has no column {column}", self.name))
    }

    /// Whether the table has the column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c.name == column)
    }

    /// A value of a row.
    pub(super) fn value<'a>(&self, row: &'a Values, column: &str) -> Option<&'a str> {
        row[self.at(column)].as_deref()
    }

    /// The condition that names a row by its key.
    pub(super) fn key_of(&self, row: &Values) -> String {
        let keys = self.columns.iter().zip(row).filter(|(column, _)| column.key);
        let parts: Vec<String> = keys
            .map(|(c, value)| format!("{} = {}", c.name, c.class.literal(value.as_deref())))
            .collect();
        parts.join(" AND ")
    }

    /// The names of the key's columns.
    pub(super) fn keys(&self) -> String {
        let keys: Vec<&str> =
            self.columns.iter().filter(|c| c.key).map(|c| c.name.as_str()).collect();
        keys.join(", ")
    }

    /// The literal of a value of a column.
    pub(super) fn literal(&self, column: &str, value: Option<&str>) -> String {
        self.columns[self.at(column)].class.literal(value)
    }

    /// `INSERT` of a row, `OR REPLACE` where `verb` says so.
    pub(super) fn insert(&self, verb: &str, row: &Values) -> String {
        let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        let values: Vec<String> = self
            .columns
            .iter()
            .zip(row)
            .map(|(column, value)| column.class.literal(value.as_deref()))
            .collect();
        format!("{verb} INTO {} ({}) VALUES ({})", self.name, names.join(", "), values.join(", "))
    }
}

impl Raw {
    /// A connection of its own.
    pub(super) async fn open(test: &TestStore) -> Self {
        if let Some(path) = test.url.strip_prefix("sqlite:") {
            return Self::lite(std::path::Path::new(path)).await;
        }
        let options: sqlx::postgres::PgConnectOptions = test.url.parse().unwrap();
        Self::Pg(options.disable_statement_logging().connect().await.unwrap())
    }

    /// A connection to an `SQLite` file.
    pub(super) async fn lite(path: &std::path::Path) -> Self {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Off)
            .busy_timeout(std::time::Duration::from_secs(20))
            .disable_statement_logging();
        Self::Lite(options.connect().await.unwrap())
    }

    /// Whether this is `PostgreSQL`.
    pub(super) const fn is_pg(&self) -> bool {
        matches!(self, Self::Pg(_))
    }

    /// Runs SQL, or says how it was refused.
    pub(super) async fn run(&mut self, text: &str) -> Result<u64, String> {
        let text = sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned()));
        match self {
            Self::Lite(conn) => {
                conn.execute(text).await.map(|d| d.rows_affected()).map_err(|e| e.to_string())
            }
            Self::Pg(conn) => {
                conn.execute(text).await.map(|d| d.rows_affected()).map_err(|e| e.to_string())
            }
        }
    }

    /// Runs SQL that has to work.
    pub(super) async fn must(&mut self, text: &str) {
        if let Err(error) = self.run(text).await {
            panic!("{text}: {error}");
        }
    }

    /// Rows of text.
    pub(super) async fn texts(&mut self, text: &str) -> Vec<Values> {
        let asked = sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned()));
        match self {
            Self::Lite(conn) => {
                let rows = conn.fetch_all(asked).await.unwrap_or_else(|e| panic!("{text}: {e}"));
                rows.iter().map(|row| (0..row.len()).map(|n| row.get(n)).collect()).collect()
            }
            Self::Pg(conn) => {
                let rows = conn.fetch_all(asked).await.unwrap_or_else(|e| panic!("{text}: {e}"));
                rows.iter().map(|row| (0..row.len()).map(|n| row.get(n)).collect()).collect()
            }
        }
    }

    /// The rows of a table that fulfil a condition, in text.
    pub(super) async fn rows(&mut self, table: &Table, condition: &str) -> Vec<Values> {
        self.rows_of(&[(table, condition)]).await.remove(0)
    }

    /// The rows of several tables, in one go.
    pub(super) async fn rows_of(&mut self, asked: &[(&Table, &str)]) -> Vec<Vec<Values>> {
        let mut texts = Vec::new();
        for (nth, (table, condition)) in asked.iter().enumerate() {
            let columns: Vec<String> =
                table.columns.iter().map(|c| c.class.read_or_null(&c.name)).collect();
            let columns = columns.join(", ");
            texts.push(format!("SELECT '{nth}', {columns} FROM {} WHERE {condition}", table.name));
        }
        let mut found = vec![Vec::new(); asked.len()];
        for mut row in self.texts(&texts.join("; ")).await {
            let nth: usize = row.remove(0).unwrap().parse().unwrap();
            found[nth].push(row);
        }
        found
    }

    /// Every table with its columns, from the catalog.
    pub(super) async fn tables(&mut self) -> BTreeMap<String, Table> {
        let text = if self.is_pg() {
            "SELECT c.table_name::text, c.column_name::text, c.data_type::text,
               (SELECT count(*) FROM information_schema.key_column_usage k
                JOIN information_schema.table_constraints t USING (constraint_name, table_schema)
                WHERE t.constraint_type = 'PRIMARY KEY' AND k.table_schema = c.table_schema
                  AND k.table_name = c.table_name AND k.column_name = c.column_name)::text
             FROM information_schema.columns c
             JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
             ORDER BY c.table_name, c.ordinal_position"
        } else {
            "SELECT m.name, c.name, c.type, CAST(c.pk AS text) FROM sqlite_master m
             JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid"
        };
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for row in self.texts(text).await {
            let [table, column, declared, key] = row.try_into().unwrap();
            let name = table.unwrap();
            let table = tables.entry(name.clone()).or_insert(Table { name, columns: Vec::new() });
            table.columns.push(Column {
                name: column.unwrap(),
                class: class(&declared.unwrap()),
                key: key.unwrap() != "0",
            });
        }
        tables
    }

    /// The tables that decide about ACTIVE: those that the second opinion on the counters reads,
    /// and the policy that they hang on.
    pub(super) async fn gate_tables(&mut self) -> BTreeMap<String, Table> {
        let text = if self.is_pg() {
            "SELECT string_agg(pg_get_viewdef(c.oid), ' ') FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'v' AND n.nspname = 'public'"
        } else {
            "SELECT group_concat(sql, ' ') FROM sqlite_master WHERE type = 'view'"
        };
        let views = self.texts(text).await.remove(0).remove(0).unwrap();
        let words: Vec<&str> =
            views.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let mut tables = self.tables().await;
        tables.retain(|name, _| words.contains(&name.as_str()) || name == "policy");
        assert!(tables.len() >= 9, "the gate reads {:?}", tables.keys());
        tables
    }
}

fn class(declared: &str) -> Class {
    match declared {
        "BLOB" => Class::Blob,
        "INTEGER" | "bigint" | "integer" | "smallint" => Class::Int,
        "uuid" => Class::Uuid,
        "bytea" => Class::Bytea,
        "boolean" => Class::Bool,
        "timestamp with time zone" => Class::Time,
        "jsonb" => Class::Json,
        _ => Class::Text,
    }
}
