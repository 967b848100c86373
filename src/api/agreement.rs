//! Agreements: prepared, signed, countersigned, ended.

use tonic::{Request, Response, Status};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::agreement_service_server::AgreementService;

/// Serves `vouch.v1.AgreementService`.
#[derive(Clone, Debug)]
pub struct AgreementApi(pub App);

#[tonic::async_trait]
impl AgreementService for AgreementApi {
    async fn list_templates(
        &self,
        _request: Request<pb::ListTemplatesRequest>,
    ) -> Result<Response<pb::ListTemplatesResponse>, Status> {
        Err(status::not_yet(&self.0, "ListTemplates"))
    }

    async fn prepare_agreement(
        &self,
        _request: Request<pb::PrepareAgreementRequest>,
    ) -> Result<Response<pb::PrepareAgreementResponse>, Status> {
        Err(status::not_yet(&self.0, "PrepareAgreement"))
    }

    async fn get_agreement(
        &self,
        _request: Request<pb::GetAgreementRequest>,
    ) -> Result<Response<pb::GetAgreementResponse>, Status> {
        Err(status::not_yet(&self.0, "GetAgreement"))
    }

    async fn list_agreements(
        &self,
        _request: Request<pb::ListAgreementsRequest>,
    ) -> Result<Response<pb::ListAgreementsResponse>, Status> {
        Err(status::not_yet(&self.0, "ListAgreements"))
    }

    async fn sign_agreement(
        &self,
        _request: Request<pb::SignAgreementRequest>,
    ) -> Result<Response<pb::SignAgreementResponse>, Status> {
        Err(status::not_yet(&self.0, "SignAgreement"))
    }

    async fn countersign_agreement(
        &self,
        _request: Request<pb::CountersignAgreementRequest>,
    ) -> Result<Response<pb::CountersignAgreementResponse>, Status> {
        Err(status::not_yet(&self.0, "CountersignAgreement"))
    }

    async fn terminate_agreement(
        &self,
        _request: Request<pb::TerminateAgreementRequest>,
    ) -> Result<Response<pb::TerminateAgreementResponse>, Status> {
        Err(status::not_yet(&self.0, "TerminateAgreement"))
    }
}
