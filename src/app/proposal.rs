//! Raises of trust by hand: one person proposes, another one confirms (rule 8).

use serde::{Deserialize, Serialize};

use super::change::{Changes, Turn};
use super::customer::Changed;
use super::draft::Draft;
use super::error::AppError;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::activation::{ReinstateRefusal, reinstate};
use crate::domain::check::{Check, Override};
use crate::domain::command::review::{
    ConfirmProposal, DecideCustomer, ProposeOverride, RejectProposal,
};
use crate::domain::ids::{CustomerId, EvidenceId, ProposalId};
use crate::domain::pii::Pii;
use crate::domain::proposal::{Proposal, ProposalState, Proposed};
use crate::domain::time::{Span, Ts};
use crate::store::change::Fact;
use crate::store::finding::ProposalRow;
use crate::store::{Meta, StoreError, Tx};

/// A proposal that was made or decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnProposal {
    /// Which proposal.
    pub proposal: ProposalId,
    /// The customer's change.
    pub changed: Changed,
}

impl Changes for OnProposal {
    fn changed(&self) -> Option<Changed> {
        Some(self.changed)
    }
}

/// Proposes that a check be let pass although it did not; the policy says which may.
pub async fn propose_override(
    app: &App,
    who: &Principal,
    ask: ProposeOverride,
) -> Result<OnProposal, AppError> {
    let id = ProposalId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let draft = turn.draft(ask.customer).await?;
            let now = turn.tx.now();
            let proposed = override_of(&draft, &ask, now)?;
            propose(&mut turn, draft, id, proposed, ask.reason).await
        }
    })
    .await
}

fn override_of(draft: &Draft, ask: &ProposeOverride, now: Ts) -> Result<Proposed, AppError> {
    let rules = draft.policy.policy.role(draft.file.customer.role);
    let overridable =
        rules.is_some_and(|rules| rules.checks.iter().any(|c| c.kind == ask.kind && c.overridable));
    if !overridable {
        return Err(AppError::refused(
            "NOT_OVERRIDABLE",
            "the policy lets nobody override this check; clear what it asks for",
        ));
    }
    let days = i64::from(draft.policy.policy.two_people.override_days);
    let latest = now.plus(Span::days(days));
    if ask.expires <= now || ask.expires > latest {
        let message = "give a time in the future, within the policy's override_days";
        return Err(AppError::field("expire_time", "OUT_OF_RANGE", message));
    }
    let claims = draft.file.claim_rows();
    let waiting = claims.iter().filter(|claim| claim.kind == ask.kind).find_map(|claim| {
        draft.file.live_check(claim).filter(|check| check.passed_until(false).is_none())
    });
    let check = waiting.ok_or_else(|| {
        AppError::refused("NOTHING_TO_OVERRIDE", "no check of this kind stands that did not pass")
    })?;
    Ok(Proposed::Override {
        check: check.id,
        check_kind: check.kind,
        claim_digest: check.claim_digest,
        until: ask.expires,
    })
}

/// Proposes that a suspended customer be reinstated.
pub async fn propose_reinstatement(
    app: &App,
    who: &Principal,
    ask: DecideCustomer,
) -> Result<OnProposal, AppError> {
    let id = ProposalId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let draft = turn.draft(ask.customer).await?;
            draft.file.customer.state.may_reinstate()?;
            propose(&mut turn, draft, id, Proposed::Reinstatement, ask.reason).await
        }
    })
    .await
}

pub(super) async fn propose(
    turn: &mut Turn,
    mut draft: Draft,
    id: ProposalId,
    proposed: Proposed,
    reason: Pii<String>,
) -> Result<OnProposal, AppError> {
    let hours = i64::from(draft.policy.policy.two_people.proposal_hours);
    let now = turn.tx.now();
    draft.note(Fact::Proposal(Proposal {
        id,
        proposed,
        reason,
        by: person(&turn.who)?,
        at: now,
        expires: now.plus(Span::hours(hours)),
        state: ProposalState::Open,
    }));
    finish(turn, draft, id, "customer.proposed").await
}

/// Only people raise trust by hand.
fn person(who: &Principal) -> Result<String, AppError> {
    let denied = || AppError::denied("PEOPLE_ONLY", "log in: a key cannot raise trust by hand");
    who.user().map(|_id| who.actor.to_string()).ok_or_else(denied)
}

/// Confirms a proposal as its second person, and carries it out.
pub async fn confirm(
    app: &App,
    who: &Principal,
    ask: ConfirmProposal,
) -> Result<OnProposal, AppError> {
    let letter = EvidenceId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let (mut draft, proposal) = open(&mut turn, ask.proposal).await?;
            let at = turn.tx.at();
            let confirmed = proposal.confirm(turn.who.actor, at)?;
            // The gate asks for it: without it nobody has agreed to a return.
            draft.file.proposals.push(confirmed.clone());
            if let Proposed::Bundle { number, members } = &confirmed.proposed {
                super::bundle::carry_out(&mut turn, &draft, *number, members, letter).await?;
            }
            carry_out(&mut draft, &confirmed, at)?;
            draft.note(Fact::Decided(confirmed));
            finish(&mut turn, draft, ask.proposal, "customer.proposal_confirmed").await
        }
    })
    .await
}

/// Rejects a proposal.
pub async fn reject(
    app: &App,
    who: &Principal,
    ask: RejectProposal,
) -> Result<OnProposal, AppError> {
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let (mut draft, proposal) = open(&mut turn, ask.proposal).await?;
            let now = turn.tx.now();
            draft.note(Fact::Decided(proposal.reject(turn.who.actor, now)?));
            draft.because(ask.reason);
            finish(&mut turn, draft, ask.proposal, "customer.proposal_rejected").await
        }
    })
    .await
}

async fn finish(
    turn: &mut Turn,
    draft: Draft,
    proposal: ProposalId,
    word: &'static str,
) -> Result<OnProposal, AppError> {
    Ok(OnProposal { proposal, changed: turn.finish(draft, word).await? })
}

fn carry_out(draft: &mut Draft, proposal: &Proposal, at: Ts) -> Result<(), AppError> {
    match proposal.proposed {
        Proposed::Override { check, claim_digest, until, .. } => {
            let live = draft.file.checks.iter().find(|c| c.id == check).cloned();
            let live = live.filter(|c| c.claim_digest == claim_digest).ok_or_else(|| {
                AppError::refused("CHECK_CHANGED", "the check has been made again; propose again")
            })?;
            let overridden = Some(Override { until, proposal: proposal.id });
            let check = Check { overridden, ..live };
            draft.file.checks.retain(|c| c.id != check.id);
            draft.file.checks.push(check.clone());
            draft.note(Fact::Override(check));
            draft.settle(at);
        }
        Proposed::Reinstatement => {
            let activated =
                reinstate(&draft.file, &draft.policy.policy, at).map_err(|no| match no {
                    ReinstateRefusal::Step(refusal) => AppError::from(refusal),
                    ReinstateRefusal::Unmet(unmet) => AppError::Unmet(unmet),
                })?;
            draft.set_state(activated.state);
        }
        // Its evidence is a number's: it was written there.
        Proposed::Bundle { .. } => {}
    }
    Ok(())
}

/// Opens the customer's file first, then the proposal: every command locks customers before the
/// rows that hang on them.
async fn open(turn: &mut Turn, id: ProposalId) -> Result<(Draft, Proposal), AppError> {
    let missing = || AppError::NotFound { what: "proposal" };
    let found = turn.tx.proposal(id).await?;
    let customer = found.and_then(|row| row.customer_id).ok_or_else(missing)?;
    let draft = turn.draft(customer).await?;
    let row = turn.tx.proposal_lock(id).await?.ok_or_else(missing)?;
    let proposal = proposal_of(&mut turn.tx, customer, row).await?;
    Ok((draft, proposal))
}

/// A proposal, for reviewers: they see every customer's.
pub async fn get(app: &App, id: ProposalId) -> Result<Proposal, AppError> {
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let missing = || AppError::NotFound { what: "proposal" };
            let row = tx.proposal(id).await?.ok_or_else(missing)?;
            let customer = row.customer_id.ok_or_else(missing)?;
            proposal_of(&mut tx, customer, row).await
        })
        .await
}

/// A proposal row as the domain knows it.
pub(super) async fn proposal_of(
    tx: &mut Tx,
    customer: CustomerId,
    row: ProposalRow,
) -> Result<Proposal, AppError> {
    let cell = row.id.0;
    let proposed =
        tx.open_json(customer, "proposal", "payload", cell.as_bytes(), &row.payload).await?;
    let reason = tx.open_json(customer, "proposal", "reason", cell.as_bytes(), &row.reason).await?;
    let corrupt = || AppError::from(StoreError::Corrupt("proposal"));
    let state = match (row.state.as_str(), row.decided_by, row.decided_at) {
        ("OPEN", None, None) => ProposalState::Open,
        ("CONFIRMED", Some(by), Some(at)) => ProposalState::Confirmed { by, at },
        ("REJECTED", Some(by), Some(at)) => ProposalState::Rejected { by, at },
        ("EXPIRED", ..) => ProposalState::Expired,
        _ => return Err(corrupt()),
    };
    Ok(Proposal {
        id: row.id,
        proposed,
        reason,
        by: row.proposed_by,
        at: row.proposed_at,
        expires: row.expires_at,
        state,
    })
}
