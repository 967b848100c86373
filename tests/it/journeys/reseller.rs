//! A reseller can be drafted and evaluated; the gate stays shut until its filing and the clauses of
//! those below it can be shown.

use tonic::Code;
use tonic_types::StatusExt as _;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::applicant::{
    ALTERNATE, Applicant, MAILBOX, PHONE, REVIEWED, as_provider, list_of, profile,
};
use crate::support::cast::{Cast, fresh, refused};
use crate::support::server::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reseller_waits_for_its_filing_on_sqlite() {
    walk(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reseller_waits_for_its_filing_on_postgresql() {
    walk(EngineKind::Postgres).await;
}

async fn walk(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let role = pb::CustomerRole::Reseller;
    let reseller =
        Applicant::draft(&site, &cast, role, as_provider(profile("Tern Wholesale Voice LLC")))
            .await;
    let codes = reseller.missing().await;
    for code in ["RMD_RECORD", "FLOW_DOWN", "CLAUSE_C-05", "CLAUSE_C-15"] {
        assert!(codes.iter().any(|one| one == code), "{code} is not among {codes:?}");
    }
    reseller.submit().await.unwrap();
    reseller.checked().await;
    for target in [MAILBOX, PHONE, ALTERNATE] {
        reseller.prove(target).await.unwrap();
    }
    reseller.designate().await.unwrap();
    for kind in REVIEWED {
        reseller.record(kind).await.unwrap();
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
