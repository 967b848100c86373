//! Which blocks of a thousand numbers the administrator has allocated: bits, so that an answer
//! costs two reads.

use crate::domain::number::Tn;
use crate::domain::time::Ts;

/// Area codes from 200, exchange codes from 200, ten blocks each.
const BLOCKS: usize = 800 * 800 * 10;
const WORD: usize = 64;

/// A block of a thousand numbers, or all ten of an exchange code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block(u32);

impl Block {
    /// The block `x` of an exchange code; none where a code is not from 200 to 999 or `x` no digit.
    pub fn of(npa: u16, nxx: u16, x: u8) -> Option<Self> {
        let in_plan = (200..=999).contains(&npa) && (200..=999).contains(&nxx) && x < 10;
        let index = || (u32::from(npa) - 200) * 8_000 + (u32::from(nxx) - 200) * 10 + u32::from(x);
        in_plan.then(index).map(Self)
    }

    /// The block of a North American number.
    pub fn with(tn: Tn) -> Option<Self> {
        let (npa, nxx) = tn.nanp()?;
        Self::of(npa, nxx, u8::try_from(tn.as_u64() / 1_000 % 10).ok()?)
    }

    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A bit for each block.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bits(Box<[u64]>);

impl Bits {
    fn none() -> Self {
        Self(vec![0; BLOCKS / WORD].into())
    }

    fn get(&self, block: Block) -> bool {
        let word = self.0.get(block.index() / WORD).copied().unwrap_or_default();
        word >> (block.index() % WORD) & 1 == 1
    }

    fn set(&mut self, block: Block, on: bool) {
        let Some(word) = self.0.get_mut(block.index() / WORD) else { return };
        let bit = 1 << (block.index() % WORD);
        if on { *word |= bit } else { *word &= !bit }
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// What the allocation files say of a number's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The block's own row says that it is allocated.
    Block,
    /// Its exchange code is, and the block has no row of its own.
    Code,
    /// The block's own row says that nobody has it.
    FreeBlock,
    /// Its exchange code has no row.
    FreeCode,
    /// The file that could tell is too old.
    Stale,
    /// No file was loaded that could tell.
    Unknown,
}

/// One file, and until when it may refuse a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dated {
    as_of: Ts,
    until: Ts,
}

/// The allocation files in force: central office codes, and thousands-blocks, which beat them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    codes: Bits,
    codes_dated: Option<Dated>,
    blocks: Bits,
    told: Bits,
    blocks_dated: Option<Dated>,
}

impl Default for Allocation {
    fn default() -> Self {
        Self {
            codes: Bits::none(),
            codes_dated: None,
            blocks: Bits::none(),
            told: Bits::none(),
            blocks_dated: None,
        }
    }
}

impl Allocation {
    /// A file of central office codes of this date is in force; until `until` it may refuse.
    pub fn codes_of(&mut self, as_of: Ts, until: Ts) {
        self.codes_dated = Some(Dated { as_of, until });
    }

    /// A file of thousands-blocks of this date is in force; until `until` it may refuse.
    pub fn blocks_of(&mut self, as_of: Ts, until: Ts) {
        self.blocks_dated = Some(Dated { as_of, until });
    }

    /// A central office code's row came or went.
    pub fn set_code(&mut self, npa: u16, nxx: u16, allocated: bool) {
        if let Some(first) = Block::of(npa, nxx, 0) {
            self.codes.set(first, allocated);
        }
    }

    /// A block's row came (allocated or free) or went.
    pub fn set_block(&mut self, block: Block, allocated: Option<bool>) {
        self.told.set(block, allocated.is_some());
        self.blocks.set(block, allocated == Some(true));
    }

    /// The date of the file of codes, and of the file of blocks.
    pub fn dates(&self) -> (Option<Ts>, Option<Ts>) {
        (self.codes_dated.map(|d| d.as_of), self.blocks_dated.map(|d| d.as_of))
    }

    /// How many codes are allocated, and how many blocks by a row of their own.
    pub fn counts(&self) -> (u64, u64) {
        (self.codes.count(), self.blocks.count())
    }

    /// What the files say of a number at `now`; a file that is too old says nothing any more.
    pub fn standing(&self, tn: Tn, now: Ts) -> Standing {
        let Some((npa, nxx)) = tn.nanp() else { return Standing::Unknown };
        let Some(block) = Block::with(tn) else { return Standing::Unknown };
        let young = |dated: Dated| now < dated.until;
        if let Some(dated) = self.blocks_dated
            && self.told.get(block)
        {
            return match (young(dated), self.blocks.get(block)) {
                (false, _) => Standing::Stale,
                (true, true) => Standing::Block,
                (true, false) => Standing::FreeBlock,
            };
        }
        let listed = Block::of(npa, nxx, 0).is_some_and(|first| self.codes.get(first));
        match self.codes_dated {
            None => Standing::Unknown,
            Some(dated) if !young(dated) => Standing::Stale,
            Some(_) if listed => Standing::Code,
            Some(_) => Standing::FreeCode,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tn(text: &str) -> Tn {
        Tn::parse(text).unwrap()
    }

    #[test]
    fn a_block_beats_its_code() {
        let mut files = Allocation::default();
        let (inside, beside) = (tn("+12126647665"), tn("+12126641000"));
        assert_eq!(files.standing(inside, Ts(0)), Standing::Unknown);
        files.codes_of(Ts(0), Ts(10));
        assert_eq!(files.standing(inside, Ts(9)), Standing::FreeCode);
        assert_eq!(files.standing(inside, Ts(10)), Standing::Stale);
        files.set_code(212, 664, true);
        assert_eq!(files.standing(inside, Ts(9)), Standing::Code);
        assert_eq!(files.standing(inside, Ts(10)), Standing::Stale);
        files.blocks_of(Ts(0), Ts(20));
        files.set_block(Block::with(inside).unwrap(), Some(false));
        assert_eq!(files.standing(inside, Ts(19)), Standing::FreeBlock);
        assert_eq!(files.standing(inside, Ts(20)), Standing::Stale);
        assert_eq!(files.standing(beside, Ts(9)), Standing::Code);
        files.set_block(Block::with(inside).unwrap(), Some(true));
        assert_eq!(files.standing(inside, Ts(19)), Standing::Block);
        files.set_block(Block::with(inside).unwrap(), None);
        assert_eq!(files.standing(inside, Ts(9)), Standing::Code);
        assert_eq!(files.counts(), (1, 0));
    }

    #[test]
    fn the_corners_of_the_plan_have_bits() {
        for (npa, nxx, x) in [(200, 200, 0), (999, 999, 9), (200, 999, 9), (999, 200, 0)] {
            let block = Block::of(npa, nxx, x).unwrap();
            let mut files = Allocation::default();
            files.set_block(block, Some(true));
            assert_eq!(files.counts().1, 1, "{npa} {nxx} {x}");
        }
        assert_eq!(Block::of(199, 200, 0), None);
        assert_eq!(Block::of(200, 1_000, 0), None);
        assert_eq!(Block::of(200, 200, 10), None);
        assert_eq!(Block::with(tn("+442079460000")), None);
    }
}
