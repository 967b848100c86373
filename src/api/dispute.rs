//! Disputes of numbers.

use tonic::{Request, Response, Status};

use super::{caller, status};
use crate::app::dispute::OnDispute;
use crate::app::{App, dispute};
use crate::domain::command::dispute::{ListDisputes, OpenDispute, ResolveDispute};
use crate::wire::pb;

/// The dispute as it stands after a write.
async fn shown(app: &App, on: OnDispute) -> Result<Option<pb::Dispute>, Status> {
    let (found, number) = dispute::get(app, on.dispute).await.map_err(status::of)?;
    Ok(Some(pb::Dispute::of(&found, number)))
}

/// Serves `vouch.v1.NumberService/OpenDispute`.
pub(super) async fn open(
    app: &App,
    request: Request<pb::OpenDisputeRequest>,
) -> Result<Response<pb::OpenDisputeResponse>, Status> {
    let (who, ask): (_, OpenDispute) = caller::ask(request)?;
    let done = dispute::open(app, &who, ask).await.map_err(status::of)?;
    Ok(Response::new(pb::OpenDisputeResponse {
        dispute: shown(app, done).await?,
        change_token: done.written.token(app),
    }))
}

/// Serves `vouch.v1.NumberService/ResolveDispute`.
pub(super) async fn resolve(
    app: &App,
    request: Request<pb::ResolveDisputeRequest>,
) -> Result<Response<pb::ResolveDisputeResponse>, Status> {
    let (who, ask): (_, ResolveDispute) = caller::ask(request)?;
    let done = dispute::resolve(app, &who, ask).await.map_err(status::of)?;
    Ok(Response::new(pb::ResolveDisputeResponse {
        dispute: shown(app, done).await?,
        change_token: done.written.token(app),
    }))
}

/// Serves `vouch.v1.NumberService/ListDisputes`.
pub(super) async fn list(
    app: &App,
    request: Request<pb::ListDisputesRequest>,
) -> Result<Response<pb::ListDisputesResponse>, Status> {
    let (_who, ask): (_, ListDisputes) = caller::ask(request)?;
    let (disputes, next_page_token) = dispute::list(app, ask).await.map_err(status::of)?;
    let disputes = disputes.iter().map(|(found, tn)| pb::Dispute::of(found, *tn)).collect();
    Ok(Response::new(pb::ListDisputesResponse { disputes, next_page_token }))
}
