//! Checks: requested by a command, run by a job outside of any transaction, and recorded against
//! the digest of the claim that was checked.

use std::collections::BTreeMap;

use super::change::{Changes, Turn};
use super::customer::Changed;
use super::draft::Draft;
use super::error::AppError;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::check::{Check, Kind, Method, Verdict, run_form};
use crate::domain::command::review::{Basis, RecordCheck};
use crate::domain::customer_file::{ClaimRow, CustomerFile};
use crate::domain::date;
use crate::domain::finding::{Code, Raise, screened, subject_of};
use crate::domain::ids::{CheckId, CustomerId, FindingId, JobId};
use crate::domain::list::OFAC_SDN;
use crate::domain::pii::Pii;
use crate::domain::profile::claims;
use crate::domain::screening::{Hit, Party};
use crate::domain::time::Ts;
use crate::store::change::Fact;
use crate::store::{Meta, Tx};

/// The job that runs every check of a customer that needs no person.
pub const RUN_CHECKS: &str = "RUN_CHECKS";

/// Asks for the checks of the profile as the draft has it.
pub(super) async fn request(turn: &mut Turn, draft: &Draft) -> Result<(), AppError> {
    let customer = draft.file.customer.id.0;
    let (waiting,) = turn.tx.job_waits(RUN_CHECKS, customer).await?;
    if waiting == 0 {
        let (job, now) = (JobId(turn.app.clock.id()), turn.tx.now());
        turn.tx.job_add(job, RUN_CHECKS, customer, now, now).await?;
    }
    Ok(())
}

/// A check's result with the red flags that come with it.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    check: Check,
    raises: Vec<Raise>,
}

/// Runs the checks of the live profile and commits what came of them.
pub async fn run(app: &App, customer: CustomerId) -> Result<(), AppError> {
    let loaded = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.file(customer).await?) })
        .await?;
    let Some(file) = loaded else { return Ok(()) };
    let outcomes = outcomes(app, &file)?;
    let who = Principal::system(RUN_CHECKS);
    app.change(&who, Meta::system(RUN_CHECKS), move |mut turn| {
        let outcomes = outcomes.clone();
        async move { commit(&mut turn, customer, outcomes).await }
    })
    .await
    .map(drop)
}

async fn commit(
    turn: &mut Turn,
    customer: CustomerId,
    outcomes: Vec<Outcome>,
) -> Result<Changed, AppError> {
    let mut draft = turn.draft(customer).await?;
    let (app, now) = (turn.app.clone(), turn.tx.now());
    for Outcome { mut check, raises } in outcomes {
        if counts(&draft, &check, now) {
            for new in raises {
                draft.raise(new, Some(&check), FindingId(app.clock.id()), now);
            }
            check.result = screened(&check, &draft.file.findings);
        }
        put(&app, &mut draft, check, now);
    }
    draft.settle(now);
    turn.finish(draft, "customer.checked").await
}

/// Whether the claim of a result is still made, and no better result stands.
fn counts(draft: &Draft, check: &Check, now: Ts) -> bool {
    let live = draft.file.claim_rows().into_iter().any(|claim| {
        claim.kind == check.kind
            && claim.subject == check.subject
            && claim.digest == check.claim_digest
    });
    live && draft.takes(check, now)
}

/// Puts a result into the file if its claim is still made, else keeps it as SUPERSEDED.
pub(super) fn put(app: &App, draft: &mut Draft, check: Check, now: Ts) {
    if !counts(draft, &check, now) {
        let late = Check { result: Verdict::Superseded, ..check };
        draft.note(Fact::Superseded(late));
        return;
    }
    let code = match check.result {
        Verdict::Fail if !check.kind.is_form() => Some(Code::CheckFailed),
        Verdict::Review if !check.kind.is_form() && check.kind != Kind::Sanctions => {
            Some(Code::CheckReview)
        }
        Verdict::Pass
        | Verdict::Fail
        | Verdict::Review
        | Verdict::Unavailable
        | Verdict::Superseded => None,
    };
    draft.put_check(check.clone());
    if let Some(code) = code {
        let evidence = BTreeMap::from([
            ("check".to_owned(), check.kind.as_str().to_owned()),
            ("reason".to_owned(), check.reason.clone()),
        ]);
        let subject = subject_of(&check.subject, check.claim_digest, check.kind.as_str());
        let new = Raise { code, subject, evidence: Pii::new(evidence) };
        draft.raise(new, Some(&check), FindingId(app.clock.id()), now);
    }
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
            let (result, reason, raises, evidence) = screen(app, &row, claim.text.expose(), now)?;
            out.push(Outcome {
                check: base(result, reason, Method::List, OFAC_SDN, evidence),
                raises,
            });
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
            out.push(Outcome { check, raises: raises.into_iter().collect() });
        }
    }
    Ok(out)
}

/// A red flag about a claim, with its reason as evidence.
pub(super) fn raise_of(code: Code, claim: &ClaimRow, reason: &str) -> Raise {
    Raise {
        code,
        subject: subject_of(&claim.subject, claim.digest, reason),
        evidence: Pii::new(BTreeMap::from([
            ("claim".to_owned(), claim.subject.clone()),
            ("reason".to_owned(), reason.to_owned()),
        ])),
    }
}

type Screened = (Verdict, &'static str, Vec<Raise>, serde_json::Value);

/// Screens one name against the loaded list. A missing or stale list is UNAVAILABLE, never a pass.
fn screen(app: &App, claim: &ClaimRow, name: &str, now: Ts) -> Result<Screened, AppError> {
    let threshold = app.policies.at(now)?.policy.screening_threshold();
    let list = match app.lists.ready(OFAC_SDN, now) {
        Ok(list) => list,
        Err(reason) => {
            return Ok((Verdict::Unavailable, reason, Vec::new(), serde_json::Value::Null));
        }
    };
    let source =
        serde_json::json!({ "list": OFAC_SDN, "as_of": list.as_of, "threshold": threshold });
    Ok(match list.index.screen(name, Party::named_by(&claim.subject), threshold) {
        Ok(hits) if hits.is_empty() => (Verdict::Pass, "NO_HIT", Vec::new(), source),
        Ok(hits) => {
            let raises = hits.iter().map(|hit| hit_raise(claim, hit, list.as_of)).collect();
            (Verdict::Review, "HIT", raises, source)
        }
        Err(_unscreenable) => {
            let raise = raise_of(Code::NameUnscreenable, claim, "UNSCREENABLE");
            (Verdict::Review, "UNSCREENABLE", vec![raise], source)
        }
    })
}

fn hit_raise(claim: &ClaimRow, hit: &Hit, as_of: Ts) -> Raise {
    let evidence = BTreeMap::from([
        ("claim".to_owned(), claim.subject.clone()),
        ("list".to_owned(), OFAC_SDN.to_owned()),
        ("list_as_of".to_owned(), date::write(as_of)),
        ("entry".to_owned(), hit.ent_num.to_string()),
        ("entry_name".to_owned(), hit.primary.clone()),
        ("matched_name".to_owned(), hit.listed.clone()),
        ("score".to_owned(), hit.score.0.to_string()),
        ("why".to_owned(), serde_json::to_string(&hit.why).unwrap_or_default()),
    ]);
    Raise {
        code: Code::SanctionsHit,
        subject: subject_of(&claim.subject, claim.digest, &hit.ent_num.to_string()),
        evidence: Pii::new(evidence),
    }
}

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
    let (document, source, evidence) = basis(&mut turn.tx, &draft.file, &ask).await?;
    let now = turn.tx.now();
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

type Backing = (Option<crate::domain::ids::DocumentId>, String, serde_json::Value);

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
