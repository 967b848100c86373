//! Asks for the checks of a profile, runs them, and hands over what came of them.

use super::commit::{Outcome, commit, raise_of};
use super::listed::listed;
use super::registry;
use super::screen::{Screened, screen};
use crate::app::change::Turn;
use crate::app::draft::Draft;
use crate::app::error::AppError;
use crate::app::parts::App;
use crate::domain::access::Principal;
use crate::domain::check::{Check, Kind, Method, run_form};
use crate::domain::customer_file::{ClaimRow, CustomerFile};
use crate::domain::ids::{CheckId, CustomerId, JobId};
use crate::domain::pii::Pii;
use crate::domain::profile::claims;
use crate::store::Meta;

/// The job that runs every check of a customer that needs no person.
pub const RUN_CHECKS: &str = "RUN_CHECKS";

/// Asks for the checks of the profile as the draft has it.
pub(in crate::app) async fn request(turn: &mut Turn, draft: &Draft) -> Result<(), AppError> {
    let customer = draft.file.customer.id.0;
    let (waiting,) = turn.tx.job_waits(RUN_CHECKS, customer).await?;
    if waiting == 0 {
        let (job, now) = (JobId(turn.app.clock.id()), turn.tx.now());
        turn.tx.job_add(job, RUN_CHECKS, customer, now, now).await?;
    }
    let now = turn.tx.now();
    registry::request(turn, draft.file.customer.id, now).await
}

/// What checks have found of a text, before it is known whether that text still stands.
#[derive(Clone, Debug)]
pub struct Found {
    customer: CustomerId,
    outcomes: Vec<Outcome>,
}

/// Runs the checks of the live profile and commits what came of them.
pub async fn run(app: &App, customer: CustomerId) -> Result<(), AppError> {
    match look(app, customer).await? {
        Some(found) => tell(app, found).await,
        None => Ok(()),
    }
}

/// Runs the checks of the profile as it stands, outside of any transaction.
pub async fn look(app: &App, customer: CustomerId) -> Result<Option<Found>, AppError> {
    let loaded = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.file(customer).await?) })
        .await?;
    let Some(file) = loaded else { return Ok(None) };
    let mut outcomes = outcomes(app, &file)?;
    outcomes.extend(listed(app, &file).await?);
    Ok(Some(Found { customer, outcomes }))
}

/// Commits what checks have found; what they found of a text that no longer stands counts for
/// nothing.
pub async fn tell(app: &App, found: Found) -> Result<(), AppError> {
    let Found { customer, outcomes } = found;
    let who = Principal::system(RUN_CHECKS);
    app.change(&who, Meta::system(RUN_CHECKS), move |mut turn| {
        let outcomes = outcomes.clone();
        async move { commit(&mut turn, customer, outcomes).await }
    })
    .await
    .map(drop)
}

/// What every check of this file says that needs no person.
fn outcomes(app: &App, file: &CustomerFile) -> Result<Vec<Outcome>, AppError> {
    let now = app.clock.now();
    let policy = app.policies.at(now)?;
    let mut out = Vec::new();
    for claim in claims(&file.profile) {
        let digest = claim.digest(&file.claim_key);
        let row = ClaimRow { kind: claim.kind, subject: claim.subject.clone(), digest };
        let base = |result, reason: &str, method, source: &str, evidence| Check {
            id: CheckId(app.clock.id()),
            kind: row.kind,
            subject: row.subject.clone(),
            claim_digest: row.digest,
            result,
            reason: reason.to_owned(),
            method,
            source: source.to_owned(),
            evidence: Pii::new(evidence),
            document: None,
            at: now,
            expires_at: policy.policy.check_expires(row.kind, now),
            by: Principal::system(RUN_CHECKS).actor.to_string(),
            overridden: None,
        };
        if claim.kind == Kind::Sanctions {
            let found = screen(app, &row, claim.text.expose(), now)?;
            let source = found.source();
            let Screened { verdict, reason, raises, evidence, asked } = found;
            let check = base(verdict, reason, Method::List, &source, evidence);
            out.push(Outcome { check, raises, asked });
        } else if claim.kind.is_form()
            && let Some(form) = run_form(&file.profile, &claim)
        {
            let check = base(
                form.result,
                form.reason,
                Method::Form,
                "form",
                serde_json::json!({ "reason": form.reason }),
            );
            let raises = form.finding.map(|code| raise_of(code, &row, form.reason));
            let raises = raises.into_iter().collect();
            out.push(Outcome { check, raises, asked: Vec::new() });
        }
    }
    Ok(out)
}
