//! Asks the table for one call, after the write that the caller wants to see.

use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::live::Live;
use super::receipt::Receipt;
use crate::clock::Clock;
use crate::domain::attestation::Call;
use crate::domain::ids::EpochId;
use crate::domain::time::Ts;
use crate::store::Store;
use crate::table::Told;

/// Longest wait for a write to be applied.
pub const WAIT: Duration = Duration::from_millis(50);

/// A write that has to be seen: one subject at one revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    epoch: EpochId,
    subject: Uuid,
    revision: u64,
}

/// The text is not a change token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a change token; send it exactly as the write returned it")]
pub struct BadAfter;

impl FromStr for After {
    type Err = BadAfter;

    fn from_str(text: &str) -> Result<Self, BadAfter> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_letters| BadAfter)?;
        let (epoch, rest) = bytes.split_first_chunk::<16>().ok_or(BadAfter)?;
        let (subject, rest) = rest.split_first_chunk::<16>().ok_or(BadAfter)?;
        let revision = <[u8; 8]>::try_from(rest).map_err(|_length| BadAfter)?;
        Ok(Self {
            epoch: EpochId(Uuid::from_bytes(*epoch)),
            subject: Uuid::from_bytes(*subject),
            revision: u64::from_be_bytes(revision),
        })
    }
}

impl After {
    /// Whether the table shows the write now.
    pub fn is_seen_now(self, live: &Live) -> bool {
        self.epoch == live.epoch() && live.applied(self.subject, self.revision)
    }

    /// Whether the table shows the write; waits up to 50 ms where `wait` is set.
    pub async fn is_seen(self, live: &Live, wait: bool) -> bool {
        if self.epoch != live.epoch() {
            return false;
        }
        if wait && !live.applied(self.subject, self.revision) {
            return live.wait_for(self.subject, self.revision, WAIT).await;
        }
        live.applied(self.subject, self.revision)
    }
}

/// The answer for one call, and its receipt where one can be given: an answer that a fence lowered
/// follows from no position of the journal. The answer itself cannot fail (rule 13).
pub fn with_receipt(
    live: &Live,
    store: &Store,
    clock: &Clock,
    call: &Call<'_>,
    seen: bool,
) -> (Told, String) {
    let now = live.now(clock.now());
    let told = told(live, clock, call, now, seen);
    if told.fenced {
        return (told, String::new());
    }
    match Receipt::of(call, &told, now).seal(store, clock) {
        Ok(receipt) => (told, receipt),
        Err(why) => {
            tracing::error!(%why, "an answer goes out without its receipt");
            (told, String::new())
        }
    }
}

fn told(live: &Live, clock: &Clock, call: &Call<'_>, now: Ts, seen: bool) -> Told {
    let table = live.table();
    if seen {
        table.ask_exact(call, now, clock.mono())
    } else {
        table.ask_behind(call, now, clock.mono())
    }
}
