//! Loading a list: parsed whole, refused when it is cut, shrunk or stale, kept as differences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::certificate_list;
use super::error::AppError;
use super::lists::snapshot;
use super::operation::{self, Begun, Ending};
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::admin::LoadList;
use crate::domain::command::write::Write;
use crate::domain::digest::Digest;
use crate::domain::facts::{Facts, ListFacts};
use crate::domain::ids::{EntryId, ListVersionId, OperationId};
use crate::domain::journal::SubjectKind;
use crate::domain::list::{OFAC_SDN, STI_CRL, STI_ROOTS};
use crate::domain::operation::Kind;
use crate::domain::screening::{ListCounts, ListEntry};
use crate::domain::time::Ts;
use crate::sources::list::{ListExpect, ListLoad};
use crate::sources::ofac::{self, OfacList};
use crate::store::journal::EntryDraft;
use crate::store::list::ListAdd;
use crate::store::{Meta, StoreError, Tx};

/// How often a load is worked out anew because another one came before it.
const ATTEMPTS: u32 = 5;

/// Starts a load of files that were received whole; the answer is the operation to follow.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: LoadList,
    files: BTreeMap<String, Vec<u8>>,
) -> Result<Begun, AppError> {
    if ![OFAC_SDN, STI_ROOTS, STI_CRL].contains(&ask.list.as_str()) {
        let message = "the lists are: ofac_sdn, sti_roots, sti_crl";
        return Err(AppError::field("header.list", "UNKNOWN_LIST", message));
    }
    let safe = |name: &String| {
        name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._".contains(&b))
    };
    if !files.keys().all(safe) {
        let message = "send each file under the publisher's name, such as SDN.CSV";
        return Err(AppError::field("chunk.file_name", "BAD_FILE_NAME", message));
    }
    // The same request with other files is another write.
    let names_and_bytes = files.iter().flat_map(|(name, file)| [name.as_bytes(), file.as_slice()]);
    let body = Digest::of_parts([ask.write.body.as_slice()].into_iter().chain(names_and_bytes));
    let write = Write { body: *body.as_bytes(), ..ask.write };
    let fresh = OperationId(app.clock.id());
    let begun = operation::begin(app, who, &write, Kind::LoadList, fresh).await?;
    if begun.operation == fresh {
        let app = app.clone();
        let folder = app.documents_dir.join("incoming").join(fresh.to_string());
        tokio::spawn(async move {
            let work = async {
                let loaded = if ask.list == OFAC_SDN {
                    load(&app, ask.as_of, folder, Arc::new(files)).await
                } else {
                    certificate_list::load(&app, &ask.list, ask.as_of, &files).await
                };
                match loaded {
                    Ok(rows) => Ending::Done { rows, result: BTreeMap::new() },
                    Err(reason) => Ending::Failed { reason, result: BTreeMap::new() },
                }
            };
            operation::carry_out(&app, fresh, work).await;
        });
    }
    Ok(begun)
}

/// The files as they were received.
type Files = Arc<BTreeMap<String, Vec<u8>>>;

/// Loads OFAC's files; the old list stays whenever the new one is refused.
async fn load(app: &App, as_of: Ts, folder: PathBuf, files: Files) -> Result<u64, String> {
    for _attempt in 0..ATTEMPTS {
        if let Some(rows) = attempt(app, as_of, folder.clone(), Arc::clone(&files)).await? {
            app.lists.follow(&app.store).await.map_err(|error| error.to_string())?;
            return Ok(rows);
        }
    }
    Err("BUSY".to_owned())
}

/// Compares the files with the live list and stores the difference; nothing where the list was
/// loaded by somebody else meanwhile, because the difference was one from another list.
async fn attempt(
    app: &App,
    as_of: Ts,
    folder: PathBuf,
    files: Files,
) -> Result<Option<u64>, String> {
    let seen = snapshot(&app.store, OFAC_SDN.to_owned()).await.map_err(|e| e.to_string())?;
    let (live, known) = seen;
    if live.as_ref().is_some_and(|live| live.as_of > as_of) {
        return Err("NEWER_KNOWN".to_owned());
    }
    let expect = ListExpect {
        as_of,
        now: app.clock.now(),
        max_age: app.lists.max_age(),
        last: (!known.is_empty()).then(|| ListCounts::of(&known)),
    };
    let parsed = tokio::task::spawn_blocking(move || parse(&folder, &files, &expect)).await;
    let loaded = parsed.map_err(|_panic| "DEFECT".to_owned())??;
    let known = Known { version: live.map(|live| live.id), entries: by_reference(known) };
    store(app, loaded, known).await.map_err(|error| error.to_string())
}

/// The list that a difference is made from.
#[derive(Clone)]
struct Known {
    /// Its load; none where nothing was ever loaded.
    version: Option<ListVersionId>,
    entries: BTreeMap<String, ListEntry>,
}

/// Lays the files into a folder of their own, as they would lie after a download, and reads them.
fn parse(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    expect: &ListExpect,
) -> Result<ListLoad, String> {
    let lay = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    };
    lay().map_err(|_disk| "DISK".to_owned())?;
    let loaded = ofac::load(folder, OfacList::Sdn, expect);
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!(kind = ?error.kind(), "a folder of received list files was left behind");
    }
    loaded.map_err(|error| error.to_string())
}

async fn store(app: &App, loaded: ListLoad, known: Known) -> Result<Option<u64>, AppError> {
    let id = ListVersionId(app.clock.id());
    app.store
        .command(Meta::system("list.load"), move |mut tx| {
            let (loaded, known) = (loaded.clone(), known.clone());
            async move { commit(&mut tx, id, loaded, known).await }
        })
        .await
}

fn by_reference(entries: Vec<ListEntry>) -> BTreeMap<String, ListEntry> {
    entries.into_iter().map(|entry| (reference(&entry), entry)).collect()
}

/// Padded, so that pages in the order of text are pages in the order of numbers.
fn reference(entry: &ListEntry) -> String {
    format!("{:010}", entry.ent_num)
}

async fn commit(
    tx: &mut Tx,
    id: ListVersionId,
    loaded: ListLoad,
    known: Known,
) -> Result<Option<u64>, AppError> {
    let before = tx.list_lock(OFAC_SDN).await?;
    if before.as_ref().map(|before| before.id) != known.version {
        return Ok(None);
    }
    let known = known.entries;
    if let Some(before) = &before {
        tx.saw(before.last_at);
    }
    let at = tx.at();
    let rows = loaded.rows.len() as u64;
    let facts = ListFacts { list: OFAC_SDN.to_owned(), version: id, as_of: loaded.as_of, rows };
    let new = by_reference(loaded.rows);
    let gone: Vec<_> =
        known.iter().filter(|(key, old)| new.get(*key) != Some(old)).map(|(key, _)| key).collect();
    let come: Vec<_> = new.iter().filter(|(key, entry)| known.get(*key) != Some(entry)).collect();
    let entry = tx
        .journal(EntryDraft {
            kind: SubjectKind::List,
            subject: id.0,
            rev: 1,
            word: "list.loaded",
            facts: Some(Facts::List(facts).encode()?),
            detail: json!({ "rows": rows, "added": come.len(), "ended": gone.len() }),
            owner: None,
        })
        .await?;
    if before.is_some() {
        tx.list_end(OFAC_SDN, entry).await?;
    }
    tx.list_add(&ListAdd {
        id,
        list: OFAC_SDN.to_owned(),
        sha256: loaded.sha256.to_vec(),
        as_of: loaded.as_of,
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        at,
        entry,
    })
    .await?;
    write_entries(tx, &gone, &come, entry).await?;
    Ok(Some(rows))
}

async fn write_entries(
    tx: &mut Tx,
    gone: &[&String],
    come: &[(&String, &ListEntry)],
    entry: EntryId,
) -> Result<(), AppError> {
    for reference in gone {
        tx.list_entry_end(OFAC_SDN, reference, entry).await?;
    }
    for (reference, listed) in come {
        let body = serde_json::to_value(listed);
        let body = body.map_err(|_shape| StoreError::Defect("a list entry cannot be encoded"))?;
        tx.list_entry_add(OFAC_SDN, reference, body.into(), entry).await?;
    }
    Ok(())
}
