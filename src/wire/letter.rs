//! Letters, carriers and bundles on the wire.

use crate::domain::command::letter::{
    ProposeBundle, RecordCarrier, RenderLoa, ReviewLoa, Subscriber,
};
use crate::domain::evidence::{
    CarrierOfRecord, LetterDecision, LetterFault, LetterReview, Listed, Reading,
};
use crate::domain::ids::EvidenceId;
use crate::domain::number::Tn;
use crate::domain::number_file::NumberFile;
use crate::domain::pii::Pii;
use crate::wire::number::MAX_NUMBERS;
use crate::wire::pb;
use crate::wire::time::to_timestamp;
use crate::wire::validate::{Faults, Reader};

super::choice::pairs! {
    LetterDecision = LoaDecision { Unspecified; Accepted, Rejected }
    LetterFault = LoaReason { Unspecified; Unsigned, TooOld, SignedInFuture, NameMismatch,
        AddressMismatch, NumberNotListed, NotAuthorizedSigner, CarrierMismatch, AccountMismatch,
        Illegible, Incomplete, Expired, Revoked, IneligibleCarrier, CarrierRejected, AlreadyHosted,
        OwnershipNotShown }
}

/// Longest name, title, carrier or account.
const MAX_TEXT: usize = 200;
/// Most lines of an address.
const MAX_LINES: usize = 8;

fn text(r: &mut Reader, field: &str, text: &str) -> Pii<String> {
    Pii::new(r.line(field, text, MAX_TEXT))
}

impl TryFrom<pb::RenderLoaRequest> for RenderLoa {
    type Error = Faults;

    fn try_from(m: pb::RenderLoaRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let customer = r.id("customer_id", &m.customer_id);
        if m.numbers.is_empty() {
            r.required("numbers");
        }
        let given = r.list("numbers", m.numbers, MAX_NUMBERS);
        let mut numbers = Vec::new();
        for (index, text) in given.iter().enumerate() {
            match Tn::parse(text) {
                Ok(tn) => numbers.push(tn),
                Err(bad) => r.fault(&format!("numbers[{index}]"), bad.reason(), bad.to_string()),
            }
        }
        let subscriber = m.subscriber.map(|from| r.at("subscriber", |r| subscriber(r, from)));
        let contact = r.optional_id("contact_id", &m.contact_id);
        let billing_number = match m.billing_number.as_str() {
            "" => None,
            given => r.tn("billing_number", given),
        };
        let carrier = r.line("carrier", &m.carrier, MAX_TEXT);
        let account = text(&mut r, "account", &m.account);
        let ends = r.optional_time("end_time", m.end_time);
        r.finish(customer.map(|customer| Self {
            customer,
            numbers,
            subscriber,
            contact,
            billing_number,
            carrier,
            account,
            ends,
        }))
    }
}

fn subscriber(r: &mut Reader, m: pb::LoaSubscriber) -> Subscriber {
    let name = Pii::new(r.required_line("name", &m.name, MAX_TEXT));
    let given = r.list("address", m.address, MAX_LINES);
    let mut address = Vec::new();
    for (index, line) in given.iter().enumerate() {
        address.push(text(r, &format!("address[{index}]"), line));
    }
    let (signer, title) = (text(r, "signer", &m.signer), text(r, "title", &m.title));
    Subscriber { name, address, signer, title }
}

impl TryFrom<pb::ReviewLoaRequest> for ReviewLoa {
    type Error = Faults;

    fn try_from(m: pb::ReviewLoaRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ReviewLoa", &m.request_id, &m);
        let evidence = r.id("evidence_id", &m.evidence_id);
        let decision = r.choice("decision", m.decision);
        let reasons = r.choices("reasons", &m.reasons);
        if decision == Some(LetterDecision::Accepted) && !m.reasons.is_empty() {
            r.fault(
                "reasons",
                "NOT_ALLOWED",
                "a letter is accepted, or something speaks against it",
            );
        }
        let read = m.reading.unwrap_or_default();
        let reading = r.at("reading", |r| reading(r, read));
        let note = r.reason(&m.reason);
        let read = || {
            Some(Self { write, evidence: evidence?, decision: decision?, reasons, reading, note })
        };
        r.finish(read())
    }
}

fn reading(r: &mut Reader, m: pb::LoaReading) -> Reading {
    let given = r.list("numbers", m.numbers, MAX_NUMBERS);
    let mut numbers = Vec::new();
    for (index, span) in given.into_iter().enumerate() {
        numbers.extend(r.item("numbers", index, |r| listed(r, &span)));
    }
    Reading {
        signed_at: r.optional_time("sign_time", m.sign_time),
        subscriber: text(r, "subscriber", &m.subscriber),
        grantee: text(r, "grantee", &m.grantee),
        signer: text(r, "signer", &m.signer),
        title: text(r, "title", &m.title),
        carrier: text(r, "carrier", &m.carrier),
        account: text(r, "account", &m.account),
        ends_at: r.optional_time("end_time", m.end_time),
        numbers,
    }
}

/// A span stays in one exchange: whatever lies beyond was never meant by two ends.
fn listed(r: &mut Reader, span: &pb::NumberSpan) -> Option<Listed> {
    let first = r.tn("first", &span.first)?;
    let last = if span.last.is_empty() { first } else { r.tn("last", &span.last)? };
    if last < first {
        r.fault("last", "BEFORE_FIRST", "give the first number first");
        return None;
    }
    if last.as_u64() / 10_000 != first.as_u64() / 10_000 {
        r.fault("last", "ANOTHER_EXCHANGE", "give one span for each exchange");
        return None;
    }
    Some(Listed { first, last })
}

impl TryFrom<pb::RecordCarrierRequest> for RecordCarrier {
    type Error = Faults;

    fn try_from(m: pb::RecordCarrierRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("RecordCarrier", &m.request_id, &m);
        let number = r.tn("number", &m.number);
        let name = r.required_line("name", &m.name, MAX_TEXT);
        let ocn = r.line("ocn", &m.ocn, 4).to_ascii_uppercase();
        if !ocn.is_empty() && (ocn.len() != 4 || !ocn.bytes().all(|b| b.is_ascii_alphanumeric())) {
            r.fault("ocn", "BAD_OCN", "an operating company number has four letters or digits");
        }
        let source = r.required_line("source", &m.source, MAX_TEXT);
        let as_of = r.time("as_of_time", m.as_of_time);
        let read = || {
            let carrier = CarrierOfRecord { name, ocn, source, as_of: as_of? };
            Some(Self { write, number: number?, carrier })
        };
        r.finish(read())
    }
}

impl TryFrom<pb::ProposeBundleRequest> for ProposeBundle {
    type Error = Faults;

    fn try_from(m: pb::ProposeBundleRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("ProposeBundle", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        let number = r.tn("number", &m.number);
        if m.evidence_ids.len() != 3 {
            r.fault("evidence_ids", "THREE_MEMBERS", "name a letter, a bill and a call-back");
        }
        let mut members: Vec<EvidenceId> = Vec::new();
        for (index, id) in m.evidence_ids.iter().take(3).enumerate() {
            members.extend(r.id::<EvidenceId>(&format!("evidence_ids[{index}]"), id));
        }
        let reason = r.reason(&m.reason);
        let read = || Some(Self { write, customer: customer?, number: number?, members, reason });
        r.finish(read())
    }
}

impl pb::LoaReview {
    /// A review as its customer may see it.
    pub fn of(review: &LetterReview, number: &NumberFile) -> Self {
        let reasons = review.reasons.iter().map(|reason| pb::LoaReason::from(*reason).into());
        Self {
            review_id: review.id.to_string(),
            evidence_id: review.evidence.to_string(),
            customer_id: review.customer.to_string(),
            number: number.tn.e164(),
            decision: pb::LoaDecision::from(review.decision).into(),
            reasons: reasons.collect(),
            note: review.note.expose().clone(),
            review_time: Some(to_timestamp(review.at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    const ID: &str = "0198c9a0-0000-7000-8000-000000000001";

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<LetterDecision>("LOA_DECISION_"), 2);
        assert_eq!(assert_words::<LetterFault>("LOA_REASON_"), LetterFault::ALL.len());
    }

    fn reasons(faults: &Faults) -> Vec<(String, String)> {
        let told = |f: &crate::domain::fault::FieldFault| (f.path.clone(), f.reason.to_string());
        faults.as_slice().iter().map(told).collect()
    }

    #[test]
    fn spans_are_rows() {
        let span = |first: &str, last: &str| pb::NumberSpan {
            first: first.to_owned(),
            last: last.to_owned(),
        };
        let ask = |numbers: Vec<pb::NumberSpan>| {
            ReviewLoa::try_from(pb::ReviewLoaRequest {
                request_id: "r".to_owned(),
                evidence_id: ID.to_owned(),
                decision: pb::LoaDecision::Accepted.into(),
                reasons: Vec::new(),
                reading: Some(pb::LoaReading { numbers, ..Default::default() }),
                reason: "read".to_owned(),
            })
        };
        let read = ask(vec![span("+12126647600", ""), span("+12126647610", "+12126647619")]);
        assert_eq!(read.unwrap().reading.numbers.len(), 2);
        let bad = vec![
            span("+12126647600", "+12126647599"),
            span("+12126649999", "+12126650000"),
            span("", ""),
        ];
        let told = reasons(&ask(bad).unwrap_err());
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            told,
            [
                pair("reading.numbers[0].last", "BEFORE_FIRST"),
                pair("reading.numbers[1].last", "ANOTHER_EXCHANGE"),
                pair("reading.numbers[2].first", "TN_EMPTY"),
            ]
        );
    }

    #[test]
    fn a_bundle_has_three_members() {
        let ask = pb::ProposeBundleRequest {
            request_id: "r".to_owned(),
            customer_id: ID.to_owned(),
            number: "+12126647600".to_owned(),
            evidence_ids: vec![ID.to_owned(); 2],
            reason: "all there".to_owned(),
        };
        let faults = ProposeBundle::try_from(ask).unwrap_err();
        assert_eq!(reasons(&faults), [("evidence_ids".to_owned(), "THREE_MEMBERS".to_owned())]);
    }

    #[test]
    fn an_operating_company_number_has_four_signs() {
        let ask = |ocn: &str| {
            RecordCarrier::try_from(pb::RecordCarrierRequest {
                request_id: "r".to_owned(),
                number: "+12126647600".to_owned(),
                name: "Great Lakes Telephone".to_owned(),
                ocn: ocn.to_owned(),
                source: "NANPA".to_owned(),
                as_of_time: Some(prost_types::Timestamp { seconds: 1_780_000_000, nanos: 0 }),
            })
        };
        assert_eq!(ask("123a").unwrap().carrier.ocn, "123A");
        assert!(ask("").is_ok() && ask("12345").is_err() && ask("12-4").is_err());
    }
}
