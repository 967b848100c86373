//! Agreements: prepared, signed, countersigned, shown with the exact bytes.

use tonic::{Request, Response, Status};

use super::caller::{ask, caller};
use super::status;
use crate::app::agreement::OnAgreement;
use crate::app::{App, AppError, agreement, customer};
use crate::domain::access::Principal;
use crate::domain::command::agreement::{
    CountersignAgreement, PrepareAgreement, SignAgreement, TerminateAgreement,
};
use crate::domain::command::query::ListOfCustomer;
use crate::domain::ids::AgreementId;
use crate::wire::pb;
use crate::wire::pb::agreement_service_server::AgreementService;
use crate::wire::validate::Reader;

/// Serves `vouch.v1.AgreementService`.
#[derive(Clone, Debug)]
pub struct AgreementApi(pub App);

impl AgreementApi {
    async fn shown(
        &self,
        who: &Principal,
        id: AgreementId,
    ) -> Result<(pb::Agreement, Vec<u8>), Status> {
        let copy = agreement::get(&self.0, who, id).await.map_err(status::of)?;
        let customer_id = copy.customer.to_string();
        let shown = pb::Agreement::of(&copy.agreement, customer_id, &self.0.clauses);
        Ok((shown, copy.bytes))
    }

    async fn written(
        &self,
        who: &Principal,
        done: Result<OnAgreement, AppError>,
    ) -> Result<(pb::Agreement, Vec<u8>, String), Status> {
        let done = done.map_err(status::of)?;
        let (shown, bytes) = self.shown(who, done.agreement).await?;
        Ok((shown, bytes, done.changed.token(&self.0)))
    }
}

#[tonic::async_trait]
impl AgreementService for AgreementApi {
    async fn list_templates(
        &self,
        request: Request<pb::ListTemplatesRequest>,
    ) -> Result<Response<pb::ListTemplatesResponse>, Status> {
        caller(&request)?;
        let mut reader = Reader::new();
        let role = reader.choice("role", request.into_inner().role);
        let role = reader.finish(role).map_err(|faults| status::of_faults(&faults))?;
        let templates = agreement::templates(&self.0, role);
        let templates = templates.iter().map(|t| pb::Template::of(t, &self.0.clauses)).collect();
        Ok(Response::new(pb::ListTemplatesResponse { templates }))
    }

    async fn prepare_agreement(
        &self,
        request: Request<pb::PrepareAgreementRequest>,
    ) -> Result<Response<pb::PrepareAgreementResponse>, Status> {
        let (who, asked) = ask::<_, PrepareAgreement>(request)?;
        let done = agreement::prepare(&self.0, &who, asked).await;
        let (shown, bytes, change_token) = self.written(&who, done).await?;
        Ok(Response::new(pb::PrepareAgreementResponse {
            agreement: Some(shown),
            copy: bytes.into(),
            change_token,
        }))
    }

    async fn get_agreement(
        &self,
        request: Request<pb::GetAgreementRequest>,
    ) -> Result<Response<pb::GetAgreementResponse>, Status> {
        let who = caller(&request)?;
        let mut reader = Reader::new();
        let id = reader.id("agreement_id", &request.into_inner().agreement_id);
        let id = reader.finish(id).map_err(|faults| status::of_faults(&faults))?;
        let (shown, bytes) = self.shown(&who, id).await?;
        Ok(Response::new(pb::GetAgreementResponse { agreement: Some(shown), copy: bytes.into() }))
    }

    async fn list_agreements(
        &self,
        request: Request<pb::ListAgreementsRequest>,
    ) -> Result<Response<pb::ListAgreementsResponse>, Status> {
        let (who, asked) = ask::<_, ListOfCustomer>(request)?;
        let file = customer::get(&self.0, &who, asked.customer).await.map_err(status::of)?;
        let listed = agreement::page(&self.0, &file, &asked.page).map_err(status::of)?;
        let (agreements, next_page_token) = listed;
        let id = file.customer.id.to_string();
        let shown = agreements.iter().map(|a| pb::Agreement::of(a, id.clone(), &self.0.clauses));
        Ok(Response::new(pb::ListAgreementsResponse {
            agreements: shown.collect(),
            next_page_token,
        }))
    }

    async fn sign_agreement(
        &self,
        request: Request<pb::SignAgreementRequest>,
    ) -> Result<Response<pb::SignAgreementResponse>, Status> {
        let (who, asked) = ask::<_, SignAgreement>(request)?;
        let done = agreement::sign(&self.0, &who, asked).await;
        let (shown, _bytes, change_token) = self.written(&who, done).await?;
        Ok(Response::new(pb::SignAgreementResponse { agreement: Some(shown), change_token }))
    }

    async fn countersign_agreement(
        &self,
        request: Request<pb::CountersignAgreementRequest>,
    ) -> Result<Response<pb::CountersignAgreementResponse>, Status> {
        let (who, asked) = ask::<_, CountersignAgreement>(request)?;
        let done = agreement::countersign(&self.0, &who, asked).await;
        let (shown, _bytes, change_token) = self.written(&who, done).await?;
        let agreement = Some(shown);
        Ok(Response::new(pb::CountersignAgreementResponse { agreement, change_token }))
    }

    async fn terminate_agreement(
        &self,
        request: Request<pb::TerminateAgreementRequest>,
    ) -> Result<Response<pb::TerminateAgreementResponse>, Status> {
        let (who, asked) = ask::<_, TerminateAgreement>(request)?;
        let done = agreement::terminate(&self.0, &who, asked).await;
        let (shown, _bytes, change_token) = self.written(&who, done).await?;
        Ok(Response::new(pb::TerminateAgreementResponse { agreement: Some(shown), change_token }))
    }
}
