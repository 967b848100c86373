//! What comes from daily lists: an outage lowers what the policy says and silences nobody, and what
//! the FCC's export leaves open a reviewer decides by the page of the filing.

use std::time::Duration;

use vouch::app::error::AppError;
use vouch::app::gate::{self, Decision};
use vouch::app::{check, finding};
use vouch::clock::Clock;
use vouch::domain::attestation::{Answer, Attest, Cap, Reason};
use vouch::domain::check::{Check, Kind, Method, Verdict};
use vouch::domain::command::review::{Basis, ResolveFinding};
use vouch::domain::customer::{Active, Role, StateWord};
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::finding::{Code, Finding, Resolution};
use vouch::domain::ids::{CustomerId, FindingId};
use vouch::domain::list::List;
use vouch::domain::time::{Span, Ts};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{OURS, a_call, as_provider, sound_profile, text};

const CALLED: &str = "12126647665";

/// The register as the FCC exports it; `certified` adds the column that its export lacks.
async fn register(app: &TestApp, ours: Option<&str>, certified: Option<Ts>) {
    let mut text = "business_name,frn,previous_dba_names,other_dba_names,foreign_voice_provider,\
        implementation,voice_service_provider_choice,gateway_provider_choice,\
        intermediate_provider_choice"
        .to_owned();
    let date = certified.map(|at| format!(",{}", vouch::domain::date::write(at)));
    let date = date.unwrap_or_default();
    text += if date.is_empty() { "\n" } else { ",declaration_date\n" };
    let row =
        |name: &str, frn: &str| format!("{name},{frn},None,None,No,Complete,Yes,No,No{date}\n");
    let own = ours.map(|name| row(name, "0018570812"));
    text.extend(own);
    text.extend((0..40).map(|nth| row("OTHER TELEPHONE", &format!("00300000{nth:02}"))));
    app.load_file(List::Rmd, "rmd.csv", &text).await;
}

async fn reseller(app: &TestApp) -> CustomerId {
    let profile = as_provider(sound_profile("Prairie Resale LLC", 1));
    let id = app.apply(Role::Reseller, profile).await;
    app.identify(id).await;
    let rules = Basis::Document(app.upload(id, DocumentKind::Other).await);
    app.record(id, Kind::FlowDown, rules, true).await.unwrap();
    id
}

async fn activate(app: &TestApp, id: CustomerId) {
    app.decide(id, Decision::Approve).await.unwrap();
    app.agree(id).await;
    app.activate(id).await.unwrap();
}

async fn of_kind(app: &TestApp, id: CustomerId, kind: Kind) -> Check {
    let file = app.file(id).await;
    file.checks.into_iter().find(|check| check.kind == kind).unwrap()
}

async fn active(app: &TestApp, id: CustomerId) -> Active {
    let state = app.file(id).await.customer.state;
    state.active().unwrap_or_else(|| panic!("{state:?}")).clone()
}

async fn resolve(app: &TestApp, finding: FindingId, resolution: Resolution) {
    let (write, reason) = (app.write("ResolveFinding"), text("looked at"));
    let ask = ResolveFinding { write, finding, resolution, reason };
    finding::resolve(&app.app, &app.reviewer(), ask).await.unwrap();
}

async fn open(app: &TestApp, id: CustomerId, code: Code) -> Vec<Finding> {
    let findings = app.file(id).await.findings.into_iter();
    findings.filter(|finding| finding.code == code && finding.is_open()).collect()
}

/// What is answered at that instant, by the table as it stands an hour before; its number is fresh.
struct At<'a> {
    app: &'a TestApp,
    test: &'a TestStore,
    clock: &'a Clock,
    id: CustomerId,
}

impl At<'_> {
    async fn before(&self, instant: Ts) {
        self.clock.advance(instant.minus(Span::hours(1)).since(self.clock.now()));
        self.app.assign(&format!("{OURS},{},PO-1\n", self.id)).await;
        self.app.caught_up(self.test).await;
        // Freshness is proved by a beat that came after a look, and a beat is due only as this clock
        // goes on: each one is given time to be seen before the next.
        let fresh = async {
            let stale = || self.at(self.clock.now()).reasons.iter().any(|why| why == Reason::Stale);
            loop {
                for _look in 0..50 {
                    if !stale() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                self.clock.advance(Span::secs(1));
            }
        };
        tokio::time::timeout(Duration::from_secs(30), fresh).await.expect("a fresh table");
    }

    fn at(&self, now: Ts) -> Answer {
        let call = a_call("t1", OURS, CALLED);
        self.app.app.live.table().ask(&call, now, self.clock.mono()).answer
    }

    fn level(&self, now: Ts) -> Attest {
        self.at(now).attest
    }

    /// Time goes on to that instant, and everything that looks at ends looks.
    async fn passes(&self, instant: Ts) {
        self.clock.advance(instant.since(self.clock.now()));
        check::run(&self.app.app, self.id).await.unwrap();
        check::ended(&self.app.app, self.id).await.unwrap();
        gate::expire(&self.app.app, self.id).await.unwrap();
    }
}

async fn outage(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    register(&app, Some("PRAIRIE RESALE LLC"), Some(clock.now())).await;
    let id = reseller(&app).await;
    activate(&app, id).await;
    app.trunk(id, "t1").await;
    app.claim(id, OURS).await;
    let life = At { app: &app, test, clock, id };
    let last = Span::micros(1);

    // No list is loaded from here on. The filing: a reviewer is told, and service goes on.
    let end = of_kind(&app, id, Kind::RmdRecord).await.expires_at;
    life.before(end).await;
    assert_eq!((life.level(end.minus(last)), life.level(end)), (Attest::A, Attest::A));
    life.passes(end.minus(Span::secs(1))).await;
    assert_eq!(open(&app, id, Code::CheckReview).await, []);
    life.passes(end).await;
    assert_eq!(open(&app, id, Code::CheckReview).await.len(), 1);
    assert_eq!(active(&app, id).await.cap, Cap::A);

    // The screening: nothing above B, and never less than that.
    let end = of_kind(&app, id, Kind::Sanctions).await.expires_at;
    assert_eq!(active(&app, id).await.uncapped_until, end);
    life.before(end).await;
    assert_eq!((life.level(end.minus(last)), life.level(end)), (Attest::A, Attest::B));
    life.passes(end.plus(Span::secs(1))).await;
    assert_eq!(of_kind(&app, id, Kind::Sanctions).await.result, Verdict::Pass, "it was not asked");
    let standing = active(&app, id).await;
    assert!(standing.active_until > end.plus(Span::days(300)), "{standing:?}");
    let later = end.plus(Span::days(200));
    life.before(later).await;
    assert_eq!(life.level(later), Attest::B);
    life.passes(later).await;
    assert_eq!(open(&app, id, Code::CheckReview).await.len(), 1);

    // What a person has to prove anew ends after its grace; what binds the resellers is seen again.
    let rules = Basis::Document(app.upload(id, DocumentKind::Other).await);
    app.record(id, Kind::FlowDown, rules, true).await.unwrap();
    let end = active(&app, id).await.active_until;
    let proofs = [
        Kind::ContactEmail,
        Kind::ContactPhone,
        Kind::AlternatePhone,
        Kind::Existence,
        Kind::TaxIdToName,
        Kind::Representation,
    ];
    let mut ends = Vec::new();
    for kind in proofs {
        ends.push(of_kind(&app, id, kind).await.expires_at.plus(Span::days(30)));
    }
    assert_eq!(Some(&end), ends.iter().min());
    life.before(end).await;
    assert_eq!((life.level(end.minus(last)), life.level(end)), (Attest::B, Attest::None));
    life.passes(end).await;
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Suspended);
}

on_both_stores_in_time!(rule_07_an_outage_of_a_daily_list_silences_nobody, |test, clock| {
    outage(&test, &clock)
});

/// Whoever resembled a listed party once is not passed by a list that is not there.
async fn ruled_out(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let mut profile = sound_profile("Quiet Supply LLC", 1);
    profile.trade_names = vec![text("Northern Ice Shipping")];
    let id = app.apply(Role::EndUser, profile).await;
    for hit in open(&app, id, Code::SanctionsHit).await {
        resolve(&app, hit.id, Resolution::FalsePositive).await;
    }
    let named = async || {
        let checks = app.file(id).await.checks.into_iter();
        let mut named = checks.filter(|check| check.subject.starts_with("trade_names"));
        named.find(|check| check.kind == Kind::Sanctions).unwrap()
    };
    let before = named().await;
    assert_eq!((before.result, before.reason.as_str()), (Verdict::Pass, "HITS_RULED_OUT"));
    clock.advance(before.expires_at.plus(Span::days(1)).since(clock.now()));
    check::run(&app.app, id).await.unwrap();
    assert_eq!(named().await.expires_at, before.expires_at, "a list that is not there passed it");
}

on_both_stores_in_time!(what_was_ruled_out_is_not_passed_without_a_list, |test, clock| {
    ruled_out(&test, &clock)
});

async fn filings(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    register(&app, None, None).await;
    let id = reseller(&app).await;
    let page = Basis::Document(app.upload(id, DocumentKind::Other).await);
    let absent = of_kind(&app, id, Kind::RmdRecord).await;
    assert_eq!((absent.result, absent.reason.as_str()), (Verdict::Fail, "RMD_ABSENT"));
    let denied = app.record(id, Kind::RmdRecord, page.clone(), true).await;
    assert!(
        matches!(&denied, Err(AppError::Refused { reason, .. }) if *reason == "NOTHING_TO_DECIDE"),
        "{denied:?}"
    );
    for finding in open(&app, id, Code::RmdMissing).await {
        resolve(&app, finding.id, Resolution::Mitigated).await;
    }

    // The true export: no date of certification.
    register(&app, Some("PRAIRIE RESALE LLC"), None).await;
    check::run(&app.app, id).await.unwrap();
    let undated = of_kind(&app, id, Kind::RmdRecord).await;
    assert_eq!((undated.result, undated.reason.as_str()), (Verdict::Review, "RMD_DATE_NOT_TOLD"));
    app.record(id, Kind::RmdRecord, page, true).await.unwrap();
    activate(&app, id).await;
    check::run(&app.app, id).await.unwrap();
    let decided = of_kind(&app, id, Kind::RmdRecord).await;
    assert_eq!((decided.result, decided.reason.as_str()), (Verdict::Pass, "RMD_REVIEWED"));
    assert_eq!(decided.method, Method::Document);
    assert!(decided.document.is_some());
    assert_eq!(active(&app, id).await.cap, Cap::A);

    // A filing that is late caps, and its recertification lifts that.
    register(&app, Some("PRAIRIE RESALE LLC"), Some(clock.now().minus(Span::days(800)))).await;
    check::run(&app.app, id).await.unwrap();
    assert_eq!(active(&app, id).await.cap, Cap::B);
    assert_eq!(open(&app, id, Code::RmdStale).await.len(), 1);
    register(&app, Some("PRAIRIE RESALE LLC"), Some(clock.now())).await;
    check::run(&app.app, id).await.unwrap();
    assert_eq!(open(&app, id, Code::RmdStale).await, []);
    assert_eq!(active(&app, id).await.cap, Cap::A);
}

on_both_stores_in_time!(a_filing_is_decided_by_its_page_and_late_is_not_gone, |test, clock| {
    filings(&test, &clock)
});

/// A list of the tests' bodies under a date of today.
fn dated(text: &str, now: Ts) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = vouch::domain::date::write(now);
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { panic!("{date}") };
    let english = format!("{day}-{}-{year}", MONTHS[month.parse::<usize>().unwrap() - 1]);
    text.replace("2026-02-27", &date).replace("04-Feb-2026", &english)
}

async fn excluded(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let before = app.active("Example Builders Inc", 1).await;
    let (sam, un, uk) = (
        include_str!("../sources/bodies/sam.csv"),
        include_str!("../sources/bodies/un.xml"),
        include_str!("../sources/bodies/uk.csv"),
    );
    app.load_file(List::Sam, "sam_exclusions.csv", sam).await;
    app.load_file(List::Un, "consolidated.xml", &dated(un, clock.now())).await;
    app.load_file(List::Uk, "UK-Sanctions-List.csv", &dated(uk, clock.now())).await;
    // A reviewer is told of the one that is ACTIVE, and its service goes on.
    check::run(&app.app, before).await.unwrap();
    let told = open(&app, before, Code::Debarred).await;
    assert!(!told.is_empty());
    assert!(told.iter().all(|finding| finding.evidence.expose()["list"] == "sam"));
    assert_eq!(active(&app, before).await.cap, Cap::A);
    for finding in told {
        resolve(&app, finding.id, Resolution::Confirmed).await;
    }
    assert_eq!(active(&app, before).await.cap, Cap::A, "its severity says what it takes");
    // Anybody else waits for the reviewer.
    let fresh = app.apply(Role::EndUser, sound_profile("Example Builders Inc.", 2)).await;
    app.identify(fresh).await;
    assert!(app.decide(fresh, Decision::Approve).await.is_err());
    for finding in open(&app, fresh, Code::Debarred).await {
        resolve(&app, finding.id, Resolution::FalsePositive).await;
    }
    app.decide(fresh, Decision::Approve).await.unwrap();
    // Sanctions are another matter.
    let mut listed = sound_profile("Quiet Freight LLC", 3);
    listed.trade_names = vec![text("Example Shipping Company")];
    let listed = app.apply(Role::EndUser, listed).await;
    let hits = open(&app, listed, Code::SanctionsHit).await;
    for list in ["un", "uk"] {
        let of = |hit: &&Finding| hit.evidence.expose()["list"] == list;
        assert!(hits.iter().any(|hit| of(&hit)), "{list}: {hits:?}");
    }
    assert!(app.decide(listed, Decision::Approve).await.is_err());
}

on_both_stores_in_time!(an_exclusion_is_reviewed_and_a_sanction_bars, |test, clock| {
    excluded(&test, &clock)
});
