//! People log in and out.

use tonic::{Request, Response, Status};

use super::caller::{caller, read};
use super::status;
use crate::app::{App, AppError, session};
use crate::wire::admin::access_roles;
use crate::wire::pb;
use crate::wire::pb::session_service_server::SessionService;
use crate::wire::time::to_timestamp;

/// Serves `vouch.v1.SessionService`.
#[derive(Clone, Debug)]
pub struct SessionApi(pub App);

#[tonic::async_trait]
impl SessionService for SessionApi {
    async fn login(
        &self,
        request: Request<pb::LoginRequest>,
    ) -> Result<Response<pb::LoginResponse>, Status> {
        let asked = read(request.into_inner())?;
        let session = session::login(&self.0, asked).await.map_err(status::of)?;
        let token = String::from_utf8(session.token.expose().to_vec())
            .map_err(|text| status::of(AppError::bug(&self.0.clock, &text.utf8_error())))?;
        Ok(Response::new(pb::LoginResponse {
            token,
            expire_time: Some(to_timestamp(session.expires)),
            user_id: session.user.to_string(),
            roles: access_roles(session.roles),
        }))
    }

    async fn logout(
        &self,
        request: Request<pb::LogoutRequest>,
    ) -> Result<Response<pb::LogoutResponse>, Status> {
        let who = caller(&request)?;
        session::logout(&self.0, &who).await.map_err(status::of)?;
        Ok(Response::new(pb::LogoutResponse {}))
    }
}
