//! Findings: resolved by a reviewer with a reason.

use super::change::Turn;
use super::customer::Changed;
use super::draft::Draft;
use super::error::AppError;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::check::{Check, Kind, Verdict};
use crate::domain::command::review::ResolveFinding;
use crate::domain::finding::{Finding, screened, subject_of};
use crate::domain::ids::{CheckId, CustomerId, FindingId};
use crate::store::Meta;

/// Resolves an open finding. The last hit of a screening that is ruled out lets that screening
/// pass; a confirmed one takes the customer down.
pub async fn resolve(app: &App, who: &Principal, ask: ResolveFinding) -> Result<Changed, AppError> {
    let customer = owner(app, ask.finding).await?;
    let check = CheckId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move { resolve_in(&mut turn, customer, ask, check).await }
    })
    .await
}

async fn owner(app: &App, id: FindingId) -> Result<CustomerId, AppError> {
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let row = tx.finding(id).await?;
            row.map(|row| row.customer_id).ok_or(AppError::NotFound { what: "finding" })
        })
        .await
}

async fn resolve_in(
    turn: &mut Turn,
    customer: CustomerId,
    ask: ResolveFinding,
    check: CheckId,
) -> Result<Changed, AppError> {
    let mut draft = turn.draft(customer).await?;
    let now = turn.tx.now();
    let by = turn.who.actor.to_string();
    let finding = draft.file.findings.iter().find(|f| f.id == ask.finding).cloned();
    let finding = finding.ok_or(AppError::NotFound { what: "finding" })?;
    let resolved = finding.resolve(ask.resolution, &by, ask.reason, now)?;
    draft.put_resolved(resolved.clone());
    if let Some(screening) = settled(&draft, &resolved) {
        draft.put_check(Check { id: check, at: now, by, ..screening });
    }
    draft.settle(now);
    turn.finish(draft, "customer.finding_resolved").await
}

/// The screening that this resolution settles: its claim stands, and what it comes to has changed.
fn settled(draft: &Draft, resolved: &Finding) -> Option<Check> {
    let prefix = |check: &Check| subject_of(&check.subject, check.claim_digest, "");
    let mut checks = draft.file.checks.iter();
    let live = checks.find(|check| {
        check.kind == Kind::Sanctions && resolved.subject.starts_with(&prefix(check))
    })?;
    let active = draft.file.customer.state.active().is_some();
    let result = screened(live, &draft.file.findings, active);
    let reason = if result == Verdict::Pass { "HITS_RULED_OUT" } else { "HIT_CONFIRMED" };
    let changed = result != live.result && result != Verdict::Review;
    changed.then(|| Check { result, reason: reason.to_owned(), ..live.clone() })
}
