//! `vouch journal`: checks the record from outside, with nothing but what the service hands out.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::connect::{Reach, read};
use super::fault::CliFault;
use super::output::Output;
use crate::client::Service;
use crate::domain::journal::{Checkpoint, Edge, Hash, check_consistency};
use crate::wire::pb;
use crate::wire::pb::journal_service_client::JournalServiceClient;

/// What to do with the journal.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Check the signature of the latest checkpoint, hash every entry anew, and compare the root;
    /// with an earlier checkpoint, prove too that nothing before it was changed.
    Verify {
        /// The key to trust, as `vouch journal key` printed it once; without it the key that the
        /// service names is taken, which proves order and content but not who signed.
        #[arg(long, value_name = "KEY")]
        verifier: Option<String>,
        /// A file with an earlier checkpoint, kept elsewhere.
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
    },
    /// Show the latest checkpoint; keep it elsewhere and give it to `verify --since` later.
    Checkpoint,
    /// Show the key that checkpoints are verified with.
    Key,
}

type Journal = JournalServiceClient<Service>;

/// Carries the command out.
pub async fn run(command: JournalCommand, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let mut journal = JournalServiceClient::new(reach.service()?);
    match command {
        JournalCommand::Verify { verifier, since } => {
            let since = since.as_ref().map(read).transpose()?;
            verify(&mut journal, verifier, since, out).await
        }
        JournalCommand::Checkpoint => {
            let latest = latest(&mut journal).await?;
            out.value(&json!({ "note": latest.note, "size": latest.size }))?;
            if out.json() { Ok(()) } else { out.raw(&latest.note) }
        }
        JournalCommand::Key => {
            let key = latest(&mut journal).await?.verifier_key;
            out.value(&json!({ "verifier_key": key }))?;
            out.line(&key)
        }
    }
}

async fn latest(journal: &mut Journal) -> Result<pb::Checkpoint, CliFault> {
    let told = journal.get_checkpoint(pb::GetCheckpointRequest {}).await?.into_inner();
    told.checkpoint.ok_or_else(|| CliFault::Refused("there is no checkpoint so far".to_owned()))
}

async fn verify(
    journal: &mut Journal,
    verifier: Option<String>,
    since: Option<Vec<u8>>,
    out: &Output,
) -> Result<(), CliFault> {
    let told = latest(journal).await?;
    let pinned = verifier.is_some();
    let verifier = verifier.unwrap_or(told.verifier_key);
    let refused = |why: &dyn std::fmt::Display| CliFault::Refused(why.to_string());
    let signed = Checkpoint::verify(&told.note, &verifier).map_err(|why| refused(&why))?;
    let edge = hash_all(journal, signed.size).await?;
    if edge.root() != signed.root {
        return Err(CliFault::Refused(
            "the entries do not give the signed root: the journal was changed".to_owned(),
        ));
    }
    let before = match since {
        Some(note) => Some(check_since(journal, &note, &verifier, &signed).await?),
        None => None,
    };
    out.value(&json!({
        "verified": true,
        "entries": signed.size,
        "root": hex(&signed.root.0),
        "pinned_key": pinned,
        "since": before,
    }))?;
    out.strong(&format!("{} entries verified, root {}", signed.size, hex(&signed.root.0)))?;
    if let Some(before) = before {
        out.line(&format!("the first {before} are those of the earlier checkpoint"))?;
    }
    if pinned {
        return Ok(());
    }
    out.line(&format!("signed by the key the service names; to pin it, give --verifier {verifier}"))
}

/// Hashes every entry up to `size` from its own bytes.
async fn hash_all(journal: &mut Journal, size: u64) -> Result<Edge, CliFault> {
    let mut edge = Edge::default();
    let mut page_token = String::new();
    while edge.size() < size {
        let request = pb::ListEntriesRequest { page_size: 500, page_token, ..Default::default() };
        let page = journal.list_entries(request).await?.into_inner();
        if page.entries.is_empty() {
            return Err(CliFault::Refused(format!(
                "the checkpoint counts {size} entries, the journal shows {}",
                edge.size()
            )));
        }
        for entry in page.entries {
            if edge.size() == size {
                break;
            }
            let hash = Sha256::new_with_prefix([0_u8]).chain_update(&entry.leaf_input);
            let leaf: [u8; 32] = hash.finalize().into();
            if leaf.as_slice() != entry.leaf_hash.as_ref() || entry.position != edge.size() + 1 {
                return Err(CliFault::Refused(format!(
                    "entry {} at position {} is not what was hashed",
                    entry.entry_id, entry.position
                )));
            }
            edge.push(Hash(leaf));
        }
        page_token = page.next_page_token;
        if page_token.is_empty() && edge.size() < size {
            return Err(CliFault::Refused("entries are missing at the end".to_owned()));
        }
    }
    Ok(edge)
}

async fn check_since(
    journal: &mut Journal,
    note: &[u8],
    verifier: &str,
    now: &Checkpoint,
) -> Result<u64, CliFault> {
    let refused = |why: &dyn std::fmt::Display| CliFault::Refused(why.to_string());
    let note = String::from_utf8_lossy(note);
    let before = Checkpoint::verify(&note, verifier).map_err(|why| refused(&why))?;
    let request = pb::GetConsistencyProofRequest { from_size: before.size, to_size: now.size };
    let told = journal.get_consistency_proof(request).await?.into_inner();
    let hashes: Option<Vec<Hash>> =
        told.hashes.iter().map(|h| <[u8; 32]>::try_from(h.as_ref()).ok().map(Hash)).collect();
    let hashes = hashes.ok_or_else(|| CliFault::Refused("the proof is malformed".to_owned()))?;
    check_consistency(&hashes, now.size, now.root, before.size, before.root)
        .map_err(|why| refused(&why))?;
    Ok(before.size)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
