//! Connections: protected where others can listen, renewed when they are old, limited in what they
//! carry.

use std::path::Path;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tonic::Code;
use tonic::transport::{Certificate, Channel, ClientTlsConfig};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use vouch::api::tls::Tls;
use vouch::domain::access::Role;
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_client::AttestationServiceClient;

use super::house::{House, OURS, TRUNK, with_key};

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
