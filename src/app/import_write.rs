//! One step of an import: some of its rows, in one command.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::access::Written;
use super::error::AppError;
use super::number_draft::{NumberDraft, not_ended, owner_draft};
use super::number_import::steps;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::evidence::{Detail, Evidence, Kind};
use crate::domain::ids::{CustomerId, EvidenceId, OperationId};
use crate::domain::number::Tn;
use crate::domain::number_import::{Came, Mode, Phase, Piece, Runs, Terms, Told, Verdict};
use crate::domain::pii::Pii;
use crate::domain::time::{Span, Ts};
use crate::store::number_change::Stock;
use crate::store::{StoreError, Tx};

/// How long a worker may be silent before another one takes its import over.
pub(super) const LEASE: Span = Span::secs(5);

/// What a worker holds of an import.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) id: OperationId,
    pub(super) fence: i64,
    pub(super) terms: Arc<Terms>,
    pub(super) actor: Arc<str>,
    pub(super) results: u64,
}

/// One result that is to be had.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) row: u64,
    pub(super) tn: Option<Tn>,
    pub(super) kind: Option<Kind>,
    pub(super) reference: Pii<String>,
    pub(super) fault: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stepped {
    /// It is done; some rows of it were refused, or none.
    On { refused: bool, last: Option<Written> },
    /// Another worker has the import, or it is over.
    Lost,
    /// Somebody wants the import to end; nothing was done.
    Cancelled,
    /// The customer has ended; nothing was done.
    Ended,
}

/// Does a step: the items from place `first` on.
pub(super) async fn step(
    app: &App,
    tx: &mut Tx,
    work: &Work,
    phase: Phase,
    (first, items): (u64, &[Item]),
) -> Result<Stepped, AppError> {
    let now = tx.now();
    let (terms, id) = (&*work.terms, work.id);
    let Some((cancelled,)) = tx.import_hold(id, work.fence, now.plus(LEASE)).await? else {
        return Ok(Stepped::Lost);
    };
    // Beyond the point of no return nothing is left undone.
    let accepted = phase == Phase::Write && terms.mode == Mode::AllOrNothing;
    if cancelled && !accepted {
        return Ok(Stepped::Cancelled);
    }
    let owner = owner_draft(app, tx, &Principal::system("import"), terms.customer).await?;
    if !accepted && not_ended(&owner).is_err() {
        return Ok(Stepped::Ended);
    }
    let judge = Judge {
        work,
        alternate: owner.file.profile.alternate_tn(),
        pieces: pieces(terms, &owner, items, now),
        accepted,
        writes: phase == Phase::Write,
    };
    let (runs, changed) = judge.all(app, tx, items).await?;
    let customer = Some(terms.customer);
    let last = NumberDraft::write_all(tx, changed, "number.imported", customer).await?;
    let body = serde_json::to_vec(&runs)
        .map_err(|_shape| StoreError::Defect("results cannot be encoded"))?;
    tx.import_result_add(id, stored(first), &body).await?;
    let results = stored(work.results);
    let before = if accepted { results } else { 0 };
    let done = before + stored(first) + stored(items.len() as u64);
    tx.operation_progress(id, done, steps(terms.mode, results), now).await?;
    Ok(Stepped::On { refused: runs.any_refused(), last })
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

type Pieces = BTreeMap<Kind, Result<Piece, &'static str>>;

/// What the rows of each kind bring now.
fn pieces(terms: &Terms, owner: &super::draft::Draft, items: &[Item], now: Ts) -> Pieces {
    let mut pieces = Pieces::new();
    let name = owner.file.profile.legal_name.as_str();
    let rules = &owner.policy.policy.evidence;
    for kind in items.iter().filter_map(|item| item.kind) {
        pieces.entry(kind).or_insert_with(|| terms.piece(kind, name, rules, now));
    }
    pieces
}

struct Judge<'a> {
    work: &'a Work,
    alternate: Option<Tn>,
    pieces: Pieces,
    /// Every row was good when all were looked at: what has become bad since is claimed all the
    /// same, without its evidence.
    accepted: bool,
    writes: bool,
}

impl Judge<'_> {
    async fn all(
        &self,
        app: &App,
        tx: &mut Tx,
        items: &[Item],
    ) -> Result<(Runs, Vec<NumberDraft>), AppError> {
        let good = items.iter().filter(|item| item.fault.is_empty());
        let numbers: Vec<Tn> = good.filter_map(|item| item.tn).collect();
        let opened = NumberDraft::open_all(app, tx, &numbers).await?;
        let mut drafts: BTreeMap<Tn, NumberDraft> =
            opened.into_iter().map(|draft| (draft.file.tn, draft)).collect();
        // Of a number that is new here no feed has told anything.
        let known: Vec<Tn> =
            drafts.values().filter(|d| d.file.revision > 0).map(|d| d.file.tn).collect();
        let told =
            if known.is_empty() { BTreeMap::new() } else { tx.told_of_numbers(&known).await? };
        let untold = Told::default();
        let (mut runs, mut changed) = (Runs::default(), Vec::new());
        for item in items {
            let draft = item.tn.filter(|_| item.fault.is_empty()).and_then(|tn| drafts.remove(&tn));
            let Some(draft) = draft else {
                runs.push(Came::Refused, &item.fault);
                continue;
            };
            let told = told.get(&draft.file.tn).unwrap_or(&untold);
            match self.one(item, &draft, (told, tx.now())) {
                Verdict::Unchanged => runs.push(Came::Unchanged, ""),
                Verdict::Refused(reason) if !self.accepted => runs.push(Came::Refused, reason),
                Verdict::Refused(reason) => {
                    let claim = !draft.file.claimed_by(self.work.terms.customer);
                    runs.push(if claim { Came::Done } else { Came::Unchanged }, reason);
                    changed
                        .extend(claim.then(|| self.change(app, item, draft, told, (true, false))));
                }
                Verdict::Write { .. } if !self.writes => runs.push(Came::NotDone, ""),
                Verdict::Write { claim, piece } => {
                    runs.push(Came::Done, "");
                    changed.push(self.change(app, item, draft, told, (claim, piece)));
                }
            }
        }
        Ok((runs, changed))
    }

    fn one(&self, item: &Item, draft: &NumberDraft, told: (&Told, Ts)) -> Verdict {
        let piece = match item.kind.and_then(|kind| self.pieces.get(&kind)) {
            Some(Err(reason)) => return Verdict::Refused(reason),
            Some(Ok(piece)) => Some(piece),
            None => None,
        };
        self.work.terms.judge(&draft.file, self.alternate, piece, told)
    }

    fn change(
        &self,
        app: &App,
        item: &Item,
        mut draft: NumberDraft,
        told: &Told,
        (claim, piece): (bool, bool),
    ) -> NumberDraft {
        let customer = self.work.terms.customer;
        if claim {
            draft.claim(customer);
        }
        let piece =
            item.kind.filter(|_| piece).and_then(|kind| self.pieces.get(&kind)?.as_ref().ok());
        if let Some(piece) = piece {
            self.give(app, item, &mut draft, piece, told);
        }
        draft
    }

    fn give(&self, app: &App, item: &Item, draft: &mut NumberDraft, piece: &Piece, told: &Told) {
        let customer = self.work.terms.customer;
        let actor = self.work.actor.to_string();
        let evidence = Evidence {
            id: EvidenceId(app.clock.id()),
            number: draft.file.id,
            customer,
            kind: piece.kind,
            source: piece.source.clone().unwrap_or_else(|| actor.clone()),
            detail: Detail { reference: item.reference.clone(), ..piece.detail.clone() },
            document: piece.document,
            verified_at: piece.verified_at,
            expires_at: piece.until,
            revoked_at: None,
            by: actor,
        };
        match &self.work.terms.feed {
            Some(feed) if piece.kind == Kind::AssignedByUs => {
                let stock = Stock {
                    customer: Some(customer),
                    source: feed.source.as_str().to_owned(),
                    carrier: feed.carrier.clone(),
                    order_ref: item.reference.expose().clone(),
                    as_of: feed.as_of,
                };
                draft.stock(app, stock, Some(evidence));
            }
            Some(_) if piece.source.is_some() => {
                renew(draft, customer, piece.kind);
                draft.add(evidence, piece.verified_at);
                draft.place(app, told.stock.map(|(holder, _)| holder));
            }
            _ => draft.add(evidence, app.clock.now()),
        }
        draft.rest(None, piece.kind.own_feed() && told.aging.is_some());
    }
}

/// What an own feed said before gives way to what it says now.
fn renew(draft: &mut NumberDraft, customer: CustomerId, kind: Kind) {
    draft.end_where(|old| old.customer == customer && old.kind == kind);
}
