//! Loading the provider's own number inventory: parsed whole, held back when it would lower too
//! much, then written in small commands, each row with what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::hold::{self, HeldLoad};
use super::inventory_rows::{Counts, leave_all, write_all};
use super::operation::{self, Begun, Ending};
use super::parts::App;
use super::policies::InForce;
use crate::domain::access::Principal;
use crate::domain::blast::Lowers;
use crate::domain::command::admin::{InventorySource, LoadInventory};
use crate::domain::command::write::Write;
use crate::domain::digest::Digest;
use crate::domain::evidence::{Kind as EvidenceKind, feed_expires};
use crate::domain::ids::{CustomerId, OperationId};
use crate::domain::number::Tn;
use crate::domain::number_event::replaces;
use crate::domain::operation::Kind;
use crate::domain::time::Ts;
use crate::sources::inventory::{Feed, InventoryReader, InventoryRow};
use crate::store::number::InventoryRow as Stored;
use crate::store::{Meta, StoreError};

/// The longest file that is taken, in bytes.
pub const MAX_FILE: usize = 64 << 20;
/// Rows of one command.
const CHUNK: usize = 500;
/// Rows that are read at a time.
const PAGE: i64 = 500;

/// Starts a load of a file that was received whole; the answer is the operation to follow.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: LoadInventory,
    file: Vec<u8>,
) -> Result<Begun, AppError> {
    let now = app.clock.now();
    let policy = app.policies.at(now)?;
    if ask.as_of > now {
        let message = "the inventory says it was taken in the future; check its clock";
        return Err(AppError::field("header.as_of_time", "FUTURE", message));
    }
    if feed_expires(None, ask.as_of, &policy.policy.evidence) <= now {
        let message = "the inventory is older than the policy allows; take a new one";
        return Err(AppError::field("header.as_of_time", "STALE", message));
    }
    // The same request with another file is another write.
    let body = Digest::of_parts([ask.write.body.as_slice(), file.as_slice()]);
    let write = Write { body: *body.as_bytes(), ..ask.write.clone() };
    let fresh = OperationId(app.clock.id());
    let begun = operation::begin(app, who, &write, Kind::LoadInventory, fresh).await?;
    if begun.operation == fresh {
        // No request of its own: the load was claimed when it began.
        let unnamed =
            Write { request_id: String::new(), validate_only: false, ..ask.write.clone() };
        let load = Load {
            app: app.clone(),
            meta: Meta::write(who, &unnamed),
            header: Header::of(ask),
            policy,
            operation: fresh,
            released: None,
        };
        tokio::spawn(async move {
            let app = load.app.clone();
            operation::carry_out(&app, fresh, load.run(Arc::new(file))).await;
        });
    }
    Ok(begun)
}

/// Goes on with a load that two people have released.
pub(super) async fn go_on(app: &App, meta: Meta, operation: OperationId, load: HeldLoad) -> Ending {
    let counts = Counts::default();
    let now = app.clock.now();
    let (Ok(policy), Ok(header)) =
        (app.policies.at(now), serde_json::from_value::<Header>(load.ask))
    else {
        return failed("DEFECT", &counts);
    };
    if feed_expires(None, header.as_of, &policy.policy.evidence) <= now {
        return failed("STALE", &counts);
    }
    let file = load.files.into_values().next().unwrap_or_default();
    let released = Some(load.lowers);
    Load { app: app.clone(), meta, header, policy, operation, released }.run(Arc::new(file)).await
}

/// What a load is asked with; kept beside its file while it waits for two people.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Header {
    source: InventorySource,
    carrier: String,
    as_of: Ts,
    complete: bool,
}

impl Header {
    fn of(ask: LoadInventory) -> Self {
        Self { source: ask.source, carrier: ask.carrier, as_of: ask.as_of, complete: ask.complete }
    }

    fn feed(&self) -> Feed {
        Feed { source: self.source, carrier: self.carrier.clone(), as_of: self.as_of }
    }
}

/// One load under way.
struct Load {
    app: App,
    meta: Meta,
    header: Header,
    policy: Arc<InForce>,
    operation: OperationId,
    /// What two people have agreed to.
    released: Option<Lowers>,
}

/// A file that was read to its end.
struct File {
    rows: Vec<InventoryRow>,
    /// Every number that it names, in rows that were refused too.
    named: BTreeSet<Tn>,
    counts: Counts,
    total: u64,
}

impl Load {
    async fn run(self, bytes: Arc<Vec<u8>>) -> Ending {
        let (feed, given) = (self.header.feed(), Arc::clone(&bytes));
        let parsed = tokio::task::spawn_blocking(move || parse(&given, feed)).await;
        let file = match parsed {
            Ok(Ok(file)) => file,
            Ok(Err(reason)) => return failed(reason, &Counts::default()),
            Err(_panic) => return failed("DEFECT", &Counts::default()),
        };
        let mut counts = file.counts.clone();
        match self.write(file, &mut counts).await {
            Ok(rows) => Ending::Done { rows, result: counts.told() },
            Err(Stop::Held(lowers)) => match self.held(lowers, &bytes) {
                Ok(load) => Ending::Held { load: Arc::new(load), result: counts.told() },
                Err(_shape) => failed("DEFECT", &counts),
            },
            Err(Stop::Fault(error)) => {
                tracing::warn!(operation = %self.operation, %error, "an inventory load stopped");
                failed("INTERRUPTED", &counts)
            }
        }
    }

    fn held(&self, lowers: Lowers, bytes: &[u8]) -> Result<HeldLoad, StoreError> {
        let ask = serde_json::to_value(&self.header)
            .map_err(|_shape| StoreError::Defect("a header cannot be encoded"))?;
        let files = BTreeMap::from([("inventory".to_owned(), bytes.to_vec())]);
        Ok(HeldLoad { lowers, ask, files })
    }

    async fn write(&self, file: File, counts: &mut Counts) -> Result<u64, Stop> {
        let feed = self.header.feed();
        let gone = if self.header.complete { self.gone(&file.named).await? } else { Vec::new() };
        let numbers = self.lowered(&file.rows).await? + assigned(&gone);
        self.hold_back(Lowers { numbers, customers: 0 }).await?;
        let total = file.total;
        let mut done = total.saturating_sub(file.rows.len() as u64);
        let until = feed_expires(None, feed.as_of, &self.policy.policy.evidence);
        for rows in file.rows.chunks(CHUNK) {
            let (app, feed, rows) = (self.app.clone(), feed.clone(), rows.to_vec());
            done += rows.len() as u64;
            let by = self
                .app
                .store
                .command(self.meta.clone(), move |mut tx| {
                    let (app, feed, rows) = (app.clone(), feed.clone(), rows.clone());
                    async move { write_all(&app, &mut tx, &feed, &rows, until).await }
                })
                .await?;
            counts.add(&by);
            operation::progress(&self.app, self.operation, done, total).await?;
        }
        for numbers in gone.chunks(CHUNK) {
            let (app, feed, numbers) = (
                self.app.clone(),
                feed.clone(),
                numbers.iter().map(|row| row.tn).collect::<Vec<_>>(),
            );
            let by = self
                .app
                .store
                .command(self.meta.clone(), move |mut tx| {
                    let (app, feed, numbers) = (app.clone(), feed.clone(), numbers.clone());
                    async move { leave_all(&app, &mut tx, &feed, &numbers).await }
                })
                .await?;
            counts.add(&by);
        }
        Ok(total)
    }

    /// What is stored of this feed and not named in the file.
    async fn gone(&self, named: &BTreeSet<Tn>) -> Result<Vec<Stored>, AppError> {
        let (mut after, mut gone) = (0_i64, Vec::new());
        loop {
            let feed = self.header.feed();
            let page = self
                .app
                .store
                .read::<_, AppError, _, _>(move |mut tx| async move {
                    let source = feed.source.as_str();
                    Ok(tx.inventory_scan(source, &feed.carrier, after, PAGE).await?)
                })
                .await?;
            let Some(last) = page.last() else { return Ok(gone) };
            after = i64::from(&last.tn);
            let leaves = |row: &Stored| !named.contains(&row.tn) && row.as_of <= self.header.as_of;
            gone.extend(page.into_iter().filter(leaves));
        }
    }

    /// How many numbers the rows take from the customer that has them.
    async fn lowered(&self, rows: &[InventoryRow]) -> Result<u64, AppError> {
        let mut lowered = 0;
        for rows in rows.chunks(CHUNK) {
            let told: Vec<_> = rows.iter().map(|row| (row.tn, row.customer)).collect();
            let as_of = self.header.as_of;
            lowered += self
                .app
                .store
                .read::<_, AppError, _, _>(move |mut tx| async move {
                    let mut lowered = 0_u64;
                    for (tn, customer) in told {
                        let stored = tx.inventory_of(tn).await?;
                        if stored.as_ref().is_some_and(|row| row.as_of > as_of) {
                            continue;
                        }
                        let holder = stored.and_then(|row| row.customer_id);
                        // Who has it by a port or a range has no row in the inventory.
                        let kinds = EvidenceKind::ALL.into_iter();
                        let kinds = kinds.filter(|kind| replaces(customer.is_some(), *kind));
                        let kinds = kinds.map(EvidenceKind::as_str).collect::<Vec<_>>().join(",");
                        let but = customer.unwrap_or(CustomerId(uuid::Uuid::nil()));
                        let loses = holder.is_some_and(|holder| Some(holder) != customer)
                            || tx.number_weighs(tn, &kinds, but).await?.0 > 0;
                        lowered += u64::from(loses);
                    }
                    Ok(lowered)
                })
                .await?;
        }
        Ok(lowered)
    }

    /// Lets a load wait that would lower more than one feed may.
    async fn hold_back(&self, lowers: Lowers) -> Result<(), Stop> {
        let blast = &self.policy.policy.blast;
        if hold::waits(&self.app, blast, lowers, self.released).await? {
            return Err(Stop::Held(lowers));
        }
        Ok(())
    }
}

/// Why a load stopped.
enum Stop {
    /// It would lower too much.
    Held(Lowers),
    /// Something broke; what was written so far stands.
    Fault(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Fault(error)
    }
}

fn failed(reason: &str, counts: &Counts) -> Ending {
    Ending::Failed { reason: reason.to_owned(), result: counts.told() }
}

fn assigned(rows: &[Stored]) -> u64 {
    rows.iter().filter(|row| row.customer_id.is_some()).count() as u64
}

/// Reads the whole file, or says why it is no inventory. Rows come out in the order of their
/// numbers, so that commands lock rows in one order.
fn parse(bytes: &[u8], feed: Feed) -> Result<File, &'static str> {
    let mut reader = InventoryReader::open(bytes, feed).map_err(|e| e.reason())?;
    let (mut rows, mut named, mut counts) = (Vec::new(), BTreeSet::new(), Counts::default());
    while let Some(judged) = reader.next_row().map_err(|e| e.reason())? {
        match judged {
            Ok(row) => {
                named.insert(row.tn);
                rows.push(row);
            }
            Err(fault) => {
                named.extend(fault.tn);
                for (column, reason) in fault.faults {
                    counts.refuse(&format!("{column}.{reason}"));
                }
            }
        }
    }
    let summary = reader.finish().map_err(|e| e.reason())?;
    rows.sort_by_key(|row| row.tn);
    Ok(File { rows, named, counts, total: summary.rows })
}
