//! Clients, keys, users, lists and inventories on the wire.

use crate::domain::access::{Role, Roles};
use crate::domain::command::admin::{
    CreateClient, CreateKey, CreateUser, DisableUser, InventorySource, LoadInventory, LoadList,
    RevokeKey, RotateKey,
};
use crate::wire::pb;
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    Role = AccessRole { Unspecified; Portal, Signer, Provisioning, Reviewer, Auditor, Operator }
    InventorySource = InventorySource { Unspecified; OwnOcn, Wholesale }
}

/// Longest name of a client, key, list or carrier.
const MAX_NAME: usize = 200;
/// Longest name of a user.
const MAX_LOGIN: usize = 64;

impl TryFrom<pb::CreateClientRequest> for CreateClient {
    type Error = Faults;

    fn try_from(m: pb::CreateClientRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("CreateClient", &m.request_id, &m);
        let name = r.required_line("name", &m.name, MAX_NAME);
        r.finish(Some(Self { write, name }))
    }
}

impl TryFrom<pb::CreateKeyRequest> for CreateKey {
    type Error = Faults;

    fn try_from(m: pb::CreateKeyRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("CreateKey", &m.request_id, &m);
        let roles = roles(&mut r, &m.roles, &[Role::Reviewer], "only people are reviewers");
        let client = r.optional_id("client_id", &m.client_id);
        if roles.has(Role::Portal) == m.client_id.is_empty() {
            r.fault(
                "client_id",
                "CLIENT_MISMATCH",
                "a key with PORTAL belongs to a client, every other key to none",
            );
        }
        let name = r.required_line("name", &m.name, MAX_NAME);
        let expires = r.optional_time("expire_time", m.expire_time);
        r.finish(Some(Self { write, client, name, roles, expires }))
    }
}

impl TryFrom<pb::RotateKeyRequest> for RotateKey {
    type Error = Faults;

    fn try_from(m: pb::RotateKeyRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RotateKey", &m.request_id, &m);
        let key = r.id("key_id", &m.key_id);
        let retire = r.optional_time("retire_time", m.retire_time);
        r.finish(key.map(|key| Self { write, key, retire }))
    }
}

impl TryFrom<pb::RevokeKeyRequest> for RevokeKey {
    type Error = Faults;

    fn try_from(m: pb::RevokeKeyRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RevokeKey", &m.request_id, &m);
        let key = r.id("key_id", &m.key_id);
        r.finish(key.map(|key| Self { write, key }))
    }
}

impl TryFrom<pb::CreateUserRequest> for CreateUser {
    type Error = Faults;

    fn try_from(m: pb::CreateUserRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("CreateUser", &m.request_id, &m);
        let barred = [Role::Portal, Role::Signer];
        let roles = roles(&mut r, &m.roles, &barred, "portals and signers are programs: use a key");
        let login = r.required_line("login", &m.login, MAX_LOGIN);
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-@".contains(&b);
        if !login.bytes().all(known) {
            r.fault("login", "BAD_CHARACTER", "use a-z, 0-9 and . _ - @");
        }
        r.finish(Some(Self { write, login, roles }))
    }
}

impl TryFrom<pb::DisableUserRequest> for DisableUser {
    type Error = Faults;

    fn try_from(m: pb::DisableUserRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("DisableUser", &m.request_id, &m);
        let user = r.id("user_id", &m.user_id);
        r.finish(user.map(|user| Self { write, user }))
    }
}

impl TryFrom<pb::ListHeader> for LoadList {
    type Error = Faults;

    fn try_from(m: pb::ListHeader) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let read = r.at("header", |r| {
            let write = r.write("LoadList", &m.request_id, &m);
            let list = r.required_line("list", &m.list, MAX_NAME);
            let as_of = r.time("as_of_time", m.as_of_time);
            as_of.map(|as_of| Self { write, list, as_of })
        });
        r.finish(read)
    }
}

impl TryFrom<pb::InventoryHeader> for LoadInventory {
    type Error = Faults;

    fn try_from(m: pb::InventoryHeader) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let read = r.at("header", |r| {
            let write = r.write("LoadInventory", &m.request_id, &m);
            let source = r.choice("source", m.source);
            let carrier = r.line("carrier", &m.carrier, MAX_NAME);
            if (source == Some(InventorySource::Wholesale)) == carrier.is_empty() {
                let message = "name the carrier of WHOLESALE numbers, and of no others";
                r.fault("carrier", "CARRIER_MISMATCH", message);
            }
            let as_of = r.time("as_of_time", m.as_of_time);
            Some(Self { write, source: source?, carrier, as_of: as_of?, complete: m.complete })
        });
        r.finish(read)
    }
}

/// A set of roles that is not empty and holds none of `barred`.
fn roles(r: &mut Reader, values: &[i32], barred: &[Role], why: &'static str) -> Roles {
    if values.is_empty() {
        r.required("roles");
    }
    let roles: Roles = r.choices("roles", values).into_iter().collect();
    if roles.meets(Roles::of(barred)) {
        r.fault("roles", "ROLE_NOT_ALLOWED", why);
    }
    roles
}
