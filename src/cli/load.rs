//! `vouch list load` and `vouch inventory load`: lists and inventories, in chunks, then the
//! operation until it ends.

use std::path::PathBuf;

use clap::Subcommand;

use super::connect::{Reach, request_id};
use super::fault::CliFault;
use super::output::Output;
use super::upload::{Feed, follow, taken, upload};
use super::words::{read_time, time};
use crate::domain::list::List;
use crate::wire::pb;
use crate::wire::pb::admin_service_client::AdminServiceClient;
use crate::wire::pb::load_inventory_request::Part as InventoryPart;
use crate::wire::pb::load_list_request::Part as ListPart;

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
            let mut admin = AdminServiceClient::new(service.clone());
            let part = |part| pb::LoadListRequest { part: Some(part) };
            let chunk = |name: &str, data: Vec<u8>| {
                part(ListPart::Chunk(pb::FileChunk {
                    file_name: name.to_owned(),
                    data: data.into(),
                }))
            };
            let load = |parts| async move { admin.load_list(parts).await };
            let loaded = upload(part(ListPart::Header(header)), &files, chunk, load).await?;
            follow(service, loaded.operation, out).await
        }
        ListCommand::Status => {
            let mut admin = AdminServiceClient::new(service);
            let told = admin.list_lists(pb::ListListsRequest {}).await?.into_inner();
            let now = jiff::Timestamp::now().as_second();
            let mut rows: Vec<_> = told
                .lists
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
            let none = || "-".to_owned();
            rows.extend(told.missing_lists.into_iter().map(|list| {
                let state = "NOT_LOADED".to_owned();
                vec![list, none(), none(), none(), "0".to_owned(), state]
            }));
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
    let header = pb::InventoryHeader {
        request_id: request_id(),
        source: Feed::of(wholesale.as_ref()).source(),
        carrier: wholesale.unwrap_or_default(),
        as_of_time: Some(taken(as_of.as_ref())?),
        complete,
    };
    let mut admin = AdminServiceClient::new(service.clone());
    let part = |part| pb::LoadInventoryRequest { part: Some(part) };
    let chunk = |_name: &str, data: Vec<u8>| part(InventoryPart::Chunk(data.into()));
    let load = |parts| async move { admin.load_inventory(parts).await };
    let loaded = upload(part(InventoryPart::Header(header)), &[csv], chunk, load).await?;
    follow(service, loaded.operation, out).await
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
