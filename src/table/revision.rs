//! Which revision of each subject was applied last: what makes `apply` idempotent, and what a
//! change token asks for.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;
use uuid::Uuid;

const SHARDS: u128 = 64;

type Shard = RwLock<HashMap<Uuid, u64>>;

/// Applied revisions by subject.
pub(super) struct Revisions {
    shards: Box<[Shard]>,
}

impl Revisions {
    pub(super) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| RwLock::default()).collect() }
    }

    pub(super) fn get(&self, subject: Uuid) -> Option<u64> {
        let shard = self.shard(subject)?.read().unwrap_or_else(PoisonError::into_inner);
        shard.get(&subject).copied()
    }

    /// Notes a revision, after its facts are in place.
    pub(super) fn set(&self, subject: Uuid, revision: u64) {
        if let Some(shard) = self.shard(subject) {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            shard.insert(subject, revision);
        }
    }

    fn shard(&self, subject: Uuid) -> Option<&Shard> {
        self.shards.get(usize::try_from(subject.as_u128() % SHARDS).ok()?)
    }
}
