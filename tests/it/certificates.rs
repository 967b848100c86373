//! Delegate certificates from a chain to a level and back, on both stores.

use std::collections::BTreeMap;
use std::time::Duration;

use vouch::app::certificate::{self, ProofStarted, ProofTried};
use vouch::app::{AppError, list_load, number, operation};
use vouch::clock::Clock;
use vouch::domain::attestation::EvidenceKind;
use vouch::domain::command::admin::LoadList;
use vouch::domain::command::certificate::{StartCertificateProof, SubmitCertificateProof};
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::command::query::{ListOfCustomer, Page};
use vouch::domain::customer::Role as CustomerRole;
use vouch::domain::ids::{CertificateProofId, CustomerId};
use vouch::domain::number::Tn;
use vouch::domain::number_file::NumberFile;
use vouch::domain::operation::State as OperationState;
use vouch::domain::pii::Pii;
use vouch::domain::time::{Span, Ts};

use super::support::apps::TestApp;
use super::support::authority::{Authority, Held, Wanted, crl_flags, crl_number, one, range, spc};
use super::support::stores::{TestStore, on_both_stores_in_time};

const ONE: &str = "15072847100";
const TWO: &str = "15072847120";
/// The tests begin on the 15th.
pub(crate) const TODAY: &str = "270114";

fn tn(text: &str) -> Tn {
    Tn::parse(text).unwrap()
}

/// Loads a list of one file.
pub(crate) async fn load(app: &TestApp, list: &str, file: Vec<u8>) -> Result<(), String> {
    load_dated(app, list, file, Some(app.app.clock.now())).await
}

async fn load_dated(
    app: &TestApp,
    list: &str,
    file: Vec<u8>,
    as_of: Option<Ts>,
) -> Result<(), String> {
    let ask = LoadList { write: app.write("LoadList"), list: list.parse().unwrap(), as_of };
    let files = BTreeMap::from([("file.bin".to_owned(), file)]);
    let begun = list_load::start(&app.app, &app.operator(), ask, files).await.unwrap();
    for _ in 0..1_200 {
        let seen = operation::get(&app.app, &app.operator(), begun.operation).await.unwrap();
        match seen.state {
            OperationState::Running => tokio::time::sleep(Duration::from_millis(50)).await,
            OperationState::Done => return Ok(()),
            _ => return Err(seen.error),
        }
    }
    panic!("the load did not end");
}

/// A service that knows the authority, and a customer that claims two numbers.
async fn opened(test: &TestStore, clock: &Clock, authority: &Authority) -> (TestApp, CustomerId) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    load(&app, "sti_roots", authority.roots()).await.unwrap();
    load(&app, "sti_crl", authority.crl(TODAY, &[], false)).await.unwrap();
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    claim(&app, heron).await;
    (app, heron)
}

async fn claim(app: &TestApp, customer: CustomerId) {
    let given =
        |text: &&str| GivenNumber { given: Pii::new((*text).to_owned()), tn: Tn::parse(text) };
    let numbers = [ONE, TWO].iter().map(given).collect();
    let ask = Numbers { write: app.write("ClaimNumbers"), customer, numbers };
    number::claim(&app.app, &app.portal(), ask).await.unwrap();
}

/// Begins a proof of a key.
pub(crate) async fn start(
    app: &TestApp,
    customer: CustomerId,
    chain: &[u8],
    numbers: &[&str],
) -> Result<ProofStarted, AppError> {
    let numbers = numbers.iter().map(|text| tn(text)).collect();
    let write = app.write("StartCertificateProof");
    let ask = StartCertificateProof { write, customer, numbers, chain: chain.to_vec() };
    certificate::start(&app.app, &app.portal(), ask).await
}

/// Ends it with a signature.
pub(crate) async fn submit(
    app: &TestApp,
    proof: CertificateProofId,
    signature: Vec<u8>,
) -> Result<ProofTried, AppError> {
    let write = app.write("SubmitCertificateProof");
    let ask = SubmitCertificateProof { write, proof, signature };
    certificate::submit(&app.app, &app.portal(), ask).await
}

async fn prove(app: &TestApp, customer: CustomerId, held: &Held) -> Ts {
    let begun = start(app, customer, &held.chain, &[TWO, ONE]).await.unwrap();
    match submit(app, begun.proof, held.sign(&begun.message)).await.unwrap() {
        ProofTried::Passed { expires, numbers, .. } => {
            assert_eq!(numbers.len(), 2);
            expires
        }
        other => panic!("{other:?}"),
    }
}

async fn file(app: &TestApp, customer: CustomerId, text: &str) -> NumberFile {
    let ask = ListOfCustomer { customer, page: Page { size: 500, token: None } };
    let (files, _) = number::list(&app.app, &app.reviewer(), ask).await.unwrap();
    files.into_iter().find(|file| file.tn == tn(text)).unwrap()
}

/// Until when the customer's evidence gives A; never where there is none.
async fn full_until(app: &TestApp, customer: CustomerId, text: &str) -> Ts {
    let file = file(app, customer, text).await;
    file.grant(customer).map_or(Ts::NEVER, |grant| grant.full_until)
}

fn reason(error: &AppError) -> &str {
    match error {
        AppError::Refused { reason, .. } | AppError::Unavailable { reason, .. } => reason,
        AppError::Invalid(faults) => &faults[0].reason,
        other => panic!("{other:?}"),
    }
}

const NUMBERS: [&str; 1] = ["15072847000"];

fn provider() -> Authority {
    Authority::new(&[range(NUMBERS[0], 250)])
}

fn numbers() -> Vec<Vec<u8>> {
    vec![one(ONE), range("15072847110", 20)]
}

async fn a_proved_key_gives_a_until_the_first_end(test: &TestStore, clock: Clock) {
    let authority = provider();
    let (app, heron) = opened(test, &clock, &authority).await;
    let held = authority.issue(&Wanted::of(&numbers()));
    let expires = prove(&app, heron, &held).await;
    assert_eq!(Some(expires), Ts::from_iso("2027-01-21"), "the list may be rested on for a week");
    for text in [ONE, TWO] {
        let file = file(&app, heron, text).await;
        assert_eq!(file.evidence.len(), 1);
        assert_eq!(file.evidence[0].kind, EvidenceKind::DelegateCert);
        assert_eq!(file.grant(heron).unwrap().full_until, expires);
    }
    // A later proof takes the place of the one before, up to the certificate's own end.
    assert!(clock.advance(Span::days(7)));
    assert!(full_until(&app, heron, ONE).await < clock.now(), "nobody can tell any more");
    load(&app, "sti_crl", authority.crl("270121", &[], false)).await.unwrap();
    for text in [ONE, TWO] {
        let renewed = file(&app, heron, text).await;
        assert_eq!(renewed.evidence.len(), 1);
        assert_eq!(Some(renewed.grant(heron).unwrap().full_until), Ts::from_iso("2027-01-28"));
    }
    let short = Wanted { to: (2027, 1, 25), serial: 77, ..Wanted::of(&numbers()) };
    let short = authority.issue(&short);
    let until = prove(&app, heron, &short).await;
    assert_eq!(Some(until), Ts::from_iso("2027-01-25"));
    prove(&app, heron, &held).await;
    assert_eq!(file(&app, heron, ONE).await.evidence.len(), 2, "one of each certificate");
    // No list carries anything beyond the proof, or brings back what it names.
    let named = authority.crl("270122", &[77], false);
    load(&app, "sti_crl", named).await.unwrap();
    let renewed = file(&app, heron, ONE).await;
    assert_eq!(renewed.evidence.len(), 1);
    assert_eq!(Some(renewed.evidence[0].expires_at), Ts::from_iso("2027-01-29"));
    assert!(clock.advance(Span::days(100)));
    load(&app, "sti_crl", authority.crl("270502", &[77], false)).await.unwrap();
    assert!(full_until(&app, heron, ONE).await < clock.now(), "the next proof was due");
}

on_both_stores_in_time!(proofs, |test, clock| a_proved_key_gives_a_until_the_first_end(
    &test,
    clock.clone()
));

async fn each_refusal_has_its_reason(test: &TestStore, clock: Clock) {
    let authority = provider();
    let (app, heron) = opened(test, &clock, &authority).await;
    let entries = numbers();
    let of = |wanted: Wanted| authority.issue(&wanted).chain;
    let stranger = Authority::new(&[]).issue(&Wanted::of(&entries));
    let good = authority.issue(&Wanted::of(&entries));
    let alone = pem_head(&good.chain);
    let swapped = [pem_head(&stranger.chain), pem_tail(&good.chain)].concat();
    for (chain, want) in [
        (of(Wanted { to: (2027, 1, 1), ..Wanted::of(&entries) }), "CERTIFICATE_EXPIRED"),
        (of(Wanted { from: (2027, 2, 1), ..Wanted::of(&entries) }), "CERTIFICATE_NOT_YET_VALID"),
        (of(Wanted { p384: true, ..Wanted::of(&entries) }), "CERTIFICATE_CURVE"),
        (of(Wanted::of(&[])), "CERTIFICATE_NO_NUMBERS"),
        (of(Wanted::of(&[spc("709J")])), "CERTIFICATE_OUTSIDE_ISSUER"),
        (of(Wanted::of(&[one(ONE), one("15072849999")])), "CERTIFICATE_OUTSIDE_ISSUER"),
        (of(Wanted::of(&[one(ONE)])), "CERTIFICATE_NOT_COVERED"),
        (stranger.chain.clone(), "CERTIFICATE_SIGNATURE"),
        (swapped, "CERTIFICATE_SIGNATURE"),
        (alone, "CERTIFICATE_NO_PATH"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(),
            "CERTIFICATE_MALFORMED",
        ),
        (b"hello".to_vec(), "CERTIFICATE_MALFORMED"),
    ] {
        let refused = start(&app, heron, &chain, &[ONE, TWO]).await.unwrap_err();
        assert_eq!(reason(&refused), want);
    }
    let unclaimed = start(&app, heron, &good.chain, &["15072847115"]).await.unwrap_err();
    assert_eq!(reason(&unclaimed), "NOT_CLAIMED");
    // A code covers no customer's number, whoever issued it.
    let code = Authority::new(&[spc("709J")]);
    load(&app, "sti_roots", code.roots()).await.unwrap();
    let held = code.issue(&Wanted::of(&[spc("709J")]));
    load(&app, "sti_crl", code.crl(TODAY, &[], false)).await.unwrap();
    let refused = start(&app, heron, &held.chain, &[ONE]).await.unwrap_err();
    assert_eq!(reason(&refused), "CERTIFICATE_NOT_COVERED");
    assert_eq!(test.number("SELECT count(*) FROM evidence").await, 0);
    assert_eq!(test.number("SELECT count(*) FROM certificate_proof").await, 0);
}

fn pem_head(pem: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(pem.to_vec()).unwrap();
    let end = "-----END CERTIFICATE-----";
    let at = text.find(end).unwrap() + end.len();
    text.as_bytes()[..at].iter().copied().chain(*b"\n").collect()
}

fn pem_tail(pem: &[u8]) -> Vec<u8> {
    pem[pem_head(pem).len()..].trim_ascii_start().to_vec()
}

on_both_stores_in_time!(refusals, |test, clock| each_refusal_has_its_reason(&test, clock.clone()));

async fn a_nonce_is_used_once_by_one_key_in_its_time(test: &TestStore, clock: Clock) {
    let authority = provider();
    let (app, heron) = opened(test, &clock, &authority).await;
    let held = authority.issue(&Wanted::of(&numbers()));
    let other = authority.issue(&Wanted { serial: 9, ..Wanted::of(&numbers()) });
    let begin = || start(&app, heron, &held.chain, &[ONE]);
    // A key of somebody else, and then the right one: the first try was the only one.
    let opened = begin().await.unwrap();
    let wrong = submit(&app, opened.proof, other.sign(&opened.message)).await.unwrap();
    assert_eq!(wrong, ProofTried::Wrong);
    let late = submit(&app, opened.proof, held.sign(&opened.message)).await.unwrap();
    assert_eq!(late, ProofTried::Closed);
    // A signature of another proof.
    let (first, second) = (begin().await.unwrap(), begin().await.unwrap());
    let moved = submit(&app, second.proof, held.sign(&first.message)).await.unwrap();
    assert_eq!(moved, ProofTried::Wrong);
    // The right one, and again.
    let signature = held.sign(&first.message);
    let passed = submit(&app, first.proof, signature.clone()).await.unwrap();
    assert!(matches!(passed, ProofTried::Passed { .. }));
    assert_eq!(submit(&app, first.proof, signature).await.unwrap(), ProofTried::Closed);
    // Ten minutes, to the microsecond.
    let opened = begin().await.unwrap();
    assert!(clock.advance(opened.expires.since(clock.now())));
    let over = submit(&app, opened.proof, held.sign(&opened.message)).await.unwrap();
    assert_eq!(over, ProofTried::Closed);
    // Of another client: nobody's.
    let foreign = TestApp::portal_of(app.new_client("other").await);
    let write = app.write("SubmitCertificateProof");
    let ask = SubmitCertificateProof { write, proof: opened.proof, signature: vec![0; 64] };
    let hidden = certificate::submit(&app.app, &foreign, ask).await;
    assert_eq!(hidden, Err(AppError::NotFound { what: "certificate proof" }));
}

on_both_stores_in_time!(nonces, |test, clock| a_nonce_is_used_once_by_one_key_in_its_time(
    &test,
    clock.clone()
));

async fn a_revocation_ends_the_evidence_of_every_number(test: &TestStore, clock: Clock) {
    let authority = provider();
    let (app, heron) = opened(test, &clock, &authority).await;
    let wanted = Wanted::of(&numbers());
    let held = authority.issue(&wanted);
    prove(&app, heron, &held).await;
    assert!(full_until(&app, heron, ONE).await > clock.now());
    let open = start(&app, heron, &held.chain, &[ONE]).await.unwrap();
    let revoked = authority.crl("270115", &[wanted.serial], false);
    load(&app, "sti_crl", revoked.clone()).await.unwrap();
    for text in [ONE, TWO] {
        assert_eq!(full_until(&app, heron, text).await, Ts::NEVER, "{text}");
    }
    let refused = start(&app, heron, &held.chain, &[ONE]).await.unwrap_err();
    assert_eq!(reason(&refused), "CERTIFICATE_REVOKED");
    let begun_before = submit(&app, open.proof, held.sign(&open.message)).await.unwrap_err();
    assert_eq!(reason(&begun_before), "CERTIFICATE_REVOKED");
    // The provider's own certificate takes all below it along.
    let second = authority.issue(&Wanted { serial: 10, ..Wanted::of(&numbers()) });
    prove(&app, heron, &second).await;
    assert!(full_until(&app, heron, TWO).await > clock.now());
    load(&app, "sti_crl", authority.crl("270115", &[], true)).await.unwrap();
    assert_eq!(full_until(&app, heron, TWO).await, Ts::NEVER);
    assert_eq!(
        test.number("SELECT count(*) FROM number_certificate WHERE to_entry IS NULL").await,
        0
    );
}

on_both_stores_in_time!(revocations, |test, clock| {
    a_revocation_ends_the_evidence_of_every_number(&test, clock.clone())
});

/// Only the STI-PA's list, whole and not an earlier one, takes the place of the one in force.
async fn another_list_takes_nothing_back(test: &TestStore, clock: Clock) {
    let authority = provider();
    let (app, _) = opened(test, &clock, &authority).await;
    let loaded = async |file: Vec<u8>| load(&app, "sti_crl", file).await;
    let refused = |reason: &str| Err::<(), String>(reason.to_owned());
    // An authority that may sign lists signs one of its own certificates.
    let own = authority.own_crl(TODAY);
    assert_eq!(loaded(own).await, refused("CRL_OF_ANOTHER_PUBLISHER"));
    let part = |flags: &[u8]| authority.crl_as(TODAY, &[crl_flags(flags)]);
    for flag in [1, 2, 3, 5] {
        assert_eq!(loaded(part(&[flag, 4])).await, refused("CRL_PARTIAL"), "{flag}");
    }
    assert_eq!(loaded(part(&[4])).await, Ok(()));
    let numbered = |number: u8| authority.crl_as(TODAY, &[crl_number(number), crl_flags(&[4])]);
    assert_eq!(loaded(numbered(7)).await, Ok(()));
    assert_eq!(loaded(numbered(6)).await, refused("CRL_NUMBER"));
    assert_eq!(loaded(part(&[4])).await, refused("CRL_NUMBER"));
    assert_eq!(loaded(numbered(7)).await, Ok(()));
    assert_eq!(loaded(numbered(8)).await, Ok(()));
    // Each refusal raised the alarm.
    let told: BTreeMap<&str, u64> =
        app.app.lists.refused().into_iter().map(|(_, reason, count)| (reason, count)).collect();
    let want = [("CRL_NUMBER", 2), ("CRL_OF_ANOTHER_PUBLISHER", 1), ("CRL_PARTIAL", 4)];
    assert_eq!(told, BTreeMap::from(want));
    // The roots have no date of their own, and none of a time yet to come.
    let dated = async |as_of| load_dated(&app, "sti_roots", authority.roots(), as_of).await;
    assert_eq!(dated(None).await, refused("UNDATED"));
    assert_eq!(dated(Some(clock.now().plus(Span::days(3)))).await, refused("STALE"));
    assert_eq!(dated(Some(clock.now())).await, Ok(()));
}

on_both_stores_in_time!(publishers, |test, clock| {
    another_list_takes_nothing_back(&test, clock.clone())
});

async fn a_root_that_is_taken_away_takes_its_evidence_along(test: &TestStore, clock: Clock) {
    let (authority, other) = (provider(), provider());
    let (app, heron) = opened(test, &clock, &authority).await;
    let held = authority.issue(&Wanted::of(&numbers()));
    prove(&app, heron, &held).await;
    let open = start(&app, heron, &held.chain, &[ONE]).await.unwrap();
    let both = [authority.roots(), other.roots()].concat();
    load(&app, "sti_roots", both).await.unwrap();
    assert!(full_until(&app, heron, ONE).await > clock.now());
    load(&app, "sti_roots", other.roots()).await.unwrap();
    for text in [ONE, TWO] {
        assert_eq!(full_until(&app, heron, text).await, Ts::NEVER, "{text}");
    }
    let late = submit(&app, open.proof, held.sign(&open.message)).await.unwrap_err();
    assert_eq!(reason(&late), "CERTIFICATE_SIGNATURE");
}

on_both_stores_in_time!(roots_taken_away, |test, clock| {
    a_root_that_is_taken_away_takes_its_evidence_along(&test, clock.clone())
});

async fn what_cannot_be_asked_gives_nothing(test: &TestStore, clock: Clock) {
    let authority = provider();
    let app = TestApp::with_clock(test, clock.clone()).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    claim(&app, heron).await;
    let held = authority.issue(&Wanted::of(&numbers()));
    let told = || async {
        let refused = start(&app, heron, &held.chain, &[ONE]).await.unwrap_err();
        assert!(matches!(refused, AppError::Unavailable { .. }));
        reason(&refused).to_owned()
    };
    assert_eq!(told().await, "CERTIFICATE_ROOTS_UNAVAILABLE");
    let crl = authority.crl(TODAY, &[], false);
    assert_eq!(load(&app, "sti_crl", crl.clone()).await, Err("CRL_ISSUER_UNKNOWN".to_owned()));
    load(&app, "sti_roots", authority.roots()).await.unwrap();
    assert_eq!(told().await, "CERTIFICATE_CRL_UNAVAILABLE");
    let forged = Authority::new(&[]).crl(TODAY, &[], false);
    assert_eq!(load(&app, "sti_crl", forged).await, Err("CRL_SIGNATURE".to_owned()));
    assert_eq!(load(&app, "sti_crl", b"x".to_vec()).await, Err("CRL_MALFORMED".to_owned()));
    let future = authority.crl("270301", &[], false);
    assert_eq!(load(&app, "sti_crl", future).await, Err("CRL_STALE".to_owned()));
    load(&app, "sti_crl", crl).await.unwrap();
    assert!(start(&app, heron, &held.chain, &[ONE]).await.is_ok());
    let older = authority.crl("270110", &[], false);
    assert_eq!(load(&app, "sti_crl", older).await, Err("NEWER_KNOWN".to_owned()));
    assert_eq!(
        load(&app, "sti_roots", b"x".to_vec()).await,
        Err("CERTIFICATE_MALFORMED".to_owned())
    );
    // A week later nobody can tell any more.
    assert!(clock.advance(Span::days(8)));
    assert_eq!(told().await, "CERTIFICATE_CRL_UNAVAILABLE");
}

on_both_stores_in_time!(unavailable, |test, clock| what_cannot_be_asked_gives_nothing(
    &test,
    clock.clone()
));
