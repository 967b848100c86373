//! The reviewers' queue and what they decide.

use tonic::{Request, Response, Status};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::review_service_server::ReviewService;

/// Serves `vouch.v1.ReviewService`.
#[derive(Clone, Debug)]
pub struct ReviewApi(pub App);

#[tonic::async_trait]
impl ReviewService for ReviewApi {
    async fn list_review_items(
        &self,
        _request: Request<pb::ListReviewItemsRequest>,
    ) -> Result<Response<pb::ListReviewItemsResponse>, Status> {
        Err(status::not_yet(&self.0, "ListReviewItems"))
    }

    async fn resolve_finding(
        &self,
        _request: Request<pb::ResolveFindingRequest>,
    ) -> Result<Response<pb::ResolveFindingResponse>, Status> {
        Err(status::not_yet(&self.0, "ResolveFinding"))
    }

    async fn record_check(
        &self,
        _request: Request<pb::RecordCheckRequest>,
    ) -> Result<Response<pb::RecordCheckResponse>, Status> {
        Err(status::not_yet(&self.0, "RecordCheck"))
    }

    async fn propose_override(
        &self,
        _request: Request<pb::ProposeOverrideRequest>,
    ) -> Result<Response<pb::ProposeOverrideResponse>, Status> {
        Err(status::not_yet(&self.0, "ProposeOverride"))
    }

    async fn propose_reinstatement(
        &self,
        _request: Request<pb::ProposeReinstatementRequest>,
    ) -> Result<Response<pb::ProposeReinstatementResponse>, Status> {
        Err(status::not_yet(&self.0, "ProposeReinstatement"))
    }

    async fn confirm_proposal(
        &self,
        _request: Request<pb::ConfirmProposalRequest>,
    ) -> Result<Response<pb::ConfirmProposalResponse>, Status> {
        Err(status::not_yet(&self.0, "ConfirmProposal"))
    }

    async fn reject_proposal(
        &self,
        _request: Request<pb::RejectProposalRequest>,
    ) -> Result<Response<pb::RejectProposalResponse>, Status> {
        Err(status::not_yet(&self.0, "RejectProposal"))
    }

    async fn approve_customer(
        &self,
        _request: Request<pb::ApproveCustomerRequest>,
    ) -> Result<Response<pb::ApproveCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "ApproveCustomer"))
    }

    async fn reject_customer(
        &self,
        _request: Request<pb::RejectCustomerRequest>,
    ) -> Result<Response<pb::RejectCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "RejectCustomer"))
    }

    async fn suspend_customer(
        &self,
        _request: Request<pb::SuspendCustomerRequest>,
    ) -> Result<Response<pb::SuspendCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "SuspendCustomer"))
    }

    async fn terminate_customer(
        &self,
        _request: Request<pb::TerminateCustomerRequest>,
    ) -> Result<Response<pb::TerminateCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "TerminateCustomer"))
    }
}
