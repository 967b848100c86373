//! Makes checks again before they run out, where no person is needed: a customer who is on no list
//! must not lose its service because nobody looked once more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::check::RUN_CHECKS;
use crate::app::{App, AppError};
use crate::domain::ids::JobId;
use crate::domain::time::Span;
use crate::store::Meta;

/// How often it looks.
const LOOK: Duration = Duration::from_mins(5);
/// How long before its end a check is made again.
const AHEAD: Span = Span::days(3);
/// How long a try is left alone: a source that is away does not come back by being asked at once.
const PAUSE: Span = Span::hours(6);
/// Customers asked for at a time.
const BATCH: i64 = 500;

/// Looks until told to stop.
pub async fn run(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match step(&app).await {
            // A full batch: there may be more.
            Ok(asked) if asked >= BATCH.unsigned_abs() => continue,
            Ok(_) => {}
            Err(why) => tracing::warn!(%why, "checks that run out could not be asked for"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Asks for the checks of at most one batch of customers; says of how many.
pub async fn step(app: &App) -> Result<u64, AppError> {
    let now = app.clock.now();
    app.store
        .command(Meta::system("renewal"), move |mut tx| async move {
            let due = tx.checks_to_renew(now.plus(AHEAD), now.minus(PAUSE), BATCH).await?;
            for (customer,) in &due {
                tx.job_add(JobId(tx.clock().id()), RUN_CHECKS, customer.0, now, now).await?;
            }
            Ok::<_, AppError>(due.len() as u64)
        })
        .await
}
