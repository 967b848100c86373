//! Grant sets: what a number's grants are, immutable and kept once however many numbers share
//! them.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::arena::Arena;
use crate::domain::attestation::{GrantView, KindSet};
use crate::domain::time::Ts;

/// A grant with its customers as indices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PackedGrant {
    pub(super) holder: u32,
    pub(super) kinds: KindSet,
    pub(super) full_until: Ts,
    pub(super) partial_until: Ts,
    /// Sorted.
    pub(super) lent: Box<[u32]>,
}

/// All grants of a number, never none. The first stands inline, because most numbers have one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct GrantSet {
    first: PackedGrant,
    rest: Box<[PackedGrant]>,
}

impl GrantSet {
    /// The set of `grants`, which are sorted by holder; `None` of none.
    pub(super) fn of(grants: Vec<PackedGrant>) -> Option<Self> {
        let mut grants = grants.into_iter();
        Some(Self { first: grants.next()?, rest: grants.collect() })
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len() + 1
    }

    fn at(&self, index: usize) -> Option<&PackedGrant> {
        match index.checked_sub(1) {
            None => Some(&self.first),
            Some(rest) => self.rest.get(rest),
        }
    }

    pub(super) fn grant(&self, index: usize) -> Option<GrantView<u32>> {
        self.at(index).map(|g| GrantView {
            holder: g.holder,
            kinds: g.kinds,
            full_until: g.full_until,
            partial_until: g.partial_until,
        })
    }

    pub(super) fn lent(&self, index: usize, to: u32) -> bool {
        self.at(index).is_some_and(|g| g.lent.contains(&to))
    }
}

/// Finds the index of a set that is there already; belongs to the writer.
#[derive(Default)]
pub(super) struct GrantIndex {
    known: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl GrantIndex {
    /// The index of `set`, which is added if it is new. `None` when every index is taken.
    pub(super) fn intern(&mut self, sets: &Arena<GrantSet>, set: GrantSet) -> Option<u32> {
        let hash = self.hasher.hash_one(&set);
        if let Some(index) = self.known.find(hash, |i| sets.get(*i) == Some(&set)) {
            return Some(*index);
        }
        let index = sets.push(set)?;
        let hasher = &self.hasher;
        let rehash = |i: &u32| sets.get(*i).map_or(0, |set| hasher.hash_one(set));
        self.known.insert_unique(hash, index, rehash);
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_share_an_index() {
        let (sets, mut index) = (Arena::new(), GrantIndex::default());
        let set = |holder: u32| {
            let kinds = KindSet::EMPTY;
            let (full_until, partial_until) = (Ts(1), Ts::NEVER);
            GrantSet::of(vec![PackedGrant {
                holder,
                kinds,
                full_until,
                partial_until,
                lent: Box::default(),
            }])
            .expect("one grant")
        };
        let indices: Vec<_> = (0..5_000).map(|n| index.intern(&sets, set(n % 2_500))).collect();
        assert_eq!(indices[..2_500], indices[2_500..]);
        assert_eq!(indices[2_499], Some(2_499));
    }
}
