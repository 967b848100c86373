//! What has to be there before the gate opens: the hit resolved, papers looked at, codes given back,
//! the agreement signed.

use prost::Message as _;
use tonic::Code;
use tonic_types::StatusExt as _;
use vouch::wire::pb;

use super::applicant::{ALTERNATE, Applicant, MAILBOX, PHONE, Target, profile, sha256};
use crate::support::cast::{fresh, refused, violations};
use crate::support::server::until;

/// The gate names everything that is missing, exactly what evaluation names, with the requirements
/// themselves attached.
pub(super) async fn refused_with_everything(applicant: &Applicant<'_>) {
    let status =
        refused(applicant.activate().await, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
    let told = status.get_details_precondition_failure().unwrap().violations;
    let told: Vec<_> = told.into_iter().map(|one| (one.r#type, one.subject)).collect();
    let wanted = applicant.evaluate().await.requirements;
    let codes: Vec<_> = wanted.iter().map(|need| (need.code.clone(), need.field.clone())).collect();
    assert_eq!(told, codes);
    let whole = tonic_types::pb::Status::decode(status.details()).unwrap();
    let url = "type.googleapis.com/vouch.v1.Requirement";
    let attached: Vec<_> = whole
        .details
        .iter()
        .filter(|one| one.type_url == url)
        .map(|one| pb::Requirement::decode(one.value.as_slice()).unwrap())
        .collect();
    assert!(attached.len() > 3, "{} of {} are attached", attached.len(), wanted.len());
    assert_eq!(attached, wanted[..attached.len()]);
    assert_eq!(applicant.customer().await.state(), pb::CustomerState::InReview);
}

/// The listed name reaches a reviewer, who looks and decides; a portal cannot.
pub(super) async fn hit_resolved(applicant: &Applicant<'_>) {
    let finding = until("a finding in the queue", || async {
        let ask = pb::ListReviewItemsRequest {
            page_size: 10,
            page_token: String::new(),
            kinds: vec![pb::ReviewItemKind::Finding.into()],
            customer_id: applicant.id.clone(),
        };
        let queue = applicant.cast.ada.review().list_review_items(ask).await.unwrap();
        queue.into_inner().items.into_iter().find_map(|one| match one.item {
            Some(pb::review_item::Item::Finding(finding)) => Some(finding),
            _ => None,
        })
    })
    .await;
    assert_eq!((finding.code.as_str(), finding.severity()), ("SANCTIONS_HIT", pb::Severity::High));
    assert_eq!(finding.evidence["entry_name"], "POLAR LANTERN SHIPPING");
    assert_eq!(finding.evidence["claim"], "trade_names[1]");
    let as_of = &finding.evidence["list_as_of"];
    assert!(vouch::domain::date::read(as_of).is_some(), "a day for people: {as_of}");
    let ask = pb::ResolveFindingRequest {
        request_id: fresh(),
        finding_id: finding.finding_id,
        resolution: pb::Resolution::FalsePositive.into(),
        reason: String::new(),
    };
    let silent = applicant.cast.ada.review().resolve_finding(ask.clone()).await;
    refused(silent, Code::InvalidArgument, "INVALID_REQUEST");
    let portal = applicant.cast.portal.review().resolve_finding(ask.clone()).await;
    refused(portal, Code::PermissionDenied, "ROLE_REQUIRED");
    let reason = "The listed firm runs ships; ours repairs instruments".to_owned();
    let ask = pb::ResolveFindingRequest { request_id: fresh(), reason, ..ask };
    let done = applicant.cast.ada.review().resolve_finding(ask).await.unwrap().into_inner();
    assert_eq!(done.finding.unwrap().state(), pb::FindingState::Resolved);
    let missing = applicant.missing().await;
    assert!(!missing.iter().any(|one| one == "FINDING_OPEN" || one == "CHECK_SANCTIONS"));
}

/// Papers and a call prove what no form can. A call to where the profile says proves nothing.
pub(super) async fn documents(applicant: &Applicant<'_>) {
    use pb::record_check_request::Evidence;
    for kind in [pb::CheckKind::Existence, pb::CheckKind::TaxIdToName] {
        let check = applicant.record(kind).await.unwrap();
        assert_eq!(check.result(), pb::CheckResult::Pass);
        assert_eq!(check.method(), pb::CheckMethod::Document);
        assert!(!check.document_id.is_empty() && !check.claim_digest.is_empty());
    }
    let phone = applicant.contact().await.phone;
    let part = |from, to| phone.get(from..to).unwrap();
    let written = format!("+1 ({}) {}-{}", part(2, 5), part(5, 8), part(8, 12));
    let own = Evidence::Callback(applicant.callback(&written));
    let done = applicant.record_on(pb::CheckKind::Representation, own).await;
    let status = refused(done, Code::InvalidArgument, "INVALID_REQUEST");
    let field = ("callback.reached_at".to_owned(), "CHANNEL_OF_PROFILE".to_owned());
    assert_eq!(violations(&status), [field]);
    let nobodys = Evidence::DocumentId(applicant.id.clone());
    let done = applicant.record_on(pb::CheckKind::Existence, nobodys).await;
    refused(done, Code::InvalidArgument, "INVALID_REQUEST");
    let by_hand = Evidence::Callback(applicant.callback("+12317239000"));
    let done = applicant.record_on(pb::CheckKind::Sanctions, by_hand).await;
    refused(done, Code::InvalidArgument, "INVALID_REQUEST");
    let check = applicant.record(pb::CheckKind::Representation).await.unwrap();
    assert_eq!(check.method(), pb::CheckMethod::Callback);
}

/// Codes go out by mail and telephone, never in an answer; a wrong one is counted.
pub(super) async fn challenges(applicant: &Applicant<'_>) {
    let said = applicant.customer().await.profile.unwrap();
    let expected = [
        (MAILBOX, "EMAIL", said.contacts[0].email.clone()),
        (PHONE, "VOICE", said.contacts[0].phone.clone()),
        (ALTERNATE, "SMS", said.alternate_phone.clone()),
    ];
    for (target, channel, to) in expected {
        one_challenge(applicant, target, channel, &to).await;
    }
    let mixed: Target = (pb::ChallengeTarget::ContactEmail, pb::ChallengeChannel::Sms);
    refused(applicant.challenge(mixed).await, Code::InvalidArgument, "INVALID_REQUEST");
    the_alternate_phone_is_another_one(applicant).await;
}

async fn one_challenge(applicant: &Applicant<'_>, target: Target, channel: &str, to: &str) {
    let challenge = applicant.challenge(target).await.unwrap();
    let letter = applicant.site.post.letter(&challenge.challenge_id).await;
    assert_eq!((letter.channel.as_str(), letter.to.as_str()), (channel, to));
    assert!(letter.code.len() == 6 && letter.code.bytes().all(|one| one.is_ascii_digit()));
    let shown = challenge.encode_to_vec();
    assert!(!shown.windows(6).any(|part| part == letter.code.as_bytes()), "a code in an answer");
    let wrong = if letter.code == "000000" { "000001" } else { "000000" };
    let done = applicant.answer(&challenge.challenge_id, wrong).await;
    let status = refused(done, Code::InvalidArgument, "INVALID_REQUEST");
    assert_eq!(violations(&status), [("code".to_owned(), "WRONG_CODE".to_owned())]);
    let check = applicant.answer(&challenge.challenge_id, &letter.code).await.unwrap();
    assert_eq!(check.result(), pb::CheckResult::Pass);
    assert_eq!(check.method(), pb::CheckMethod::Challenge);
    let again = applicant.answer(&challenge.challenge_id, &letter.code).await;
    refused(again, Code::FailedPrecondition, "CHALLENGE_CLOSED");
}

/// The alternate number is no contact's, and none that the customer claims for its calls.
async fn the_alternate_phone_is_another_one(applicant: &Applicant<'_>) {
    let same = applicant
        .edit(&["alternate_phone"], |profile| {
            let phone = profile.contacts[0].phone.clone();
            let part = |from, to| phone.get(from..to).unwrap();
            profile.alternate_phone = format!("+1 {} {} {}", part(2, 5), part(5, 8), part(8, 12));
        })
        .await;
    let status = refused(same, Code::InvalidArgument, "INVALID_REQUEST");
    let fault = ("profile.alternate_phone".to_owned(), "ALTERNATE_PHONE_SAME".to_owned());
    assert_eq!(violations(&status), [fault]);
    let alternate = applicant.customer().await.profile.unwrap().alternate_phone;
    let claimed = applicant.claim(&[alternate.as_str()]).await.results.remove(0);
    assert_eq!(claimed.outcome(), pb::NumberOutcome::Refused);
    assert_eq!(claimed.reason, "ALTERNATE_PHONE");
    // The other way round: the number is claimed first, and named as the alternate one later.
    let sly = Applicant::draft(
        applicant.site,
        applicant.cast,
        pb::CustomerRole::EndUser,
        pb::Profile { alternate_phone: String::new(), ..profile("Sly Fox Lamps LLC") },
    )
    .await;
    let claimed = sly.claim(&["+12317234444"]).await.results.remove(0);
    assert_eq!(claimed.outcome(), pb::NumberOutcome::Done);
    let name = |profile: &mut pb::Profile| profile.alternate_phone = "+12317234444".to_owned();
    sly.edit(&["alternate_phone"], name).await.unwrap();
    let check = sly.prove(ALTERNATE).await.unwrap();
    assert_eq!(check.result(), pb::CheckResult::Fail, "{check:?}");
    assert_eq!(check.reason, "ALTERNATE_PHONE_SAME");
    let told = sly.evaluate().await;
    assert!(told.open_findings.iter().any(|one| one.code == "ALTERNATE_PHONE_SAME"), "{told:?}");
    assert!(told.requirements.iter().any(|need| need.code == "CHECK_ALTERNATE_PHONE"));
}

/// Exactly the bytes that were shown are signed, by the authorised signer, and kept.
pub(super) async fn agreement(applicant: &Applicant<'_>) {
    let cast = applicant.cast;
    let prepared = applicant.prepare().await.unwrap();
    let agreement = prepared.agreement.unwrap();
    assert_eq!(agreement.sha256.as_ref(), sha256(&prepared.copy));
    let text = String::from_utf8(prepared.copy.to_vec()).unwrap();
    assert!(text.contains("Cedar Point Instruments LLC") && text.contains("Lakeside Telephone"));
    let clauses: Vec<_> = agreement.clauses.iter().map(|one| one.clause_id.as_str()).collect();
    assert!(clauses.contains(&"C-01") && clauses.contains(&"C-20"), "{clauses:?}");
    let contact = applicant.contact().await;
    let ask = pb::SignAgreementRequest {
        request_id: fresh(),
        agreement_id: agreement.agreement_id.clone(),
        contact_id: contact.contact_id,
        sha256: sha256(b"another text").to_vec().into(),
        name: contact.name,
        ip: "203.0.113.7".to_owned(),
        etag: String::new(),
    };
    let unseen = cast.portal.agreements().sign_agreement(ask.clone()).await;
    assert_eq!(unseen.unwrap_err().code(), Code::FailedPrecondition);
    let stranger = pb::SignAgreementRequest {
        request_id: fresh(),
        contact_id: applicant.id.clone(),
        sha256: agreement.sha256.clone(),
        ..ask
    };
    let nobody = cast.portal.agreements().sign_agreement(stranger).await;
    assert_eq!(nobody.unwrap_err().code(), Code::FailedPrecondition);
    let early = applicant.countersign(&agreement).await;
    assert_eq!(early.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(applicant.sign(&agreement).await.unwrap().state(), pb::AgreementState::Signed);
    let done = applicant.countersign(&agreement).await.unwrap();
    assert_eq!(done.state(), pb::AgreementState::Executed);
    for instance in [0, applicant.site.other()] {
        let ask = pb::GetAgreementRequest { agreement_id: agreement.agreement_id.clone() };
        let kept = cast.auditor.at(instance).agreements().get_agreement(ask).await.unwrap();
        let kept = kept.into_inner();
        assert_eq!(kept.copy, prepared.copy);
        assert_eq!(kept.agreement.unwrap().sha256, agreement.sha256);
    }
}
