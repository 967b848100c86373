//! Events of numbers as a provider's systems tell them: single ones and a file that is held.

use std::fmt::Write as _;

use tonic::Code;
use vouch::store::EngineKind;
use vouch::wire::pb;
use vouch::wire::pb::load_number_events_request::Part;

use super::applicant::{Applicant, assign, finished, now, profile};
use crate::support::cast::{Cast, fresh, refused};
use crate::support::server::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_come_and_go_on_sqlite() {
    walk(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_come_and_go_on_postgresql() {
    walk(EngineKind::Postgres).await;
}

fn number(nth: usize) -> String {
    format!("+1231723{:04}", 6_000 + nth)
}

fn event(site: &Site, kind: pb::NumberEventKind, nth: usize, reference: &str) -> pb::NumberEvent {
    pb::NumberEvent {
        kind: kind.into(),
        number: number(nth),
        event_time: Some(now(site)),
        reference: reference.to_owned(),
        ..pb::NumberEvent::default()
    }
}

async fn walk(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    let role = pb::CustomerRole::EndUser;
    let shop = Applicant::draft(&site, &cast, role, profile("Cedar Street Books LLC")).await;
    let book: Vec<String> = (0..20).map(number).collect();
    let rows: Vec<_> = book.iter().map(|tn| (tn.as_str(), shop.id.as_str())).collect();
    assign(&site, &cast, &rows).await;
    one_by_one(&site, &cast).await;
    in_a_file(&site, &cast).await;
    site.close().await;
}

async fn one_by_one(site: &Site, cast: &Cast) {
    use pb::NumberEventKind::{Assigned, PortedOut};
    let out = event(site, PortedOut, 0, "P-1");
    let ask = pb::RecordNumberEventsRequest {
        request_id: fresh(),
        source: pb::InventorySource::OwnOcn.into(),
        events: vec![out.clone(), event(site, Assigned, 1, "A-1"), out],
        ..pb::RecordNumberEventsRequest::default()
    };
    let told = cast.provisioning.numbers().record_number_events(ask.clone()).await.unwrap();
    let told = told.into_inner();
    let results: Vec<_> = told.results.iter().map(|r| (r.outcome(), r.reason.as_str())).collect();
    let want = [
        (pb::NumberEventOutcome::Done, ""),
        (pb::NumberEventOutcome::Refused, "customer_id.REQUIRED"),
        (pb::NumberEventOutcome::Unchanged, ""),
    ];
    assert_eq!(results, want);
    assert!(!told.change_token.is_empty());
    let portal = cast.portal.numbers().record_number_events(ask.clone()).await;
    refused(portal, Code::PermissionDenied, "ROLE_REQUIRED");
    let ask = pb::RecordNumberEventsRequest { events: Vec::new(), ..ask };
    let empty = cast.provisioning.numbers().record_number_events(ask).await;
    refused(empty, Code::InvalidArgument, "INVALID_REQUEST");
}

async fn in_a_file(site: &Site, cast: &Cast) {
    let header = pb::NumberEventsHeader {
        request_id: fresh(),
        source: pb::InventorySource::OwnOcn.into(),
        carrier: String::new(),
        as_of_time: Some(now(site)),
    };
    // The inventory is of this very day, and nothing older undoes it.
    let at = jiff::Timestamp::from_microsecond(site.clock.now().0).unwrap().to_string();
    let mut csv = "event,number,at,reference\n".to_owned();
    for nth in 2..8 {
        writeln!(csv, "DISCONNECTED,{},{at},D-{nth}", number(nth)).unwrap();
    }
    let parts = [Part::Header(header), Part::Chunk(csv.into())]
        .map(|part| pb::LoadNumberEventsRequest { part: Some(part) });
    let sent = tokio_stream::iter(parts);
    let begun = cast.provisioning.numbers().load_number_events(sent).await.unwrap().into_inner();
    let held = finished(&cast.provisioning, begun.operation.unwrap()).await;
    assert_eq!(held.state(), pb::OperationState::Held, "{held:?}");
    assert_eq!(held.result["lowers_numbers"], "6");
    let ask = || pb::ConfirmHeldLoadRequest {
        request_id: fresh(),
        operation_id: held.operation_id.clone(),
        reason: "A building was torn down".to_owned(),
    };
    let key = cast.operator.operations().confirm_held_load(ask()).await;
    refused(key, Code::PermissionDenied, "ROLE_REQUIRED");
    let first = cast.ada.operations().confirm_held_load(ask()).await.unwrap().into_inner();
    assert!(!first.released);
    let again = cast.ada.operations().confirm_held_load(ask()).await;
    refused(again, Code::FailedPrecondition, "SECOND_PERSON_REQUIRED");
    let second = cast.grace.operations().confirm_held_load(ask()).await.unwrap().into_inner();
    assert!(second.released);
    let done = finished(&cast.provisioning, held).await;
    assert_eq!(done.state(), pb::OperationState::Done, "{done:?}");
    assert_eq!(done.result["disconnected"], "6");
    let none = pb::RejectHeldLoadRequest {
        request_id: fresh(),
        operation_id: done.operation_id,
        reason: "Too late".to_owned(),
    };
    let late = cast.grace.operations().reject_held_load(none).await;
    refused(late, Code::FailedPrecondition, "NOT_HELD");
}
