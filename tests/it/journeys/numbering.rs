//! What a call-blocking system asks of numbers, and an objection from the block to its end.

use tonic::Code;
use vouch::store::EngineKind;
use vouch::wire::pb;
use vouch::wire::pb::NumberCategory::{
    self, AllocationUnknown, Assignable, Invalid, NotAssignable, SubscriberDno,
};

use super::applicant::{load_named, now};
use crate::support::cast::{Actor, Cast, fresh, refused, violations};
use crate::support::server::{Site, until};
use crate::support::stores::on_both_engines;

const BLOCKED: &str = "+12317236100";
const BESIDE: &str = "+12317236101";
const FREE: &str = "+12317246100";

async fn walk(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    let list = "prefix_or_tn,category,requester,added_on,source\n\
        2317236,SUBSCRIBER,A bank,2026-01-02,operator\n";
    let loaded = load_named(&cast, "dno", now(&site), &[("dno.csv", list.as_bytes())]).await;
    assert_eq!(loaded.unwrap().state(), pb::OperationState::Done);
    for instance in [0, site.other()] {
        blocked(&cast.signer.at(instance), BLOCKED, true).await;
    }
    numbers_are_checked(&cast).await;
    an_objection_takes_a_number_off(&site, &cast).await;
    site.close().await;
}

on_both_engines!(numbers_are_checked_and_a_block_is_objected_to, |kind| walk(kind));

async fn check(who: &Actor, number: &str) -> pb::NumberCheck {
    let ask = pb::CheckNumberRequest { number: number.to_owned() };
    who.numbers().check_number(ask).await.unwrap().into_inner().check.unwrap()
}

async fn blocked(who: &Actor, number: &str, wanted: bool) {
    until("the list is followed", || async {
        (check(who, number).await.blocked == wanted).then_some(())
    })
    .await;
}

async fn numbers_are_checked(cast: &Cast) {
    let listed = check(&cast.signer, "+1 (231) 723-6100").await;
    assert_eq!((listed.category(), listed.reason.as_str()), (SubscriberDno, "DNO_LISTED"));
    assert_eq!((listed.given.as_str(), listed.number.as_str()), ("+1 (231) 723-6100", BLOCKED));
    assert_eq!((listed.list.as_str(), listed.source.as_str()), ("dno", "operator"));
    assert!(listed.as_of_time.is_some() && listed.blocked && !listed.foreign);
    let wanted: [(&str, NumberCategory, bool, bool); 6] = [
        (BLOCKED, SubscriberDno, true, false),
        (FREE, AllocationUnknown, false, false),
        ("+442071838750", Assignable, false, true),
        ("+12315550123", NotAssignable, true, false),
        ("+11234567890", Invalid, true, false),
        ("anonymous", Invalid, false, false),
    ];
    let numbers = wanted.iter().map(|(number, ..)| (*number).to_owned()).collect();
    let ask = pb::BatchCheckNumbersRequest { numbers };
    let told = cast.portal.numbers().batch_check_numbers(ask).await.unwrap().into_inner();
    assert_eq!(told.checks.len(), wanted.len());
    for ((number, category, blocked, foreign), told) in wanted.iter().zip(&told.checks) {
        let seen = (told.given.as_str(), told.category(), told.blocked, told.foreign);
        assert_eq!(seen, (*number, *category, *blocked, *foreign), "{told:?}");
    }
    let ask = pb::CheckNumberRequest::default();
    let status = cast.signer.numbers().check_number(ask).await.unwrap_err();
    assert_eq!(violations(&status), [("number".to_owned(), "REQUIRED".to_owned())]);
    let ask = pb::BatchCheckNumbersRequest { numbers: vec![FREE.to_owned(); 1_001] };
    let status = cast.signer.numbers().batch_check_numbers(ask).await.unwrap_err();
    assert_eq!((status.code(), violations(&status).len()), (Code::InvalidArgument, 1));
    let ask = pb::CheckNumberRequest { number: FREE.to_owned() };
    let auditor = cast.auditor.numbers().check_number(ask).await;
    refused(auditor, Code::PermissionDenied, "ROLE_REQUIRED");
}

fn opened(number: &str) -> pb::OpenBlockObjectionRequest {
    pb::OpenBlockObjectionRequest {
        request_id: fresh(),
        number: number.to_owned(),
        disputant: "Prairie Bank".to_owned(),
        contact: "numbers@prairie.example".to_owned(),
        evidence: "Our bill of October for this number".to_owned(),
    }
}

async fn answer(
    who: &Actor,
    id: &str,
    answer: pb::ObjectionAnswer,
) -> Result<pb::BlockObjection, tonic::Status> {
    let ask = pb::AnswerBlockObjectionRequest {
        request_id: fresh(),
        objection_id: id.to_owned(),
        answer: answer.into(),
        note: "looked at".to_owned(),
    };
    let told = who.numbers().answer_block_objection(ask).await?.into_inner();
    Ok(told.objection.unwrap())
}

async fn listed(who: &Actor, states: &[pb::ObjectionState]) -> Vec<pb::BlockObjection> {
    let states = states.iter().map(|state| (*state).into()).collect();
    let ask = pb::ListBlockObjectionsRequest { states, ..Default::default() };
    who.numbers().list_block_objections(ask).await.unwrap().into_inner().objections
}

async fn an_objection_takes_a_number_off(site: &Site, cast: &Cast) {
    use pb::ObjectionAnswer::{Removed, UnderReview, Upheld};
    let status = cast.portal.numbers().open_block_objection(opened(FREE)).await.unwrap_err();
    assert_eq!(violations(&status), [("number".to_owned(), "NOT_BLOCKED".to_owned())]);
    let told = cast.portal.numbers().open_block_objection(opened(BLOCKED)).await.unwrap();
    let open = told.into_inner().objection.unwrap();
    let id = open.objection_id.as_str();
    assert_eq!((open.number.as_str(), open.category()), (BLOCKED, SubscriberDno));
    assert_eq!((open.state(), open.overdue), (pb::ObjectionState::Open, false));
    assert_eq!((open.source.as_str(), open.disputant.as_str()), ("operator", "Prairie Bank"));
    let seconds = |time: Option<prost_types::Timestamp>| time.unwrap().seconds;
    assert_eq!(seconds(open.due_time) - seconds(open.open_time), 24 * 3_600);
    // Whoever sent it in and the house see it, and no other client.
    for who in [&cast.portal, &cast.ada, &cast.auditor] {
        assert_eq!(listed(who, &[]).await, std::slice::from_ref(&open));
    }
    assert_eq!(listed(&cast.stranger, &[]).await, []);
    assert_eq!(listed(&cast.ada, &[pb::ObjectionState::Removed]).await, []);
    let ask = pb::ListBlockObjectionsRequest { overdue_only: true, ..Default::default() };
    let late = cast.ada.numbers().list_block_objections(ask).await.unwrap().into_inner();
    assert_eq!(late.objections, []);
    let own = answer(&cast.portal, id, UnderReview).await;
    refused(own, Code::PermissionDenied, "ROLE_REQUIRED");
    let nobodys = site.clock.id().to_string();
    refused(answer(&cast.ada, &nobodys, Upheld).await, Code::NotFound, "NOT_FOUND");
    let seen = answer(&cast.ada, id, UnderReview).await.unwrap();
    assert_eq!((seen.state(), seen.note.as_str()), (pb::ObjectionState::UnderReview, "looked at"));
    assert!(seen.status_time.is_some());
    // Two people take a number off a list.
    let first = answer(&cast.ada, id, Removed).await.unwrap();
    assert_eq!(first.state(), pb::ObjectionState::UnderReview);
    assert_ne!(first.removal_proposed_by, "");
    let same = answer(&cast.ada, id, Removed).await;
    refused(same, Code::PermissionDenied, "SECOND_PERSON_REQUIRED");
    let off = answer(&cast.grace, id, Removed).await.unwrap();
    assert_eq!(off.state(), pb::ObjectionState::Removed);
    assert!(off.decide_time.is_some() && off.decided_by != off.removal_proposed_by);
    for instance in [0, site.other()] {
        blocked(&cast.signer.at(instance), BLOCKED, false).await;
        assert!(check(&cast.signer.at(instance), BESIDE).await.blocked, "the rest stays blocked");
    }
    let again = answer(&cast.grace, id, Upheld).await;
    refused(again, Code::FailedPrecondition, "OBJECTION_DECIDED");
}
