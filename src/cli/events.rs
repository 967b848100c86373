//! `vouch events load`: a file of what happened to numbers, in chunks, then the operation until it
//! ends.

use std::path::PathBuf;

use clap::Subcommand;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::connect::{Reach, request_id};
use super::fault::CliFault;
use super::load::{follow, send_file};
use super::output::Output;
use super::words::read_time;
use crate::wire::pb;
use crate::wire::pb::number_service_client::NumberServiceClient;

/// What to do with events of numbers.
#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// Load a file of events: ports, disconnects, changes of carrier, toll-free records.
    Load {
        /// CSV with the columns `event, number, at, reference` and, where an event needs them,
        /// `customer_id, count, until, resporg, authorized_by, status`.
        csv: PathBuf,
        /// The carrier the numbers were bought from; without it they are from own code ranges.
        #[arg(long)]
        wholesale: Option<String>,
        /// Up to when the file tells everything; the present where it is not given.
        #[arg(long, value_name = "TIME")]
        as_of: Option<String>,
    },
}

/// Carries out `vouch events`.
pub async fn run(command: EventsCommand, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let EventsCommand::Load { csv, wholesale, as_of } = command;
    let service = reach.service()?;
    let source = match wholesale {
        Some(_) => pb::InventorySource::Wholesale,
        None => pb::InventorySource::OwnOcn,
    };
    let as_of = as_of.unwrap_or_else(|| jiff::Timestamp::now().to_string());
    let header = pb::NumberEventsHeader {
        request_id: request_id(),
        source: source.into(),
        carrier: wholesale.unwrap_or_default(),
        as_of_time: Some(read_time(&as_of)?),
    };
    let (parts, stream) = channel(4);
    let sent = tokio::spawn(send(header, csv, parts));
    let mut numbers = NumberServiceClient::new(service.clone());
    let loaded = numbers.load_number_events(ReceiverStream::new(stream)).await;
    let sent = sent.await.map_err(|why| CliFault::Internal(why.to_string()))?;
    let operation = loaded?.into_inner().operation.unwrap_or_default();
    sent?;
    follow(service, operation, out).await
}

async fn send(
    header: pb::NumberEventsHeader,
    csv: PathBuf,
    parts: Sender<pb::LoadNumberEventsRequest>,
) -> Result<(), CliFault> {
    use pb::load_number_events_request::Part;
    let header = pb::LoadNumberEventsRequest { part: Some(Part::Header(header)) };
    if parts.send(header).await.is_err() {
        return Ok(());
    }
    let chunk =
        |data: Vec<u8>| pb::LoadNumberEventsRequest { part: Some(Part::Chunk(data.into())) };
    send_file(&csv, &parts, chunk).await.map(drop)
}
