//! What happened to numbers, and numbers that rest.

use crate::domain::ids::{CustomerId, EntryId, NumberId};
use crate::domain::number::Tn;
use crate::domain::time::Ts;
use crate::queries;

/// A number's rest as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AgingRow {
    /// Who had it.
    pub customer_id: Option<CustomerId>,
    /// When it was given up.
    pub since: Ts,
    /// Free from here on.
    pub until: Ts,
}

/// What `number_event_add` writes.
#[derive(Clone, Debug)]
pub struct NumberEventAdd {
    /// Which number.
    pub number: NumberId,
    /// The kind's word.
    pub kind: String,
    /// The feed.
    pub source: String,
    /// The feed's name for it.
    pub reference: String,
    /// When it happened.
    pub occurred: Ts,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `number_aging_add` writes.
#[derive(Clone, Debug)]
pub struct AgingAdd {
    /// Which number.
    pub number: NumberId,
    /// Who had it.
    pub customer: Option<CustomerId>,
    /// When it was given up.
    pub since: Ts,
    /// Free from here on.
    pub until: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// The latest event of each kind of a number.
    pub fn number_events_last(number: NumberId) -> all<(String, Ts)> =
        "SELECT kind, max(occurred_at) AS occurred_at FROM number_event WHERE number_id = $1 GROUP BY kind";

    /// How often this very event was told.
    pub fn number_event_told(number: NumberId, kind: &str, source: &str, reference: &str, at: Ts) -> one<(i64,)> =
        "SELECT count(*) FROM number_event WHERE number_id = $1 AND kind = $2 AND source = $3 AND reference = $4 AND occurred_at = $5";

    /// A new event.
    pub fn number_event_add(row: NumberEventAdd { number: NumberId, kind: String, source: String, reference: String, occurred: Ts, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO number_event (number_id, kind, source, reference, occurred_at, recorded_at, from_entry) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    /// A number's rest, over or not.
    pub fn number_aging(number: NumberId) -> opt<AgingRow> =
        "SELECT customer_id, since, until FROM number_aging WHERE number_id = $1 AND to_entry IS NULL";

    /// A new rest.
    pub fn number_aging_add(row: AgingAdd { number: NumberId, customer: Option<CustomerId>, since: Ts, until: Ts, entry: EntryId }) -> exec =
        "INSERT INTO number_aging (number_id, customer_id, since, until, from_entry, to_entry) VALUES ($1, $2, $3, $4, $5, NULL)";

    /// Ends a rest.
    pub fn number_aging_end(number: NumberId, entry: EntryId) -> exec =
        "UPDATE number_aging SET to_entry = $2 WHERE number_id = $1 AND to_entry IS NULL";

    /// How many live pieces of these kinds, with commas between them, others than one customer have on a number.
    pub fn number_weighs(tn: Tn, kinds: &str, but: CustomerId) -> one<(i64,)> =
        "SELECT count(*) FROM evidence e JOIN number_state n ON n.id = e.number_id
         WHERE n.tn = $1 AND e.customer_id <> $3 AND e.to_entry IS NULL AND (',' || $2 || ',') LIKE ('%,' || e.kind || ',%')";
}
