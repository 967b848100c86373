//! `vouch events load`: a file of what happened to numbers, in chunks, then the operation until it
//! ends.

use std::path::PathBuf;

use clap::Subcommand;

use super::connect::{Reach, request_id};
use super::fault::CliFault;
use super::output::Output;
use super::upload::{Feed, follow, taken, upload};
use crate::wire::pb;
use crate::wire::pb::load_number_events_request::Part;
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
    let header = pb::NumberEventsHeader {
        request_id: request_id(),
        source: Feed::of(wholesale.as_ref()).source(),
        carrier: wholesale.unwrap_or_default(),
        as_of_time: Some(taken(as_of.as_ref())?),
    };
    let mut numbers = NumberServiceClient::new(service.clone());
    let part = |part| pb::LoadNumberEventsRequest { part: Some(part) };
    let chunk = |_name: &str, data: Vec<u8>| part(Part::Chunk(data.into()));
    let load = |parts| async move { numbers.load_number_events(parts).await };
    let loaded = upload(part(Part::Header(header)), &[csv], chunk, load).await?;
    follow(service, loaded.operation, out).await
}
