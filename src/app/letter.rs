//! Letters of authorisation: printed from the record, and reviewed once they are signed.

use serde::{Deserialize, Serialize};

use super::access::Written;
use super::error::AppError;
use super::number_draft::{LastWritten, NumberDraft, owner_draft};
use super::page::Keyset;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::command::letter::{RenderLoa, ReviewLoa};
use crate::domain::command::query::ListOfCustomer;
use crate::domain::evidence::{
    Detail, Evidence, Expected, Kind, LetterDecision, LetterFault, LetterReview, State, expires,
    letter_faults, letter_kind,
};
use crate::domain::fault::FieldFault;
use crate::domain::ids::{CustomerId, EvidenceId, LoaReviewId};
use crate::domain::letter::Letter;
use crate::domain::number_file::NumberFile;
use crate::domain::policy::EvidenceRules;
use crate::domain::time::Ts;
use crate::store::number_change::NumberFact;
use crate::store::{Meta, Tx};

/// A printed letter.
#[derive(Debug)]
pub struct Printed {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// Its reference.
    pub reference: String,
    /// It is the customer's own word: it helps an order along, and is never evidence.
    pub self_certified: bool,
}

/// Prints a letter for numbers that the customer claims. Nothing is written.
pub async fn render(app: &App, who: &Principal, ask: RenderLoa) -> Result<Printed, AppError> {
    let now = app.clock.now();
    let file = super::customer::get(app, who, ask.customer).await?;
    unclaimed(app, &ask).await?;
    let life_days = app.policies.at(now)?.policy.evidence.loa_days;
    let letter = Letter::of(&file, &ask, &app.provider, life_days, now).map_err(|_contact| {
        AppError::field("contact_id", "NOT_FOUND", "name a contact of the live profile")
    })?;
    let self_certified = letter.is_self_certified(file.profile.legal_name.as_str());
    let reference = letter.reference.clone();
    Ok(Printed { pdf: print(app, letter).await?, reference, self_certified })
}

/// Tells every number of the letter that the customer does not claim.
async fn unclaimed(app: &App, ask: &RenderLoa) -> Result<(), AppError> {
    let (customer, numbers) = (ask.customer, ask.numbers.clone());
    let claimed = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let mut claimed = Vec::new();
            for tn in numbers {
                claimed.push(tx.claims_number(customer, tn).await?.0 > 0);
            }
            Ok(claimed)
        })
        .await?;
    let fault = |(index, _): (usize, bool)| {
        let message = "the customer claims no such number; claim it";
        FieldFault::new(format!("numbers[{index}]"), "NOT_CLAIMED", message)
    };
    let faults: Vec<FieldFault> =
        claimed.into_iter().enumerate().filter(|(_, claimed)| !claimed).map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults)) }
}

#[cfg(feature = "pdf")]
async fn print(app: &App, letter: Letter) -> Result<Vec<u8>, AppError> {
    let set = tokio::task::spawn_blocking(move || crate::paper::letter(&letter)).await;
    match set {
        Ok(Ok(pdf)) => Ok(pdf),
        Ok(Err(error)) => Err(AppError::bug(&app.clock, &error)),
        Err(panic) => Err(AppError::bug(&app.clock, &panic)),
    }
}

#[cfg(not(feature = "pdf"))]
#[expect(clippy::unused_async, reason = "with the feature it waits for the page")]
async fn print(_app: &App, _letter: Letter) -> Result<Vec<u8>, AppError> {
    Err(AppError::NotBuilt {
        reason: "PDF_NOT_BUILT",
        message: "this build prints nothing: build Vouch with `--features pdf`",
    })
}

/// What a review leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// The review.
    pub review: LoaReviewId,
    /// Whose letter.
    pub customer: CustomerId,
    /// The letter as evidence, if it was accepted.
    pub evidence: Option<EvidenceId>,
    /// The number after it.
    pub written: Written,
}

impl LastWritten for Reviewed {
    fn last(&self) -> Option<Written> {
        Some(self.written)
    }
}

/// Takes a signed letter as PARTIAL evidence, or turns it down with every reason.
pub async fn review(app: &App, who: &Principal, ask: ReviewLoa) -> Result<Reviewed, AppError> {
    let meta = Meta::write(who, &ask.write);
    let ids = (LoaReviewId(app.clock.id()), EvidenceId(app.clock.id()));
    let (shared, who) = (app.clone(), *who);
    app.store
        .command(meta, move |mut tx| {
            let (app, ask) = (shared.clone(), ask.clone());
            async move { review_in(&app, &mut tx, &who, ask, ids).await }
        })
        .await
}

async fn review_in(
    app: &App,
    tx: &mut Tx,
    who: &Principal,
    ask: ReviewLoa,
    (id, accepted): (LoaReviewId, EvidenceId),
) -> Result<Reviewed, AppError> {
    let missing = || AppError::NotFound { what: "evidence" };
    let row = tx.evidence_row(ask.evidence).await?.ok_or_else(missing)?;
    let owner = owner_draft(app, tx, who, row.customer_id).await.map_err(|error| match error {
        AppError::NotFound { .. } => missing(),
        error => error,
    })?;
    let mut draft = NumberDraft::open_id(tx, row.number_id).await?.ok_or_else(missing)?;
    let now = tx.now();
    let letter = waiting(&draft.file, ask.evidence, now)?.clone();
    let legal_name = owner.file.profile.legal_name.as_str();
    let rules = &owner.policy.policy.evidence;
    let carrier = tx.carrier_of(letter.number).await?.map(Into::into);
    let expected = Expected {
        number: draft.file.tn,
        legal_name,
        subscriber: letter.detail.party.as_str(),
        carrier: carrier.as_ref(),
        account: account(&draft.file, letter.customer, now),
    };
    let found = letter_faults(&ask.reading, expected, rules, now);
    let reasons = match ask.decision {
        LetterDecision::Accepted => {
            sound(&found)?;
            if letter_kind(ask.reading.subscriber.as_str(), legal_name) != Kind::Loa {
                return Err(own_word());
            }
            Vec::new()
        }
        LetterDecision::Rejected => all_reasons(&ask.reasons, &found)?,
    };
    let word = match ask.decision {
        LetterDecision::Accepted => {
            let taken = taken(&letter, &ask, (accepted, who), rules, now)?;
            draft.replace(letter.id, Some(taken));
            "number.letter_accepted"
        }
        LetterDecision::Rejected => {
            draft.replace(letter.id, None);
            "number.letter_rejected"
        }
    };
    draft.note(NumberFact::Reviewed(LetterReview {
        id,
        evidence: letter.id,
        number: letter.number,
        customer: letter.customer,
        decision: ask.decision,
        reasons,
        reading: ask.reading,
        note: ask.note.clone(),
        at: now,
        by: who.actor.to_string(),
    }));
    draft.because(ask.note);
    let written = draft.write(tx, word, Some(letter.customer)).await?;
    let evidence = (ask.decision == LetterDecision::Accepted).then_some(accepted);
    Ok(Reviewed { review: id, customer: letter.customer, evidence, written })
}

/// The letter as it counts from now on, until its own end or the policy's.
fn taken(
    letter: &Evidence,
    ask: &ReviewLoa,
    (id, who): (EvidenceId, &Principal),
    rules: &EvidenceRules,
    now: Ts,
) -> Result<Evidence, AppError> {
    let (signed_at, reading) = (ask.reading.signed_at, Some(ask.reading.clone()));
    let detail = Detail { signed_at, reading, ..letter.detail.clone() };
    let until = expires(Kind::Loa, &detail, rules, now)
        .map_err(|refusal| AppError::refused(refusal.reason(), refusal.to_string()))?;
    let by = who.actor.to_string();
    Ok(Evidence {
        id,
        detail,
        verified_at: now,
        expires_at: until.min(ask.reading.ends_at.unwrap_or(Ts::FOREVER)),
        source: by.clone(),
        by,
        ..letter.clone()
    })
}

fn own_word() -> AppError {
    let message = "the customer signed it for itself; its own word is no evidence";
    AppError::refused("CUSTOMER_SELF_CERT", message)
}

/// The letter, if it is one and waits.
fn waiting(file: &NumberFile, id: EvidenceId, now: Ts) -> Result<&Evidence, AppError> {
    let piece = file.evidence.iter().find(|piece| piece.id == id);
    let ended = || AppError::refused("EVIDENCE_ENDED", "this letter has ended already");
    let piece = piece.ok_or_else(ended)?;
    match (piece.kind, piece.state(now)) {
        (Kind::CustomerSelfCert, _) => Err(own_word()),
        (Kind::Loa, State::Pending) => Ok(piece),
        (Kind::Loa, _) => {
            Err(AppError::refused("LETTER_REVIEWED", "this letter was reviewed already"))
        }
        _ => Err(AppError::field("evidence_id", "NOT_A_LETTER", "name a letter that waits")),
    }
}

/// The account on the customer's live bill for the number; empty where there is none.
fn account(file: &NumberFile, customer: CustomerId, now: Ts) -> &str {
    let bills = file.evidence.iter().filter(|piece| piece.kind == Kind::Bill);
    let live = |piece: &&Evidence| piece.customer == customer && piece.state(now) == State::Live;
    bills.filter(live).map(|piece| piece.detail.account.as_str()).next().unwrap_or_default()
}

/// Refuses to accept a letter that something speaks against, and tells all of it.
fn sound(found: &[LetterFault]) -> Result<(), AppError> {
    if found.is_empty() {
        return Ok(());
    }
    let fault = |fault: &LetterFault| FieldFault::new("reading", fault.as_str(), fault.advice());
    Err(AppError::Invalid(found.iter().map(fault).collect()))
}

/// What the reviewer saw and what the comparison found, each once.
fn all_reasons(seen: &[LetterFault], found: &[LetterFault]) -> Result<Vec<LetterFault>, AppError> {
    let mut reasons = [seen, found].concat();
    reasons.sort_unstable();
    reasons.dedup();
    if reasons.is_empty() {
        let message = "say what speaks against the letter; nothing that was read does";
        return Err(AppError::field("reasons", "REQUIRED", message));
    }
    Ok(reasons)
}

/// A review, for an answer after a write: the write has checked who may see it.
pub(crate) async fn get(
    app: &App,
    id: LoaReviewId,
) -> Result<(LetterReview, NumberFile), AppError> {
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let missing = AppError::NotFound { what: "review" };
            let row = tx.review_row(id).await?.ok_or(missing)?;
            of_row(&mut tx, row).await
        })
        .await
}

async fn of_row(
    tx: &mut Tx,
    row: crate::store::letter::ReviewRow,
) -> Result<(LetterReview, NumberFile), AppError> {
    let review = tx.letter_review(row).await?;
    let number = tx.number_row(review.number).await?;
    let number = number.ok_or(AppError::NotFound { what: "number" })?;
    Ok((review, tx.number_file(number).await?))
}

/// A page of what reviewers said of a customer's letters, oldest first.
pub async fn list(
    app: &App,
    who: &Principal,
    ask: ListOfCustomer,
) -> Result<(Vec<(LetterReview, NumberFile)>, String), AppError> {
    let keyset = Keyset::open(app, &format!("letters|{}", ask.customer), &ask.page)?;
    let (after, limit) = (LoaReviewId(keyset.after_id()?), keyset.limit());
    let (who, customer) = (*who, ask.customer);
    let mut rows = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let row = tx.customer(customer).await?.filter(|row| who.sees(Some(row.client_id)));
            row.ok_or(AppError::NotFound { what: "customer" })?;
            let mut reviews = Vec::new();
            for row in tx.reviews_of(customer, after, limit).await? {
                reviews.push(of_row(&mut tx, row).await?);
            }
            Ok(reviews)
        })
        .await?;
    let next = keyset.next(app, &mut rows, |(review, _)| review.id.0)?;
    Ok((rows, next))
}
