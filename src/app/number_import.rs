//! Imports of numbers: rows are read as they come in and laid down sealed; once they are whole, an
//! operation is begun, and from then on any instance can do the work.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::error::AppError;
use super::evidence::check_document;
use super::number_draft::{not_ended, owner_draft};
use super::operation::{self, Begun};
use super::parts::App;
use crate::domain::access::{Principal, Role};
use crate::domain::command::number::ImportNumbers;
use crate::domain::command::write::Write;
use crate::domain::evidence::Kind as EvidenceKind;
use crate::domain::ids::OperationId;
use crate::domain::number::Tn;
use crate::domain::number_import::{ImportRow, Mode, Phase, RawRow, Terms};
use crate::domain::operation::Kind;
use crate::sources::import_rows::{Fields, Record, RowReader, RowsError};
use crate::sources::spool::{FrameHead, Spool, SpoolError, SpoolWriter};
use crate::store::number_import::ImportAdd;
use crate::store::seal::{Cell, DataKey};
use crate::store::{Meta, StoreError, Tx};

/// The longest file that is taken, in bytes.
pub const MAX_FILE: u64 = 512 << 20;
/// Most results that the rows of one import have: one for each number, and one for each row of which
/// none can be read.
pub const MAX_RESULTS: u64 = 2_000_000;
/// Rows of one frame.
const FRAME: usize = 1_000;

/// Where a frame stands: under its seal, so that it is opened nowhere else.
pub(super) fn frame_row(id: OperationId, head: &FrameHead) -> Vec<u8> {
    [id.0.as_bytes().as_slice(), &head.bytes()].concat()
}

/// A frame's place in the eyes of the seal.
pub(super) const fn frame_cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "number_import", column: "rows", row }
}

/// The place of an import's terms.
pub(super) const fn terms_cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "number_import", column: "terms", row }
}

impl App {
    /// Where the rows of imports wait.
    pub(super) fn spool(&self) -> Spool {
        Spool::under(&self.documents_dir)
    }
}

pub(super) fn refused(error: SpoolError) -> AppError {
    AppError::Unavailable { reason: error.reason(), message: error.to_string().into() }
}

fn file_refused(error: RowsError) -> AppError {
    AppError::field("chunk", error.reason(), error.to_string())
}

/// An import on its way in.
#[derive(Debug)]
pub struct Intake {
    app: App,
    who: Principal,
    write: Write,
    terms: Terms,
    id: OperationId,
    key: DataKey,
    writer: SpoolWriter,
    reader: Option<RowReader>,
    rows: Vec<ImportRow>,
    head: FrameHead,
    read: u64,
    bytes: u64,
    sha: Sha256,
    seen: Seen,
    /// What the good rows bring: the document has to be one for all of it.
    kinds: BTreeSet<EvidenceKind>,
}

/// Begins to take an import in, for whoever may import for this customer.
pub async fn open(app: &App, who: &Principal, ask: ImportNumbers) -> Result<Intake, AppError> {
    let customer = ask.terms.customer;
    super::customer::get(app, who, customer).await?;
    if ask.terms.feed.as_ref().is_some_and(|feed| feed.as_of > app.clock.now()) {
        let message = "the feed says it was taken in the future; check its clock";
        return Err(AppError::field("header.feed.as_of_time", "FUTURE", message));
    }
    let provider = is_provider(who);
    if let Err(reason) = ask.terms.admits(ask.terms.kind, provider) {
        let message = "this evidence cannot be imported like that: own feeds need their header and \
                       the provisioning role, letters and bills their document, date and party";
        return Err(AppError::field("header.kind", reason, message));
    }
    let key = app
        .store
        .read::<_, AppError, _, _>(
            move |mut tx| async move { Ok(tx.take_data_key(customer).await?) },
        )
        .await?;
    let kinds = ask.terms.kind.into_iter().collect();
    let id = OperationId(app.clock.id());
    let writer = app.spool().create(id.0).await.map_err(refused)?;
    Ok(Intake {
        app: app.clone(),
        who: *who,
        write: ask.write,
        terms: ask.terms,
        id,
        key,
        writer,
        reader: None,
        rows: Vec::new(),
        head: FrameHead::default(),
        read: 0,
        bytes: 0,
        sha: Sha256::new(),
        seen: Seen::default(),
        kinds,
    })
}

/// Whether the caller keeps the provider's own numbers.
fn is_provider(who: &Principal) -> bool {
    who.client.is_none() && who.roles.has(Role::Provisioning)
}

impl Intake {
    /// Takes the next bytes of a file.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > MAX_FILE {
            return Err(too_large());
        }
        self.sha.update(bytes);
        if self.reader.is_none() && self.read > 0 {
            return Err(mixed());
        }
        let mut records = Vec::new();
        let reader = self.reader.get_or_insert_default();
        reader.push(bytes, |record| records.push(record)).map_err(file_refused)?;
        for record in records {
            self.add(record).await?;
        }
        Ok(())
    }

    /// Takes the next row of a stream of rows.
    pub async fn row(&mut self, raw: RawRow<'_>) -> Result<(), AppError> {
        if self.reader.is_some() {
            return Err(mixed());
        }
        for field in [raw.number, raw.end, raw.count, raw.kind, raw.reference] {
            self.bytes += field.len() as u64;
            self.sha.update((field.len() as u64).to_be_bytes());
            self.sha.update(field);
        }
        self.read += 1;
        let row = raw.read(self.read, &self.terms, is_provider(&self.who));
        self.lay(row).await
    }

    async fn add(&mut self, record: Record) -> Result<(), AppError> {
        self.read += 1;
        let row = match record {
            Err(reason) => ImportRow::unreadable(self.read, reason),
            Ok(Fields { number, end, count, evidence, reference }) => {
                let raw = RawRow {
                    number: &number,
                    end: &end,
                    count: &count,
                    kind: &evidence,
                    reference: &reference,
                };
                raw.read(self.read, &self.terms, is_provider(&self.who))
            }
        };
        self.lay(row).await
    }

    /// Lays a row down. Of a number that came before, the later row is refused; a range is cut where
    /// some of its numbers came before.
    async fn lay(&mut self, row: ImportRow) -> Result<(), AppError> {
        let results = row.results();
        if self.head.before + self.head.results + results > MAX_RESULTS {
            return Err(too_large());
        }
        self.head.results += results;
        self.kinds.extend(row.kind.filter(|_| row.fault.is_empty()));
        let first = self.rows.len();
        match row.numbers {
            Some((start, count)) if row.fault.is_empty() => {
                for place in 0..count {
                    let Some(tn) = row.number(place) else { continue };
                    let fault = if self.seen.first(tn) { "" } else { "DUPLICATE" };
                    let open = self.rows.get_mut(first..).and_then(<[_]>::last_mut);
                    match open.filter(|last| last.fault == fault) {
                        Some(last) => {
                            last.numbers = last.numbers.map(|(start, count)| (start, count + 1));
                        }
                        None => self.rows.push(ImportRow {
                            numbers: Some((if place == 0 { start } else { tn }, 1)),
                            fault: fault.to_owned(),
                            ..row.clone()
                        }),
                    }
                }
            }
            _ => self.rows.push(row),
        }
        if self.rows.len() >= FRAME { self.put(false).await } else { Ok(()) }
    }

    /// Seals the rows that wait and lays them down.
    async fn put(&mut self, last: bool) -> Result<(), AppError> {
        self.head.last = last;
        let plain = serde_json::to_vec(&self.rows)
            .map_err(|_shape| StoreError::Defect("rows cannot be encoded"))?;
        let row = frame_row(self.id, &self.head);
        let sealed = self.key.seal(frame_cell(&row), &plain, &self.app.clock)?;
        self.writer.put(self.head, &sealed).await.map_err(refused)?;
        let before = self.head.before + self.head.results;
        self.head = FrameHead { nth: self.head.nth + 1, before, results: 0, last: false };
        self.rows.clear();
        Ok(())
    }

    /// Ends the import's arrival: its rows are on the disk, then its operation is begun. A retry of
    /// the same import finds the first one.
    pub async fn finish(mut self) -> Result<Begun, AppError> {
        if let Some(reader) = self.reader.take() {
            let mut records = Vec::new();
            reader.finish(|record| records.push(record)).map_err(file_refused)?;
            for record in records {
                self.add(record).await?;
            }
        }
        if self.read == 0 {
            let message = "there are no rows; send a file with at least one, or rows";
            return Err(AppError::field("chunk", "NO_ROWS", message));
        }
        self.put(true).await?;
        let results = i64::try_from(self.head.before).unwrap_or(i64::MAX);
        let Self { app, who, write, terms, id, writer, sha, kinds, .. } = self;
        writer.finish().await.map_err(refused)?;
        // The same request with other rows is another write.
        let mut body = Sha256::new_with_prefix(write.body);
        body.update(sha.finalize());
        let write = Write { body: body.finalize().into(), ..write };
        let meta = Meta::write(&who, &write);
        let shared = app.clone();
        let begun = app
            .store
            .command(meta, move |mut tx| {
                let (app, terms, kinds) = (shared.clone(), terms.clone(), kinds.clone());
                async move {
                    if let Some(document) = terms.document {
                        for kind in kinds {
                            check_document(&mut tx, terms.customer, document, kind).await?;
                        }
                    }
                    begin_in(&app, &mut tx, &who, id, terms, results).await
                }
            })
            .await;
        let unwanted = match &begun {
            Ok(begun) => begun.operation != id,
            // A fault of the store leaves open whether the operation was begun; what is left then
            // goes with the old rows.
            Err(error) => super::document::is_certain(error),
        };
        if unwanted && let Err(why) = app.spool().remove(id.0).await {
            tracing::warn!(%why, "rows that are not imported could not be removed");
        }
        begun
    }
}

fn too_large() -> AppError {
    let message = "an import has at most 512 MiB and 2 million numbers; send it in several";
    AppError::field("chunk", "TOO_LARGE", message)
}

fn mixed() -> AppError {
    AppError::field("rows", "MIXED", "send a file in chunks or rows, not both")
}

async fn begin_in(
    app: &App,
    tx: &mut Tx,
    who: &Principal,
    id: OperationId,
    terms: Terms,
    results: i64,
) -> Result<Begun, AppError> {
    let owner = owner_draft(app, tx, who, terms.customer).await?;
    not_ended(&owner)?;
    let phase = match terms.mode {
        Mode::BestEffort => Phase::Write,
        Mode::AllOrNothing => Phase::Vet,
    };
    let entry =
        operation::add_in(tx, who, Kind::ImportNumbers, id, steps(terms.mode, results)).await?;
    let plain = serde_json::to_vec(&terms)
        .map_err(|_shape| StoreError::Defect("terms cannot be encoded"))?;
    let cell = terms_cell(id.0.as_bytes());
    let (customer, at) = (terms.customer, tx.at());
    let clock = app.clock.clone();
    let sealed = tx.data_key(customer).await?.seal(cell, &plain, &clock)?;
    tx.import_add(&ImportAdd {
        operation: id,
        customer,
        phase: phase.as_str().to_owned(),
        terms: sealed,
        results,
        at,
        entry,
    })
    .await?;
    Ok(Begun { operation: id })
}

/// How many steps an import has: where rows are vetted before any is written, each is taken twice.
pub(super) const fn steps(mode: Mode, results: i64) -> i64 {
    match mode {
        Mode::BestEffort => results,
        Mode::AllOrNothing => results.saturating_mul(2),
    }
}

/// Numbers that came before, sixty-four to a word: telephone numbers stand close together.
#[derive(Debug, Default)]
struct Seen(BTreeMap<u64, u64>);

impl Seen {
    /// Whether the number comes for the first time.
    fn first(&mut self, tn: Tn) -> bool {
        let (word, bit) = (tn.as_u64() / 64, 1_u64 << (tn.as_u64() % 64));
        let bits = self.0.entry(word).or_insert(0);
        let first = *bits & bit == 0;
        *bits |= bit;
        first
    }
}
