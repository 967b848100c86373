//! The work of an import: step by step, each in a command of its own that also says how far the import
//! is. Whatever kills a worker, the next one goes on from there, on any instance.
//!
//! Each row by itself: every step writes what is good. All or nothing: first every row is looked at,
//! and none is written; where all are good, one entry accepts the import, and from there on it is only
//! carried out. So nothing is seen of an import of which a row is bad, and no transaction is long.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::access::Written;
use super::change::APPLIED;
use super::error::AppError;
use super::import_result::counts;
use super::import_write::{Item, LEASE, Stepped, Work, step};
use super::number_import::{frame_cell, frame_row, terms_cell};
use super::operation::{self, Ending};
use super::parts::App;
use crate::domain::ids::OperationId;
use crate::domain::number_import::{ImportRow, Mode, Phase, Terms};
use crate::domain::time::Span;
use crate::sources::spool::{SpoolError, SpoolReader};
use crate::store::number_import::ImportStored;
use crate::store::seal::DataKey;
use crate::store::{Meta, StoreError, Tx};

/// Items of the first step, and the fewest and most of any.
const FIRST: usize = 250;
const FEWEST: usize = 25;
const MOST: usize = 1_000;
/// How long a step may hold what others wait for.
const TARGET: Span = Span::millis(60);
/// How often a step is tried again while the store is busy, and after how long.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// Why the work stopped without an end of its own.
#[derive(Debug)]
enum Stop {
    /// Another worker has it.
    Lost,
    /// It ends like this.
    Ends(Finish),
    /// The store failed; whoever takes it next goes on.
    Fault(AppError),
}

/// How an import ends.
#[derive(Clone, Debug)]
enum Finish {
    Done,
    Failed(&'static str),
    Cancelled,
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Fault(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Erased => Self::Ends(Finish::Failed("ERASED")),
            other => Self::Fault(other.into()),
        }
    }
}

impl From<SpoolError> for Stop {
    fn from(error: SpoolError) -> Self {
        match error {
            SpoolError::NotFound | SpoolError::Corrupt => {
                Self::Ends(Finish::Failed(error.reason()))
            }
            SpoolError::Disk => Self::Fault(super::number_import::refused(error)),
        }
    }
}

/// How often an import is taken at most where each time it stops at a fault of its own.
const TAKES: i64 = 20;

/// Whether trying again would meet the same: nothing that is only not there now.
const fn is_fault(error: &AppError) -> bool {
    super::document::is_certain(error) || matches!(error, AppError::Internal { .. })
}

/// Takes an import that nobody works on, and works until it ends; `false` where none waits.
pub async fn work_one(app: &App) -> Result<bool, AppError> {
    let now = app.clock.now();
    let waiting = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.imports_waiting(now).await?) })
        .await?;
    if waiting.0 == 0 {
        return Ok(false);
    }
    let taken = app
        .store
        .command::<_, AppError, _, _>(Meta::system("import"), move |mut tx| async move {
            let now = tx.now();
            Ok(tx.import_take(now, now.plus(LEASE)).await?)
        })
        .await?;
    let Some((id, fence)) = taken else { return Ok(false) };
    match run(app, id, fence).await {
        Ok(()) | Err(Stop::Lost) => {}
        Err(Stop::Ends(finish)) => end(app, id, fence, finish).await?,
        // What no worker can do ends, instead of being taken for ever.
        Err(Stop::Fault(error)) if fence >= TAKES && is_fault(&error) => {
            tracing::error!(operation = %id, %error, "an import that cannot be done was ended");
            end(app, id, fence, Finish::Failed("DEFECT")).await?;
        }
        Err(Stop::Fault(error)) => return Err(error),
    }
    Ok(true)
}

async fn run(app: &App, id: OperationId, fence: i64) -> Result<(), Stop> {
    let (row, work, key) = load(app, id, fence).await?;
    let corrupt = || Stop::from(StoreError::Corrupt("import"));
    let mut phase: Phase = row.phase.parse().map_err(|_word| corrupt())?;
    let mut done = u64::try_from(row.done).map_err(|_sign| corrupt())?;
    if work.terms.mode == Mode::AllOrNothing {
        if phase == Phase::Vet {
            let refused = pass(app, &work, &key, phase, done).await?;
            if refused {
                return Err(Stop::Ends(Finish::Failed("ROWS_REFUSED")));
            }
            accept(app, &work).await??;
            (phase, done) = (Phase::Write, work.results);
        }
        done = done.saturating_sub(work.results);
    }
    pass(app, &work, &key, phase, done).await?;
    Err(Stop::Ends(Finish::Done))
}

async fn load(
    app: &App,
    id: OperationId,
    fence: i64,
) -> Result<(ImportStored, Work, Arc<DataKey>), Stop> {
    let found = app
        .store
        .read::<_, StoreError, _, _>(move |mut tx| async move {
            let row = tx.import_row(id).await?.ok_or(StoreError::Corrupt("import"))?;
            let key = tx.take_data_key(row.customer_id).await?;
            Ok((row, key))
        })
        .await;
    let (row, key) = found?;
    let plain = key.open(terms_cell(id.0.as_bytes()), &row.terms)?;
    let terms: Terms =
        serde_json::from_slice(&plain).map_err(|_shape| StoreError::Corrupt("import"))?;
    let work = Work {
        id,
        fence,
        terms: Arc::new(terms),
        actor: row.actor.as_str().into(),
        results: u64::try_from(row.results).map_err(|_sign| StoreError::Corrupt("import"))?,
    };
    Ok((row, work, Arc::new(key)))
}

/// Takes all items from `done` on; whether any was refused.
async fn pass(
    app: &App,
    work: &Work,
    key: &DataKey,
    phase: Phase,
    done: u64,
) -> Result<bool, Stop> {
    let mut items = Items::open(app, work.id, done).await?;
    let mut pace = FIRST;
    // Of what was refused before this worker came, the stored results tell.
    let mut any = done > 0 && phase == Phase::Vet && counts(app, work.id).await?.refused > 0;
    let mut unseen: Option<Written> = None;
    loop {
        let first = items.place;
        let taken: Arc<[Item]> = items.take(key, pace).await?.into();
        if taken.is_empty() {
            return Ok(any);
        }
        // No further ahead of the readers of the journal than one step, so that what others do is
        // seen as soon as ever.
        if let Some(last) = unseen.take() {
            app.live.wait_for(last.subject, last.revision, APPLIED).await;
        }
        let began = app.clock.mono();
        match stepped(app, work, phase, first, &taken).await? {
            Stepped::On { refused, last } => {
                any |= refused;
                unseen = last;
            }
            Stepped::Lost => return Err(Stop::Lost),
            Stepped::Cancelled => return Err(Stop::Ends(Finish::Cancelled)),
            Stepped::Ended => return Err(Stop::Ends(Finish::Failed("CUSTOMER_TERMINATED"))),
        }
        pace = next_pace(taken.len(), app.clock.mono().since(began));
    }
}

/// How many items the next step takes, after one of so many took so long.
fn next_pace(items: usize, took: Span) -> usize {
    let took = usize::try_from(took.0.max(1)).unwrap_or(usize::MAX);
    let target = usize::try_from(TARGET.0).unwrap_or(0);
    let fitting = items.saturating_mul(target) / took;
    // Not more than twice as many at once: one quick step is no promise.
    fitting.min(items.saturating_mul(2)).clamp(FEWEST, MOST)
}

async fn stepped(
    app: &App,
    work: &Work,
    phase: Phase,
    first: u64,
    items: &Arc<[Item]>,
) -> Result<Stepped, AppError> {
    let mut tries = 0;
    loop {
        let (shared, held, taken) = (app.clone(), work.clone(), Arc::clone(items));
        let done = app
            .store
            .command(Meta::on_behalf(&work.actor), move |mut tx| {
                let (app, work, items) = (shared.clone(), held.clone(), Arc::clone(&taken));
                async move { step(&app, &mut tx, &work, phase, (first, &items)).await }
            })
            .await;
        match done {
            Err(AppError::Busy { .. } | AppError::Exhausted { .. }) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// The point of no return.
async fn accept(app: &App, work: &Work) -> Result<Result<(), Stop>, AppError> {
    let work = work.clone();
    let held = app
        .store
        .command::<_, AppError, _, _>(Meta::on_behalf(&Arc::clone(&work.actor)), move |mut tx| {
            let work = work.clone();
            async move {
                let until = tx.now().plus(LEASE);
                let held = tx.import_hold(work.id, work.fence, until).await?;
                if held == Some((false,)) {
                    accept_in(&mut tx, &work).await?;
                }
                Ok(held.map(|(cancelled,)| cancelled))
            }
        })
        .await?;
    Ok(match held {
        Some(false) => Ok(()),
        Some(true) => Err(Stop::Ends(Finish::Cancelled)),
        None => Err(Stop::Lost),
    })
}

async fn accept_in(tx: &mut Tx, work: &Work) -> Result<(), AppError> {
    let row = tx.operation_lock(work.id).await?;
    let row = row.ok_or(StoreError::Corrupt("operation"))?;
    tx.saw(row.last_at);
    let (at, revision) = (tx.at(), row.revision + 1);
    let detail = json!({ "results": work.results });
    let told = operation::told(work.id, revision, "operation.accepted", detail)?;
    let entry = tx.journal(told).await?;
    tx.operation_step(work.id, revision, at, entry).await?;
    tx.import_accept(work.id, entry).await?;
    tx.import_results_drop(work.id).await?;
    Ok(())
}

async fn end(app: &App, id: OperationId, fence: i64, finish: Finish) -> Result<(), AppError> {
    let result = counts(app, id).await?.told();
    app.store
        .command(Meta::system("import"), move |mut tx| {
            let (finish, result) = (finish.clone(), result.clone());
            async move {
                let now = tx.now();
                if tx.import_hold(id, fence, now.plus(LEASE)).await?.is_none() {
                    return Ok(());
                }
                let Some(row) = tx.operation_lock(id).await? else { return Ok(()) };
                tx.saw(row.last_at);
                let ending = match finish {
                    Finish::Done => {
                        let rows = u64::try_from(row.done).unwrap_or(0);
                        Ending::Done { rows, result }
                    }
                    Finish::Failed(reason) => Ending::Failed { reason: reason.to_owned(), result },
                    Finish::Cancelled => Ending::Stopped { result },
                };
                operation::end_in(&mut tx, &row, ending, None).await?;
                tx.import_over(id, now).await?;
                Ok(())
            }
        })
        .await
}

/// The items of an import in their order, read from where its rows wait.
pub(super) struct Items {
    id: OperationId,
    reader: SpoolReader,
    rows: VecDeque<ImportRow>,
    /// The place of the next item.
    pub(super) place: u64,
    /// How many results of the first row are done.
    within: u64,
}

impl Items {
    /// From the item at this place on.
    pub(super) async fn open(app: &App, id: OperationId, from: u64) -> Result<Self, SpoolError> {
        let reader = app.spool().open(id.0).await?;
        Ok(Self { id, reader, rows: VecDeque::new(), place: from, within: 0 })
    }

    /// The next items, as many as asked for unless fewer are left.
    pub(super) async fn take(
        &mut self,
        key: &DataKey,
        most: usize,
    ) -> Result<Vec<Item>, ItemsError> {
        let mut items = Vec::with_capacity(most);
        while items.len() < most {
            let Some(row) = self.rows.front() else {
                if !self.fill(key).await? {
                    break;
                }
                continue;
            };
            items.push(Item {
                row: row.nth,
                tn: row.number(self.within),
                kind: row.kind,
                reference: row.reference.clone(),
                fault: row.fault.clone(),
            });
            self.within += 1;
            self.place += 1;
            if self.within >= row.results() {
                self.rows.pop_front();
                self.within = 0;
            }
        }
        Ok(items)
    }

    /// Reads the next frame; `false` after the last.
    async fn fill(&mut self, key: &DataKey) -> Result<bool, ItemsError> {
        let Some((head, sealed)) = self.reader.next(self.place).await? else { return Ok(false) };
        let row = frame_row(self.id, &head);
        let plain = key.open(frame_cell(&row), &sealed).map_err(|_seal| SpoolError::Corrupt)?;
        let rows: Vec<ImportRow> =
            serde_json::from_slice(&plain).map_err(|_shape| SpoolError::Corrupt)?;
        self.rows = rows.into();
        let mut over = self.place.saturating_sub(head.before);
        while let Some(row) = self.rows.front() {
            let results = row.results();
            if over < results {
                break;
            }
            over -= results;
            self.rows.pop_front();
        }
        self.within = over;
        Ok(true)
    }
}

/// Why items cannot be read.
type ItemsError = SpoolError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_fits_into_its_time() {
        assert_eq!(next_pace(250, Span::millis(60)), 250);
        assert_eq!(next_pace(250, Span::millis(600)), FEWEST);
        assert_eq!(next_pace(250, Span::millis(120)), 125);
        assert_eq!(next_pace(250, Span::micros(1)), 500);
        assert_eq!(next_pace(1_000, Span::millis(1)), MOST);
        assert_eq!(next_pace(250, Span::ZERO), 500);
    }
}
