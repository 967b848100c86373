//! Keys and users as this instance knows them, followed through the journal like the table: a
//! revocation holds on every instance within a second.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::domain::access::{KeyFacts, UserFacts};
use crate::domain::ids::{KeyId, UserId};

/// Who may call. Reading never waits; there are few keys and they change seldom, so a change
/// copies the map.
#[derive(Debug, Default)]
pub struct Credentials {
    keys: ArcSwap<BTreeMap<KeyId, Arc<KeyFacts>>>,
    users: ArcSwap<BTreeMap<UserId, Arc<UserFacts>>>,
}

impl Credentials {
    /// The key with this id, live or not.
    pub fn key(&self, id: KeyId) -> Option<Arc<KeyFacts>> {
        self.keys.load().get(&id).map(Arc::clone)
    }

    /// Looks at the key with this id without taking a share of it.
    pub fn with_key<T>(&self, id: KeyId, look: impl FnOnce(&KeyFacts) -> T) -> Option<T> {
        self.keys.load().get(&id).map(|facts| look(facts))
    }

    /// The user with this id, disabled or not.
    pub fn user(&self, id: UserId) -> Option<Arc<UserFacts>> {
        self.users.load().get(&id).map(Arc::clone)
    }

    /// Follows one change of a key; an older revision than the one known changes nothing.
    pub fn apply_key(&self, facts: KeyFacts) {
        let facts = Arc::new(facts);
        self.keys.rcu(|keys| {
            let known = keys.get(&facts.key).is_some_and(|old| old.revision >= facts.revision);
            let mut next = BTreeMap::clone(keys);
            if !known {
                next.insert(facts.key, Arc::clone(&facts));
            }
            next
        });
    }

    /// Follows one change of a user; an older revision than the one known changes nothing.
    pub fn apply_user(&self, facts: UserFacts) {
        let facts = Arc::new(facts);
        self.users.rcu(|users| {
            let known = users.get(&facts.user).is_some_and(|old| old.revision >= facts.revision);
            let mut next = BTreeMap::clone(users);
            if !known {
                next.insert(facts.user, Arc::clone(&facts));
            }
            next
        });
    }

    /// Replaces everything by what a snapshot read of the store gave.
    pub fn replace(&self, keys: Vec<KeyFacts>, users: Vec<UserFacts>) {
        self.keys.store(Arc::new(keys.into_iter().map(|k| (k.key, Arc::new(k))).collect()));
        self.users.store(Arc::new(users.into_iter().map(|u| (u.user, Arc::new(u))).collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{Role, Roles};
    use crate::domain::time::Ts;
    use uuid::Uuid;

    fn facts(revision: u64, revoked: bool) -> KeyFacts {
        KeyFacts {
            key: KeyId(Uuid::from_u128(1)),
            client: None,
            roles: Roles::of(&[Role::Signer]),
            secret_hash: [7; 32],
            expires: Ts::FOREVER,
            revoked,
            revision,
        }
    }

    #[test]
    fn an_old_revision_never_brings_a_key_back() {
        let known = Credentials::default();
        known.apply_key(facts(2, true));
        known.apply_key(facts(1, false));
        let key = known.key(KeyId(Uuid::from_u128(1))).expect("known");
        assert!(key.revoked && !key.live(Ts(1)));
    }
}
