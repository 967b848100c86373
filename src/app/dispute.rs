//! Disputes of numbers: what somebody says who stands behind it caps the number at once; two people
//! lift that again.

use serde::{Deserialize, Serialize};

use super::access::Written;
use super::error::AppError;
use super::fences::Fences;
use super::number_draft::NumberDraft;
use super::page::Keyset;
use super::parts::App;
use crate::domain::access::{Actor, Principal, Role};
use crate::domain::attestation::Cap;
use crate::domain::command::dispute::{ListDisputes, OpenDispute, ResolveDispute};
use crate::domain::customer::Customer;
use crate::domain::dispute::{Dispute, Resolution, Said, State, Step, begins, cap};
use crate::domain::ids::{CustomerId, DisputeId, NumberId};
use crate::domain::number::Tn;
use crate::domain::number_file::NumberFile;
use crate::domain::time::Span;
use crate::store::{Meta, Tx};

/// A dispute after a write. It holds no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnDispute {
    /// Its id.
    pub dispute: DisputeId,
    /// The number after the write.
    pub written: Written,
}

/// Opens a dispute of a number.
pub async fn open(app: &App, who: &Principal, ask: OpenDispute) -> Result<OnDispute, AppError> {
    let meta = Meta::write(who, &ask.write);
    let (id, fresh) = (DisputeId(app.clock.id()), NumberId(app.clock.opaque_id()));
    let who = *who;
    let work = move |app: App, mut tx: Tx, fences: Fences| {
        let ask = ask.clone();
        async move { open_in(&app, &mut tx, &who, ask, (id, fresh), &fences).await }
    };
    app.lowering(meta, work, |done: &OnDispute| Some(done.written)).await
}

async fn open_in(
    app: &App,
    tx: &mut Tx,
    who: &Principal,
    ask: OpenDispute,
    (id, fresh): (DisputeId, NumberId),
    fences: &Fences,
) -> Result<OnDispute, AppError> {
    known(tx, who, ask.against).await?;
    let mut draft = NumberDraft::open_or_new(app, tx, ask.number, fresh).await?;
    let state = standing(tx, who, &draft.file, ask.disputant).await?;
    if state == State::Open {
        fences.raise(app, holders(&draft.file));
        draft.file.facts.cap = Cap::B;
    }
    let dispute = new(tx, who, ask, state, (id, draft.file.id));
    let owner = dispute.against.or(dispute.disputant);
    draft.dispute(dispute);
    let word = match state {
        State::Open => "number.disputed",
        State::Noted | State::Upheld | State::Dismissed => "number.dispute_noted",
    };
    let written = draft.write(tx, word, owner).await?;
    Ok(OnDispute { dispute: id, written })
}

fn new(
    tx: &Tx,
    who: &Principal,
    ask: OpenDispute,
    state: State,
    (id, number): (DisputeId, NumberId),
) -> Dispute {
    let OpenDispute { disputant, name, contact, against, reason, .. } = ask;
    Dispute {
        id,
        number,
        against,
        disputant,
        said: Said { name, contact, reason, ..Said::default() },
        state,
        opened_by: who.actor.to_string(),
        opened_at: tx.now(),
        first: None,
        closed: None,
    }
}

/// Refuses a customer that the caller does not see: a foreign one and none look the same.
async fn known(tx: &mut Tx, who: &Principal, against: Option<CustomerId>) -> Result<(), AppError> {
    let Some(against) = against else { return Ok(()) };
    match tx.customer(against).await? {
        Some(row) if who.sees(Some(row.client_id)) => Ok(()),
        Some(_) | None => {
            Err(AppError::field("against_id", "NOT_FOUND", "name a customer of yours"))
        }
    }
}

/// Everybody who has something on the number.
fn holders(file: &NumberFile) -> Vec<CustomerId> {
    file.facts.grants.iter().map(|grant| grant.holder).collect()
}

/// Where the dispute begins: a reviewer's word, or evidence of a customer that was identified.
async fn standing(
    tx: &mut Tx,
    who: &Principal,
    file: &NumberFile,
    disputant: Option<CustomerId>,
) -> Result<State, AppError> {
    let person = matches!(who.actor, Actor::User(_));
    let says_so = person && who.roles.has(Role::Reviewer);
    let Some(customer) = disputant else {
        return Ok(begins(says_so, false, false));
    };
    let row = tx.customer(customer).await?.filter(|row| who.sees(Some(row.client_id)));
    let missing = || AppError::field("customer_id", "NOT_FOUND", "name a customer of yours");
    let customer = Customer::try_from(row.ok_or_else(missing)?)?;
    tx.saw_of(customer.id.0, customer.last_at);
    let now = tx.now();
    let evidence = file
        .grant(customer.id)
        .is_some_and(|grant| now < grant.full_until.max(grant.partial_until));
    Ok(begins(says_so, customer.effectively_active(now), evidence))
}

/// One person says how a dispute ends; the second one that says the same closes it. What is upheld
/// ends the other's evidence with the first word; the cap is lifted with the second.
pub async fn resolve(
    app: &App,
    who: &Principal,
    ask: ResolveDispute,
) -> Result<OnDispute, AppError> {
    let meta = Meta::write(who, &ask.write);
    let hours = app.policies.at(app.clock.now())?.policy.two_people.proposal_hours;
    let stands = Span::hours(i64::from(hours));
    let actor = who.actor;
    let work = move |app: App, mut tx: Tx, fences: Fences| {
        let ask = ask.clone();
        async move { resolve_in(&app, &mut tx, actor, ask, stands, &fences).await }
    };
    app.lowering(meta, work, |done: &OnDispute| Some(done.written)).await
}

async fn resolve_in(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    ask: ResolveDispute,
    stands: Span,
    fences: &Fences,
) -> Result<OnDispute, AppError> {
    let missing = || AppError::NotFound { what: "dispute" };
    let found = tx.dispute_row(ask.dispute).await?.ok_or_else(missing)?;
    let mut draft = NumberDraft::open_id(tx, found.number_id).await?.ok_or_else(missing)?;
    // Again, now that the number is locked: every word about a dispute locks it.
    let row = tx.dispute_row(ask.dispute).await?.ok_or_else(missing)?;
    let mut dispute = tx.dispute_of(row)?;
    dispute.said.resolution = ask.reason;
    let (dispute, step) = dispute.say(ask.resolution, actor, tx.now(), stands)?;
    if ask.resolution == Resolution::Upheld {
        let struck: Vec<_> =
            holders(&draft.file).into_iter().filter(|holder| dispute.strikes(*holder)).collect();
        fences.raise(app, struck);
        draft.end_where(|piece| dispute.strikes(piece.customer));
        let row = tx.inventory_of(draft.file.tn).await?;
        draft.place(app, row.map(|row| row.customer_id));
    }
    let others = tx.disputes_open(draft.file.id, dispute.id).await?.0;
    let open = u64::try_from(others).unwrap_or(0) + u64::from(dispute.state == State::Open);
    draft.file.facts.cap = cap(open);
    let word = match step {
        Step::First => "number.dispute_resolution_proposed",
        Step::Closed => "number.dispute_closed",
    };
    let (id, owner) = (dispute.id, dispute.against.or(dispute.disputant));
    draft.dispute(dispute);
    let written = draft.write(tx, word, owner).await?;
    Ok(OnDispute { dispute: id, written })
}

/// A dispute with its number.
pub async fn get(app: &App, id: DisputeId) -> Result<(Dispute, Tn), AppError> {
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let row = tx.dispute_row(id).await?.ok_or(AppError::NotFound { what: "dispute" })?;
            let tn = number_of(&mut tx, row.number_id).await?;
            Ok((tx.dispute_of(row)?, tn))
        })
        .await
}

async fn number_of(tx: &mut Tx, id: NumberId) -> Result<Tn, AppError> {
    let row = tx.number_row(id).await?;
    Ok(row.ok_or(AppError::NotFound { what: "number" })?.tn)
}

/// A page of disputes, oldest first.
pub async fn list(app: &App, ask: ListDisputes) -> Result<(Vec<(Dispute, Tn)>, String), AppError> {
    let words: Vec<_> = ask.states.iter().map(|state| state.as_str()).collect();
    let words = words.join(",");
    let keyset = Keyset::open(app, &format!("disputes|{words}"), &ask.page)?;
    let (after, limit) = (DisputeId(keyset.after_id()?), keyset.limit());
    let mut disputes = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let mut disputes = Vec::new();
            for row in tx.dispute_page(after, &words, limit).await? {
                let tn = number_of(&mut tx, row.number_id).await?;
                disputes.push((tx.dispute_of(row)?, tn));
            }
            Ok(disputes)
        })
        .await?;
    let next = keyset.next(app, &mut disputes, |(dispute, _)| dispute.id.0)?;
    Ok((disputes, next))
}
