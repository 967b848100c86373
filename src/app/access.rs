//! Clients, keys and people. A secret is shown once, in the answer that made it; no copy is kept.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::AppError;
use super::page::Keyset;
use super::parts::App;
use super::token::ChangeToken;
use crate::domain::access::{KeyFacts, Principal, Role, Roles, UserFacts};
use crate::domain::command::admin::{
    CreateClient, CreateKey, CreateUser, DisableUser, RevokeKey, RotateKey,
};
use crate::domain::command::query::Page;
use crate::domain::facts::Facts;
use crate::domain::ids::{ClientId, EntryId, KeyId, UserId};
use crate::domain::journal::SubjectKind;
use crate::domain::pii::Secret;
use crate::domain::time::Ts;
use crate::store::access::{ClientRow, KeyAdd, KeyRow, KeySet, UserAdd, UserRow, UserSet};
use crate::store::journal::EntryDraft;
use crate::store::{Meta, StoreError, Tx};

/// A subject after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Which subject.
    pub subject: uuid::Uuid,
    /// Its revision.
    pub revision: u64,
}

impl Written {
    /// The token with which a query waits for this write.
    pub fn token(&self, app: &App) -> String {
        ChangeToken { epoch: app.store.epoch(), subject: self.subject, revision: self.revision }
            .to_string()
    }
}

/// Makes a portal client.
pub async fn create_client(
    app: &App,
    who: &Principal,
    ask: CreateClient,
) -> Result<Written, AppError> {
    let id = ClientId(app.clock.id());
    app.store
        .command(Meta::write(who, &ask.write), move |mut tx| {
            let name = ask.name.clone();
            async move {
                let at = tx.at();
                let draft = EntryDraft {
                    kind: SubjectKind::Client,
                    subject: id.0,
                    rev: 1,
                    word: "client.created",
                    facts: Some(Facts::Client { client: id }.encode()?),
                    detail: json!({ "name": name }),
                    owner: None,
                };
                let entry = tx.journal(draft).await?;
                tx.client_add(id, &name, at, entry).await?;
                Ok(Written { subject: id.0, revision: 1 })
            }
        })
        .await
}

/// Makes a key. Its token is the second value, and exists nowhere else.
pub async fn create_key(
    app: &App,
    who: &Principal,
    ask: CreateKey,
) -> Result<(Written, Secret), AppError> {
    check_key_roles(ask.roles, ask.client)?;
    let new = NewKey {
        id: KeyId(app.clock.id()),
        client: ask.client,
        label: ask.name,
        roles: ask.roles,
        expires: ask.expires,
        from: None,
    };
    let (hash, token) = secret(app, new.id)?;
    let written = app
        .store
        .command(Meta::write(who, &ask.write).secret(), move |mut tx| {
            let new = new.clone();
            async move {
                if let Some(client) = new.client {
                    let Some(client) = tx.client(client).await? else {
                        let message = "name a client that CreateClient made";
                        return Err(AppError::field("client_id", "NOT_FOUND", message));
                    };
                    tx.saw(client.last_at);
                }
                add_key(&mut tx, new, hash).await
            }
        })
        .await?;
    Ok((written, token))
}

fn check_key_roles(roles: Roles, client: Option<ClientId>) -> Result<(), AppError> {
    if roles.is_empty() {
        return Err(AppError::field("roles", "REQUIRED", "give at least one role"));
    }
    if roles.has(Role::Reviewer) {
        let message = "reviewers are people: create a user, and let them log in";
        return Err(AppError::field("roles", "PEOPLE_ONLY", message));
    }
    if roles.has(Role::Portal) && client.is_none() {
        let message = "a portal key speaks for a client: name it";
        return Err(AppError::field("client_id", "REQUIRED", message));
    }
    if roles.has(Role::Portal) && roles != Roles::of(&[Role::Portal]) {
        let message = "PORTAL stands alone: other roles see the customers of every client";
        return Err(AppError::field("roles", "PORTAL_ALONE", message));
    }
    Ok(())
}

#[derive(Clone, Debug)]
struct NewKey {
    id: KeyId,
    client: Option<ClientId>,
    label: String,
    roles: Roles,
    expires: Option<Ts>,
    from: Option<KeyId>,
}

fn secret(app: &App, id: KeyId) -> Result<([u8; 32], Secret), AppError> {
    let made = app.prover.new_key(&app.clock, id);
    let made = made.map_err(|error| AppError::bug(&app.clock, &error))?;
    Ok((made.hash, made.token))
}

async fn add_key(tx: &mut Tx, new: NewKey, hash: [u8; 32]) -> Result<Written, AppError> {
    let at = tx.at();
    let facts = KeyFacts {
        key: new.id,
        client: new.client,
        roles: new.roles,
        secret_hash: hash,
        expires: new.expires.unwrap_or(Ts::FOREVER),
        revoked: false,
        revision: 1,
    };
    let draft = EntryDraft {
        kind: SubjectKind::Key,
        subject: new.id.0,
        rev: 1,
        word: if new.from.is_some() { "key.rotated_in" } else { "key.created" },
        facts: Some(Facts::Key(facts).encode()?),
        detail: json!({ "client": new.client, "label": new.label, "roles": new.roles,
            "expires": new.expires, "from": new.from }),
        owner: None,
    };
    let entry = tx.journal(draft).await?;
    tx.key_add(&KeyAdd {
        id: new.id,
        client: new.client,
        label: new.label,
        roles: words(new.roles),
        hash: hash.to_vec(),
        expires: new.expires,
        from: new.from,
        at,
        entry,
    })
    .await?;
    Ok(Written { subject: new.id.0, revision: 1 })
}

fn words(roles: Roles) -> String {
    roles.iter().map(Role::word).collect::<Vec<_>>().join(" ")
}

/// Reads role words as the store keeps them.
pub fn roles_of(words: &str) -> Result<Roles, AppError> {
    let roles: Result<Roles, _> = words.split_whitespace().map(str::parse::<Role>).collect();
    roles.map_err(|_word| AppError::from(StoreError::Corrupt("roles")))
}

/// Makes a key's successor; the old one goes on until `retire`, or as it is where none is given. Two
/// live keys at the most.
pub async fn rotate_key(
    app: &App,
    who: &Principal,
    ask: RotateKey,
) -> Result<(Written, Secret), AppError> {
    let id = KeyId(app.clock.id());
    let (hash, token) = secret(app, id)?;
    let written = app
        .store
        .command(Meta::write(who, &ask.write).secret(), move |mut tx| async move {
            let old = live_key(&mut tx, ask.key).await?;
            let (successors,) = tx.key_successors(ask.key).await?;
            if successors > 0 {
                return Err(AppError::refused(
                    "ALREADY_ROTATED",
                    "this key has a live successor; rotate that one, or revoke this one",
                ));
            }
            if predecessor_lives(&mut tx, &old).await? {
                return Err(AppError::refused(
                    "ROTATION_UNDER_WAY",
                    "the key before this one still opens; revoke it, or wait until it runs out",
                ));
            }
            // A retired key's own end says nothing of the line it began: its successor has that.
            let end = tx.key_end_of_successor(ask.key).await?.map_or(old.expires_at, |(end,)| end);
            let retire = match (old.expires_at, ask.retire) {
                (Some(end), Some(retire)) => Some(end.min(retire)),
                (end, retire) => end.or(retire),
            };
            let new = NewKey {
                id,
                client: old.client_id,
                label: old.label.clone(),
                roles: roles_of(&old.roles)?,
                expires: end,
                from: Some(old.id),
            };
            change_key(&mut tx, &old, retire, None, "key.rotated_out").await?;
            add_key(&mut tx, new, hash).await
        })
        .await?;
    Ok((written, token))
}

/// Revokes a key: it opens nothing any more, on every instance within a second.
pub async fn revoke_key(app: &App, who: &Principal, ask: RevokeKey) -> Result<Written, AppError> {
    app.store
        .command(Meta::write(who, &ask.write), move |mut tx| async move {
            let old = live_key(&mut tx, ask.key).await?;
            let at = tx.at();
            change_key(&mut tx, &old, old.expires_at, Some(at), "key.revoked").await
        })
        .await
}

async fn predecessor_lives(tx: &mut Tx, key: &KeyRow) -> Result<bool, AppError> {
    let Some(before) = key.rotated_from else { return Ok(false) };
    let now = tx.now();
    let before = tx.key(before).await?;
    Ok(before.is_some_and(|before| {
        before.revoked_at.is_none() && before.expires_at.is_none_or(|end| now < end)
    }))
}

async fn live_key(tx: &mut Tx, id: KeyId) -> Result<KeyRow, AppError> {
    let row = tx.key_lock(id).await?.ok_or(AppError::NotFound { what: "key" })?;
    tx.saw(row.last_at);
    if row.revoked_at.is_some() {
        return Err(AppError::refused("KEY_REVOKED", "the key is revoked; create a new one"));
    }
    Ok(row)
}

async fn change_key(
    tx: &mut Tx,
    old: &KeyRow,
    expires: Option<Ts>,
    revoked: Option<Ts>,
    word: &'static str,
) -> Result<Written, AppError> {
    let at = tx.at();
    let revision = next_revision(old.revision)?;
    let hash = <[u8; 32]>::try_from(old.secret_hash.as_slice());
    let facts = KeyFacts {
        key: old.id,
        client: old.client_id,
        roles: roles_of(&old.roles)?,
        secret_hash: hash.map_err(|_length| StoreError::Corrupt("key"))?,
        expires: expires.unwrap_or(Ts::FOREVER),
        revoked: revoked.is_some(),
        revision,
    };
    let draft = EntryDraft {
        kind: SubjectKind::Key,
        subject: old.id.0,
        rev: revision,
        word,
        facts: Some(Facts::Key(facts).encode()?),
        detail: json!({ "expires": expires, "revoked": revoked }),
        owner: None,
    };
    let entry = tx.journal(draft).await?;
    let revision_column = old.revision + 1;
    tx.key_set(&KeySet { id: old.id, expires, revoked, revision: revision_column, at, entry })
        .await?;
    Ok(Written { subject: old.id.0, revision })
}

fn next_revision(stored: i64) -> Result<u64, AppError> {
    u64::try_from(stored)
        .map(|revision| revision + 1)
        .map_err(|_negative| AppError::from(StoreError::Corrupt("revision")))
}

/// Makes a person with a password that is shown once.
pub async fn create_user(
    app: &App,
    who: &Principal,
    ask: CreateUser,
) -> Result<(Written, Secret), AppError> {
    let id = UserId(app.clock.id());
    let password = app.prover.new_password(&app.clock);
    let password = password.map_err(|error| AppError::bug(&app.clock, &error))?;
    let hash = app.passwords.hash(password.clone()).await?;
    let (roles, login) = (ask.roles, ask.login);
    let written = app
        .store
        .command(Meta::write(who, &ask.write).secret(), move |mut tx| {
            let (login, hash) = (login.clone(), hash.clone());
            async move {
                if tx.user_by_login(&login).await?.is_some() {
                    let message = "choose another login; this one is taken";
                    return Err(AppError::field("login", "TAKEN", message));
                }
                let at = tx.at();
                let facts =
                    UserFacts { user: id, roles, session_epoch: 1, disabled: false, revision: 1 };
                let draft = EntryDraft {
                    kind: SubjectKind::User,
                    subject: id.0,
                    rev: 1,
                    word: "user.created",
                    facts: Some(Facts::User(facts).encode()?),
                    detail: json!({ "login": login, "roles": roles }),
                    owner: None,
                };
                let entry = tx.journal(draft).await?;
                let roles = words(roles);
                tx.user_add(&UserAdd { id, login, hash, roles, at, entry }).await?;
                Ok(Written { subject: id.0, revision: 1 })
            }
        })
        .await?;
    Ok((written, password))
}

/// Disables a person: their sessions are over on every instance within a second.
pub async fn disable_user(
    app: &App,
    who: &Principal,
    ask: DisableUser,
) -> Result<Written, AppError> {
    app.store
        .command(Meta::write(who, &ask.write), move |mut tx| async move {
            let row = tx.user_lock(ask.user).await?.ok_or(AppError::NotFound { what: "user" })?;
            tx.saw(row.last_at);
            let at = tx.at();
            let change = UserChange {
                disabled: row.disabled_at.or(Some(at)),
                hash: row.password_hash.clone(),
                word: "user.disabled",
            };
            change_user(&mut tx, &row, change).await
        })
        .await
}

#[derive(Debug)]
pub(super) struct UserChange {
    pub(super) disabled: Option<Ts>,
    pub(super) hash: String,
    pub(super) word: &'static str,
}

/// Changes a person and ends every session of theirs.
pub(super) async fn change_user(
    tx: &mut Tx,
    row: &UserRow,
    change: UserChange,
) -> Result<Written, AppError> {
    let at = tx.at();
    let revision = next_revision(row.revision)?;
    let epoch = row.session_epoch + 1;
    let facts = UserFacts {
        user: row.id,
        roles: roles_of(&row.roles)?,
        session_epoch: u64::try_from(epoch).map_err(|_negative| StoreError::Corrupt("user"))?,
        disabled: change.disabled.is_some(),
        revision,
    };
    let draft = EntryDraft {
        kind: SubjectKind::User,
        subject: row.id.0,
        rev: revision,
        word: change.word,
        facts: Some(Facts::User(facts).encode()?),
        detail: json!({ "disabled": change.disabled }),
        owner: None,
    };
    let entry: EntryId = tx.journal(draft).await?;
    tx.user_set(&UserSet {
        id: row.id,
        hash: change.hash,
        session_epoch: epoch,
        disabled: change.disabled,
        revision: row.revision + 1,
        at,
        entry,
    })
    .await?;
    Ok(Written { subject: row.id.0, revision })
}

/// A portal client as operators see it.
#[derive(Clone, Debug)]
pub struct PortalClient {
    /// Its id.
    pub id: ClientId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Ts,
}

impl From<ClientRow> for PortalClient {
    fn from(row: ClientRow) -> Self {
        Self { id: row.id, name: row.name, created: row.created_at }
    }
}

/// A key or a person with the name that operators know them by; never a secret.
#[derive(Clone, Debug)]
pub struct Named<F> {
    /// What every instance knows.
    pub facts: F,
    /// The label or the login.
    pub name: String,
    /// When it was made.
    pub created: Ts,
}

fn named_key(row: &KeyRow) -> Result<Named<KeyFacts>, AppError> {
    Ok(Named { facts: key_facts(row)?, name: row.label.clone(), created: row.created_at })
}

fn named_user(row: &UserRow) -> Result<Named<UserFacts>, AppError> {
    Ok(Named { facts: user_facts(row)?, name: row.login.clone(), created: row.created_at })
}

/// A client by its id.
pub async fn client(app: &App, id: ClientId) -> Result<PortalClient, AppError> {
    let row = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.client(id).await?) })
        .await?;
    row.map(Into::into).ok_or(AppError::NotFound { what: "client" })
}

/// A key by its id.
pub async fn key(app: &App, id: KeyId) -> Result<Named<KeyFacts>, AppError> {
    let row = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.key(id).await?) })
        .await?;
    named_key(&row.ok_or(AppError::NotFound { what: "key" })?)
}

/// A person by their id.
pub async fn user(app: &App, id: UserId) -> Result<Named<UserFacts>, AppError> {
    let row = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.user(id).await?) })
        .await?;
    named_user(&row.ok_or(AppError::NotFound { what: "user" })?)
}

/// A page of clients.
pub async fn clients(app: &App, page: Page) -> Result<(Vec<PortalClient>, String), AppError> {
    let keyset = Keyset::open(app, "clients", &page)?;
    let (after, limit) = (ClientId(keyset.after_id()?), keyset.limit());
    let mut rows = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.clients(after, limit).await?) })
        .await?;
    let next = keyset.next(app, &mut rows, |row| row.id.0)?;
    Ok((rows.into_iter().map(Into::into).collect(), next))
}

/// A page of keys.
pub async fn keys(app: &App, page: Page) -> Result<(Vec<Named<KeyFacts>>, String), AppError> {
    let keyset = Keyset::open(app, "keys", &page)?;
    let (after, limit) = (KeyId(keyset.after_id()?), keyset.limit());
    let mut rows = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.keys(after, limit).await?) })
        .await?;
    let next = keyset.next(app, &mut rows, |row| row.id.0)?;
    Ok((rows.iter().map(named_key).collect::<Result<_, _>>()?, next))
}

/// A page of people.
pub async fn users(app: &App, page: Page) -> Result<(Vec<Named<UserFacts>>, String), AppError> {
    let keyset = Keyset::open(app, "users", &page)?;
    let (after, limit) = (UserId(keyset.after_id()?), keyset.limit());
    let mut rows = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.users(after, limit).await?) })
        .await?;
    let next = keyset.next(app, &mut rows, |row| row.id.0)?;
    Ok((rows.iter().map(named_user).collect::<Result<_, _>>()?, next))
}

/// Makes the one key of a new store: it may do what an operator may, and is shown once.
pub async fn bootstrap(app: &App) -> Result<Option<Secret>, AppError> {
    let new = NewKey {
        id: KeyId(app.clock.id()),
        client: None,
        label: "bootstrap".to_owned(),
        roles: Roles::of(&[Role::Operator]),
        expires: None,
        from: None,
    };
    let (hash, token) = secret(app, new.id)?;
    let made = app
        .store
        .command(Meta::system("bootstrap"), move |mut tx| {
            let new = new.clone();
            async move {
                tx.store_lock().await?;
                let (keys,) = tx.keys_count().await?;
                if keys > 0 {
                    return Ok::<_, AppError>(false);
                }
                add_key(&mut tx, new, hash).await?;
                Ok(true)
            }
        })
        .await?;
    Ok(made.then_some(token))
}

/// A key row as every instance knows it.
fn key_facts(row: &KeyRow) -> Result<KeyFacts, AppError> {
    let bad = || AppError::from(StoreError::Corrupt("key"));
    let hash = <[u8; 32]>::try_from(row.secret_hash.as_slice());
    Ok(KeyFacts {
        key: row.id,
        client: row.client_id,
        roles: roles_of(&row.roles)?,
        secret_hash: hash.map_err(|_length| bad())?,
        expires: row.expires_at.unwrap_or(Ts::FOREVER),
        revoked: row.revoked_at.is_some(),
        revision: u64::try_from(row.revision).map_err(|_negative| bad())?,
    })
}

/// A user row as every instance knows it.
fn user_facts(row: &UserRow) -> Result<UserFacts, AppError> {
    let bad = |_negative| AppError::from(StoreError::Corrupt("user"));
    Ok(UserFacts {
        user: row.id,
        roles: roles_of(&row.roles)?,
        session_epoch: u64::try_from(row.session_epoch).map_err(bad)?,
        disabled: row.disabled_at.is_some(),
        revision: u64::try_from(row.revision).map_err(bad)?,
    })
}
