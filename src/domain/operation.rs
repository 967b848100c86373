//! Long work with progress.

use std::collections::BTreeMap;

use super::ids::OperationId;
use super::time::Ts;
use super::words::words;

words! {
    /// What an operation does.
    pub enum Kind as "operation kind" {
        /// Loads a list.
        LoadList = "LOAD_LIST",
        /// Loads the provider's number inventory.
        LoadInventory = "LOAD_INVENTORY",
        /// Loads what happened to numbers.
        LoadNumberEvents = "LOAD_NUMBER_EVENTS",
        /// Imports numbers of a customer.
        ImportNumbers = "IMPORT_NUMBERS",
    }
}

words! {
    /// Where an operation stands.
    pub enum State as "operation state" {
        /// Under way, or about to begin.
        Running = "RUNNING",
        /// Would lower more than one load may; waits for two people.
        Held = "HELD",
        /// Done.
        Done = "DONE",
        /// Ended without its effect.
        Failed = "FAILED",
        /// Ended by hand, without its effect.
        Cancelled = "CANCELLED",
    }
}

/// Long work with progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Rows done.
    pub done: u64,
    /// Rows in all; 0 while unknown.
    pub total: u64,
    /// Why it failed, with what to do next; empty otherwise.
    pub error: String,
    /// What came of it, such as `rows` and `refused`.
    pub result: BTreeMap<String, String>,
    /// When it was asked for.
    pub created: Ts,
    /// When it last moved.
    pub moved: Ts,
}

impl Operation {
    /// How far it is, 0 to 100; 100 only once it is done.
    pub fn percent(&self) -> u32 {
        if self.state == State::Done {
            return 100;
        }
        let share = self.done.saturating_mul(100).checked_div(self.total).unwrap_or(0);
        u32::try_from(share.min(99)).unwrap_or(99)
    }

    /// When it ends if it goes on as before; `None` while nothing can be said.
    pub fn eta(&self) -> Option<Ts> {
        if self.state != State::Running || self.done == 0 || self.total == 0 {
            return None;
        }
        let spent = i128::from(self.moved.since(self.created).0.max(0));
        let left = i128::from(self.total.saturating_sub(self.done));
        let more = spent.checked_mul(left)?.checked_div(i128::from(self.done))?;
        let end = i128::from(self.moved.0).checked_add(more)?;
        i64::try_from(end).ok().map(|end| Ts(end.min(Ts::FOREVER.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(state: State, done: u64, total: u64) -> Operation {
        Operation {
            id: OperationId(Uuid::nil()),
            kind: Kind::LoadList,
            state,
            done,
            total,
            error: String::new(),
            result: BTreeMap::new(),
            created: Ts(1_000),
            moved: Ts(2_000),
        }
    }

    #[test]
    fn progress() {
        assert_eq!(at(State::Running, 25, 100).percent(), 25);
        assert_eq!(at(State::Running, 25, 100).eta(), Some(Ts(5_000)));
        assert_eq!(at(State::Running, 100, 100).percent(), 99);
        assert_eq!(at(State::Done, 0, 0).percent(), 100);
        assert_eq!((at(State::Running, 5, 0).percent(), at(State::Running, 5, 0).eta()), (0, None));
        assert_eq!(at(State::Running, u64::MAX, 1).percent(), 99);
    }
}
