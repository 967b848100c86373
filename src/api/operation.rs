//! Long work and how far it is.

use tonic::{Request, Response, Status};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::operation_service_server::OperationService;

/// Serves `vouch.v1.OperationService`.
#[derive(Clone, Debug)]
pub struct OperationApi(pub App);

#[tonic::async_trait]
impl OperationService for OperationApi {
    async fn get_operation(
        &self,
        _request: Request<pb::GetOperationRequest>,
    ) -> Result<Response<pb::GetOperationResponse>, Status> {
        Err(status::not_yet(&self.0, "GetOperation"))
    }

    async fn list_operations(
        &self,
        _request: Request<pb::ListOperationsRequest>,
    ) -> Result<Response<pb::ListOperationsResponse>, Status> {
        Err(status::not_yet(&self.0, "ListOperations"))
    }
}
