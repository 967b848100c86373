//! Numbers what was committed. Every instance runs it; the row lock on the journal's head lets one
//! at a time through, and when that one dies another goes on.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::Store;

/// How often to look where nobody says that something was committed; well under a beat.
const LOOK: Duration = Duration::from_millis(200);
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_millis(250);

/// Numbers entries until told to stop, then once more, so that nothing this instance committed
/// waits for another.
pub async fn run(store: Store, clock: Clock, stop: CancellationToken) {
    let mut failing = false;
    let mut commits = store.wake().commits();
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        match store.sequence_batch(clock.now()).await {
            Ok(batch) => {
                if failing {
                    tracing::info!("the journal is numbered again");
                }
                failing = false;
                if batch.more {
                    continue;
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    _ = commits.changed() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
            Err(why) => {
                if !failing {
                    tracing::warn!(%why, "the journal could not be numbered");
                }
                failing = true;
                tokio::time::sleep(RETRY).await;
            }
        }
    }
    if let Err(why) = store.sequence_batch(clock.now()).await {
        tracing::warn!(%why, "the last entries are left for another instance to number");
    }
}

/// Hands on what other instances say about new entries. A hint only: where it fails, readers look
/// by themselves.
pub async fn listen(store: Store, stop: CancellationToken) {
    loop {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = store.follow_others() => ended,
        };
        if let Err(why) = ended {
            tracing::debug!(%why, "other instances are not heard");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}
