//! What the rows of an inventory do to numbers: assignment is evidence, its end ends the evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::number_draft::NumberDraft;
use super::parts::App;
use crate::domain::customer::StateWord;
use crate::domain::evidence::{Detail, Evidence, Kind};
use crate::domain::ids::{CustomerId, EvidenceId, NumberId};
use crate::domain::number::Tn;
use crate::domain::numbering::shape;
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::sources::inventory::{Feed, InventoryRow};
use crate::store::Tx;
use crate::store::number::InventoryRow as Stored;
use crate::store::number_change::Stock;

/// How many rows had which outcome, by stable words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts(BTreeMap<String, u64>);

impl Counts {
    fn count(&mut self, word: &str) {
        *self.0.entry(word.to_owned()).or_insert(0) += 1;
    }

    /// A row was refused for this reason.
    pub(super) fn refuse(&mut self, reason: &str) {
        self.count(&format!("refused.{reason}"));
    }

    /// Takes other counts in.
    pub(super) fn add(&mut self, other: &Self) {
        for (word, count) in &other.0 {
            *self.0.entry(word.clone()).or_insert(0) += count;
        }
    }

    /// As an operation tells them.
    pub(super) fn told(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(word, count)| (word.clone(), count.to_string())).collect()
    }
}

/// Whether numbers can be assigned to a customer.
#[derive(Clone, Copy)]
enum Assignee {
    Unknown,
    Ended,
    Good,
}

/// Writes rows of a file in one command. Evidence of them counts until `until`.
pub(super) async fn write_all(
    app: &App,
    tx: &mut Tx,
    feed: &Feed,
    rows: &[InventoryRow],
    until: Ts,
) -> Result<Counts, AppError> {
    let mut counts = Counts::default();
    let mut assignees = BTreeMap::new();
    for row in rows {
        if let Some(customer) = row.customer
            && !assignees.contains_key(&customer)
        {
            assignees.insert(customer, assignee(tx, customer).await?);
        }
        match row.customer.and_then(|customer| assignees.get(&customer)) {
            Some(Assignee::Unknown) => counts.refuse("customer_id.NOT_FOUND"),
            Some(Assignee::Ended) => counts.refuse("customer_id.CUSTOMER_TERMINATED"),
            Some(Assignee::Good) | None => {
                let word = write_row(app, tx, feed, row, until).await?;
                match word {
                    Ok(done) => counts.count(done),
                    Err(refused) => counts.refuse(refused),
                }
            }
        }
    }
    Ok(counts)
}

/// What the customer of a row is.
async fn assignee(tx: &mut Tx, customer: CustomerId) -> Result<Assignee, AppError> {
    let Some(row) = tx.customer(customer).await? else { return Ok(Assignee::Unknown) };
    tx.saw_of(customer.0, row.last_at);
    let ended = [StateWord::Terminated, StateWord::Rejected].map(StateWord::as_str);
    Ok(if ended.contains(&row.state.as_str()) { Assignee::Ended } else { Assignee::Good })
}

/// What the row did, or why it was refused.
async fn write_row(
    app: &App,
    tx: &mut Tx,
    feed: &Feed,
    row: &InventoryRow,
    until: Ts,
) -> Result<Result<&'static str, &'static str>, AppError> {
    let category = shape(row.tn).0;
    if category.unclaimable() {
        return Ok(Err(category.as_str()));
    }
    let mut draft = NumberDraft::open_or_new(tx, row.tn, NumberId(app.clock.opaque_id())).await?;
    let before = tx.inventory_of(row.tn).await?;
    if before.as_ref().is_some_and(|before| before.as_of > feed.as_of) {
        return Ok(Err("NEWER_KNOWN"));
    }
    let stock = Stock {
        customer: row.customer,
        source: feed.source.as_str().to_owned(),
        carrier: feed.carrier.clone(),
        order_ref: row.order_ref.clone(),
        as_of: feed.as_of,
    };
    let held = draft
        .file
        .evidence
        .iter()
        .any(|piece| piece.kind == Kind::AssignedByUs && Some(piece.customer) == row.customer);
    if before.as_ref().is_some_and(|before| same(before, &stock)) && held == row.customer.is_some()
    {
        return Ok(Ok("unchanged"));
    }
    let id = EvidenceId(app.clock.id());
    let evidence = row.customer.map(|customer| Evidence {
        id,
        number: draft.file.id,
        customer,
        kind: Kind::AssignedByUs,
        source: source(feed),
        detail: Detail { reference: Pii::new(row.order_ref.clone()), ..Detail::default() },
        document: None,
        verified_at: tx.now(),
        expires_at: until,
        revoked_at: None,
        by: "system:inventory".to_owned(),
    });
    let holder = before.and_then(|before| before.customer_id);
    let (done, word) = match (holder, row.customer) {
        (None, None) => ("in_stock", "number.stocked"),
        (Some(_), None) => ("unassigned", "number.unassigned"),
        (None, Some(_)) => ("assigned", "number.assigned"),
        (Some(old), Some(new)) if old == new => ("renewed", "number.assignment_renewed"),
        (Some(_), Some(_)) => ("reassigned", "number.reassigned"),
    };
    draft.stock(stock, evidence);
    draft.write(tx, word, row.customer.or(holder)).await?;
    Ok(Ok(done))
}

fn same(before: &Stored, now: &Stock) -> bool {
    before.customer_id == now.customer
        && before.source == now.source
        && before.carrier == now.carrier
        && before.order_ref == now.order_ref
        && before.as_of == now.as_of
}

/// The source that the evidence names: the feed and its carrier.
fn source(feed: &Feed) -> String {
    let word = feed.source.as_str();
    if feed.carrier.is_empty() { word.to_owned() } else { format!("{word} {}", feed.carrier) }
}

/// Numbers that a complete file of the feed no longer names.
pub(super) async fn leave_all(
    tx: &mut Tx,
    feed: &Feed,
    numbers: &[Tn],
) -> Result<Counts, AppError> {
    let mut counts = Counts::default();
    for tn in numbers {
        let Some(mut draft) = NumberDraft::open(tx, *tn).await? else { continue };
        let ours = |row: &Stored| {
            row.source == feed.source.as_str()
                && row.carrier == feed.carrier
                && row.as_of <= feed.as_of
        };
        let Some(row) = tx.inventory_of(*tn).await?.filter(ours) else { continue };
        draft.leave_stock();
        draft.write(tx, "number.left_inventory", row.customer_id).await?;
        counts.count("left");
    }
    Ok(counts)
}
