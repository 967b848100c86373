//! What a table is fed with.

use uuid::Uuid;

use crate::domain::facts::Facts;

/// One entry of the journal, as far as the table is concerned.
#[derive(Clone, Debug)]
pub struct TableEvent {
    /// Where it stands in the journal's order; 0 for rows of the first load, whose position the
    /// feed names at the end.
    pub position: u64,
    /// The subject it changed.
    pub subject: Uuid,
    /// The subject's revision after the change, counted from 1.
    pub revision: u64,
    /// The subject's complete state after the change.
    pub facts: Facts,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is in the table.
    Changed,
    /// The table knew this revision, or a later one, already.
    Known,
    /// It does not fit into the table, which answers UNAVAILABLE from now on: build a new one.
    Unfit,
}
