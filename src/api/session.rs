//! People log in and out.

use tonic::{Request, Response, Status};

use super::status;
use crate::app::App;
use crate::wire::pb;
use crate::wire::pb::session_service_server::SessionService;

/// Serves `vouch.v1.SessionService`.
#[derive(Clone, Debug)]
pub struct SessionApi(pub App);

#[tonic::async_trait]
impl SessionService for SessionApi {
    async fn login(
        &self,
        _request: Request<pb::LoginRequest>,
    ) -> Result<Response<pb::LoginResponse>, Status> {
        Err(status::not_yet(&self.0, "Login"))
    }

    async fn logout(
        &self,
        _request: Request<pb::LogoutRequest>,
    ) -> Result<Response<pb::LogoutResponse>, Status> {
        Err(status::not_yet(&self.0, "Logout"))
    }
}
