//! The journal: entries, checkpoints, proofs.

use tonic::{Request, Response, Status};

use super::caller::ask;
use super::status;
use crate::app::journal::{Shown, Signed};
use crate::app::{App, journal};
use crate::domain::command::query::{ConsistencyAsk, InclusionAsk, ListEntries};
use crate::wire::journal::hashes;
use crate::wire::pb;
use crate::wire::pb::journal_service_server::JournalService;

/// Serves `vouch.v1.JournalService`.
#[derive(Clone, Debug)]
pub struct JournalApi(pub App);

fn entry(shown: Shown) -> pb::Entry {
    let Shown { entry, detail } = shown;
    pb::Entry::of(&entry.entry, entry.seq, entry.sequenced_at, detail)
}

fn checkpoint(signed: Signed) -> pb::Checkpoint {
    pb::Checkpoint::of(&signed.checkpoint, signed.note, signed.verifier)
}

#[tonic::async_trait]
impl JournalService for JournalApi {
    async fn list_entries(
        &self,
        request: Request<pb::ListEntriesRequest>,
    ) -> Result<Response<pb::ListEntriesResponse>, Status> {
        let (who, asked) = ask::<_, ListEntries>(request)?;
        let listed = journal::list(&self.0, &who, asked).await.map_err(status::of)?;
        let (entries, next_page_token) = listed;
        let entries = entries.into_iter().map(entry).collect();
        Ok(Response::new(pb::ListEntriesResponse { entries, next_page_token }))
    }

    async fn get_checkpoint(
        &self,
        _request: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::GetCheckpointResponse>, Status> {
        let signed = journal::checkpoint(&self.0).await.map_err(status::of)?;
        let checkpoint = Some(checkpoint(signed));
        Ok(Response::new(pb::GetCheckpointResponse { checkpoint }))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<pb::GetInclusionProofRequest>,
    ) -> Result<Response<pb::GetInclusionProofResponse>, Status> {
        let (who, asked) = ask::<_, InclusionAsk>(request)?;
        let proved = journal::inclusion(&self.0, &who, asked).await.map_err(status::of)?;
        let (shown, proof) = proved;
        Ok(Response::new(pb::GetInclusionProofResponse {
            entry: Some(entry(shown)),
            leaf_index: proof.from,
            size: proof.size,
            hashes: hashes(&proof.hashes),
            checkpoint: Some(checkpoint(proof.signed)),
        }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<pb::GetConsistencyProofRequest>,
    ) -> Result<Response<pb::GetConsistencyProofResponse>, Status> {
        let (_who, asked) = ask::<_, ConsistencyAsk>(request)?;
        let proof = journal::consistency(&self.0, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::GetConsistencyProofResponse {
            from_size: proof.from,
            to_size: proof.size,
            hashes: hashes(&proof.hashes),
            checkpoint: Some(checkpoint(proof.signed)),
        }))
    }
}
