//! Keeps the policies and lists of this instance in step with what others publish and load.

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::app::{App, AppError, publish};

/// Follows until told to stop. A failure is tried again with the next change.
pub async fn run(app: App, stop: CancellationToken) {
    let mut events = app.live.hub.listen();
    let mut due = true;
    loop {
        if due {
            match refresh(&app).await {
                Ok(()) => due = false,
                Err(why) => tracing::warn!(%why, "policies and lists could not be read"),
            }
        }
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = events.recv() => event,
        };
        due |= match event {
            Ok(event) => event.concerns_rules(),
            Err(RecvError::Lagged(_missed)) => true,
            Err(RecvError::Closed) => return,
        };
    }
}

async fn refresh(app: &App) -> Result<(), AppError> {
    for policy in publish::load_all(&app.store).await? {
        app.policies.add(policy);
    }
    app.lists.follow(&app.store).await
}
