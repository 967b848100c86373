//! The dated sets of rules.

use tonic::{Request, Response, Status};

use super::caller::{ask, caller};
use super::status;
use crate::app::publish::Published;
use crate::app::{App, publish};
use crate::domain::command::query::Page;
use crate::wire::pb;
use crate::wire::pb::policy_service_server::PolicyService;
use crate::wire::validate::Reader;

/// Serves `vouch.v1.PolicyService`.
#[derive(Clone, Debug)]
pub struct PolicyApi(pub App);

impl PolicyApi {
    fn shown(&self, published: &Published) -> pb::Policy {
        let now = self.0.clock.now();
        let in_force = self.0.policies.at(now).is_ok_and(|live| live.id == published.id);
        pb::Policy::of(&published.policy, published.id, published.sha256, in_force)
    }
}

#[tonic::async_trait]
impl PolicyService for PolicyApi {
    async fn list_policies(
        &self,
        request: Request<pb::ListPoliciesRequest>,
    ) -> Result<Response<pb::ListPoliciesResponse>, Status> {
        let (_who, page) = ask::<_, Page>(request)?;
        let (listed, next_page_token) = publish::list(&self.0, page).await.map_err(status::of)?;
        let policies = listed.iter().map(|one| self.shown(one)).collect();
        Ok(Response::new(pb::ListPoliciesResponse { policies, next_page_token }))
    }

    async fn get_policy(
        &self,
        request: Request<pb::GetPolicyRequest>,
    ) -> Result<Response<pb::GetPolicyResponse>, Status> {
        caller(&request)?;
        let mut reader = Reader::new();
        let id = reader.id("policy_id", &request.into_inner().policy_id);
        let id = reader.finish(id).map_err(|faults| status::of_faults(&faults))?;
        let found = publish::get(&self.0, id).await.map_err(status::of)?;
        let policy = Some(self.shown(&found));
        Ok(Response::new(pb::GetPolicyResponse { policy, text: found.text }))
    }
}
