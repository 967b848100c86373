//! What reviewers and operators take back, and what two of them can let pass.

use tonic::{Code, Status};
use vouch::domain::time::Span;
use vouch::store::EngineKind;
use vouch::wire::pb;
use vouch::wire::time::to_timestamp;

use super::answers::{self, Numbers, TRUNK};
use super::applicant::{ALTERNATE, Applicant, MAILBOX, PHONE, assign, list_of, profile};
use crate::support::cast::{Cast, fresh, refused, violations};
use crate::support::server::{Site, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_let_a_check_pass_on_sqlite() {
    overridden(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_let_a_check_pass_on_postgresql() {
    overridden(EngineKind::Postgres).await;
}

/// A check that failed is let pass by two people, where the policy says so, for the text it looked at.
async fn overridden(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let role = pb::CustomerRole::EndUser;
    let applicant = Applicant::draft(&site, &cast, role, profile("Cedar Point LLC")).await;
    applicant.submit().await.unwrap();
    applicant.checked().await;
    for target in [MAILBOX, PHONE, ALTERNATE] {
        applicant.prove(target).await.unwrap();
    }
    applicant.designate().await.unwrap();
    for kind in [pb::CheckKind::TaxIdToName, pb::CheckKind::Representation] {
        applicant.record(kind).await.unwrap();
    }
    let agreement = applicant.prepare().await.unwrap().agreement.unwrap();
    applicant.sign(&agreement).await.unwrap();
    applicant.countersign(&agreement).await.unwrap();
    let early = propose(&applicant, pb::CheckKind::Existence, 30).await;
    refused(early, Code::FailedPrecondition, "NOTHING_TO_OVERRIDE");
    failed(&applicant).await;
    assert!(applicant.missing().await.contains(&"CHECK_EXISTENCE".to_owned()));
    refused(applicant.approve().await, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
    let never = propose(&applicant, pb::CheckKind::Sanctions, 30).await;
    refused(never, Code::FailedPrecondition, "NOT_OVERRIDABLE");
    for days in [-1, 0, 91] {
        let done = propose(&applicant, pb::CheckKind::Existence, days).await;
        let status = refused(done, Code::InvalidArgument, "INVALID_REQUEST");
        let fault = ("expire_time".to_owned(), "OUT_OF_RANGE".to_owned());
        assert_eq!(violations(&status), [fault]);
    }
    turned_down(&applicant).await;
    let proposal = propose(&applicant, pb::CheckKind::Existence, 30).await.unwrap();
    assert_eq!(proposal.state(), pb::ProposalState::Open);
    assert!(applicant.missing().await.contains(&"CHECK_EXISTENCE".to_owned()));
    let ask = pb::ConfirmProposalRequest {
        request_id: fresh(),
        proposal_id: proposal.proposal_id.clone(),
    };
    let alone = cast.ada.review().confirm_proposal(ask.clone()).await;
    refused(alone, Code::FailedPrecondition, "SECOND_PERSON_REQUIRED");
    let ask = pb::ConfirmProposalRequest { request_id: fresh(), ..ask };
    let done = cast.grace.review().confirm_proposal(ask.clone()).await.unwrap().into_inner();
    let proposal = done.proposal.unwrap();
    assert_eq!(proposal.state(), pb::ProposalState::Confirmed);
    assert_ne!(proposal.decided_by, proposal.proposed_by);
    let again = pb::ConfirmProposalRequest { request_id: fresh(), ..ask };
    assert!(cast.grace.review().confirm_proposal(again).await.is_err(), "confirmed once");
    let told = applicant.evaluate().await;
    let existence = told.checks.iter().find(|one| one.kind() == pb::CheckKind::Existence).unwrap();
    assert!(existence.overridden && existence.result() == pb::CheckResult::Fail, "{existence:?}");
    applicant.approve().await.unwrap();
    assert_eq!(applicant.activate().await.unwrap().state(), pb::CustomerState::Active);
    // What two people agreed to was about that name.
    let rename = |profile: &mut pb::Profile| profile.legal_name = "Cedar Mill LLC".to_owned();
    applicant.edit(&["legal_name"], rename).await.unwrap();
    assert_eq!(applicant.customer().await.state(), pb::CustomerState::Suspended);
    assert!(applicant.missing().await.contains(&"CHECK_EXISTENCE".to_owned()));
    site.close().await;
}

async fn failed(applicant: &Applicant<'_>) {
    let paper = applicant.upload(pb::DocumentKind::FormationRecord).await.unwrap();
    let ask = pb::RecordCheckRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        kind: pb::CheckKind::Existence.into(),
        result: pb::CheckResult::Fail.into(),
        profile_revision: applicant.customer().await.profile_revision,
        evidence: Some(pb::record_check_request::Evidence::DocumentId(paper.document_id)),
        reason: "The record is of another state".to_owned(),
    };
    let told = applicant.cast.ada.review().record_check(ask).await.unwrap().into_inner();
    assert_eq!(told.check.unwrap().result(), pb::CheckResult::Fail);
}

/// Ada proposes an override for so many days.
async fn propose(
    applicant: &Applicant<'_>,
    kind: pb::CheckKind,
    days: i64,
) -> Result<pb::Proposal, Status> {
    let until = applicant.site.clock.now().plus(Span::days(days));
    let ask = pb::ProposeOverrideRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        check_kind: kind.into(),
        reason: "The register is closed this month; the bank knows them".to_owned(),
        expire_time: Some(to_timestamp(until)),
    };
    let told = applicant.cast.ada.review().propose_override(ask).await?;
    Ok(told.into_inner().proposal.unwrap())
}

/// A proposal that was turned down changes nothing, and cannot be confirmed any more.
async fn turned_down(applicant: &Applicant<'_>) {
    let grace = &applicant.cast.grace;
    let proposal = propose(applicant, pb::CheckKind::Existence, 30).await.unwrap();
    let ask = pb::RejectProposalRequest {
        request_id: fresh(),
        proposal_id: proposal.proposal_id.clone(),
        reason: "Ask the register by letter".to_owned(),
    };
    let told = grace.review().reject_proposal(ask).await.unwrap().into_inner();
    assert_eq!(told.proposal.unwrap().state(), pb::ProposalState::Rejected);
    let ask = pb::ConfirmProposalRequest { request_id: fresh(), proposal_id: proposal.proposal_id };
    let done = grace.review().confirm_proposal(ask).await;
    assert_eq!(done.unwrap_err().code(), Code::FailedPrecondition);
    assert!(applicant.missing().await.contains(&"CHECK_EXISTENCE".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_taken_back_takes_the_level_with_it_on_two_instances() {
    let site = Site::open(EngineKind::Postgres).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let applicant = Applicant::active(&site, &cast, profile("Cedar Point LLC")).await;
    applicant.trunk(TRUNK).await;
    applicant.claim(&[Numbers::OURS, Numbers::REACHED, Numbers::LETTER]).await;
    assign(&site, &cast, &[(Numbers::OURS, &applicant.id)]).await;
    everywhere(&applicant, Numbers::OURS, pb::AttestLevel::A).await;
    conflict(&applicant).await;
    evidence_revoked(&applicant).await;
    agreement_ended(&applicant).await;
    trunk_changed(&applicant).await;
    numbers_released(&applicant).await;
    turned_away(&site, &cast).await;
    site.close().await;
}

async fn everywhere(applicant: &Applicant<'_>, number: &str, level: pb::AttestLevel) {
    for instance in [0, applicant.site.other()] {
        answers::settled(&applicant.cast.signer.at(instance), number, level).await;
    }
}

/// Two customers with evidence on one number and no loan between them: both are capped, except the one
/// that the provider's own feed names.
async fn conflict(applicant: &Applicant<'_>) {
    let (site, cast) = (applicant.site, applicant.cast);
    let rival = Applicant::active(site, cast, profile("Dune Grass Optics LLC")).await;
    for number in [Numbers::OURS, Numbers::REACHED] {
        rival.claim(&[number]).await;
        answers::reached(&rival, number).await;
    }
    answers::reached(applicant, Numbers::REACHED).await;
    let capped = i32::from(pb::Reason::TnConflict);
    for instance in [0, site.other()] {
        let signer = cast.signer.at(instance);
        until("the conflict is seen", || async {
            let told = answers::ask(&signer, Numbers::REACHED).await;
            let both = told.attest() == pb::AttestLevel::B && told.reasons.contains(&capped);
            both.then_some(())
        })
        .await;
        let ours = answers::ask(&signer, Numbers::OURS).await;
        assert_eq!(ours.attest(), pb::AttestLevel::A, "a dispute takes nothing from our own feed");
        assert!(!ours.reasons.contains(&capped), "{ours:?}");
    }
    let numbers = listed(applicant).await;
    let contested = numbers.iter().find(|one| one.number == Numbers::REACHED).unwrap();
    assert!(contested.conflict, "{contested:?}");
    assert_eq!(contested.evidence.len(), 1, "nobody sees the rival's evidence: {contested:?}");
}

async fn listed(applicant: &Applicant<'_>) -> Vec<pb::Number> {
    let ask = pb::ListNumbersRequest {
        customer_id: applicant.id.clone(),
        page_size: 0,
        page_token: String::new(),
    };
    applicant.cast.portal.numbers().list_numbers(ask).await.unwrap().into_inner().numbers
}

/// Evidence that is taken back gives nothing any more.
async fn evidence_revoked(applicant: &Applicant<'_>) {
    let numbers = listed(applicant).await;
    let held = numbers.iter().find(|one| one.number == Numbers::REACHED).unwrap();
    let ask = pb::RevokeEvidenceRequest {
        request_id: fresh(),
        evidence_id: held.evidence[0].evidence_id.clone(),
        reason: "The code was read out to somebody else".to_owned(),
    };
    let reviewer = applicant.cast.ada.at(0);
    let told = reviewer.numbers().revoke_evidence(ask.clone()).await.unwrap().into_inner();
    assert_eq!(told.number.unwrap().partial_until, None);
    everywhere(applicant, Numbers::REACHED, pb::AttestLevel::None).await;
    let again = pb::RevokeEvidenceRequest { request_id: fresh(), ..ask };
    let done = reviewer.numbers().revoke_evidence(again).await;
    refused(done, Code::FailedPrecondition, "EVIDENCE_ENDED");
}

/// Without its agreement a customer is not active; a new one opens the gate again.
async fn agreement_ended(applicant: &Applicant<'_>) {
    let ask = pb::ListAgreementsRequest {
        customer_id: applicant.id.clone(),
        page_size: 0,
        page_token: String::new(),
    };
    let agreements = applicant.cast.portal.agreements().list_agreements(ask).await.unwrap();
    let ask = pb::TerminateAgreementRequest {
        request_id: fresh(),
        agreement_id: agreements.into_inner().agreements[0].agreement_id.clone(),
        reason: "Notice was given".to_owned(),
        etag: String::new(),
    };
    let told = applicant.cast.ada.agreements().terminate_agreement(ask).await.unwrap();
    assert_eq!(told.into_inner().agreement.unwrap().state(), pb::AgreementState::Terminated);
    assert_eq!(applicant.customer().await.state(), pb::CustomerState::Suspended);
    everywhere(applicant, Numbers::OURS, pb::AttestLevel::None).await;
    let missing = applicant.missing().await;
    assert!(missing.contains(&"AGREEMENT_EXECUTED".to_owned()), "{missing:?}");
    let agreement = applicant.prepare().await.unwrap().agreement.unwrap();
    applicant.sign(&agreement).await.unwrap();
    applicant.countersign(&agreement).await.unwrap();
    applicant.activate().await.unwrap();
    everywhere(applicant, Numbers::OURS, pb::AttestLevel::A).await;
}

/// A SHADOW trunk is answered for comparison; one without authentication, or out of use, not at all.
async fn trunk_changed(applicant: &Applicant<'_>) {
    let (site, cast) = (applicant.site, applicant.cast);
    let change = |mode: pb::TrunkMode, auth: pb::TrunkAuth, state: pb::TrunkState| {
        let ask = pb::UpdateTrunkRequest {
            request_id: fresh(),
            trunk_id: TRUNK.to_owned(),
            mode: mode.into(),
            auth: auth.into(),
            state: state.into(),
            etag: String::new(),
        };
        async move { cast.operator.at(0).admin().update_trunk(ask).await.unwrap().into_inner() }
    };
    let (digest, on) = (pb::TrunkAuth::Digest, pb::TrunkState::Enabled);
    let steps = [
        (pb::TrunkMode::Shadow, digest, on, pb::Reason::FullEvidence, false),
        (pb::TrunkMode::Enforce, pb::TrunkAuth::None, on, pb::Reason::TrunkUnauthenticated, true),
        (pb::TrunkMode::Enforce, digest, pb::TrunkState::Disabled, pb::Reason::TrunkUnknown, true),
        (pb::TrunkMode::Enforce, digest, on, pb::Reason::FullEvidence, true),
    ];
    for (mode, auth, state, reason, enforced) in steps {
        change(mode, auth, state).await;
        for instance in [0, site.other()] {
            let signer = cast.signer.at(instance);
            until(reason.as_str_name(), || async {
                let told = answers::ask(&signer, Numbers::OURS).await;
                (told.reasons[0] == i32::from(reason) && told.enforced == enforced).then_some(())
            })
            .await;
        }
    }
}

/// A number that is given back is nobody's.
async fn numbers_released(applicant: &Applicant<'_>) {
    let ask = pb::ReleaseNumbersRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        numbers: vec![Numbers::OURS.to_owned(), Numbers::UNKNOWN.to_owned()],
    };
    let portal = applicant.cast.portal.at(0);
    let told = portal.numbers().release_numbers(ask).await.unwrap().into_inner();
    let outcomes: Vec<_> = told.results.iter().map(pb::NumberResult::outcome).collect();
    assert_eq!(outcomes, [pb::NumberOutcome::Done, pb::NumberOutcome::Unchanged]);
    everywhere(applicant, Numbers::OURS, pb::AttestLevel::None).await;
    assert!(!listed(applicant).await.iter().any(|one| one.number == Numbers::OURS));
}

/// A customer that is not wanted is told so, and may try again.
async fn turned_away(site: &Site, cast: &Cast) {
    let role = pb::CustomerRole::EndUser;
    let applicant = Applicant::draft(site, cast, role, profile("Odd Job LLC")).await;
    applicant.submit().await.unwrap();
    applicant.checked().await;
    let ask = pb::RejectCustomerRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        reason: "Nobody answers at any number".to_owned(),
        etag: String::new(),
    };
    let told = cast.ada.review().reject_customer(ask).await.unwrap().into_inner();
    assert_eq!(told.customer.unwrap().state(), pb::CustomerState::Rejected);
    refused(applicant.activate().await, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
    let again = applicant.submit().await.unwrap().customer.unwrap();
    assert_eq!(again.state(), pb::CustomerState::Submitted);
}
