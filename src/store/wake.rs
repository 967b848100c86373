//! Who is told when something was committed or numbered. Hints only: every reader also polls.

use tokio::sync::watch;

/// The hints of one process.
#[derive(Debug)]
pub struct Wake {
    committed: watch::Sender<u64>,
    head: watch::Sender<i64>,
}

impl Default for Wake {
    fn default() -> Self {
        Self { committed: watch::Sender::new(0), head: watch::Sender::new(0) }
    }
}

impl Wake {
    /// A command was committed: there is something to number.
    pub fn committed(&self) {
        self.committed.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Changes with every command of this process that was committed. Mark it unchanged before
    /// looking, so that what is committed meanwhile is looked at too.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.committed.subscribe()
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
