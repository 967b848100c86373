//! Who serves a number, as somebody else than the customer says. Another carrier than before ends
//! the bills and letters of a number that was never ours.

use super::access::Written;
use super::change::APPLIED;
use super::error::AppError;
use super::number_draft::NumberDraft;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::letter::RecordCarrier;
use crate::domain::evidence::{CarrierOfRecord, Kind};
use crate::domain::number_event::{Kind as Event, ends};
use crate::store::number_change::NumberFact;
use crate::store::{Meta, Tx};

/// Records who serves a number.
pub async fn record(app: &App, who: &Principal, ask: RecordCarrier) -> Result<Written, AppError> {
    if who.client.is_some() {
        let message = "who serves a number is looked up for the provider, not by a portal";
        return Err(AppError::denied("PROVIDER_ONLY", message));
    }
    let meta = Meta::write(who, &ask.write);
    let dry = meta.is_dry();
    let shared = app.clone();
    let written: Written = app
        .store
        .command(meta, move |mut tx| {
            let (app, ask) = (shared.clone(), ask.clone());
            async move { record_in(&app, &mut tx, ask).await }
        })
        .await?;
    if !dry {
        app.live.wait_for(written.subject, written.revision, APPLIED).await;
    }
    Ok(written)
}

async fn record_in(app: &App, tx: &mut Tx, ask: RecordCarrier) -> Result<Written, AppError> {
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
    let moved = before.is_some_and(|before| ask.carrier.differs(&before));
    let ours = [Kind::AssignedByUs, Kind::RangeAllocated, Kind::PortedToUs, Kind::PortedOut];
    if moved && !draft.file.evidence.iter().any(|piece| ours.contains(&piece.kind)) {
        let as_of = ask.carrier.as_of;
        draft.end_where(|piece| ends(Event::CarrierChanged, piece.kind) && piece.since() < as_of);
    }
    draft.note(NumberFact::Carrier(ask.carrier));
    draft.write(tx, "number.carrier_recorded", None).await
}
