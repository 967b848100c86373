//! Claims checked with outside parties, on both stores: what a register says is recorded against the
//! claim it was asked about, silence takes nothing away, and who speaks for the firm is proved
//! through what a register held before.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use vouch::app::challenge::{self, Tried};
use vouch::app::{check, customer, deliver, representation};
use vouch::clock::Clock;
use vouch::domain::check::{Check, Kind, Method, Source, Verdict};
use vouch::domain::command::challenge::{Channel, StartRegistryChallenge, VerifyChallenge};
use vouch::domain::command::onboarding::{CreateCustomer, OnCustomer, UpdateProfile};
use vouch::domain::command::write::Write;
use vouch::domain::customer::Role;
use vouch::domain::finding::Code;
use vouch::domain::ids::CustomerId;
use vouch::domain::pii::{Pii, Secret};
use vouch::domain::profile::{
    Address, AddressKind, Contact, DeclaredVolume, Field, Identifier, IdentifierKind, Profile,
};
use vouch::domain::time::Span;
use vouch::sources::exchange::{SourceSettings, Sources};

use super::sources::outside::{Party, Says, settings};
use super::support::apps::TestApp;
use super::support::server::until;
use super::support::stores::{TestStore, on_both_stores};

/// Colorado's answer about the firm.
pub(crate) const COLORADO: &str = r#"[{"entityid":"20201234567","entityname":"HERON LAKE DENTAL LLC","entitystatus":"Good Standing","entityformdate":"2020-03-02T00:00:00.000"}]"#;
/// EDGAR's table of filers.
pub(crate) const FILERS: &str =
    r#"{"0":{"cik_str":320193,"ticker":"HLD","title":"Heron Lake Dental LLC"}}"#;
/// EDGAR's answer about the firm.
pub(crate) const FILER: &str = r#"{"cik":"0000320193","name":"Heron Lake Dental LLC","ein":"942404110","addresses":{"business":{"street1":"1 Lake Rd","city":"Heron Lake"}},"phone":"(507) 284-2511","formerNames":[],"filings":{"recent":{"filingDate":["2024-10-31"]}}}"#;
const LEI: &str = "636700STJZG4U8W2I596";

fn text(text: &str) -> Pii<String> {
    Pii::new(text.to_owned())
}

fn identifier(kind: IdentifierKind, value: &str, region: &str) -> Identifier {
    serde_json::from_value(serde_json::json!({
        "kind": kind, "value": value, "issuing_region": region,
    }))
    .unwrap()
}

fn firm(name: &str) -> Profile {
    Profile {
        legal_name: text(name),
        incorporation_jurisdiction: "US-CO".to_owned(),
        identifiers: vec![
            identifier(IdentifierKind::StateRegistration, "20201234567", "US-CO"),
            identifier(IdentifierKind::Ein, "94-2404110", ""),
        ],
        contacts: vec![Contact {
            name: text("Ada Field"),
            role_title: text("Owner"),
            email: text("ada@heronlake.example"),
            phone: text("+15072842512"),
            authorized_signer: true,
            ..Contact::default()
        }],
        physical_address: Some(Address {
            lines: vec![text("1 Lake Rd")],
            city: text("Heron Lake"),
            region: text("CO"),
            postal_code: text("80202"),
            country: "US".to_owned(),
            kind: Some(AddressKind::DedicatedPremises),
        }),
        nature_of_business: text("Dentistry"),
        alternate_phone: text("+15072849999"),
        intended_use: text("Appointment reminders"),
        declared_volume: Some(DeclaredVolume {
            peak_cps: 1,
            concurrent_paths: 2,
            calls_per_day: 50,
            ..DeclaredVolume::default()
        }),
        ..Profile::default()
    }
}

async fn drafted(app: &TestApp, profile: Profile) -> CustomerId {
    let write = app.write("CreateCustomer");
    let ask = CreateCustomer { write, role: Role::EndUser, parent: None, profile };
    customer::create(&app.app, &app.portal(), ask).await.unwrap().customer
}

/// The service with Colorado's register and EDGAR at these parties.
async fn asking(test: &TestStore, colorado: &Party, edgar: &Party) -> TestApp {
    let at = |party: &Party| {
        let given = settings(format!("http://127.0.0.1:{}", party.port));
        SourceSettings { timeout: Some(Duration::from_secs(20)), ..given }
    };
    let given = BTreeMap::from([(Source::UsCo, at(colorado)), (Source::SecEdgar, at(edgar))]);
    let clock = test.store.clock().clone();
    TestApp::asking(test, Sources::new(&given, &clock).unwrap()).await
}

/// The same, for somebody who waits no longer than this.
async fn asking_within(
    test: &TestStore,
    colorado: &Party,
    edgar: &Party,
    longest: Duration,
) -> TestApp {
    let at = |party: &Party| settings(format!("http://127.0.0.1:{}", party.port));
    let given = BTreeMap::from([(Source::UsCo, at(colorado)), (Source::SecEdgar, at(edgar))]);
    let sources = Sources::new(&given, test.store.clock()).unwrap();
    TestApp::asking(test, sources.within(longest)).await
}

async fn colorado(says: Says) -> Party {
    Party::new(&[("/resource/4ykn-tg5h.json", says)]).await
}

async fn edgar() -> Party {
    let book = [
        ("/files/company_tickers.json", Says::Json(200, FILERS.to_owned())),
        ("/submissions/", Says::Json(200, FILER.to_owned())),
    ];
    Party::new(&book).await
}

async fn of_kind(app: &TestApp, id: CustomerId, kind: Kind) -> Option<Check> {
    let file = customer::get(&app.app, &app.reviewer(), id).await.unwrap();
    file.checks.into_iter().find(|check| check.kind == kind)
}

on_both_stores!(a_register_passes_what_it_holds, |test| async {
    let good = colorado(Says::Json(200, COLORADO.to_owned())).await;
    let app = asking(&test, &good, &edgar().await).await;
    let id = drafted(&app, firm("Heron Lake Dental, L.L.C.")).await;
    check::ask_sources(&app.app, id).await.unwrap();
    let existence = of_kind(&app, id, Kind::Existence).await.unwrap();
    assert_eq!((existence.result, existence.reason.as_str()), (Verdict::Pass, "MATCHED"));
    assert_eq!((existence.method, existence.source.as_str()), (Method::Registry, "US_CO"));
    let evidence = existence.evidence.expose();
    let told = &evidence["asked"][0]["answer"]["evidence"];
    for part in ["request", "retrieved_at", "response_sha256", "record", "compared", "expires_at"] {
        assert!(!told[part].is_null(), "{part} is not in {told}");
    }
    assert!(!evidence.to_string().contains("s3cret"));
    let tax = of_kind(&app, id, Kind::TaxIdToName).await.unwrap();
    assert_eq!((tax.result, tax.source.as_str()), (Verdict::Pass, "SEC_EDGAR"));
});

/// What GLEIF's record says happened to the firm, and when.
fn gleif(created: &str, event: &str) -> String {
    let firm = serde_json::json!({
        "legalName": { "name": "Heron Lake Dental LLC" }, "otherNames": [], "jurisdiction": "US-CO",
        "status": "ACTIVE", "creationDate": format!("{created}T00:00:00Z"),
        "eventGroups": [{ "groupType": "STANDALONE", "events": [{
            "type": "CHANGE_LEGAL_ADDRESS", "status": "COMPLETED",
            "effectiveDate": format!("{event}T00:00:00Z"),
            "recordedDate": format!("{event}T00:00:00Z"),
        }] }],
    });
    // The record of the LEI itself is as young as can be: that says nothing of the firm.
    let today = vouch::domain::date::write(Clock::system().now());
    let of_lei = serde_json::json!({
        "status": "ISSUED", "corroborationLevel": "FULLY_CORROBORATED",
        "initialRegistrationDate": today, "lastUpdateDate": today,
    });
    let attributes = serde_json::json!({ "lei": LEI, "entity": firm, "registration": of_lei });
    serde_json::json!({ "data": { "attributes": attributes } }).to_string()
}

async fn flagged(test: &TestStore, given: (Source, Party), profile: Profile) -> Vec<Code> {
    let (source, party) = given;
    let at = settings(format!("http://127.0.0.1:{}", party.port));
    let at = SourceSettings { timeout: Some(Duration::from_secs(20)), ..at };
    let clock = test.store.clock().clone();
    let sources = Sources::new(&BTreeMap::from([(source, at)]), &clock).unwrap();
    let app = TestApp::asking(test, sources).await;
    // Each of these services counts its requests anew.
    let request_id = format!("party-{}", party.port);
    let write = Write { request_id, ..app.write("CreateCustomer") };
    let ask = CreateCustomer { write, role: Role::EndUser, parent: None, profile };
    let id = customer::create(&app.app, &app.portal(), ask).await.unwrap().customer;
    check::ask_sources(&app.app, id).await.unwrap();
    let file = customer::get(&app.app, &app.reviewer(), id).await.unwrap();
    let passed = |check: &&Check| check.kind == Kind::Existence && check.result == Verdict::Pass;
    assert!(file.checks.iter().any(|check| passed(&check)), "{:?}", file.checks);
    let open = file.findings.iter().filter(|finding| finding.is_open());
    let dated = [Code::RecentRegistration, Code::RegistryJustChanged];
    open.map(|finding| finding.code).filter(|code| dated.contains(code)).collect()
}

on_both_stores!(a_register_tells_of_a_new_firm_and_of_a_changed_record, |test| async {
    let day =
        |days: i64| vouch::domain::date::write(test.store.clock().now().minus(Span::days(days)));
    let formed = |days: i64| {
        let body = COLORADO.replace("2020-03-02", &day(days));
        async { (Source::UsCo, colorado(Says::Json(200, body)).await) }
    };
    let firm = || firm("Heron Lake Dental LLC");
    assert_eq!(flagged(&test, formed(10).await, firm()).await, [Code::RecentRegistration]);
    assert_eq!(flagged(&test, formed(100).await, firm()).await, []);
    let of_lei =
        || Profile { identifiers: vec![identifier(IdentifierKind::Lei, LEI, "")], ..firm() };
    let record = |created: String, event: String| async move {
        let says = Says::Json(200, gleif(&created, &event));
        (Source::Gleif, Party::new(&[("/api/v1/lei-records/", says)]).await)
    };
    let changed = record(day(9_000), day(5)).await;
    assert_eq!(flagged(&test, changed, of_lei()).await, [Code::RegistryJustChanged]);
    let renewed = record(day(9_000), day(400)).await;
    assert_eq!(flagged(&test, renewed, of_lei()).await, []);
});

on_both_stores!(another_firms_number_fails_and_no_register_says_nothing, |test| async {
    let good = colorado(Says::Json(200, COLORADO.to_owned())).await;
    let app = asking(&test, &good, &edgar().await).await;
    let other = drafted(&app, firm("Pelican Freight Lines Inc")).await;
    check::ask_sources(&app.app, other).await.unwrap();
    let existence = of_kind(&app, other, Kind::Existence).await.unwrap();
    assert_eq!((existence.result, existence.reason.as_str()), (Verdict::Fail, "NAME_MISMATCH"));
    let tax = of_kind(&app, other, Kind::TaxIdToName).await.unwrap();
    assert_eq!((tax.result, tax.reason.as_str()), (Verdict::Unavailable, "NO_COVERAGE"));
    let mut delaware = firm("Heron Lake Dental LLC");
    delaware.identifiers = vec![identifier(IdentifierKind::StateRegistration, "7654321", "US-DE")];
    let delaware = drafted(&app, delaware).await;
    check::ask_sources(&app.app, delaware).await.unwrap();
    assert!(of_kind(&app, delaware, Kind::Existence).await.is_none());
});

on_both_stores!(silence_takes_nothing_away_and_is_asked_again, |test| async {
    let dead = colorado(Says::Json(503, "{}".to_owned())).await;
    let app = asking(&test, &dead, &edgar().await).await;
    let id = drafted(&app, firm("Heron Lake Dental LLC")).await;
    check::ask_sources(&app.app, id).await.unwrap();
    let existence = of_kind(&app, id, Kind::Existence).await.unwrap();
    assert_eq!((existence.result, existence.reason.as_str()), (Verdict::Unavailable, "RETRY"));
    let again = "SELECT count(*) FROM job WHERE kind = 'ASK_SOURCES' AND state = 'READY'";
    assert_eq!(test.number(again).await, 1);

    let good = colorado(Says::Json(200, COLORADO.to_owned())).await;
    let alive = asking(&test, &good, &edgar().await).await;
    check::ask_sources(&alive.app, id).await.unwrap();
    assert_eq!(of_kind(&alive, id, Kind::Existence).await.unwrap().result, Verdict::Pass);
    check::ask_sources(&app.app, id).await.unwrap();
    let after = of_kind(&app, id, Kind::Existence).await.unwrap();
    assert_eq!(after.result, Verdict::Pass, "an outage lowered a check that passed");
});

on_both_stores!(a_source_that_hangs_is_told_and_asked_again, |test| async {
    let hung = colorado(Says::Silence).await;
    let short = Duration::from_secs(2);
    let app = asking_within(&test, &hung, &edgar().await, short).await;
    let id = drafted(&app, firm("Heron Lake Dental LLC")).await;
    check::ask_sources(&app.app, id).await.unwrap();
    let existence = of_kind(&app, id, Kind::Existence).await.unwrap();
    assert_eq!((existence.result, existence.reason.as_str()), (Verdict::Unavailable, "RETRY"));
    let tax = of_kind(&app, id, Kind::TaxIdToName).await.unwrap();
    assert_eq!(tax.result, Verdict::Pass, "one that hangs holds up no other");
    let again = "SELECT count(*) FROM job WHERE kind = 'ASK_SOURCES' AND state = 'READY'";
    assert_eq!(test.number(again).await, 1);
    let status = app.app.sources.status();
    let of = status.iter().find(|status| status.source == Source::UsCo).unwrap();
    assert_eq!(of.last_failure.unwrap().1.as_str(), "RETRY");
});

on_both_stores!(a_late_answer_about_an_edited_claim_counts_for_nothing, |test| async {
    let go = Arc::new(Notify::new());
    let late = colorado(Says::Held(COLORADO.to_owned(), Arc::clone(&go))).await;
    let app = asking(&test, &late, &edgar().await).await;
    let id = drafted(&app, firm("Heron Lake Dental LLC")).await;
    let edit = async {
        until("the register is asked", async || {
            (!late.asked.lock().unwrap().is_empty()).then_some(())
        })
        .await;
        let ask = UpdateProfile {
            write: app.write("UpdateProfile"),
            customer: id,
            profile: firm("Pelican Freight Lines Inc"),
            fields: vec![Field::LegalName],
        };
        customer::update(&app.app, &app.portal(), ask).await.unwrap();
        go.notify_one();
    };
    let (asked, ()) = tokio::join!(check::ask_sources(&app.app, id), edit);
    asked.unwrap();
    assert!(of_kind(&app, id, Kind::Existence).await.is_none(), "a late answer counts");
    let late =
        "SELECT count(*) FROM check_result WHERE kind = 'EXISTENCE' AND result = 'SUPERSEDED'";
    assert_eq!(test.number(late).await, 1);
});

on_both_stores!(who_speaks_for_the_firm_is_asked_where_a_register_says, |test| async {
    let good = colorado(Says::Json(200, COLORADO.to_owned())).await;
    let app = asking(&test, &good, &edgar().await).await;
    let id = drafted(&app, firm("Heron Lake Dental LLC")).await;
    let portal = app.portal();
    assert!(representation::channels(&app.app, &portal, id).await.unwrap().is_empty());
    let start = |held: &str, channel| StartRegistryChallenge {
        write: app.write("StartRegistryChallenge"),
        customer: id,
        held: held.to_owned(),
        channel,
    };
    let own = start("SEC_EDGAR.PHONE.1", Channel::Sms);
    assert!(representation::start(&app.app, &portal, own).await.is_err(), "nothing is held yet");
    check::ask_sources(&app.app, id).await.unwrap();
    let held = representation::channels(&app.app, &portal, id).await.unwrap();
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!((held[0].id.as_str(), held[0].masked().as_str()), ("SEC_EDGAR.PHONE.1", "***11"));
    let by_mail = start(&held[0].id, Channel::Email);
    assert!(representation::start(&app.app, &portal, by_mail).await.is_err());
    let begun = start(&held[0].id, Channel::Sms);
    let begun = representation::start(&app.app, &portal, begun).await.unwrap();
    deliver::deliver(&app.app, begun.challenge.0).await.unwrap().unwrap();
    let sent = std::fs::read(app.outbox.place(begun.challenge.0)).unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&sent).unwrap();
    assert_eq!(sent["to"], "+15072842511", "the code went elsewhere than the register says");
    let code = sent["code"].as_str().unwrap().as_bytes().to_vec();
    let write = app.write("VerifyContactChallenge");
    let ask = VerifyChallenge { write, challenge: begun.challenge, code: Secret::new(code) };
    let tried = challenge::verify(&app.app, &portal, ask).await.unwrap();
    assert!(matches!(tried, Tried::Passed { .. }), "{tried:?}");
    let proved = of_kind(&app, id, Kind::Representation).await.unwrap();
    assert_eq!((proved.result, proved.method), (Verdict::Pass, Method::Challenge));
});

on_both_stores!(a_submitted_customer_is_asked_about, |test| async {
    let good = colorado(Says::Json(200, COLORADO.to_owned())).await;
    let app = asking(&test, &good, &edgar().await).await;
    let id = drafted(&app, firm("Heron Lake Dental LLC")).await;
    let ask = OnCustomer { write: app.write("SubmitCustomer"), customer: id };
    customer::submit(&app.app, &app.portal(), ask).await.unwrap();
    let waits = "SELECT count(*) FROM job WHERE kind = 'ASK_SOURCES' AND state = 'READY'";
    assert_eq!(test.number(waits).await, 1);
});
