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

/// A bit for each block; no memory before the first is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bits(Vec<u64>);

impl Bits {
    fn get(&self, block: Block) -> bool {
        let word = self.0.get(block.index() / WORD).copied().unwrap_or_default();
        word >> (block.index() % WORD) & 1 == 1
    }

    fn set(&mut self, block: Block, on: bool) {
        if on && self.0.is_empty() {
            self.0 = vec![0; BLOCKS / WORD];
        }
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

/// The date of a file in force, and whether it has grown too old to refuse a number. That it has is
/// said by an entry of the journal, never by a clock: time alone raises nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Its publisher's date.
    pub as_of: Ts,
    /// Too old.
    pub aged: bool,
}

/// The allocation files in force: central office codes, and thousands-blocks, which beat them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    codes: Bits,
    codes_in_force: Option<InForce>,
    blocks: Bits,
    told: Bits,
    blocks_in_force: Option<InForce>,
}

impl Allocation {
    /// A file of central office codes is in force.
    pub fn codes_of(&mut self, file: InForce) {
        self.codes_in_force = Some(file);
    }

    /// A file of thousands-blocks is in force.
    pub fn blocks_of(&mut self, file: InForce) {
        self.blocks_in_force = Some(file);
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

    /// The file of codes, and the file of blocks.
    pub const fn in_force(&self) -> (Option<InForce>, Option<InForce>) {
        (self.codes_in_force, self.blocks_in_force)
    }

    /// How many codes are allocated, and how many blocks by a row of their own.
    pub fn counts(&self) -> (u64, u64) {
        (self.codes.count(), self.blocks.count())
    }

    /// What the files say of a number; a file that is too old says nothing any more.
    pub fn standing(&self, tn: Tn) -> Standing {
        let Some((npa, nxx)) = tn.nanp() else { return Standing::Unknown };
        let Some(block) = Block::with(tn) else { return Standing::Unknown };
        if let Some(file) = self.blocks_in_force
            && self.told.get(block)
        {
            return match (file.aged, self.blocks.get(block)) {
                (true, _) => Standing::Stale,
                (false, true) => Standing::Block,
                (false, false) => Standing::FreeBlock,
            };
        }
        let listed = Block::of(npa, nxx, 0).is_some_and(|first| self.codes.get(first));
        match self.codes_in_force {
            None => Standing::Unknown,
            Some(file) if file.aged => Standing::Stale,
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
        let block = Block::with(inside).unwrap();
        let (young, old) = ([false, true]).map(|aged| InForce { as_of: Ts(1), aged }).into();
        assert_eq!(files.standing(inside), Standing::Unknown);
        files.codes_of(young);
        assert_eq!(files.standing(inside), Standing::FreeCode);
        files.set_code(212, 664, true);
        assert_eq!(files.standing(inside), Standing::Code);
        files.codes_of(old);
        assert_eq!(files.standing(inside), Standing::Stale);
        files.blocks_of(young);
        files.set_block(block, Some(false));
        assert_eq!(files.standing(inside), Standing::FreeBlock);
        assert_eq!(files.standing(beside), Standing::Stale);
        files.set_block(block, Some(true));
        assert_eq!(files.standing(inside), Standing::Block);
        files.blocks_of(old);
        assert_eq!(files.standing(inside), Standing::Stale);
        files.set_block(block, None);
        files.codes_of(young);
        assert_eq!(files.standing(inside), Standing::Code);
        assert_eq!(files.counts(), (1, 0));
        assert_eq!(files.in_force(), (Some(young), Some(old)));
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
