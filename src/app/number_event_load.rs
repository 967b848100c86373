//! Loading a file of events: parsed whole, held where it would lower too much, then worked out in
//! small commands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::fences::Fences;
use super::hold::{self, HeldLoad};
use super::inventory::MAX_FILE;
use super::inventory_rows::Counts;
use super::number_event::{Came, Recorded, all, takes};
use super::operation::{self, Begun, Ending};
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::blast::Lowers;
use crate::domain::command::admin::InventorySource;
use crate::domain::command::number_event::{GivenEvent, LoadNumberEvents};
use crate::domain::command::write::Write;
use crate::domain::digest::Digest;
use crate::domain::evidence::{Kind as EvidenceKind, feed_expires};
use crate::domain::ids::{CustomerId, OperationId};
use crate::domain::number::Tn;
use crate::domain::number_event::{NumberEvent, ends, run_of};
use crate::domain::operation::Kind;
use crate::domain::time::Ts;
use crate::sources::inventory::Feed;
use crate::sources::number_events::{EventRow, read};
use crate::store::{Meta, StoreError, Tx};

/// Numbers of one command, where one row alone has no more.
const CHUNK: usize = 250;
/// No customer.
const NOBODY: CustomerId = CustomerId(uuid::Uuid::nil());
/// Lines that are told for each reason.
const LINES: usize = 20;

/// Starts a load of a file that was received whole; the answer is the operation to follow.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: LoadNumberEvents,
    file: Vec<u8>,
) -> Result<Begun, AppError> {
    if file.len() > MAX_FILE {
        let message = "a file of events has at most 64 MiB; send it in several files";
        return Err(AppError::field("chunk", "TOO_LARGE", message));
    }
    let now = app.clock.now();
    let policy = app.policies.at(now)?;
    if ask.as_of > now {
        let message = "the file says it was taken in the future; check its clock";
        return Err(AppError::field("header.as_of_time", "FUTURE", message));
    }
    if feed_expires(None, ask.as_of, &policy.policy.evidence) <= now {
        let message = "the file is older than the policy allows; take a new one";
        return Err(AppError::field("header.as_of_time", "STALE", message));
    }
    // The same request with another file is another write.
    let body = Digest::of_parts([ask.write.body.as_slice(), file.as_slice()]);
    let write = Write { body: *body.as_bytes(), ..ask.write.clone() };
    let fresh = OperationId(app.clock.id());
    let begun = operation::begin(app, who, &write, Kind::LoadNumberEvents, fresh).await?;
    if begun.operation == fresh {
        // No request of its own: the load was claimed when it began.
        let unnamed = Write { request_id: String::new(), validate_only: false, ..ask.write };
        let load = Load {
            app: app.clone(),
            meta: Meta::write(who, &unnamed),
            header: Header { source: ask.source, carrier: ask.carrier, as_of: ask.as_of },
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
    let now = app.clock.now();
    let (Ok(policy), Ok(header)) =
        (app.policies.at(now), serde_json::from_value::<Header>(load.ask))
    else {
        return failed("DEFECT", BTreeMap::new());
    };
    if feed_expires(None, header.as_of, &policy.policy.evidence) <= now {
        return failed("STALE", BTreeMap::new());
    }
    let file = load.files.into_values().next().unwrap_or_default();
    let released = Some(load.lowers);
    Load { app: app.clone(), meta, header, operation, released }.run(Arc::new(file)).await
}

/// What a load is asked with; kept beside its file while it waits for two people.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Header {
    source: InventorySource,
    carrier: String,
    as_of: Ts,
}

/// One load under way.
struct Load {
    app: App,
    meta: Meta,
    header: Header,
    operation: OperationId,
    /// What two people have agreed to.
    released: Option<Lowers>,
}

/// What came of the rows: how many of each word, and on which lines the first refusals stand.
#[derive(Default)]
struct Tally {
    counts: Counts,
    lines: BTreeMap<String, Vec<u64>>,
}

impl Tally {
    fn refuse(&mut self, reason: &str, line: u64) {
        self.counts.refuse(reason);
        let lines = self.lines.entry(format!("lines.{reason}")).or_default();
        if lines.len() < LINES {
            lines.push(line);
        }
    }

    fn told(&self) -> BTreeMap<String, String> {
        let mut told = self.counts.told();
        for (word, lines) in &self.lines {
            let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
            told.insert(word.clone(), lines.join(","));
        }
        told
    }
}

fn failed(reason: &str, result: BTreeMap<String, String>) -> Ending {
    Ending::Failed { reason: reason.to_owned(), result }
}

/// An event with its line, and on how many numbers it is.
type Row = (u64, NumberEvent, u32);

/// The rows in pieces for one command each, by the numbers that they are about.
fn chunks(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut numbers = 0_usize;
        let fits = |(_, _, count): &&Row| {
            numbers += usize::try_from(*count).unwrap_or(usize::MAX);
            numbers <= CHUNK
        };
        let many = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (now, later) = rest.split_at(many);
        rest = later;
        (!now.is_empty()).then_some(now)
    })
}

/// The events of some rows, each with its numbers.
fn laid_out(rows: &[Row]) -> Vec<GivenEvent> {
    let given = |(_, event, count): &Row| match run_of(event, *count) {
        Ok(numbers) => GivenEvent { event: Ok(event.clone()), numbers },
        Err(reason) => GivenEvent { event: Err(reason), numbers: Vec::new() },
    };
    rows.iter().map(given).collect()
}

impl Load {
    async fn run(self, bytes: Arc<Vec<u8>>) -> Ending {
        let given = Arc::clone(&bytes);
        let parsed = tokio::task::spawn_blocking(move || read(given.as_slice())).await;
        let rows = match parsed {
            Ok(Ok(rows)) => rows,
            Ok(Err(error)) => return failed(error.reason(), BTreeMap::new()),
            Err(_panic) => return failed("DEFECT", BTreeMap::new()),
        };
        let total = rows.len() as u64;
        let mut tally = Tally::default();
        let rows = in_order(rows, &mut tally);
        match self.work(&rows, total, &mut tally).await {
            Ok(None) => Ending::Done { rows: total, result: tally.told() },
            Ok(Some(lowers)) => match self.held(lowers, &bytes) {
                Ok(load) => Ending::Held { load: Arc::new(load), result: tally.told() },
                Err(_shape) => failed("DEFECT", tally.told()),
            },
            Err(error) => {
                tracing::warn!(operation = %self.operation, %error, "a load of events stopped");
                failed("INTERRUPTED", tally.told())
            }
        }
    }

    fn held(&self, lowers: Lowers, bytes: &[u8]) -> Result<HeldLoad, StoreError> {
        let ask = serde_json::to_value(&self.header)
            .map_err(|_shape| StoreError::Defect("a header cannot be encoded"))?;
        let files = BTreeMap::from([("events".to_owned(), bytes.to_vec())]);
        Ok(HeldLoad { lowers, ask, files })
    }

    /// Works the rows out, unless they would lower too much: then nothing is written.
    async fn work(
        &self,
        rows: &[Row],
        total: u64,
        tally: &mut Tally,
    ) -> Result<Option<Lowers>, AppError> {
        let Header { source, carrier, as_of } = self.header.clone();
        let feed = Feed { source, carrier, as_of };
        let lowers = Lowers { numbers: self.lowered(&feed, rows).await?, customers: 0 };
        let blast = self.app.policies.at(self.app.clock.now())?.policy.blast;
        if hold::waits(&self.app, &blast, lowers, self.released).await? {
            return Ok(Some(lowers));
        }
        let mut done = total.saturating_sub(rows.len() as u64);
        for rows in chunks(rows) {
            let came = self.chunk(&feed, laid_out(rows)).await?;
            for ((line, event, _), came) in rows.iter().zip(came.results) {
                match came {
                    Came::Done => tally.counts.count(&event.kind.as_str().to_ascii_lowercase()),
                    Came::Unchanged => tally.counts.count("unchanged"),
                    Came::Refused { reason, .. } => tally.refuse(&reason, *line),
                }
            }
            done += rows.len() as u64;
            operation::progress(&self.app, self.operation, done, total).await?;
        }
        Ok(None)
    }

    async fn chunk(&self, feed: &Feed, events: Vec<GivenEvent>) -> Result<Recorded, AppError> {
        let feed = feed.clone();
        let work = move |app: App, mut tx: Tx, fences: Fences| {
            let (feed, events) = (feed.clone(), events.clone());
            async move { all(&app, &mut tx, &feed, &events, &fences).await }
        };
        self.app.lowering(self.meta.clone(), work, |done: &Recorded| done.last).await
    }

    /// On how many numbers the rows would end what somebody has, each judged by what is known now:
    /// an event ends it, or another customer gets the number.
    async fn lowered(&self, feed: &Feed, rows: &[Row]) -> Result<u64, AppError> {
        let mut lowered = BTreeSet::new();
        for rows in chunks(rows) {
            let given = laid_out(rows).into_iter();
            let events: Vec<(NumberEvent, Vec<Tn>)> =
                given.filter_map(|given| Some((given.event.ok()?, given.numbers))).collect();
            let (app, feed) = (self.app.clone(), feed.clone());
            let found = self
                .app
                .store
                .read::<_, AppError, _, _>(move |mut tx| async move {
                    let mut found = Vec::new();
                    for (event, numbers) in events {
                        let kinds = taken(&event);
                        for tn in numbers {
                            let event = NumberEvent { tn, ..event.clone() };
                            // Most rows touch nothing that anybody has.
                            if tx.number_weighs(tn, &kinds, NOBODY).await?.0 > 0
                                && takes(&app, &mut tx, &feed, &event).await?
                            {
                                found.push(tn);
                            }
                        }
                    }
                    Ok(found)
                })
                .await?;
            lowered.extend(found);
        }
        Ok(lowered.len() as u64)
    }
}

/// The kinds of evidence that somebody may lose by an event, with commas between them.
fn taken(event: &NumberEvent) -> String {
    let own = event.kind.gives();
    let kinds = EvidenceKind::ALL.into_iter();
    let taken = kinds.filter(|kind| ends(event.kind, *kind) || own == Some(*kind));
    taken.map(EvidenceKind::as_str).collect::<Vec<_>>().join(",")
}

/// The rows that can be read, in the order of their numbers and times, so that commands lock rows in
/// one order; the others are told.
fn in_order(rows: Vec<EventRow>, tally: &mut Tally) -> Vec<Row> {
    let mut order = Vec::new();
    for EventRow { line, read } in rows {
        match read {
            Ok((event, count)) => order.push((line, event, count)),
            Err(reason) => tally.refuse(&reason, line),
        }
    }
    order.sort_by_key(|(_, event, _)| (event.tn, event.at));
    order
}
