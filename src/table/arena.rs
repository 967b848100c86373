//! A list that only grows, read without a lock. An index, once given, names the same value for
//! the life of the table.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The first chunk holds 2^10 values, each further one twice as many, so that a value never moves.
const FIRST_BITS: u32 = 10;
/// Enough chunks for every `u32` index.
const CHUNKS: usize = 23;

type Chunk<T> = Box<[OnceLock<T>]>;

/// Values by index.
pub(super) struct Arena<T> {
    chunks: [OnceLock<Chunk<T>>; CHUNKS],
    len: AtomicU32,
}

impl<T> Arena<T> {
    pub(super) fn new() -> Self {
        Self { chunks: [const { OnceLock::new() }; CHUNKS], len: AtomicU32::new(0) }
    }

    /// The value at `index`, if there is one.
    pub(super) fn get(&self, index: u32) -> Option<&T> {
        let (chunk, offset) = place(index);
        self.chunks.get(chunk)?.get()?.get(offset)?.get()
    }

    /// Adds a value; one writer at a time, which the table's writer lock sees to. `None` when every
    /// index is taken.
    pub(super) fn push(&self, value: T) -> Option<u32> {
        let index = self.len.load(Ordering::Relaxed);
        let next = index.checked_add(1)?;
        let (chunk, offset) = place(index);
        let size = 1_usize << (FIRST_BITS as usize + chunk);
        let slots = self
            .chunks
            .get(chunk)?
            .get_or_init(|| std::iter::repeat_with(OnceLock::new).take(size).collect());
        slots.get(offset)?.set(value).ok()?;
        self.len.store(next, Ordering::Release);
        Some(index)
    }
}

fn place(index: u32) -> (usize, usize) {
    let group = (u64::from(index) >> FIRST_BITS) + 1;
    let chunk = group.ilog2();
    let start = ((1_u64 << chunk) - 1) << FIRST_BITS;
    let offset = u64::from(index) - start;
    (chunk as usize, usize::try_from(offset).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_keeps_its_value() {
        let arena = Arena::new();
        for n in 0..10_000_u32 {
            assert_eq!(arena.push(n), Some(n));
        }
        assert!((0..10_000).all(|n| arena.get(n) == Some(&n)));
        assert_eq!(arena.get(10_000), None);
    }

    #[test]
    fn places_cover_every_index_without_overlap() {
        assert_eq!(place(0), (0, 0));
        assert_eq!(place(1_023), (0, 1_023));
        assert_eq!(place(1_024), (1, 0));
        assert_eq!(place(3_071), (1, 2_047));
        assert_eq!(place(3_072), (2, 0));
        assert_eq!(place(u32::MAX).0, CHUNKS - 1);
    }
}
