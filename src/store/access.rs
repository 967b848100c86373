//! Clients, keys, people and trunks: who may call, and where calls come in.

use crate::domain::ids::{ClientId, CustomerId, EntryId, KeyId, Origid, TrunkId, TrunkUid, UserId};
use crate::domain::time::Ts;
use crate::queries;

/// A portal client.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClientRow {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// How many changes it has seen.
    pub revision: i64,
    /// When the last one was.
    pub last_at: Ts,
    /// When it was made.
    pub created_at: Ts,
}

/// An API key; the secret itself is kept nowhere.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KeyRow {
    /// Its id.
    pub id: KeyId,
    /// The client it speaks for, if any.
    pub client_id: Option<ClientId>,
    /// What people call it.
    pub label: String,
    /// Role words, separated by spaces.
    pub roles: String,
    /// Keyed hash of the secret.
    pub secret_hash: Vec<u8>,
    /// From when it no longer opens anything.
    pub expires_at: Option<Ts>,
    /// When it was revoked.
    pub revoked_at: Option<Ts>,
    /// The key it replaces.
    pub rotated_from: Option<KeyId>,
    /// How many changes it has seen.
    pub revision: i64,
    /// When the last one was.
    pub last_at: Ts,
    /// When it was made.
    pub created_at: Ts,
}

/// A person who logs in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UserRow {
    /// Their id.
    pub id: UserId,
    /// Their login.
    pub login: String,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// Role words, separated by spaces.
    pub roles: String,
    /// Sessions of an older epoch are over.
    pub session_epoch: i64,
    /// When they were disabled.
    pub disabled_at: Option<Ts>,
    /// How many changes they have seen.
    pub revision: i64,
    /// When the last one was.
    pub last_at: Ts,
    /// When they were made.
    pub created_at: Ts,
}

/// A trunk as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TrunkRow {
    /// The operator's name for it.
    pub id: TrunkId,
    /// Its subject in the journal.
    pub uid: TrunkUid,
    /// The kind's word.
    pub kind: String,
    /// The authentication's word.
    pub auth: String,
    /// Whose calls come in here.
    pub owner: CustomerId,
    /// Entry from abroad.
    pub is_foreign: bool,
    /// The mode's word.
    pub mode: String,
    /// The opaque id of its calls.
    pub origid: Origid,
    /// When it was taken out of service.
    pub retired_at: Option<Ts>,
    /// How many changes it has seen.
    pub revision: i64,
    /// When the last one was.
    pub last_at: Ts,
    /// When it was made.
    pub created_at: Ts,
}

/// What `key_add` writes.
#[derive(Clone, Debug)]
pub struct KeyAdd {
    /// Its id.
    pub id: KeyId,
    /// The client it belongs to.
    pub client: Option<ClientId>,
    /// What people call it.
    pub label: String,
    /// Role words, separated by spaces.
    pub roles: String,
    /// The keyed or password hash.
    pub hash: Vec<u8>,
    /// From when it no longer counts.
    pub expires: Option<Ts>,
    /// The key it replaces.
    pub from: Option<KeyId>,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `key_set` writes.
#[derive(Clone, Debug)]
pub struct KeySet {
    /// Its id.
    pub id: KeyId,
    /// From when it no longer counts.
    pub expires: Option<Ts>,
    /// When it was revoked.
    pub revoked: Option<Ts>,
    /// The revision after this change.
    pub revision: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `user_add` writes.
#[derive(Clone, Debug)]
pub struct UserAdd {
    /// Its id.
    pub id: UserId,
    /// The login.
    pub login: String,
    /// The keyed or password hash.
    pub hash: String,
    /// Role words, separated by spaces.
    pub roles: String,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `user_set` writes.
#[derive(Clone, Debug)]
pub struct UserSet {
    /// Its id.
    pub id: UserId,
    /// The keyed or password hash.
    pub hash: String,
    /// Sessions of an older epoch are over.
    pub session_epoch: i64,
    /// When they were disabled.
    pub disabled: Option<Ts>,
    /// The revision after this change.
    pub revision: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `trunk_add` writes.
#[derive(Clone, Debug)]
pub struct TrunkAdd {
    /// Its id.
    pub id: TrunkId,
    /// Its subject in the journal.
    pub uid: TrunkUid,
    /// The kind's word.
    pub kind: String,
    /// The authentication's word.
    pub auth: String,
    /// Whose calls come in here.
    pub owner: CustomerId,
    /// Of another country, or from abroad.
    pub foreign: bool,
    /// The mode's word.
    pub mode: String,
    /// The opaque id of its calls.
    pub origid: Origid,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `trunk_set` writes.
#[derive(Clone, Debug)]
pub struct TrunkSet {
    /// Its id.
    pub id: TrunkId,
    /// The authentication's word.
    pub auth: String,
    /// The mode's word.
    pub mode: String,
    /// When it was taken out of service.
    pub retired: Option<Ts>,
    /// The revision after this change.
    pub revision: i64,
    /// The time of the command.
    pub at: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// A client.
    pub fn client(id: ClientId) -> opt<ClientRow> = "SELECT id, name, revision, last_at, created_at FROM client WHERE id = $1";

    /// A page of clients.
    pub fn clients(after: ClientId, limit: i64) -> all<ClientRow> =
        "SELECT id, name, revision, last_at, created_at FROM client WHERE id > $1 ORDER BY id LIMIT $2";

    /// A new client.
    pub fn client_add(id: ClientId, name: &str, at: Ts, entry: EntryId) -> exec =
        "INSERT INTO client (id, name, revision, last_at, created_at, from_entry) VALUES ($1, $2, 1, $3, $3, $4)";

    /// A key, locked for this command.
    pub fn key_lock(id: KeyId) -> opt<KeyRow> = sql!(
        "SELECT id, client_id, label, roles, secret_hash, expires_at, revoked_at, rotated_from, revision, last_at, created_at
         FROM api_key WHERE id = $1", pg: " FOR UPDATE");

    /// A key.
    pub fn key(id: KeyId) -> opt<KeyRow> =
        "SELECT id, client_id, label, roles, secret_hash, expires_at, revoked_at, rotated_from, revision, last_at, created_at
         FROM api_key WHERE id = $1";

    /// A page of keys.
    pub fn keys(after: KeyId, limit: i64) -> all<KeyRow> =
        "SELECT id, client_id, label, roles, secret_hash, expires_at, revoked_at, rotated_from, revision, last_at, created_at
         FROM api_key WHERE id > $1 ORDER BY id LIMIT $2";

    /// Whether any key was ever made.
    pub fn keys_count() -> one<(i64,)> = "SELECT count(*) FROM api_key";

    /// Live keys that already replace this one.
    pub fn key_successors(id: KeyId) -> one<(i64,)> =
        "SELECT count(*) FROM api_key WHERE rotated_from = $1 AND revoked_at IS NULL";

    /// When the newest successor of a key was to run out, and whether there ever was one.
    pub fn key_end_of_successor(id: KeyId) -> opt<(Option<Ts>,)> =
        "SELECT expires_at FROM api_key WHERE rotated_from = $1 ORDER BY id DESC LIMIT 1";

    /// A new key.
    pub fn key_add(row: KeyAdd { id: KeyId, client: Option<ClientId>, label: String, roles: String, hash: Vec<u8>, expires: Option<Ts>, from: Option<KeyId>, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO api_key (id, client_id, label, roles, secret_hash, expires_at, revoked_at, rotated_from, revision, last_at, created_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, 1, $8, $8, $9)";

    /// A key after a change.
    pub fn key_set(row: KeySet { id: KeyId, expires: Option<Ts>, revoked: Option<Ts>, revision: i64, at: Ts, entry: EntryId }) -> exec =
        "UPDATE api_key SET expires_at = $2, revoked_at = $3, revision = $4, last_at = $5, from_entry = $6 WHERE id = $1 AND revision = $4 - 1";

    /// A person by login.
    pub fn user_by_login(login: &str) -> opt<UserRow> =
        "SELECT id, login, password_hash, roles, session_epoch, disabled_at, revision, last_at, created_at FROM app_user WHERE login = $1";

    /// A person, locked for this command.
    pub fn user_lock(id: UserId) -> opt<UserRow> = sql!(
        "SELECT id, login, password_hash, roles, session_epoch, disabled_at, revision, last_at, created_at
         FROM app_user WHERE id = $1", pg: " FOR UPDATE");

    /// A person.
    pub fn user(id: UserId) -> opt<UserRow> =
        "SELECT id, login, password_hash, roles, session_epoch, disabled_at, revision, last_at, created_at
         FROM app_user WHERE id = $1";

    /// A page of people.
    pub fn users(after: UserId, limit: i64) -> all<UserRow> =
        "SELECT id, login, password_hash, roles, session_epoch, disabled_at, revision, last_at, created_at
         FROM app_user WHERE id > $1 ORDER BY id LIMIT $2";

    /// A new person.
    pub fn user_add(row: UserAdd { id: UserId, login: String, hash: String, roles: String, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO app_user (id, login, password_hash, roles, session_epoch, disabled_at, revision, last_at, created_at, from_entry)
         VALUES ($1, $2, $3, $4, 1, NULL, 1, $5, $5, $6)";

    /// A person after a change.
    pub fn user_set(row: UserSet { id: UserId, hash: String, session_epoch: i64, disabled: Option<Ts>, revision: i64, at: Ts, entry: EntryId }) -> exec =
        "UPDATE app_user SET password_hash = $2, session_epoch = $3, disabled_at = $4, revision = $5, last_at = $6, from_entry = $7
         WHERE id = $1 AND revision = $5 - 1";

    /// A trunk, locked for this command.
    pub fn trunk_lock(id: &TrunkId) -> opt<TrunkRow> = sql!(
        "SELECT id, uid, kind, auth, owner, is_foreign, mode, origid, retired_at, revision, last_at, created_at
         FROM trunk WHERE id = $1", pg: " FOR UPDATE");

    /// A trunk.
    pub fn trunk(id: &TrunkId) -> opt<TrunkRow> =
        "SELECT id, uid, kind, auth, owner, is_foreign, mode, origid, retired_at, revision, last_at, created_at
         FROM trunk WHERE id = $1";

    /// A page of trunks.
    pub fn trunks(after: &str, limit: i64) -> all<TrunkRow> =
        "SELECT id, uid, kind, auth, owner, is_foreign, mode, origid, retired_at, revision, last_at, created_at
         FROM trunk WHERE id > $1 ORDER BY id LIMIT $2";

    /// A page of one owner's trunks.
    pub fn trunks_of(owner: CustomerId, after: &str, limit: i64) -> all<TrunkRow> =
        "SELECT id, uid, kind, auth, owner, is_foreign, mode, origid, retired_at, revision, last_at, created_at
         FROM trunk WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3";

    /// A new trunk.
    pub fn trunk_add(row: TrunkAdd { id: TrunkId, uid: TrunkUid, kind: String, auth: String, owner: CustomerId, foreign: bool, mode: String, origid: Origid, at: Ts, entry: EntryId }) -> exec =
        "INSERT INTO trunk (id, uid, kind, auth, owner, is_foreign, mode, origid, retired_at, revision, last_at, created_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, 1, $9, $9, $10)";

    /// A trunk after a change.
    pub fn trunk_set(row: TrunkSet { id: TrunkId, auth: String, mode: String, retired: Option<Ts>, revision: i64, at: Ts, entry: EntryId }) -> exec =
        "UPDATE trunk SET auth = $2, mode = $3, retired_at = $4, revision = $5, last_at = $6, from_entry = $7
         WHERE id = $1 AND revision = $5 - 1";
}
