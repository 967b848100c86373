//! Every statement of every list prepares on both engines with the argument types it is given.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::{Executor as _, SqlSafeStr as _};
use vouch::store::statements;

use super::support::pg;
use super::support::stores::TestStore;
use vouch::store::EngineKind;

#[tokio::test]
async fn every_statement_prepares_on_postgres() {
    let test = TestStore::new(EngineKind::Postgres).await;
    let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(&test.url).await.unwrap();
    let mut faults = Vec::new();
    let mut count = 0;
    for (file, list) in statements::all() {
        for statement in list {
            let types = (statement.pg_types)();
            let prepared = conn.prepare_with(statement.sql.pg.into_sql_str(), &types).await;
            match prepared {
                Ok(prepared) => {
                    faults.extend(wrong_arguments(file, statement.name, &prepared, types.len()));
                }
                Err(error) => faults.push(format!("{file}::{}: {error}", statement.name)),
            }
            count += 1;
        }
    }
    test.finish().await;
    assert!(faults.is_empty(), "{} of {count} fail:\n{}", faults.len(), faults.join("\n"));
    assert!(count > 20, "the lists are gone: {count}");
}

fn wrong_arguments(
    file: &str,
    name: &str,
    prepared: &sqlx::postgres::PgStatement,
    given: usize,
) -> Option<String> {
    let wanted = match sqlx::Statement::parameters(prepared)? {
        sqlx::Either::Left(types) => types.len(),
        sqlx::Either::Right(count) => count,
    };
    (wanted != given)
        .then(|| format!("{file}::{name}: the text wants {wanted} arguments, {given} are given"))
}

#[tokio::test]
async fn every_statement_prepares_on_sqlite() {
    let test = TestStore::new(EngineKind::Sqlite).await;
    let path = test.url.strip_prefix("sqlite:").unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let mut faults = Vec::new();
    for (file, list) in statements::all() {
        for statement in list {
            let types = (statement.lite_types)();
            match conn.prepare_with(statement.sql.lite.into_sql_str(), &types).await {
                Ok(prepared) => {
                    let wanted = sqlx::Statement::parameters(&prepared);
                    let wanted = wanted.map_or(0, |p| p.either(<[_]>::len, |count| count));
                    if wanted != types.len() {
                        let (name, given) = (statement.name, types.len());
                        faults.push(format!(
                            "{file}::{name}: wants {wanted} arguments, gets {given}"
                        ));
                    }
                }
                Err(error) => faults.push(format!("{file}::{}: {error}", statement.name)),
            }
        }
    }
    test.finish().await;
    assert!(faults.is_empty(), "{} fail:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_file_with_statements_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut with_statements = BTreeSet::new();
    let mut open = vec![folder.clone()];
    while let Some(next) = open.pop() {
        for file in std::fs::read_dir(next).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if std::fs::read_to_string(&path)
                .unwrap()
                .lines()
                .any(|line| line.starts_with("queries! {") || line.starts_with("bulk! {"))
            {
                let name = path.strip_prefix(&folder).unwrap().with_extension("");
                with_statements.insert(name.to_string_lossy().replace('/', "::"));
            }
        }
    }
    let listed: BTreeSet<String> =
        statements::all().iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(with_statements, listed);
}

/// The test above must be able to fail: mistakes that it is there to find.
#[tokio::test]
async fn mistakes_are_found() {
    let test = TestStore::new(EngineKind::Postgres).await;
    let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(&test.url).await.unwrap();
    let types = [<&str as sqlx::Type<sqlx::Postgres>>::type_info()];
    for wrong in [
        "SELECT no_such_column FROM journal WHERE kind = $1",
        "SELECT id FROM journal WHERE id = $1",
        "SELECT json_each($1::text) FROM no_such_table",
    ] {
        assert!(conn.prepare_with(wrong.into_sql_str(), &types).await.is_err(), "{wrong}");
    }
    drop(conn);
    pg::cluster();
    test.finish().await;
}
