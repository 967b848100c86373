//! What campaigns share: how long they are, and chance that can be repeated.

use vouch::clock::Clock;

/// A number from the environment, or the one for a plain test run.
pub(crate) fn setting(name: &str, standard: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test is told its size and its seed")]
    let given = std::env::var(name);
    given.map_or(standard, |text| {
        text.replace('_', "").parse().unwrap_or_else(|e| panic!("{name}={text}: {e}"))
    })
}

/// Chance from a seed; the same seed throws the same.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Chance from this seed.
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed from `name`, or a new one; told, so that a run can be repeated.
    pub(crate) fn seed(name: &str) -> u64 {
        let mut fresh = [0_u8; 8];
        Clock::system().random(&mut fresh).unwrap();
        let seed = setting(name, u64::from_le_bytes(fresh) >> 1);
        println!("{name}={seed}");
        seed
    }

    /// 64 bits (splitmix64).
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.bits() % n.max(1)
    }

    /// One of these.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}
