//! A subject for these tests: a counter with a revision, changed only through commands.

use serde_json::json;
use uuid::Uuid;
use vouch::domain::command::write::Write;
use vouch::domain::journal::SubjectKind;
use vouch::domain::time::Ts;
use vouch::store::statement::Sql;
use vouch::store::{EngineKind, EntryDraft, StoreError, Tx};

use crate::support::stores::TestStore;

/// Makes the table, and `n` counters at zero.
pub(crate) async fn counters(test: &TestStore, n: u128) -> Vec<Uuid> {
    let types = match test.store.kind() {
        EngineKind::Sqlite => ["BLOB", "INTEGER"],
        EngineKind::Postgres => ["uuid", "timestamptz"],
    };
    let [id, time] = types;
    let table = format!(
        "CREATE TABLE counter (id {id} PRIMARY KEY, value bigint NOT NULL CHECK (value >= 0),
         revision bigint NOT NULL, last_at {time} NOT NULL)"
    );
    test.raw(&table).await.unwrap();
    let ids: Vec<Uuid> = (1..=n).map(Uuid::from_u128).collect();
    let made = ids.clone();
    let run = move |mut tx: Tx| {
        let made = made.clone();
        async move {
            for id in made {
                let mut args = tx.args();
                args.add(id)?;
                args.add(Ts(1))?;
                let row =
                    "INSERT INTO counter (id, value, revision, last_at) VALUES ($1, 0, 0, $2)";
                tx.execute(same(row), args).await?;
            }
            Ok::<_, StoreError>(())
        }
    };
    test.store.command(vouch::store::Meta::system("test"), run).await.unwrap();
    ids
}

pub(crate) const fn same(text: &'static str) -> Sql {
    Sql { lite: text, pg: text }
}

/// Adds one to a counter: reads it under lock, writes its entry, writes it. Returns the new value.
pub(crate) async fn bump(tx: &mut Tx, id: Uuid) -> Result<i64, StoreError> {
    const LOCK: Sql = Sql {
        lite: "SELECT value, revision, last_at FROM counter WHERE id = $1",
        pg: "SELECT value, revision, last_at FROM counter WHERE id = $1 FOR UPDATE",
    };
    let mut args = tx.args();
    args.add(id)?;
    let (value, revision, last_at) = tx.fetch_one::<(i64, i64, Ts)>(LOCK, args).await?;
    tx.saw_of(id, last_at);
    let at = tx.at();
    tx.journal(EntryDraft {
        kind: SubjectKind::Store,
        subject: id,
        rev: u64::try_from(revision + 1).unwrap(),
        word: "counter.bumped",
        facts: Some((value + 1).to_be_bytes().to_vec()),
        detail: json!({ "before": value, "after": value + 1 }),
        owner: None,
    })
    .await?;
    let mut args = tx.args();
    args.add(id)?;
    args.add(revision)?;
    args.add(at)?;
    let text = "UPDATE counter SET value = value + 1, revision = revision + 1, last_at = $3
                WHERE id = $1 AND revision = $2";
    match tx.execute(same(text), args).await? {
        1 => Ok(value + 1),
        _ => Err(StoreError::Defect("the lock did not hold")),
    }
}

/// A write of the call `Bump` with this id and body.
pub(crate) fn write(request_id: &str, body: u8) -> Write {
    Write {
        call: "Bump",
        request_id: request_id.to_owned(),
        body: [body; 32],
        etag: None,
        validate_only: false,
    }
}
