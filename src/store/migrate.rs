//! Migrations: two folders with the same numbers. Each runs in its own transaction; an advisory lock
//! is not taken, because not every engine has one, so that the loser of two at once simply looks again.

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{PgPool, SqlitePool};

use super::error::StoreError;

static LITE: Migrator = sqlx::migrate!("migrations/sqlite");
static PG: Migrator = sqlx::migrate!("migrations/postgres");

/// The highest number this program knows.
pub(super) fn known() -> i64 {
    LITE.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// What to do about a schema that is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    Migrate,
    Refuse,
}

/// Compares the schema's number with this program's; says whether migrations have to run.
fn behind(found: i64, then: Behind) -> Result<bool, StoreError> {
    let known = known();
    match found.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(false),
        std::cmp::Ordering::Greater => Err(StoreError::NewerSchema { found, known }),
        std::cmp::Ordering::Less if then == Behind::Migrate => Ok(true),
        std::cmp::Ordering::Less => Err(StoreError::OlderSchema { found, needs: known }),
    }
}

pub(super) async fn lite(pool: &SqlitePool, then: Behind) -> Result<(), StoreError> {
    let there: Option<(i64,)> =
        sqlx::query_as("SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'")
            .fetch_optional(pool)
            .await
            .map_err(|error| StoreError::driver(&error))?;
    let mut found = 0;
    if there.is_some() {
        (found,) =
            sqlx::query_as("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success")
                .fetch_one(pool)
                .await
                .map_err(|error| StoreError::driver(&error))?;
    }
    if behind(found, then)? {
        LITE.run(pool).await.map_err(|error| failed(&error))?;
    }
    Ok(())
}

pub(super) async fn postgres(pool: &PgPool, then: Behind) -> Result<(), StoreError> {
    let unlocked = Migrator { locking: false, ..static_copy(&PG) };
    let mut outcome = Ok(());
    for _attempt in 0..5 {
        if !behind(pg_version(pool).await?, then)? {
            return Ok(());
        }
        outcome = unlocked.run(pool).await.map_err(|error| failed(&error));
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    outcome
}

fn static_copy(of: &Migrator) -> Migrator {
    Migrator { migrations: of.migrations.clone(), ..Migrator::DEFAULT }
}

async fn pg_version(pool: &PgPool) -> Result<i64, StoreError> {
    let there: Option<(i32,)> = sqlx::query_as(
        "SELECT 1 FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'",
    )
    .fetch_optional(pool)
    .await
    .map_err(|error| StoreError::driver(&error))?;
    if there.is_none() {
        return Ok(0);
    }
    let (found,): (i64,) =
        sqlx::query_as("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success")
            .fetch_one(pool)
            .await
            .map_err(|error| StoreError::driver(&error))?;
    Ok(found)
}

fn failed(error: &MigrateError) -> StoreError {
    match error {
        MigrateError::ExecuteMigration(_, version) => StoreError::Migration {
            version: *version,
            why: "the database refused it; the role needs the right to create tables",
        },
        MigrateError::VersionMismatch(version) => StoreError::Migration {
            version: *version,
            why: "the one applied before differs from this program's; use the Vouch that made the store",
        },
        MigrateError::Dirty(version) => StoreError::Migration {
            version: *version,
            why: "an earlier run was cut off; restore the backup made before it",
        },
        MigrateError::Execute(error) => StoreError::driver(error),
        _ => StoreError::Migration { version: 0, why: "the list of migrations cannot be read" },
    }
}
