//! What a reviewer found by a document or a call-back.

use super::commit::put;
use crate::app::change::{Changes, Turn};
use crate::app::customer::Changed;
use crate::app::error::AppError;
use crate::app::parts::App;
use crate::domain::access::Principal;
use crate::domain::check::{Check, Kind, Method, Verdict};
use crate::domain::command::review::{Basis, RecordCheck};
use crate::domain::customer_file::CustomerFile;
use crate::domain::ids::{CheckId, DocumentId};
use crate::domain::pii::Pii;
use crate::domain::provider::{Decided, open_question};
use crate::store::{Meta, Tx};

impl Changes for (CheckId, Changed) {
    fn changed(&self) -> Option<Changed> {
        Some(self.1)
    }
}

/// Records what a reviewer found by a document or a call-back, for the revision the reviewer saw.
pub async fn record(
    app: &App,
    who: &Principal,
    ask: RecordCheck,
) -> Result<(CheckId, Changed), AppError> {
    let id = CheckId(app.clock.id());
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move { record_in(&mut turn, ask, id).await }
    })
    .await
}

async fn record_in(
    turn: &mut Turn,
    ask: RecordCheck,
    id: CheckId,
) -> Result<(CheckId, Changed), AppError> {
    let mut draft = turn.draft(ask.customer).await?;
    if draft.file.customer.profile_rev != ask.profile_revision {
        return Err(AppError::refused(
            "PROFILE_CHANGED",
            "the profile has changed since you looked at it; look again and record what you find",
        ));
    }
    let rules = &draft.policy.policy.checks;
    let method = match ask.basis {
        Basis::Document(_) => Method::Document,
        Basis::Callback { .. } => Method::Callback,
    };
    if !rules.get(&ask.kind).is_some_and(|rule| rule.methods.contains(&method)) {
        let message = "the policy does not accept this kind of evidence for this check";
        return Err(AppError::field("kind", "METHOD_NOT_ACCEPTED", message));
    }
    let claim = draft.file.claim_rows().into_iter().find(|claim| claim.kind == ask.kind);
    let claim = claim.ok_or_else(|| {
        AppError::refused("NOTHING_CLAIMED", "the profile claims nothing that this check proves")
    })?;
    let (document, source, mut evidence) = basis(&mut turn.tx, &draft.file, &ask).await?;
    let now = turn.tx.now();
    if ask.kind == Kind::RmdRecord && ask.passed {
        // What the FCC's lists deny, no document makes good.
        let Some(question) = open_question(draft.file.live_check(&claim)) else {
            return Err(AppError::refused(
                "NOTHING_TO_DECIDE",
                "the lists leave nothing open that the page of the filing decides; load the list anew",
            ));
        };
        let decided = Decided { decides: question.to_owned(), decided_at: now };
        let word = serde_json::to_value(decided).unwrap_or_default();
        if let (Some(all), serde_json::Value::Object(parts)) = (evidence.as_object_mut(), word) {
            all.extend(parts);
        }
    }
    let check = Check {
        id,
        kind: ask.kind,
        subject: claim.subject,
        claim_digest: claim.digest,
        result: if ask.passed { Verdict::Pass } else { Verdict::Fail },
        reason: if ask.passed { "REVIEWED" } else { "REVIEWED_AND_FAILED" }.to_owned(),
        method,
        source,
        evidence: Pii::new(evidence),
        document,
        at: now,
        expires_at: draft.policy.policy.check_expires(ask.kind, now),
        by: turn.who.actor.to_string(),
        overridden: None,
    };
    put(&turn.app, &mut draft, check, now);
    draft.settle(now);
    Ok((id, turn.finish(draft, "customer.check_recorded").await?))
}

type Backing = (Option<DocumentId>, String, serde_json::Value);

/// The evidence behind a reviewer's word. A call-back must not go where the profile says: a
/// channel that the applicant named proves nothing of the firm.
async fn basis(tx: &mut Tx, file: &CustomerFile, ask: &RecordCheck) -> Result<Backing, AppError> {
    match &ask.basis {
        Basis::Document(id) => {
            let row = tx.document(*id).await?.filter(|d| d.customer_id == file.customer.id);
            let row = row.ok_or_else(|| {
                AppError::field("document_id", "NOT_FOUND", "name a document of this customer")
            })?;
            let evidence = serde_json::json!({
                "document": id, "kind": row.kind, "reason": ask.reason,
            });
            Ok((Some(*id), "document".to_owned(), evidence))
        }
        Basis::Callback { channel_source, reached_at, spoken_to, at } => {
            if file.profile.names_channel(reached_at.expose()) {
                let message = "reach the firm through a channel that the profile does not name";
                return Err(AppError::field("callback.reached_at", "CHANNEL_OF_PROFILE", message));
            }
            let evidence = serde_json::json!({
                "channel_source": channel_source, "reached_at": reached_at,
                "spoken_to": spoken_to, "at": at, "reason": ask.reason,
            });
            Ok((None, channel_source.clone(), evidence))
        }
    }
}
