//! Takes in imports of numbers, and gives what came of them.

use tokio::sync::mpsc::channel;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::attestation::Out;
use super::upload::next;
use super::{caller, status};
use crate::app::{App, AppError, import_result, number_import, operation};
use crate::domain::command::number::ImportNumbers;
use crate::domain::number_import::RawRow;
use crate::wire::pb;
use crate::wire::pb::import_numbers_request::Part;
use crate::wire::validate::Reader;

/// Most rows of one message.
const MAX_ROWS: usize = 10_000;
/// Pieces of a result file that wait for a slow reader.
const AHEAD: usize = 2;

/// Serves `vouch.v1.NumberService/ImportNumbers`.
pub(super) async fn import(
    app: &App,
    request: Request<Streaming<pb::ImportNumbersRequest>>,
) -> Result<Response<pb::ImportNumbersResponse>, Status> {
    let who = caller::caller(&request)?;
    let mut parts = request.into_inner();
    let first = next(&mut parts).await?.and_then(|message| message.part);
    let Some(Part::Header(header)) = first else {
        let message = "send the header first, then the file or its rows";
        return Err(status::of(AppError::field("header", "REQUIRED", message)));
    };
    let ask: ImportNumbers = caller::read(header)?;
    let mut intake = number_import::open(app, &who, ask).await.map_err(status::of)?;
    while let Some(message) = next(&mut parts).await? {
        match message.part {
            Some(Part::Chunk(chunk)) => intake.push(&chunk).await.map_err(status::of)?,
            Some(Part::Rows(rows)) => take(&mut intake, &rows).await.map_err(status::of)?,
            Some(Part::Header(_)) | None => {
                let message = "send one header, then chunks or rows only";
                return Err(status::of(AppError::field("header", "TWICE", message)));
            }
        }
    }
    let begun = intake.finish().await.map_err(status::of)?;
    let found = operation::get(app, &who, begun.operation).await.map_err(status::of)?;
    Ok(Response::new(pb::ImportNumbersResponse { operation: Some((&found).into()) }))
}

async fn take(intake: &mut number_import::Intake, rows: &pb::ImportRows) -> Result<(), AppError> {
    if rows.rows.len() > MAX_ROWS {
        let message = format!("at most {MAX_ROWS} rows a message; send several messages");
        return Err(AppError::field("rows", "TOO_MANY", message));
    }
    for row in &rows.rows {
        let count = if row.count == 0 { String::new() } else { row.count.to_string() };
        let raw = RawRow {
            number: &row.number,
            end: &row.end,
            count: &count,
            kind: &row.evidence,
            reference: &row.reference,
        };
        intake.row(raw).await?;
    }
    Ok(())
}

/// Serves `vouch.v1.NumberService/GetImportResult`.
pub(super) async fn result(
    app: &App,
    request: Request<pb::GetImportResultRequest>,
) -> Result<Response<Out<pb::GetImportResultResponse>>, Status> {
    let who = caller::caller(&request)?;
    let mut reader = Reader::new();
    let id = reader.id("operation_id", &request.into_inner().operation_id);
    let id = reader.finish(id).map_err(|faults| status::of_faults(&faults))?;
    let mut file = import_result::open(app, &who, id).await.map_err(status::of)?;
    let (pieces, stream) = channel(AHEAD);
    tokio::spawn(async move {
        loop {
            let piece = match file.next().await {
                Ok(Some(piece)) => Ok(pb::GetImportResultResponse { chunk: piece.into() }),
                Ok(None) => return,
                Err(error) => Err(status::of(error)),
            };
            let over = piece.is_err();
            if pieces.send(piece).await.is_err() || over {
                return;
            }
        }
    });
    Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
}
