//! The Merkle tree of RFC 6962 over the entries in their order: growing it, proofs, and their checks.
//! Hashes are stored by the index that transparency logs give them (`tlog_tiles`).

use std::collections::BTreeMap;

use tlog_tiles::tlog;

/// A node or leaf of the tree: a SHA-256 value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

/// Far more entries than there will be; keeps index arithmetic inside of 64 bits.
const LARGEST: u64 = 1 << 48;

/// Why a proof does not hold, or cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProof {
    /// The position or size does not lie within the tree.
    #[error("the tree has {size} entries; ask for positions and sizes within it")]
    Outside {
        /// The size of the tree.
        size: u64,
    },
    /// A hash that the tree must have is not stored.
    #[error("a hash of the journal's tree is missing; compare the store with a backup")]
    Missing,
    /// The proof does not lead to the root: something was changed, removed or reordered.
    #[error("the proof does not lead to the root: the journal was changed")]
    Mismatch,
}

/// The right edge of the tree: the roots of its complete subtrees, left to right. Enough to append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    roots: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of `size` entries from its bytes.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (roots, rest) = bytes.as_chunks::<32>();
        let fits = size <= LARGEST && rest.is_empty() && roots.len() == size.count_ones() as usize;
        fits.then(|| Self { size, roots: roots.iter().map(|root| Hash(*root)).collect() })
    }

    /// The bytes that [`Edge::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.iter().flat_map(|root| root.0).collect()
    }

    /// How many entries the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; says which hashes have to be stored, with their indexes.
    pub fn push(&mut self, leaf: Hash) -> Vec<(u64, Hash)> {
        let n = self.size;
        let mut hash = leaf;
        let mut new = vec![(tlog::stored_hash_index(0, n), hash)];
        let mut level = 0_u8;
        while n >> level & 1 == 1 {
            let Some(left) = self.roots.pop() else { break };
            hash = node(left, hash);
            level += 1;
            new.push((tlog::stored_hash_index(level, n >> level), hash));
        }
        self.roots.push(hash);
        self.size += 1;
        new
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        match roots.next() {
            None => Hash(tlog::EMPTY_HASH.0),
            Some(last) => roots.fold(*last, |right, left| node(*left, right)),
        }
    }
}

fn node(left: Hash, right: Hash) -> Hash {
    Hash(tlog::node_hash(tlog::Hash(left.0), tlog::Hash(right.0)).0)
}

/// Stored hashes by index, as a proof needs them.
pub type Hashes = BTreeMap<u64, Hash>;

/// What is to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The root of the first `size` entries.
    Root {
        /// The size.
        size: u64,
    },
    /// The entry at `index` (from 0) is in the tree of the first `size`.
    Inclusion {
        /// The size.
        size: u64,
        /// Position of the entry, one less than its `seq`.
        index: u64,
    },
    /// The tree of `old` entries is the beginning of the tree of `size`.
    Consistency {
        /// The smaller size.
        old: u64,
        /// The larger size.
        size: u64,
    },
}

/// Answers from a map, and notes what it was asked for.
struct Reader<'a> {
    hashes: &'a Hashes,
    asked: std::cell::RefCell<Vec<u64>>,
}

impl tlog::HashReader for Reader<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        self.asked.borrow_mut().extend_from_slice(indexes);
        let found = |index| self.hashes.get(index).map(|hash| tlog::Hash(hash.0));
        indexes.iter().map(found).collect::<Option<_>>().ok_or(tlog::Error::IndexesNotInTree)
    }
}

impl Proof {
    fn check(self) -> Result<(), BadProof> {
        let (size, within) = match self {
            Self::Root { size } => (size, true),
            Self::Inclusion { size, index } => (size, index < size),
            Self::Consistency { old, size } => (size, old <= size),
        };
        if within && size <= LARGEST { Ok(()) } else { Err(BadProof::Outside { size }) }
    }

    fn run(self, reader: &Reader<'_>) -> Result<Vec<Hash>, BadProof> {
        self.check()?;
        let made = match self {
            Self::Root { size } => tlog::tree_hash(size, reader).map(|root| vec![root]),
            Self::Inclusion { size, index } => tlog::prove_record(size, index, reader),
            Self::Consistency { old: 0, .. } => Ok(Vec::new()),
            Self::Consistency { old, size } => tlog::prove_tree(size, old, reader),
        };
        let hashes = made.map_err(|_hash| BadProof::Missing)?;
        Ok(hashes.into_iter().map(|hash| Hash(hash.0)).collect())
    }

    /// The indexes of the stored hashes that [`Proof::make`] reads.
    pub fn needs(self) -> Result<Vec<u64>, BadProof> {
        let none = Hashes::new();
        let reader = Reader { hashes: &none, asked: std::cell::RefCell::default() };
        match self.run(&reader) {
            Ok(_) | Err(BadProof::Missing) => Ok(reader.asked.into_inner()),
            Err(bad) => Err(bad),
        }
    }

    /// Makes the proof from the stored hashes; for [`Proof::Root`] the root alone.
    pub fn make(self, hashes: &Hashes) -> Result<Vec<Hash>, BadProof> {
        self.run(&Reader { hashes, asked: std::cell::RefCell::default() })
    }
}

fn tlog_proof(proof: &[Hash]) -> Vec<tlog::Hash> {
    proof.iter().map(|hash| tlog::Hash(hash.0)).collect()
}

/// Checks that the tree of `size` entries with `root` has `leaf` at `index` (from 0).
pub fn check_inclusion(
    proof: &[Hash],
    size: u64,
    root: Hash,
    index: u64,
    leaf: Hash,
) -> Result<(), BadProof> {
    Proof::Inclusion { size, index }.check()?;
    let (root, leaf) = (tlog::Hash(root.0), tlog::Hash(leaf.0));
    tlog::check_record(&tlog_proof(proof), size, root, index, leaf)
        .map_err(|_why| BadProof::Mismatch)
}

/// Checks that the tree of `old` entries with `old_root` is the beginning of the tree of `size`
/// entries with `root`.
pub fn check_consistency(
    proof: &[Hash],
    size: u64,
    root: Hash,
    old: u64,
    old_root: Hash,
) -> Result<(), BadProof> {
    Proof::Consistency { old, size }.check()?;
    if old == 0 {
        let empty = proof.is_empty() && old_root.0 == tlog::EMPTY_HASH.0;
        return if empty { Ok(()) } else { Err(BadProof::Mismatch) };
    }
    let (root, old_root) = (tlog::Hash(root.0), tlog::Hash(old_root.0));
    tlog::check_tree(&tlog_proof(proof), size, root, old, old_root)
        .map_err(|_why| BadProof::Mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2_011::Sha256;

    const SIZE: u64 = 70;

    fn data(n: u64) -> Vec<u8> {
        format!("entry {n}").into_bytes()
    }

    fn leaf(n: u64) -> Hash {
        Hash(tlog::record_hash(&data(n)).0)
    }

    /// A tree with its stored hashes, and after each entry the root by another's code.
    fn grown() -> (Hashes, Vec<Hash>) {
        let (mut edge, mut hashes) = (Edge::default(), Hashes::new());
        let mut second = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut roots = vec![edge.root()];
        for n in 0..SIZE {
            for (index, hash) in edge.push(leaf(n)) {
                assert_eq!(hashes.insert(index, hash), None);
            }
            second.push(data(n));
            assert_eq!(edge.root().0.as_slice(), second.root().as_bytes().as_slice(), "size {n}");
            assert_eq!(Edge::from_bytes(edge.size(), &edge.to_bytes()), Some(edge.clone()));
            roots.push(edge.root());
        }
        (hashes, roots)
    }

    fn make(proof: Proof, hashes: &Hashes) -> Vec<Hash> {
        let needs = proof.needs().unwrap();
        let few: Hashes = needs.iter().map(|index| (*index, hashes[index])).collect();
        proof.make(&few).unwrap()
    }

    #[test]
    fn every_proof_of_every_size_holds_and_no_other_does() {
        let (hashes, roots) = grown();
        for size in 0..=SIZE {
            let root = roots[usize::try_from(size).unwrap()];
            assert_eq!(make(Proof::Root { size }, &hashes), [root]);
            for index in 0..size {
                let proof = make(Proof::Inclusion { size, index }, &hashes);
                assert_eq!(check_inclusion(&proof, size, root, index, leaf(index)), Ok(()));
                let other = leaf(index + 1);
                assert!(check_inclusion(&proof, size, root, index, other).is_err());
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(check_inclusion(shorter, size, root, index, leaf(index)).is_err());
                }
            }
            for old in 0..=size {
                let old_root = roots[usize::try_from(old).unwrap()];
                let proof = make(Proof::Consistency { old, size }, &hashes);
                assert_eq!(check_consistency(&proof, size, root, old, old_root), Ok(()));
                let forged = Hash([7; 32]);
                assert!(check_consistency(&proof, size, root, old, forged).is_err());
            }
        }
    }

    #[test]
    fn proofs_agree_with_another_implementation() {
        let (hashes, roots) = grown();
        let mut second = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        (0..SIZE).for_each(|n| second.push(data(n)));
        for n in 0..SIZE {
            let index = usize::try_from(n).unwrap();
            let ours = make(Proof::Inclusion { size: SIZE, index: n }, &hashes);
            let bytes: Vec<u8> = ours.iter().flat_map(|hash| hash.0).collect();
            assert_eq!(second.prove_inclusion(index).as_bytes(), bytes);
            if n > 0 {
                let ours = make(Proof::Consistency { old: n, size: SIZE }, &hashes);
                let bytes: Vec<u8> = ours.iter().flat_map(|hash| hash.0).collect();
                let added = usize::try_from(SIZE - n).unwrap();
                assert_eq!(second.prove_consistency(added).as_bytes(), bytes, "from {n}");
            }
        }
        assert_eq!(second.root().as_bytes().as_slice(), roots.last().unwrap().0);
    }

    #[test]
    fn what_lies_outside_is_refused() {
        assert_eq!(
            Proof::Inclusion { size: 3, index: 3 }.needs(),
            Err(BadProof::Outside { size: 3 })
        );
        assert!(Proof::Consistency { old: 4, size: 3 }.needs().is_err());
        assert!(Proof::Root { size: u64::MAX }.needs().is_err());
        assert_eq!(Proof::Root { size: 3 }.make(&Hashes::new()), Err(BadProof::Missing));
        assert_eq!(Edge::from_bytes(3, &[0; 32]), None);
    }
}
