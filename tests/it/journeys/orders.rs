//! Orders of the house: origids that are changed and resolved, disputes that two people close, and an
//! import that is called off.

use std::fmt::Write as _;

use tonic::{Code, Status};
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::answers::{Numbers, TRUNK, ask, settled};
use super::applicant::{Applicant, assign, finished, list_of, profile};
use crate::support::cast::{Actor, Cast, fresh, refused};
use crate::support::server::{Site, until};
use crate::support::stores::on_both_engines;

async fn walk(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    let owner = Applicant::active(&site, &cast, profile("Cedar Point LLC")).await;
    owner.trunk(TRUNK).await;
    owner.claim(&[Numbers::OURS]).await;
    assign(&site, &cast, &[(Numbers::OURS, &owner.id)]).await;
    settled(&cast.signer, Numbers::OURS, pb::AttestLevel::A).await;
    an_origid_is_changed_and_both_lead_to_the_customer(&owner).await;
    two_people_close_a_dispute(&owner).await;
    an_import_is_called_off(&owner).await;
    site.close().await;
}

on_both_engines!(the_house_orders, |kind| walk(kind));

async fn resolve(who: &Actor, origid: &str) -> Result<pb::ResolveOrigidResponse, Status> {
    let ask = pb::ResolveOrigidRequest { origid: origid.to_owned() };
    Ok(who.attestation().resolve_origid(ask).await?.into_inner())
}

async fn rotate(
    who: &Actor,
    subject: pb::rotate_origid_request::Subject,
) -> Result<pb::RotateOrigidResponse, Status> {
    let ask = pb::RotateOrigidRequest {
        request_id: fresh(),
        subject: Some(subject),
        reason: "The paper was signed anew".to_owned(),
    };
    Ok(who.attestation().rotate_origid(ask).await?.into_inner())
}

async fn an_origid_is_changed_and_both_lead_to_the_customer(owner: &Applicant<'_>) {
    use pb::rotate_origid_request::Subject;
    let (site, cast) = (owner.site, owner.cast);
    let first = owner.customer().await.origid;
    let of = || Subject::CustomerId(owner.id.clone());
    refused(rotate(&cast.portal, of()).await, Code::PermissionDenied, "ROLE_REQUIRED");
    let nobody = Subject::CustomerId(site.clock.id().to_string());
    refused(rotate(&cast.ada, nobody).await, Code::NotFound, "NOT_FOUND");
    let second = rotate(&cast.ada, of()).await.unwrap();
    assert!(second.origid != first && !second.change_token.is_empty());
    assert_eq!(owner.customer().await.origid, second.origid);
    until("calls bear the new one", || async {
        (ask(&cast.signer, Numbers::OURS).await.origid == second.origid).then_some(())
    })
    .await;
    for (origid, retired) in [(&first, true), (&second.origid, false)] {
        let found = resolve(&cast.auditor, origid).await.unwrap();
        assert_eq!((found.customer_id, found.trunk_id.as_str()), (owner.id.clone(), ""));
        assert_eq!(found.retire_time.is_some(), retired, "{origid}");
    }
    let trunk = rotate(&cast.operator, Subject::TrunkId(TRUNK.to_owned())).await.unwrap();
    let found = resolve(&cast.ada, &trunk.origid).await.unwrap();
    assert_eq!((found.trunk_id.as_str(), found.owner_id), (TRUNK, owner.id.clone()));
    let unknown = resolve(&cast.ada, &site.clock.opaque_id().to_string()).await;
    refused(unknown, Code::NotFound, "NOT_FOUND");
    refused(resolve(&cast.portal, &first).await, Code::PermissionDenied, "ROLE_REQUIRED");
}

async fn open(who: &Actor) -> pb::Dispute {
    let ask = pb::OpenDisputeRequest {
        request_id: fresh(),
        number: Numbers::OURS.to_owned(),
        customer_id: String::new(),
        name: "Prairie Bank".to_owned(),
        contact: "numbers@prairie.example".to_owned(),
        against_id: String::new(),
        reason: "It is on our bill".to_owned(),
    };
    who.numbers().open_dispute(ask).await.unwrap().into_inner().dispute.unwrap()
}

async fn close(
    who: &Actor,
    dispute: &str,
    resolution: pb::DisputeResolution,
) -> Result<pb::Dispute, Status> {
    let ask = pb::ResolveDisputeRequest {
        request_id: fresh(),
        dispute_id: dispute.to_owned(),
        resolution: resolution.into(),
        reason: "The bill is of another number".to_owned(),
    };
    Ok(who.numbers().resolve_dispute(ask).await?.into_inner().dispute.unwrap())
}

async fn disputes(who: &Actor, states: &[pb::DisputeState]) -> Vec<String> {
    let states = states.iter().map(|state| (*state).into()).collect();
    let ask = pb::ListDisputesRequest { states, ..Default::default() };
    let told = who.numbers().list_disputes(ask).await.unwrap().into_inner();
    told.disputes.into_iter().map(|dispute| dispute.dispute_id).collect()
}

async fn two_people_close_a_dispute(owner: &Applicant<'_>) {
    use pb::DisputeState::{Dismissed, Noted, Open};
    let (site, cast) = (owner.site, owner.cast);
    // A bare word of a portal is kept and lowers nothing.
    let noted = open(&cast.portal).await;
    assert_eq!((noted.state(), noted.number.as_str()), (Noted, Numbers::OURS));
    assert_eq!(ask(&cast.signer, Numbers::OURS).await.attest(), pb::AttestLevel::A);
    let opened = open(&cast.ada).await;
    assert_eq!((opened.state(), opened.name.as_str()), (Open, "Prairie Bank"));
    assert!(opened.create_time.is_some() && opened.opened_by != noted.opened_by);
    settled(&cast.signer, Numbers::OURS, pb::AttestLevel::B).await;
    let no = pb::DisputeResolution::Dismissed;
    let id = opened.dispute_id.as_str();
    refused(close(&cast.portal, id, no).await, Code::PermissionDenied, "ROLE_REQUIRED");
    let nobodys = site.clock.id().to_string();
    refused(close(&cast.ada, &nobodys, no).await, Code::NotFound, "NOT_FOUND");
    let first = close(&cast.ada, id, no).await.unwrap();
    assert_eq!((first.state(), first.proposed()), (Open, no));
    let same = close(&cast.ada, id, no).await;
    refused(same, Code::FailedPrecondition, "SECOND_PERSON_REQUIRED");
    assert_eq!(disputes(&cast.auditor, &[Open]).await, [id]);
    let done = close(&cast.grace, id, no).await.unwrap();
    assert_eq!(done.state(), Dismissed);
    assert!(done.close_time.is_some() && done.closed_by != done.proposed_by);
    settled(&cast.signer, Numbers::OURS, pb::AttestLevel::A).await;
    assert_eq!(disputes(&cast.auditor, &[]).await, [noted.dispute_id.as_str(), id]);
    assert_eq!(disputes(&cast.auditor, &[Noted]).await, [noted.dispute_id]);
    let ask = pb::ListDisputesRequest::default();
    let own = cast.portal.numbers().list_disputes(ask).await;
    refused(own, Code::PermissionDenied, "ROLE_REQUIRED");
}

async fn an_import_is_called_off(owner: &Applicant<'_>) {
    use pb::import_numbers_request::Part;
    let cast = owner.cast;
    let header = pb::ImportHeader {
        request_id: fresh(),
        customer_id: owner.id.clone(),
        mode: pb::ImportMode::AllOrNothing.into(),
        ..pb::ImportHeader::default()
    };
    let mut rows = "number,count\n".to_owned();
    for nxx in (200..212).filter(|nxx| *nxx != 211) {
        writeln!(rows, "+1303{nxx}0000,10000").unwrap();
    }
    let parts = [Part::Header(header), Part::Chunk(rows.into())]
        .map(|part| pb::ImportNumbersRequest { part: Some(part) });
    let begun = cast.portal.numbers().import_numbers(tokio_stream::iter(parts)).await.unwrap();
    let begun = begun.into_inner().operation.unwrap();
    let off = |who: &Actor| {
        let operation_id = begun.operation_id.clone();
        let ask = pb::CancelOperationRequest { request_id: fresh(), operation_id };
        let mut calls = who.operations();
        async move { calls.cancel_operation(ask).await }
    };
    refused(off(&cast.stranger).await, Code::NotFound, "NOT_FOUND");
    refused(off(&cast.ada).await, Code::PermissionDenied, "ROLE_REQUIRED");
    let told = off(&cast.portal).await.unwrap().into_inner().operation.unwrap();
    assert_eq!(told.operation_id, begun.operation_id);
    let over = finished(&cast.portal, begun.clone()).await;
    assert_eq!(over.state(), pb::OperationState::Cancelled, "{over:?}");
    let claims = "SELECT count(*) FROM number_claim WHERE to_entry IS NULL";
    assert_eq!(owner.site.number(claims).await, 1, "the one from before");
    refused(off(&cast.portal).await, Code::FailedPrecondition, "OPERATION_ENDED");
}
