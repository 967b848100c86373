//! Imports of numbers: who works on them, and what came of their rows.

use crate::domain::ids::{CustomerId, EntryId, OperationId};
use crate::domain::time::Ts;
use crate::queries;

/// An import as stored, with what its operation says.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ImportStored {
    /// Its operation.
    pub operation_id: OperationId,
    /// For whom.
    pub customer_id: CustomerId,
    /// The phase's word.
    pub phase: String,
    /// Its terms, sealed for the customer.
    pub terms: Vec<u8>,
    /// How many results its rows have.
    pub results: i64,
    /// Somebody wants it to end.
    pub cancelled: bool,
    /// How often a worker took it.
    pub fence: i64,
    /// How far it is, by its operation.
    pub done: i64,
    /// Who started it.
    pub actor: String,
}

/// What `import_add` writes.
#[derive(Clone, Debug)]
pub struct ImportAdd {
    /// Its operation.
    pub operation: OperationId,
    /// For whom.
    pub customer: CustomerId,
    /// The first phase's word.
    pub phase: String,
    /// Its terms, sealed.
    pub terms: Vec<u8>,
    /// How many results its rows have.
    pub results: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// A new import that waits for a worker.
    pub fn import_add(row: ImportAdd { operation: OperationId, customer: CustomerId, phase: String, terms: Vec<u8>, results: i64,
        at: Ts, entry: EntryId }) -> exec = sql!(
        "INSERT INTO number_import (operation_id, customer_id, phase, terms, results, cancelled, fence, lease_until, over_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, ", lite: "0", pg: "false", ", 0, $6, NULL, $7)");

    /// An import.
    pub fn import_row(id: OperationId) -> opt<ImportStored> =
        "SELECT i.operation_id, i.customer_id, i.phase, i.terms, i.results, i.cancelled, i.fence, o.done, o.actor
         FROM number_import i JOIN operation o ON o.id = i.operation_id WHERE i.operation_id = $1";

    /// How many imports could be taken now.
    pub fn imports_waiting(now: Ts) -> one<(i64,)> =
        "SELECT count(*) FROM number_import WHERE over_at IS NULL AND lease_until <= $1";

    /// Takes the import that has waited longest, or one whose worker fell silent.
    pub fn import_take(now: Ts, until: Ts) -> opt<(OperationId, i64)> = sql!(
        "UPDATE number_import SET lease_until = $2, fence = fence + 1
         WHERE operation_id = (SELECT operation_id FROM number_import WHERE over_at IS NULL AND lease_until <= $1
           ORDER BY lease_until LIMIT 1", pg: " FOR UPDATE SKIP LOCKED", ") RETURNING operation_id, fence");

    /// Holds on to an import, unless another worker has taken it or it is over; whether it is to end.
    pub fn import_hold(id: OperationId, fence: i64, until: Ts) -> opt<(bool,)> =
        "UPDATE number_import SET lease_until = $3 WHERE operation_id = $1 AND fence = $2 AND over_at IS NULL RETURNING cancelled";

    /// Wants an import to end. One that was accepted as a whole (`whole` says that it could be) does
    /// not: whoever comes first of the two, the other sees it.
    pub fn import_cancel(id: OperationId, whole: bool) -> exec = sql!(
        "UPDATE number_import SET cancelled = ", lite: "1", pg: "true", " WHERE operation_id = $1 AND over_at IS NULL
           AND (NOT $2 OR phase <> 'WRITE')");

    /// The point of no return: from now on every row is written.
    pub fn import_accept(id: OperationId, entry: EntryId) -> exec =
        "UPDATE number_import SET phase = 'WRITE', from_entry = $2 WHERE operation_id = $1 AND phase = 'VET'";

    /// Ends an import.
    pub fn import_over(id: OperationId, at: Ts) -> exec =
        "UPDATE number_import SET phase = 'OVER', over_at = $2 WHERE operation_id = $1 AND over_at IS NULL";

    /// What came of rows.
    pub fn import_result_add(id: OperationId, first: i64, body: &[u8]) -> exec =
        "INSERT INTO number_import_result (operation_id, first_result, body) VALUES ($1, $2, $3)";

    /// A page of what came of rows, in their order.
    pub fn import_results(id: OperationId, from: i64, limit: i64) -> all<(i64, Vec<u8>)> =
        "SELECT first_result, body FROM number_import_result WHERE operation_id = $1 AND first_result >= $2
         ORDER BY first_result LIMIT $3";

    /// Drops what came of rows when they were only looked at.
    pub fn import_results_drop(id: OperationId) -> exec = "DELETE FROM number_import_result WHERE operation_id = $1";

    /// Imports that have been over since before a time.
    pub fn imports_old(before: Ts, limit: i64) -> all<(OperationId,)> =
        "SELECT operation_id FROM number_import WHERE over_at < $1 ORDER BY over_at LIMIT $2";

    /// Drops an import that is over; its operation stays.
    pub fn import_drop(id: OperationId) -> exec =
        "DELETE FROM number_import WHERE operation_id = $1 AND over_at IS NOT NULL";
}
