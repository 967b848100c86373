//! Connections: protected where others can listen, renewed when they are old, limited in what they
//! carry.

use std::path::Path;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use tonic::transport::{Certificate, Channel, ClientTlsConfig};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use vouch::api::tls::Tls;
use vouch::domain::access::Role;
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_client::AttestationServiceClient;
use vouch::wire::pb::onboarding_service_client::OnboardingServiceClient;

use super::house::{House, OURS, TRUNK, with_key};
use crate::support::server::until;

/// Writes a new pair; the certificate in PEM.
fn pair(folder: &Path) -> String {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a pair");
    std::fs::write(folder.join("cert.pem"), cert.pem()).expect("written");
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("written");
    cert.pem()
}

async fn secured(house: &House, root: &str) -> Result<Channel, tonic::transport::Error> {
    let tls =
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(root)).domain_name("localhost");
    let url = format!("https://{}", house.running.address);
    Channel::from_shared(url).expect("a URL").tls_config(tls)?.connect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_serves_grpc_and_the_look_up_to_those_who_trust_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = pair(folder.path());
    let house = House::open_with(|config| {
        config.server.tls_cert = Some(folder.path().join("cert.pem"));
        config.server.tls_key = Some(folder.path().join("key.pem"));
    })
    .await;
    let mut health = HealthClient::new(secured(&house, &root).await.expect("connected"));
    let told = health.check(HealthCheckRequest::default()).await.expect("told").into_inner();
    assert_eq!(told.status, 1);
    let http = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(root.as_bytes()).expect("a root")])
        .resolve("localhost", house.running.address)
        .build()
        .expect("a client");
    let port = house.running.address.port();
    let signer = house.key(Role::Signer).await;
    let url = format!("https://localhost:{port}/v1/attestation?trunk={TRUNK}&tn={OURS}");
    let reply = http.get(url).bearer_auth(&signer.token).send().await.expect("answered");
    assert!(reply.text().await.expect("text").contains("\"attest\":\"A\""));
    let elsewhere = tempfile::tempdir().expect("a folder");
    assert!(secured(&house, &pair(elsewhere.path())).await.is_err(), "another root is trusted");
    drop(health);
    drop(http);
    house.running.stop().await;
}

#[test]
fn a_new_certificate_is_taken_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let later = |seconds: u64| {
        for name in ["cert.pem", "key.pem"] {
            let file = std::fs::File::options().write(true).open(folder.path().join(name));
            let time = std::fs::FileTimes::new()
                .set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds));
            file.expect("a file").set_times(time).expect("a time");
        }
    };
    pair(folder.path());
    later(0);
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let tls = Tls::load(cert.clone(), key).expect("loaded");
    assert!(!tls.refresh().expect("unchanged"));
    pair(folder.path());
    later(60);
    assert!(tls.refresh().expect("a new pair"));
    std::fs::write(&cert, "no certificate").expect("written");
    later(120);
    let said = tls.refresh().expect_err("broken").to_string();
    assert!(said.contains("server.tls"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_connections_are_renewed_without_losing_a_call() {
    let house = House::open_with(|config| config.limits.connection_age_seconds = 1).await;
    let signer = house.key(Role::Signer).await;
    let mut client = AttestationServiceClient::new(house.channel().await);
    for _ in 0..60 {
        let request = pb::GetAttestationRequest::default();
        client.get_attestation(with_key(&signer, request)).await.expect("answered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_limit_is_refused_and_nothing_else() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut client = AttestationServiceClient::new(house.channel().await);
    let call = pb::Call { orig: "9".repeat(10 << 20), ..pb::Call::default() };
    let request = pb::GetAttestationRequest { call: Some(call), ..Default::default() };
    let refused = client.get_attestation(with_key(&signer, request)).await.expect_err("too long");
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
    assert!(refused.message().contains("1048576"), "{refused}");
    let request = pb::GetAttestationRequest::default();
    client.get_attestation(with_key(&signer, request)).await.expect("the next is answered");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_does_not_say_what_it_speaks_is_closed() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut client = AttestationServiceClient::new(house.channel().await);
    let request = || with_key(&signer, pb::GetAttestationRequest::default());
    client.get_attestation(request()).await.expect("answered");
    let mut silent = TcpStream::connect(house.running.address).await.expect("connected");
    let mut half = TcpStream::connect(house.running.address).await.expect("connected");
    half.write_all(b"PRI * HTTP/2.0").await.expect("sent");
    for stream in [&mut silent, &mut half] {
        let mut byte = [0_u8];
        let ended = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut byte)).await;
        assert!(matches!(ended.expect("closed in time"), Ok(0) | Err(_)));
    }
    client.get_attestation(request()).await.expect("a connection that spoke lives on");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_takes_one_of_few_places() {
    let house = House::open_with(|config| config.limits.max_uploads = 1).await;
    let portal = house.key(Role::Portal).await;
    let client = OnboardingServiceClient::new(house.channel().await);
    let empty = async || {
        let mut client = client.clone();
        let nothing = tokio_stream::iter(Vec::<pb::UploadDocumentRequest>::new());
        client.upload_document(with_key(&portal, nothing)).await.expect_err("no header")
    };
    assert_eq!(empty().await.code(), Code::InvalidArgument);
    let (sender, parts) = tokio::sync::mpsc::channel::<pb::UploadDocumentRequest>(1);
    let held = with_key(&portal, ReceiverStream::new(parts));
    let mut holder = client.clone();
    let held = tokio::spawn(async move { holder.upload_document(held).await });
    let refused = until("the place is taken", async || {
        let status = empty().await;
        (status.code() == Code::ResourceExhausted).then_some(status)
    })
    .await;
    let retry = refused.get_details_retry_info().and_then(|info| info.retry_delay);
    assert_eq!(retry, Some(Duration::from_secs(2)));
    drop(sender);
    assert_eq!(held.await.expect("ended").expect_err("no header").code(), Code::InvalidArgument);
    until("the place is free", async || {
        (empty().await.code() == Code::InvalidArgument).then_some(())
    })
    .await;
    house.running.stop().await;
}
