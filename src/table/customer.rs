//! Customer entries. State, cap, fence and revision are one word, so that a suspension is one
//! store, whatever the customer's size; the other fields stand under a sequence word.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering, fence};

use uuid::Uuid;

use crate::domain::attestation::{Cap, CustomerFacts};
use crate::domain::ids::{CustomerId, Origid};
use crate::domain::time::Ts;

const ACTIVE: u64 = 1;
const CAP_A: u64 = 1 << 1;
const KNOWN: u64 = 1 << 2;
const FENCED: u64 = 1 << 3;
const REVISION_SHIFT: u32 = 4;

/// How often a reader looks again before it gives up its turn; a write takes nanoseconds.
const SPINS: u32 = 64;

/// What no customer may do anything with: not active.
const NOT_ACTIVE: CustomerFacts = CustomerFacts {
    active: false,
    active_until: Ts::NEVER,
    uncapped_until: Ts::NEVER,
    cap: Cap::B,
    origid: Origid(Uuid::nil()),
};

/// One customer. Grants and trunks name it by its index before its own facts have come.
pub(super) struct CustomerEntry {
    id: CustomerId,
    word: AtomicU64,
    sequence: AtomicU64,
    active_until: AtomicI64,
    uncapped_until: AtomicI64,
    origid: [AtomicU64; 2],
}

/// What a reader finds.
pub(super) struct CustomerRead {
    /// The facts; absent while the customer is unknown.
    pub(super) facts: Option<CustomerFacts>,
    /// A command that lowers trust is under way here.
    pub(super) fenced: bool,
}

impl CustomerEntry {
    pub(super) const fn new(id: CustomerId) -> Self {
        Self {
            id,
            word: AtomicU64::new(0),
            sequence: AtomicU64::new(0),
            active_until: AtomicI64::new(0),
            uncapped_until: AtomicI64::new(0),
            origid: [const { AtomicU64::new(0) }; 2],
        }
    }

    pub(super) const fn id(&self) -> CustomerId {
        self.id
    }

    /// The revision that was applied last; 0 before the first.
    pub(super) fn revision(&self) -> u64 {
        self.word.load(Ordering::Acquire) >> REVISION_SHIFT
    }

    /// Never a new revision with an old state, nor fields of two revisions. A customer that may not
    /// do anything is told from the word alone, so that no reader ever waits to refuse.
    pub(super) fn read(&self) -> CustomerRead {
        let mut turns = 0_u32;
        loop {
            let before = self.sequence.load(Ordering::Acquire);
            let word = self.word.load(Ordering::Acquire);
            let fenced = word & FENCED != 0;
            if word & KNOWN == 0 {
                return CustomerRead { facts: None, fenced };
            }
            if word & ACTIVE == 0 || fenced {
                return CustomerRead { facts: Some(NOT_ACTIVE), fenced };
            }
            let facts = CustomerFacts {
                active: true,
                active_until: Ts(self.active_until.load(Ordering::Relaxed)),
                uncapped_until: Ts(self.uncapped_until.load(Ordering::Relaxed)),
                cap: if word & CAP_A == 0 { Cap::B } else { Cap::A },
                origid: self.origid(),
            };
            fence(Ordering::Acquire);
            if before & 1 == 0 && self.sequence.load(Ordering::Relaxed) == before {
                return CustomerRead { facts: Some(facts), fenced };
            }
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(SPINS) {
                // The writer may have lost its core in the middle of a write.
                std::thread::yield_now();
            }
            std::hint::spin_loop();
        }
    }

    /// Puts the facts of a revision in place; one writer at a time. A fence stays as it is.
    pub(super) fn write(&self, facts: &CustomerFacts, revision: u64) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        let mut word = (revision << REVISION_SHIFT) | KNOWN;
        word |= if facts.active { ACTIVE } else { 0 };
        word |= if facts.cap == Cap::A { CAP_A } else { 0 };
        word |= self.word.load(Ordering::Relaxed) & FENCED;
        self.word.store(word, Ordering::Relaxed);
        self.active_until.store(facts.active_until.0, Ordering::Relaxed);
        self.uncapped_until.store(facts.uncapped_until.0, Ordering::Relaxed);
        let (high, low) = facts.origid.0.as_u64_pair();
        for (slot, half) in self.origid.iter().zip([high, low]) {
            slot.store(half, Ordering::Relaxed);
        }
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// Raises or lifts the fence; one writer at a time.
    pub(super) fn set_fenced(&self, fenced: bool) {
        if fenced {
            self.word.fetch_or(FENCED, Ordering::AcqRel);
        } else {
            self.word.fetch_and(!FENCED, Ordering::AcqRel);
        }
    }

    fn origid(&self) -> Origid {
        let [high, low] = &self.origid;
        Origid(Uuid::from_u64_pair(high.load(Ordering::Relaxed), low.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    fn facts(n: u64) -> CustomerFacts {
        let until = Ts(i64::try_from(n).expect("small"));
        CustomerFacts {
            active: true,
            active_until: until,
            uncapped_until: until,
            cap: if n.is_multiple_of(2) { Cap::A } else { Cap::B },
            origid: Origid(Uuid::from_u64_pair(n, n)),
        }
    }

    #[test]
    fn a_reader_never_sees_two_revisions_at_once() {
        let entry = CustomerEntry::new(CustomerId(Uuid::nil()));
        entry.write(&facts(1), 1);
        let enough = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut revisions = 2..;
                while let (Some(n), false) = (revisions.next(), enough.load(Ordering::Relaxed)) {
                    entry.write(&facts(n), n);
                }
            });
            let (mut last, mut torn) = (0, None);
            for _ in 0..1_000 {
                let (n, read) = loop {
                    let read = entry.read().facts.expect("known");
                    let n = u64::try_from(read.active_until.0).expect("small");
                    if n != last {
                        break (n, read);
                    }
                };
                if read != facts(n) || n < last {
                    torn = Some((last, read));
                    break;
                }
                last = n;
            }
            enough.store(true, Ordering::Relaxed);
            assert_eq!(torn, None);
        });
    }

    #[test]
    fn a_fence_outlives_a_write_and_hides_the_state() {
        let entry = CustomerEntry::new(CustomerId(Uuid::nil()));
        entry.write(&facts(2), 1);
        entry.set_fenced(true);
        entry.write(&facts(4), 2);
        let read = entry.read();
        assert!(read.fenced && read.facts == Some(NOT_ACTIVE));
        entry.set_fenced(false);
        assert_eq!(entry.read().facts, Some(facts(4)));
        assert_eq!(entry.revision(), 2);
    }
}
