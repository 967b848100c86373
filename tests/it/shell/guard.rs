//! Who may call is asked before a byte of the message is read.

use std::time::Duration;

use bytes::Bytes;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use vouch::api::roles::{CALLS, Who};
use vouch::domain::access::Role;
use vouch::domain::time::Span;
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_client::AttestationServiceClient;

use super::house::{House, with_key};
use crate::support::raw::{call, no_message};

async fn rubbish(channel: Channel, path: &str, request: Request<Bytes>) -> Status {
    call(channel, path, request).await.expect_err("rubbish is never answered")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_the_wrong_role_are_refused_before_the_message_is_read() {
    let house = House::open().await;
    let channel = house.channel().await;
    let signer = house.key(Role::Signer).await;
    let portal = house.key(Role::Portal).await;
    for known in CALLS.iter().filter(|known| known.path.starts_with("/vouch.v1.")) {
        let nobody = rubbish(channel.clone(), known.path, Request::new(no_message())).await;
        let Who::Roles(roles) = known.who else { continue };
        assert_eq!(nobody.code(), Code::Unauthenticated, "{}", known.path);
        let info = nobody.get_details_error_info().expect("details");
        assert_eq!((info.domain.as_str(), info.reason.as_str()), ("vouch", "CREDENTIAL_MISSING"));
        for (key, role) in [(&signer, Role::Signer), (&portal, Role::Portal)] {
            let status = rubbish(channel.clone(), known.path, with_key(key, no_message())).await;
            let denied = status.code() == Code::PermissionDenied;
            assert_eq!(denied, !roles.has(role), "{} as {role:?}: {status}", known.path);
        }
    }
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_credential_tells_nothing() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut tokens = vec!["Bearer vk_".to_owned(), "Basic !".to_owned(), "x".repeat(4_000)];
    let mut wrong = signer.token.clone();
    let last = if wrong.pop() == Some('A') { 'E' } else { 'A' };
    wrong.push(last);
    tokens.push(format!("Bearer {wrong}"));
    for token in tokens {
        let mut request = Request::new(no_message());
        request.metadata_mut().insert("authorization", token.parse().expect("text"));
        let path = "/vouch.v1.AttestationService/GetAttestation";
        let status = rubbish(house.channel().await, path, request).await;
        assert_eq!(status.code(), Code::Unauthenticated);
        let info = status.get_details_error_info().expect("details");
        assert_eq!(info.reason, "CREDENTIAL_INVALID");
    }
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_dead_within_a_second() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut client = AttestationServiceClient::new(house.channel().await);
    let ask = || pb::GetAttestationRequest::default();
    client.get_attestation(with_key(&signer, ask())).await.expect("let in");
    let clock = house.running.app.clock.clone();
    let began = clock.mono();
    house.revoke(&signer).await;
    let refused = loop {
        match client.get_attestation(with_key(&signer, ask())).await {
            Err(status) => break status,
            Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    assert_eq!(refused.code(), Code::Unauthenticated);
    let took = clock.mono().since(began);
    assert!(took < Span::secs(1), "{took:?}");
    house.running.stop().await;
}
