//! What came of an import: counts in its operation, a line for each number in a file, and its end by
//! hand.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::import_run::Items;
use super::number_import::refused;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::number::CancelOperation;
use crate::domain::ids::OperationId;
use crate::domain::number::Tn;
use crate::domain::number_import::{Came, Mode, Phase, Run, Runs, Terms};
use crate::domain::operation::{Operation, State};
use crate::domain::time::{Span, Ts};
use crate::store::seal::DataKey;
use crate::store::{Meta, StoreError};

/// Steps that are read at a time.
const PAGE: i64 = 100;
/// Lines of one piece of the file.
const LINES: usize = 2_000;
/// How long rows are kept that nobody began to import.
const UNBEGUN: Span = Span::days(1);

/// How many results were what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    by: BTreeMap<String, u64>,
    /// How many were refused.
    pub(super) refused: u64,
}

impl Counts {
    fn add(&mut self, run: &Run) {
        let word = run.came.as_str().to_ascii_lowercase();
        *self.by.entry(word.clone()).or_insert(0) += run.count;
        if run.came == Came::Refused {
            self.refused += run.count;
            *self.by.entry(format!("{word}.{}", run.reason)).or_insert(0) += run.count;
        }
    }

    /// As an operation tells them.
    pub(super) fn told(&self) -> BTreeMap<String, String> {
        self.by.iter().map(|(word, count)| (word.clone(), count.to_string())).collect()
    }
}

/// The results from a place on; the place behind them, or none after the last.
async fn page(app: &App, id: OperationId, from: i64) -> Result<(Vec<Run>, Option<i64>), AppError> {
    let rows = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            Ok(tx.import_results(id, from, PAGE).await?)
        })
        .await?;
    let next = rows.last().map(|(first, _)| first.saturating_add(1));
    let mut runs = Vec::new();
    for (_, body) in rows {
        let Runs(step) = serde_json::from_slice(&body)
            .map_err(|_shape| AppError::from(StoreError::Corrupt("import result")))?;
        runs.extend(step);
    }
    Ok((runs, next))
}

/// Counts everything that an import has come to.
pub(super) async fn counts(app: &App, id: OperationId) -> Result<Counts, AppError> {
    let (mut counts, mut from) = (Counts::default(), Some(0));
    while let Some(place) = from {
        let (runs, next) = page(app, id, place).await?;
        for run in &runs {
            counts.add(run);
        }
        from = next;
    }
    Ok(counts)
}

/// The result file of an import, line by line.
pub struct ResultFile {
    app: App,
    id: OperationId,
    key: DataKey,
    items: Items,
    runs: VecDeque<Run>,
    next: Option<i64>,
    begun: bool,
}

/// Opens the result file of an import that has ended, for whoever may see it.
pub async fn open(app: &App, who: &Principal, id: OperationId) -> Result<ResultFile, AppError> {
    let operation = super::operation::get(app, who, id).await?;
    if operation.state == State::Running {
        let message = "the import is still under way; follow its operation, then ask again";
        return Err(AppError::refused("OPERATION_RUNNING", message));
    }
    let key = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let row = tx.import_row(id).await?;
            let row = row.ok_or(AppError::NotFound { what: "import" })?;
            Ok(tx.take_data_key(row.customer_id).await?)
        })
        .await?;
    let items = Items::open(app, id, 0).await.map_err(refused)?;
    let (app, runs) = (app.clone(), VecDeque::new());
    Ok(ResultFile { app, id, key, items, runs, next: Some(0), begun: false })
}

impl ResultFile {
    /// The next lines; none after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, AppError> {
        let items = self.items.take(&self.key, LINES).await.map_err(refused)?;
        if items.is_empty() && self.begun {
            return Ok(None);
        }
        let mut text = String::new();
        if !std::mem::replace(&mut self.begun, true) {
            text.push_str("row,number,outcome,reason\r\n");
        }
        for item in items {
            let (came, reason) = self.one().await?;
            let number = item.tn.map(Tn::e164).unwrap_or_default();
            // Words and digits: nothing in a line that would have to be quoted.
            let _infallible = write!(text, "{},{number},{came},{reason}\r\n", item.row);
        }
        Ok(Some(text.into_bytes()))
    }

    /// What came of the next number.
    async fn one(&mut self) -> Result<(Came, String), AppError> {
        loop {
            if let Some(run) = self.runs.front_mut() {
                let told = (run.came, run.reason.clone());
                run.count -= 1;
                if run.count == 0 {
                    self.runs.pop_front();
                }
                return Ok(told);
            }
            let Some(from) = self.next else { return Ok((Came::NotDone, String::new())) };
            let (runs, next) = page(&self.app, self.id, from).await?;
            self.runs = runs.into();
            self.next = next;
        }
    }
}

impl std::fmt::Debug for ResultFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResultFile").field("id", &self.id).finish_non_exhaustive()
    }
}

/// That an operation is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// Which one.
    pub operation: OperationId,
}

/// Has an import end before its next step; what was written stays. One that was accepted as a whole
/// is carried out.
pub async fn cancel(
    app: &App,
    who: &Principal,
    ask: CancelOperation,
) -> Result<Operation, AppError> {
    let id = ask.operation;
    super::operation::get(app, who, id).await?;
    let meta = Meta::write(who, &ask.write);
    app.store
        .command(meta, move |mut tx| async move {
            let row = tx.import_row(id).await?.ok_or_else(|| {
                AppError::refused("NOT_CANCELLABLE", "only imports of numbers can be cancelled")
            })?;
            if row.phase == Phase::Over.as_str() {
                let message = "the operation has ended already";
                return Err(AppError::refused("OPERATION_ENDED", message));
            }
            let key = tx.data_key(row.customer_id).await?;
            let cell = super::number_import::terms_cell(id.0.as_bytes());
            let plain = key.open(cell, &row.terms)?;
            let terms: Terms = serde_json::from_slice(&plain)
                .map_err(|_shape| AppError::from(StoreError::Corrupt("import")))?;
            let whole = terms.mode == Mode::AllOrNothing;
            if tx.import_cancel(id, whole).await? == 0 {
                let message = "every row was found good and the import is being carried out";
                return Err(AppError::refused("IMPORT_ACCEPTED", message));
            }
            Ok(Cancelled { operation: id })
        })
        .await?;
    super::operation::get(app, who, id).await
}

/// Drops what imports that ended before a time have left: their rows, and what came of each. Their
/// operations stay. Rows that nobody began to import go after a day.
pub async fn sweep(app: &App, before: Ts, limit: i64) -> Result<u64, AppError> {
    let old = app
        .store
        .read::<_, AppError, _, _>(
            move |mut tx| async move { Ok(tx.imports_old(before, limit).await?) },
        )
        .await?;
    for (id,) in &old {
        let id = *id;
        app.spool().remove(id.0).await.map_err(refused)?;
        app.store
            .command::<_, AppError, _, _>(Meta::system("retention"), move |mut tx| async move {
                tx.import_results_drop(id).await?;
                tx.import_drop(id).await?;
                Ok(())
            })
            .await?;
    }
    for id in app.spool().all().await.map_err(refused)? {
        let made = id.get_timestamp().map_or(0, |stamp| stamp.to_unix().0);
        let made = Ts(i64::try_from(made).unwrap_or(i64::MAX).saturating_mul(1_000_000));
        if app.clock.now().since(made) < UNBEGUN {
            continue;
        }
        let id = OperationId(id);
        let known = app
            .store
            .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.import_row(id).await?) })
            .await?;
        if known.is_none() {
            app.spool().remove(id.0).await.map_err(refused)?;
            app.spool().remove_part(id.0).await.map_err(refused)?;
        }
    }
    Ok(old.len() as u64)
}
