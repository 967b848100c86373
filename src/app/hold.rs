//! Loads that would lower more than one load may: kept whole, and carried out when two people have
//! said that they are right.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::AppError;
use super::inventory;
use super::list_load;
use super::number_event_load;
use super::operation::{self, Ending, WATCH};
use super::parts::App;
use crate::domain::access::{Actor, Principal};
use crate::domain::blast::Lowers;
use crate::domain::command::hold::DecideHold;
use crate::domain::command::write::Write;
use crate::domain::facts::Facts;
use crate::domain::ids::{JobId, OperationId};
use crate::domain::journal::SubjectKind;
use crate::domain::operation::Kind;
use crate::domain::policy::Blast;
use crate::domain::proposal::ProposalRefusal;
use crate::domain::time::Span;
use crate::store::journal::EntryDraft;
use crate::store::operation::{OperationAgree, OperationHold, OperationRow};
use crate::store::seal::Cell;
use crate::store::{Meta, StoreError, Tx};

/// A load as it was asked for, so that it can go on from nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldLoad {
    /// What it would lower.
    pub lowers: Lowers,
    /// The header, as its own use case writes and reads it.
    pub ask: Value,
    /// The files, by their names.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// What stands before the bytes of the files.
#[derive(Serialize, Deserialize)]
struct Head {
    lowers: Lowers,
    ask: Value,
    files: Vec<(String, usize)>,
}

const UNREADABLE: StoreError = StoreError::Corrupt("operation");

impl HeldLoad {
    /// As bytes: the length of the head, the head, the files.
    fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let head = Head {
            lowers: self.lowers,
            ask: self.ask.clone(),
            files: self.files.iter().map(|(name, file)| (name.clone(), file.len())).collect(),
        };
        let unencodable = StoreError::Defect("a held load cannot be encoded");
        let head = serde_json::to_vec(&head).map_err(|_shape| unencodable.clone())?;
        let length = u32::try_from(head.len()).map_err(|_range| unencodable)?;
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend(head);
        self.files.values().for_each(|file| bytes.extend(file));
        Ok(bytes)
    }

    fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(UNREADABLE)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_range| UNREADABLE)?;
        let (head, mut rest) = rest.split_at_checked(length).ok_or(UNREADABLE)?;
        let head: Head = serde_json::from_slice(head).map_err(|_shape| UNREADABLE)?;
        let mut files = BTreeMap::new();
        for (name, length) in head.files {
            let (file, more) = rest.split_at_checked(length).ok_or(UNREADABLE)?;
            files.insert(name, file.to_vec());
            rest = more;
        }
        Ok(Self { lowers: head.lowers, ask: head.ask, files })
    }

    /// The counts of what it would lower, as an operation tells them.
    pub(super) fn told(&self) -> BTreeMap<String, String> {
        let counts =
            [("lowers_numbers", self.lowers.numbers), ("lowers_customers", self.lowers.customers)];
        counts.into_iter().map(|(word, count)| (word.to_owned(), count.to_string())).collect()
    }
}

/// Whether a load has to wait for two people, as the numbers stand. `released` is what two people
/// have agreed to before.
pub async fn waits(
    app: &App,
    blast: &Blast,
    lowers: Lowers,
    released: Option<Lowers>,
) -> Result<bool, AppError> {
    let live = app
        .store
        .read::<_, AppError, _, _>(|mut tx| async move { Ok(tx.numbers_live().await?) })
        .await?;
    Ok(lowers.waits(blast, u64::try_from(live.0).unwrap_or(0), released))
}

fn cell(id: &OperationId) -> Cell<'_> {
    Cell { table: "operation", column: "payload", row: id.0.as_bytes() }
}

/// Lets a running operation wait. What it would do is told, and alarmed.
pub(super) async fn hold(
    tx: &mut Tx,
    row: &OperationRow,
    load: &HeldLoad,
    mut result: BTreeMap<String, String>,
) -> Result<(), AppError> {
    let id = row.id;
    result.extend(load.told());
    let (revision, entry) =
        note(tx, row, "operation.held", json!({ "kind": row.kind, "result": result })).await?;
    let payload = tx.seal_own(cell(&id), &load.encode()?)?;
    let result = serde_json::to_vec(&result)
        .map_err(|_shape| StoreError::Defect("a result cannot be encoded"))?;
    let at = tx.at();
    tx.operation_hold(&OperationHold { id, payload, result, revision, at, entry }).await?;
    tx.job_defer(WATCH, id.0, at.plus(KEPT)).await?;
    tracing::error!(
        operation = %id,
        kind = row.kind,
        numbers = load.lowers.numbers,
        customers = load.lowers.customers,
        "a load would lower more than one load may; two people have to confirm or reject it"
    );
    Ok(())
}

/// How long a load waits; then it is called off.
const KEPT: Span = Span::days(7);

/// Writes an entry about an operation.
async fn note(
    tx: &mut Tx,
    row: &OperationRow,
    word: &'static str,
    detail: Value,
) -> Result<(i64, crate::domain::ids::EntryId), AppError> {
    let revision = row.revision + 1;
    let entry = tx
        .journal(EntryDraft {
            kind: SubjectKind::Operation,
            subject: row.id.0,
            rev: u64::try_from(revision).unwrap_or(u64::MAX),
            word,
            facts: Some(Facts::Operation { operation: row.id }.encode()?),
            detail,
            owner: None,
        })
        .await?;
    Ok((revision, entry))
}

/// What a confirmation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The operation.
    pub operation: OperationId,
    /// The job that watches over it, where it goes on: it was the second person.
    watch: Option<JobId>,
}

impl Confirmed {
    /// Whether the load goes on.
    pub const fn released(&self) -> bool {
        self.watch.is_some()
    }
}

/// One person says that a held load is right; after the second one it goes on.
pub async fn confirm(app: &App, who: &Principal, ask: DecideHold) -> Result<Confirmed, AppError> {
    let Actor::User(_) = who.actor else {
        let message = "log in: a key cannot confirm what would lower so much";
        return Err(AppError::denied("PEOPLE_ONLY", message));
    };
    let hours = app.policies.at(app.clock.now())?.policy.two_people.proposal_hours;
    let stands = Span::hours(i64::from(hours));
    let (meta, watch) = (Meta::write(who, &ask.write), JobId(app.clock.id()));
    let (actor, id) = (who.actor, ask.operation);
    let done = app
        .store
        .command(meta, move |mut tx| {
            let ask = ask.clone();
            async move { confirm_in(&mut tx, actor, &ask, stands, watch).await }
        })
        .await?;
    // A retry finds the first answer; the load goes on once.
    if done.watch == Some(watch) {
        let (app, who) = (app.clone(), *who);
        tokio::spawn(async move {
            let work = go_on(&app, who, id);
            operation::carry_out(&app, id, work).await;
        });
    }
    Ok(done)
}

async fn confirm_in(
    tx: &mut Tx,
    actor: Actor,
    ask: &DecideHold,
    stands: Span,
    watch: JobId,
) -> Result<Confirmed, AppError> {
    let row = held(tx, ask.operation).await?;
    let (by, now) = (actor.to_string(), tx.now());
    let first = row.first_by.clone().zip(row.first_at);
    let first = first.filter(|(_, at)| now < at.plus(stands));
    let (first_by, first_at, second) = match first {
        Some((first, _)) if first == by => return Err(ProposalRefusal::SecondPerson.into()),
        Some((first, at)) => (first, at, Some(by)),
        None => (by, now, None),
    };
    let word = if second.is_some() { "operation.released" } else { "operation.release_proposed" };
    let detail = json!({ "reason": ask.reason, "first_by": first_by });
    let (revision, entry) = note(tx, &row, word, detail).await?;
    let at = tx.at();
    let released = second.is_some();
    tx.operation_agree(&OperationAgree {
        id: row.id,
        first_by,
        first_at,
        released_by: second,
        held_at: row.held_at.filter(|_| !released),
        revision,
        at,
        entry,
    })
    .await?;
    if released {
        tx.job_add(watch, WATCH, row.id.0, at.plus(operation::SILENCE), at).await?;
    }
    Ok(Confirmed { operation: row.id, watch: released.then_some(watch) })
}

/// An operation that waits, locked.
async fn held(tx: &mut Tx, id: OperationId) -> Result<OperationRow, AppError> {
    let row = tx.operation_lock(id).await?.ok_or(AppError::NotFound { what: "operation" })?;
    tx.saw_of(row.id.0, row.last_at);
    if row.state == "RUNNING" && row.held_at.is_some() {
        return Ok(row);
    }
    Err(AppError::refused("NOT_HELD", "this operation waits for nobody; look at its state"))
}

/// Calls a held load off.
pub async fn reject(app: &App, who: &Principal, ask: DecideHold) -> Result<OperationId, AppError> {
    let meta = Meta::write(who, &ask.write);
    app.store
        .command(meta, move |mut tx| {
            let ask = ask.clone();
            async move {
                let row = held(&mut tx, ask.operation).await?;
                let ending = Ending::Cancelled { reason: "REJECTED".to_owned() };
                operation::end_in(&mut tx, &row, ending, Some(ask.reason)).await?;
                Ok(ask.operation)
            }
        })
        .await
}

/// Carries out a load that two people have released.
async fn go_on(app: &App, who: Principal, id: OperationId) -> Ending {
    match kept(app, id).await {
        Ok((kind, load)) => {
            // No request of its own: the load was claimed when it began.
            let write = Write {
                call: "ConfirmHeldLoad",
                request_id: String::new(),
                body: [0; 32],
                etag: None,
                validate_only: false,
            };
            let meta = Meta::write(&who, &write);
            match kind {
                Kind::LoadInventory => inventory::go_on(app, meta, id, load).await,
                Kind::LoadNumberEvents => number_event_load::go_on(app, meta, id, load).await,
                Kind::LoadList => list_load::go_on(app, id, load).await,
                Kind::ImportNumbers => failed("NOT_HELD"),
            }
        }
        Err(error) => {
            tracing::warn!(operation = %id, %error, "a held load could not be read");
            failed("INTERRUPTED")
        }
    }
}

fn failed(reason: &str) -> Ending {
    Ending::Failed { reason: reason.to_owned(), result: BTreeMap::new() }
}

async fn kept(app: &App, id: OperationId) -> Result<(Kind, HeldLoad), AppError> {
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let row = tx.operation(id).await?.ok_or(AppError::NotFound { what: "operation" })?;
            let (payload,) = tx.operation_payload(id).await?.ok_or(UNREADABLE)?;
            let load = HeldLoad::decode(&tx.open_own(cell(&id), &payload)?)?;
            Ok((row.kind.parse().map_err(|_word| UNREADABLE)?, load))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_reads_back() {
        let load = HeldLoad {
            lowers: Lowers { numbers: 7, customers: 1 },
            ask: json!({ "as_of": 5 }),
            files: [("a", vec![1, 2, 3]), ("b", Vec::new()), ("c", vec![0; 9])]
                .map(|(name, file)| (name.to_owned(), file))
                .into(),
        };
        let bytes = load.encode().unwrap();
        assert_eq!(HeldLoad::decode(&bytes), Ok(load));
        for cut in [0, 3, 4, 20, bytes.len() - 1] {
            assert_eq!(HeldLoad::decode(&bytes[..cut]), Err(UNREADABLE), "cut at {cut}");
        }
    }
}
