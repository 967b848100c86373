//! Loading a list: parsed whole, refused when it is cut, shrunk or stale, kept as differences.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::certificate_list;
use super::error::AppError;
use super::hold::{self, HeldLoad};
use super::lists::Known;
use super::operation::{self, Begun, Ending};
use super::parts::App;
use super::recategorise::{self, RECATEGORISE};
use super::rescreen::{self, Reach};
use crate::domain::access::Principal;
use crate::domain::blast::Lowers;
use crate::domain::command::admin::LoadList;
use crate::domain::command::write::Write;
use crate::domain::digest::Digest;
use crate::domain::facts::{Facts, ListFacts};
use crate::domain::ids::{EntryId, JobId, ListVersionId, OperationId};
use crate::domain::journal::SubjectKind;
use crate::domain::list::{Counts, Difference, List, ListRow, Purpose};
use crate::domain::numbering::{Book, InForce};
use crate::domain::operation::Kind;
use crate::domain::time::Ts;
use crate::sources::list::{self, ListError, ListExpect, ListLoad};
use crate::store::journal::EntryDraft;
use crate::store::list::ListAdd;
use crate::store::{Meta, Tx};

/// How often a load is worked out anew because another one came before it.
const ATTEMPTS: u32 = 5;
/// Rows of one statement.
const BATCH: usize = 4_000;

/// Starts a load of files that were received whole; the answer is the operation to follow.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: LoadList,
    files: Files,
) -> Result<Begun, AppError> {
    let safe = |name: &String| {
        name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    if !files.keys().all(safe) {
        let message = "send each file under the publisher's name, such as SDN.CSV";
        return Err(AppError::field("chunk.file_name", "BAD_FILE_NAME", message));
    }
    // The same request with other files is another write.
    let names_and_bytes = files.iter().flat_map(|(name, file)| [name.as_bytes(), file.as_slice()]);
    let body = Digest::of_parts([ask.write.body.as_slice()].into_iter().chain(names_and_bytes));
    let write = Write { body: *body.as_bytes(), ..ask.write };
    let load = LoadList { write, ..ask };
    begin(app, who, load, files).await
}

async fn begin(app: &App, who: &Principal, ask: LoadList, files: Files) -> Result<Begun, AppError> {
    let fresh = OperationId(app.clock.id());
    let begun = operation::begin(app, who, &ask.write, Kind::LoadList, fresh).await?;
    if begun.operation == fresh {
        let header = Header { list: ask.list, as_of: ask.as_of };
        let (app, files) = (app.clone(), Arc::new(files));
        if ask.list.purpose() == Purpose::Certificates {
            tokio::spawn(async move {
                let work = async {
                    match certificate_list::load(&app, ask.list, ask.as_of, &files).await {
                        Ok(rows) => Ending::Done { rows, result: BTreeMap::new() },
                        Err(reason) => refused(&app, ask.list, reason, reason.to_owned()),
                    }
                };
                operation::carry_out(&app, fresh, work).await;
            });
            return Ok(begun);
        }
        let load = Load { app: app.clone(), header, operation: fresh, files, released: None };
        tokio::spawn(async move { operation::carry_out(&app, fresh, load.run()).await });
    }
    Ok(begun)
}

/// Goes on with a load that two people have released.
pub(super) async fn go_on(app: &App, operation: OperationId, load: HeldLoad) -> Ending {
    let Ok(header) = serde_json::from_value::<Header>(load.ask) else {
        return Ending::Failed { reason: "DEFECT".to_owned(), result: BTreeMap::new() };
    };
    let (released, files) = (Some(load.lowers), Arc::new(load.files));
    Load { app: app.clone(), header, operation, files, released }.run().await
}

/// The files of a load, by name.
type Files = BTreeMap<String, Vec<u8>>;

/// What a load is asked with; kept beside its files while it waits for two people.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Header {
    list: List,
    as_of: Option<Ts>,
}

/// One load under way.
struct Load {
    app: App,
    header: Header,
    operation: OperationId,
    /// The files as they were received.
    files: Arc<Files>,
    /// What two people have agreed to.
    released: Option<Lowers>,
}

/// Why a load stopped; the old list stays.
enum Stop {
    /// The files are not what they should be.
    Rejected(ListError),
    /// It would lower too much: it waits for two people.
    Held(Lowers),
    /// Something else.
    Reason(&'static str),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        tracing::warn!(%error, "a list load stopped");
        Self::Reason("INTERRUPTED")
    }
}

impl Stop {
    const fn reason(&self) -> &'static str {
        match self {
            Self::Rejected(error) => error.fault.reason(),
            Self::Held(..) => "BLAST_LIMIT",
            Self::Reason(reason) => reason,
        }
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rejected(error) => write!(f, "{}: {error}", ListError::REASON),
            Self::Held(_) => f.write_str("BLAST_LIMIT"),
            Self::Reason(reason) => f.write_str(reason),
        }
    }
}

/// A load that was refused raises the alarm.
fn refused(app: &App, list: List, reason: &'static str, told: String) -> Ending {
    app.lists.refuse(list, reason);
    tracing::error!(%list, reason, "a list was not loaded; the one before stays");
    let result = BTreeMap::from([("reason".to_owned(), reason.to_owned())]);
    Ending::Failed { reason: told, result }
}

impl Load {
    async fn run(self) -> Ending {
        match self.attempts().await {
            Ok(done) => Ending::Done { rows: done.rows, result: done.told() },
            Err(Stop::Held(lowers)) => self.held(lowers),
            Err(stop) => refused(&self.app, self.header.list, stop.reason(), stop.to_string()),
        }
    }

    /// Nothing was written; the load waits with its files.
    fn held(&self, lowers: Lowers) -> Ending {
        match serde_json::to_value(self.header) {
            Ok(ask) => {
                let load = HeldLoad { lowers, ask, files: (*self.files).clone() };
                Ending::Held { load: Arc::new(load), result: BTreeMap::new() }
            }
            Err(_shape) => Ending::Failed { reason: "DEFECT".to_owned(), result: BTreeMap::new() },
        }
    }

    async fn attempts(&self) -> Result<Done, Stop> {
        for _attempt in 0..ATTEMPTS {
            if let Some(done) = self.attempt().await? {
                self.app.lists.follow(&self.app.store).await?;
                return Ok(done);
            }
        }
        Err(Stop::Reason("BUSY"))
    }

    /// Compares the files with the live list and stores the difference; nothing where the list was
    /// loaded by somebody else meanwhile, because the difference was one from another list.
    async fn attempt(&self) -> Result<Option<Done>, Stop> {
        let known = Known::read(&self.app.store, self.header.list).await?;
        let loaded = self.parsed(&known).await?;
        if known.version.as_ref().is_some_and(|live| live.as_of > loaded.as_of) {
            return Err(Stop::Reason("NEWER_KNOWN"));
        }
        let sha256 = Digest(loaded.sha256);
        let (rows, as_of) = (loaded.rows.len() as u64, loaded.as_of);
        let difference = Difference::between(&known.rows, loaded.rows);
        let reach =
            rescreen::look(&self.app, self.header.list, &difference, self.operation).await?;
        let file = InForce { as_of, aged: false };
        let numbers = recategorise::lowered(&self.app, self.header.list, file, &difference).await?;
        let change = Change {
            id: ListVersionId(self.app.clock.id()),
            list: self.header.list,
            before: known.version.map(|version| version.id),
            sha256,
            as_of,
            rows,
            counts: loaded.counts,
            difference,
            reach,
            job: JobId(self.app.clock.id()),
        };
        self.hold_back(&change.reach, numbers).await?;
        Ok(self.store(change).await?)
    }

    /// Lets a load wait that would lower more than one list may.
    async fn hold_back(&self, reach: &Reach, numbers: u64) -> Result<(), Stop> {
        let policy = self.app.policies.at(self.app.clock.now())?;
        let mut lowers = rescreen::lowers(&self.app, reach).await?;
        lowers.numbers += numbers;
        if hold::waits(&self.app, &policy.policy.blast, lowers, self.released).await? {
            return Err(Stop::Held(lowers));
        }
        Ok(())
    }

    async fn parsed(&self, known: &Known) -> Result<ListLoad, Stop> {
        let expect = ListExpect {
            as_of: self.header.as_of,
            now: self.app.clock.now(),
            max_age: self.app.lists.max_ages().get(self.header.list),
            last: known.counts(),
        };
        let folder = self.app.documents_dir.join("incoming").join(self.operation.to_string());
        let (list, files) = (self.header.list, Arc::clone(&self.files));
        let parsed = tokio::task::spawn_blocking(move || parse(list, &folder, &files, &expect));
        parsed.await.map_err(|_panic| Stop::Reason("DEFECT"))?
    }

    async fn store(&self, change: Change) -> Result<Option<Done>, AppError> {
        let change = Arc::new(change);
        self.app
            .store
            .command(Meta::system("list.load"), move |mut tx| {
                let change = Arc::clone(&change);
                async move { change.commit(&mut tx).await }
            })
            .await
    }
}

/// Lays the files into a folder of their own, as they would lie after a download, and reads them.
fn parse(list: List, folder: &Path, files: &Files, expect: &ListExpect) -> Result<ListLoad, Stop> {
    let lay = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    };
    lay().map_err(|_disk| Stop::Reason("DISK"))?;
    let loaded = list::load(list, folder, expect);
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!(kind = ?error.kind(), "a folder of received list files was left behind");
    }
    loaded.map_err(Stop::Rejected)
}

/// What a load came to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Done {
    rows: u64,
    added: u64,
    ended: u64,
    /// Customers whose names or numbers were looked at.
    looked_at: u64,
    /// Customers whose checks are made again.
    checked_again: u64,
}

impl Done {
    fn told(self) -> BTreeMap<String, String> {
        let counts = [
            ("added", self.added),
            ("ended", self.ended),
            ("customers_looked_at", self.looked_at),
            ("customers_checked_again", self.checked_again),
        ];
        counts.into_iter().map(|(word, count)| (word.to_owned(), count.to_string())).collect()
    }
}

/// What a load writes.
struct Change {
    id: ListVersionId,
    list: List,
    /// The load that the difference is made from.
    before: Option<ListVersionId>,
    sha256: Digest,
    as_of: Ts,
    rows: u64,
    counts: Counts,
    difference: Difference,
    reach: Reach,
    /// Judges stored numbers anew, where the list is about numbers.
    job: JobId,
}

impl Change {
    async fn commit(&self, tx: &mut Tx) -> Result<Option<Done>, AppError> {
        let list = self.list.as_str();
        let before = tx.list_lock(list).await?;
        if before.as_ref().map(|before| before.id) != self.before {
            return Ok(None);
        }
        if let Some(before) = &before {
            tx.saw(before.last_at);
        }
        let (at, id) = (tx.at(), self.id);
        let mut done = Done {
            rows: self.rows,
            added: self.difference.come.len() as u64,
            ended: self.difference.gone.len() as u64,
            looked_at: self.reach.seen,
            checked_again: 0,
        };
        let (as_of, rows) = (self.as_of, self.rows);
        let facts = ListFacts { list: list.to_owned(), version: id, as_of, rows, aged: false };
        let entry = tx
            .journal(EntryDraft {
                kind: SubjectKind::List,
                subject: id.0,
                rev: 1,
                word: "list.loaded",
                facts: Some(Facts::List(facts).encode()?),
                detail: json!({ "rows": done.rows, "added": done.added, "ended": done.ended }),
                owner: None,
            })
            .await?;
        if before.is_some() {
            tx.list_end(list, entry).await?;
        }
        tx.list_add(&ListAdd {
            id,
            list: list.to_owned(),
            sha256: self.sha256.as_bytes().to_vec(),
            as_of: self.as_of,
            rows: i64::try_from(self.rows).unwrap_or(i64::MAX),
            counts: self.counts.clone().into(),
            at,
            entry,
        })
        .await?;
        self.write_rows(tx, entry).await?;
        if Book::takes(self.list) {
            tx.job_add(self.job, RECATEGORISE, id.0, at, at).await?;
        }
        if !self.reach.is_idle() {
            done.checked_again = self.reach.request(tx).await?;
        }
        Ok(Some(done))
    }

    async fn write_rows(&self, tx: &mut Tx, entry: EntryId) -> Result<(), AppError> {
        let list = self.list.as_str();
        for gone in self.difference.gone.chunks(BATCH) {
            let keys = serde_json::Value::from(gone).to_string();
            tx.list_entries_end(list, &keys, entry).await?;
        }
        for come in self.difference.come.chunks(BATCH) {
            tx.list_entries_add(list, &as_array(come), entry).await?;
        }
        Ok(())
    }
}

/// Rows as one JSON array; their bodies are JSON already.
pub(super) fn as_array(rows: &[ListRow]) -> String {
    let mut text = String::from("[");
    for row in rows {
        let comma = if text.len() > 1 { "," } else { "" };
        let key = serde_json::Value::from(row.reference.as_str());
        text.extend([comma, "{\"r\":", &key.to_string(), ",\"b\":", &row.body, "}"]);
    }
    text.push(']');
    text
}
