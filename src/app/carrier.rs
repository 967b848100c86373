//! Who serves a number, as somebody else than the customer says. Another carrier than before ends
//! the bills and letters of a number that was never ours, and a bill of another carrier ends at once.

use super::access::Written;
use super::error::AppError;
use super::fences::Fences;
use super::number_draft::NumberDraft;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::letter::RecordCarrier;
use crate::domain::evidence::{CarrierOfRecord, Evidence, Kind};
use crate::store::number_change::NumberFact;
use crate::store::{Meta, Tx};

/// Records who serves a number.
pub async fn record(app: &App, who: &Principal, ask: RecordCarrier) -> Result<Written, AppError> {
    if who.client.is_some() {
        let message = "who serves a number is looked up for the provider, not by a portal";
        return Err(AppError::denied("PROVIDER_ONLY", message));
    }
    let meta = Meta::write(who, &ask.write);
    let work = move |app: App, mut tx: Tx, fences: Fences| {
        let ask = ask.clone();
        async move { record_in(&app, &mut tx, ask, &fences).await }
    };
    app.lowering(meta, work, |done: &Written| Some(*done)).await
}

async fn record_in(
    app: &App,
    tx: &mut Tx,
    ask: RecordCarrier,
    fences: &Fences,
) -> Result<Written, AppError> {
    let now = tx.now();
    let rules = app.policies.at(now)?.policy.evidence;
    if ask.carrier.as_of > now {
        let message = "the date of the source lies in the future";
        return Err(AppError::field("as_of_time", "EVIDENCE_DATE_FUTURE", message));
    }
    if ask.carrier.is_old(rules.carrier_days, now) {
        let message = "the look-up is too old to say who serves the number now; look it up anew";
        return Err(AppError::field("as_of_time", "EVIDENCE_TOO_OLD", message));
    }
    let draft = NumberDraft::open(tx, ask.number).await?;
    let mut draft = draft.ok_or_else(|| {
        AppError::field("number", "NOT_CLAIMED", "nobody claims this number; claim it first")
    })?;
    let before = tx.carrier_of(draft.file.id).await?.map(CarrierOfRecord::from);
    if before.as_ref().is_some_and(|before| before.as_of > ask.carrier.as_of) {
        let message = "a later look-up of this number is recorded; look it up anew";
        return Err(AppError::field("as_of_time", "NEWER_KNOWN", message));
    }
    let moved = before.is_some_and(|before| ask.carrier.differs(&before));
    let ours = [Kind::AssignedByUs, Kind::RangeAllocated, Kind::PortedToUs, Kind::PortedOut];
    if !draft.file.evidence.iter().any(|piece| ours.contains(&piece.kind)) {
        let gone = |piece: &Evidence| ask.carrier.outdates(piece, moved);
        let lose = draft.file.evidence.iter().filter(|piece| gone(piece));
        fences.raise(app, lose.map(|piece| piece.customer));
        draft.end_where(gone);
    }
    draft.note(NumberFact::Carrier(ask.carrier));
    draft.write(tx, "number.carrier_recorded", None).await
}
