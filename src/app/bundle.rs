//! A letter, a bill and a call-back that count together: one person proposes it, another confirms,
//! and what speaks against it is looked at both times.

use super::change::Turn;
use super::draft::Draft;
use super::error::AppError;
use super::number_draft::NumberDraft;
use super::parts::App;
use super::proposal::{OnProposal, propose};
use crate::domain::access::Principal;
use crate::domain::command::letter::ProposeBundle;
use crate::domain::evidence::{CarrierOfRecord, Grounds, Kind, approve, bundle_faults};
use crate::domain::fault::FieldFault;
use crate::domain::ids::{EvidenceId, NumberId, ProposalId};
use crate::domain::proposal::Proposed;
use crate::domain::time::Span;
use crate::store::{Meta, StoreError};

/// Proposes that the three pieces give FULL.
pub async fn propose_bundle(
    app: &App,
    who: &Principal,
    ask: ProposeBundle,
) -> Result<OnProposal, AppError> {
    let id = ProposalId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let draft = turn.draft(ask.customer).await?;
            let number = NumberDraft::open_claimed(&mut turn.tx, ask.number, ask.customer).await?;
            refuse_faults(&mut turn, &draft, &number, &ask.members).await?;
            let members = ask.members.clone();
            let proposed = Proposed::Bundle { number: number.file.id, members };
            propose(&mut turn, draft, id, proposed, ask.reason).await
        }
    })
    .await
}

/// Refuses a bundle that something speaks against, and tells all of it.
async fn refuse_faults(
    turn: &mut Turn,
    draft: &Draft,
    number: &NumberDraft,
    members: &[EvidenceId],
) -> Result<(), AppError> {
    let now = turn.tx.now();
    let carrier = turn.tx.carrier_of(number.file.id).await?.map(CarrierOfRecord::from);
    let days = draft.policy.policy.evidence.carrier_days;
    let grounds = Grounds {
        customer: draft.file.customer.id,
        legal_name: draft.file.verified_name(now),
        carrier: carrier.as_ref().filter(|carrier| !carrier.is_old(days, now)),
        now,
    };
    let faults = bundle_faults(&number.file.evidence, members, grounds);
    if faults.is_empty() {
        return Ok(());
    }
    let fault = |fault: &crate::domain::evidence::BundleFault| {
        FieldFault::new("evidence_ids", fault.reason(), fault.to_string())
    };
    Err(AppError::Invalid(faults.iter().map(fault).collect()))
}

/// Carries out what two people agreed to, if it still holds.
pub(super) async fn carry_out(
    turn: &mut Turn,
    draft: &Draft,
    number: NumberId,
    members: &[EvidenceId],
    id: EvidenceId,
) -> Result<(), AppError> {
    let customer = draft.file.customer.id;
    let open = NumberDraft::open_id(&mut turn.tx, number).await?;
    let mut open = open.filter(|open| open.file.claimed_by(customer)).ok_or_else(|| {
        AppError::refused("NOT_CLAIMED", "the customer no longer claims the number")
    })?;
    refuse_faults(turn, draft, &open, members).await?;
    let letter = open
        .file
        .evidence
        .iter()
        .find(|piece| piece.kind == Kind::Loa && members.contains(&piece.id))
        .cloned()
        .ok_or(StoreError::Defect("a bundle without its letter passed"))?;
    let days = i64::from(draft.policy.policy.evidence.approval_days);
    let until = turn.tx.now().plus(Span::days(days));
    let by = turn.who.actor.to_string();
    open.replace(letter.id, Some(approve(&letter, id, members, until, &by)));
    open.write(&mut turn.tx, "number.bundle_approved", Some(customer)).await?;
    Ok(())
}
