//! The places of stored numbers, worked out anew after a numbering list has changed: only rows
//! whose category or country is another one now are written, each under an entry of its own.

use std::collections::BTreeMap;

use super::error::AppError;
use super::number_check::placed;
use super::number_draft::NumberDraft;
use super::parts::App;
use crate::domain::ids::ListVersionId;
use crate::domain::list::{Difference, List};
use crate::domain::number::{Category, Tn};
use crate::domain::numbering::{BadRow, Book, InForce, Placed, Stocked};
use crate::sources::numbering;
use crate::store::numbering::JudgedRow;
use crate::store::{Meta, StoreError, Tx};

/// The kind of the job.
pub const RECATEGORISE: &str = "RECATEGORISE";

/// Numbers read at a time.
const PAGE: i64 = 1_000;
/// Numbers of one command.
const CHUNK: usize = 100;

/// Judges every stored number by the lists in force. `false` while the table has not followed the
/// load that asked for it.
pub async fn run(app: &App, version: ListVersionId) -> Result<bool, AppError> {
    let revision = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            Ok(tx.list_revision(version).await?.map_or(1, |(revision,)| revision))
        })
        .await?;
    if !app.live.applied(version.0, u64::try_from(revision).unwrap_or(1)) {
        return Ok(false);
    }
    let mut after = 0_i64;
    loop {
        let page = page(app, after).await?;
        let Some(last) = page.last() else { return Ok(true) };
        after = i64::from(&last.tn);
        let moved = |row: &&JudgedRow| {
            let Placed { category, foreign } = placed(app, row.tn, stocked(row));
            (category.as_str(), foreign) != (row.category.as_str(), row.is_foreign)
        };
        let changed = page.iter().filter(moved);
        let changed: Vec<Tn> = changed.map(|row| row.tn).collect();
        for chunk in changed.chunks(CHUNK) {
            write(app, chunk.to_vec()).await?;
        }
    }
}

async fn page(app: &App, after: i64) -> Result<Vec<JudgedRow>, AppError> {
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            Ok(tx.numbers_judged(after, PAGE).await?)
        })
        .await
}

fn stocked(row: &JudgedRow) -> Stocked {
    Stocked::by(row.stocked.map(|_tn| row.customer_id), row.own > 0)
}

async fn write(app: &App, numbers: Vec<Tn>) -> Result<(), AppError> {
    let shared = app.clone();
    app.store
        .command(Meta::system("recategorise"), move |mut tx| {
            let (app, numbers) = (shared.clone(), numbers.clone());
            async move {
                for tn in numbers {
                    write_one(&app, &mut tx, tn).await?;
                }
                Ok(())
            }
        })
        .await
}

async fn write_one(app: &App, tx: &mut Tx, tn: Tn) -> Result<(), AppError> {
    let Some(mut draft) = NumberDraft::open(tx, tn).await? else { return Ok(()) };
    let row = tx.inventory_of(tn).await?;
    if !draft.place(app, row.map(|row| row.customer_id)) {
        return Ok(());
    }
    draft.write(tx, "number.recategorised", None).await?;
    Ok(())
}

/// How many numbers with evidence would get a worse category by this change of a list.
pub(super) async fn lowered(
    app: &App,
    list: List,
    file: InForce,
    difference: &Difference,
) -> Result<u64, AppError> {
    if !Book::takes(list) {
        return Ok(0);
    }
    let before = app.live.book();
    let after = changed(&before, list, file, difference)
        .map_err(|_row| StoreError::Defect("a row of a numbering list cannot be read"))?;
    let (mut cursor, mut lowered) = (0_i64, 0_u64);
    loop {
        let page = page(app, cursor).await?;
        let Some(end) = page.last() else { return Ok(lowered) };
        cursor = i64::from(&end.tn);
        let loses = |row: &&JudgedRow| {
            let valid = numbering::valid(row.tn.as_u64());
            let of = |book: &Book| rank(book.placed(row.tn, valid, stocked(row)));
            row.evidence > 0 && of(&after) > of(&before)
        };
        lowered += page.iter().filter(loses).count() as u64;
    }
}

fn changed(
    book: &Book,
    list: List,
    file: InForce,
    difference: &Difference,
) -> Result<Book, BadRow> {
    let mut book = book.clone();
    book.turn(list, file);
    for key in &difference.gone {
        book.go(list, key)?;
    }
    let bodies: BTreeMap<&str, &str> =
        difference.come.iter().map(|row| (row.reference.as_str(), row.body.as_str())).collect();
    for (key, body) in bodies {
        let body = serde_json::from_str(body).map_err(|_shape| BadRow)?;
        book.come(list, key, &body)?;
    }
    Ok(book)
}

/// How much a place takes away.
const fn rank(Placed { category, foreign }: Placed) -> u8 {
    match category {
        Category::Assignable if foreign => 1,
        Category::Assignable => 0,
        Category::AllocationUnknown => 1,
        Category::Invalid
        | Category::Unallocated
        | Category::Unused
        | Category::SubscriberDno
        | Category::NotAssignable => 2,
    }
}
