//! Answers, health, reflection, and gRPC-Web, as clients find them.

use std::time::Duration;

use tokio_stream::StreamExt as _;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::{v1, v1alpha};

use vouch::domain::access::Role;
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_client::AttestationServiceClient;

use super::house::{House, OURS, TRUNK, with_key};

fn call(trunk: &str, orig: &str, dest: &str) -> pb::Call {
    pb::Call {
        trunk: trunk.to_owned(),
        orig: orig.to_owned(),
        dest: dest.to_owned(),
        ..pb::Call::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_many_answers_and_a_stream_agree() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut client = AttestationServiceClient::new(house.channel().await);
    let asked = call(TRUNK, OURS, "+13125550142");
    let request = pb::GetAttestationRequest { call: Some(asked.clone()), ..Default::default() };
    let told = client.get_attestation(with_key(&signer, request)).await.expect("answered");
    let one = told.into_inner().attestation.expect("an answer");
    assert_eq!((one.attest(), one.disposition()), (pb::AttestLevel::A, pb::Disposition::Sign));
    assert!(!one.decision_id.is_empty());

    let calls = vec![asked.clone(), call("nowhere", OURS, "911")];
    let request = pb::BatchGetAttestationsRequest { calls, ..Default::default() };
    let told = client.batch_get_attestations(with_key(&signer, request)).await.expect("answered");
    let many = told.into_inner().attestations;
    assert_eq!((many[0].attest, many[0].disposition), (one.attest, one.disposition));
    assert_eq!(many[1].disposition(), pb::Disposition::SendEmergency);

    let questions = (0..200_u64).map(move |correlation_id| pb::StreamAttestationsRequest {
        correlation_id,
        call: Some(asked.clone()),
        ..Default::default()
    });
    let stream = with_key(&signer, tokio_stream::iter(questions));
    let told = client.stream_attestations(stream).await.expect("a stream").into_inner();
    let answers: Vec<_> = told.map(|answer| answer.expect("an answer")).collect().await;
    assert_eq!(answers.len(), 200);
    assert!(answers.iter().all(|a| a.attestation.as_ref().is_some_and(|a| a.attest == one.attest)));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_id_gives_the_same_bytes_again() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut client = AttestationServiceClient::new(house.channel().await);
    let request = pb::GetAttestationRequest {
        call: Some(call("no-such-trunk", "+1 (212) 664-7665", "911")),
        ..Default::default()
    };
    let told = client.get_attestation(with_key(&signer, request)).await.expect("answered");
    let first = told.into_inner().attestation.expect("an answer");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let subject = pb::explain_attestation_request::Subject::DecisionId(first.decision_id.clone());
    let request = pb::ExplainAttestationRequest { subject: Some(subject), as_of_time: None };
    let told = client.explain_attestation(with_key(&signer, request)).await.expect("explained");
    let again = told.into_inner();
    assert_eq!(again.attestation, Some(first));
    assert!(again.facts_json.contains("\"dest\":\"911\""), "{}", again.facts_json);
    let subject = pb::explain_attestation_request::Subject::DecisionId("AAAA".to_owned());
    let request = pb::ExplainAttestationRequest { subject: Some(subject), as_of_time: None };
    let refused = client.explain_attestation(with_key(&signer, request)).await.expect_err("forged");
    assert_eq!(refused.code(), Code::InvalidArgument);
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_service_by_service() {
    let house = House::open().await;
    let mut health = HealthClient::new(house.channel().await);
    let ask = |service: &str| HealthCheckRequest { service: service.to_owned() };
    for service in ["", "vouch.v1.AttestationService", "vouch.v1.OnboardingService"] {
        let told = health.check(ask(service)).await.expect("known").into_inner();
        assert_eq!(told.status, 1, "{service}");
    }
    let unknown = health.check(ask("vouch.v1.Nothing")).await.expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
    let mut watched = health.watch(ask("")).await.expect("a stream").into_inner();
    let first = watched.message().await.expect("alive").expect("at once");
    assert_eq!(first.status, 1);
    let stopping = tokio::spawn(house.running.stop());
    let last = watched.message().await.expect("alive").expect("told");
    assert_eq!(last.status, 2);
    drop(watched);
    drop(health);
    stopping.await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_answers_in_both_dialects() {
    let house = House::open().await;
    let mut client =
        v1::server_reflection_client::ServerReflectionClient::new(house.channel().await);
    let ask = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut told =
        client.server_reflection_info(tokio_stream::iter([ask])).await.expect("v1").into_inner();
    let first = told.message().await.expect("alive").expect("told");
    assert!(format!("{first:?}").contains("vouch.v1.AttestationService"));

    let mut client =
        v1alpha::server_reflection_client::ServerReflectionClient::new(house.channel().await);
    let ask = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1alpha::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut told = client
        .server_reflection_info(Request::new(tokio_stream::iter([ask])))
        .await
        .expect("v1alpha")
        .into_inner();
    let first = told.message().await.expect("alive").expect("told");
    assert!(format!("{first:?}").contains("vouch.v1.JournalService"));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_may_call_from_its_own_origin_only() {
    let house = House::open().await;
    let http = reqwest::Client::new();
    let url = house.url("/vouch.v1.AttestationService/GetAttestation");
    for (origin, allowed) in [("https://portal.example", true), ("https://other.example", false)] {
        let reply = http
            .request(reqwest::Method::OPTIONS, &url)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .send()
            .await
            .expect("answered");
        assert_eq!(reply.headers().contains_key("access-control-allow-origin"), allowed);
        let reply = http
            .post(&url)
            .header("origin", origin)
            .header("content-type", "application/grpc-web+proto")
            .body(vec![0, 0, 0, 0, 0])
            .send()
            .await
            .expect("answered");
        assert_eq!(reply.status(), 200);
        let exposed = reply.headers().get("access-control-expose-headers").cloned();
        assert_eq!(exposed.is_some(), allowed);
        let status = reply.headers().get("grpc-status").cloned();
        let body = reply.bytes().await.expect("a body");
        let trailers = String::from_utf8_lossy(&body).into_owned();
        let told = status.map_or(trailers, |s| format!("grpc-status:{}", s.to_str().unwrap()));
        assert!(told.contains("grpc-status:16"), "{told}");
    }
    house.running.stop().await;
}
