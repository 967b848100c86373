//! Asks outside parties about the claims of a profile: a job of its own, because it waits for other
//! machines, and nothing that lowers trust may wait for those.

use futures_util::future::join_all;

use super::commit::{Outcome, commit, raise_of};
use crate::app::change::Turn;
use crate::app::error::AppError;
use crate::app::parts::App;
use crate::domain::access::Principal;
use crate::domain::check::{
    Answer, AskedParty, Check, Failure, Kind, Method, Question, RegistryEvidence, Remark, Source,
    Told, Verdict, judge, questions, together,
};
use crate::domain::customer_file::{ClaimRow, CustomerFile};
use crate::domain::finding::{Code, Raise};
use crate::domain::ids::{CheckId, CustomerId, JobId};
use crate::domain::pii::Pii;
use crate::domain::profile::claims;
use crate::domain::time::{Span, Ts};
use crate::store::Meta;

/// The job that asks the outside parties about a customer.
pub const ASK_SOURCES: &str = "ASK_SOURCES";

/// When a source that gave no answer is asked again, unless it asked for longer.
const AGAIN: Span = Span::minutes(15);
/// The longest wait before it is asked again.
const LATEST: Span = Span::hours(24);

/// Asks for the questions to outside parties; nothing where none of them is set up.
pub(super) async fn request(turn: &mut Turn, customer: CustomerId, at: Ts) -> Result<(), AppError> {
    if !Source::ALL.iter().any(|source| turn.app.sources.is_set_up(*source)) {
        return Ok(());
    }
    let (waiting,) = turn.tx.job_waits(ASK_SOURCES, customer.0).await?;
    let now = turn.tx.now();
    if waiting == 0 {
        turn.tx.job_add(JobId(turn.app.clock.id()), ASK_SOURCES, customer.0, at, now).await?;
    } else if at <= now {
        // One that waits for its time comes at once.
        turn.tx.job_defer(ASK_SOURCES, customer.0, at).await?;
    }
    Ok(())
}

/// Asks about the live profile and commits what came of it.
pub async fn ask_sources(app: &App, customer: CustomerId) -> Result<(), AppError> {
    let loaded = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.file(customer).await?) })
        .await?;
    let Some(file) = loaded else { return Ok(()) };
    let mut outcomes = Vec::new();
    let mut again: Option<Span> = None;
    for (claim, answers) in answers(app, &file).await {
        again = again.max(answers.iter().filter_map(|(_, answer)| wait(answer)).max());
        outcomes.extend(outcome(app, &file, &claim, &answers)?);
    }
    if outcomes.is_empty() && again.is_none() {
        return Ok(());
    }
    let who = Principal::system(ASK_SOURCES);
    app.change(&who, Meta::system(ASK_SOURCES), move |mut turn| {
        let outcomes = outcomes.clone();
        async move {
            let now = turn.tx.now();
            let due = next(&turn, &outcomes, again, now);
            let changed = commit(&mut turn, customer, outcomes).await?;
            if let Some(due) = due {
                request(&mut turn, customer, due).await?;
            }
            Ok(changed)
        }
    })
    .await
    .map(drop)
}

/// What a person or a list said of the claim is not asked again; what a source said is.
fn is_open(app: &App, file: &CustomerFile, claim: &ClaimRow) -> bool {
    let Some(check) = file.live_check(claim) else { return true };
    let answered = check.result != Verdict::Unavailable && app.clock.now() < check.expires_at;
    !answered
        || is_remarked(claim.kind)
        || check.by == Principal::system(ASK_SOURCES).actor.to_string()
}

/// Kinds that outside parties remark on without proving them.
const fn is_remarked(kind: Kind) -> bool {
    matches!(kind, Kind::AddressKind | Kind::ContactEmail)
}

/// What the sources say of every open claim. All are asked at once, and each question once: the job's
/// lease is longer than the wait for one of them, not for all one after the other.
async fn answers(app: &App, file: &CustomerFile) -> Vec<(ClaimRow, Vec<(Question, Answer)>)> {
    let rows = claims(&file.profile).into_iter().map(|claim| {
        let digest = claim.digest(&file.claim_key);
        ClaimRow { kind: claim.kind, subject: claim.subject.clone(), digest }
    });
    let open: Vec<_> = rows
        .filter(|row| is_open(app, file, row))
        .map(|row| {
            let asked = asked(app, file, &row);
            (row, asked)
        })
        .collect();
    let mut once: Vec<&(Source, Question)> = Vec::new();
    for question in open.iter().flat_map(|(_, asked)| asked) {
        if !once.contains(&question) {
            once.push(question);
        }
    }
    let told = join_all(once.iter().map(|(source, question)| app.sources.ask(*source, question)));
    let told: Vec<_> = once.iter().copied().zip(told.await).collect();
    let of = |one: &(Source, Question)| {
        let (_, answer) = told.iter().find(|(asked, _)| *asked == one)?;
        Some((one.1.clone(), answer.clone()))
    };
    open.iter().map(|(row, asked)| (row.clone(), asked.iter().filter_map(of).collect())).collect()
}

/// The questions about a claim, to the sources that are set up.
fn asked(app: &App, file: &CustomerFile, claim: &ClaimRow) -> Vec<(Source, Question)> {
    let mut asked = questions(claim.kind, &file.profile);
    asked.retain(|(source, _)| app.sources.is_set_up(*source));
    if claim.kind == Kind::AddressKind {
        asked.truncate(1);
    }
    asked
}

/// How long to wait before a source is asked again that gave no answer.
fn wait(answer: &Answer) -> Option<Span> {
    match answer.told {
        Told::Failed(Failure::Retry { after }) => {
            Some(after.unwrap_or(AGAIN).max(AGAIN).min(LATEST))
        }
        Told::Failed(Failure::Quota | Failure::Refused | Failure::Schema | Failure::Stale) => {
            Some(LATEST)
        }
        Told::Failed(Failure::NotConfigured) | Told::Nothing(_) | Told::Found(_) => None,
    }
}

/// When the sources are asked next: soon where one gave no answer, else as often as policy says.
fn next(turn: &Turn, outcomes: &[Outcome], again: Option<Span>, now: Ts) -> Option<Ts> {
    if let Some(again) = again {
        return Some(now.plus(again));
    }
    let policy = turn.app.policies.at(now).ok()?;
    let every = outcomes.iter().filter_map(|o| policy.policy.recheck(o.check.kind)).min()?;
    Some(now.plus(every))
}

/// One check of what the sources said of a claim.
fn outcome(
    app: &App,
    file: &CustomerFile,
    claim: &ClaimRow,
    answers: &[(Question, Answer)],
) -> Result<Option<Outcome>, AppError> {
    let now = app.clock.now();
    let policy = app.policies.at(now)?;
    let judged: Vec<_> = answers
        .iter()
        .map(|(question, answer)| {
            let asked = question.asked_name();
            let judged = judge(&answer.told, &answer.evidence, asked, policy.policy.names, now);
            (judged.verdict, judged.reason.to_owned(), answer)
        })
        .collect();
    if is_remarked(claim.kind) {
        let id = CheckId(app.clock.id());
        return Ok(remarked(id, file, claim, &judged));
    }
    let result = together(judged.iter().map(|(verdict, ..)| *verdict));
    let Some((_, reason, _)) = judged.iter().find(|(verdict, ..)| *verdict == result) else {
        return Ok(None);
    };
    let asked = judged.iter().map(|(verdict, reason, answer)| AskedParty {
        result: *verdict,
        reason: reason.clone(),
        answer: Some((*answer).clone()),
    });
    let evidence = RegistryEvidence { asked: asked.collect() };
    let sources: Vec<_> = answers.iter().map(|(_, a)| a.evidence.source.as_str()).collect();
    let check = Check {
        id: CheckId(app.clock.id()),
        kind: claim.kind,
        subject: claim.subject.clone(),
        claim_digest: claim.digest,
        result,
        reason: reason.clone(),
        method: Method::Registry,
        source: sources.join("+"),
        evidence: Pii::new(evidence.stored()),
        document: None,
        at: now,
        expires_at: policy.policy.check_expires(claim.kind, now),
        by: Principal::system(ASK_SOURCES).actor.to_string(),
        overridden: None,
    };
    let other = judged.iter().any(|(_, reason, _)| reason == "NAME_MISMATCH");
    let raises = other.then(|| raise_of(Code::NameMismatch, claim, "TOLD_BY_SOURCE"));
    let raises = raises.into_iter().collect();
    Ok(Some(Outcome { check, raises, asked: Vec::new() }))
}

/// What sources remarked on a claim that they do not prove: red flags beside the check that stands.
fn remarked(
    id: CheckId,
    file: &CustomerFile,
    claim: &ClaimRow,
    judged: &[(Verdict, String, &Answer)],
) -> Option<Outcome> {
    let check = Check { id, ..file.live_check(claim)?.clone() };
    let raises: Vec<Raise> = judged
        .iter()
        .flat_map(|(_, _, answer)| &answer.remarks)
        .filter_map(|remark| match remark {
            Remark::MailDrop | Remark::Vacant => Some(Code::AddrNotPhysical),
            Remark::NoMail => Some(Code::EmailDomainRisk),
            Remark::Reassigned | Remark::Listed => None,
        })
        .map(|code| raise_of(code, claim, "TOLD_BY_SOURCE"))
        .collect();
    if raises.is_empty() { None } else { Some(Outcome { check, raises, asked: Vec::new() }) }
}
