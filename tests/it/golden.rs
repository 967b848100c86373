//! Golden cases: what is known of real sign-ups, as data. Each file says what was claimed, what
//! stood before, and what has to come of it; one runner works them on both stores.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use vouch::app::check;
use vouch::app::gate::Decision;
use vouch::clock::Clock;
use vouch::domain::check::{Kind, Verdict};
use vouch::domain::customer::{Role, StateWord};
use vouch::domain::customer_file::CustomerFile;
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::identifier::{Kind as FormKind, normal};
use vouch::domain::ids::CustomerId;
use vouch::domain::list::List;
use vouch::domain::pii::Pii;
use vouch::domain::profile::{Identifier, IdentifierKind, Profile};
use vouch::sources::geo::Geo;

use crate::support::apps::TestApp;
use crate::support::mmdb::mmdb;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{as_provider, sound_profile};

/// A case as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    #[serde(default)]
    before: Vec<Signup>,
    /// Names with filings in the Robocall Mitigation Database when it signs up.
    #[serde(default)]
    filed: Vec<String>,
    signup: Signup,
    /// Whether the database is loaded again without those filings.
    #[serde(default)]
    vanished: bool,
    expect: Expect,
}

/// Somebody who signs up: a sound profile with these fields in place of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signup {
    role: Role,
    name: String,
    nth: u32,
    #[serde(default)]
    profile: BTreeMap<String, Value>,
    /// Checks that documents or registers have passed.
    #[serde(default)]
    passed: Vec<Kind>,
    /// What a reviewer does with it.
    #[serde(default)]
    then: Option<Then>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Then {
    Approve,
    Reject,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Codes of open findings, in the order of the alphabet.
    findings: Vec<String>,
    state: StateWord,
    /// Whether it can be approved as it stands.
    approved: bool,
    /// Words that the evidence of a finding holds.
    #[serde(default)]
    evidence: BTreeMap<String, Vec<String>>,
}

fn cases() -> Vec<(String, Case)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/golden");
    let mut all: Vec<(String, Case)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let case = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path.file_stem().unwrap().to_string_lossy().into_owned(), case)
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

impl Signup {
    fn profile(&self) -> Profile {
        let sound = sound_profile(&self.name, self.nth);
        let sound = if self.role == Role::EndUser { sound } else { as_provider(sound) };
        let mut json = serde_json::to_value(sound).unwrap();
        for (field, value) in &self.profile {
            json[field] = value.clone();
        }
        serde_json::from_value(json).unwrap()
    }
}

/// Where the addresses of the cases are.
fn geo(folder: &std::path::Path) -> Geo {
    let path = folder.join("country.mmdb");
    let networks = [
        (Ipv4Addr::new(81, 2, 69, 0), 24, "GB"),
        (Ipv4Addr::new(24, 48, 0, 0), 16, "CA"),
        (Ipv4Addr::new(216, 160, 83, 0), 24, "US"),
    ];
    std::fs::write(&path, mmdb(&networks)).unwrap();
    Geo::open(&path).unwrap()
}

/// Signs somebody up, and proves what the case says is proven.
async fn sign_up(app: &TestApp, signup: &Signup) -> CustomerId {
    let id = app.apply(signup.role, signup.profile()).await;
    for kind in &signup.passed {
        let document = match kind {
            Kind::TaxIdToName => DocumentKind::TaxIdLetter,
            _ => DocumentKind::FormationRecord,
        };
        let basis = vouch::domain::command::review::Basis::Document(app.upload(id, document).await);
        app.record(id, *kind, basis, true).await.unwrap();
    }
    match signup.then {
        Some(Then::Reject) => drop(app.decide(id, Decision::Reject).await.unwrap()),
        Some(Then::Approve) => {
            app.identify(id).await;
            app.decide(id, Decision::Approve).await.unwrap();
            app.agree(id).await;
            app.activate(id).await.unwrap();
        }
        None => {}
    }
    id
}

/// Loads the register of filings with these names among others, all under one FRN.
async fn register(app: &TestApp, names: &[String]) {
    let day = vouch::domain::date::write(app.app.clock.now());
    let mut text = "business_name,frn,previous_dba_names,other_dba_names,foreign_voice_provider,\
        implementation,voice_service_provider_choice,gateway_provider_choice,\
        intermediate_provider_choice,sys_updated_on\n"
        .to_owned();
    let mut add = |name: &str, frn: &str| {
        text += &format!("{name},{frn},None,None,No,Complete,Yes,No,No,{day}\n");
    };
    names.iter().for_each(|name| add(name, "0018570812"));
    (0..40).for_each(|nth| add("OTHER TELEPHONE", &format!("00300000{nth:02}")));
    app.load_file(List::Rmd, "rmd.csv", &text).await;
}

fn open(file: &CustomerFile) -> Vec<String> {
    let mut codes: Vec<String> =
        file.findings.iter().filter(|f| f.stands()).map(|f| f.code.to_string()).collect();
    codes.sort();
    codes
}

async fn work(test: &TestStore, clock: &Clock, name: &str, case: &Case) {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with_geo(test, clock.clone(), geo(folder.path())).await;
    app.load_list().await;
    for signup in &case.before {
        sign_up(&app, signup).await;
    }
    if !case.filed.is_empty() {
        register(&app, &case.filed).await;
    }
    let id = sign_up(&app, &case.signup).await;
    if case.vanished {
        register(&app, &[]).await;
        check::run(&app.app, id).await.unwrap();
    }
    let file = app.file(id).await;
    println!("{name}: {} -> {:?} {:?}", case.about, file.customer.state.word(), open(&file));
    assert_eq!(open(&file), case.expect.findings, "{name}");
    assert_eq!(file.customer.state.word(), case.expect.state, "{name}");
    for (code, words) in &case.expect.evidence {
        let found = file.findings.iter().find(|f| f.code.as_str() == code).unwrap();
        let told = format!("{:?}", found.evidence.expose());
        for word in words {
            assert!(told.contains(word), "{name}: {word} in {told}");
        }
    }
    // Nobody passes the gate without a person, and nobody passes it with what bars.
    assert!(app.activate(id).await.is_err(), "{name}");
    app.identify(id).await;
    let approved = app.decide(id, Decision::Approve).await;
    assert_eq!(approved.is_ok(), case.expect.approved, "{name}: {approved:?}");
    assert_ne!(app.file(id).await.customer.state.word(), StateWord::Active, "{name}");
}

async fn every_case(kind: vouch::store::EngineKind) {
    let all = cases();
    assert!(all.len() >= 8, "{}", all.len());
    for (name, case) in all {
        let clock = Clock::movable(vouch::domain::time::Ts(1_800_000_000_000_000));
        let test = TestStore::with_clock(kind, clock.clone()).await;
        work(&test, &clock, &name, &case).await;
        test.finish().await;
    }
}

crate::support::stores::on_both_engines!(golden_cases_come_out_as_written, |kind| every_case(kind));

/// The real firms of public lists, each with its own EIN or LEI, signed up by somebody who has nothing but a
/// mailbox: whatever the sources say, none is ACTIVE, or even approved, without a reviewer.
async fn hijacked(test: &TestStore, clock: &Clock) {
    let Some(firms) = firms(200) else { return };
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let mut stopped = BTreeMap::new();
    for (nth, (name, number)) in (1..).zip(firms) {
        let mut profile = sound_profile(&name, nth);
        if number.kind == IdentifierKind::Ein {
            profile.identifiers.clear();
        }
        profile.identifiers.push(number);
        let id = app.apply(Role::EndUser, profile).await;
        let contact = app.contact(id).await;
        // The mailbox is the thief's own: the code comes back.
        app.prove(id, vouch::domain::command::challenge::Target::ContactEmail(contact)).await;
        check::run(&app.app, id).await.unwrap();
        let file = app.file(id).await;
        let state = file.customer.state.word();
        assert!(matches!(state, StateWord::InReview | StateWord::Submitted), "{state:?}");
        let claims = file.claim_rows();
        let proven = claims.iter().filter_map(|claim| file.live_check(claim)).any(|check| {
            matches!(check.kind, Kind::Representation) && check.result == Verdict::Pass
        });
        assert!(!proven, "a mailbox of the profile's own proves nothing of the firm");
        assert!(app.activate(id).await.is_err());
        assert!(app.decide(id, Decision::Approve).await.is_err());
        *stopped.entry(state.as_str()).or_insert(0) += 1;
    }
    println!("hijacked firms: {stopped:?}");
    let active = test.number("SELECT count(*) FROM customer WHERE state IN ('ACTIVE', 'VERIFIED')");
    assert_eq!(active.await, 0);
    assert_eq!(stopped.values().sum::<i32>(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_hijacked_firms_are_never_active() {
    let clock = Clock::movable(vouch::domain::time::Ts(1_800_000_000_000_000));
    let test = TestStore::with_clock(vouch::store::EngineKind::Sqlite, clock.clone()).await;
    hijacked(&test, &clock).await;
    test.finish().await;
}

/// Real names with a real number each: the tax number where the public record has it, else the LEI.
fn firms(most: usize) -> Option<Vec<(String, Identifier)>> {
    #[expect(clippy::disallowed_methods, reason = "tests find the real data by this variable")]
    let named = std::env::var_os("VOUCH_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = named.unwrap_or(beside).join("samples");
    if !folder.is_dir() {
        println!("skipped: no VOUCH_DATA");
        return None;
    }
    let mut seen = std::collections::BTreeSet::new();
    let rows = |file: &str| {
        let reader = csv::Reader::from_path(folder.join(file)).unwrap();
        reader.into_records().map(Result::unwrap)
    };
    let number = |kind: IdentifierKind, value: &str| {
        let value = crate::support::walk::text(value);
        Identifier { kind, value, issuing_region: String::new(), token: Pii::default() }
    };
    let sec = rows("sec_companies.csv").filter_map(|row| {
        let good = normal(FormKind::Ein, &row[1]).is_ok() && seen.insert(row[1].to_owned());
        good.then(|| (row[0].to_owned(), number(IdentifierKind::Ein, &row[1])))
    });
    let mut firms: Vec<_> = sec.collect();
    let lei = rows("gleif_lei_sample_handover.csv");
    firms.extend(lei.map(|row| (row[1].to_owned(), number(IdentifierKind::Lei, &row[0]))));
    firms.truncate(most);
    assert_eq!(firms.len(), most, "the sample has so many firms");
    Some(firms)
}

/// A clean small business whose identity a source already supports: nothing is left but a reviewer's
/// word, and what a machine does for it takes no two seconds.
async fn clean(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let began = Instant::now();
    let id = app.apply(Role::EndUser, sound_profile("Heron Lake Supply Company", 1)).await;
    app.identify(id).await;
    let worked = began.elapsed();
    let file = app.file(id).await;
    assert_eq!(open(&file), Vec::<String>::new());
    app.decide(id, Decision::Approve).await.unwrap();
    app.agree(id).await;
    app.activate(id).await.unwrap();
    println!("clean: {worked:?} of work until the reviewer");
    assert!(worked < Duration::from_secs(2) || cfg!(debug_assertions), "{worked:?}");
}

on_both_stores_in_time!(a_clean_business_passes_in_two_seconds, |test, clock| {
    clean(&test, &clock)
});
