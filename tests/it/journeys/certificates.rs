//! Delegate certificates as a portal handles them; and every published certificate in the hands of a
//! stranger, who gets nothing for any of them.

use std::collections::BTreeMap;
use std::io::BufRead as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, SigningKey as _};
use tonic::Status;
use tonic_types::StatusExt as _;
use vouch::app::publish::CURRENT_2026;
use vouch::clock::Clock;
use vouch::domain::time::{Span, Ts};
use vouch::store::EngineKind;
use vouch::wire::pb;

use super::answers::{TRUNK, ask, codes, settled};
use super::applicant::{Applicant, finished, list_of, now, profile};
use crate::support::authority::{Authority, Held, Wanted, one, range};
use crate::support::cast::{Cast, fresh, violations};
use crate::support::data::data;
use crate::support::server::Site;

/// The number of the journey.
pub(super) const NUMBER: &str = "+12317236700";
/// The day on which the stranger comes: many of the published certificates are valid then.
const DAY: &str = "2025-08-01";

/// The day, as lists of revoked certificates write it.
fn today(site: &Site) -> String {
    let now = jiff::Timestamp::from_microsecond(site.clock.now().0).unwrap();
    now.strftime("%y%m%d").to_string()
}

/// Loads a list of one file.
async fn load(site: &Site, cast: &Cast, list: &str, file: &[u8]) -> pb::Operation {
    use pb::load_list_request::Part;
    let header =
        pb::ListHeader { request_id: fresh(), list: list.to_owned(), as_of_time: Some(now(site)) };
    let chunks = file.chunks(200_000).map(|chunk| {
        let (file_name, data) = ("file.bin".to_owned(), chunk.to_vec().into());
        Part::Chunk(pb::FileChunk { file_name, data })
    });
    let parts = std::iter::once(Part::Header(header)).chain(chunks);
    let parts: Vec<_> = parts.map(|part| pb::LoadListRequest { part: Some(part) }).collect();
    let begun = cast.operator.admin().load_list(tokio_stream::iter(parts)).await.unwrap();
    let done = finished(&cast.operator, begun.into_inner().operation.unwrap()).await;
    assert_eq!(done.state(), pb::OperationState::Done, "{done:?}");
    done
}

/// An authority that the service knows, with an empty list of revoked certificates of the day.
pub(super) async fn known(site: &Site, cast: &Cast) -> Authority {
    let authority = Authority::new(&[range("12317236700", 100)]);
    load(site, cast, "sti_roots", &authority.roots()).await;
    load(site, cast, "sti_crl", &authority.crl(&today(site), &[], false)).await;
    authority
}

/// Begins a proof.
pub(super) async fn begun(
    cast: &Cast,
    customer: &str,
    chain: &[u8],
    numbers: &[&str],
) -> Result<pb::CertificateProof, Status> {
    let request = pb::StartCertificateProofRequest {
        request_id: fresh(),
        customer_id: customer.to_owned(),
        numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
        chain: chain.to_vec().into(),
    };
    let told = cast.portal.numbers().start_certificate_proof(request).await?;
    Ok(told.into_inner().proof.unwrap())
}

async fn submitted(
    cast: &Cast,
    proof: &pb::CertificateProof,
    signature: Vec<u8>,
) -> Result<pb::SubmitCertificateProofResponse, Status> {
    let request = pb::SubmitCertificateProofRequest {
        request_id: fresh(),
        proof_id: proof.proof_id.clone(),
        signature: signature.into(),
    };
    Ok(cast.portal.numbers().submit_certificate_proof(request).await?.into_inner())
}

fn reason(status: &Status) -> String {
    let fields = violations(status);
    let field = fields.first().map(|(_, reason)| reason.clone());
    let info = status.get_error_details().error_info().map(|info| info.reason.clone());
    field.or(info).unwrap_or_default()
}

async fn journey(kind: EngineKind) {
    let site = Site::open(kind).await;
    let cast = Cast::assemble(&site).await;
    list_of(&site, &cast, &["NORTHERN ICE CARRIERS"]).await;
    codes(&site, &cast).await;
    let owner = Applicant::active(&site, &cast, profile("Cedar Point LLC")).await;
    owner.trunk(TRUNK).await;
    owner.claim(&[NUMBER]).await;
    let authority = known(&site, &cast).await;
    let wanted = Wanted::of(&[one("12317236700")]);
    let held = authority.issue(&wanted);
    let proof = begun(&cast, &owner.id, &held.chain, &[NUMBER]).await.unwrap();
    assert!(proof.lints.iter().any(|lint| lint.code == "e_atis_tn_auth_list"), "it warns only");
    let wrong = submitted(&cast, &proof, vec![1; 64]).await.unwrap_err();
    assert_eq!(reason(&wrong), "CERTIFICATE_PROOF_WRONG");
    let closed = submitted(&cast, &proof, held.sign(&proof.message)).await.unwrap_err();
    assert_eq!(reason(&closed), "CERTIFICATE_PROOF_CLOSED");
    let proof = begun(&cast, &owner.id, &held.chain, &[NUMBER]).await.unwrap();
    let done = submitted(&cast, &proof, held.sign(&proof.message)).await.unwrap();
    assert_eq!(done.numbers, [NUMBER]);
    for instance in [0, site.other()] {
        let told = settled(&cast.signer.at(instance), NUMBER, pb::AttestLevel::A).await;
        assert_eq!(told.reasons[0], i32::from(pb::Reason::FullEvidence));
    }
    // Revoked: every instance takes the level back within a second of the load's commit.
    load(&site, &cast, "sti_crl", &authority.crl(&today(&site), &[wanted.serial], false)).await;
    let committed = tokio::time::Instant::now();
    for instance in [0, site.other()] {
        settled(&cast.signer.at(instance), NUMBER, pb::AttestLevel::None).await;
    }
    assert!(committed.elapsed() < std::time::Duration::from_secs(1), "{:?}", committed.elapsed());
    let told = ask(&cast.signer, NUMBER).await;
    assert_eq!(told.reasons[0], i32::from(pb::Reason::TnUnknown));
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_proves_its_certificate_on_sqlite() {
    journey(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_proves_its_certificate_on_postgresql() {
    journey(EngineKind::Postgres).await;
}

fn published(path: &str) -> Option<Vec<Vec<u8>>> {
    let file = std::fs::File::open(data(path)?).unwrap();
    let rows = std::io::BufReader::new(file).lines().map(|line| {
        let row: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        STANDARD.decode(row["der_b64"].as_str().unwrap()).unwrap()
    });
    Some(rows.collect())
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// Every authority that was published is taken for a root, which no operator would do: the paths hold,
/// the signatures are true, and many certificates are valid on that day.
async fn stranger(kind: EngineKind) {
    let (Some(ends), Some(authorities)) = (
        published("samples/real_shaken_certs_handover.jsonl"),
        published("stir_shaken/shaken_ca_certs.jsonl"),
    ) else {
        return;
    };
    let then = Ts::from_iso(DAY).unwrap().plus(Span::hours(12));
    let clock = Clock::shifted(then.since(Clock::system().now()));
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    // The rules of 2026, in force that day.
    let text =
        CURRENT_2026.replace("effective_from = \"2026-01-01\"", "effective_from = \"2025-01-01\"");
    assert_ne!(text, CURRENT_2026);
    std::fs::write(&policy, text).unwrap();
    let site = Site::with(kind, clock, |given| {
        given.flag("policy.file", Some(policy.display().to_string()));
    })
    .await;
    let cast = Cast::assemble(&site).await;
    let role = pb::CustomerRole::EndUser;
    let owner = Applicant::draft(&site, &cast, role, profile("Stranger Inc")).await;
    owner.claim(&[NUMBER]).await;
    let own = Authority::new(&[]);
    let roots: String = authorities.iter().map(|der| pem(der)).collect();
    let roots = roots + std::str::from_utf8(&own.roots()).unwrap();
    load(&site, &cast, "sti_roots", roots.as_bytes()).await;
    load(&site, &cast, "sti_crl", &own.crl(&today(&site), &[], false)).await;
    let mut reasons: BTreeMap<String, u32> = BTreeMap::new();
    for der in &ends {
        let refused = begun(&cast, &owner.id, der, &[NUMBER]).await.unwrap_err();
        *reasons.entry(reason(&refused)).or_default() += 1;
    }
    println!("{} certificates: {reasons:?}", ends.len());
    assert!(reasons["CERTIFICATE_NOT_COVERED"] > 50, "paths that hold are among them");
    // A certificate that does name the number, in the hands of who has not its key.
    let held: Held = own.issue(&Wanted::of(&[one("12317236700")]));
    let proof = begun(&cast, &owner.id, &held.chain, &[NUMBER]).await.unwrap();
    let theirs = KeyPair::generate().unwrap();
    let wrong = submitted(&cast, &proof, theirs.sign(&proof.message).unwrap()).await.unwrap_err();
    assert_eq!(reason(&wrong), "CERTIFICATE_PROOF_WRONG");
    assert_eq!(site.number("SELECT count(*) FROM evidence").await, 0);
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_nothing_for_published_certificates_on_sqlite() {
    stranger(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_nothing_for_published_certificates_on_postgresql() {
    stranger(EngineKind::Postgres).await;
}
