//! Lists as temporal rows, and policies.

use serde_json::Value;

use crate::domain::ids::{EntryId, ListVersionId, PolicyId};
use crate::domain::list::Counts;
use crate::domain::time::Ts;
use crate::queries;
use sqlx::types::Json;

/// One load of a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ListVersionRow {
    /// Its id.
    pub id: ListVersionId,
    /// Which list.
    pub list: String,
    /// SHA-256 of the files.
    pub sha256: Vec<u8>,
    /// The publisher's date.
    pub as_of: Ts,
    /// How many rows it has.
    pub row_count: i64,
    /// What it held, by name; none where an older Vouch loaded it.
    pub counts: Option<Json<Counts>>,
    /// When it was loaded.
    pub loaded_at: Ts,
    /// The subject's revision in the journal.
    pub revision: i64,
    /// When it last changed.
    pub last_at: Ts,
}

/// One entry of a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ListEntryRow {
    /// The publisher's reference.
    pub reference: String,
    /// Name, kind and aliases.
    pub body: Json<Value>,
}

/// A policy.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PolicyRow {
    /// Its id.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: i64,
    /// From when it is in force.
    pub effective_from: Ts,
    /// The whole policy.
    pub body: Json<Value>,
    /// SHA-256 of its text.
    pub sha256: Vec<u8>,
    /// The subject's revision in the journal.
    pub revision: i64,
    /// When it last changed.
    pub last_at: Ts,
}

/// What `list_add` writes.
#[derive(Clone, Debug)]
pub struct ListAdd {
    /// Its id.
    pub id: ListVersionId,
    /// Which list.
    pub list: String,
    /// SHA-256 of the content before sealing.
    pub sha256: Vec<u8>,
    /// The publisher's or feed's date.
    pub as_of: Ts,
    /// How many rows it has.
    pub rows: i64,
    /// What it holds, by name.
    pub counts: Json<Counts>,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `policy_add` writes.
#[derive(Clone, Debug)]
pub struct PolicyAdd {
    /// Its id.
    pub id: PolicyId,
    /// The name.
    pub name: String,
    /// The version.
    pub version: i64,
    /// From when it is in force.
    pub effective: Ts,
    /// The content.
    pub body: Json<Value>,
    /// SHA-256 of the content before sealing.
    pub sha256: Vec<u8>,
    /// The time of the command.
    pub at: Ts,
    /// Who did it.
    pub by: String,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `policy_check_add` writes.
#[derive(Clone, Debug)]
pub struct PolicyCheckAdd {
    /// The policy.
    pub id: PolicyId,
    /// Of which role.
    pub role: String,
    /// Which check.
    pub kind: String,
    /// Whether every claim has to pass, or one.
    pub every: bool,
    /// Whether two people may override it.
    pub overridable: bool,
    /// How long past its end it still carries ACTIVE, in microseconds.
    pub grace: i64,
}

queries! {
    /// The live load of a list.
    pub fn list_live(list: &str) -> opt<ListVersionRow> =
        "SELECT id, list, sha256, as_of, row_count, counts, loaded_at, revision, last_at FROM list_version WHERE list = $1 AND to_entry IS NULL";

    /// The live load of a list, locked for this command. A command that waited for another load
    /// finds none: the row it waited for has ended.
    pub fn list_lock(list: &str) -> opt<ListVersionRow> = sql!(
        "SELECT id, list, sha256, as_of, row_count, counts, loaded_at, revision, last_at FROM list_version WHERE list = $1 AND to_entry IS NULL",
        pg: " FOR UPDATE");

    /// The live load of a list, held as it is for this command: another load waits. Where one was under
    /// way it finds none, and finds the new one when it asks again.
    pub fn list_share(list: &str) -> opt<ListVersionRow> = sql!(
        "SELECT id, list, sha256, as_of, row_count, counts, loaded_at, revision, last_at FROM list_version WHERE list = $1 AND to_entry IS NULL",
        pg: " FOR SHARE");

    /// The live load of every list.
    pub fn lists_live() -> all<ListVersionRow> =
        "SELECT id, list, sha256, as_of, row_count, counts, loaded_at, revision, last_at FROM list_version WHERE to_entry IS NULL ORDER BY list";

    /// A new load.
    pub fn list_add(row: ListAdd { id: ListVersionId, list: String, sha256: Vec<u8>, as_of: Ts, rows: i64, counts: Json<Counts>, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO list_version (id, list, sha256, as_of, row_count, counts, loaded_at, revision, last_at, from_entry, to_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $7, $8, NULL)";

    /// Ends the live load of a list.
    pub fn list_end(list: &str, entry: EntryId) -> exec =
        "UPDATE list_version SET to_entry = $2 WHERE list = $1 AND to_entry IS NULL";

    /// A page of a list's live entries.
    pub fn list_entries(list: &str, after: &str, limit: i64) -> all<ListEntryRow> =
        "SELECT ref AS reference, body FROM list_entry WHERE list = $1 AND ref > $2 AND to_entry IS NULL ORDER BY ref LIMIT $3";

    /// The live entry of a key.
    pub fn list_entry(list: &str, reference: &str) -> opt<ListEntryRow> =
        "SELECT ref AS reference, body FROM list_entry WHERE list = $1 AND ref = $2 AND to_entry IS NULL";

    /// The last entry of a key that has none now.
    pub fn list_entry_before(list: &str, reference: &str) -> opt<ListEntryRow> =
        "SELECT ref AS reference, body FROM list_entry e WHERE list = $1 AND ref = $2 AND to_entry IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM list_entry n WHERE n.list = e.list AND n.ref = e.ref AND n.to_entry IS NULL)
         ORDER BY (SELECT loaded_at FROM list_version v WHERE v.from_entry = e.from_entry) DESC LIMIT 1";

    /// New entries: `rows` is a JSON array of `{"r": key, "b": body}`.
    pub fn list_entries_add(list: &str, rows: &str, entry: EntryId) -> exec = sql!(
        "INSERT INTO list_entry (list, ref, body, from_entry) SELECT $1, ",
        lite: "json_extract(x.value, '$.r'), json_extract(x.value, '$.b'), $3 FROM json_each($2) AS x",
        pg: "x.r, x.b, $3 FROM jsonb_to_recordset($2::jsonb) AS x(r text, b jsonb)");

    /// Ends live entries: `references` is a JSON array of keys.
    pub fn list_entries_end(list: &str, references: &str, entry: EntryId) -> exec = sql!(
        "UPDATE list_entry SET to_entry = $3 WHERE list = $1 AND to_entry IS NULL AND ref IN (SELECT x.value FROM ",
        lite: "json_each($2) AS x)",
        pg: "jsonb_array_elements_text($2::jsonb) AS x(value))");

    /// A policy.
    pub fn policy(id: PolicyId) -> opt<PolicyRow> =
        "SELECT id, name, version, effective_from, body, sha256, revision, last_at FROM policy WHERE id = $1";

    /// A policy by name and version.
    pub fn policy_named(name: &str, version: i64) -> opt<(PolicyId,)> =
        "SELECT id FROM policy WHERE name = $1 AND version = $2";

    /// A page of policies.
    pub fn policies(after: PolicyId, limit: i64) -> all<PolicyRow> =
        "SELECT id, name, version, effective_from, body, sha256, revision, last_at FROM policy WHERE id > $1 ORDER BY id LIMIT $2";

    /// A new policy.
    pub fn policy_add(row: PolicyAdd { id: PolicyId, name: String, version: i64, effective: Ts, body: Json<Value>, sha256: Vec<u8>, at: Ts, by: String, entry: EntryId }) -> exec =
        "INSERT INTO policy (id, name, version, effective_from, body, sha256, revision, last_at, published_by, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9)";

    /// A check that a policy demands of a role.
    pub fn policy_check_add(row: PolicyCheckAdd { id: PolicyId, role: String, kind: String, every: bool, overridable: bool, grace: i64 }) -> exec =
        "INSERT INTO policy_check (policy_id, role, kind, every_claim, overridable, grace) VALUES ($1, $2, $3, $4, $5, $6)";

    /// A clause that a policy demands of a role.
    pub fn policy_clause_add(policy: PolicyId, role: &str, clause: &str, min_version: i64) -> exec =
        "INSERT INTO policy_clause (policy_id, role, clause, min_version) VALUES ($1, $2, $3, $4)";
}
