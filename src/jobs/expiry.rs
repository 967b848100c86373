//! Takes down what ran out. Answers do not wait for it: every expiry is checked at the moment of
//! the answer, so a dead loop leaves no level alive.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::{App, AppError, gate, list_age};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(5);
/// Customers taken down at a time.
const BATCH: i64 = 100;

/// Looks until it is told to stop.
pub async fn run(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(why) = step(&app).await {
            tracing::warn!(%why, "expired customers could not be taken down");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn step(app: &App) -> Result<(), AppError> {
    if let Err(why) = list_age::step(app).await {
        tracing::warn!(%why, "the age of numbering lists could not be told");
    }
    let now = app.clock.now();
    let expired = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            Ok(tx.customers_expired(now, BATCH).await?)
        })
        .await?;
    for row in expired {
        // One that cannot be taken down must not hold up the others.
        if let Err(why) = gate::expire(app, row.id).await {
            tracing::warn!(%why, customer = %row.id, "an expired customer could not be taken down");
        }
    }
    Ok(())
}
