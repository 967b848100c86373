//! The table in force. A table is never emptied: where it cannot go on, another one is built and
//! takes its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;
use uuid::Uuid;

use super::watch::Hub;
use crate::domain::attestation::AttestationPolicy;
use crate::domain::ids::{CustomerId, EpochId};
use crate::domain::number::Tn;
use crate::domain::numbering::{Book, Checked};
use crate::domain::time::Ts;
use crate::table::{Fence, Table};

/// Keeps a customer from being active in the table in force; dropped, it is lifted.
pub type CustomerFence = Fence;

/// The table that answers, and everything that waits for it.
#[derive(Debug)]
pub struct Live {
    table: ArcSwap<Table>,
    epoch: ArcSwap<EpochId>,
    moved: watch::Sender<u64>,
    builds: AtomicU64,
    /// The latest instant that was told here.
    floor: AtomicI64,
    /// Who is told of changes.
    pub hub: Hub,
}

impl Live {
    /// An empty table over the store of this epoch.
    pub fn new(epoch: EpochId) -> Self {
        Self {
            table: ArcSwap::from_pointee(Table::new(AttestationPolicy::default())),
            epoch: ArcSwap::from_pointee(epoch),
            moved: watch::Sender::new(0),
            builds: AtomicU64::new(0),
            floor: AtomicI64::new(0),
            hub: Hub::default(),
        }
    }

    /// The instant for which to answer when the machine's clock shows `clock`: that one, or the
    /// latest before it. A clock that is set back revives nothing that has expired (rule 7).
    pub fn now(&self, clock: Ts) -> Ts {
        Ts(self.floor.fetch_max(clock.0, Ordering::Relaxed)).max(clock)
    }

    /// The table, for one question.
    pub fn table(&self) -> Guard<Arc<Table>> {
        self.table.load()
    }

    /// The store's incarnation that the table was built from.
    pub fn epoch(&self) -> EpochId {
        **self.epoch.load()
    }

    /// How often a table was built.
    pub fn builds(&self) -> u64 {
        self.builds.load(Ordering::Relaxed)
    }

    /// Puts another table in force.
    pub fn replace(&self, table: Arc<Table>, epoch: EpochId) {
        let position = table.position();
        self.builds.fetch_add(1, Ordering::Relaxed);
        self.epoch.store(Arc::new(epoch));
        self.table.store(table);
        self.moved.send_replace(position);
    }

    /// Says that the table has moved on.
    pub fn moved(&self, position: u64) {
        self.moved.send_replace(position);
    }

    /// Whether the table has applied this revision of a subject.
    pub fn applied(&self, subject: Uuid, revision: u64) -> bool {
        self.table().applied(subject).is_some_and(|applied| applied >= revision)
    }

    /// Waits until the table has applied this revision of a subject, at most `limit`.
    pub async fn wait_for(&self, subject: Uuid, revision: u64, limit: Duration) -> bool {
        let mut moved = self.moved.subscribe();
        let seen = async {
            while !self.applied(subject, revision) {
                if moved.changed().await.is_err() {
                    return;
                }
            }
        };
        // Late or not, what counts is what the table has applied by now.
        drop(tokio::time::timeout(limit, seen).await);
        self.applied(subject, revision)
    }

    /// What is said of a number to somebody who may block it; `library` is the numbering library's
    /// verdict.
    pub fn check(&self, tn: Tn, library: bool) -> Checked {
        let table = self.table();
        table.book().check(tn, library, table.stored(tn))
    }

    /// The numbering lists in force in the table.
    pub fn book(&self) -> Arc<Book> {
        self.table().book()
    }

    /// From now on the customer is not active here; to be called before a command that lowers its
    /// trust.
    pub fn fence(&self, customer: CustomerId) -> CustomerFence {
        self.table.load_full().fence(customer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_never_goes_back() {
        let live = Live::new(EpochId(Uuid::nil()));
        let told = [3, 9, 4, 9, 10].map(|clock| live.now(Ts(clock)));
        assert_eq!(told, [3, 9, 9, 9, 10].map(Ts));
    }
}
