//! Looking over the whole journal: what was changed, removed, moved or added past Vouch is found
//! here, whoever did it. A journal that was cut back to an earlier head, or rebuilt as a whole, is
//! found only by a checkpoint that somebody else keeps: give it to [`Store::verify_journal`].

use super::engine::Store;
use super::error::StoreError;
use super::tx::Tx;
use crate::domain::journal::{Checkpoint, Edge, Hash, Proof};
use crate::queries;

/// Entries read at a time.
const PAGE: u32 = 1_000;

queries! {
    fn revisions_astray() -> one<(i64,)> =
        "SELECT count(*) FROM (SELECT j.subject_rev, row_number() OVER (PARTITION BY j.subject ORDER BY o.seq) AS n
         FROM journal_order o JOIN journal j ON j.id = o.entry) x WHERE x.subject_rev <> x.n";
    fn entries_lost() -> one<(i64,)> =
        "SELECT count(*) FROM journal j WHERE NOT EXISTS (SELECT 1 FROM journal_order o WHERE o.entry = j.id)
         AND NOT EXISTS (SELECT 1 FROM journal_pending p WHERE p.entry = j.id)";
    fn entries_waiting() -> one<(i64,)> = "SELECT count(*) FROM journal_pending";
}

/// What was found of a journal that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// How many entries have positions.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// How many wait for theirs.
    pub waiting: u64,
}

/// Why a journal is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalFault {
    /// It could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A position is not there, or names an entry that is not there.
    #[error("position {0} of the journal is missing")]
    Gap(u64),
    /// The entry does not give its hash.
    #[error("the entry at position {0} of the journal was changed")]
    Changed(u64),
    /// The entries do not give the hashes of the tree.
    #[error("the tree does not hold the entry at position {0}: it was changed, moved or put in")]
    Tree(u64),
    /// Positions were given at times that go back.
    #[error("position {0} of the journal was given before the one in front of it")]
    Time(u64),
    /// The head does not belong to the entries.
    #[error(
        "the head of the journal does not belong to its entries: entries were removed or added"
    )]
    Head,
    /// Revisions of a subject are missing or out of order.
    #[error("{0} entries stand out of the order of their subject's revisions")]
    Revisions(u64),
    /// Entries that neither have a position nor wait for one.
    #[error("{0} entries were taken off the list of those that wait for a position")]
    Lost(u64),
    /// The journal does not continue the one that the checkpoint was made of.
    #[error("the journal does not continue the one of the checkpoint of size {0}")]
    Fork(u64),
}

impl Store {
    /// Reads the whole journal in one snapshot and says whether it is what was written; with
    /// checkpoints that others kept, also whether it continues the journal those were made of.
    /// Their signatures are the caller's to check.
    pub async fn verify_journal(&self, kept: Vec<Checkpoint>) -> Result<Whole, JournalFault> {
        self.read(move |mut tx| async move { tx.verify_journal(&kept).await }).await
    }
}

impl Tx {
    async fn verify_journal(&mut self, kept: &[Checkpoint]) -> Result<Whole, JournalFault> {
        let head = self.head().await?;
        let mut edge = Edge::default();
        let mut last = crate::domain::time::Ts::NEVER;
        loop {
            let page = self.entries_after(edge.size(), PAGE).await?;
            if page.is_empty() {
                break;
            }
            for item in page {
                let seq = edge.size() + 1;
                if item.seq != seq {
                    return Err(JournalFault::Gap(seq));
                }
                let leaf = item.entry.leaf();
                if leaf != item.leaf {
                    return Err(JournalFault::Changed(seq));
                }
                if item.sequenced_at < last {
                    return Err(JournalFault::Time(seq));
                }
                last = item.sequenced_at;
                for (index, hash) in edge.push(leaf) {
                    if self.hash_at(index).await? != Some(hash) {
                        return Err(JournalFault::Tree(seq));
                    }
                }
                match_kept(kept, &edge)?;
            }
        }
        if edge.size() != head.seq || edge.root() != head.root {
            return Err(JournalFault::Head);
        }
        match_rest(kept, &edge)?;
        let counted = |(n,): (i64,)| u64::try_from(n).unwrap_or(0);
        match counted(self.revisions_astray().await?) {
            0 => {}
            astray => return Err(JournalFault::Revisions(astray)),
        }
        match counted(self.entries_lost().await?) {
            0 => {}
            count => return Err(JournalFault::Lost(count)),
        }
        let waiting = counted(self.entries_waiting().await?);
        Ok(Whole { size: edge.size(), root: edge.root(), waiting })
    }

    async fn hash_at(&mut self, index: u64) -> Result<Option<Hash>, StoreError> {
        Ok(self.stored_hashes(&[index]).await?.remove(&index))
    }
}

impl Store {
    /// The signed-over part of a checkpoint: size and root now.
    pub async fn checkpoint(&self, origin: &str) -> Result<Checkpoint, StoreError> {
        let head = self.head().await?;
        Ok(Checkpoint { origin: origin.to_owned(), size: head.seq, root: head.root })
    }

    /// A proof, or a root, over the journal as it is.
    pub async fn prove(&self, proof: Proof) -> Result<Vec<Hash>, StoreError> {
        self.read(move |mut tx| async move { tx.prove(proof).await }).await
    }
}

fn match_kept(kept: &[Checkpoint], edge: &Edge) -> Result<(), JournalFault> {
    let mut same = kept.iter().filter(|checkpoint| checkpoint.size == edge.size());
    match same.find(|checkpoint| checkpoint.root != edge.root()) {
        Some(forked) => Err(JournalFault::Fork(forked.size)),
        None => Ok(()),
    }
}

fn match_rest(kept: &[Checkpoint], edge: &Edge) -> Result<(), JournalFault> {
    let beyond = kept.iter().find(|checkpoint| checkpoint.size > edge.size());
    beyond.map_or(Ok(()), |cut| Err(JournalFault::Fork(cut.size)))
}
