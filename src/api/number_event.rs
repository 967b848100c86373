//! Takes in a file of events of numbers: the header, then the file in chunks.

use tonic::{Request, Response, Status, Streaming};

use super::upload::next;
use super::{caller, status};
use crate::app::inventory::MAX_FILE;
use crate::app::{App, AppError, number_event_load, operation};
use crate::domain::command::number_event::LoadNumberEvents;
use crate::wire::pb;
use crate::wire::pb::load_number_events_request::Part;

/// Serves `vouch.v1.NumberService/LoadNumberEvents`.
pub(super) async fn load(
    app: &App,
    request: Request<Streaming<pb::LoadNumberEventsRequest>>,
) -> Result<Response<pb::LoadNumberEventsResponse>, Status> {
    let who = caller::caller(&request)?;
    let mut parts = request.into_inner();
    let first = next(&mut parts).await?.and_then(|message| message.part);
    let Some(Part::Header(header)) = first else {
        let message = "send the header first, then the file";
        return Err(status::of(AppError::field("header", "REQUIRED", message)));
    };
    let ask = LoadNumberEvents::try_from(header).map_err(|faults| status::of_faults(&faults))?;
    let mut file = Vec::new();
    while let Some(message) = next(&mut parts).await? {
        let Some(Part::Chunk(chunk)) = message.part else {
            let message = "send one header, then chunks only";
            return Err(status::of(AppError::field("header", "TWICE", message)));
        };
        if file.len() + chunk.len() > MAX_FILE {
            let message = "a file of events has at most 64 MiB; send it in several files";
            return Err(status::of(AppError::field("chunk", "TOO_LARGE", message)));
        }
        file.extend_from_slice(&chunk);
    }
    let begun = number_event_load::start(app, &who, ask, file).await.map_err(status::of)?;
    let found = operation::get(app, &who, begun.operation).await.map_err(status::of)?;
    Ok(Response::new(pb::LoadNumberEventsResponse { operation: Some((&found).into()) }))
}
