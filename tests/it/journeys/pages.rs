//! Lists page by page across instances, and writes that are only validated.

use std::collections::BTreeSet;

use tonic::Code;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::answers::Numbers;
use super::applicant::{Applicant, list_of, profile};
use super::bad_input::fingerprint;
use crate::support::cast::{Actor, Cast, fresh, refused, violations};
use crate::support::server::Site;

async fn page(
    portal: &Actor,
    page_size: i32,
    page_token: String,
    states: &[pb::CustomerState],
) -> Result<pb::ListCustomersResponse, tonic::Status> {
    let states = states.iter().map(|state| i32::from(*state)).collect();
    let ask = pb::ListCustomersRequest { page_size, page_token, states, roles: Vec::new() };
    Ok(portal.onboarding().list_customers(ask).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_goes_on_at_the_other_instance_and_nowhere_else() {
    let site = Site::open(EngineKind::Postgres).await;
    let cast = Cast::assemble(&site).await;
    let role = pb::CustomerRole::EndUser;
    let mut made = Vec::new();
    for nth in 0..7 {
        let name = format!("Cedar Point {nth} LLC");
        made.push(Applicant::draft(&site, &cast, role, profile(&name)).await.id);
    }
    let (mut seen, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        // Each page comes from the instance whose turn it is.
        let told = page(&cast.portal, 3, token, &[]).await.unwrap();
        pages += 1;
        seen.extend(told.customers.into_iter().map(|one| one.customer_id));
        token = told.next_page_token;
        if token.is_empty() {
            break;
        }
        // A customer that comes meanwhile comes at the end, and none is told twice.
        let name = format!("Late {pages} LLC");
        made.push(Applicant::draft(&site, &cast, role, profile(&name)).await.id);
    }
    assert!(seen.starts_with(&made[..7]), "oldest first");
    let once: BTreeSet<_> = seen.iter().collect();
    assert_eq!((once.len(), pages >= 3), (seen.len(), true));
    let first = page(&cast.portal, 3, String::new(), &[]).await.unwrap();
    let other = [pb::CustomerState::Active];
    let cases = [
        page(&cast.portal, 3, first.next_page_token.clone(), &other).await,
        page(&cast.stranger, 3, first.next_page_token.clone(), &[]).await,
        page(&cast.portal, 3, first.next_page_token.to_lowercase(), &[]).await,
    ];
    for done in cases {
        let status = refused(done, Code::InvalidArgument, "INVALID_REQUEST");
        let fault = ("page_token".to_owned(), "BAD_PAGE_TOKEN".to_owned());
        assert_eq!(violations(&status), [fault]);
    }
    let drafts = page(&cast.portal, 0, String::new(), &[pb::CustomerState::Draft]).await.unwrap();
    assert_eq!(drafts.customers.len(), made.len());
    let active = page(&cast.portal, 0, String::new(), &other).await.unwrap();
    assert_eq!(active.customers, []);
    let most = page(&cast.portal, i32::MAX, String::new(), &[]).await.unwrap();
    assert_eq!(most.customers.len(), made.len());
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_only_validated_leaves_nothing_on_sqlite() {
    validated(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_only_validated_leaves_nothing_on_postgresql() {
    validated(EngineKind::Postgres).await;
}

async fn validated(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let role = pb::CustomerRole::EndUser;
    let applicant = Applicant::draft(&site, &cast, role, profile("Cedar Point LLC")).await;
    let before = (fingerprint(&site).await, applicant.customer().await);
    let portal = &cast.portal;
    let id = || applicant.id.clone();
    let ask = pb::CreateCustomerRequest {
        request_id: fresh(),
        role: role.into(),
        parent_id: String::new(),
        profile: Some(profile("Good Friends LLC")),
        validate_only: true,
    };
    let told = portal.onboarding().create_customer(ask).await.unwrap().into_inner();
    assert_eq!((told.customer, told.change_token.as_str()), (None, ""));
    let ask = pb::UpdateProfileRequest {
        request_id: fresh(),
        customer_id: id(),
        profile: Some(profile("Cedar Mill LLC")),
        update_mask: None,
        etag: before.1.etag.clone(),
        validate_only: true,
    };
    portal.onboarding().update_profile(ask.clone()).await.unwrap();
    let stale = pb::UpdateProfileRequest { request_id: fresh(), etag: "\"99\"".to_owned(), ..ask };
    assert!(portal.onboarding().update_profile(stale).await.is_err(), "another etag");
    let ask = pb::SubmitCustomerRequest {
        request_id: fresh(),
        customer_id: id(),
        etag: String::new(),
        validate_only: true,
    };
    portal.onboarding().submit_customer(ask).await.unwrap();
    let ask = pb::ActivateCustomerRequest {
        request_id: fresh(),
        customer_id: id(),
        etag: String::new(),
        validate_only: true,
    };
    let shut = portal.onboarding().activate_customer(ask).await;
    refused(shut, Code::FailedPrecondition, "REQUIREMENTS_UNMET");
    let ask = pb::ClaimNumbersRequest {
        request_id: fresh(),
        customer_id: id(),
        numbers: vec![Numbers::BARE.to_owned(), "911".to_owned()],
        validate_only: true,
        ..pb::ClaimNumbersRequest::default()
    };
    let told = portal.numbers().claim_numbers(ask).await.unwrap().into_inner();
    let outcomes: Vec<_> = told.results.iter().map(pb::NumberResult::outcome).collect();
    assert_eq!(outcomes, [pb::NumberOutcome::Done, pb::NumberOutcome::Refused]);
    assert_eq!((fingerprint(&site).await, applicant.customer().await), before);
    site.close().await;
}
