//! What the end of a check's life does where policy says FINDING: a reviewer is told, and service
//! goes on. Caps and suspensions need no job; every answer looks at the time itself.

use std::collections::BTreeMap;

use crate::app::error::AppError;
use crate::app::parts::App;
use crate::domain::access::Principal;
use crate::domain::customer_file::CustomerFile;
use crate::domain::finding::{Code, Raise, subject_of};
use crate::domain::ids::{CustomerId, FindingId};
use crate::domain::pii::Pii;
use crate::domain::policy::{OnExpiry, Policy};
use crate::domain::time::Ts;
use crate::store::Meta;

/// The job that looks at a customer when the life of a check has ended.
pub const CHECK_ENDED: &str = "CHECK_ENDED";

/// Raises a finding for each check that ran out.
pub async fn ended(app: &App, customer: CustomerId) -> Result<(), AppError> {
    let loaded = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.file(customer).await?) })
        .await?;
    let policy = app.policies.at(app.clock.now())?;
    let over = |file: &CustomerFile| raises(file, &policy.policy, app.clock.now());
    if loaded.is_none_or(|file| over(&file).is_empty()) {
        return Ok(());
    }
    let who = Principal::system(CHECK_ENDED);
    app.change(&who, Meta::system(CHECK_ENDED), move |mut turn| async move {
        let mut draft = turn.draft(customer).await?;
        let now = turn.tx.now();
        for new in raises(&draft.file, &draft.policy.policy, now) {
            draft.raise(new, None, FindingId(turn.app.clock.id()), now);
        }
        draft.settle(now);
        turn.finish(draft, "customer.check_ended").await
    })
    .await
    .map(drop)
}

/// The findings of checks that ran out and were not renewed.
fn raises(file: &CustomerFile, policy: &Policy, now: Ts) -> Vec<Raise> {
    let rules = policy.role(file.customer.role).map_or(&[][..], |role| &role.checks);
    let mut out = Vec::new();
    for claim in file.claim_rows() {
        let rule = rules.iter().find(|rule| rule.kind == claim.kind);
        let Some(rule) = rule.filter(|rule| rule.on_expiry == OnExpiry::Finding) else { continue };
        let Some(check) = file.live_check(&claim) else { continue };
        if now < check.expires_at.plus(rule.grace) {
            continue;
        }
        let evidence = BTreeMap::from([
            ("check".to_owned(), claim.kind.as_str().to_owned()),
            ("reason".to_owned(), "CHECK_EXPIRED".to_owned()),
        ]);
        let detail = format!("{}:{}", claim.kind, check.expires_at.0);
        let subject = subject_of(&claim.subject, claim.digest, &detail);
        out.push(Raise { code: Code::CheckReview, subject, evidence: Pii::new(evidence) });
    }
    out.retain(|new| !file.findings.iter().any(|known| known.subject == new.subject));
    out
}
