//! Numbers: claims, evidence, delegations.

use tonic::{Request, Response, Status};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::number_service_server::NumberService;

/// Serves `vouch.v1.NumberService`.
#[derive(Clone, Debug)]
pub struct NumberApi(pub App);

#[tonic::async_trait]
impl NumberService for NumberApi {
    async fn claim_numbers(
        &self,
        _request: Request<pb::ClaimNumbersRequest>,
    ) -> Result<Response<pb::ClaimNumbersResponse>, Status> {
        Err(status::not_yet(&self.0, "ClaimNumbers"))
    }

    async fn add_evidence(
        &self,
        _request: Request<pb::AddEvidenceRequest>,
    ) -> Result<Response<pb::AddEvidenceResponse>, Status> {
        Err(status::not_yet(&self.0, "AddEvidence"))
    }

    async fn revoke_evidence(
        &self,
        _request: Request<pb::RevokeEvidenceRequest>,
    ) -> Result<Response<pb::RevokeEvidenceResponse>, Status> {
        Err(status::not_yet(&self.0, "RevokeEvidence"))
    }

    async fn start_number_challenge(
        &self,
        _request: Request<pb::StartNumberChallengeRequest>,
    ) -> Result<Response<pb::StartNumberChallengeResponse>, Status> {
        Err(status::not_yet(&self.0, "StartNumberChallenge"))
    }

    async fn verify_number_challenge(
        &self,
        _request: Request<pb::VerifyNumberChallengeRequest>,
    ) -> Result<Response<pb::VerifyNumberChallengeResponse>, Status> {
        Err(status::not_yet(&self.0, "VerifyNumberChallenge"))
    }

    async fn delegate_number(
        &self,
        _request: Request<pb::DelegateNumberRequest>,
    ) -> Result<Response<pb::DelegateNumberResponse>, Status> {
        Err(status::not_yet(&self.0, "DelegateNumber"))
    }

    async fn revoke_delegation(
        &self,
        _request: Request<pb::RevokeDelegationRequest>,
    ) -> Result<Response<pb::RevokeDelegationResponse>, Status> {
        Err(status::not_yet(&self.0, "RevokeDelegation"))
    }

    async fn release_numbers(
        &self,
        _request: Request<pb::ReleaseNumbersRequest>,
    ) -> Result<Response<pb::ReleaseNumbersResponse>, Status> {
        Err(status::not_yet(&self.0, "ReleaseNumbers"))
    }

    async fn list_numbers(
        &self,
        _request: Request<pb::ListNumbersRequest>,
    ) -> Result<Response<pb::ListNumbersResponse>, Status> {
        Err(status::not_yet(&self.0, "ListNumbers"))
    }
}
