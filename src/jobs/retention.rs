//! Deletes what has no further use, so that no table but the record itself grows for ever. What a
//! deleted row led to stands in the journal.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::{App, AppError, import_result};
use crate::domain::time::Span;
use crate::store::{Meta, REMEMBERED};

/// How often it looks.
const LOOK: Duration = Duration::from_mins(10);
/// Rows of one table deleted in one command.
const BATCH: i64 = 1_000;
/// How long a job that ended is kept.
pub const JOBS: Span = Span::days(30);
/// How long the result file of an import is kept once it ended.
pub const IMPORTS: Span = Span::days(30);
/// How long a challenge, its messages or a proof of a key are kept; longer than any limit on them
/// counts back.
pub const CHALLENGES: Span = Span::days(30);

/// Looks until told to stop.
pub async fn run(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match step(&app).await {
            // A full batch: there may be more.
            Ok(deleted) if deleted >= BATCH.unsigned_abs() => continue,
            Ok(_) => {}
            Err(why) => tracing::warn!(%why, "old rows could not be deleted"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Deletes at most one batch of each table; says how many rows of the table with the most.
pub async fn step(app: &App) -> Result<u64, AppError> {
    let now = app.clock.now();
    let imports = import_result::sweep(app, now.minus(IMPORTS), BATCH).await?;
    app.store
        .command(Meta::system("retention"), move |mut tx| async move {
            let keys = tx.forget_keys(now.minus(REMEMBERED), BATCH).await?;
            let jobs = tx.jobs_sweep(now.minus(JOBS), BATCH).await?;
            let challenges = tx.challenges_sweep(now.minus(CHALLENGES), BATCH).await?;
            let calls = tx.calls_sweep(now.minus(CHALLENGES), BATCH).await?;
            let lanes = tx.call_lanes_sweep(now.minus(CHALLENGES), BATCH).await?;
            let proofs = tx.certificate_proofs_sweep(now.minus(CHALLENGES), BATCH).await?;
            Ok::<_, AppError>(
                keys.max(jobs).max(challenges).max(calls).max(lanes).max(proofs).max(imports),
            )
        })
        .await
}
