//! From an empty profile to a level that a signer uses, and back to none.

use tonic::Code;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::answers::{self, Numbers};
use super::applicant::{ALTERNATE, Applicant, MAILBOX, PHONE, REVIEWED, list_of, profile};
use super::{gate, proofs};
use crate::support::cast::{Cast, fresh, refused, violations};
use crate::support::server::Site;

/// A firm on the list, and a trade name of the applicant.
const LISTED: &str = "POLAR LANTERN SHIPPING";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_path_on_sqlite() {
    walk(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_path_on_postgresql_with_two_instances() {
    walk(EngineKind::Postgres).await;
}

async fn walk(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &[LISTED, "NORTHERN ICE CARRIERS"]).await;
    every_fault_at_once(&cast).await;
    let applicant = drafted(&site, &cast).await;
    evaluated_without_a_trace(&applicant).await;
    submitted(&applicant).await;
    gate::refused_with_everything(&applicant).await;
    gate::hit_resolved(&applicant).await;
    gate::documents(&applicant).await;
    gate::challenges(&applicant).await;
    let approved = applicant.approve().await.unwrap();
    assert_eq!(approved.state(), pb::CustomerState::Verified);
    gate::agreement(&applicant).await;
    applicant.designate().await.unwrap();
    activated(&applicant).await;
    answers::numbers_claimed(&applicant).await;
    answers::levels(&applicant).await;
    let borrower = Applicant::active(&site, &cast, profile("Dune Grass Optics LLC")).await;
    answers::delegation(&applicant, &borrower).await;
    answers::every_way_of_asking_agrees(&applicant).await;
    answers::tokens(&applicant).await;
    suspended_and_reinstated(&applicant).await;
    terminated(&applicant).await;
    proofs::everything_is_proved(&applicant).await;
    site.close().await;
}

/// A profile with many faults: each is told with its path and its reason, all in one answer.
async fn every_fault_at_once(cast: &Cast) {
    let mut sent = profile("Cedar Point Instruments LLC");
    sent.incorporation_jurisdiction = "Michigan".to_owned();
    sent.naics = "8112-10".to_owned();
    sent.website = "cedarpoint".to_owned();
    sent.identifiers[0].value = "00-0000000".to_owned();
    sent.identifiers.push(pb::Identifier { kind: 77, ..pb::Identifier::default() });
    sent.contacts[0].email = "ruth at cedarpoint".to_owned();
    sent.contacts[0].phone = "231-723".to_owned();
    sent.originating_ips = vec!["10.0.0.0/8".to_owned()];
    sent.billing_model = 9;
    sent.beneficial_owners[0].share_percent = 101;
    let address = sent.physical_address.as_mut().unwrap();
    address.postal_code = "4966".to_owned();
    address.region = "Michigan".to_owned();
    address.kind = 99;
    let ask = pb::CreateCustomerRequest {
        request_id: "two words".to_owned(),
        role: 0,
        parent_id: "nobody".to_owned(),
        profile: Some(sent),
        validate_only: false,
    };
    let done = cast.portal.onboarding().create_customer(ask).await;
    let status = refused(done, Code::InvalidArgument, "INVALID_REQUEST");
    let mut told = violations(&status);
    told.sort_unstable();
    let mut expected = [
        ("parent_id", "BAD_ID"),
        ("profile.beneficial_owners", "SHARES_OVER_100"),
        ("profile.beneficial_owners[0].share_percent", "OUT_OF_RANGE"),
        ("profile.billing_model", "UNKNOWN_ENUM_VALUE"),
        ("profile.contacts[0].email", "BAD_EMAIL"),
        ("profile.contacts[0].phone", "TN_TOO_SHORT"),
        ("profile.identifiers[0].value", "EIN_ZERO"),
        ("profile.identifiers[1].kind", "UNKNOWN_ENUM_VALUE"),
        ("profile.incorporation_jurisdiction", "BAD_JURISDICTION"),
        ("profile.naics", "BAD_NAICS"),
        ("profile.originating_ips[0]", "ADDRESS_NOT_PUBLIC"),
        ("profile.originating_ips[0]", "CIDR_TOO_WIDE"),
        ("profile.physical_address.kind", "UNKNOWN_ENUM_VALUE"),
        ("profile.physical_address.postal_code", "BAD_POSTAL_CODE"),
        ("profile.physical_address.region", "BAD_STATE"),
        ("profile.website", "BAD_URL"),
        ("request_id", "BAD_CHARACTER"),
        ("role", "REQUIRED"),
    ]
    .map(|(path, reason)| (path.to_owned(), reason.to_owned()));
    expected.sort_unstable();
    assert_eq!(told, expected);
    let sent = status.to_string();
    assert!(!sent.contains("cedarpoint") && !sent.contains("231-723"), "{sent}");
}

/// The repaired profile makes one customer, however often and wherever the write is repeated.
async fn drafted<'a>(site: &'a Site, cast: &'a Cast) -> Applicant<'a> {
    let mut sent = profile("Cedar Point Instruments LLC");
    sent.trade_names.push("Polar Lantern Shipping".to_owned());
    let ask = pb::CreateCustomerRequest {
        request_id: fresh(),
        role: pb::CustomerRole::EndUser.into(),
        parent_id: String::new(),
        profile: Some(sent),
        validate_only: false,
    };
    let (here, there) = (cast.portal.at(0), cast.portal.at(site.other()));
    let first = here.onboarding().create_customer(ask.clone()).await.unwrap().into_inner();
    let again = there.onboarding().create_customer(ask.clone()).await.unwrap().into_inner();
    assert_eq!(first.customer, again.customer);
    let mut other = ask;
    other.role = pb::CustomerRole::Reseller.into();
    let status = there.onboarding().create_customer(other).await;
    refused(status, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let customer = first.customer.unwrap();
    assert_eq!(customer.state(), pb::CustomerState::Draft);
    let token = first.change_token;
    let ask =
        pb::GetCustomerRequest { customer_id: customer.customer_id.clone(), change_token: token };
    let seen = there.onboarding().get_customer(ask).await.unwrap().into_inner();
    assert_eq!(seen.customer.as_ref(), Some(&customer));
    Applicant { site, cast, id: customer.customer_id }
}

/// Everything that is missing is told at once, and asking changes nothing.
async fn evaluated_without_a_trace(applicant: &Applicant<'_>) {
    let entries = "SELECT count(*) FROM journal";
    let before = (applicant.customer().await, applicant.site.number(entries).await);
    let told = applicant.evaluate().await;
    assert!(told.policy.starts_with("CURRENT_2026/"), "{}", told.policy);
    let codes: Vec<_> = told.requirements.iter().map(|need| need.code.as_str()).collect();
    let mut expected = vec!["AGREEMENT_EXECUTED", "APPROVAL", "SUBMISSION", "TRACEBACK_CONTACT"];
    expected.extend([
        "CHECK_ALTERNATE_PHONE",
        "CHECK_CONTACT_EMAIL",
        "CHECK_CONTACT_PHONE",
        "CHECK_EXISTENCE",
        "CHECK_REPRESENTATION",
        "CHECK_SANCTIONS",
        "CHECK_TAX_ID_TO_NAME",
        "CLAUSE_C-01",
        "CLAUSE_C-02",
        "CLAUSE_C-20",
    ]);
    for code in expected {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    for need in &told.requirements {
        assert!(!need.title.is_empty() && !need.clears_with.is_empty(), "{need:?}");
        assert!(need.actor() != pb::Actor::Unspecified, "{need:?}");
    }
    let after = (applicant.customer().await, applicant.site.number(entries).await);
    assert_eq!(before, after);
}

/// Jobs check what was handed in. A good form satisfies nothing, and a hit waits for a reviewer.
async fn submitted(applicant: &Applicant<'_>) {
    let done = applicant.submit().await.unwrap();
    assert_eq!(done.customer.unwrap().state(), pb::CustomerState::Submitted);
    let told = applicant.checked().await;
    let forms: Vec<_> =
        told.checks.iter().filter(|check| check.method() == pb::CheckMethod::Form).collect();
    assert!(forms.len() >= 3, "{forms:?}");
    assert!(forms.iter().all(|check| check.result() == pb::CheckResult::Pass), "{forms:?}");
    let missing = applicant.missing().await;
    for code in ["CHECK_EXISTENCE", "CHECK_TAX_ID_TO_NAME", "CHECK_SANCTIONS", "FINDING_OPEN"] {
        assert!(missing.iter().any(|one| one == code), "{code} is not among {missing:?}");
    }
    assert_eq!(applicant.customer().await.state(), pb::CustomerState::InReview);
    let codes: Vec<_> = told.open_findings.iter().map(|one| one.code.as_str()).collect();
    assert!(codes.contains(&"SANCTIONS_HIT"), "{codes:?}");
}

/// The gate opens, and the other instance shows it to whoever brings the write's token.
async fn activated(applicant: &Applicant<'_>) {
    assert_eq!(applicant.missing().await, Vec::<String>::new());
    let (site, cast) = (applicant.site, applicant.cast);
    let ask = pb::ActivateCustomerRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        etag: "\"1\"".to_owned(),
        validate_only: false,
    };
    let stale = cast.portal.onboarding().activate_customer(ask.clone()).await;
    assert!(stale.is_err(), "an etag of the past opens nothing");
    let ask = pb::ActivateCustomerRequest { request_id: fresh(), etag: String::new(), ..ask };
    let done = cast.portal.at(0).onboarding().activate_customer(ask).await.unwrap().into_inner();
    let customer = done.customer.unwrap();
    assert_eq!(customer.state(), pb::CustomerState::Active);
    let active = customer.active.as_ref().unwrap();
    assert_eq!(active.cap(), pb::AttestLevel::A);
    assert!(active.active_until.is_some() && active.uncapped_until.is_some());
    assert_eq!(active.conditions, Vec::<i32>::new());
    let ask = pb::GetCustomerRequest {
        customer_id: applicant.id.clone(),
        change_token: done.change_token,
    };
    let there = cast.ada.at(site.other());
    let seen = there.onboarding().get_customer(ask).await.unwrap().into_inner();
    assert_eq!(seen.customer.as_ref(), Some(&customer));
}

/// A suspension at one instance is NONE at the other within a second; two people let it back.
async fn suspended_and_reinstated(applicant: &Applicant<'_>) {
    let (site, cast) = (applicant.site, applicant.cast);
    let mut changes = answers::Watcher::open(&cast.signer.at(site.other())).await;
    answers::settled(&cast.signer.at(site.other()), Numbers::OURS, pb::AttestLevel::A).await;
    let began = site.clock.mono();
    let ask = pb::SuspendCustomerRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        reason: "Complaints about its calls".to_owned(),
    };
    let done = cast.ada.at(0).review().suspend_customer(ask).await.unwrap().into_inner();
    let acknowledged = site.clock.mono().since(began);
    assert_eq!(done.customer.unwrap().state(), pb::CustomerState::Suspended);
    let here = answers::ask(&cast.signer.at(0), Numbers::OURS).await;
    assert_eq!(here.attest(), pb::AttestLevel::None, "acknowledged is applied: {here:?}");
    let there = cast.signer.at(site.other());
    let gone = answers::settled(&there, Numbers::OURS, pb::AttestLevel::None).await;
    let followed = site.clock.mono().since(began);
    assert_eq!(gone.reasons, [i32::from(pb::Reason::CustomerNotActive)]);
    for dest in ["911", "933"] {
        let emergency = pb::Call { dest: dest.to_owned(), ..answers::call(Numbers::OURS) };
        let told = answers::ask_for(&there, emergency).await;
        assert_eq!(told.disposition(), pb::Disposition::SendEmergency, "{dest}");
    }
    changes.until_active(&applicant.id, false).await;
    let watched = site.clock.mono().since(began);
    println!("suspension: acknowledged {acknowledged:?}, followed {followed:?}, told {watched:?}");
    let second = vouch::domain::time::Span::secs(1);
    assert!(followed < second && watched < second, "{followed:?} {watched:?}");
    assert_eq!(applicant.missing().await, ["REINSTATEMENT"]);
    let refusal = applicant.activate().await;
    refused(refusal, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
    let ask = pb::ProposeReinstatementRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        reason: "The complaints were about another firm".to_owned(),
    };
    let made = cast.ada.review().propose_reinstatement(ask).await.unwrap().into_inner();
    let proposal_id = made.proposal.unwrap().proposal_id;
    let ask = pb::ConfirmProposalRequest { request_id: fresh(), proposal_id };
    let alone = cast.ada.review().confirm_proposal(ask.clone()).await;
    refused(alone, Code::FailedPrecondition, "SECOND_PERSON_REQUIRED");
    let ask = pb::ConfirmProposalRequest { request_id: fresh(), ..ask };
    let done = cast.grace.review().confirm_proposal(ask).await.unwrap().into_inner();
    assert_eq!(done.customer.unwrap().state(), pb::CustomerState::Active);
    changes.until_active(&applicant.id, true).await;
    for instance in [0, site.other()] {
        let signer = cast.signer.at(instance);
        answers::settled(&signer, Numbers::OURS, pb::AttestLevel::A).await;
    }
}

/// The end is the end: no level, and no step leads back.
async fn terminated(applicant: &Applicant<'_>) {
    let (site, cast) = (applicant.site, applicant.cast);
    let ask = pb::TerminateCustomerRequest {
        request_id: fresh(),
        customer_id: applicant.id.clone(),
        reason: "The contract ended".to_owned(),
    };
    let done = cast.grace.review().terminate_customer(ask).await.unwrap().into_inner();
    assert_eq!(done.customer.unwrap().state(), pb::CustomerState::Terminated);
    for instance in [0, site.other()] {
        let signer = cast.signer.at(instance);
        answers::settled(&signer, Numbers::OURS, pb::AttestLevel::None).await;
    }
    let edit = applicant.edit(&["naics"], |profile| profile.naics = "81".to_owned()).await;
    refused(edit, Code::FailedPrecondition, "CUSTOMER_TERMINATED");
    refused(applicant.submit().await, Code::FailedPrecondition, "CUSTOMER_TERMINATED");
    refused(applicant.activate().await, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
    for kind in REVIEWED {
        assert!(applicant.record(kind).await.is_err() || kind == pb::CheckKind::Representation);
    }
    for target in [MAILBOX, PHONE, ALTERNATE] {
        // Whatever comes of it, nothing lifts the customer again.
        drop(applicant.challenge(target).await);
    }
    assert_eq!(applicant.customer().await.state(), pb::CustomerState::Terminated);
}
