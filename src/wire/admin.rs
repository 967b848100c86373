//! Clients, keys, users, lists and inventories on the wire.

use crate::domain::access::{KeyFacts, Role, Roles, UserFacts};
use crate::domain::command::admin::{
    CreateClient, CreateKey, CreateUser, DisableUser, InventorySource, LoadInventory, LoadList,
    RevokeKey, RotateKey,
};
use crate::domain::ids::ClientId;
use crate::domain::list::{List, ListVersion};
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::time::to_timestamp;
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
            let list = m.list.parse::<List>().ok();
            if list.is_none() {
                r.fault("list", "UNKNOWN_LIST", format!("the lists are: {}", known_lists()));
            }
            let as_of = r.optional_time("as_of_time", m.as_of_time);
            list.map(|list| Self { write, list, as_of })
        });
        r.finish(read)
    }
}

fn known_lists() -> String {
    List::ALL.iter().map(|list| list.as_str()).collect::<Vec<_>>().join(", ")
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

/// A set of roles as the wire lists it.
pub fn access_roles(roles: Roles) -> Vec<i32> {
    roles.iter().map(|role| pb::AccessRole::from(role).into()).collect()
}

impl pb::Client {
    /// A portal client.
    pub fn of(id: ClientId, name: String, created: Ts) -> Self {
        Self { client_id: id.to_string(), name, create_time: Some(to_timestamp(created)) }
    }
}

impl pb::ApiKey {
    /// A key as it stands at `now`, without its secret.
    pub fn of(facts: &KeyFacts, name: String, created: Ts, now: Ts) -> Self {
        let state = if facts.revoked {
            pb::AccessState::Revoked
        } else if facts.live(now) {
            pb::AccessState::Live
        } else {
            pb::AccessState::Expired
        };
        Self {
            key_id: facts.key.to_string(),
            client_id: facts.client.map(|id| id.to_string()).unwrap_or_default(),
            name,
            roles: access_roles(facts.roles),
            state: state.into(),
            create_time: Some(to_timestamp(created)),
            expire_time: (facts.expires != Ts::FOREVER).then(|| to_timestamp(facts.expires)),
        }
    }
}

impl pb::User {
    /// A user.
    pub fn of(facts: &UserFacts, login: String, created: Ts) -> Self {
        let state = if facts.disabled { pb::AccessState::Revoked } else { pb::AccessState::Live };
        Self {
            user_id: facts.user.to_string(),
            login,
            roles: access_roles(facts.roles),
            state: state.into(),
            create_time: Some(to_timestamp(created)),
        }
    }
}

impl From<&ListVersion> for pb::ListVersion {
    fn from(version: &ListVersion) -> Self {
        Self {
            list_version_id: version.id.to_string(),
            list: version.list.clone(),
            as_of_time: Some(to_timestamp(version.as_of)),
            load_time: Some(to_timestamp(version.loaded)),
            entries: version.entries,
            sha256: version.sha256.as_bytes().to_vec().into(),
            stale: version.stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    const ID: &str = "0198c9a0-0000-7000-8000-000000000001";

    fn key(client: &str, roles: &[pb::AccessRole]) -> Vec<String> {
        let request = pb::CreateKeyRequest {
            request_id: "r".to_owned(),
            client_id: client.to_owned(),
            name: "signer of Dover".to_owned(),
            roles: roles.iter().map(|role| (*role).into()).collect(),
            expire_time: None,
        };
        match CreateKey::try_from(request) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.as_slice().iter().map(|f| f.reason.to_string()).collect(),
        }
    }

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<Role>("ACCESS_ROLE_"), 6);
    }

    #[test]
    fn a_key_has_roles_that_fit_its_client() {
        use pb::AccessRole::{Auditor, Portal, Reviewer, Signer, Unspecified};
        let none: [&str; 0] = [];
        assert_eq!(key(ID, &[Portal]), none);
        assert_eq!(key("", &[Signer, Auditor]), none);
        assert_eq!(key("", &[Portal]), ["CLIENT_MISMATCH"]);
        assert_eq!(key(ID, &[Signer]), ["CLIENT_MISMATCH"]);
        assert_eq!(key("", &[Reviewer]), ["ROLE_NOT_ALLOWED"]);
        assert_eq!(key("", &[]), ["REQUIRED"]);
        assert_eq!(key("", &[Unspecified]), ["REQUIRED"]);
        assert_eq!(key("mine", &[Portal]), ["BAD_ID"]);
    }

    #[test]
    fn a_login_is_plain() {
        let user = |login: &str| {
            let request = pb::CreateUserRequest {
                request_id: "r".to_owned(),
                login: login.to_owned(),
                roles: vec![pb::AccessRole::Reviewer.into()],
            };
            CreateUser::try_from(request).is_ok()
        };
        assert!(user("ada@example.com"));
        for bad in ["", "Ada", "a b", "\u{0430}da", &"a".repeat(65), &"a".repeat(10 << 20)] {
            assert!(!user(bad));
        }
    }

    #[test]
    fn an_inventory_names_its_carrier() {
        use pb::InventorySource::{OwnOcn, Unspecified, Wholesale};

        let header = |source: pb::InventorySource, carrier: &str| pb::InventoryHeader {
            request_id: "r".to_owned(),
            source: source.into(),
            carrier: carrier.to_owned(),
            as_of_time: Some(prost_types::Timestamp { seconds: 1_795_532_381, nanos: 0 }),
            complete: false,
        };
        assert!(LoadInventory::try_from(header(OwnOcn, "")).is_ok());
        assert!(LoadInventory::try_from(header(Wholesale, "Carrier")).is_ok());
        assert!(LoadInventory::try_from(header(Wholesale, " ")).is_err());
        assert!(LoadInventory::try_from(header(OwnOcn, "Carrier")).is_err());
        let faults = LoadInventory::try_from(header(Unspecified, "")).unwrap_err();
        assert_eq!(faults.as_slice()[0].path, "header.source");
    }

    #[test]
    fn a_key_is_shown_as_it_stands() {
        let facts = KeyFacts {
            key: ID.parse().unwrap(),
            client: None,
            roles: Roles::of(&[Role::Signer]),
            secret_hash: [1; 32],
            expires: Ts::FOREVER,
            revoked: false,
            revision: 1,
        };
        let state =
            |facts: &KeyFacts, now: Ts| pb::ApiKey::of(facts, String::new(), Ts(1), now).state();
        assert_eq!(state(&facts, Ts(5)), pb::AccessState::Live);
        let short = KeyFacts { expires: Ts(5), ..facts.clone() };
        assert_eq!(state(&short, Ts(5)), pb::AccessState::Expired);
        let ended = KeyFacts { revoked: true, ..facts.clone() };
        assert_eq!(state(&ended, Ts(5)), pb::AccessState::Revoked);
        assert_eq!(pb::ApiKey::of(&facts, String::new(), Ts(1), Ts(5)).expire_time, None);
    }
}
