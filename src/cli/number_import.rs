//! `vouch numbers import`, `import-result` and `cancel`: imports of a customer's numbers, what came of
//! them, and their end by hand.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::connect::{Reach, request_id};
use super::fault::CliFault;
use super::output::Output;
use super::upload::{Feed, follow, taken, upload};
use super::words::{read_time, short};
use crate::wire::pb;
use crate::wire::pb::import_numbers_request::Part;
use crate::wire::pb::number_service_client::NumberServiceClient;
use crate::wire::pb::operation_service_client::OperationServiceClient;

/// What is imported.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// CSV whose header names `number` and may name `end`, `count`, `evidence` and `reference`.
    file: PathBuf,
    /// For whom.
    #[arg(long, value_name = "ID")]
    customer: String,
    /// What becomes of good rows beside bad ones.
    #[arg(long, value_enum, default_value_t = Mode::BestEffort)]
    mode: Mode,
    /// The evidence of rows that name none, such as `ASSIGNED_BY_US`; bare claims without it.
    #[arg(long, value_name = "KIND", default_value_t)]
    evidence: String,
    /// The uploaded letter or bill.
    #[arg(long, value_name = "ID", default_value_t)]
    document: String,
    /// When it was signed, or of which day it is.
    #[arg(long, value_name = "DAY")]
    signed: Option<String>,
    /// Who signed it, or the name on the bill.
    #[arg(long, value_name = "NAME", default_value_t)]
    party: String,
    /// The carrier that issued the bill.
    #[arg(long, value_name = "NAME", default_value_t)]
    bill_carrier: String,
    /// The provider's own feed that the rows come from.
    #[arg(long, value_enum)]
    feed: Option<Feed>,
    /// The carrier that the numbers of a wholesale feed were bought from.
    #[arg(long, value_name = "NAME", default_value_t)]
    feed_carrier: String,
    /// The time that the feed is of; the present where it is not given.
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
}

/// What becomes of good rows beside bad ones.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// They are written.
    BestEffort,
    /// They are not.
    AllOrNothing,
}

/// Has an import end.
pub(super) async fn cancel(
    operation_id: String,
    reach: &Reach,
    out: &Output,
) -> Result<(), CliFault> {
    let request = pb::CancelOperationRequest { request_id: request_id(), operation_id };
    let mut operations = OperationServiceClient::new(reach.service()?);
    let told = operations.cancel_operation(request).await?.into_inner();
    let operation = told.operation.unwrap_or_default();
    let state = short(operation.state().as_str_name(), "OPERATION_STATE_");
    out.value(&json!({ "operation_id": operation.operation_id, "state": state }))?;
    out.line(&format!("{} ends after the step under way", operation.operation_id))
}

fn header(args: &ImportArgs) -> Result<pb::ImportHeader, CliFault> {
    let mode = match args.mode {
        Mode::BestEffort => pb::ImportMode::BestEffort,
        Mode::AllOrNothing => pb::ImportMode::AllOrNothing,
    };
    let feed = args.feed.map(|feed| {
        let as_of_time = Some(taken(args.as_of.as_ref())?);
        let carrier = args.feed_carrier.clone();
        Ok::<_, CliFault>(pb::ImportFeed { source: feed.source(), carrier, as_of_time })
    });
    Ok(pb::ImportHeader {
        request_id: request_id(),
        customer_id: args.customer.clone(),
        mode: mode.into(),
        evidence: args.evidence.clone(),
        document_id: args.document.clone(),
        sign_time: args.signed.as_deref().map(read_time).transpose()?,
        party: args.party.clone(),
        carrier: args.bill_carrier.clone(),
        feed: feed.transpose()?,
    })
}

/// Imports a file, and follows the import to its end.
pub(super) async fn import(args: ImportArgs, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let service = reach.service()?;
    let header = header(&args)?;
    let mut numbers = NumberServiceClient::new(service.clone());
    let part = |part| pb::ImportNumbersRequest { part: Some(part) };
    let chunk = |_name: &str, data: Vec<u8>| part(Part::Chunk(data.into()));
    let import = |parts| async move { numbers.import_numbers(parts).await };
    let begun = upload(part(Part::Header(header)), &[args.file], chunk, import).await?;
    follow(service, begun.operation, out).await
}

/// Prints the result file of an import.
pub(super) async fn result(operation_id: String, reach: &Reach) -> Result<(), CliFault> {
    let mut numbers = NumberServiceClient::new(reach.service()?);
    let request = pb::GetImportResultRequest { operation_id };
    let mut pieces = numbers.get_import_result(request).await?.into_inner();
    while let Some(piece) = pieces.message().await? {
        std::io::stdout().lock().write_all(&piece.chunk).map_err(CliFault::Output)?;
    }
    std::io::stdout().lock().flush().map_err(CliFault::Output)
}
