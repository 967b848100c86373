//! The dated sets of rules.

use tonic::{Request, Response, Status};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::policy_service_server::PolicyService;

/// Serves `vouch.v1.PolicyService`.
#[derive(Clone, Debug)]
pub struct PolicyApi(pub App);

#[tonic::async_trait]
impl PolicyService for PolicyApi {
    async fn list_policies(
        &self,
        _request: Request<pb::ListPoliciesRequest>,
    ) -> Result<Response<pb::ListPoliciesResponse>, Status> {
        Err(status::not_yet(&self.0, "ListPolicies"))
    }

    async fn get_policy(
        &self,
        _request: Request<pb::GetPolicyRequest>,
    ) -> Result<Response<pb::GetPolicyResponse>, Status> {
        Err(status::not_yet(&self.0, "GetPolicy"))
    }
}
