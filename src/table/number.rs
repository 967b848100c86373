//! Number words: what the number gate knows, and the index of the grant set, in 64 bits.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;

use crate::domain::attestation::Cap;
use crate::domain::number::{Category, Tn};

const FOREIGN: u64 = 1 << 3;
const CAP_A: u64 = 1 << 4;
const SET_SHIFT: u32 = 8;
const SHARD_BITS: u32 = 6;

/// A number's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NumberWord(u64);

impl NumberWord {
    /// Packs a number; `set` is the index of its grants, if it has any.
    pub(super) fn pack(category: Category, foreign: bool, cap: Cap, set: Option<u32>) -> Self {
        let code: u64 = match category {
            Category::Assignable => 0,
            Category::Invalid => 1,
            Category::Unallocated => 2,
            Category::Unused => 3,
            Category::SubscriberDno => 4,
            Category::NotAssignable => 5,
            Category::AllocationUnknown => 6,
        };
        let set = set.map_or(0, |index| u64::from(index) + 1);
        let foreign = if foreign { FOREIGN } else { 0 };
        let cap = if cap == Cap::A { CAP_A } else { 0 };
        Self(code | foreign | cap | (set << SET_SHIFT))
    }

    pub(super) const fn category(self) -> Category {
        match self.0 & 7 {
            0 => Category::Assignable,
            2 => Category::Unallocated,
            3 => Category::Unused,
            4 => Category::SubscriberDno,
            5 => Category::NotAssignable,
            6 => Category::AllocationUnknown,
            _ => Category::Invalid,
        }
    }

    pub(super) const fn foreign(self) -> bool {
        self.0 & FOREIGN != 0
    }

    pub(super) const fn cap(self) -> Cap {
        if self.0 & CAP_A == 0 { Cap::B } else { Cap::A }
    }

    /// The index of the grant set; `None` without grants.
    pub(super) fn set(self) -> Option<u32> {
        u32::try_from((self.0 >> SET_SHIFT).checked_sub(1)?).ok()
    }
}

type Shard = RwLock<HashMap<u64, NumberWord>>;

/// Every number that has a row.
pub(super) struct Numbers {
    shards: Box<[Shard]>,
}

impl Numbers {
    pub(super) fn new() -> Self {
        Self { shards: std::iter::repeat_with(RwLock::default).take(1 << SHARD_BITS).collect() }
    }

    pub(super) fn get(&self, tn: Tn) -> Option<NumberWord> {
        let shard = self.shard(tn)?.read().unwrap_or_else(PoisonError::into_inner);
        shard.get(&tn.as_u64()).copied()
    }

    pub(super) fn set(&self, tn: Tn, word: NumberWord) {
        if let Some(shard) = self.shard(tn) {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            shard.insert(tn.as_u64(), word);
        }
    }

    fn shard(&self, tn: Tn) -> Option<&Shard> {
        // Blocks of neighbouring numbers spread over all shards.
        let mixed = tn.as_u64().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SHARD_BITS);
        self.shards.get(usize::try_from(mixed).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_what_they_were_given() {
        let categories = [
            Category::Assignable,
            Category::Invalid,
            Category::Unallocated,
            Category::Unused,
            Category::SubscriberDno,
            Category::NotAssignable,
            Category::AllocationUnknown,
        ];
        for category in categories {
            for (foreign, cap, set) in [
                (false, Cap::A, None),
                (true, Cap::B, Some(0)),
                (true, Cap::A, Some(u32::MAX)),
                (false, Cap::B, Some(77)),
            ] {
                let word = NumberWord::pack(category, foreign, cap, set);
                let back = (word.category(), word.foreign(), word.cap(), word.set());
                assert_eq!(back, (category, foreign, cap, set));
            }
        }
    }
}
