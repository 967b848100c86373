//! Who is told when something was committed or numbered. Hints only: every reader also polls.

use tokio::sync::{Notify, watch};

/// The hints of one process.
#[derive(Debug)]
pub struct Wake {
    pending: Notify,
    head: watch::Sender<i64>,
}

impl Default for Wake {
    fn default() -> Self {
        Self { pending: Notify::new(), head: watch::Sender::new(0) }
    }
}

impl Wake {
    /// A command was committed: there is something to number.
    pub fn committed(&self) {
        self.pending.notify_one();
    }

    /// Waits until a command of this process was committed.
    pub async fn until_committed(&self) {
        self.pending.notified().await;
    }

    /// The journal reaches to `seq` now.
    pub fn numbered(&self, seq: i64) {
        self.head.send_if_modified(|head| {
            let later = seq > *head;
            *head = seq.max(*head);
            later
        });
    }

    /// Shows the last position heard of; changes when it grows.
    pub fn head(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }
}
