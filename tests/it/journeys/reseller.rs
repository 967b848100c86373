//! Providers as customers: a reseller and a provider from abroad reach ACTIVE on the FCC's own lists,
//! and go down at once when their filing is gone.

use std::fmt::Write as _;

use tonic::Code;
use tonic_types::StatusExt as _;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::applicant::{
    ALTERNATE, Applicant, MAILBOX, PHONE, REVIEWED, as_provider, list_of, load_named, now, profile,
};
use crate::support::cast::{Cast, fresh, refused};
use crate::support::server::{Site, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reseller_waits_for_its_filing_on_sqlite() {
    walk(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reseller_waits_for_its_filing_on_postgresql() {
    walk(EngineKind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn providers_are_active_as_long_as_they_are_filed_on_sqlite() {
    filed(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn providers_are_active_as_long_as_they_are_filed_on_postgresql() {
    filed(EngineKind::Postgres).await;
}

/// A provider with everything but its filing and its approval.
async fn prepared<'a>(
    site: &'a Site,
    cast: &'a Cast,
    role: pb::CustomerRole,
    profile: pb::Profile,
) -> Applicant<'a> {
    let one = Applicant::draft(site, cast, role, profile).await;
    one.submit().await.unwrap();
    one.checked().await;
    for target in [MAILBOX, PHONE, ALTERNATE] {
        one.prove(target).await.unwrap();
    }
    one.designate().await.unwrap();
    for kind in REVIEWED {
        one.record(kind).await.unwrap();
    }
    one
}

/// The document that binds the customers below.
async fn flow_down(one: &Applicant<'_>) {
    let paper = one.upload(pb::DocumentKind::Other).await.unwrap();
    let evidence = pb::record_check_request::Evidence::DocumentId(paper.document_id);
    let check = one.record_on(pb::CheckKind::FlowDown, evidence).await.unwrap();
    assert_eq!(check.result(), pb::CheckResult::Pass);
}

async fn walk(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let role = pb::CustomerRole::Reseller;
    let bare = Applicant::draft(&site, &cast, role, profile("Bare Wholesale LLC")).await;
    let lacking = bare.evaluate().await.requirements;
    let fields: Vec<_> = lacking.iter().filter(|need| need.code == "FIELD_REQUIRED").collect();
    assert!(fields.iter().any(|need| need.title.contains("FRN")), "{fields:?}");
    assert!(fields.iter().any(|need| need.field == "profile.provider"), "{fields:?}");
    let sent = as_provider(profile("Tern Wholesale Voice LLC"));
    let reseller = prepared(&site, &cast, role, sent).await;
    let codes = reseller.missing().await;
    for code in ["RMD_RECORD", "FLOW_DOWN", "CLAUSE_C-05", "CLAUSE_C-15"] {
        assert!(codes.iter().any(|one| one == code), "{code} is not among {codes:?}");
    }
    // What no source answers cannot be said by hand either: the policy takes a register's word.
    let by_hand = pb::record_check_request::Evidence::Callback(reseller.callback("+12317239000"));
    let done = reseller.record_on(pb::CheckKind::RmdRecord, by_hand).await;
    refused(done, Code::InvalidArgument, "INVALID_REQUEST");
    refused(reseller.approve().await, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
    let agreement = reseller.prepare().await.unwrap().agreement.unwrap();
    reseller.sign(&agreement).await.unwrap();
    reseller.countersign(&agreement).await.unwrap();
    let status = refused(reseller.activate().await, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
    let told = status.get_details_precondition_failure().unwrap().violations;
    let codes: Vec<_> = told.iter().map(|one| one.r#type.as_str()).collect();
    assert_eq!(codes, ["RMD_RECORD", "FLOW_DOWN", "APPROVAL"]);
    assert!(told.iter().all(|one| !one.description.is_empty()));
    let override_it = pb::ProposeOverrideRequest {
        request_id: fresh(),
        customer_id: reseller.id.clone(),
        check_kind: pb::CheckKind::RmdRecord.into(),
        reason: "They say they have filed".to_owned(),
        expire_time: None,
    };
    assert!(cast.ada.review().propose_override(override_it).await.is_err());
    below_it(&reseller).await;
    site.close().await;
}

/// The register as it is exported, with `ours` among others; each files for the service given.
fn register(at: &prost_types::Timestamp, ours: &[(&str, &str, &str)]) -> Vec<u8> {
    let day = vouch::domain::date::write(vouch::domain::time::Ts(at.seconds * 1_000_000));
    let mut text = "business_name,frn,previous_dba_names,other_dba_names,foreign_voice_provider,\
        implementation,voice_service_provider_choice,gateway_provider_choice,\
        intermediate_provider_choice,declaration_date\n"
        .to_owned();
    let mut add = |name: &str, frn: &str, offers: &str| {
        let extent = "Complete STIR/SHAKEN Implementation";
        writeln!(text, "{name},{frn},None,None,No,{extent},{offers},No,{day}").unwrap();
    };
    for (name, frn, offers) in ours {
        add(name, frn, offers);
    }
    for nth in 0..40 {
        add("OTHER TELEPHONE", &format!("00300000{nth:02}"), "Yes,No");
    }
    text.into_bytes()
}

async fn load_register(site: &Site, cast: &Cast, ours: &[(&str, &str, &str)]) {
    let at = now(site);
    let file = register(&at, ours);
    let done = load_named(cast, "rmd", at, &[("rmd.csv", &file)]).await.unwrap();
    assert_eq!(done.state(), pb::OperationState::Done, "{done:?}");
}

fn abroad(legal_name: &str) -> pb::Profile {
    let mut p = as_provider(profile(legal_name));
    p.incorporation_jurisdiction = "GB".to_owned();
    let address = p.physical_address.as_mut().unwrap();
    address.lines = vec!["12 Quay Lane".to_owned()];
    address.city = "Leeds".to_owned();
    address.region = "West Yorkshire".to_owned();
    address.postal_code = "LS1 4AP".to_owned();
    address.country = "GB".to_owned();
    p.identifiers.retain(|one| one.kind() != pb::IdentifierKind::Ein);
    for one in &mut p.identifiers {
        if one.kind() == pb::IdentifierKind::Frn {
            one.value = "0018570999".to_owned();
        } else if one.kind() == pb::IdentifierKind::Rmd {
            one.value = "RMD0001999".to_owned();
        }
    }
    p.identifiers.push(pb::Identifier {
        kind: pb::IdentifierKind::UkCrn.into(),
        value: "12345678".to_owned(),
        issuing_region: String::new(),
    });
    p.identifiers.push(pb::Identifier {
        kind: pb::IdentifierKind::ForeignTaxId.into(),
        value: "GB 1234 5678".to_owned(),
        issuing_region: "GB".to_owned(),
    });
    let provider = p.provider.as_mut().unwrap();
    provider.rmd_roles = vec![pb::RmdRole::GatewayProvider.into()];
    p
}

async fn state_is(one: &Applicant<'_>, state: pb::CustomerState) {
    until("the customer's state follows its filing", || async {
        (one.customer().await.state() == state).then_some(())
    })
    .await;
}

async fn filed(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let tern = ("TERN WHOLESALE VOICE LLC", "0018570812", "Yes,No");
    let leeds = ("LEEDS CARRIER LIMITED", "0018570999", "No,Yes");
    load_register(&site, &cast, &[tern, leeds]).await;
    let rows = [
        (pb::CustomerRole::Reseller, as_provider(profile("Tern Wholesale Voice LLC"))),
        (pb::CustomerRole::ForeignProvider, abroad("Leeds Carrier Limited")),
    ];
    let mut active = Vec::new();
    for (role, sent) in rows {
        let one = prepared(&site, &cast, role, sent).await;
        flow_down(&one).await;
        one.approve().await.unwrap();
        let agreement = one.prepare().await.unwrap().agreement.unwrap();
        one.sign(&agreement).await.unwrap();
        one.countersign(&agreement).await.unwrap();
        let customer = one.activate().await.unwrap();
        assert_eq!(customer.state(), pb::CustomerState::Active);
        active.push(one);
    }
    // The reseller's filing vanishes: it goes down, the other one stays.
    load_register(&site, &cast, &[leeds]).await;
    state_is(&active[0], pb::CustomerState::Suspended).await;
    let told = active[0].evaluate().await;
    assert!(told.open_findings.iter().any(|one| one.code == "RMD_MISSING"), "{told:?}");
    assert_eq!(active[1].customer().await.state(), pb::CustomerState::Active);
    // The other one is removed by order: nobody overrides that.
    let day = "2025-08-06";
    let removals = format!(
        "frn,rmd_number,business_name,da_number,order_date,effective_date,reinstated_date,source_url\n\
         0018570999,RMD0001999,LEEDS CARRIER LIMITED,DA 25-694,{day},{day},,\n"
    );
    let files: &[(&str, &[u8])] = &[("removals.csv", removals.as_bytes())];
    let done = load_named(&cast, "rmd_removals", now(&site), files).await.unwrap();
    assert_eq!(done.state(), pb::OperationState::Done, "{done:?}");
    state_is(&active[1], pb::CustomerState::Suspended).await;
    let told = active[1].evaluate().await;
    assert!(told.open_findings.iter().any(|one| one.code == "RMD_REMOVED"), "{told:?}");
    let ask = pb::ProposeReinstatementRequest {
        request_id: fresh(),
        customer_id: active[1].id.clone(),
        reason: "They ask for it".to_owned(),
    };
    let never = cast.ada.review().propose_reinstatement(ask).await;
    refused(never, Code::FailedPrecondition, "NOT_OVERRIDABLE");
    site.close().await;
}
/// A reseller has customers of its own; an end user has none.
async fn below_it(reseller: &Applicant<'_>) {
    let ask = |parent_id: String| pb::CreateCustomerRequest {
        request_id: fresh(),
        role: pb::CustomerRole::EndUser.into(),
        parent_id,
        profile: Some(profile("Small Shop LLC")),
        validate_only: false,
    };
    let portal = &reseller.cast.portal;
    let made = portal.onboarding().create_customer(ask(reseller.id.clone())).await.unwrap();
    let below = made.into_inner().customer.unwrap();
    assert_eq!(below.parent_id, reseller.id);
    let done = portal.onboarding().create_customer(ask(below.customer_id)).await;
    refused(done, Code::InvalidArgument, "INVALID_REQUEST");
}
