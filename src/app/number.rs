//! Numbers of a customer: claimed, given back, shown. A claim by itself is worth nothing and
//! touches nobody else.

use serde::{Deserialize, Serialize};

use super::access::Written;
use super::error::AppError;
use super::number_draft::{LastWritten, NumberDraft, not_ended, owner_draft};
use super::number_event::aging_of;
use super::page::Keyset;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::number::{GivenNumber, Numbers};
use crate::domain::command::query::ListOfCustomer;
use crate::domain::ids::{CustomerId, NumberId};
use crate::domain::number::Tn;
use crate::domain::number_event::Aging;
use crate::domain::number_file::{Claim, NumberFile};
use crate::domain::time::Ts;
use crate::store::{Meta, Tx};

/// What came of one number of a request, at its place in the request. It holds no number: the
/// answer of a write is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Done.
    Done,
    /// It was so already.
    Unchanged,
    /// Refused, for this stable reason.
    Refused(String),
    /// Refused until then: the number was given up by another customer, and rests.
    Resting(Ts),
}

impl Outcome {
    fn refused(reason: &'static str) -> Self {
        Self::Refused(reason.to_owned())
    }
}

/// What came of each number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// One for each number, in the order of the request.
    pub results: Vec<Outcome>,
    /// The changed number that tables apply last.
    pub last: Option<Written>,
}

impl LastWritten for Outcomes {
    fn last(&self) -> Option<Written> {
        self.last
    }
}

impl Outcomes {
    /// The token with which a query waits for this write; empty when nothing was changed.
    pub fn token(&self, app: &App) -> String {
        self.last.map(|written| written.token(app)).unwrap_or_default()
    }
}

/// The numbers in the order of their digits, so that commands lock rows in one order; each with
/// its place in the request.
fn in_order(given: &[GivenNumber]) -> Vec<(usize, Tn)> {
    let readable = given.iter().enumerate().filter_map(|(at, n)| n.tn.ok().map(|tn| (at, tn)));
    let mut order: Vec<_> = readable.collect();
    order.sort_by_key(|(at, tn)| (*tn, *at));
    order
}

/// Results with the unreadable numbers filled in.
fn results(given: &[GivenNumber]) -> Vec<Outcome> {
    let result = |n: &GivenNumber| match n.tn {
        Ok(_) => Outcome::Unchanged,
        Err(bad) => Outcome::refused(bad.reason()),
    };
    given.iter().map(result).collect()
}

/// Collects what came of each number. Entries of one command are ordered by their subjects, so the
/// last one is the one with the greatest id.
struct Collected {
    outcomes: Outcomes,
    before: Option<(usize, Tn)>,
}

impl Collected {
    fn set(&mut self, at: usize, outcome: Outcome) {
        if let Some(slot) = self.outcomes.results.get_mut(at) {
            *slot = outcome;
        }
    }

    /// Whether this number came before in the request, where numbers stand in order: it is told the
    /// same, and not touched again.
    fn repeats(&mut self, at: usize, tn: Tn) -> bool {
        let Some((first, _)) = self.before.replace((at, tn)).filter(|(_, before)| *before == tn)
        else {
            return false;
        };
        let outcome = match self.outcomes.results.get(first) {
            Some(Outcome::Refused(reason)) => Outcome::Refused(reason.clone()),
            Some(Outcome::Resting(until)) => Outcome::Resting(*until),
            Some(Outcome::Done | Outcome::Unchanged) | None => Outcome::Unchanged,
        };
        self.set(at, outcome);
        true
    }

    fn written(&mut self, at: usize, written: Written) {
        self.set(at, Outcome::Done);
        let last = self.outcomes.last.filter(|last| last.subject > written.subject);
        self.outcomes.last = last.or(Some(written));
    }
}

/// Claims numbers for a customer; one result for each.
pub async fn claim(app: &App, who: &Principal, ask: Numbers) -> Result<Outcomes, AppError> {
    let meta = Meta::write(who, &ask.write);
    let (shared, who) = (app.clone(), *who);
    app.store
        .command(meta, move |mut tx| {
            let (app, ask) = (shared.clone(), ask.clone());
            async move { claim_in(&app, &mut tx, &who, &ask).await }
        })
        .await
}

async fn claim_in(
    app: &App,
    tx: &mut Tx,
    who: &Principal,
    ask: &Numbers,
) -> Result<Outcomes, AppError> {
    let owner = owner_draft(app, tx, who, ask.customer).await?;
    not_ended(&owner)?;
    let alternate = owner.file.profile.alternate_tn();
    let outcomes = Outcomes { results: results(&ask.numbers), last: None };
    let mut collected = Collected { outcomes, before: None };
    let order = in_order(&ask.numbers);
    let numbers: Vec<_> = order.iter().map(|(_, tn)| *tn).collect();
    let opened = NumberDraft::open_all(app, tx, &numbers).await?;
    let (mut opened, mut changed) = (opened.into_iter(), Vec::new());
    for (at, tn) in order {
        if collected.repeats(at, tn) {
            continue;
        }
        let Some(mut draft) = opened.next() else { continue };
        match draft.file.claim(ask.customer, alternate) {
            Claim::Held => collected.set(at, Outcome::Unchanged),
            Claim::Refused(reason) => collected.set(at, Outcome::refused(reason)),
            Claim::Good => {
                if let Some(rest) = rests(tx, &draft, ask.customer).await? {
                    collected.set(at, Outcome::Resting(rest));
                    continue;
                }
                draft.claim(ask.customer);
                collected.set(at, Outcome::Done);
                changed.push(draft);
            }
        }
    }
    let owner = Some(ask.customer);
    collected.outcomes.last = NumberDraft::write_all(tx, changed, "number.claimed", owner).await?;
    if ask.write.validate_only {
        collected.outcomes.last = None;
    }
    Ok(collected.outcomes)
}

/// Until when a number rests that this customer cannot have.
async fn rests(
    tx: &mut Tx,
    draft: &NumberDraft,
    customer: CustomerId,
) -> Result<Option<Ts>, AppError> {
    if draft.file.revision == 0 {
        return Ok(None);
    }
    let now = tx.now();
    let aging = aging_of(tx, draft.file.id).await?;
    Ok(aging.filter(|aging| aging.bars(customer, now)).map(|aging| aging.until))
}

/// Gives numbers back: claim, evidence and loans of the customer end.
pub async fn release(app: &App, who: &Principal, ask: Numbers) -> Result<Outcomes, AppError> {
    let meta = Meta::write(who, &ask.write);
    let dry = meta.is_dry();
    let (shared, who, customer) = (app.clone(), *who, ask.customer);
    super::customer::get(app, &who, customer).await?;
    let command = async move {
        let app = shared.clone();
        shared
            .store
            .command(meta, move |mut tx| {
                let (app, ask) = (app.clone(), ask.clone());
                async move { release_in(&app, &mut tx, &who, &ask).await }
            })
            .await
    };
    app.taking(customer, dry, command).await
}

async fn release_in(
    app: &App,
    tx: &mut Tx,
    who: &Principal,
    ask: &Numbers,
) -> Result<Outcomes, AppError> {
    let owner = owner_draft(app, tx, who, ask.customer).await?;
    let rest = Aging::of(Some(ask.customer), tx.now(), &owner.policy.policy.number_life);
    let outcomes = Outcomes { results: results(&ask.numbers), last: None };
    let mut collected = Collected { outcomes, before: None };
    for (at, tn) in in_order(&ask.numbers) {
        if collected.repeats(at, tn) {
            continue;
        }
        let known = NumberDraft::open(tx, tn).await?;
        match known.filter(|draft| draft.file.claimed_by(ask.customer)) {
            None => collected.set(at, Outcome::Unchanged),
            Some(mut draft) => {
                // Only what the provider itself gave rests: a claim on somebody's number is nothing.
                let ours = draft.file.grant(ask.customer).is_some_and(|g| g.kinds.own_feed());
                draft.release(ask.customer);
                draft.rest(ours.then_some(rest), false);
                if ours {
                    let row = tx.inventory_of(tn).await?;
                    draft.place(app, row.map(|row| row.customer_id));
                }
                let written = draft.write(tx, "number.released", Some(ask.customer)).await?;
                collected.written(at, written);
            }
        }
    }
    Ok(collected.outcomes)
}

/// A page of a customer's numbers, in the order of their digits, and the token of the next one.
pub async fn list(
    app: &App,
    who: &Principal,
    ask: ListOfCustomer,
) -> Result<(Vec<NumberFile>, String), AppError> {
    let keyset = Keyset::open(app, &format!("numbers|{}", ask.customer), &ask.page)?;
    let (after, limit) = (keyset.after_i64()?, keyset.limit());
    let (who, customer) = (*who, ask.customer);
    let mut files = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let row = tx.customer(customer).await?.filter(|row| who.sees(Some(row.client_id)));
            row.ok_or(AppError::NotFound { what: "customer" })?;
            let mut files = Vec::new();
            for row in tx.numbers_of(customer, after, limit).await? {
                files.push(tx.number_file(row).await?);
            }
            Ok(files)
        })
        .await?;
    let next = keyset.next(app, &mut files, |file| i64::from(&file.tn))?;
    Ok((files, next))
}

/// A number as it stands, for an answer after a write: the write has checked who may see it.
pub(crate) async fn get(app: &App, id: NumberId) -> Result<NumberFile, AppError> {
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let row = tx.number_row(id).await?;
            let row = row.ok_or(AppError::NotFound { what: "number" })?;
            Ok(tx.number_file(row).await?)
        })
        .await
}

/// What a command on one number of one customer leaves behind; the number is read afresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnNumber {
    /// Whose view of the number the answer shows.
    pub customer: CustomerId,
    /// The number after the write.
    pub written: Written,
}

impl OnNumber {
    /// The number's row.
    pub const fn number(&self) -> NumberId {
        NumberId(self.written.subject)
    }
}

impl LastWritten for OnNumber {
    fn last(&self) -> Option<Written> {
        Some(self.written)
    }
}
