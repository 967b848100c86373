//! Checks against registers that are loaded as lists.

use serde_json::json;

use super::commit::{Outcome, raise_of};
use crate::app::error::AppError;
use crate::app::parts::App;
use crate::app::register;
use crate::domain::access::Principal;
use crate::domain::check::{Answer, Check, Kind, Method, Verdict, judge, together};
use crate::domain::customer_file::{ClaimRow, CustomerFile};
use crate::domain::ids::CheckId;
use crate::domain::list::List;
use crate::domain::pii::Pii;
use crate::domain::profile::{IdentifierKind, claims};
use crate::domain::provider::{DECIDED, beside, judge as judge_records};
use crate::domain::register_told::with_history;
use crate::domain::time::Ts;

use super::run::RUN_CHECKS;

/// What the registers say of the claims of this file. Where none is loaded nothing is said, and the
/// claim waits for another method.
pub(super) async fn listed(app: &App, file: &CustomerFile) -> Result<Vec<Outcome>, AppError> {
    let profile = &file.profile;
    let name = profile.legal_name.expose();
    let mut out = Vec::new();
    for claim in claims(profile) {
        let answers = match claim.kind {
            Kind::TaxIdToName => match profile.tax_id().filter(|id| id.kind == IdentifierKind::Ein)
            {
                Some(ein) => register::tax_id(app, ein.value.expose(), name).await?,
                None => continue,
            },
            Kind::RmdRecord => {
                let digest = claim.digest(&file.claim_key);
                let row = ClaimRow { kind: claim.kind, subject: claim.subject, digest };
                out.extend(provider(app, file, &row).await?);
                continue;
            }
            Kind::IdentifierForm
            | Kind::Sanctions
            | Kind::AddressKind
            | Kind::ContactEmail
            | Kind::ContactPhone
            | Kind::AlternatePhone
            | Kind::Existence
            | Kind::Representation
            | Kind::CallerName
            | Kind::FlowDown => continue,
        };
        let digest = claim.digest(&file.claim_key);
        let row = ClaimRow { kind: claim.kind, subject: claim.subject, digest };
        out.extend(outcome(app, &row, &answers, name)?);
    }
    Ok(out)
}

/// One check of what several registers said; nothing where none of them is loaded.
fn outcome(
    app: &App,
    claim: &ClaimRow,
    answers: &[Answer],
    name: &str,
) -> Result<Option<Outcome>, AppError> {
    let now = app.clock.now();
    let policy = app.policies.at(now)?;
    let judged: Vec<(Verdict, String, &Answer)> = answers
        .iter()
        .map(|answer| {
            let likeness = policy.policy.names;
            let judged = judge(&answer.told, &answer.evidence, Some(name), likeness, now);
            (judged.verdict, judged.reason.to_owned(), answer)
        })
        .filter(|(_, reason, _)| reason != "NOT_CONFIGURED")
        .collect();
    let result = together(judged.iter().map(|(verdict, ..)| *verdict));
    // Of several that could say nothing the one that was asked counts before one that is too old.
    let spoke = judged.iter().filter(|(verdict, ..)| *verdict == result);
    let Some((_, reason, answer)) = spoke.min_by_key(|(_, reason, _)| reason != "NO_COVERAGE")
    else {
        return Ok(None);
    };
    let life = policy.policy.check_expires(claim.kind, now);
    let told: Vec<_> = judged
        .iter()
        .map(|(verdict, reason, answer)| {
            json!({ "result": verdict, "reason": reason, "rests_on": answer.evidence })
        })
        .collect();
    let check = Check {
        id: CheckId(app.clock.id()),
        kind: claim.kind,
        subject: claim.subject.clone(),
        claim_digest: claim.digest,
        result,
        reason: reason.clone(),
        method: Method::Registry,
        source: answer.evidence.source.clone(),
        evidence: Pii::new(json!({ "asked": told })),
        document: None,
        at: now,
        expires_at: life,
        by: Principal::system(RUN_CHECKS).actor.to_string(),
        overridden: None,
    };
    Ok(Some(Outcome { check, raises: Vec::new(), asked: Vec::new() }))
}

/// What the FCC's lists say of a provider; nothing where the database was never loaded.
async fn provider(
    app: &App,
    file: &CustomerFile,
    claim: &ClaimRow,
) -> Result<Option<Outcome>, AppError> {
    let now = app.clock.now();
    let policy = app.policies.at(now)?;
    let needed = policy.policy.role(file.customer.role).map_or(&[][..], |rules| &rules.records);
    let records = register::records(app, &file.profile).await?;
    if records.until == Ts::NEVER && !records.facts.removed {
        return Ok(None);
    }
    let claimed = file.profile.provider.as_ref().map_or(&[][..], |it| &it.rmd_roles);
    let dated = records.facts.filing.as_ref().is_ok_and(|it| it.recertified.is_some());
    let judged = judge_records(needed, claimed, &records.facts, now);
    let judged = with_history(judged, records.gone, dated);
    let (before, active) = (file.live_check(claim), file.customer.state.active().is_some());
    let judged = beside(judged, before, active, now);
    // What a reviewer decided goes on beside what the lists say today.
    let word = before.filter(|_| judged.reason == DECIDED);
    let mut evidence = json!({ "records": judged.records, "rests_on": records.asked });
    if let (Some(word), Some(now_told)) = (word, evidence.as_object_mut()) {
        for (key, value) in word.evidence.expose().as_object().into_iter().flatten() {
            now_told.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    let life = policy.policy.check_expires(claim.kind, now);
    let check = Check {
        id: CheckId(app.clock.id()),
        kind: claim.kind,
        subject: claim.subject.clone(),
        claim_digest: claim.digest,
        result: judged.result,
        reason: judged.reason.to_owned(),
        method: word.map_or(Method::Registry, |word| word.method),
        source: List::Rmd.as_str().to_owned(),
        evidence: Pii::new(evidence),
        document: word.and_then(|word| word.document),
        at: now,
        // A filing can be withdrawn any day: its check lives no longer than the list that showed it.
        expires_at: if judged.result == Verdict::Pass { life.min(records.until) } else { life },
        by: Principal::system(RUN_CHECKS).actor.to_string(),
        overridden: None,
    };
    let raises = judged.findings.iter().map(|code| raise_of(*code, claim, judged.reason)).collect();
    Ok(Some(Outcome { check, raises, asked: Vec::new() }))
}
