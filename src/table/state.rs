//! The table itself: what it holds, and who may change it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use hashbrown::HashMap;
use uuid::Uuid;

use super::arena::Arena;
use super::customer::CustomerEntry;
use super::fence::Raised;
use super::freshness::Progress;
use super::grant::{GrantIndex, GrantSet};
use super::number::Numbers;
use super::policy::Policies;
use super::revision::Revisions;
use super::trunk::Trunks;
use crate::domain::attestation::{AttestationPolicy, Freshness};
use crate::domain::ids::CustomerId;
use crate::domain::numbering::Book;
use crate::domain::time::Mono;

/// The attestation table: read by every call without waiting, changed by one feed.
pub struct Table {
    pub(super) customers: Arena<CustomerEntry>,
    pub(super) sets: Arena<GrantSet>,
    pub(super) numbers: Numbers,
    pub(super) trunks: Trunks,
    pub(super) policies: Policies,
    pub(super) book: ArcSwap<Book>,
    pub(super) revisions: Revisions,
    pub(super) progress: Progress,
    /// Odd while an event goes in: what [`Table::ask_exact`] watches.
    pub(super) version: AtomicU64,
    /// How many exact asks wait for the writer's lock.
    pub(super) waiting: AtomicU32,
    writer: Mutex<Writer>,
}

/// What only changes need.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) customer_index: HashMap<CustomerId, u32>,
    pub(super) grant_index: GrantIndex,
    pub(super) fences: HashMap<u32, Vec<Raised>>,
    pub(super) last_fence: u64,
}

impl Table {
    /// An empty table. `policy` counts until the first policy is applied.
    pub fn new(policy: AttestationPolicy) -> Self {
        Self {
            customers: Arena::new(),
            sets: Arena::new(),
            numbers: Numbers::new(),
            trunks: Trunks::default(),
            policies: Policies::new(policy),
            book: ArcSwap::default(),
            revisions: Revisions::new(),
            progress: Progress::default(),
            version: AtomicU64::new(0),
            waiting: AtomicU32::new(0),
            writer: Mutex::default(),
        }
    }

    /// Everything up to `position` was applied once: the table may answer from now on. It is fresh
    /// only after [`Table::mark_fresh`].
    pub fn mark_loaded(&self, position: u64) {
        self.progress.advance(position);
        self.progress.set_loaded();
    }

    /// Everything up to `position` is applied, and the journal's beat proved at `at` that this was
    /// all there is.
    pub fn mark_fresh(&self, position: u64, at: Mono) {
        self.progress.advance(position);
        self.progress.set_fresh(at);
    }

    /// Whether the table was complete once, and how long ago that was last proved.
    pub fn freshness(&self, now: Mono) -> Freshness {
        self.progress.freshness(now)
    }

    /// The journal position up to which events were applied; 0 before the first.
    pub fn position(&self) -> u64 {
        self.progress.position()
    }

    /// The revision of `subject` that was applied last: what a change token is held against.
    pub fn applied(&self, subject: Uuid) -> Option<u64> {
        self.revisions.get(subject)
    }

    /// The numbering lists in force.
    pub fn book(&self) -> Arc<Book> {
        self.book.load_full()
    }

    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `change` as one step for [`Table::ask_exact`]; the caller holds the writer.
    pub(super) fn as_one_step<T>(&self, change: impl FnOnce() -> T) -> T {
        self.version.fetch_add(1, Ordering::AcqRel);
        let done = change();
        self.version.fetch_add(1, Ordering::AcqRel);
        done
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("position", &self.position()).finish_non_exhaustive()
    }
}
