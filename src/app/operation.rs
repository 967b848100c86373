//! Long work: started by a command, followed by its id, ended once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::JoinHandle;

use super::error::AppError;
use super::hold::{self, HeldLoad};
use super::page::Keyset;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::query::Page;
use crate::domain::command::write::Write;
use crate::domain::facts::Facts;
use crate::domain::ids::{EntryId, JobId, OperationId};
use crate::domain::journal::SubjectKind;
use crate::domain::operation::{Kind, Operation, State};
use crate::domain::pii::Pii;
use crate::domain::time::Span;
use crate::store::journal::EntryDraft;
use crate::store::operation::{OperationAdd, OperationEnd, OperationRow};
use crate::store::{Meta, StoreError, Tx};

/// The job that ends an operation whose process is gone.
pub const WATCH: &str = "WATCH_OPERATION";
/// How long the process of an operation may be silent before that.
pub(super) const SILENCE: Span = Span::secs(60);
/// The reason with which a load ends that waited too long for two people.
const UNCONFIRMED: &str = "NOT_CONFIRMED";
/// How often a process that works says so.
const SIGN: Duration = Duration::from_secs(10);

/// An operation that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Its id.
    pub operation: OperationId,
}

/// Starts an operation. A retry of the same request finds the first one; `fresh` is the id that a
/// new one gets, so the caller knows whether the work is still to be done.
pub async fn begin(
    app: &App,
    who: &Principal,
    write: &Write,
    kind: Kind,
    fresh: OperationId,
) -> Result<Begun, AppError> {
    let meta = Meta::write(who, write);
    let (who, job) = (*who, JobId(app.clock.id()));
    app.store
        .command(meta, move |mut tx| async move {
            let at = tx.at();
            add_in(&mut tx, &who, kind, fresh, 0).await?;
            tx.job_add(job, WATCH, fresh.0, at.plus(SILENCE), at).await?;
            Ok(Begun { operation: fresh })
        })
        .await
}

/// Writes a new running operation of so many rows, and says which entry tells of it.
pub(super) async fn add_in(
    tx: &mut Tx,
    who: &Principal,
    kind: Kind,
    id: OperationId,
    total: i64,
) -> Result<EntryId, AppError> {
    let at = tx.at();
    let entry = tx.journal(told(id, 1, "operation.started", json!({ "kind": kind }))?).await?;
    tx.operation_add(&OperationAdd {
        id,
        kind: kind.as_str().to_owned(),
        client: who.client,
        total,
        actor: who.actor.to_string(),
        at,
        entry,
    })
    .await?;
    Ok(entry)
}

/// What the journal is told of an operation.
pub(super) fn told(
    id: OperationId,
    revision: i64,
    word: &'static str,
    detail: serde_json::Value,
) -> Result<EntryDraft, AppError> {
    Ok(EntryDraft {
        kind: SubjectKind::Operation,
        subject: id.0,
        rev: u64::try_from(revision).unwrap_or(u64::MAX),
        word,
        facts: Some(Facts::Operation { operation: id }.encode()?),
        detail,
        owner: None,
    })
}

/// Does the work of an operation that was begun, and ends it. Until then this process says again and
/// again that it works; where it falls silent, the job that was left by [`begin`] ends it.
pub async fn carry_out(app: &App, id: OperationId, work: impl Future<Output = Ending>) {
    let signs = Signs::of(app.clone(), id);
    let ending = work.await;
    drop(signs);
    if let Err(error) = end(app, id, ending).await {
        tracing::error!(operation = %id, %error, "an operation could not be ended");
    }
}

/// Ends an operation that nobody works on any more; one that has ended stays as it is.
pub async fn give_up(app: &App, id: OperationId) -> Result<(), AppError> {
    let reason = "INTERRUPTED".to_owned();
    end(app, id, Ending::Failed { reason, result: BTreeMap::new() }).await
}

/// The signs of life of one operation; they end with the work, however that ends.
struct Signs(JoinHandle<()>);

impl Signs {
    fn of(app: App, id: OperationId) -> Self {
        Self(tokio::spawn(async move {
            let mut pace = tokio::time::interval(SIGN);
            loop {
                pace.tick().await;
                if let Err(error) = Self::give(&app, id).await {
                    tracing::warn!(operation = %id, %error, "a sign of life could not be given");
                }
            }
        }))
    }

    async fn give(app: &App, id: OperationId) -> Result<(), AppError> {
        app.store
            .command(Meta::system("operation"), move |mut tx| async move {
                let until = tx.now().plus(SILENCE);
                tx.job_defer(WATCH, id.0, until).await?;
                Ok(())
            })
            .await
    }
}

impl Drop for Signs {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Says how far an operation has come.
pub async fn progress(app: &App, id: OperationId, done: u64, total: u64) -> Result<(), AppError> {
    let (done, total) = (clamp(done), clamp(total));
    app.store
        .command(Meta::system("operation"), move |mut tx| async move {
            let at = tx.now();
            tx.operation_progress(id, done, total, at).await?;
            Ok(())
        })
        .await
}

fn clamp(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All of it was done.
    Done {
        /// How many rows.
        rows: u64,
        /// What came of it.
        result: BTreeMap<String, String>,
    },
    /// It stopped.
    Failed {
        /// The stable reason.
        reason: String,
        /// What came of it so far.
        result: BTreeMap<String, String>,
    },
    /// It would lower too much, and wrote nothing: it waits for two people.
    Held {
        /// The load, to go on with.
        load: Arc<HeldLoad>,
        /// What it would do.
        result: BTreeMap<String, String>,
    },
    /// Somebody ended it; what was done stays.
    Stopped {
        /// What came of it until then.
        result: BTreeMap<String, String>,
    },
    /// Somebody called it off.
    Cancelled {
        /// The stable reason.
        reason: String,
    },
}

/// Ends an operation; a second ending changes nothing.
pub async fn end(app: &App, id: OperationId, ending: Ending) -> Result<(), AppError> {
    app.store
        .command(Meta::system("operation"), move |mut tx| {
            let ending = ending.clone();
            async move {
                let Some(row) = tx.operation_lock(id).await? else { return Ok(()) };
                if row.state != "RUNNING" {
                    return Ok(());
                }
                tx.saw(row.last_at);
                match ending {
                    Ending::Held { load, result } => hold::hold(&mut tx, &row, &load, result).await,
                    ending => end_in(&mut tx, &row, ending, None).await,
                }
            }
        })
        .await
}

/// Ends an operation that this command has locked.
pub(super) async fn end_in(
    tx: &mut Tx,
    row: &OperationRow,
    ending: Ending,
    because: Option<Pii<String>>,
) -> Result<(), AppError> {
    let (state, word, done, result) = match ending {
        Ending::Done { rows, result } => ("DONE", "operation.done", clamp(rows), result),
        // Nobody works on what waits for two people: it has waited too long.
        Ending::Failed { .. } if row.held_at.is_some() => {
            ("CANCELLED", "operation.cancelled", row.done, error(BTreeMap::new(), UNCONFIRMED))
        }
        Ending::Failed { reason, result } => {
            ("FAILED", "operation.failed", row.done, error(result, &reason))
        }
        Ending::Cancelled { reason } => {
            ("CANCELLED", "operation.cancelled", row.done, error(BTreeMap::new(), &reason))
        }
        Ending::Stopped { result } => ("CANCELLED", "operation.cancelled", row.done, result),
        Ending::Held { .. } => return Err(StoreError::Defect("what is held has not ended").into()),
    };
    let at = tx.at();
    let (id, revision) = (row.id, row.revision + 1);
    let detail = json!({ "result": result, "reason": because });
    let entry = tx.journal(told(id, revision, word, detail)?).await?;
    let result = serde_json::to_vec(&result)
        .map_err(|_shape| StoreError::Defect("a result cannot be encoded"))?;
    let state = state.to_owned();
    tx.operation_end(&OperationEnd { id, state, done, result, revision, at, entry }).await?;
    Ok(())
}

fn error(mut result: BTreeMap<String, String>, reason: &str) -> BTreeMap<String, String> {
    result.insert("error".to_owned(), reason.to_owned());
    result
}

/// An operation, for whoever may see its client's work.
pub async fn get(app: &App, who: &Principal, id: OperationId) -> Result<Operation, AppError> {
    let row = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.operation(id).await?) })
        .await?;
    let row = row.filter(|row| who.client.is_none() || who.client == row.client_id);
    operation_of(&row.ok_or(AppError::NotFound { what: "operation" })?)
}

/// A page of operations, oldest first.
pub async fn list(
    app: &App,
    who: &Principal,
    states: &[State],
    page: Page,
) -> Result<(Vec<Operation>, String), AppError> {
    let words: Vec<_> = states.iter().map(|state| state.as_str()).collect();
    let words = words.join(",");
    let keyset = Keyset::open(app, &format!("operations|{words}"), &page)?;
    let (after, limit) = (OperationId(keyset.after_id()?), keyset.limit());
    let mut rows = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            Ok(tx.operations(after, &words, limit).await?)
        })
        .await?;
    let next = keyset.next(app, &mut rows, |row| row.id.0)?;
    let seen = rows.into_iter().filter(|row| who.client.is_none() || who.client == row.client_id);
    Ok((seen.map(|row| operation_of(&row)).collect::<Result<_, _>>()?, next))
}

fn operation_of(row: &OperationRow) -> Result<Operation, AppError> {
    let corrupt = || AppError::from(StoreError::Corrupt("operation"));
    let mut result: BTreeMap<String, String> = match &row.result {
        Some(bytes) => serde_json::from_slice(bytes).map_err(|_shape| corrupt())?,
        None => BTreeMap::new(),
    };
    let people = [("first_by", &row.first_by), ("released_by", &row.released_by)];
    for (word, who) in people {
        result.extend(who.iter().map(|who| (word.to_owned(), who.clone())));
    }
    let state = row.state.parse().map_err(|_word| corrupt())?;
    Ok(Operation {
        id: row.id,
        kind: row.kind.parse().map_err(|_word| corrupt())?,
        state: if row.held_at.is_some() && state == State::Running { State::Held } else { state },
        done: u64::try_from(row.done).map_err(|_range| corrupt())?,
        total: u64::try_from(row.total).map_err(|_range| corrupt())?,
        error: result.remove("error").unwrap_or_default(),
        result,
        created: row.created_at,
        moved: row.finished_at.or(row.moved_at).unwrap_or(row.last_at),
    })
}
