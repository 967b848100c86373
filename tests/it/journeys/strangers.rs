//! A customer of another client and one that does not exist look the same, byte for byte, in every
//! call that a portal may make.

use std::collections::BTreeSet;
use std::pin::Pin;

use tonic::Status;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::access::calls;
use super::answers::Numbers;
use super::applicant::{Applicant, MAILBOX, PDF, assign, finished, list_of, now, profile};
use super::certificates;
use crate::support::authority::{Wanted, one};
use crate::support::cast::{Actor, Cast, fresh};
use crate::support::server::Site;

/// Ids that belong to somebody else, or to nobody.
#[derive(Clone)]
struct Ids {
    customer: String,
    contact: String,
    agreement: String,
    challenge: String,
    number_challenge: String,
    delegation: String,
    document: String,
    certificate_proof: String,
    operation: String,
    number: &'static str,
}

impl Ids {
    fn nobodys(site: &Site) -> Self {
        let id = || site.clock.id().to_string();
        Self {
            customer: id(),
            contact: id(),
            agreement: id(),
            challenge: id(),
            number_challenge: id(),
            delegation: id(),
            document: id(),
            certificate_proof: id(),
            operation: id(),
            number: Numbers::UNKNOWN,
        }
    }
}

type Asked = Pin<Box<dyn Future<Output = Option<Status>> + Send>>;
type Ask = fn(Actor, Ids, prost_types::Timestamp) -> Asked;

/// A call with the ids it names; `None` where it was answered.
macro_rules! asks {
    ($($path:literal: |$who:ident, $ids:ident, $now:ident| $service:ident.$call:ident($message:expr);)*) => {
        const ASKS: &[(&str, Ask)] = &[$((
            $path,
            |$who: Actor, $ids: Ids, $now: prost_types::Timestamp| -> Asked {
                let _unused = (&$ids, &$now);
                let message = $message;
                Box::pin(async move { $who.$service().$call(message).await.err() })
            },
        )),*];
    };
}

asks! {
    "OnboardingService/GetCustomer": |who, ids, at| onboarding.get_customer(
        pb::GetCustomerRequest { customer_id: ids.customer, change_token: String::new() });
    "OnboardingService/EvaluateCustomer": |who, ids, at| onboarding.evaluate_customer(
        pb::EvaluateCustomerRequest { customer_id: ids.customer, change_token: String::new() });
    "OnboardingService/CreateCustomer": |who, ids, at| onboarding.create_customer(
        pb::CreateCustomerRequest { request_id: fresh(), role: 1, parent_id: ids.customer,
            profile: Some(profile("Below LLC")), validate_only: false });
    "OnboardingService/UpdateProfile": |who, ids, at| onboarding.update_profile(
        pb::UpdateProfileRequest { request_id: fresh(), customer_id: ids.customer,
            profile: Some(profile("Other LLC")), update_mask: None, etag: String::new(),
            validate_only: false });
    "OnboardingService/SubmitCustomer": |who, ids, at| onboarding.submit_customer(
        pb::SubmitCustomerRequest { request_id: fresh(), customer_id: ids.customer,
            etag: String::new(), validate_only: false });
    "OnboardingService/ActivateCustomer": |who, ids, at| onboarding.activate_customer(
        pb::ActivateCustomerRequest { request_id: fresh(), customer_id: ids.customer,
            etag: String::new(), validate_only: false });
    "OnboardingService/SetTracebackContact": |who, ids, at| onboarding.set_traceback_contact(
        pb::SetTracebackContactRequest { request_id: fresh(), customer_id: ids.customer,
            contact_id: ids.contact, etag: String::new() });
    "OnboardingService/StartContactChallenge": |who, ids, at| onboarding.start_contact_challenge(
        pb::StartContactChallengeRequest { request_id: fresh(), customer_id: ids.customer,
            target: 1, contact_id: ids.contact, channel: 1 });
    "OnboardingService/VerifyContactChallenge": |who, ids, at| onboarding.verify_contact_challenge(
        pb::VerifyContactChallengeRequest { request_id: fresh(), challenge_id: ids.challenge,
            code: "123456".to_owned() });
    "OnboardingService/UploadDocument": |who, ids, at| onboarding.upload_document(
        tokio_stream::iter(upload(ids.customer)));
    "AgreementService/PrepareAgreement": |who, ids, at| agreements.prepare_agreement(
        pb::PrepareAgreementRequest { request_id: fresh(), customer_id: ids.customer,
            template_id: "end-user".to_owned() });
    "AgreementService/GetAgreement": |who, ids, at| agreements.get_agreement(
        pb::GetAgreementRequest { agreement_id: ids.agreement });
    "AgreementService/ListAgreements": |who, ids, at| agreements.list_agreements(
        pb::ListAgreementsRequest { customer_id: ids.customer, page_size: 0,
            page_token: String::new() });
    "AgreementService/SignAgreement": |who, ids, at| agreements.sign_agreement(
        pb::SignAgreementRequest { request_id: fresh(), agreement_id: ids.agreement,
            contact_id: ids.contact, sha256: vec![7; 32].into(), name: "Ruth Okafor".to_owned(),
            ip: "203.0.113.7".to_owned(), etag: String::new() });
    "NumberService/ClaimNumbers": |who, ids, at| numbers.claim_numbers(
        pb::ClaimNumbersRequest { request_id: fresh(), customer_id: ids.customer,
            numbers: vec![Numbers::BARE.to_owned()], validate_only: false, ..pb::ClaimNumbersRequest::default() });
    "NumberService/ReleaseNumbers": |who, ids, at| numbers.release_numbers(
        pb::ReleaseNumbersRequest { request_id: fresh(), customer_id: ids.customer,
            numbers: vec![Numbers::OURS.to_owned()] });
    "NumberService/ListNumbers": |who, ids, at| numbers.list_numbers(
        pb::ListNumbersRequest { customer_id: ids.customer, page_size: 0,
            page_token: String::new() });
    "NumberService/RenderLoa": |who, ids, at| numbers.render_loa(
        pb::RenderLoaRequest { customer_id: ids.customer, numbers: vec![Numbers::OURS.to_owned()],
            ..Default::default() });
    "NumberService/ListLoaReviews": |who, ids, at| numbers.list_loa_reviews(
        pb::ListLoaReviewsRequest { customer_id: ids.customer, page_size: 0,
            page_token: String::new() });
    "NumberService/AddEvidence": |who, ids, at| numbers.add_evidence(
        pb::AddEvidenceRequest { request_id: fresh(), customer_id: ids.customer,
            number: Numbers::OURS.to_owned(), kind: pb::EvidenceKind::Loa.into(),
            document_id: ids.document, reference: String::new(), sign_time: Some(at),
            party: "Somebody".to_owned(), ..Default::default() });
    "NumberService/DelegateNumber": |who, ids, at| numbers.delegate_number(
        pb::DelegateNumberRequest { request_id: fresh(), customer_id: ids.customer.clone(),
            number: Numbers::OURS.to_owned(), delegate_id: ids.contact });
    "NumberService/RevokeDelegation": |who, ids, at| numbers.revoke_delegation(
        pb::RevokeDelegationRequest { request_id: fresh(), delegation_id: ids.delegation });
    "NumberService/OpenDispute": |who, ids, at| numbers.open_dispute(
        pb::OpenDisputeRequest { request_id: fresh(), number: Numbers::OURS.to_owned(),
            customer_id: ids.customer, name: String::new(), contact: String::new(),
            against_id: String::new(), reason: "Mine".to_owned() });
    "NumberService/StartCertificateProof": |who, ids, at| numbers.start_certificate_proof(
        pb::StartCertificateProofRequest { request_id: fresh(), customer_id: ids.customer,
            numbers: vec![Numbers::OURS.to_owned()], chain: b"no certificate".to_vec().into() });
    "NumberService/SubmitCertificateProof": |who, ids, at| numbers.submit_certificate_proof(
        pb::SubmitCertificateProofRequest { request_id: fresh(), proof_id: ids.certificate_proof,
            signature: vec![7; 64].into() });
    "NumberService/StartNumberChallenge": |who, ids, at| numbers.start_number_challenge(
        pb::StartNumberChallengeRequest { request_id: fresh(), customer_id: ids.customer,
            number: Numbers::OURS.to_owned(), channel: pb::ChallengeChannel::Sms.into(),
            ..Default::default() });
    "NumberService/VerifyNumberChallenge": |who, ids, at| numbers.verify_number_challenge(
        pb::VerifyNumberChallengeRequest { request_id: fresh(),
            challenge_id: ids.number_challenge, code: "123456".to_owned() });
    "NumberService/ImportNumbers": |who, ids, at| numbers.import_numbers(
        tokio_stream::iter(import(ids.customer)));
    "NumberService/GetImportResult": |who, ids, at| numbers.get_import_result(
        pb::GetImportResultRequest { operation_id: ids.operation });
    "NumberService/OpenBlockObjection": |who, ids, at| numbers.open_block_objection(
        pb::OpenBlockObjectionRequest { request_id: fresh(), number: ids.number.to_owned(),
            disputant: "A bank".to_owned(), contact: "numbers@bank.example".to_owned(),
            evidence: "Our bill".to_owned() });
    "OnboardingService/ListRegistryChannels": |who, ids, at| onboarding.list_registry_channels(
        pb::ListRegistryChannelsRequest { customer_id: ids.customer,
            change_token: String::new() });
    "OnboardingService/StartRegistryChallenge": |who, ids, at| onboarding.start_registry_challenge(
        pb::StartRegistryChallengeRequest { request_id: fresh(), customer_id: ids.customer,
            channel_id: "SEC_EDGAR.PHONE.1".to_owned(),
            channel: pb::ChallengeChannel::Sms.into() });
    "OperationService/CancelOperation": |who, ids, at| operations.cancel_operation(
        pb::CancelOperationRequest { request_id: fresh(), operation_id: ids.operation });
    "OperationService/GetOperation": |who, ids, at| operations.get_operation(
        pb::GetOperationRequest { operation_id: ids.operation });
}

/// Calls of a portal that name nothing of anybody's. The lists are empty for a stranger: see
/// [`look`], and for objections the journey of numbering.
const NAMELESS: [&str; 5] = [
    "AgreementService/ListTemplates",
    "NumberService/BatchCheckNumbers",
    "NumberService/CheckNumber",
    "NumberService/ListBlockObjections",
    "OnboardingService/ListCustomers",
];

fn import(customer_id: String) -> Vec<pb::ImportNumbersRequest> {
    use pb::import_numbers_request::Part;
    let header = pb::ImportHeader {
        request_id: fresh(),
        customer_id,
        mode: pb::ImportMode::BestEffort.into(),
        ..pb::ImportHeader::default()
    };
    let rows = format!("number\n{}\n", Numbers::LETTER);
    let parts = [Part::Header(header), Part::Chunk(rows.into())];
    parts.map(|part| pb::ImportNumbersRequest { part: Some(part) }).into()
}

fn upload(customer_id: String) -> Vec<pb::UploadDocumentRequest> {
    use pb::upload_document_request::Part;
    let header = pb::DocumentHeader {
        request_id: fresh(),
        customer_id,
        kind: pb::DocumentKind::Other.into(),
        media_type: "application/pdf".to_owned(),
        file_name: "paper.pdf".to_owned(),
    };
    let parts = [Part::Header(header), Part::Chunk(PDF.into())];
    parts.map(|part| pb::UploadDocumentRequest { part: Some(part) }).into()
}

#[test]
fn every_call_of_a_portal_is_asked() {
    let written: BTreeSet<_> = calls()
        .filter(|(_, who)| who.contains(&"PORTAL"))
        .map(|(path, _)| path.trim_start_matches("/vouch.v1."))
        .collect();
    let asked = ASKS.iter().map(|(path, _)| *path).chain(NAMELESS);
    let asked: BTreeSet<_> = asked.collect();
    assert_eq!(asked, written);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_anothers_and_what_is_nobodys_look_the_same_on_sqlite() {
    look(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_anothers_and_what_is_nobodys_look_the_same_on_postgresql() {
    look(EngineKind::Postgres).await;
}

async fn look(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let anothers = something(&site, &cast).await;
    let (at, entries) = (now(&site), "SELECT count(*) FROM journal");
    let before = site.number(entries).await;
    for (path, ask) in ASKS {
        let nobodys = ask(cast.stranger.clone(), Ids::nobodys(&site), at).await;
        let theirs = ask(cast.stranger.clone(), anothers.clone(), at).await;
        let nobodys = nobodys.unwrap_or_else(|| panic!("{path} answered for nobody's id"));
        let theirs = theirs.unwrap_or_else(|| panic!("{path} answered for another's id"));
        let bytes = |s: &Status| (s.code(), s.message().to_owned(), s.details().to_vec());
        assert_eq!(bytes(&nobodys), bytes(&theirs), "{path}: {nobodys} | {theirs}");
    }
    assert_eq!(site.number(entries).await, before, "a refusal wrote something");
    let ask = pb::ListCustomersRequest::default();
    let listed = cast.stranger.onboarding().list_customers(ask).await.unwrap();
    assert_eq!(listed.into_inner().customers, []);
    // The owner gets something else for the same ids: there is something to be hidden.
    for (path, ask) in ASKS.iter().take(2) {
        assert!(ask(cast.portal.clone(), anothers.clone(), at).await.is_none(), "{path}");
    }
    for path in ["NumberService/GetImportResult", "OperationService/GetOperation"] {
        let (_, ask) = ASKS.iter().find(|(asked, _)| *asked == path).unwrap();
        assert!(ask(cast.portal.clone(), anothers.clone(), at).await.is_none(), "{path}");
    }
    site.close().await;
}

/// A customer with one of everything that a portal can name.
async fn something(site: &Site, cast: &Cast) -> Ids {
    let role = pb::CustomerRole::EndUser;
    let owner = Applicant::draft(site, cast, role, profile("Cedar Point LLC")).await;
    let friend = Applicant::draft(site, cast, role, profile("Good Friends LLC")).await;
    owner.claim(&[Numbers::OURS, certificates::NUMBER]).await;
    assign(site, cast, &[(Numbers::OURS, &owner.id)]).await;
    let ask = pb::DelegateNumberRequest {
        request_id: fresh(),
        customer_id: owner.id.clone(),
        number: Numbers::OURS.to_owned(),
        delegate_id: friend.id.clone(),
    };
    let lent = cast.portal.numbers().delegate_number(ask).await.unwrap().into_inner();
    let ask = pb::StartNumberChallengeRequest {
        request_id: fresh(),
        customer_id: owner.id.clone(),
        number: Numbers::OURS.to_owned(),
        channel: pb::ChallengeChannel::Sms.into(),
        ..Default::default()
    };
    let sent = cast.portal.numbers().start_number_challenge(ask).await.unwrap().into_inner();
    let authority = certificates::known(site, cast).await;
    let held = authority.issue(&Wanted::of(&[one("12317236700")]));
    let numbers = [certificates::NUMBER];
    let proof = certificates::begun(cast, &owner.id, &held.chain, &numbers).await.unwrap();
    let paper = owner.upload(pb::DocumentKind::LetterOfAuthorization).await.unwrap();
    let rows = tokio_stream::iter(import(owner.id.clone()));
    let begun = cast.portal.numbers().import_numbers(rows).await.unwrap().into_inner();
    let done = finished(&cast.portal, begun.operation.unwrap()).await;
    Ids {
        customer: owner.id.clone(),
        contact: owner.contact().await.contact_id,
        agreement: owner.prepare().await.unwrap().agreement.unwrap().agreement_id,
        challenge: owner.challenge(MAILBOX).await.unwrap().challenge_id,
        number_challenge: sent.challenge.unwrap().challenge_id,
        delegation: lent.delegation.unwrap().delegation_id,
        document: paper.document_id,
        certificate_proof: proof.proof_id,
        operation: done.operation_id,
        number: Numbers::OURS,
    }
}
