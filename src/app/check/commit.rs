//! Commits results against the digests of the claims that were checked.

use std::collections::BTreeMap;

use crate::app::change::Turn;
use crate::app::customer::Changed;
use crate::app::draft::Draft;
use crate::app::error::AppError;
use crate::app::parts::App;
use crate::domain::check::{Check, Kind, Verdict};
use crate::domain::customer_file::ClaimRow;
use crate::domain::finding::{Code, Raise, Resolution, outlived, screened, subject_of};
use crate::domain::flag::looked_at;
use crate::domain::ids::{CustomerId, FindingId, ListVersionId};
use crate::domain::list::List;
use crate::domain::pii::Pii;
use crate::domain::provider::recertified;
use crate::domain::time::Ts;
use crate::store::Tx;
use crate::store::change::Fact;

/// A check's result with the red flags that come with it.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) check: Check,
    pub(super) raises: Vec<Raise>,
    /// The loads of lists that the result rests on.
    pub(super) asked: Vec<(List, ListVersionId)>,
}

pub(super) async fn commit(
    turn: &mut Turn,
    customer: CustomerId,
    outcomes: Vec<Outcome>,
) -> Result<Changed, AppError> {
    let mut draft = turn.draft(customer).await?;
    let (app, now) = (turn.app.clone(), turn.tx.now());
    let looked = looked_at(&draft.file);
    still_live(&mut turn.tx, &outcomes).await?;
    for Outcome { mut check, raises, asked } in outcomes {
        if counts(&draft, &check) {
            let raised: Vec<String> = raises.iter().map(|new| new.subject.clone()).collect();
            let lists: Vec<List> = asked.iter().map(|(list, _)| *list).collect();
            let known = &draft.file.findings;
            let gone = outlived(&check, known, &raised, &lists).into_iter();
            let gone = gone.map(|finding| (finding.clone(), "the list no longer has this entry"));
            let again = recertified(&check, known).into_iter();
            let again = again.map(|finding| (finding.clone(), "the filing was recertified"));
            for (finding, reason) in gone.chain(again).collect::<Vec<_>>() {
                let reason = Pii::new(reason.to_owned());
                let ended = finding.resolve(Resolution::Mitigated, &check.by, reason, now)?;
                draft.put_resolved(ended);
            }
            for new in raises {
                draft.raise(new, Some(&check), FindingId(app.clock.id()), now);
            }
            let active = draft.file.customer.state.active().is_some();
            check.result = screened(&check, &draft.file.findings, active);
        }
        put(&app, &mut draft, check, now);
    }
    crate::app::flag::keep_links(turn, &mut draft).await?;
    crate::app::flag::raise_all(turn, &mut draft, &looked).await?;
    draft.settle(now);
    turn.finish(draft, "customer.checked").await
}

/// Refuses results that rest on a list which was replaced while they were worked out: what the
/// change touches would be missed. The job tries again.
async fn still_live(tx: &mut Tx, outcomes: &[Outcome]) -> Result<(), AppError> {
    if outcomes.iter().all(|outcome| outcome.asked.is_empty()) {
        return Ok(());
    }
    let live = tx.lists_live().await?;
    let is_live = |(list, load): &(List, ListVersionId)| {
        live.iter().any(|row| row.list == list.as_str() && row.id == *load)
    };
    if outcomes.iter().flat_map(|outcome| &outcome.asked).all(is_live) {
        return Ok(());
    }
    Err(AppError::refused("LIST_CHANGED", "a list was replaced meanwhile; check again"))
}

/// Whether the claim of a result is still made, and no better result stands.
fn counts(draft: &Draft, check: &Check) -> bool {
    let live = draft.file.claim_rows().into_iter().any(|claim| {
        claim.kind == check.kind
            && claim.subject == check.subject
            && claim.digest == check.claim_digest
    });
    live && draft.takes(check)
}

/// Puts a result into the file if its claim is still made, else keeps it as SUPERSEDED.
pub(in crate::app) fn put(app: &App, draft: &mut Draft, check: Check, now: Ts) {
    if !counts(draft, &check) {
        let late = Check { result: Verdict::Superseded, ..check };
        draft.note(Fact::Superseded(late));
        return;
    }
    let code = match check.result {
        Verdict::Fail | Verdict::Review if check.reason == "NAME_MISMATCH" => {
            Some(Code::NameMismatch)
        }
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
    crate::app::flag::support(draft, &check.by, now);
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

/// A red flag about a claim, with its reason as evidence.
pub(in crate::app) fn raise_of(code: Code, claim: &ClaimRow, reason: &str) -> Raise {
    Raise {
        code,
        subject: subject_of(&claim.subject, claim.digest, reason),
        evidence: Pii::new(BTreeMap::from([
            ("claim".to_owned(), claim.subject.clone()),
            ("reason".to_owned(), reason.to_owned()),
        ])),
    }
}
