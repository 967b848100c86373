//! Who serves a number, and what reviewers said of letters.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::tx::Tx;
use crate::domain::evidence::{CarrierOfRecord, LetterReview, Reading};
use crate::domain::ids::{CustomerId, EntryId, EvidenceId, LoaReviewId, NumberId};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::queries;

/// A carrier of record as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CarrierRow {
    /// The carrier's name.
    pub name: String,
    /// Its operating company number; empty if not known.
    pub ocn: String,
    /// Who said so.
    pub source: String,
    /// The source's own date.
    pub as_of: Ts,
}

/// What `carrier_add` writes.
#[derive(Clone, Debug)]
pub struct CarrierAdd {
    /// Which number.
    pub number: NumberId,
    /// The carrier's name.
    pub name: String,
    /// Its operating company number.
    pub ocn: String,
    /// Who said so.
    pub source: String,
    /// The source's own date.
    pub as_of: Ts,
    /// The time of the command.
    pub at: Ts,
    /// Who recorded it.
    pub actor: String,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// A review as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReviewRow {
    /// Its id.
    pub id: LoaReviewId,
    /// The letter.
    pub evidence_id: EvidenceId,
    /// For which number.
    pub number_id: NumberId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The decision's word.
    pub decision: String,
    /// The words of the reasons, with commas between.
    pub reasons: String,
    /// What was read and said, sealed.
    pub detail: Vec<u8>,
    /// When.
    pub reviewed_at: Ts,
    /// Who.
    pub actor: String,
}

/// What `review_add` writes.
#[derive(Clone, Debug)]
pub struct ReviewAdd {
    /// Its id.
    pub id: LoaReviewId,
    /// The letter.
    pub evidence: EvidenceId,
    /// For which number.
    pub number: NumberId,
    /// Whose.
    pub customer: CustomerId,
    /// The decision's word.
    pub decision: String,
    /// The words of the reasons.
    pub reasons: String,
    /// What was read and said, sealed.
    pub detail: Vec<u8>,
    /// The time of the command.
    pub at: Ts,
    /// Who.
    pub actor: String,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// A piece of evidence that waits for a reviewer.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct WaitingRow {
    /// Its id.
    pub id: EvidenceId,
    /// Whose.
    pub customer_id: CustomerId,
}

queries! {
    /// Who serves a number.
    pub fn carrier_of(number: NumberId) -> opt<CarrierRow> =
        "SELECT name, ocn, source, as_of FROM carrier_of_record WHERE number_id = $1 AND to_entry IS NULL";

    /// Ends what was known of who serves a number.
    pub fn carrier_end(number: NumberId, entry: EntryId) -> exec =
        "UPDATE carrier_of_record SET to_entry = $2 WHERE number_id = $1 AND to_entry IS NULL";

    /// Who serves a number from now on.
    pub fn carrier_add(row: CarrierAdd { number: NumberId, name: String, ocn: String, source: String, as_of: Ts, at: Ts, actor: String, entry: EntryId }) -> exec =
        "INSERT INTO carrier_of_record (number_id, name, ocn, source, as_of, recorded_at, actor, from_entry, to_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)";

    /// A new review.
    pub fn review_add(row: ReviewAdd { id: LoaReviewId, evidence: EvidenceId, number: NumberId, customer: CustomerId, decision: String, reasons: String, detail: Vec<u8>, at: Ts, actor: String, entry: EntryId }) -> exec =
        "INSERT INTO loa_review (id, evidence_id, number_id, customer_id, decision, reasons, detail, reviewed_at, actor, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    /// A review.
    pub fn review_row(id: LoaReviewId) -> opt<ReviewRow> =
        "SELECT id, evidence_id, number_id, customer_id, decision, reasons, detail, reviewed_at, actor
         FROM loa_review WHERE id = $1";

    /// A page of a customer's reviews, oldest first.
    pub fn reviews_of(customer: CustomerId, after: LoaReviewId, limit: i64) -> all<ReviewRow> =
        "SELECT id, evidence_id, number_id, customer_id, decision, reasons, detail, reviewed_at, actor
         FROM loa_review WHERE customer_id = $1 AND id > $2 ORDER BY id LIMIT $3";

    /// A page of letters and bills that wait for a reviewer: those that were never verified.
    pub fn evidence_waiting(never: Ts, after: EvidenceId, limit: i64) -> all<WaitingRow> =
        "SELECT id, customer_id FROM evidence
         WHERE to_entry IS NULL AND kind IN ('LOA', 'BILL') AND verified_at = $1 AND id > $2 ORDER BY id LIMIT $3";

    /// Whether a customer claims the number with these digits.
    pub fn claims_number(customer: CustomerId, tn: crate::domain::number::Tn) -> one<(i64,)> =
        "SELECT count(*) FROM number_claim c JOIN number_state n ON n.id = c.number_id
         WHERE c.customer_id = $1 AND c.to_entry IS NULL AND n.tn = $2";
}

/// The sealed part of a review.
#[derive(Serialize, Deserialize)]
struct Sealed {
    reading: Reading,
    note: Pii<String>,
}

const TABLE: &str = "loa_review";

impl Tx {
    /// Writes who serves a number, in place of what was known before.
    pub(super) async fn write_carrier(
        &mut self,
        number: NumberId,
        carrier: CarrierOfRecord,
        at: Ts,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        self.carrier_end(number, entry).await?;
        let actor = self.course()?.actor.clone();
        let CarrierOfRecord { name, ocn, source, as_of } = carrier;
        self.carrier_add(&CarrierAdd { number, name, ocn, source, as_of, at, actor, entry })
            .await
            .map(drop)
    }

    /// Writes what a reviewer said of a letter.
    pub(super) async fn write_review(
        &mut self,
        review: LetterReview,
        entry: EntryId,
    ) -> Result<(), StoreError> {
        let sealed = Sealed { reading: review.reading, note: review.note };
        let plain = serde_json::to_vec(&sealed)
            .map_err(|_shape| StoreError::Defect("a review cannot be encoded"))?;
        let cell = review.id.0;
        let detail =
            self.seal_for(review.customer, TABLE, "detail", cell.as_bytes(), &plain).await?;
        let reasons: Vec<&str> = review.reasons.iter().map(|reason| reason.as_str()).collect();
        self.review_add(&ReviewAdd {
            id: review.id,
            evidence: review.evidence,
            number: review.number,
            customer: review.customer,
            decision: review.decision.as_str().to_owned(),
            reasons: reasons.join(","),
            detail,
            at: review.at,
            actor: review.by,
            entry,
        })
        .await
        .map(drop)
    }

    /// A review row as the domain knows it.
    pub async fn letter_review(&mut self, row: ReviewRow) -> Result<LetterReview, StoreError> {
        let cell = row.id.0;
        let sealed: Sealed =
            self.open_json(row.customer_id, TABLE, "detail", cell.as_bytes(), &row.detail).await?;
        let corrupt = || StoreError::Corrupt(TABLE);
        let words = row.reasons.split(',').filter(|word| !word.is_empty());
        let reasons: Result<Vec<_>, _> = words.map(str::parse).collect();
        Ok(LetterReview {
            id: row.id,
            evidence: row.evidence_id,
            number: row.number_id,
            customer: row.customer_id,
            decision: row.decision.parse().map_err(|_word| corrupt())?,
            reasons: reasons.map_err(|_word| corrupt())?,
            reading: sealed.reading,
            note: sealed.note,
            at: row.reviewed_at,
            by: row.actor,
        })
    }
}

impl From<CarrierRow> for CarrierOfRecord {
    fn from(row: CarrierRow) -> Self {
        Self { name: row.name, ocn: row.ocn, source: row.source, as_of: row.as_of }
    }
}
