//! A number that was brought from elsewhere earns A: a letter that is printed, signed and reviewed, a bill,
//! a call-back, and two people who agree that the three belong together. Whatever is taken away ends it.

use tonic::{Code, Status};
use vouch::domain::time::Span;
use vouch::store::EngineKind;
use vouch::wire::pb;
use vouch::wire::time::to_timestamp;

use super::answers::{self, Numbers, TRUNK, codes};
use super::applicant::{Applicant, list_of, profile};
use crate::support::cast::{Actor, Cast, fresh, refused, violations};
use crate::support::server::Site;

const SUBSCRIBER: &str = "Blue Ridge Dental PC";
const CARRIER: &str = "Great Lakes Telephone Cooperative";
const NAME: &str = "Cedar Point Instruments LLC";

/// One number of the customer's, and what was handed in for it.
struct Desk<'a> {
    applicant: &'a Applicant<'a>,
    number: &'static str,
    paper: String,
}

impl<'a> Desk<'a> {
    async fn open(applicant: &'a Applicant<'a>, number: &'static str) -> Self {
        applicant.claim(&[number]).await;
        let paper = applicant.upload(pb::DocumentKind::LetterOfAuthorization).await.unwrap();
        Self { applicant, number, paper: paper.document_id }
    }

    /// So many days ago.
    fn day(&self, days: i64) -> prost_types::Timestamp {
        to_timestamp(self.applicant.site.clock.now().minus(Span::days(days)))
    }

    /// The portal hands the signed letter in; it waits.
    async fn hand_in(&self) -> String {
        let ask = pb::AddEvidenceRequest {
            request_id: fresh(),
            customer_id: self.applicant.id.clone(),
            number: self.number.to_owned(),
            kind: pb::EvidenceKind::Loa.into(),
            document_id: self.paper.clone(),
            sign_time: Some(self.day(2)),
            party: SUBSCRIBER.to_owned(),
            ..Default::default()
        };
        let done = self.applicant.cast.portal.numbers().add_evidence(ask).await.unwrap();
        let number = done.into_inner().number.unwrap();
        let waits = number.evidence.iter().find(|one| one.state() == pb::EvidenceState::Pending);
        waits.unwrap().evidence_id.clone()
    }

    fn reading(&self) -> pb::LoaReading {
        let last = format!("{}9", self.number.get(..self.number.len() - 1).unwrap());
        pb::LoaReading {
            sign_time: Some(self.day(2)),
            subscriber: "BLUE RIDGE DENTAL, P.C.".to_owned(),
            grantee: NAME.to_owned(),
            signer: "Ann Berg".to_owned(),
            title: "President".to_owned(),
            carrier: CARRIER.to_owned(),
            account: "GL-100".to_owned(),
            end_time: None,
            numbers: vec![pb::NumberSpan { first: self.number.to_owned(), last }],
        }
    }

    async fn review(
        &self,
        evidence_id: &str,
        decision: pb::LoaDecision,
        reasons: &[pb::LoaReason],
        reading: pb::LoaReading,
    ) -> Result<pb::ReviewLoaResponse, Status> {
        let ask = pb::ReviewLoaRequest {
            request_id: fresh(),
            evidence_id: evidence_id.to_owned(),
            decision: decision.into(),
            reasons: reasons.iter().map(|reason| (*reason).into()).collect(),
            reading: Some(reading),
            reason: "Read on paper".to_owned(),
        };
        Ok(self.applicant.cast.ada.review().review_loa(ask).await?.into_inner())
    }

    /// A bill that a reviewer has looked at.
    async fn bill(&self, party: &str, carrier: &str) -> Result<String, Status> {
        let paper = self.applicant.upload(pb::DocumentKind::PhoneBill).await?;
        let ask = pb::AddEvidenceRequest {
            request_id: fresh(),
            customer_id: self.applicant.id.clone(),
            number: self.number.to_owned(),
            kind: pb::EvidenceKind::Bill.into(),
            document_id: paper.document_id,
            sign_time: Some(self.day(5)),
            party: party.to_owned(),
            carrier: carrier.to_owned(),
            account: "GL 100".to_owned(),
            ..Default::default()
        };
        let done = self.applicant.cast.ada.numbers().add_evidence(ask).await?.into_inner();
        Ok(of_kind(&done.number.unwrap(), pb::EvidenceKind::Bill))
    }

    async fn carrier(&self, name: &str, days: i64) -> Result<pb::RecordCarrierResponse, Status> {
        let ask = pb::RecordCarrierRequest {
            request_id: fresh(),
            number: self.number.to_owned(),
            name: name.to_owned(),
            ocn: String::new(),
            source: "assignment list of the numbering administrator".to_owned(),
            as_of_time: Some(self.day(days)),
        };
        let who: &Actor = &self.applicant.cast.provisioning;
        Ok(who.numbers().record_carrier(ask).await?.into_inner())
    }

    async fn propose(&self, members: &[&str]) -> Result<pb::Proposal, Status> {
        let ask = pb::ProposeBundleRequest {
            request_id: fresh(),
            customer_id: self.applicant.id.clone(),
            number: self.number.to_owned(),
            evidence_ids: members.iter().map(|id| (*id).to_owned()).collect(),
            reason: "All three belong together".to_owned(),
        };
        let done = self.applicant.cast.ada.review().propose_bundle(ask).await?;
        Ok(done.into_inner().proposal.unwrap())
    }

    async fn confirm(&self, who: &Actor, proposal: &pb::Proposal) -> Result<(), Status> {
        let ask = pb::ConfirmProposalRequest {
            request_id: fresh(),
            proposal_id: proposal.proposal_id.clone(),
        };
        who.review().confirm_proposal(ask).await.map(drop)
    }

    async fn shown(&self) -> pb::Number {
        let ask = pb::ListNumbersRequest {
            customer_id: self.applicant.id.clone(),
            page_size: 500,
            page_token: String::new(),
        };
        let listed = self.applicant.cast.portal.numbers().list_numbers(ask).await.unwrap();
        let mut numbers = listed.into_inner().numbers;
        numbers.retain(|one| one.number == self.number);
        numbers.remove(0)
    }

    async fn revoke(&self, evidence_id: &str) {
        let ask = pb::RevokeEvidenceRequest {
            request_id: fresh(),
            evidence_id: evidence_id.to_owned(),
            reason: "taken back".to_owned(),
        };
        self.applicant.cast.ada.numbers().revoke_evidence(ask).await.unwrap();
    }
}

fn of_kind(number: &pb::Number, kind: pb::EvidenceKind) -> String {
    let live = |one: &&pb::Evidence| one.kind() == kind && one.state() == pb::EvidenceState::Live;
    number.evidence.iter().find(live).unwrap().evidence_id.clone()
}

fn faults(done: Result<impl std::fmt::Debug, Status>) -> Vec<String> {
    let status = refused(done, Code::InvalidArgument, "INVALID_REQUEST");
    violations(&status).into_iter().map(|(_, reason)| reason).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_from_elsewhere_earns_a_on_sqlite() {
    earned(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_from_elsewhere_earns_a_on_postgresql() {
    earned(EngineKind::Postgres).await;
}

async fn earned(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    codes(&site, &cast).await;
    let applicant = Applicant::active(&site, &cast, profile(NAME)).await;
    applicant.trunk(TRUNK).await;
    every_reason(&applicant).await;
    let desk = Desk::open(&applicant, Numbers::LETTER).await;
    let letter = accepted(&desk).await;
    bundle(&desk, &letter).await;
    printed(&applicant).await;
    site.close().await;
}

/// Each reason of the list turns a letter down; what can be computed is found by itself, too, and such a
/// letter cannot be accepted.
async fn every_reason(applicant: &Applicant<'_>) {
    let desk = Desk::open(applicant, Numbers::BARE).await;
    let all: Vec<pb::LoaReason> =
        (1..100).filter_map(|n| pb::LoaReason::try_from(n).ok()).collect();
    assert_eq!(all.len(), 17);
    for reason in &all {
        let waits = desk.hand_in().await;
        let rejected = pb::LoaDecision::Rejected;
        let done = desk.review(&waits, rejected, &[*reason], desk.reading()).await.unwrap();
        let review = done.review.unwrap();
        assert_eq!(review.reasons, [i32::from(*reason)]);
        assert!(done.evidence_id.is_empty());
        let again = desk.review(&waits, rejected, &[*reason], desk.reading()).await;
        refused(again, Code::FailedPrecondition, "EVIDENCE_ENDED");
    }
    desk.carrier(CARRIER, 1).await.unwrap();
    desk.bill(NAME, CARRIER).await.unwrap();
    let waits = desk.hand_in().await;
    let span = |first: &str| vec![pb::NumberSpan { first: first.to_owned(), last: String::new() }];
    let computed = [
        ("TOO_OLD", pb::LoaReading { sign_time: Some(desk.day(31)), ..desk.reading() }),
        ("SIGNED_IN_FUTURE", pb::LoaReading { sign_time: Some(desk.day(-1)), ..desk.reading() }),
        ("NAME_MISMATCH", pb::LoaReading { grantee: "Elm LLC".to_owned(), ..desk.reading() }),
        ("NUMBER_NOT_LISTED", pb::LoaReading { numbers: span(Numbers::OURS), ..desk.reading() }),
        ("CARRIER_MISMATCH", pb::LoaReading { carrier: "Prairie".to_owned(), ..desk.reading() }),
        ("ACCOUNT_MISMATCH", pb::LoaReading { account: "GL-101".to_owned(), ..desk.reading() }),
        ("INCOMPLETE", pb::LoaReading { title: String::new(), ..desk.reading() }),
        ("EXPIRED", pb::LoaReading { end_time: Some(desk.day(0)), ..desk.reading() }),
    ];
    for (word, reading) in computed {
        let accepted = pb::LoaDecision::Accepted;
        assert_eq!(faults(desk.review(&waits, accepted, &[], reading).await), [word]);
    }
    let sound = desk.review(&waits, pb::LoaDecision::Rejected, &[], desk.reading()).await;
    assert_eq!(faults(sound), ["REQUIRED"]);
    let both = desk
        .review(&waits, pb::LoaDecision::Accepted, &[pb::LoaReason::Unsigned], desk.reading())
        .await;
    assert_eq!(faults(both), ["NOT_ALLOWED"]);
    assert_eq!(queued(applicant).await, [(waits, Numbers::BARE.to_owned())]);
    // The portal is told what speaks against its letters.
    let ask = pb::ListLoaReviewsRequest {
        customer_id: applicant.id.clone(),
        page_size: 10,
        page_token: String::new(),
    };
    let told = applicant.cast.portal.numbers().list_loa_reviews(ask.clone()).await.unwrap();
    let first = told.into_inner();
    let ask = pb::ListLoaReviewsRequest { page_token: first.next_page_token, ..ask };
    let rest = applicant.cast.portal.numbers().list_loa_reviews(ask).await.unwrap().into_inner();
    let told: Vec<i32> =
        first.reviews.iter().chain(&rest.reviews).flat_map(|one| one.reasons.clone()).collect();
    assert_eq!(told, all.iter().map(|one| i32::from(*one)).collect::<Vec<_>>());
    assert!(first.reviews.iter().all(|one| one.number == Numbers::BARE && !one.note.is_empty()));
}

/// What waits for a reviewer.
async fn queued(applicant: &Applicant<'_>) -> Vec<(String, String)> {
    let ask = pb::ListReviewItemsRequest {
        kinds: vec![pb::ReviewItemKind::Evidence.into()],
        customer_id: applicant.id.clone(),
        ..Default::default()
    };
    let listed = applicant.cast.ada.review().list_review_items(ask).await.unwrap().into_inner();
    let id = |item: pb::ReviewItem| match item.item {
        Some(pb::review_item::Item::Evidence(piece)) => (piece.evidence_id, item.number),
        other => panic!("{other:?}"),
    };
    listed.items.into_iter().map(id).collect()
}

/// An accepted letter is PARTIAL evidence: B.
async fn accepted(desk: &Desk<'_>) -> String {
    let waits = desk.hand_in().await;
    let done = desk.review(&waits, pb::LoaDecision::Accepted, &[], desk.reading()).await.unwrap();
    assert_eq!(done.review.unwrap().decision(), pb::LoaDecision::Accepted);
    assert_ne!(done.evidence_id, waits);
    let shown = desk.shown().await;
    assert!(shown.partial_until.is_some() && shown.full_until.is_none());
    answers::settled(&desk.applicant.cast.signer, desk.number, pb::AttestLevel::B).await;
    let again =
        desk.review(&done.evidence_id, pb::LoaDecision::Accepted, &[], desk.reading()).await;
    refused(again, Code::FailedPrecondition, "LETTER_REVIEWED");
    done.evidence_id
}

/// Two people, three members, and A until one of them goes.
async fn bundle(desk: &Desk<'_>, letter: &str) {
    let cast = desk.applicant.cast;
    let nobodys = desk.applicant.site.clock.id().to_string();
    let missing = desk.propose(&[letter, &nobodys, &nobodys]).await;
    assert_eq!(faults(missing), ["MEMBER_MISSING", "MEMBER_MISSING"]);
    // While nobody knows the carrier of record, a bill counts for itself alone.
    let bill = desk.bill(NAME, CARRIER).await.unwrap();
    assert_eq!(faults(desk.bill("Cedar Point Medical LLC", CARRIER).await), ["NAME_MISMATCH"]);
    answers::reached(desk.applicant, desk.number).await;
    let callback = of_kind(&desk.shown().await, pb::EvidenceKind::Callback);
    let members = [letter, &bill, &callback];
    assert_eq!(faults(desk.propose(&members).await), ["CARRIER_UNKNOWN"]);
    assert_eq!(faults(desk.carrier(CARRIER, 31).await), ["EVIDENCE_TOO_OLD"]);
    desk.carrier(CARRIER, 2).await.unwrap();
    assert_eq!(faults(desk.bill(NAME, "Prairie Telephone").await), ["CARRIER_MISMATCH"]);
    let proposal = desk.propose(&members).await.unwrap();
    assert_eq!(proposal.kind(), pb::ProposalKind::Bundle);
    assert_eq!(proposal.evidence_ids, members);
    assert!(desk.shown().await.full_until.is_none(), "one person raises nothing");
    refused(
        desk.confirm(&cast.ada, &proposal).await,
        Code::FailedPrecondition,
        "SECOND_PERSON_REQUIRED",
    );
    desk.confirm(&cast.grace, &proposal).await.unwrap();
    let shown = desk.shown().await;
    assert!(shown.full_until.is_some());
    for instance in [0, desk.applicant.site.other()] {
        let signer = cast.signer.at(instance);
        let told = answers::settled(&signer, desk.number, pb::AttestLevel::A).await;
        assert_eq!(told.reasons[0], i32::from(pb::Reason::FullEvidence));
    }
    // Another carrier on record ends bill and letter, and with them A.
    let other = Desk { applicant: desk.applicant, number: desk.number, paper: desk.paper.clone() };
    other.carrier("Prairie Telephone", 0).await.unwrap();
    let shown = desk.shown().await;
    let kinds: Vec<_> = shown.evidence.iter().map(pb::Evidence::kind).collect();
    assert_eq!(kinds, [pb::EvidenceKind::Callback]);
    assert!(shown.full_until.is_none() && shown.partial_until.is_some());
    each_member(&other).await;
    confirmed_too_late(&other).await;
}

/// Whichever member is revoked: FULL ends at once, for good.
async fn each_member(desk: &Desk<'_>) {
    desk.carrier(CARRIER, 0).await.unwrap();
    for gone in [pb::EvidenceKind::Bill, pb::EvidenceKind::Loa, pb::EvidenceKind::Callback] {
        let letter = accepted(desk).await;
        let bill = desk.bill(NAME, CARRIER).await.unwrap();
        let callback = of_kind(&desk.shown().await, pb::EvidenceKind::Callback);
        let proposal = desk.propose(&[&letter, &bill, &callback]).await.unwrap();
        desk.confirm(&desk.applicant.cast.grace, &proposal).await.unwrap();
        let shown = desk.shown().await;
        assert!(shown.full_until.is_some());
        answers::settled(&desk.applicant.cast.signer, desk.number, pb::AttestLevel::A).await;
        desk.revoke(&of_kind(&shown, gone)).await;
        let shown = desk.shown().await;
        assert!(shown.full_until.is_none() && shown.partial_until.is_some(), "{gone:?}");
        answers::settled(&desk.applicant.cast.signer, desk.number, pb::AttestLevel::B).await;
        // A proposal whose member is gone cannot be confirmed, nor made again.
        assert_eq!(faults(desk.propose(&[&letter, &bill, &callback]).await)[0], "MEMBER_MISSING");
        for kind in [pb::EvidenceKind::Bill, pb::EvidenceKind::Loa] {
            if kind != gone {
                desk.revoke(&of_kind(&desk.shown().await, kind)).await;
            }
        }
    }
}

/// What was agreed to before a member went is not carried out after it.
async fn confirmed_too_late(desk: &Desk<'_>) {
    let letter = accepted(desk).await;
    let bill = desk.bill(NAME, CARRIER).await.unwrap();
    answers::reached(desk.applicant, desk.number).await;
    let callback = of_kind(&desk.shown().await, pb::EvidenceKind::Callback);
    let proposal = desk.propose(&[&letter, &bill, &callback]).await.unwrap();
    desk.revoke(&bill).await;
    let late = desk.confirm(&desk.applicant.cast.grace, &proposal).await;
    assert_eq!(faults(late), ["MEMBER_MISSING"]);
    assert!(desk.shown().await.full_until.is_none());
}

/// The letter from the record, and the refusals of it.
async fn printed(applicant: &Applicant<'_>) {
    let ask = pb::RenderLoaRequest {
        customer_id: applicant.id.clone(),
        numbers: vec![Numbers::LETTER.to_owned(), Numbers::BARE.to_owned()],
        carrier: CARRIER.to_owned(),
        ..Default::default()
    };
    let foreign = pb::RenderLoaRequest { numbers: vec![Numbers::THEIRS.to_owned()], ..ask.clone() };
    assert_eq!(faults(applicant.cast.portal.numbers().render_loa(foreign).await), ["NOT_CLAIMED"]);
    let told = applicant.cast.portal.numbers().render_loa(ask.clone()).await;
    if cfg!(not(feature = "pdf")) {
        refused(told, Code::Unimplemented, "PDF_NOT_BUILT");
        return;
    }
    let told = told.unwrap().into_inner();
    assert!(told.self_certified && told.pdf.starts_with(b"%PDF-"));
    let again = applicant.cast.ada.numbers().render_loa(ask.clone()).await.unwrap().into_inner();
    assert_eq!(again, told, "the same bytes twice");
    let subscriber = pb::LoaSubscriber {
        name: SUBSCRIBER.to_owned(),
        address: vec!["12 Hill Road".to_owned(), "Asheville NC 28801".to_owned()],
        signer: "Ann Berg".to_owned(),
        title: "President".to_owned(),
    };
    let ask = pb::RenderLoaRequest { subscriber: Some(subscriber), ..ask };
    let theirs = applicant.cast.portal.numbers().render_loa(ask).await.unwrap().into_inner();
    assert!(!theirs.self_certified && theirs.reference != told.reference);
}
