//! Who calls, and what roles let them do. A portal sees the customers of its own client only.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::{ClientId, KeyId, UserId};
use super::time::Ts;

/// What a key or a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Onboards customers of one client.
    Portal,
    /// Asks for levels.
    Signer,
    /// Keeps numbers and trunks.
    Provisioning,
    /// Decides about customers; people only.
    Reviewer,
    /// Reads everything, changes nothing.
    Auditor,
    /// Runs the service.
    Operator,
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such role; the roles are PORTAL, SIGNER, PROVISIONING, REVIEWER, AUDITOR and OPERATOR")]
pub struct BadRole;

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Portal,
        Self::Signer,
        Self::Provisioning,
        Self::Reviewer,
        Self::Auditor,
        Self::Operator,
    ];

    /// The word used on the wire, in the store and in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Portal => "PORTAL",
            Self::Signer => "SIGNER",
            Self::Provisioning => "PROVISIONING",
            Self::Reviewer => "REVIEWER",
            Self::Auditor => "AUDITOR",
            Self::Operator => "OPERATOR",
        }
    }

    const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

impl FromStr for Role {
    type Err = BadRole;

    fn from_str(s: &str) -> Result<Self, BadRole> {
        Self::ALL.into_iter().find(|role| role.word() == s).ok_or(BadRole)
    }
}

/// A set of roles.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Role>", into = "Vec<Role>")]
pub struct Roles(u8);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);

    /// The set of `roles`.
    pub const fn of(roles: &[Role]) -> Self {
        let mut rest = roles;
        let mut bits = 0;
        while let [first, tail @ ..] = rest {
            bits |= first.bit();
            rest = tail;
        }
        Self(bits)
    }

    /// Whether `role` is in the set.
    pub const fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether the two sets share a role.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles in the set, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }
}

impl From<Vec<Role>> for Roles {
    fn from(roles: Vec<Role>) -> Self {
        Self::of(&roles)
    }
}

impl From<Roles> for Vec<Role> {
    fn from(roles: Roles) -> Self {
        roles.iter().collect()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Which key, person or job acts. Its text stands in the journal and is no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A program with an API key.
    Key(KeyId),
    /// A person who logged in.
    User(UserId),
    /// A job of the service itself.
    System(&'static str),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::System(job) => write!(f, "system:{job}"),
        }
    }
}

/// Who makes a call, as its credential proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Which key, person or job.
    pub actor: Actor,
    /// The portal client it belongs to; none for the provider's own.
    pub client: Option<ClientId>,
    /// What it may do.
    pub roles: Roles,
}

impl Principal {
    /// A job of the service itself.
    pub const fn system(job: &'static str) -> Self {
        Self { actor: Actor::System(job), client: None, roles: Roles::NONE }
    }

    /// The person, where a person acts: only people raise trust by hand.
    pub const fn user(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(id) => Some(id),
            Actor::Key(_) | Actor::System(_) => None,
        }
    }

    /// Whether a customer of `client` may be seen at all. Those who act for the provider see
    /// every customer; a principal with a client sees that client's only.
    pub fn sees(&self, client: Option<ClientId>) -> bool {
        self.client.is_none() && !self.roles.has(Role::Portal)
            || self.client.is_some() && self.client == client
    }
}

/// The complete state of an API key, as every instance follows it through the journal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFacts {
    /// Which key.
    pub key: KeyId,
    /// The portal client it belongs to; none for the provider's own.
    pub client: Option<ClientId>,
    /// What it may do.
    pub roles: Roles,
    /// Keyed hash of its secret: HMAC-SHA-256 under the server's pepper.
    pub secret_hash: [u8; 32],
    /// When it runs out; [`Ts::FOREVER`] for never.
    pub expires: Ts,
    /// Ended by hand.
    pub revoked: bool,
    /// How often it has changed.
    pub revision: u64,
}

impl KeyFacts {
    /// Whether the key can be used at `now`.
    pub fn live(&self, now: Ts) -> bool {
        !self.revoked && now < self.expires
    }

    /// Who acts with it.
    pub const fn principal(&self) -> Principal {
        Principal { actor: Actor::Key(self.key), client: self.client, roles: self.roles }
    }
}

impl fmt::Debug for KeyFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFacts")
            .field("key", &self.key)
            .field("roles", &self.roles)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

/// The complete state of a user that sessions depend on, followed by every instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserFacts {
    /// Who.
    pub user: UserId,
    /// What the user may do.
    pub roles: Roles,
    /// Sessions of an earlier epoch are over: it grows with each logout, password or role change.
    pub session_epoch: u64,
    /// May not log in any more.
    pub disabled: bool,
    /// How often the user has changed.
    pub revision: u64,
}

impl UserFacts {
    /// Who acts in a session of this user.
    pub const fn principal(&self) -> Principal {
        Principal { actor: Actor::User(self.user), client: None, roles: self.roles }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn roles_keep_their_words() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
            assert!(Roles::of(&[role]).has(role));
        }
        assert_eq!("portal".parse::<Role>(), Err(BadRole));
        assert!(!Roles::of(&[Role::Portal]).meets(Roles::of(&[Role::Signer, Role::Operator])));
    }

    #[test]
    fn a_portal_sees_its_own_client_only() {
        let (mine, other) = (ClientId(Uuid::from_u128(1)), ClientId(Uuid::from_u128(2)));
        let actor = Actor::Key(KeyId(Uuid::from_u128(3)));
        let portal = Principal { actor, client: Some(mine), roles: Roles::of(&[Role::Portal]) };
        assert!(portal.sees(Some(mine)) && !portal.sees(Some(other)) && !portal.sees(None));
        let lost = Principal { client: None, ..portal };
        assert!(!lost.sees(None) && !lost.sees(Some(mine)));
        let reviewer = Principal { client: None, roles: Roles::of(&[Role::Reviewer]), ..portal };
        assert!(reviewer.sees(Some(mine)) && reviewer.sees(None));
    }
}
