//! Golden cases: what is known of real sign-ups, as data. Each file says what was claimed, what
//! stood before, and what has to come of it; one runner works them on both stores.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use vouch::app::gate::Decision;
use vouch::app::{AppError, check};
use vouch::clock::Clock;
use vouch::domain::check::{Kind, Source};
use vouch::domain::command::review::Basis;
use vouch::domain::customer::{Role, StateWord};
use vouch::domain::customer_file::CustomerFile;
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::identifier::{Kind as FormKind, normal};
use vouch::domain::ids::CustomerId;
use vouch::domain::list::List;
use vouch::domain::pii::Pii;
use vouch::domain::profile::{Identifier, IdentifierKind, Profile};
use vouch::domain::requirement::Requirement;
use vouch::sources::exchange::Sources;
use vouch::sources::geo::Geo;

use crate::registers::{COLORADO, FILER, FILERS};
use crate::sources::outside::{Party, Says, settings};
use crate::support::apps::TestApp;
use crate::support::data::data;
use crate::support::mmdb::mmdb;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{as_provider, sound_profile, text};

/// A case as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    #[serde(default)]
    before: Vec<Signup>,
    /// What Colorado's register and EDGAR answer, by path; without it neither is set up.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// Domains that are listed as throw-away ones.
    #[serde(default)]
    disposable: Vec<String>,
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
    /// What stands between it and approval once people have proven everything that people prove, by
    /// its codes.
    bars: BTreeSet<String>,
    /// Results of checks with their reasons; nothing where a check was not made.
    #[serde(default)]
    checks: BTreeMap<Kind, String>,
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
        let basis = Basis::Document(app.upload(id, document).await);
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
        intermediate_provider_choice,declaration_date\n"
        .to_owned();
    let mut add = |name: &str, frn: &str| {
        writeln!(text, "{name},{frn},None,None,No,Complete,Yes,No,No,{day}").unwrap();
    };
    for name in names {
        add(name, "0018570812");
    }
    for nth in 0..40 {
        add("OTHER TELEPHONE", &format!("00300000{nth:02}"));
    }
    app.load_file(List::Rmd, "rmd.csv", &text).await;
}

fn open(file: &CustomerFile) -> Vec<String> {
    let mut codes: Vec<String> =
        file.findings.iter().filter(|f| f.stands()).map(|f| f.code.to_string()).collect();
    codes.sort();
    codes
}

/// Colorado's register and EDGAR, which answer so.
async fn parties(clock: &Clock, answers: &BTreeMap<String, String>) -> Sources {
    if answers.is_empty() {
        return Sources::none(clock);
    }
    let says = |body: &String| Says::Json(200, body.clone());
    let book: Vec<_> = answers.iter().map(|(path, body)| (path.as_str(), says(body))).collect();
    let port = Party::new(&book).await.port;
    let at = || settings(format!("http://127.0.0.1:{port}"));
    let given = BTreeMap::from([(Source::UsCo, at()), (Source::SecEdgar, at())]);
    Sources::new(&given, clock).unwrap()
}

/// The codes of what is missing; of nothing else may the gate complain.
fn codes(refused: AppError) -> BTreeSet<String> {
    let AppError::Unmet(unmet) = refused else { panic!("another refusal: {refused}") };
    unmet.iter().map(|need| need.code.to_string()).collect()
}

/// The codes that concern who the customer is.
fn identity(refused: AppError) -> BTreeSet<String> {
    let AppError::Unmet(unmet) = refused else { panic!("another refusal: {refused}") };
    let who = |need: &&Requirement| need.code.concerns_identity();
    unmet.iter().filter(who).map(|need| need.code.to_string()).collect()
}

/// The live result of a kind with its reason.
fn result(file: &CustomerFile, kind: Kind) -> String {
    let claims = file.claim_rows();
    let claim = claims.iter().find(|claim| claim.kind == kind);
    let check = claim.and_then(|claim| file.live_check(claim));
    check.map_or_else(String::new, |check| format!("{} {}", check.result, check.reason))
}

async fn work(test: &TestStore, clock: &Clock, name: &str, case: &Case) {
    let folder = tempfile::tempdir().unwrap();
    let sources = parties(clock, &case.answers).await;
    let app = TestApp::made(test, clock.clone(), geo(folder.path()), sources).await;
    app.load_list().await;
    if !case.disposable.is_empty() {
        let lines = case.disposable.join("\n") + "\n";
        app.load_file(List::Disposable, "disposable.conf", &lines).await;
    }
    for signup in &case.before {
        sign_up(&app, signup).await;
    }
    if !case.filed.is_empty() {
        register(&app, &case.filed).await;
    }
    let id = sign_up(&app, &case.signup).await;
    check::ask_sources(&app.app, id).await.unwrap();
    if case.vanished {
        register(&app, &[]).await;
        check::run(&app.app, id).await.unwrap();
    }
    let file = app.file(id).await;
    println!("{name}: {} -> {:?} {:?}", case.about, file.customer.state.word(), open(&file));
    assert_eq!(open(&file), case.expect.findings, "{name}");
    assert_eq!(file.customer.state.word(), case.expect.state, "{name}");
    for (kind, told) in &case.expect.checks {
        assert_eq!(result(&file, *kind), *told, "{name}: {kind}");
    }
    for (code, words) in &case.expect.evidence {
        let found = file.findings.iter().find(|f| f.code.as_str() == code).unwrap();
        let told = format!("{:?}", found.evidence.expose());
        for word in words {
            assert!(told.contains(word), "{name}: {word} in {told}");
        }
    }
    gate(&app, id, name, &case.expect.bars).await;
}

/// Nobody passes the gate without a person, and nobody passes it with what bars, whatever else is
/// done; where nothing bars, all that is missing leads to ACTIVE.
async fn gate(app: &TestApp, id: CustomerId, name: &str, bars: &BTreeSet<String>) {
    let file = app.file(id).await;
    let missing = codes(app.activate(id).await.unwrap_err());
    for code in ["APPROVAL", "CHECK_REPRESENTATION", "AGREEMENT_EXECUTED"] {
        assert!(missing.contains(code), "{name}: {code} in {missing:?}");
    }
    for kind in [Kind::Existence, Kind::TaxIdToName] {
        let passed = result(&file, kind).starts_with("PASS");
        assert_eq!(missing.contains(&format!("CHECK_{kind}")), !passed, "{name}: {missing:?}");
    }
    app.identify(id).await;
    let approved = app.decide(id, Decision::Approve).await;
    if bars.is_empty() {
        approved.unwrap();
        app.agree(id).await;
        app.activate(id).await.unwrap();
        assert_eq!(app.file(id).await.customer.state.word(), StateWord::Active, "{name}");
        return;
    }
    assert_eq!(identity(approved.unwrap_err()), *bars, "{name}");
    app.agree(id).await;
    let mut all = bars.clone();
    all.insert("APPROVAL".to_owned());
    assert_eq!(codes(app.activate(id).await.unwrap_err()), all, "{name}");
}

async fn every_case(kind: vouch::store::EngineKind) {
    let all = cases();
    assert!(all.len() >= 8, "{}", all.len());
    let mut wrong = Vec::new();
    for (name, case) in all {
        let clock = Clock::movable(vouch::domain::time::Ts(1_800_000_000_000_000));
        let test = TestStore::with_clock(kind, clock.clone()).await;
        // One case that is wrong does not hide the others.
        let worked = AssertUnwindSafe(work(&test, &clock, &name, &case)).catch_unwind().await;
        wrong.extend(worked.is_err().then_some(name));
        test.finish().await;
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

crate::support::stores::on_both_engines!(golden_cases_come_out_as_written, |kind| every_case(kind));

/// Real firms of public lists, whose number and name are what the registers say, signed up by
/// somebody who has everything but the firm: its papers, a mailbox and telephones of their own, and a
/// signature. What is missing is exactly a word of the firm itself and a reviewer's.
async fn hijacked(test: &TestStore, clock: &Clock) {
    let Some(sec) = data("samples/sec_companies.csv") else { return };
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let sec = std::fs::read_to_string(sec).unwrap();
    app.load_file(List::Sec, "sec_companies.csv", &sec).await;
    let firms = firms(&sec);
    app.load_file(List::Form5500, "f_5500_sf_2026.csv", &plans(&firms)).await;
    let alone = BTreeSet::from(["CHECK_REPRESENTATION".to_owned()]);
    let both = BTreeSet::from(["APPROVAL".to_owned(), "CHECK_REPRESENTATION".to_owned()]);
    let (mut stopped, mut other) = (Vec::new(), Vec::new());
    for (nth, (name, number)) in (1..).zip(firms) {
        if stopped.len() == 200 {
            break;
        }
        let mut profile = sound_profile(&name, nth);
        profile.identifiers = vec![number];
        let id = app.apply(Role::EndUser, profile).await;
        assert_eq!(result(&app.file(id).await, Kind::TaxIdToName), "PASS MATCHED", "{name}");
        if !open(&app.file(id).await).is_empty() {
            // A name that looks like another one is a matter of its own.
            other.push(name);
            continue;
        }
        app.reach(id).await;
        let paper = app.upload(id, DocumentKind::FormationRecord).await;
        app.record(id, Kind::Existence, Basis::Document(paper), true).await.unwrap();
        app.agree(id).await;
        assert_eq!(identity(app.decide(id, Decision::Approve).await.unwrap_err()), alone);
        assert_eq!(codes(app.activate(id).await.unwrap_err()), both, "{name}");
        stopped.push(id);
    }
    println!("hijacked firms: {}, with findings besides: {other:?}", stopped.len());
    assert_eq!(stopped.len(), 200);
    let active = "SELECT count(*) FROM customer WHERE state IN ('ACTIVE', 'VERIFIED')";
    assert_eq!(test.number(active).await, 0);
    // It is that word which was missing, and nothing else.
    for id in stopped.into_iter().step_by(40) {
        app.record(id, Kind::Representation, app.callback(), true).await.unwrap();
        assert_eq!(
            codes(app.activate(id).await.unwrap_err()),
            BTreeSet::from(["APPROVAL".to_owned()])
        );
        app.decide(id, Decision::Approve).await.unwrap();
        app.activate(id).await.unwrap();
        assert_eq!(app.file(id).await.customer.state.word(), StateWord::Active);
    }
    assert_eq!(test.number(active).await, 5);
}

on_both_stores_in_time!(two_hundred_hijacked_firms_are_never_active, |test, clock| {
    hijacked(&test, &clock)
});

/// Real names with a tax number each: their own where the public record has it, else one that a plan's
/// filing gives them here.
fn firms(sec: &str) -> Vec<(String, Identifier)> {
    let mut seen = BTreeSet::new();
    let number = |value: &str| Identifier {
        kind: IdentifierKind::Ein,
        value: text(value),
        issuing_region: String::new(),
        token: Pii::default(),
    };
    let rows = csv::Reader::from_reader(sec.as_bytes()).into_records().map(Result::unwrap);
    let filers = rows.filter_map(|row| {
        let good = normal(FormKind::Ein, &row[1]).is_ok() && seen.insert(row[1].to_owned());
        good.then(|| (row[0].to_owned(), number(&row[1])))
    });
    let mut firms: Vec<_> = filers.collect();
    let lei = data("samples/gleif_lei_sample_handover.csv").unwrap();
    let rows = csv::Reader::from_path(lei).unwrap().into_records().map(Result::unwrap);
    let american = rows.filter(|row| &row[2] == "US" && row[1].len() <= 200);
    firms.extend(
        (0..200_u32)
            .zip(american)
            .map(|(nth, row)| (row[1].to_owned(), number(&format!("41-{:07}", 7_345_000 + nth)))),
    );
    firms
}

/// A file of plans that gives each firm its number.
fn plans(firms: &[(String, Identifier)]) -> String {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["ACK_ID", "SF_SPONSOR_NAME", "SF_SPONSOR_DBA_NAME", "SF_SPONS_EIN"])
        .unwrap();
    for (nth, (name, number)) in firms.iter().enumerate() {
        let ein = number.value.expose().replace('-', "");
        file.write_record([&nth.to_string(), name, "", &ein]).unwrap();
    }
    String::from_utf8(file.into_inner().unwrap()).unwrap()
}

/// A clean small business in a covered state: the registers pass who it is without a person, a
/// reviewer's word and a call are left, and what machines do for it takes no two seconds.
async fn clean(test: &TestStore, clock: &Clock) {
    let answers = [
        ("/resource/4ykn-tg5h.json", COLORADO),
        ("/files/company_tickers.json", FILERS),
        ("/submissions/", FILER),
    ];
    let answers = answers.map(|(path, body)| (path.to_owned(), body.to_owned())).into();
    let app = TestApp::asking(test, parties(clock, &answers).await).await;
    app.load_list().await;
    let profile = covered(sound_profile("Heron Lake Dental LLC", 1), "US-CO");
    let began = Instant::now();
    let id = app.apply(Role::EndUser, profile).await;
    check::ask_sources(&app.app, id).await.unwrap();
    let worked = began.elapsed();
    let file = app.file(id).await;
    assert_eq!(open(&file), Vec::<String>::new());
    for (kind, source) in [(Kind::Existence, "US_CO"), (Kind::TaxIdToName, "SEC_EDGAR")] {
        assert_eq!(result(&file, kind), "PASS MATCHED", "{kind}");
        let check = file.checks.iter().find(|check| check.kind == kind).unwrap();
        assert_eq!((check.source.as_str(), check.document), (source, None));
    }
    app.reach(id).await;
    app.record(id, Kind::Representation, app.callback(), true).await.unwrap();
    app.decide(id, Decision::Approve).await.unwrap();
    app.agree(id).await;
    let began = Instant::now();
    app.activate(id).await.unwrap();
    let worked = worked + began.elapsed();
    println!("clean: {worked:?} of work");
    assert!(worked < Duration::from_secs(2), "{worked:?}");
    // The same firm where no register is asked: nothing is passed for it.
    let elsewhere = covered(sound_profile("Prairie Lamp Repair LLC", 2), "US-WY");
    let id = app.apply(Role::EndUser, elsewhere).await;
    check::ask_sources(&app.app, id).await.unwrap();
    let file = app.file(id).await;
    assert_eq!(result(&file, Kind::Existence), "");
    assert_eq!(file.customer.state.word(), StateWord::InReview);
    let missing = codes(app.activate(id).await.unwrap_err());
    assert!(missing.contains("CHECK_EXISTENCE"), "{missing:?}");
}

/// A firm with a registration of its state and an EIN.
fn covered(profile: Profile, state: &str) -> Profile {
    let number = |kind, value: &str, region: &str| Identifier {
        kind,
        value: text(value),
        issuing_region: region.to_owned(),
        token: Pii::default(),
    };
    Profile {
        incorporation_jurisdiction: state.to_owned(),
        identifiers: vec![
            number(IdentifierKind::StateRegistration, "20201234567", state),
            number(IdentifierKind::Ein, "94-2404110", ""),
        ],
        ..profile
    }
}

on_both_stores_in_time!(a_clean_business_passes_in_two_seconds, |test, clock| {
    clean(&test, &clock)
});
