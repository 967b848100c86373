//! Long work with progress.

use tonic::{Request, Response, Status};

use super::caller::{ask, caller};
use super::status;
use crate::app::{App, hold, import_result, operation};
use crate::domain::command::hold::DecideHold;
use crate::domain::command::number::CancelOperation;
use crate::domain::command::query::ListOperations;
use crate::wire::pb;
use crate::wire::pb::operation_service_server::OperationService;
use crate::wire::validate::Reader;

/// Serves `vouch.v1.OperationService`.
#[derive(Clone, Debug)]
pub struct OperationApi(pub App);

#[tonic::async_trait]
impl OperationService for OperationApi {
    async fn get_operation(
        &self,
        request: Request<pb::GetOperationRequest>,
    ) -> Result<Response<pb::GetOperationResponse>, Status> {
        let who = caller(&request)?;
        let mut reader = Reader::new();
        let id = reader.id("operation_id", &request.into_inner().operation_id);
        let id = reader.finish(id).map_err(|faults| status::of_faults(&faults))?;
        let found = operation::get(&self.0, &who, id).await.map_err(status::of)?;
        Ok(Response::new(pb::GetOperationResponse { operation: Some((&found).into()) }))
    }

    async fn list_operations(
        &self,
        request: Request<pb::ListOperationsRequest>,
    ) -> Result<Response<pb::ListOperationsResponse>, Status> {
        let (who, asked) = ask::<_, ListOperations>(request)?;
        let listed = operation::list(&self.0, &who, &asked.states, asked.page).await;
        let (operations, next_page_token) = listed.map_err(status::of)?;
        let operations = operations.iter().map(Into::into).collect();
        Ok(Response::new(pb::ListOperationsResponse { operations, next_page_token }))
    }

    async fn confirm_held_load(
        &self,
        request: Request<pb::ConfirmHeldLoadRequest>,
    ) -> Result<Response<pb::ConfirmHeldLoadResponse>, Status> {
        let (who, asked) = ask::<_, DecideHold>(request)?;
        let done = hold::confirm(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::ConfirmHeldLoadResponse {
            operation_id: done.operation.to_string(),
            released: done.released(),
        }))
    }

    async fn reject_held_load(
        &self,
        request: Request<pb::RejectHeldLoadRequest>,
    ) -> Result<Response<pb::RejectHeldLoadResponse>, Status> {
        let (who, asked) = ask::<_, DecideHold>(request)?;
        let id = hold::reject(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::RejectHeldLoadResponse { operation_id: id.to_string() }))
    }

    async fn cancel_operation(
        &self,
        request: Request<pb::CancelOperationRequest>,
    ) -> Result<Response<pb::CancelOperationResponse>, Status> {
        let (who, asked) = ask::<_, CancelOperation>(request)?;
        let found = import_result::cancel(&self.0, &who, asked).await.map_err(status::of)?;
        Ok(Response::new(pb::CancelOperationResponse { operation: Some((&found).into()) }))
    }
}
