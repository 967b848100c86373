//! The journal as auditors read it: entries, signed checkpoints, proofs.

use crate::domain::access::{Principal, Role};
use crate::domain::command::query::{ConsistencyAsk, EntryName, InclusionAsk, ListEntries};
use crate::domain::journal::{Checkpoint, Hash, Proof, SubjectKind, signer_key, verifier_key};
use crate::store::journal::{Head, Sequenced};
use crate::store::{StoreError, Tx};

use super::error::AppError;
use super::page::Keyset;
use super::parts::App;

/// Entries read at a time.
const CHUNK: u32 = 500;
/// Most entries looked at for one page: a page ends there, full or not, and names the next one.
pub const MOST_READ: usize = 10_000;

/// An entry with its detail in the open; empty where its key was erased.
#[derive(Debug)]
pub struct Shown {
    /// The entry at its position.
    pub entry: Sequenced,
    /// Its detail as JSON.
    pub detail: String,
}

/// A checkpoint, signed.
#[derive(Debug)]
pub struct Signed {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// The signed note.
    pub note: String,
    /// The key that verifies it.
    pub verifier: String,
}

/// A proof with the checkpoint it leads to.
#[derive(Debug)]
pub struct Proved {
    /// The hashes.
    pub hashes: Vec<Hash>,
    /// Size of the earlier tree, or the entry's index from 0.
    pub from: u64,
    /// Size of the tree it was made for.
    pub size: u64,
    /// The latest checkpoint, or one of exactly that size.
    pub signed: Signed,
}

fn sign(app: &App, size: u64, root: Hash) -> Result<Signed, AppError> {
    let defect = |_bad| AppError::from(StoreError::Defect("a checkpoint cannot be signed"));
    let seed = <[u8; 32]>::try_from(app.store.sealer().signing_seed().expose());
    let seed = seed.map_err(|_length| StoreError::Defect("the signing key has 32 bytes"))?;
    let key = signer_key(&seed);
    let origin = format!("vouch/{}", app.store.epoch());
    let verifier = verifier_key(&origin, &key).map_err(defect)?;
    let checkpoint = Checkpoint { origin, size, root };
    let note = checkpoint.sign(&key).map_err(defect)?;
    Ok(Signed { checkpoint, note, verifier })
}

/// The latest checkpoint.
pub async fn checkpoint(app: &App) -> Result<Signed, AppError> {
    let head = app.store.head().await?;
    sign(app, head.seq, head.root)
}

/// Whether `who` reads the personal part of entries.
fn reads_detail(who: &Principal) -> bool {
    who.roles.has(Role::Auditor)
}

/// A page of entries in the order of the journal.
pub async fn list(
    app: &App,
    who: &Principal,
    ask: ListEntries,
) -> Result<(Vec<Shown>, String), AppError> {
    let bound = format!("entries|{:?}|{:?}|{}", ask.kind, ask.subject, ask.from);
    let keyset = Keyset::open(app, &bound, &ask.page)?;
    let from = ask.from.saturating_sub(1);
    let after = u64::try_from(keyset.after_i64()?).unwrap_or(0).max(from);
    let limit = usize::try_from(keyset.limit()).unwrap_or(usize::MAX);
    let open = reads_detail(who);
    let wanted = move |entry: &Sequenced| {
        ask.kind.is_none_or(|kind: SubjectKind| kind == entry.entry.subject_kind)
    };
    let (mut shown, stopped) = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let (mut shown, mut after, mut read) = (Vec::new(), after, 0);
            while read < MOST_READ {
                let entries = match ask.subject {
                    Some(subject) => tx.entries_of_after(subject, after, CHUNK).await?,
                    None => tx.entries_after(after, CHUNK).await?,
                };
                let Some(last) = entries.last() else { return Ok((shown, None)) };
                after = last.seq;
                read += entries.len();
                for entry in entries.into_iter().filter(&wanted) {
                    let detail =
                        if open { detail_of(&mut tx, &entry).await? } else { String::new() };
                    shown.push(Shown { entry, detail });
                    if shown.len() >= limit {
                        return Ok((shown, None));
                    }
                }
            }
            Ok((shown, Some(after)))
        })
        .await?;
    let place = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let next = match stopped {
        Some(after) => keyset.go_on(app, &place(after)),
        None => keyset.next(app, &mut shown, |one| place(one.entry.seq))?,
    };
    Ok((shown, next))
}

async fn detail_of(tx: &mut Tx, entry: &Sequenced) -> Result<String, AppError> {
    match tx.detail(&entry.entry).await {
        Ok(detail) => Ok(detail.to_string()),
        Err(StoreError::Erased) => Ok(String::new()),
        Err(error) => Err(error.into()),
    }
}

/// A proof that an entry is in a tree.
pub async fn inclusion(
    app: &App,
    who: &Principal,
    ask: InclusionAsk,
) -> Result<(Shown, Proved), AppError> {
    let open = reads_detail(who);
    let (shown, index, size, hashes, root) = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let head: Head = tx.head().await?;
            let size = ask.size.unwrap_or(head.seq);
            let position = match ask.entry {
                EntryName::Position(position) => position,
                EntryName::Id(id) => {
                    let found = tx.position_of(id).await?;
                    found.ok_or(AppError::NotFound { what: "journal entry" })?
                }
            };
            if position == 0 || position > size || size > head.seq {
                return Err(StoreError::Outside.into());
            }
            let entries = tx.entries_after(position - 1, 1).await?;
            let entry = entries.into_iter().next();
            let entry = entry.ok_or(AppError::NotFound { what: "journal entry" })?;
            let hashes = tx.prove(Proof::Inclusion { size, index: position - 1 }).await?;
            let root = root_of(&mut tx, size, &head).await?;
            let detail = if open { detail_of(&mut tx, &entry).await? } else { String::new() };
            Ok((Shown { entry, detail }, position - 1, size, hashes, root))
        })
        .await?;
    let signed = sign(app, size, root)?;
    Ok((shown, Proved { hashes, from: index, size, signed }))
}

/// A proof that a later tree only adds to an earlier one.
pub async fn consistency(app: &App, ask: ConsistencyAsk) -> Result<Proved, AppError> {
    let (size, hashes, root) = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let head: Head = tx.head().await?;
            let size = ask.to.unwrap_or(head.seq);
            if ask.from > size || size > head.seq {
                return Err(StoreError::Outside.into());
            }
            let hashes = tx.prove(Proof::Consistency { old: ask.from, size }).await?;
            let root = root_of(&mut tx, size, &head).await?;
            Ok((size, hashes, root))
        })
        .await?;
    let signed = sign(app, size, root)?;
    Ok(Proved { hashes, from: ask.from, size, signed })
}

async fn root_of(tx: &mut Tx, size: u64, head: &Head) -> Result<Hash, AppError> {
    if size == head.seq {
        return Ok(head.root);
    }
    let root = tx.prove(Proof::Root { size }).await?.pop();
    root.ok_or(AppError::from(StoreError::Corrupt("journal hash")))
}
