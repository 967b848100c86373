//! Long work with progress.

use crate::domain::ids::{ClientId, EntryId, OperationId};
use crate::domain::time::Ts;
use crate::queries;

/// An operation as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OperationRow {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: String,
    /// The client it works for, if any.
    pub client_id: Option<ClientId>,
    /// The state's word.
    pub state: String,
    /// Rows done.
    pub done: i64,
    /// Rows in all; 0 while unknown.
    pub total: i64,
    /// What came of it, as JSON.
    pub result: Option<Vec<u8>>,
    /// Who started it.
    pub actor: String,
    /// When.
    pub created_at: Ts,
    /// When it ended.
    pub finished_at: Option<Ts>,
    /// How many journalled changes it has seen.
    pub revision: i64,
    /// When the last one was.
    pub last_at: Ts,
    /// Since when it waits for two people, or waited.
    pub held_at: Option<Ts>,
    /// The first of the two.
    pub first_by: Option<String>,
    /// When that one agreed.
    pub first_at: Option<Ts>,
    /// The second.
    pub released_by: Option<String>,
    /// When it last came further.
    pub moved_at: Option<Ts>,
}

/// What `operation_hold` writes.
#[derive(Clone, Debug)]
pub struct OperationHold {
    /// Its id.
    pub id: OperationId,
    /// What it was asked with, and its files; sealed.
    pub payload: Vec<u8>,
    /// What it would lower, as JSON.
    pub result: Vec<u8>,
    /// The revision after this change.
    pub revision: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `operation_agree` writes.
#[derive(Clone, Debug)]
pub struct OperationAgree {
    /// Its id.
    pub id: OperationId,
    /// The first of the two people.
    pub first_by: String,
    /// When that one agreed.
    pub first_at: Ts,
    /// The second; then it no longer waits.
    pub released_by: Option<String>,
    /// Since when it waits; none once it goes on.
    pub held_at: Option<Ts>,
    /// The revision after this change.
    pub revision: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `operation_add` writes.
#[derive(Clone, Debug)]
pub struct OperationAdd {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: String,
    /// The client it works for, if any.
    pub client: Option<ClientId>,
    /// Rows in all; 0 while unknown.
    pub total: i64,
    /// Who started it.
    pub actor: String,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `operation_end` writes.
#[derive(Clone, Debug)]
pub struct OperationEnd {
    /// Its id.
    pub id: OperationId,
    /// The state's word.
    pub state: String,
    /// Rows done.
    pub done: i64,
    /// What came of it, as JSON.
    pub result: Vec<u8>,
    /// The revision after this change.
    pub revision: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// An operation.
    pub fn operation(id: OperationId) -> opt<OperationRow> =
        "SELECT id, kind, client_id, state, done, total, result, actor, created_at, finished_at, revision, last_at,
           held_at, first_by, first_at, released_by, moved_at
         FROM operation WHERE id = $1";

    /// An operation, locked for this command.
    pub fn operation_lock(id: OperationId) -> opt<OperationRow> = sql!(
        "SELECT id, kind, client_id, state, done, total, result, actor, created_at, finished_at, revision, last_at,
           held_at, first_by, first_at, released_by, moved_at
         FROM operation WHERE id = $1", pg: " FOR UPDATE");

    /// A page of operations; an empty word list stands for "any". What is held runs, and waits.
    pub fn operations(after: OperationId, states: &str, limit: i64) -> all<OperationRow> =
        "SELECT id, kind, client_id, state, done, total, result, actor, created_at, finished_at, revision, last_at,
           held_at, first_by, first_at, released_by, moved_at
         FROM operation WHERE id > $1 AND ($2 = '' OR (',' || $2 || ',') LIKE
           ('%,' || CASE WHEN state = 'RUNNING' AND held_at IS NOT NULL THEN 'HELD' ELSE state END || ',%')) ORDER BY id LIMIT $3";

    /// A new running operation.
    pub fn operation_add(row: OperationAdd { id: OperationId, kind: String, client: Option<ClientId>, total: i64, actor: String, at: Ts,
        entry: EntryId }) -> exec = sql!(
        "INSERT INTO operation (id, kind, client_id, state, done, total, payload, result, actor, created_at, finished_at, revision, last_at,
           from_entry)
         VALUES ($1, $2, $3, 'RUNNING', 0, $4, ", lite: "x''", pg: "''", ", NULL, $5, $6, NULL, 1, $6, $7)");

    /// How far a running operation has come; no journal entry, because nothing was decided.
    pub fn operation_progress(id: OperationId, done: i64, total: i64, at: Ts) -> exec =
        "UPDATE operation SET done = $2, total = $3, moved_at = $4 WHERE id = $1 AND state = 'RUNNING'";

    /// A decision about a running operation that does not end it.
    pub fn operation_step(id: OperationId, revision: i64, at: Ts, entry: EntryId) -> exec =
        "UPDATE operation SET revision = $2, last_at = $3, from_entry = $4 WHERE id = $1 AND state = 'RUNNING' AND revision = $2 - 1";

    /// Ends a running operation.
    pub fn operation_end(row: OperationEnd { id: OperationId, state: String, done: i64, result: Vec<u8>, revision: i64, at: Ts,
        entry: EntryId }) -> exec = sql!(
        "UPDATE operation SET state = $2, done = $3, result = $4, revision = $5, last_at = $6, finished_at = $6, from_entry = $7,
           held_at = NULL, payload = ", lite: "x''", pg: "''", " WHERE id = $1 AND state = 'RUNNING' AND revision = $5 - 1");

    /// Lets a running operation wait for two people.
    pub fn operation_hold(row: OperationHold { id: OperationId, payload: Vec<u8>, result: Vec<u8>, revision: i64, at: Ts,
        entry: EntryId }) -> exec =
        "UPDATE operation SET payload = $2, result = $3, revision = $4, last_at = $5, held_at = $5, from_entry = $6,
           first_by = NULL, first_at = NULL, released_by = NULL
         WHERE id = $1 AND state = 'RUNNING' AND held_at IS NULL AND revision = $4 - 1";

    /// What one person, or the second one, said of an operation that waits.
    pub fn operation_agree(row: OperationAgree { id: OperationId, first_by: String, first_at: Ts, released_by: Option<String>,
        held_at: Option<Ts>, revision: i64, at: Ts, entry: EntryId }) -> exec =
        "UPDATE operation SET first_by = $2, first_at = $3, released_by = $4, held_at = $5, revision = $6, last_at = $7, from_entry = $8
         WHERE id = $1 AND state = 'RUNNING' AND held_at IS NOT NULL AND revision = $6 - 1";

    /// What an operation was asked with; sealed, and empty unless it was held.
    pub fn operation_payload(id: OperationId) -> opt<(Vec<u8>,)> =
        "SELECT payload FROM operation WHERE id = $1";
}
