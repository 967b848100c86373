//! What happened to numbers, told event by event: each changes its number under one entry, and a
//! customer that loses something by it is fenced before the commit.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::access::Written;
use super::assignee::Assignees;
use super::error::AppError;
use super::fences::Fences;
use super::inventory_rows::source;
use super::number_draft::NumberDraft;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::number_event::{GivenEvent, RecordNumberEvents};
use crate::domain::evidence::{Detail, Evidence};
use crate::domain::ids::{CustomerId, EvidenceId, NumberId};
use crate::domain::number::Tn;
use crate::domain::number_event::{
    Aging, Effect, Kind, New, NumberEvent, Refusal, Seen, StockSeen, Stocked, judge,
};
use crate::domain::number_file::NumberFile;
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::sources::inventory::Feed;
use crate::store::number::InventoryRow as StockRow;
use crate::store::number_change::Stock;
use crate::store::{Meta, StoreError, Tx};

/// What came of one event. It holds no number: the answer of a write is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// Done.
    Done,
    /// It was told before.
    Unchanged,
    /// Refused, for this stable reason.
    Refused {
        /// The reason.
        reason: String,
        /// From when on it would not be refused for it, where that is known.
        free: Option<Ts>,
    },
}

impl Came {
    pub(super) fn refused(reason: &str) -> Self {
        Self::Refused { reason: reason.to_owned(), free: None }
    }
}

impl From<Refusal> for Came {
    fn from(refusal: Refusal) -> Self {
        let free = match refusal {
            Refusal::Aging(until) => Some(until),
            Refusal::NewerKnown
            | Refusal::Ours
            | Refusal::NotWorking
            | Refusal::NotOurResporg
            | Refusal::NotControlling
            | Refusal::ReferenceUsed
            | Refusal::Over => None,
        };
        Self::Refused { reason: refusal.reason().to_owned(), free }
    }
}

/// What came of each event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// One for each event, in the order of the request.
    pub results: Vec<Came>,
    /// The changed number that tables apply last.
    pub last: Option<Written>,
}

impl Recorded {
    /// The token with which a query waits for this write; empty when nothing was changed.
    pub fn token(&self, app: &App) -> String {
        self.last.map(|written| written.token(app)).unwrap_or_default()
    }
}

/// Records events.
pub async fn record(
    app: &App,
    who: &Principal,
    ask: RecordNumberEvents,
) -> Result<Recorded, AppError> {
    let meta = Meta::write(who, &ask.write);
    let work = move |app: App, mut tx: Tx, fences: Fences| {
        let RecordNumberEvents { source, carrier, events, .. } = ask.clone();
        async move {
            let feed = Feed { source, carrier, as_of: tx.now() };
            all(&app, &mut tx, &feed, &events, &fences).await
        }
    };
    app.lowering(meta, work, |done: &Recorded| done.last).await
}

/// Works events out in the order of their numbers and times, in one command.
pub(super) async fn all(
    app: &App,
    tx: &mut Tx,
    feed: &Feed,
    events: &[GivenEvent],
    fences: &Fences,
) -> Result<Recorded, AppError> {
    let mut done = Recorded {
        results: events
            .iter()
            .map(|given| match &given.event {
                Ok(_) => Came::Unchanged,
                Err(reason) => Came::refused(reason),
            })
            .collect(),
        last: None,
    };
    let mut order: Vec<(Tn, Ts, usize)> = events
        .iter()
        .enumerate()
        .filter_map(|(nth, given)| given.event.as_ref().ok().map(|e| (e.tn, e.at, nth)))
        .collect();
    order.sort_unstable();
    let mut scene = Scene { app, feed, fences, assignees: Assignees::default() };
    for (_, _, nth) in order {
        let Some(GivenEvent { event: Ok(event), numbers }) = events.get(nth) else { continue };
        let came = scene.one(tx, event, numbers, &mut done.last).await?;
        if let Some(slot) = done.results.get_mut(nth) {
            *slot = came;
        }
    }
    Ok(done)
}

/// Where events are worked out.
struct Scene<'a> {
    app: &'a App,
    feed: &'a Feed,
    fences: &'a Fences,
    assignees: Assignees,
}

/// What an event does to one number, and by what.
struct Judged {
    came: Result<Option<Effect>, Refusal>,
    stock: Option<StockRow>,
    told: bool,
}

/// Works one event out on one number, whose file is given.
async fn judged(
    app: &App,
    tx: &mut Tx,
    feed: &Feed,
    (event, file): (&NumberEvent, &NumberFile),
) -> Result<Judged, AppError> {
    let policy = app.policies.at(tx.now())?;
    let (last, aging) = (events_last(tx, file.id).await?, aging_of(tx, file.id).await?);
    let (name, kind) = (source(feed), event.kind.as_str());
    let told = tx.number_event_told(file.id, kind, &name, &event.reference, event.at).await?.0 > 0;
    let stock = tx.inventory_of(event.tn).await?;
    let seen = Seen {
        evidence: &file.evidence,
        last: &last,
        told,
        source: &name,
        stock: stock.as_ref().map(|row| StockSeen { customer: row.customer_id, as_of: row.as_of }),
        aging,
        ours: &app.resporgs,
        evidence_rules: &policy.policy.evidence,
        life: &policy.policy.number_life,
        as_of: feed.as_of,
        now: tx.now(),
    };
    Ok(Judged { came: judge(event, &seen), stock, told })
}

/// Whether the event would take something from somebody who has it: judged as when it is carried
/// out, by what is known now.
pub(super) async fn takes(
    app: &App,
    tx: &mut Tx,
    feed: &Feed,
    event: &NumberEvent,
) -> Result<bool, AppError> {
    let Some(subject) = tx.number_subject(event.tn).await? else { return Ok(false) };
    let Some(row) = tx.number_row(NumberId(subject)).await? else { return Ok(false) };
    let file = tx.number_file(row).await?;
    if file.evidence.is_empty() {
        return Ok(false);
    }
    let judged = judged(app, tx, feed, (event, &file)).await?;
    let effect = judged.came.ok().flatten();
    Ok(effect.is_some_and(|effect| !losers(&file.evidence, &effect).is_empty()))
}

/// A number before the event, and what the event does to it.
struct Step {
    draft: NumberDraft,
    event: NumberEvent,
    effect: Effect,
    stock: Option<StockRow>,
    told: bool,
}

impl Scene<'_> {
    /// One event on all of its numbers, or on none where one of them refuses it.
    async fn one(
        &mut self,
        tx: &mut Tx,
        event: &NumberEvent,
        numbers: &[Tn],
        last: &mut Option<Written>,
    ) -> Result<Came, AppError> {
        if let Some((field, reason)) = event.faults(tx.now()).first() {
            return Ok(Came::refused(&format!("{field}.{reason}")));
        }
        let mut steps = Vec::new();
        for tn in numbers {
            let event = NumberEvent { tn: *tn, ..event.clone() };
            match self.step(tx, event).await? {
                Ok(step) => steps.extend(step),
                Err(refused) => return Ok(refused),
            }
        }
        let came = if steps.is_empty() { Came::Unchanged } else { Came::Done };
        for step in steps {
            let written = self.write(tx, step).await?;
            let later = last.filter(|last| last.subject > written.subject);
            *last = later.or(Some(written));
        }
        Ok(came)
    }

    /// What the event does to one number; nothing where it was told before.
    async fn step(
        &mut self,
        tx: &mut Tx,
        event: NumberEvent,
    ) -> Result<Result<Option<Step>, Came>, AppError> {
        if let Some(customer) = event.customer.filter(|_| event.kind.gives().is_some())
            && let Some(reason) = self.assignees.refuses(tx, customer, event.tn).await?
        {
            return Ok(Err(Came::refused(reason)));
        }
        let fresh = NumberId(self.app.clock.opaque_id());
        let draft = NumberDraft::open_or_new(self.app, tx, event.tn, fresh).await?;
        let category = draft.file.facts.category;
        if category.unclaimable() {
            return Ok(Err(Came::refused(category.as_str())));
        }
        let Judged { came, stock, told } =
            judged(self.app, tx, self.feed, (&event, &draft.file)).await?;
        Ok(match came {
            Ok(effect) => Ok(effect.map(|effect| Step { draft, event, effect, stock, told })),
            Err(refusal) => Err(refusal.into()),
        })
    }

    async fn write(&self, tx: &mut Tx, step: Step) -> Result<Written, AppError> {
        let Step { mut draft, event, effect, stock, told } = step;
        self.fences.raise(self.app, losers(&draft.file.evidence, &effect));
        // What takes may name a customer too; nothing rests on that, so it may be anybody.
        let given = event.customer.filter(|_| event.kind.gives().is_some());
        let owner = given.or_else(|| draft.file.evidence.first().map(|piece| piece.customer));
        draft.end_where(|piece| effect.ends.contains(&piece.id));
        let row = match effect.stock {
            Stocked::Keep => stock.map(|row| row.customer_id),
            Stocked::Assign(customer) => {
                let order_ref = event.reference.clone();
                draft.stock(self.app, self.stock(Some(customer), order_ref, event.at), None);
                Some(Some(customer))
            }
            Stocked::Empty => {
                let order_ref = stock.map(|row| row.order_ref).unwrap_or_default();
                draft.stock(self.app, self.stock(None, order_ref, event.at), None);
                Some(None)
            }
            Stocked::Leave => {
                draft.leave_stock(self.app);
                None
            }
        };
        for new in &effect.adds {
            let piece = self.piece(tx, draft.file.id, new, &event.reference);
            draft.give(piece);
        }
        draft.place(self.app, row);
        if effect.ends_loans {
            draft.end_loans();
        }
        draft.rest(effect.rests, effect.wakes);
        let word = event.kind.word();
        if !told {
            draft.remember(source(self.feed), event);
        }
        draft.write(tx, word, owner).await
    }

    fn stock(&self, customer: Option<CustomerId>, order_ref: String, as_of: Ts) -> Stock {
        let Feed { source, carrier, .. } = self.feed;
        let source = source.as_str().to_owned();
        Stock { customer, source, carrier: carrier.clone(), order_ref, as_of }
    }

    fn piece(&self, tx: &Tx, number: NumberId, new: &New, reference: &str) -> Evidence {
        Evidence {
            id: EvidenceId(self.app.clock.id()),
            number,
            customer: new.customer,
            kind: new.kind,
            source: source(self.feed),
            detail: Detail {
                reference: Pii::new(reference.to_owned()),
                signed_at: Some(new.since),
                ..Detail::default()
            },
            document: None,
            verified_at: tx.now(),
            expires_at: new.until,
            revoked_at: None,
            by: "system:number_event".to_owned(),
        }
    }
}

/// Who has less by it than before: whoever's evidence ends, and none as good takes its place.
fn losers(evidence: &[Evidence], effect: &Effect) -> BTreeSet<CustomerId> {
    let kept = |piece: &Evidence| {
        effect.adds.iter().any(|new| new.customer == piece.customer && new.kind == piece.kind)
    };
    let ended = evidence.iter().filter(|piece| effect.ends.contains(&piece.id) && !kept(piece));
    ended.map(|piece| piece.customer).collect()
}

/// The latest event of each kind of a number.
pub(super) async fn events_last(
    tx: &mut Tx,
    number: NumberId,
) -> Result<BTreeMap<Kind, Ts>, AppError> {
    let mut last = BTreeMap::new();
    for (word, at) in tx.number_events_last(number).await? {
        let kind = word.parse().map_err(|_word| StoreError::Corrupt("number event"))?;
        last.insert(kind, at);
    }
    Ok(last)
}

/// A number's rest, over or not.
pub(super) async fn aging_of(tx: &mut Tx, number: NumberId) -> Result<Option<Aging>, AppError> {
    let row = tx.number_aging(number).await?;
    Ok(row.map(|row| Aging { customer: row.customer_id, since: row.since, until: row.until }))
}
