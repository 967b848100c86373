//! Works on imports of numbers, one at a time. A lane of its own: an import takes minutes, and no other
//! job waits for it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::{App, import_run};

/// How often an idle worker looks.
const LOOK: Duration = Duration::from_millis(250);
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// Works until it is told to stop. A step that is under way then ends by itself, and whoever starts
/// next goes on behind it.
pub async fn run(app: App, stop: CancellationToken) {
    let mut commits = app.store.wake().commits();
    loop {
        commits.mark_unchanged();
        let worked = tokio::select! {
            () = stop.cancelled() => return,
            worked = import_run::work_one(&app) => worked,
        };
        let pause = match worked {
            Ok(true) => continue,
            Ok(false) => LOOK,
            Err(why) => {
                tracing::warn!(%why, "an import was left to the next worker");
                RETRY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            _ = commits.changed(), if pause == LOOK => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
