//! What the rows of an inventory do to numbers: assignment is evidence, its end ends the evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::assignee::Assignees;
use super::error::AppError;
use super::number_check::placed;
use super::number_draft::NumberDraft;
use super::number_event::{aging_of, events_last};
use super::parts::App;
use crate::domain::evidence::{Detail, Evidence, Kind};
use crate::domain::ids::{EvidenceId, NumberId};
use crate::domain::number::Tn;
use crate::domain::number_event::{Aging, ends, replaces};
use crate::domain::numbering::Stocked;
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
    /// One row more of this word.
    pub(super) fn count(&mut self, word: &str) {
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

/// Writes rows of a file in one command. Evidence of them counts until `until`.
pub(super) async fn write_all(
    app: &App,
    tx: &mut Tx,
    feed: &Feed,
    rows: &[InventoryRow],
    until: Ts,
) -> Result<Counts, AppError> {
    let mut counts = Counts::default();
    let mut assignees = Assignees::default();
    for row in rows {
        let refused = match row.customer {
            Some(customer) => assignees.refuses(tx, customer, row.tn).await?,
            None => None,
        };
        let came = match refused {
            Some(reason) => Err(reason),
            None => write_row(app, tx, feed, row, until).await?,
        };
        match came {
            Ok(done) => counts.count(done),
            Err(refused) => counts.refuse(refused),
        }
    }
    Ok(counts)
}

/// What the row did, or why it was refused.
async fn write_row(
    app: &App,
    tx: &mut Tx,
    feed: &Feed,
    row: &InventoryRow,
    until: Ts,
) -> Result<Result<&'static str, &'static str>, AppError> {
    let stocked = Stocked::by(Some(row.customer), false);
    let category = placed(app, row.tn, stocked).category;
    if category.unclaimable() {
        return Ok(Err(category.as_str()));
    }
    let fresh = NumberId(app.clock.opaque_id());
    let mut draft = NumberDraft::open_or_new(app, tx, row.tn, fresh).await?;
    let before = tx.inventory_of(row.tn).await?;
    let aging = aging_of(tx, draft.file.id).await?;
    if let Some(reason) = refuses(tx, &draft, before.as_ref(), aging, (feed, row)).await? {
        return Ok(Err(reason));
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
        detail: Detail {
            reference: Pii::new(row.order_ref.clone()),
            signed_at: Some(feed.as_of),
            ..Detail::default()
        },
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
    draft.end_where(|piece| {
        replaces(row.customer.is_some(), piece.kind) && Some(piece.customer) != row.customer
    });
    draft.stock(app, stock, evidence);
    let life = app.policies.at(tx.now())?.policy.number_life;
    let given_up = holder.filter(|_| row.customer.is_none());
    let rest = given_up.map(|holder| Aging::of(Some(holder), feed.as_of, &life));
    let rest = rest.filter(|rest| tx.now() < rest.until);
    draft.rest(rest, row.customer.is_some() && aging.is_some());
    draft.write(tx, word, row.customer.or(holder)).await?;
    Ok(Ok(done))
}

/// The stable reason why a row of the feed changes nothing: something later is known, or the number
/// rests.
async fn refuses(
    tx: &mut Tx,
    draft: &NumberDraft,
    before: Option<&Stored>,
    aging: Option<Aging>,
    (feed, row): (&Feed, &InventoryRow),
) -> Result<Option<&'static str>, AppError> {
    let last = events_last(tx, draft.file.id).await?;
    let event = last.iter().any(|(kind, at)| ends(*kind, Kind::AssignedByUs) && *at >= feed.as_of);
    if event || before.is_some_and(|before| before.as_of > feed.as_of) {
        return Ok(Some("NEWER_KNOWN"));
    }
    let rests = aging.zip(row.customer);
    let rests = rests.is_some_and(|(aging, customer)| aging.bars(customer, tx.now()));
    Ok(rests.then_some("NUMBER_AGING"))
}

fn same(before: &Stored, now: &Stock) -> bool {
    before.customer_id == now.customer
        && before.source == now.source
        && before.carrier == now.carrier
        && before.order_ref == now.order_ref
        && before.as_of == now.as_of
}

/// The source that the evidence names: the feed and its carrier.
pub(super) fn source(feed: &Feed) -> String {
    let word = feed.source.as_str();
    if feed.carrier.is_empty() { word.to_owned() } else { format!("{word} {}", feed.carrier) }
}

/// Numbers that a complete file of the feed no longer names.
pub(super) async fn leave_all(
    app: &App,
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
        draft.leave_stock(app);
        draft.write(tx, "number.left_inventory", row.customer_id).await?;
        counts.count("left");
    }
    Ok(counts)
}
