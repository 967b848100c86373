//! How much of the journal is in the table, and since when that is known to be all of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::domain::attestation::Freshness;
use crate::domain::time::{Mono, Span};

/// Kept by the feed, read by every ask.
#[derive(Default)]
pub(super) struct Progress {
    loaded: AtomicBool,
    unfit: AtomicBool,
    position: AtomicU64,
    /// One more than the monotonic time of the last proof; 0 before the first.
    fresh_at: AtomicU64,
}

impl Progress {
    pub(super) fn freshness(&self, now: Mono) -> Freshness {
        let loaded = self.loaded.load(Ordering::Acquire) && !self.unfit.load(Ordering::Acquire);
        let age = match self.fresh_at.load(Ordering::Acquire).checked_sub(1) {
            Some(at) => now.since(Mono(at)),
            None => Span(i64::MAX),
        };
        Freshness { loaded, age }
    }

    pub(super) fn set_loaded(&self) {
        self.loaded.store(true, Ordering::Release);
    }

    /// The table could not take something in: it never answers with a level again.
    pub(super) fn set_unfit(&self) {
        self.unfit.store(true, Ordering::Release);
    }

    pub(super) fn set_fresh(&self, at: Mono) {
        self.fresh_at.fetch_max(at.0.saturating_add(1), Ordering::AcqRel);
    }

    pub(super) fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    pub(super) fn advance(&self, position: u64) {
        self.position.fetch_max(position, Ordering::AcqRel);
    }
}
