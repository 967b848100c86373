//! Messages that carry codes to numbers, what caps are counted by, and locks.

use super::check::ChallengeRow;
use super::error::StoreError;
use super::tx::Tx;
use crate::domain::callback::{Cap, Lane};
use crate::domain::ids::{CallId, ChallengeId, CustomerId, EntryId, NumberId};
use crate::domain::time::Ts;
use crate::queries;

/// A message that was asked for.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CallRow {
    /// Its id: the message's.
    pub id: CallId,
    /// Whose code it carries.
    pub challenge_id: ChallengeId,
    /// The channel's word.
    pub channel: String,
    /// What is dialled behind the number, sealed.
    pub extension: Option<Vec<u8>>,
    /// When it was asked for.
    pub sent_at: Ts,
}

/// What `call_add` writes.
#[derive(Clone, Debug)]
pub struct CallAdd {
    /// Its id.
    pub id: CallId,
    /// Whose code it carries.
    pub challenge: ChallengeId,
    /// For whom.
    pub customer: CustomerId,
    /// To which number.
    pub number: NumberId,
    /// The number's prefix.
    pub prefix: String,
    /// The number's country.
    pub country: String,
    /// The channel's word.
    pub channel: String,
    /// What is dialled behind it, sealed.
    pub extension: Option<Vec<u8>>,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What messages are counted for.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<'a> {
    /// The number's row.
    pub number: NumberId,
    /// The customer.
    pub customer: CustomerId,
    /// The number's prefix.
    pub prefix: &'a str,
    /// The number's country.
    pub country: &'a str,
}

queries! {
    /// Locks what is counted together until the command ends.
    pub fn call_lane_lock(lane: &str, now: Ts) -> exec =
        "INSERT INTO call_lane (lane, last_at) VALUES ($1, $2) ON CONFLICT (lane) DO UPDATE SET last_at = excluded.last_at";

    /// When the message of this rank, counted from the newest, went to a number.
    pub fn call_nth_of_number(number: NumberId, since: Ts, skip: i64) -> opt<(Ts,)> =
        "SELECT sent_at FROM call_send WHERE number_id = $1 AND sent_at > $2 ORDER BY sent_at DESC LIMIT 1 OFFSET $3";

    /// The same for a customer.
    pub fn call_nth_of_customer(customer: CustomerId, since: Ts, skip: i64) -> opt<(Ts,)> =
        "SELECT sent_at FROM call_send WHERE customer_id = $1 AND sent_at > $2 ORDER BY sent_at DESC LIMIT 1 OFFSET $3";

    /// The same for a prefix.
    pub fn call_nth_of_prefix(prefix: &str, since: Ts, skip: i64) -> opt<(Ts,)> =
        "SELECT sent_at FROM call_send WHERE prefix = $1 AND sent_at > $2 ORDER BY sent_at DESC LIMIT 1 OFFSET $3";

    /// The same for a country.
    pub fn call_nth_of_country(country: &str, since: Ts, skip: i64) -> opt<(Ts,)> =
        "SELECT sent_at FROM call_send WHERE country = $1 AND sent_at > $2 ORDER BY sent_at DESC LIMIT 1 OFFSET $3";

    /// A new message.
    pub fn call_add(row: CallAdd { id: CallId, challenge: ChallengeId, customer: CustomerId, number: NumberId, prefix: String, country: String, channel: String, extension: Option<Vec<u8>>, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO call_send (id, challenge_id, customer_id, number_id, prefix, country, channel, extension, sent_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    /// A message.
    pub fn call_row(id: CallId) -> opt<CallRow> =
        "SELECT id, challenge_id, channel, extension, sent_at FROM call_send WHERE id = $1";

    /// The open challenge of a number, locked for this command.
    pub fn challenge_open(customer: CustomerId, kind: &str, subject: &str, now: Ts) -> opt<ChallengeRow> = sql!(
        "SELECT id, customer_id, kind, subject, claim_digest, channel, code_hash, tries, sent, state, created_at, expires_at, keyed
         FROM challenge WHERE customer_id = $1 AND kind = $2 AND subject = $3 AND state = 'OPEN' AND expires_at > $4
         ORDER BY created_at DESC LIMIT 1", pg: " FOR UPDATE");

    /// How many wrong codes a customer gave for challenges of this kind made since a time.
    pub fn challenge_failures(customer: CustomerId, kind: &str, since: Ts) -> one<(i64,)> =
        "SELECT CAST(coalesce(sum(tries - CASE WHEN state = 'PASSED' THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM challenge WHERE customer_id = $1 AND kind = $2 AND created_at > $3";

    /// Ends every open challenge of this kind of a customer.
    pub fn challenges_close(customer: CustomerId, kind: &str) -> exec =
        "UPDATE challenge SET state = 'FAILED' WHERE customer_id = $1 AND kind = $2 AND state = 'OPEN'";

    /// Until when a customer's call-backs are locked, if they ever were.
    pub fn call_lock_of(customer: CustomerId) -> opt<(Ts,)> =
        "SELECT until FROM call_lock WHERE customer_id = $1";

    /// Locks a customer's call-backs.
    pub fn call_lock_set(customer: CustomerId, until: Ts, entry: EntryId) -> exec =
        "INSERT INTO call_lock (customer_id, until, from_entry) VALUES ($1, $2, $3)
         ON CONFLICT (customer_id) DO UPDATE SET until = excluded.until, from_entry = excluded.from_entry";

    /// Deletes messages sent before a time; at most `limit` a call.
    pub fn calls_sweep(before: Ts, limit: i64) -> exec =
        "DELETE FROM call_send WHERE id IN
         (SELECT id FROM call_send WHERE sent_at < $1 ORDER BY sent_at LIMIT $2)";

    /// Deletes lanes that nothing went through since a time; at most `limit` a call.
    pub fn call_lanes_sweep(before: Ts, limit: i64) -> exec =
        "DELETE FROM call_lane WHERE lane IN
         (SELECT lane FROM call_lane WHERE last_at < $1 ORDER BY last_at LIMIT $2)";
}

impl Tx {
    /// Locks the prefix and the country of a message, always in this order; its customer and its
    /// number are locked by then.
    pub async fn call_lanes_lock(&mut self, lanes: Lanes<'_>, now: Ts) -> Result<(), StoreError> {
        self.call_lane_lock(&format!("prefix {}", lanes.prefix), now).await?;
        self.call_lane_lock(&format!("country {}", lanes.country), now).await?;
        Ok(())
    }

    /// When the message was sent that fills this cap, if it is full.
    pub async fn call_filled(
        &mut self,
        cap: Cap,
        lanes: Lanes<'_>,
        now: Ts,
    ) -> Result<Option<Ts>, StoreError> {
        let (since, skip) = (now.minus(cap.window), i64::from(cap.most.saturating_sub(1)));
        let found = match cap.lane {
            Lane::Number => self.call_nth_of_number(lanes.number, since, skip).await?,
            Lane::Customer => self.call_nth_of_customer(lanes.customer, since, skip).await?,
            Lane::Prefix => self.call_nth_of_prefix(lanes.prefix, since, skip).await?,
            Lane::Country => self.call_nth_of_country(lanes.country, since, skip).await?,
        };
        Ok(found.map(|(at,)| at))
    }

    /// What is dialled behind a message's number.
    pub async fn open_extension(
        &mut self,
        customer: CustomerId,
        row: &CallRow,
    ) -> Result<Option<String>, StoreError> {
        let Some(sealed) = &row.extension else { return Ok(None) };
        let text = self.open_json(customer, "call_send", "extension", row.id.0.as_bytes(), sealed);
        text.await.map(Some)
    }
}
