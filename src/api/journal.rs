//! The journal: entries, checkpoints, proofs.

use tonic::{Request, Response, Status};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::journal_service_server::JournalService;

/// Serves `vouch.v1.JournalService`.
#[derive(Clone, Debug)]
pub struct JournalApi(pub App);

#[tonic::async_trait]
impl JournalService for JournalApi {
    async fn list_entries(
        &self,
        _request: Request<pb::ListEntriesRequest>,
    ) -> Result<Response<pb::ListEntriesResponse>, Status> {
        Err(status::not_yet(&self.0, "ListEntries"))
    }

    async fn get_checkpoint(
        &self,
        _request: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::GetCheckpointResponse>, Status> {
        Err(status::not_yet(&self.0, "GetCheckpoint"))
    }

    async fn get_inclusion_proof(
        &self,
        _request: Request<pb::GetInclusionProofRequest>,
    ) -> Result<Response<pb::GetInclusionProofResponse>, Status> {
        Err(status::not_yet(&self.0, "GetInclusionProof"))
    }

    async fn get_consistency_proof(
        &self,
        _request: Request<pb::GetConsistencyProofRequest>,
    ) -> Result<Response<pb::GetConsistencyProofResponse>, Status> {
        Err(status::not_yet(&self.0, "GetConsistencyProof"))
    }
}
