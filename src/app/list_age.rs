//! Numbering lists that have grown too old say nothing any more: an entry tells it, so that no
//! clock alone changes an answer.

use serde_json::json;

use super::error::AppError;
use super::parts::App;
use super::recategorise::RECATEGORISE;
use crate::domain::facts::{Facts, ListFacts};
use crate::domain::ids::JobId;
use crate::domain::journal::SubjectKind;
use crate::domain::list::{List, Purpose};
use crate::domain::screening::is_stale;
use crate::store::journal::EntryDraft;
use crate::store::{Meta, StoreError, Tx};

/// Says of every allocation list that has grown too old that it has. A request to block a number
/// does not grow old.
pub async fn step(app: &App) -> Result<(), AppError> {
    let (book, now) = (app.live.book(), app.clock.now());
    for list in List::ALL.iter().copied().filter(|list| list.purpose() == Purpose::Numbering) {
        let Some(file) = book.dated(list).filter(|file| !file.aged) else { continue };
        if is_stale(file.as_of, app.lists.max_ages().get(list), now) {
            age(app, list).await?;
        }
    }
    Ok(())
}

async fn age(app: &App, list: List) -> Result<(), AppError> {
    let (max_age, job) = (app.lists.max_ages().get(list), JobId(app.clock.id()));
    app.store
        .command(Meta::system("list.age"), move |mut tx| async move {
            let Some(row) = tx.list_lock(list.as_str()).await? else { return Ok(()) };
            // Another instance may have said so, or another load have come.
            if row.revision != 1 || !is_stale(row.as_of, max_age, tx.now()) {
                return Ok(());
            }
            tx.saw(row.last_at);
            write(&mut tx, list, &row, job).await
        })
        .await
}

async fn write(
    tx: &mut Tx,
    list: List,
    row: &crate::store::list::ListVersionRow,
    job: JobId,
) -> Result<(), AppError> {
    let (at, id) = (tx.at(), row.id);
    let rows = u64::try_from(row.row_count).map_err(|_negative| StoreError::Corrupt("list"))?;
    let facts = ListFacts {
        list: list.as_str().to_owned(),
        version: id,
        as_of: row.as_of,
        rows,
        aged: true,
    };
    tx.journal(EntryDraft {
        kind: SubjectKind::List,
        subject: id.0,
        rev: 2,
        word: "list.aged",
        facts: Some(Facts::List(facts).encode()?),
        detail: json!({ "rows": rows }),
        owner: None,
    })
    .await?;
    tx.list_touch(id, 2, at).await?;
    tx.job_add(job, RECATEGORISE, id.0, at, at).await?;
    Ok(())
}
