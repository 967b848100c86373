//! Who may call is asked before a byte of the message is read.

use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use vouch::api::roles::{CALLS, Who};
use vouch::domain::access::Role;
use vouch::domain::time::Span;
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_client::AttestationServiceClient;

use super::house::{House, with_key};

/// Sends and receives bytes as they are, so that a message can be none.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buf: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buf.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buf.copy_to_bytes(buf.remaining())))
    }
}

async fn rubbish(channel: Channel, path: &str, request: Request<Bytes>) -> Status {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.expect("connected");
    let path = path.parse().expect("a path");
    grpc.unary(request, path, Raw).await.expect_err("rubbish is never answered")
}

fn no_message() -> Bytes {
    Bytes::from_static(b"\xff\xff\xff\xff")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_the_wrong_role_are_refused_before_the_message_is_read() {
    let house = House::open().await;
    let channel = house.channel().await;
    let signer = house.key(Role::Signer).await;
    let portal = house.key(Role::Portal).await;
    for call in CALLS.iter().filter(|call| call.path.starts_with("/vouch.v1.")) {
        let nobody = rubbish(channel.clone(), call.path, Request::new(no_message())).await;
        let Who::Roles(roles) = call.who else { continue };
        assert_eq!(nobody.code(), Code::Unauthenticated, "{}", call.path);
        let info = nobody.get_details_error_info().expect("details");
        assert_eq!((info.domain.as_str(), info.reason.as_str()), ("vouch", "CREDENTIAL_MISSING"));
        for (key, role) in [(&signer, Role::Signer), (&portal, Role::Portal)] {
            let status = rubbish(channel.clone(), call.path, with_key(key, no_message())).await;
            let denied = status.code() == Code::PermissionDenied;
            assert_eq!(denied, !roles.has(role), "{} as {role:?}: {status}", call.path);
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
