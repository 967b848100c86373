//! Objections to the blocking of a number: recorded, answered, decided.

use serde_json::json;

use super::error::AppError;
use super::number_check::check;
use super::page::Keyset;
use super::parts::App;
use super::recategorise::RECATEGORISE;
use crate::domain::access::Principal;
use crate::domain::command::numbering::{AnswerObjection, ListObjections, OpenObjection};
use crate::domain::date;
use crate::domain::facts::{Facts, ListFacts};
use crate::domain::ids::{JobId, ListVersionId, ObjectionId};
use crate::domain::journal::SubjectKind;
use crate::domain::list::{Counts, List};
use crate::domain::numbering::{DnoRow, ExceptionRow, Listed, Prefix};
use crate::domain::objection::{AnswerRefusal, Objection, ObjectionState, STATUS_WITHIN};
use crate::domain::pii::Pii;
use crate::domain::time::Span;
use crate::store::journal::EntryDraft;
use crate::store::list::{ListAdd, ListEntryRow};
use crate::store::{Meta, StoreError, Tx};

/// Rows read at a time where a filter may skip some.
const PAGE: i64 = 200;

/// Records an objection. Only a number that is blocked now can be objected for.
pub async fn open(app: &App, who: &Principal, ask: OpenObjection) -> Result<ObjectionId, AppError> {
    let checked = check(app, ask.number);
    if !checked.blocked() {
        let message =
            "nothing blocks this number; check the number, or ask the provider that blocks it";
        return Err(AppError::field("number", "NOT_BLOCKED", message));
    }
    let (id, who) = (ObjectionId(app.clock.id()), *who);
    app.store
        .command(Meta::write(&who, &ask.write), move |mut tx| {
            let (ask, checked) = (ask.clone(), checked.clone());
            async move {
                let at = tx.at();
                let objection = Objection {
                    id,
                    tn: ask.number,
                    client: who.client,
                    category: checked.judged.category,
                    source: checked.source,
                    plea: ask.plea,
                    state: ObjectionState::Open,
                    note: Pii::default(),
                    opened_by: who.actor.to_string(),
                    opened_at: at,
                    due_at: at.plus(STATUS_WITHIN),
                    status_at: None,
                    proposed: None,
                    decided: None,
                    revision: 1,
                };
                tx.write_objection(&objection, "objection.opened").await?;
                Ok(id)
            }
        })
        .await
}

/// Answers an objection: a status, or a decision. The second reviewer who says that the number
/// should come off the list takes it off.
pub async fn answer(
    app: &App,
    who: &Principal,
    ask: AnswerObjection,
) -> Result<ObjectionId, AppError> {
    let (version, job, who) = (ListVersionId(app.clock.id()), JobId(app.clock.id()), *who);
    let hours = app.policies.at(app.clock.now())?.policy.two_people.proposal_hours;
    let stands = Span::hours(i64::from(hours));
    let shared = app.clone();
    app.store
        .command(Meta::write(&who, &ask.write), move |mut tx| {
            let (app, ask) = (shared.clone(), ask.clone());
            async move {
                let found = tx.objection(ask.objection, true).await?;
                let found = found.ok_or(AppError::NotFound { what: "objection" })?;
                let (at, by) = (tx.at(), who.actor.to_string());
                let told =
                    found.answer((ask.answer, ask.note), &by, at, stands).map_err(refused)?;
                let word = match told.state {
                    ObjectionState::Open | ObjectionState::UnderReview => "objection.status_given",
                    ObjectionState::Upheld => "objection.upheld",
                    ObjectionState::Removed => "objection.removed",
                };
                tx.write_objection(&told, word).await?;
                if told.state == ObjectionState::Removed {
                    except(&app, &mut tx, &told, (version, job)).await?;
                }
                Ok(told.id)
            }
        })
        .await
}

fn refused(refusal: AnswerRefusal) -> AppError {
    match refusal {
        AnswerRefusal::SecondPerson => AppError::denied(refusal.reason(), refusal.to_string()),
        AnswerRefusal::Decided | AnswerRefusal::NotListed => {
            AppError::refused(refusal.reason(), refusal.to_string())
        }
    }
}

/// Puts the number on the list of exceptions, as a load of that list with one row more.
async fn except(
    app: &App,
    tx: &mut Tx,
    objection: &Objection,
    (version, job): (ListVersionId, JobId),
) -> Result<(), AppError> {
    let list = List::DnoExceptions.as_str();
    let before = tx.list_lock(list).await?;
    if let Some(before) = &before {
        tx.saw(before.last_at);
    }
    let prefix = Prefix::of(objection.tn);
    let Some(listed) = Listed::of_category(objection.category) else { return Ok(()) };
    let key = DnoRow::key(prefix, listed.as_str());
    let at = tx.at();
    let known = tx.list_entry(list, &key).await?;
    let mut lifts = match &known {
        Some(row) => lifted(row)?,
        None => Vec::new(),
    };
    // What lists it now is what was decided on; whatever lists it later is another question.
    let lifting = app.live.book().listed(objection.tn, listed).unwrap_or(prefix).digits();
    if lifts.contains(&lifting) {
        return Ok(());
    }
    lifts.push(lifting);
    let new = i64::from(known.is_none());
    let rows = before.as_ref().map_or(0, |before| before.row_count) + new;
    let count = u64::try_from(rows).unwrap_or(0);
    let facts = ListFacts { list: list.to_owned(), version, as_of: at, rows: count, aged: false };
    let entry = tx
        .journal(EntryDraft {
            kind: SubjectKind::List,
            subject: version.0,
            rev: 1,
            word: "list.excepted",
            facts: Some(Facts::List(facts).encode()?),
            detail: json!({ "rows": rows, "objection": objection.id }),
            owner: None,
        })
        .await?;
    if before.is_some() {
        tx.list_end(list, entry).await?;
    }
    tx.list_add(&ListAdd {
        id: version,
        list: list.to_owned(),
        sha256: vec![0; 32],
        as_of: at,
        rows,
        counts: Counts::of([("entries", count)]).into(),
        at,
        entry,
    })
    .await?;
    let body = ExceptionRow {
        lifts,
        decided_on: date::write(at),
        source: format!("objection {}", objection.id),
    };
    if known.is_some() {
        tx.list_entries_end(list, &json!([key]).to_string(), entry).await?;
    }
    let row = json!([{ "r": key, "b": body }]).to_string();
    tx.list_entries_add(list, &row, entry).await?;
    tx.job_add(job, RECATEGORISE, version.0, at, at).await?;
    Ok(())
}

/// The prefixes that an exception lifts.
fn lifted(row: &ListEntryRow) -> Result<Vec<String>, StoreError> {
    let row = <ExceptionRow as serde::Deserialize>::deserialize(&row.body.0);
    row.map(|row| row.lifts).map_err(|_shape| StoreError::Corrupt("exception"))
}

/// How many objections wait for a decision, and how many of them for a status that is due.
pub async fn waiting(app: &App) -> Result<(i64, i64), AppError> {
    let now = app.clock.now();
    app.store
        .read::<_, AppError, _, _>(
            move |mut tx| async move { Ok(tx.objections_waiting(now).await?) },
        )
        .await
}

/// An objection, for those who may see it.
pub async fn get(app: &App, who: &Principal, id: ObjectionId) -> Result<Objection, AppError> {
    let who = *who;
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let found =
                tx.objection(id, false).await?.filter(|objection| who.sees(objection.client));
            found.ok_or(AppError::NotFound { what: "objection" })
        })
        .await
}

/// A page of objections in the order they came, and the token of the next one.
pub async fn list(
    app: &App,
    who: &Principal,
    ask: ListObjections,
) -> Result<(Vec<Objection>, String), AppError> {
    let bound = format!("objections|{:?}|{}|{:?}", ask.states, ask.overdue, who.client);
    let keyset = Keyset::open(app, &bound, &ask.page)?;
    let (mut after, limit) = (ObjectionId(keyset.after_id()?), keyset.limit());
    let (who, now) = (*who, app.clock.now());
    let mut found = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let mut found = Vec::new();
            loop {
                let page = tx.objections(after, PAGE).await?;
                let Some(last) = page.last() else { return Ok(found) };
                after = last.id;
                let wanted = |objection: &Objection| {
                    who.sees(objection.client)
                        && (ask.states.is_empty() || ask.states.contains(&objection.state))
                        && (!ask.overdue || objection.overdue(now))
                };
                found.extend(page.into_iter().filter(wanted));
                if i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit {
                    return Ok(found);
                }
            }
        })
        .await?;
    let next = keyset.next(app, &mut found, |objection| objection.id.0)?;
    Ok((found, next))
}
