//! Customers, their profile revisions and the digests of what the live profile claims.

use serde_json::Value;

use crate::domain::ids::{ClientId, CustomerId, EntryId, Origid, PolicyId};
use crate::domain::time::Ts;
use crate::queries;
use sqlx::types::Json;

/// A customer as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CustomerRow {
    /// Its id.
    pub id: CustomerId,
    /// The client that owns it.
    pub client_id: ClientId,
    /// Its reseller, if any.
    pub parent_id: Option<CustomerId>,
    /// The role's word.
    pub role: String,
    /// The state's word.
    pub state: String,
    /// The state with all of its data.
    pub state_data: Json<Value>,
    /// The opaque id of its calls.
    pub origid: Origid,
    /// The live profile revision.
    pub profile_rev: i64,
    /// The policy it is held to.
    pub policy_id: Option<PolicyId>,
    /// How many changes it has seen.
    pub revision: i64,
    /// When the last one was.
    pub last_at: Ts,
    /// When it was made.
    pub created_at: Ts,
}

/// A profile revision: immutable, sealed with the customer's own key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProfileRow {
    /// Whose.
    pub customer_id: CustomerId,
    /// Which.
    pub rev: i64,
    /// The sealed profile.
    pub body: Vec<u8>,
    /// SHA-256 of the profile before sealing.
    pub sha256: Vec<u8>,
    /// When it was given.
    pub created_at: Ts,
}

/// What the live profile claims, as a digest.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClaimRow {
    /// Which kind of check it needs.
    pub kind: String,
    /// Which of several claims of this kind.
    pub subject: String,
    /// The claim's digest.
    pub digest: Vec<u8>,
}

/// What `customer_add` writes.
#[derive(Clone, Debug)]
pub struct CustomerAdd {
    /// Its id.
    pub id: CustomerId,
    /// The client it belongs to.
    pub client: ClientId,
    /// Its reseller, if any.
    pub parent: Option<CustomerId>,
    /// The role's word.
    pub role: String,
    /// The state's word.
    pub state: String,
    /// The state with all of its data.
    pub state_data: Json<Value>,
    /// The opaque id of its calls.
    pub origid: Origid,
    /// The policy it is held to.
    pub policy: Option<PolicyId>,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `customer_set` writes.
#[derive(Clone, Debug)]
pub struct CustomerSet {
    /// Its id.
    pub id: CustomerId,
    /// The state's word.
    pub state: String,
    /// The state with all of its data.
    pub state_data: Json<Value>,
    /// The cap's word.
    pub cap: Option<String>,
    /// Until when it is active.
    pub active_until: Option<Ts>,
    /// Until when nothing caps it.
    pub uncapped_until: Option<Ts>,
    /// The live profile revision.
    pub profile_rev: i64,
    /// The policy it is held to.
    pub policy: Option<PolicyId>,
    /// Required claims without a check that counts.
    pub checks_missing: i64,
    /// Open HIGH findings.
    pub high_open: i64,
    /// Required clauses that no executed agreement carries.
    pub clauses_missing: i64,
    /// Verified primary traceback contacts.
    pub primary_contacts: i64,
    /// The revision after this change.
    pub revision: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `profile_add` writes.
#[derive(Clone, Debug)]
pub struct ProfileAdd {
    /// Its id.
    pub id: CustomerId,
    /// Which revision.
    pub rev: i64,
    /// The content.
    pub body: Vec<u8>,
    /// SHA-256 of the content before sealing.
    pub sha256: Vec<u8>,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// A customer, locked for this command.
    pub fn customer_lock(id: CustomerId) -> opt<CustomerRow> = sql!(
        "SELECT id, client_id, parent_id, role, state, state_data, origid, profile_rev, policy_id, revision, last_at, created_at
         FROM customer WHERE id = $1", pg: " FOR UPDATE");

    /// A customer.
    pub fn customer(id: CustomerId) -> opt<CustomerRow> =
        "SELECT id, client_id, parent_id, role, state, state_data, origid, profile_rev, policy_id, revision, last_at, created_at
         FROM customer WHERE id = $1";

    /// A page of customers of one client, oldest first; empty word lists stand for "any".
    pub fn customers_of_client(client: ClientId, after: CustomerId, states: &str, roles: &str, limit: i64) -> all<CustomerRow> =
        "SELECT id, client_id, parent_id, role, state, state_data, origid, profile_rev, policy_id, revision, last_at, created_at
         FROM customer WHERE client_id = $1 AND id > $2
           AND ($3 = '' OR (',' || $3 || ',') LIKE ('%,' || state || ',%'))
           AND ($4 = '' OR (',' || $4 || ',') LIKE ('%,' || role || ',%'))
         ORDER BY id LIMIT $5";

    /// A page of all customers, oldest first; empty word lists stand for "any".
    pub fn customers(after: CustomerId, states: &str, roles: &str, limit: i64) -> all<CustomerRow> =
        "SELECT id, client_id, parent_id, role, state, state_data, origid, profile_rev, policy_id, revision, last_at, created_at
         FROM customer WHERE id > $1
           AND ($2 = '' OR (',' || $2 || ',') LIKE ('%,' || state || ',%'))
           AND ($3 = '' OR (',' || $3 || ',') LIKE ('%,' || role || ',%'))
         ORDER BY id LIMIT $4";

    /// ACTIVE customers whose time ran out at `now`.
    pub fn customers_expired(now: Ts, limit: i64) -> all<CustomerRow> =
        "SELECT id, client_id, parent_id, role, state, state_data, origid, profile_rev, policy_id, revision, last_at, created_at
         FROM customer WHERE state = 'ACTIVE' AND active_until <= $1 ORDER BY active_until LIMIT $2";

    /// A new customer.
    pub fn customer_add(row: CustomerAdd { id: CustomerId, client: ClientId, parent: Option<CustomerId>, role: String, state: String, state_data: Json<Value>, origid: Origid, policy: Option<PolicyId>, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO customer (id, client_id, parent_id, role, state, state_data, cap, active_until, uncapped_until, origid, profile_rev,
           policy_id, checks_missing, high_open, clauses_missing, primary_contacts, revision, last_at, created_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, NULL, $7, 1, $8, 0, 0, 0, 0, 1, $9, $9, $10)";

    /// The customer after a change; the gate looks at the counters and at the facts behind them.
    pub fn customer_set(row: CustomerSet { id: CustomerId, state: String, state_data: Json<Value>, cap: Option<String>, active_until: Option<Ts>, uncapped_until: Option<Ts>, profile_rev: i64, policy: Option<PolicyId>, checks_missing: i64, high_open: i64, clauses_missing: i64, primary_contacts: i64, revision: i64, at: Ts, entry: EntryId }) -> exec =
        "UPDATE customer SET state = $2, state_data = $3, cap = $4, active_until = $5, uncapped_until = $6, profile_rev = $7,
           policy_id = $8, checks_missing = $9, high_open = $10, clauses_missing = $11, primary_contacts = $12, revision = $13,
           last_at = $14, from_entry = $15
         WHERE id = $1 AND revision = $13 - 1";

    /// The profile revision of this number.
    pub fn profile(id: CustomerId, rev: i64) -> opt<ProfileRow> =
        "SELECT customer_id, rev, body, sha256, created_at FROM profile_revision WHERE customer_id = $1 AND rev = $2";

    /// A new live profile revision.
    pub fn profile_add(row: ProfileAdd { id: CustomerId, rev: i64, body: Vec<u8>, sha256: Vec<u8>, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO profile_revision (customer_id, rev, body, sha256, created_at, from_entry, to_entry)
         VALUES ($1, $2, $3, $4, $5, $6, NULL)";

    /// Ends the live profile revision.
    pub fn profile_end(id: CustomerId, entry: EntryId) -> exec =
        "UPDATE profile_revision SET to_entry = $2 WHERE customer_id = $1 AND to_entry IS NULL";

    /// What the live profile claims.
    pub fn claims(id: CustomerId) -> all<ClaimRow> =
        "SELECT kind, subject, digest FROM claim WHERE customer_id = $1 ORDER BY kind, subject";

    /// A claim of the live profile, new or with another digest.
    pub fn claim_set(id: CustomerId, kind: &str, subject: &str, digest: &[u8], entry: EntryId) -> exec =
        "INSERT INTO claim (customer_id, kind, subject, digest, from_entry) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (customer_id, kind, subject) DO UPDATE SET digest = excluded.digest, from_entry = excluded.from_entry";

    /// A claim that the live profile no longer makes.
    pub fn claim_drop(id: CustomerId, kind: &str, subject: &str) -> exec =
        "DELETE FROM claim WHERE customer_id = $1 AND kind = $2 AND subject = $3";
}
