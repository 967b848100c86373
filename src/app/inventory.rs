//! Loading the provider's own number inventory: parsed whole, held back when it would lower too
//! much, then written in small commands, each row with what came of it.

use std::collections::BTreeSet;

use super::error::AppError;
use super::inventory_rows::{Counts, leave_all, write_all};
use super::operation::{self, Begun, Ending};
use super::parts::App;
use super::policies::InForce;
use crate::domain::access::Principal;
use crate::domain::command::admin::LoadInventory;
use crate::domain::command::write::Write;
use crate::domain::digest::Digest;
use crate::domain::evidence::feed_expires;
use crate::domain::ids::OperationId;
use crate::domain::number::Tn;
use crate::domain::operation::Kind;
use crate::sources::inventory::{Feed, InventoryReader, InventoryRow};
use crate::store::Meta;
use crate::store::number::InventoryRow as Stored;

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
        let load = Load::new(app, who, ask, policy, fresh);
        tokio::spawn(async move {
            let app = load.app.clone();
            operation::carry_out(&app, fresh, load.run(file)).await;
        });
    }
    Ok(begun)
}

/// One load under way.
struct Load {
    app: App,
    meta: Meta,
    feed: Feed,
    complete: bool,
    policy: std::sync::Arc<InForce>,
    operation: OperationId,
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
    fn new(
        app: &App,
        who: &Principal,
        ask: LoadInventory,
        policy: std::sync::Arc<InForce>,
        operation: OperationId,
    ) -> Self {
        // No request of its own: the load was claimed when it began.
        let unnamed = Write { request_id: String::new(), validate_only: false, ..ask.write };
        Self {
            app: app.clone(),
            meta: Meta::write(who, &unnamed),
            feed: Feed { source: ask.source, carrier: ask.carrier, as_of: ask.as_of },
            complete: ask.complete,
            policy,
            operation,
        }
    }

    async fn run(self, bytes: Vec<u8>) -> Ending {
        let feed = self.feed.clone();
        let parsed = tokio::task::spawn_blocking(move || parse(&bytes, feed)).await;
        let file = match parsed {
            Ok(Ok(file)) => file,
            Ok(Err(reason)) => return failed(reason, &Counts::default()),
            Err(_panic) => return failed("DEFECT", &Counts::default()),
        };
        let mut counts = file.counts.clone();
        match self.write(file, &mut counts).await {
            Ok(rows) => Ending::Done { rows, result: counts.told() },
            Err(Stop::Held) => failed("BLAST_LIMIT", &counts),
            Err(Stop::Fault(error)) => {
                tracing::warn!(operation = %self.operation, %error, "an inventory load stopped");
                failed("INTERRUPTED", &counts)
            }
        }
    }

    async fn write(&self, file: File, counts: &mut Counts) -> Result<u64, Stop> {
        let gone = if self.complete { self.gone(&file.named).await? } else { Vec::new() };
        let lowered = self.lowered(&file.rows).await? + assigned(&gone);
        self.hold_back(lowered).await?;
        let total = file.total;
        let mut done = total.saturating_sub(file.rows.len() as u64);
        let until = feed_expires(None, self.feed.as_of, &self.policy.policy.evidence);
        for rows in file.rows.chunks(CHUNK) {
            let (app, feed, rows) = (self.app.clone(), self.feed.clone(), rows.to_vec());
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
            let (feed, numbers) =
                (self.feed.clone(), numbers.iter().map(|row| row.tn).collect::<Vec<_>>());
            let by = self
                .app
                .store
                .command(self.meta.clone(), move |mut tx| {
                    let (feed, numbers) = (feed.clone(), numbers.clone());
                    async move { leave_all(&mut tx, &feed, &numbers).await }
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
            let feed = self.feed.clone();
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
            let leaves = |row: &Stored| !named.contains(&row.tn) && row.as_of <= self.feed.as_of;
            gone.extend(page.into_iter().filter(leaves));
        }
    }

    /// How many numbers the rows take from the customer that has them.
    async fn lowered(&self, rows: &[InventoryRow]) -> Result<u64, AppError> {
        let mut lowered = 0;
        for rows in rows.chunks(CHUNK) {
            let told: Vec<_> = rows.iter().map(|row| (row.tn, row.customer)).collect();
            let as_of = self.feed.as_of;
            lowered += self
                .app
                .store
                .read::<_, AppError, _, _>(move |mut tx| async move {
                    let mut lowered = 0_u64;
                    for (tn, customer) in told {
                        let stored = tx.inventory_of(tn).await?;
                        let loses = stored.is_some_and(|row| {
                            row.as_of <= as_of
                                && row.customer_id.is_some()
                                && row.customer_id != customer
                        });
                        lowered += u64::from(loses);
                    }
                    Ok(lowered)
                })
                .await?;
        }
        Ok(lowered)
    }

    /// Refuses a load that would lower more than the policy's share of the live numbers. A single
    /// number is never held: that is one event, not a feed gone wrong.
    async fn hold_back(&self, lowered: u64) -> Result<(), Stop> {
        let live = self
            .app
            .store
            .read::<_, AppError, _, _>(|mut tx| async move { Ok(tx.numbers_live().await?) })
            .await?;
        let live = u64::try_from(live.0).unwrap_or(0);
        let share = u64::from(self.policy.policy.blast.numbers_per_10000);
        let most = (live.saturating_mul(share) / 10_000).max(1);
        if lowered > most { Err(Stop::Held) } else { Ok(()) }
    }
}

/// Why a load stopped.
enum Stop {
    /// It would lower too much.
    Held,
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
