//! The portal's way from an empty profile to an active customer.

use tonic::{Request, Response, Status, Streaming};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::onboarding_service_server::OnboardingService;

/// Serves `vouch.v1.OnboardingService`.
#[derive(Clone, Debug)]
pub struct OnboardingApi(pub App);

#[tonic::async_trait]
impl OnboardingService for OnboardingApi {
    async fn create_customer(
        &self,
        _request: Request<pb::CreateCustomerRequest>,
    ) -> Result<Response<pb::CreateCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "CreateCustomer"))
    }

    async fn update_profile(
        &self,
        _request: Request<pb::UpdateProfileRequest>,
    ) -> Result<Response<pb::UpdateProfileResponse>, Status> {
        Err(status::not_yet(&self.0, "UpdateProfile"))
    }

    async fn get_customer(
        &self,
        _request: Request<pb::GetCustomerRequest>,
    ) -> Result<Response<pb::GetCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "GetCustomer"))
    }

    async fn list_customers(
        &self,
        _request: Request<pb::ListCustomersRequest>,
    ) -> Result<Response<pb::ListCustomersResponse>, Status> {
        Err(status::not_yet(&self.0, "ListCustomers"))
    }

    async fn evaluate_customer(
        &self,
        _request: Request<pb::EvaluateCustomerRequest>,
    ) -> Result<Response<pb::EvaluateCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "EvaluateCustomer"))
    }

    async fn submit_customer(
        &self,
        _request: Request<pb::SubmitCustomerRequest>,
    ) -> Result<Response<pb::SubmitCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "SubmitCustomer"))
    }

    async fn upload_document(
        &self,
        _request: Request<Streaming<pb::UploadDocumentRequest>>,
    ) -> Result<Response<pb::UploadDocumentResponse>, Status> {
        Err(status::not_yet(&self.0, "UploadDocument"))
    }

    async fn start_contact_challenge(
        &self,
        _request: Request<pb::StartContactChallengeRequest>,
    ) -> Result<Response<pb::StartContactChallengeResponse>, Status> {
        Err(status::not_yet(&self.0, "StartContactChallenge"))
    }

    async fn verify_contact_challenge(
        &self,
        _request: Request<pb::VerifyContactChallengeRequest>,
    ) -> Result<Response<pb::VerifyContactChallengeResponse>, Status> {
        Err(status::not_yet(&self.0, "VerifyContactChallenge"))
    }

    async fn set_traceback_contact(
        &self,
        _request: Request<pb::SetTracebackContactRequest>,
    ) -> Result<Response<pb::SetTracebackContactResponse>, Status> {
        Err(status::not_yet(&self.0, "SetTracebackContact"))
    }

    async fn activate_customer(
        &self,
        _request: Request<pb::ActivateCustomerRequest>,
    ) -> Result<Response<pb::ActivateCustomerResponse>, Status> {
        Err(status::not_yet(&self.0, "ActivateCustomer"))
    }
}
