//! `vouch list load` and `vouch inventory load`: lists and inventories, in chunks, then the
//! operation until it ends.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::connect::{Reach, request_id};
use super::fault::CliFault;
use super::output::Output;
use super::words::{read_time, short, time};
use crate::client::Service;
use crate::domain::list::List;
use crate::wire::pb;
use crate::wire::pb::admin_service_client::AdminServiceClient;
use crate::wire::pb::operation_service_client::OperationServiceClient;

/// Bytes of one message, well under what the service takes.
const CHUNK: usize = 256 << 10;
/// How often the operation is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// What to do with lists.
#[derive(Debug, Subcommand)]
pub enum ListCommand {
    /// Load a list; one that cannot be read whole leaves the old one in place.
    Load {
        /// Which list, such as `ofac_sdn`; `ofac` for short.
        #[arg(value_parser = list_named)]
        list: List,
        /// Its files, named as they were published, or the folder they are in.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The date its publisher gave it; not needed where the files say it.
        #[arg(long, value_name = "DAY")]
        as_of: Option<String>,
    },
    /// Show the versions in force, how old they are, and which are too old to count.
    #[command(alias = "show")]
    Status,
}

/// The list of a word, or what the words are.
fn list_named(word: &str) -> Result<List, String> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    if word == "ofac" {
        return Ok(List::OfacSdn);
    }
    let all = || List::ALL.iter().map(|list| list.as_str()).collect::<Vec<_>>().join(", ");
    word.parse().map_err(|_unknown| format!("the lists are: {}", all()))
}

/// What to do with inventories.
#[derive(Debug, Subcommand)]
pub enum InventoryCommand {
    /// Load the provider's own numbers.
    Load {
        /// CSV with the columns `tn, customer_id, source, carrier, order_ref, assigned_at`.
        csv: PathBuf,
        /// The carrier the numbers were bought from; without it they are from own code ranges.
        #[arg(long)]
        wholesale: Option<String>,
        /// The time the inventory was taken; the present where it is not given.
        #[arg(long, value_name = "TIME")]
        as_of: Option<String>,
        /// Numbers of this source that are not in the file lose their assignment.
        #[arg(long)]
        complete: bool,
    },
}

/// Carries out `vouch list`.
pub async fn lists(command: ListCommand, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let service = reach.service()?;
    match command {
        ListCommand::Load { list, files, as_of } => {
            let header = pb::ListHeader {
                request_id: request_id(),
                list: list.as_str().to_owned(),
                as_of_time: as_of.as_deref().map(read_time).transpose()?,
            };
            let files = files_of(list, &files)?;
            let (parts, stream) = channel(4);
            let sent = tokio::spawn(send_list(header, files, parts));
            let mut admin = AdminServiceClient::new(service.clone());
            let loaded = admin.load_list(ReceiverStream::new(stream)).await;
            let sent = sent.await.map_err(|why| CliFault::Internal(why.to_string()))?;
            let operation = loaded?.into_inner().operation.unwrap_or_default();
            sent?;
            follow(service, operation, out).await
        }
        ListCommand::Status => {
            let mut admin = AdminServiceClient::new(service);
            let lists = admin.list_lists(pb::ListListsRequest {}).await?.into_inner().lists;
            let now = jiff::Timestamp::now().as_second();
            let rows: Vec<_> = lists
                .iter()
                .map(|list| {
                    let age = list.as_of_time.as_ref().map_or(0, |as_of| now - as_of.seconds);
                    vec![
                        list.list.clone(),
                        time(list.as_of_time.as_ref()),
                        format!("{} d", age / 86_400),
                        time(list.load_time.as_ref()),
                        list.entries.to_string(),
                        if list.stale { "STALE".to_owned() } else { "IN_FORCE".to_owned() },
                    ]
                })
                .collect();
            out.rows(&["list", "as_of", "age", "loaded", "entries", "state"], &rows)
        }
    }
}

/// Carries out `vouch inventory`.
pub async fn inventory(
    command: InventoryCommand,
    reach: &Reach,
    out: &Output,
) -> Result<(), CliFault> {
    let InventoryCommand::Load { csv, wholesale, as_of, complete } = command;
    let service = reach.service()?;
    let source = match wholesale {
        Some(_) => pb::InventorySource::Wholesale,
        None => pb::InventorySource::OwnOcn,
    };
    let as_of = as_of.unwrap_or_else(|| jiff::Timestamp::now().to_string());
    let header = pb::InventoryHeader {
        request_id: request_id(),
        source: source.into(),
        carrier: wholesale.unwrap_or_default(),
        as_of_time: Some(read_time(&as_of)?),
        complete,
    };
    let (parts, stream) = channel(4);
    let sent = tokio::spawn(send_inventory(header, csv, parts));
    let mut admin = AdminServiceClient::new(service.clone());
    let loaded = admin.load_inventory(ReceiverStream::new(stream)).await;
    let sent = sent.await.map_err(|why| CliFault::Internal(why.to_string()))?;
    let operation = loaded?.into_inner().operation.unwrap_or_default();
    sent?;
    follow(service, operation, out).await
}

/// The files as they were named; of a folder those that are the list's.
fn files_of(list: List, given: &[PathBuf]) -> Result<Vec<PathBuf>, CliFault> {
    let mut files = Vec::new();
    for path in given {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let fault = |source| CliFault::File { path: path.display().to_string(), source };
        for entry in std::fs::read_dir(path).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if list.files().iter().any(|file| file.takes(&name)) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    if files.is_empty() {
        let names: Vec<_> = list.files().iter().map(|file| file.name).collect();
        let names = names.join(", ");
        return Err(CliFault::Usage(format!("no file of {list} is there; its files: {names}")));
    }
    Ok(files)
}

async fn send_list(
    header: pb::ListHeader,
    files: Vec<PathBuf>,
    parts: Sender<pb::LoadListRequest>,
) -> Result<(), CliFault> {
    use pb::load_list_request::Part;
    let header = pb::LoadListRequest { part: Some(Part::Header(header)) };
    if parts.send(header).await.is_err() {
        return Ok(());
    }
    for path in files {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let chunk = |data: Vec<u8>| pb::LoadListRequest {
            part: Some(Part::Chunk(pb::FileChunk { file_name: name.clone(), data: data.into() })),
        };
        if !send_file(&path, &parts, chunk).await? {
            return Ok(());
        }
    }
    Ok(())
}

async fn send_inventory(
    header: pb::InventoryHeader,
    csv: PathBuf,
    parts: Sender<pb::LoadInventoryRequest>,
) -> Result<(), CliFault> {
    use pb::load_inventory_request::Part;
    let header = pb::LoadInventoryRequest { part: Some(Part::Header(header)) };
    if parts.send(header).await.is_err() {
        return Ok(());
    }
    let chunk = |data: Vec<u8>| pb::LoadInventoryRequest { part: Some(Part::Chunk(data.into())) };
    send_file(&csv, &parts, chunk).await.map(drop)
}

/// Sends a file in chunks; `false` where the service hung up, whose status says why.
pub(super) async fn send_file<T>(
    path: &Path,
    parts: &Sender<T>,
    chunk: impl Fn(Vec<u8>) -> T,
) -> Result<bool, CliFault> {
    let fault = |source| CliFault::File { path: path.display().to_string(), source };
    let mut file = tokio::fs::File::open(path).await.map_err(fault)?;
    loop {
        let mut data = vec![0; CHUNK];
        let read = file.read(&mut data).await.map_err(fault)?;
        if read == 0 {
            return Ok(true);
        }
        data.truncate(read);
        if parts.send(chunk(data)).await.is_err() {
            return Ok(false);
        }
    }
}

/// Looks at the operation until it ends.
pub(super) async fn follow(
    service: Service,
    begun: pb::Operation,
    out: &Output,
) -> Result<(), CliFault> {
    let mut operations = OperationServiceClient::new(service);
    let mut operation = begun;
    let mut pace = tokio::time::interval(LOOK);
    while operation.state() == pb::OperationState::Running {
        pace.tick().await;
        let operation_id = operation.operation_id.clone();
        let request = pb::GetOperationRequest { operation_id };
        operation =
            operations.get_operation(request).await?.into_inner().operation.unwrap_or_default();
    }
    let state = short(operation.state().as_str_name(), "OPERATION_STATE_");
    let result: serde_json::Map<String, serde_json::Value> =
        operation.result.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
    out.value(&json!({
        "operation_id": operation.operation_id,
        "state": state,
        "rows": operation.done_rows,
        "result": result,
        "error": operation.error,
    }))?;
    if operation.state() != pb::OperationState::Done {
        return Err(CliFault::Refused(format!("{state}: {}", operation.error)));
    }
    out.line(&format!("{} rows loaded", operation.done_rows))?;
    for (what, count) in &operation.result {
        out.line(&format!("  {what}: {count}"))?;
    }
    Ok(())
}
