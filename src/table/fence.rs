//! Fences: while a command that lowers trust is under way, its customer is not active here, before
//! the store has even committed.

use std::sync::Arc;

use super::state::Table;

/// One reason why a customer is fenced; belongs to the writer.
pub(super) struct Raised {
    pub(super) id: u64,
    /// Falls when this revision is applied; absent while the command is not committed.
    pub(super) until: Option<u64>,
}

/// Keeps a customer from being active in one table. Dropped, it is lifted: a command that failed
/// leaves no trace.
#[must_use = "dropping the fence lifts it"]
pub struct Fence {
    pub(super) table: Arc<Table>,
    pub(super) customer: u32,
    pub(super) id: u64,
    pub(super) held: bool,
}

impl Fence {
    /// After the commit: the fence stays until the table has applied `revision` of the customer or
    /// a later one. At once where it has already.
    pub fn hold_until(mut self, revision: u64) {
        self.held = true;
        self.table.hold_fence(self.customer, self.id, revision);
    }
}

impl Drop for Fence {
    fn drop(&mut self) {
        if !self.held {
            self.table.lift_fence(self.customer, self.id);
        }
    }
}

impl std::fmt::Debug for Fence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fence").field("id", &self.id).finish_non_exhaustive()
    }
}
