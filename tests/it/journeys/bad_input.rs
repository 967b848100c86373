//! Bad input gets a clear error by its code and reason, and nothing is lost: the store holds exactly
//! what it held before.

use std::pin::Pin;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::answers::Numbers;
use super::applicant::{Applicant, finished, list_of, load_list, now, profile, sdn};
use crate::support::cast::{Cast, fresh, violations};
use crate::support::server::{Site, until};
use crate::support::stores;

/// How many rows every table holds, once the journal has come to rest.
pub(super) async fn fingerprint(site: &Site) -> i64 {
    until("the journal is at rest", || async {
        let waiting = site.number("SELECT count(*) FROM journal_pending").await;
        (waiting == 0).then_some(())
    })
    .await;
    let text = [
        include_str!("../../../migrations/sqlite/0001_journal.sql"),
        include_str!("../../../migrations/sqlite/0002_main.sql"),
    ]
    .concat();
    let tables = text.split("CREATE TABLE ").skip(1);
    let names = tables.filter_map(|rest| rest.split([' ', '(']).next());
    // A weight of its own for each table, so that two differences cannot cancel out unseen.
    let terms = (1_i64..).zip(names).map(|(nth, name)| {
        format!("(SELECT count(*) FROM {name}) * {}", 1_000_003 + nth * nth * 7_919)
    });
    let sum = terms.collect::<Vec<_>>().join(" + ");
    site.number(&format!("SELECT cast({sum} AS bigint)")).await
}

type Told = Pin<Box<dyn Future<Output = Result<(), Status>> + Send>>;
type Call = fn(Cast, String, prost_types::Timestamp) -> Told;

/// A call that has to be refused: its name, the call, code and reason, and where the fault is.
struct Row {
    name: &'static str,
    call: Call,
    code: Code,
    reason: &'static str,
    field: (&'static str, &'static str),
}

macro_rules! rows {
    ($($name:literal, $code:ident $reason:literal, $field:literal $why:literal: |$cast:ident, $id:ident, $at:ident| $call:expr;)*) => {
        const ROWS: &[Row] = &[$(Row {
            name: $name,
            call: |$cast: Cast, $id: String, $at: prost_types::Timestamp| -> Told {
                let _unused = (&$id, &$at);
                Box::pin(async move { $call.await.map(drop) })
            },
            code: Code::$code,
            reason: $reason,
            field: ($field, $why),
        }),*];
    };
}

fn create(profile: pb::Profile) -> pb::CreateCustomerRequest {
    pb::CreateCustomerRequest {
        request_id: fresh(),
        role: pb::CustomerRole::EndUser.into(),
        parent_id: String::new(),
        profile: Some(profile),
        validate_only: false,
    }
}

fn with(change: impl FnOnce(&mut pb::Profile)) -> pb::CreateCustomerRequest {
    let mut sent = profile("Cedar Point Instruments LLC");
    change(&mut sent);
    create(sent)
}

fn edit(id: String, path: &str, change: impl FnOnce(&mut pb::Profile)) -> pb::UpdateProfileRequest {
    let mut sent = profile("Cedar Point Instruments LLC");
    change(&mut sent);
    pb::UpdateProfileRequest {
        request_id: fresh(),
        customer_id: id,
        profile: Some(sent),
        update_mask: Some(prost_types::FieldMask { paths: vec![path.to_owned()] }),
        etag: String::new(),
        validate_only: false,
    }
}

fn on(id: String) -> pb::ActivateCustomerRequest {
    pb::ActivateCustomerRequest {
        request_id: fresh(),
        customer_id: id,
        etag: String::new(),
        validate_only: false,
    }
}

fn evidence(id: String, kind: pb::EvidenceKind, number: &str) -> pb::AddEvidenceRequest {
    pb::AddEvidenceRequest {
        request_id: fresh(),
        customer_id: id,
        number: number.to_owned(),
        kind: kind.into(),
        ..pb::AddEvidenceRequest::default()
    }
}

rows! {
    "an EIN of zeros", InvalidArgument "INVALID_REQUEST", "profile.identifiers[0].value" "EIN_ZERO":
        |cast, id, at| cast.portal.onboarding().create_customer(with(|p|
            p.identifiers[0].value = "00-0000000".to_owned()));
    "an LEI whose check digits do not fit", InvalidArgument "INVALID_REQUEST", "profile.identifiers[1].value" "LEI_CHECK_DIGITS":
        |cast, id, at| cast.portal.onboarding().create_customer(with(|p|
            p.identifiers.push(pb::Identifier { kind: pb::IdentifierKind::Lei.into(),
                value: "5493001KJTIIGC8Y1R13".to_owned(), issuing_region: String::new() })));
    "Arabic digits in a telephone number", InvalidArgument "INVALID_REQUEST", "profile.contacts[0].phone" "TN_BAD_CHARACTER":
        |cast, id, at| cast.portal.onboarding().create_customer(with(|p|
            p.contacts[0].phone = "+1231723\u{0660}\u{0660}01".to_owned()));
    "full-width digits in an edit", InvalidArgument "INVALID_REQUEST", "profile.alternate_phone" "TN_BAD_CHARACTER":
        |cast, id, at| cast.portal.onboarding().update_profile(edit(id, "alternate_phone", |p|
            p.alternate_phone = "+\u{ff11}2317230009".to_owned()));
    "a number without its country", InvalidArgument "INVALID_REQUEST", "profile.contacts[0].phone" "TN_TOO_SHORT":
        |cast, id, at| cast.portal.onboarding().create_customer(with(|p|
            p.contacts[0].phone = "911".to_owned()));
    "a name that turns its direction", InvalidArgument "INVALID_REQUEST", "profile.legal_name" "BAD_CHARACTER":
        |cast, id, at| cast.portal.onboarding().create_customer(with(|p|
            p.legal_name = "Cedar \u{202e}Point".to_owned()));
    "a name with a zero byte", InvalidArgument "INVALID_REQUEST", "profile.legal_name" "BAD_CHARACTER":
        |cast, id, at| cast.portal.onboarding().create_customer(with(|p|
            p.legal_name = "Cedar\0Point".to_owned()));
    "twenty-one trade names", InvalidArgument "INVALID_REQUEST", "profile.trade_names" "TOO_MANY":
        |cast, id, at| cast.portal.onboarding().create_customer(with(|p|
            p.trade_names = vec!["Cedar".to_owned(); 21]));
    "an update of a field that is none", InvalidArgument "INVALID_REQUEST", "update_mask.paths[0]" "UNKNOWN_FIELD":
        |cast, id, at| cast.portal.onboarding().update_profile(edit(id, "shoe_size", |_p| {}));
    "a write without a name", InvalidArgument "INVALID_REQUEST", "request_id" "REQUIRED":
        |cast, id, at| cast.portal.onboarding().activate_customer(
            pb::ActivateCustomerRequest { request_id: String::new(), ..on(id) });
    "an id that is none", InvalidArgument "INVALID_REQUEST", "customer_id" "BAD_ID":
        |cast, id, at| cast.portal.onboarding().activate_customer(on("the first one".to_owned()));
    "a gate that is shut", FailedPrecondition "REQUIREMENTS_UNMET", "" "":
        |cast, id, at| cast.portal.onboarding().activate_customer(on(id));
    "an etag that is none", InvalidArgument "INVALID_REQUEST", "etag" "BAD_TOKEN":
        |cast, id, at| cast.portal.onboarding().activate_customer(
            pb::ActivateCustomerRequest { etag: "yesterday".to_owned(), ..on(id) });
    "a letter without a paper", InvalidArgument "INVALID_REQUEST", "document_id" "REQUIRED":
        |cast, id, at| cast.ada.numbers().add_evidence(
            evidence(id, pb::EvidenceKind::Loa, Numbers::BARE));
    "an assignment by hand", InvalidArgument "INVALID_REQUEST", "kind" "NOT_BY_HAND":
        |cast, id, at| cast.ada.numbers().add_evidence(
            evidence(id, pb::EvidenceKind::AssignedByUs, Numbers::BARE));
    "evidence on a number that nobody claims", InvalidArgument "INVALID_REQUEST", "number" "NOT_CLAIMED":
        |cast, id, at| cast.ada.numbers().add_evidence(
            evidence(id, pb::EvidenceKind::CustomerSelfCert, Numbers::UNKNOWN));
    "evidence on an emergency number", InvalidArgument "INVALID_REQUEST", "number" "TN_TOO_SHORT":
        |cast, id, at| cast.ada.numbers().add_evidence(
            evidence(id, pb::EvidenceKind::CustomerSelfCert, "911"));
    "no numbers", InvalidArgument "INVALID_REQUEST", "numbers" "REQUIRED":
        |cast, id, at| cast.portal.numbers().claim_numbers(pb::ClaimNumbersRequest {
            request_id: fresh(), customer_id: id, numbers: Vec::new(), validate_only: false, ..pb::ClaimNumbersRequest::default() });
    "a number lent to its holder", InvalidArgument "INVALID_REQUEST", "delegate_id" "SAME_CUSTOMER":
        |cast, id, at| cast.portal.numbers().delegate_number(pb::DelegateNumberRequest {
            request_id: fresh(), customer_id: id.clone(), number: Numbers::BARE.to_owned(),
            delegate_id: id });
    "a reviewer's key", InvalidArgument "INVALID_REQUEST", "roles" "ROLE_NOT_ALLOWED":
        |cast, id, at| cast.operator.admin().create_key(pb::CreateKeyRequest {
            request_id: fresh(), client_id: String::new(), name: "robot".to_owned(),
            roles: vec![pb::AccessRole::Reviewer.into()], expire_time: None });
    "a portal without a client", InvalidArgument "INVALID_REQUEST", "client_id" "CLIENT_MISMATCH":
        |cast, id, at| cast.operator.admin().create_key(pb::CreateKeyRequest {
            request_id: fresh(), client_id: String::new(), name: "portal".to_owned(),
            roles: vec![pb::AccessRole::Portal.into()], expire_time: None });
    "a trunk of nobody", InvalidArgument "INVALID_REQUEST", "owner_id" "NOT_FOUND":
        |cast, id, at| cast.operator.admin().create_trunk(pb::CreateTrunkRequest {
            request_id: fresh(), trunk_id: "edge-9".to_owned(), kind: 1, auth: 2,
            owner_id: "0198c9a0-0000-7000-8000-000000000001".to_owned(), foreign: false, mode: 1 });
    "a list that nobody keeps", InvalidArgument "INVALID_REQUEST", "header.list" "UNKNOWN_LIST":
        |cast, id, at| cast.operator.admin().load_list(tokio_stream::iter([pb::LoadListRequest {
            part: Some(pb::load_list_request::Part::Header(pb::ListHeader { request_id: fresh(),
                list: "santas_list".to_owned(), as_of_time: Some(at) })) }]));
    "a list that begins without its header", InvalidArgument "INVALID_REQUEST", "header" "REQUIRED":
        |cast, id, at| cast.operator.admin().load_list(tokio_stream::iter([pb::LoadListRequest {
            part: Some(pb::load_list_request::Part::Chunk(pb::FileChunk::default())) }]));
    "a page token of another list", InvalidArgument "INVALID_REQUEST", "page_token" "BAD_PAGE_TOKEN":
        |cast, id, at| cast.portal.onboarding().list_customers(pb::ListCustomersRequest {
            page_size: 0, page_token: "bm90aGluZw".to_owned(), states: vec![], roles: vec![] });
    "a page of less than nothing", InvalidArgument "INVALID_REQUEST", "page_size" "OUT_OF_RANGE":
        |cast, id, at| cast.portal.onboarding().list_customers(pb::ListCustomersRequest {
            page_size: -1, page_token: String::new(), states: vec![], roles: vec![] });
    "no call at all", InvalidArgument "INVALID_REQUEST", "calls" "COUNT":
        |cast, id, at| cast.signer.attestation().batch_get_attestations(
            pb::BatchGetAttestationsRequest::default());
    "a proof of what is not there", InvalidArgument "INVALID_REQUEST", "position" "OUT_OF_RANGE":
        |cast, id, at| cast.auditor.journal().get_inclusion_proof(pb::GetInclusionProofRequest {
            entry: Some(pb::get_inclusion_proof_request::Entry::Position(0)), size: 0 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_calls_are_refused_and_nothing_is_lost_on_sqlite() {
    refuse_all(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_calls_are_refused_and_nothing_is_lost_on_postgresql() {
    refuse_all(EngineKind::Postgres).await;
}

async fn refuse_all(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let role = pb::CustomerRole::EndUser;
    let applicant = Applicant::draft(&site, &cast, role, profile("Cedar Point LLC")).await;
    applicant.claim(&[Numbers::BARE]).await;
    let before = (fingerprint(&site).await, applicant.customer().await);
    for row in ROWS {
        let told = (row.call)(cast.clone(), applicant.id.clone(), now(&site)).await;
        let status = told.expect_err(row.name);
        let info = status.get_details_error_info().unwrap_or_else(|| panic!("{}", row.name));
        assert_eq!((status.code(), info.reason.as_str()), (row.code, row.reason), "{}", row.name);
        assert_eq!(info.domain, "vouch", "{}", row.name);
        if !row.field.0.is_empty() {
            let fault = (row.field.0.to_owned(), row.field.1.to_owned());
            let told = violations(&status);
            assert!(told.contains(&fault), "{}: {told:?}", row.name);
        }
        assert_eq!(fingerprint(&site).await, before.0, "{} left something behind", row.name);
    }
    assert_eq!(applicant.customer().await, before.1);
    numbers_that_nobody_can_have(&applicant).await;
    ten_mebibytes(&applicant).await;
    lists_that_are_not_whole(&applicant).await;
    site.close().await;
}

/// Each number is refused for its own reason, and the answer says so number by number.
async fn numbers_that_nobody_can_have(applicant: &Applicant<'_>) {
    let before = fingerprint(applicant.site).await;
    let given = [
        ("911", "TN_TOO_SHORT"),
        ("411", "TN_TOO_SHORT"),
        ("+12114664766", "INVALID"),
        ("+12124114766", "NOT_ASSIGNABLE"),
        ("+12125550100", "NOT_ASSIGNABLE"),
        ("+12125550199", "NOT_ASSIGNABLE"),
        ("+19005551234", "NOT_ASSIGNABLE"),
        ("+12126647665x", "TN_BAD_CHARACTER"),
        ("+1212664\u{0967}665", "TN_BAD_CHARACTER"),
        ("+12126647665\n", ""),
        ("", "TN_EMPTY"),
        ("+", "TN_EMPTY"),
        ("+1212664766", "TN_BAD_NANP"),
        ("+01126647665", "TN_NO_COUNTRY_CODE"),
        ("+1234567890123456", "TN_TOO_LONG"),
    ];
    let bad: Vec<_> = given.iter().filter(|(_, reason)| !reason.is_empty()).collect();
    let numbers: Vec<_> = bad.iter().map(|(number, _)| *number).collect();
    let told = applicant.claim(&numbers).await;
    for ((number, reason), result) in bad.iter().zip(&told.results) {
        assert_eq!(result.outcome(), pb::NumberOutcome::Refused, "{number:?}");
        assert_eq!(result.reason, *reason, "{number:?}");
    }
    assert_eq!(told.change_token, "");
    let after = fingerprint(applicant.site).await;
    // The write itself is remembered, so that a retry has happened once; nothing else is there.
    assert!(after - before < 2 * 1_000_003 + 2 * 7_919 * 36 * 36, "{}", after - before);
}

/// Ten mebibytes of text are too much, and the connection goes on.
async fn ten_mebibytes(applicant: &Applicant<'_>) {
    let before = fingerprint(applicant.site).await;
    let huge = "x".repeat(10 << 20);
    let ask = with(|profile| profile.legal_name = huge);
    let status = applicant.cast.portal.onboarding().create_customer(ask).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    assert_eq!(fingerprint(applicant.site).await, before);
    applicant.customer().await;
}

/// A list as it is sent: what is wrong with it, its bytes, and its date.
type Sent<'a> = (&'a str, &'a [u8], prost_types::Timestamp);

/// A list that is cut, has shrunk, or is old is refused, and the list in force stays in force.
async fn lists_that_are_not_whole(applicant: &Applicant<'_>) {
    let (site, cast) = (applicant.site, applicant.cast);
    let names: Vec<String> = (0..40).map(|nth| format!("BLOCKED FIRM {nth}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    list_of(site, cast, &names).await;
    let lists = || async {
        let told = cast.operator.admin().list_lists(pb::ListListsRequest {}).await.unwrap();
        told.into_inner().lists
    };
    let before = lists().await;
    assert_eq!((before.len(), before[0].entries, before[0].stale), (1, 40, false));
    let whole = sdn(&names);
    let cut = &whole[..whole.len() - 30];
    let half = sdn(&names[..10]);
    let old = vouch::domain::time::Span::days(400);
    let then = vouch::wire::time::to_timestamp(site.clock.now().minus(old));
    let cases: [Sent<'_>; 5] = [
        ("cut in a line", cut, now(site)),
        ("shrunk to a quarter", &half, now(site)),
        ("empty", b"", now(site)),
        ("no list at all", b"<html>log in</html>", now(site)),
        ("of last year", &whole, then),
    ];
    for (name, bytes, at) in cases {
        let done = load_list(cast, at, &[("SDN.CSV", bytes)]).await.unwrap();
        assert_eq!(done.state(), pb::OperationState::Failed, "{name}: {done:?}");
        assert!(!done.error.is_empty(), "{name}");
        println!("{name}: {}", done.error);
        assert_eq!(lists().await, before, "{name}");
    }
    let nothing = load_list(cast, now(site), &[]).await.unwrap();
    assert_eq!(nothing.state(), pb::OperationState::Failed, "{nothing:?}");
    assert_eq!(lists().await, before);
    list_of(site, cast, &names).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_of_ten_mebibytes_is_told_by_its_field_where_messages_may_be_that_long() {
    let clock = vouch::clock::Clock::system();
    let site = Site::with(EngineKind::Sqlite, clock, |given| {
        given.flag("limits.max_message_bytes", Some(64_u64 << 20));
    })
    .await;
    let cast = Cast::assemble(&site).await;
    let before = fingerprint(&site).await;
    let huge = "x".repeat(10 << 20);
    let ask = with(|profile| {
        profile.legal_name = huge.clone();
        profile.call_script = huge;
    });
    let status = cast.portal.onboarding().create_customer(ask).await.unwrap_err();
    let told = violations(&status);
    for path in ["profile.legal_name", "profile.call_script"] {
        assert!(told.contains(&(path.to_owned(), "TOO_LONG".to_owned())), "{told:?}");
    }
    assert!(status.details().len() < 8_192);
    assert_eq!(fingerprint(&site).await, before);
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_load_is_told_to_have_failed() {
    let mut site = Site::open(EngineKind::Sqlite).await;
    let operation = {
        let cast = Cast::assemble(&site).await;
        list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
        let ask = pb::ListOperationsRequest::default();
        let told = cast.operator.operations().list_operations(ask).await.unwrap();
        told.into_inner().operations[0].clone()
    };
    assert_eq!(operation.state(), pb::OperationState::Done);
    // As a process leaves it that died in the middle of the work.
    let id = operation.operation_id.replace('-', "");
    let text = format!(
        "UPDATE operation SET state = 'RUNNING', finished_at = NULL, result = NULL WHERE hex(id) = upper('{id}')"
    );
    assert_eq!(stores::raw(&site.url, &text).await.unwrap(), 1);
    site.clock = vouch::clock::Clock::shifted(vouch::domain::time::Span::minutes(2));
    site.restart().await;
    let operator = crate::support::cast::Actor::new(&site, &site.bootstrap).await;
    let ended = finished(&operator, operation).await;
    assert_eq!((ended.state(), ended.error.as_str()), (pb::OperationState::Failed, "INTERRUPTED"));
    site.close().await;
}
