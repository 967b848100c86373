//! The journal from outside: entries, signed checkpoints, and proofs that are checked with RFC 9162's
//! own algorithms, written here once more.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use vouch::domain::journal::Checkpoint;
use vouch::wire::pb;

use super::applicant::Applicant;
use crate::support::cast::Actor;

type Hash = [u8; 32];

fn leaf(input: &[u8]) -> Hash {
    Sha256::new_with_prefix([0_u8]).chain_update(input).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1_u8]).chain_update(left).chain_update(right).finalize().into()
}

/// The tree's root by its definition (RFC 9162, 2.1.1).
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node(&root(left), &root(right))
        }
    }
}

/// RFC 9162, 2.1.3.2.
fn included(path: &[Hash], index: u64, size: u64, leaf: Hash, root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut fnode, mut snode, mut hash) = (index, size - 1, leaf);
    for step in path {
        if snode == 0 {
            return false;
        }
        if fnode & 1 == 1 || fnode == snode {
            hash = node(step, &hash);
            while fnode & 1 == 0 && fnode != 0 {
                (fnode, snode) = (fnode >> 1, snode >> 1);
            }
        } else {
            hash = node(&hash, step);
        }
        (fnode, snode) = (fnode >> 1, snode >> 1);
    }
    snode == 0 && hash == root
}

/// RFC 9162, 2.1.4.2.
fn consistent(path: &[Hash], first: u64, second: u64, roots: (Hash, Hash)) -> bool {
    if first == second {
        return path.is_empty() && roots.0 == roots.1;
    }
    let path: Vec<Hash> = first
        .is_power_of_two()
        .then_some(roots.0)
        .into_iter()
        .chain(path.iter().copied())
        .collect();
    let [begin, rest @ ..] = path.as_slice() else { return false };
    let (mut fnode, mut snode) = (first - 1, second - 1);
    while fnode & 1 == 1 {
        (fnode, snode) = (fnode >> 1, snode >> 1);
    }
    let (mut old, mut new) = (*begin, *begin);
    for step in rest {
        if snode == 0 {
            return false;
        }
        if fnode & 1 == 1 || fnode == snode {
            (old, new) = (node(step, &old), node(step, &new));
            while fnode & 1 == 0 && fnode != 0 {
                (fnode, snode) = (fnode >> 1, snode >> 1);
            }
        } else {
            new = node(&new, step);
        }
        (fnode, snode) = (fnode >> 1, snode >> 1);
    }
    snode == 0 && (old, new) == roots
}

fn hashes(told: &[Bytes]) -> Vec<Hash> {
    told.iter().map(|hash| hash.as_ref().try_into().unwrap()).collect()
}

/// The root of a checkpoint whose signature holds.
fn signed(told: Option<pb::Checkpoint>, verifier: &str) -> (u64, Hash) {
    let told = told.unwrap();
    let checkpoint = Checkpoint::verify(&told.note, verifier).expect("a signature that holds");
    assert_eq!((checkpoint.size, checkpoint.root.0.as_slice()), (told.size, &told.root_hash[..]));
    (checkpoint.size, checkpoint.root.0)
}

/// Every entry in the order of the journal.
pub(super) async fn entries(auditor: &Actor) -> Vec<pb::Entry> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let ask = pb::ListEntriesRequest { page_size: 40, page_token, ..Default::default() };
        let page = auditor.journal().list_entries(ask).await.unwrap().into_inner();
        all.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// Every entry hashes to what is signed, every one of them is proved, and every tree grows out of
/// the one before.
pub(super) async fn everything_is_proved(applicant: &Applicant<'_>) {
    let auditor = &applicant.cast.auditor;
    let ask = pb::GetCheckpointRequest {};
    let told = auditor.journal().get_checkpoint(ask).await.unwrap().into_inner();
    let verifier = told.checkpoint.as_ref().unwrap().verifier_key.clone();
    let (size, top) = signed(told.checkpoint, &verifier);
    let entries = entries(auditor).await;
    let count = usize::try_from(size).unwrap();
    assert!(entries.len() >= count && count > 60, "{count}");
    let mut leaves = Vec::new();
    for (position, entry) in (1_u64..).zip(&entries) {
        assert_eq!(entry.position, position);
        leaves.push(leaf(&entry.leaf_input));
        assert_eq!(entry.leaf_hash.as_ref(), leaves.last().unwrap());
    }
    assert_eq!(root(&leaves[..count]), top);
    let story = ["created", "submitted", "checked", "approved", "activated", "suspended"];
    for word in story.into_iter().chain(["proposal_confirmed", "terminated"]) {
        let kind = format!("customer.{word}");
        assert!(
            entries.iter().any(|one| one.kind == kind && one.subject_id == applicant.id),
            "{kind} is not in the journal"
        );
    }
    for position in [1, 2, 3, size / 2, size - 1, size] {
        let entry = pb::get_inclusion_proof_request::Entry::Position(position);
        let ask = pb::GetInclusionProofRequest { entry: Some(entry), size };
        let told = auditor.journal().get_inclusion_proof(ask).await.unwrap().into_inner();
        let path = hashes(&told.hashes);
        let own = leaves[usize::try_from(position).unwrap() - 1];
        assert_eq!(told.leaf_index, position - 1);
        assert!(included(&path, told.leaf_index, size, own, top), "{position}");
        let other = leaves[usize::try_from(position % size).unwrap()];
        assert!(!included(&path, told.leaf_index, size, other, top), "{position}");
        assert_eq!(signed(told.checkpoint, &verifier), (size, top));
    }
    for first in [1, 2, 7, 8, size / 2, size - 1, size] {
        let ask = pb::GetConsistencyProofRequest { from_size: first, to_size: size };
        let told = auditor.journal().get_consistency_proof(ask).await.unwrap().into_inner();
        let path = hashes(&told.hashes);
        let old = root(&leaves[..usize::try_from(first).unwrap()]);
        assert!(consistent(&path, first, size, (old, top)), "{first}");
        assert!(first == size || !consistent(&path, first, size, (leaf(b"no"), top)), "{first}");
        assert_eq!(signed(told.checkpoint, &verifier), (size, top));
    }
}
