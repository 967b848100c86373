//! What an import costs: its time against a bare load of the rows it left, memory while it runs, and
//! how long a suspension takes meanwhile. `VOUCH_IMPORT_ROWS` says how many rows; with
//! `VOUCH_IMPORT_CHECK=1` the promises are held to, which a busy machine may break.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use vouch::app::gate::Decision;
use vouch::app::{number_import, operation};
use vouch::clock::Clock;
use vouch::domain::access::{Actor, Principal, Role, Roles};
use vouch::domain::command::admin::InventorySource;
use vouch::domain::command::number::ImportNumbers;
use vouch::domain::customer::Role as CustomerRole;
use vouch::domain::evidence::Kind;
use vouch::domain::ids::{KeyId, OperationId};
use vouch::domain::number_import::{ImportFeed, Mode, Terms};
use vouch::domain::operation::State;
use vouch::jobs::import;

use super::base::Before;
use super::stages::{number, terms};
use crate::support::apps::TestApp;
use crate::support::campaign::setting;
use crate::support::stores::{TestStore, on_both_stores};

/// Customers that are suspended while it runs.
const SUSPENDED: u32 = 6;

/// The resident memory of this process, in MiB.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}

/// The most that this process holds until it is stopped, in MiB.
fn watched(stop: CancellationToken) -> JoinHandle<u64> {
    tokio::spawn(async move {
        let mut peak = resident();
        while !stop.is_cancelled() {
            peak = peak.max(resident());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        peak
    })
}

fn provisioning() -> Principal {
    let actor = Actor::Key(KeyId(uuid::Uuid::from_u128(5)));
    Principal { actor, client: None, roles: Roles::of(&[Role::Provisioning]) }
}

/// Takes the rows in, each with evidence from the provider's own feed.
async fn begin(app: &TestApp, terms: Terms, rows: u64) -> OperationId {
    let ask = ImportNumbers { write: app.write("ImportNumbers"), terms };
    let mut intake = number_import::open(&app.app, &provisioning(), ask).await.unwrap();
    let mut text = "number,reference\n".to_owned();
    for nth in 0..rows {
        writeln!(text, "+{},PO-{nth}", number(nth)).unwrap();
        if text.len() > 256 << 10 {
            intake.push(text.as_bytes()).await.unwrap();
            text.clear();
        }
    }
    intake.push(text.as_bytes()).await.unwrap();
    intake.finish().await.unwrap().operation
}

async fn until_done(app: &TestApp, test: &TestStore, id: OperationId) {
    loop {
        let seen = operation::get(&app.app, &provisioning(), id).await.unwrap();
        match seen.state {
            State::Done => break,
            State::Running => tokio::time::sleep(Duration::from_millis(20)).await,
            State::Held | State::Failed | State::Cancelled => panic!("{seen:?}"),
        }
    }
    while test.number("SELECT count(*) FROM journal_pending").await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn an_import_beside_a_bare_load(test: &TestStore) {
    let rows = setting("VOUCH_IMPORT_ROWS", 20_000);
    let check = setting("VOUCH_IMPORT_CHECK", 0) > 0;
    let app = TestApp::with_clock(test, Clock::system()).await;
    app.load_list().await;
    let mut active = Vec::new();
    for nth in 1..=SUSPENDED {
        active.push(app.active(&format!("Prairie Firm {nth} LLC"), nth).await);
    }
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    app.caught_up(test).await;
    let before = Before::of(test).await;
    let feed = ImportFeed {
        source: InventorySource::OwnOcn,
        carrier: String::new(),
        as_of: app.app.clock.now(),
    };
    let given =
        Terms { kind: Some(Kind::PortedToUs), feed: Some(feed), ..terms(heron, Mode::BestEffort) };
    let at_rest = resident();
    let stop = CancellationToken::new();
    let watch = watched(stop.clone());
    let began = Instant::now();
    let id = begin(&app, given, rows).await;
    let received = began.elapsed();
    tokio::spawn(import::run(app.app.clone(), stop.clone()));
    let mut waits = Vec::new();
    for customer in active {
        let progress = operation::get(&app.app, &provisioning(), id).await.unwrap();
        if progress.state != State::Running {
            break;
        }
        let asked = Instant::now();
        app.decide(customer, Decision::Suspend).await.unwrap();
        waits.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(rows / 200)).await;
    }
    until_done(&app, test, id).await;
    let took = began.elapsed();
    stop.cancel();
    let peak = watch.await.unwrap();
    // The suspensions' entries lie among the import's; their customers are not in the bare store.
    let steps = test.number("SELECT count(*) FROM number_import_result").await;
    let there = test.number("SELECT count(*) FROM number_claim").await;
    assert_eq!(there, i64::try_from(rows).unwrap());
    let bare = before.load(test, steps).await;
    let ratio = took.as_secs_f64() / bare.as_secs_f64();
    let worst = waits.iter().max().copied().unwrap_or_default();
    println!(
        "{:?}: {rows} rows in {took:.1?} ({received:.1?} of it received), {steps} steps; bare load \
         {bare:.1?}; ratio {ratio:.2}; memory {at_rest} MiB at rest, {peak} at most; {} suspensions, \
         the slowest {worst:.0?}",
        test.store.kind(),
        waits.len(),
    );
    assert!(!waits.is_empty(), "no suspension met the import");
    if check {
        assert!(ratio <= 2.0, "{ratio:.2} times a bare load");
        assert!(worst <= Duration::from_millis(250), "a suspension took {worst:?}");
        // A million rows are 90 MiB as their final rows alone: what grows with them is over this.
        assert!(peak - at_rest <= 192, "{} MiB more than at rest", peak - at_rest);
    }
}

on_both_stores!(bench, |test| an_import_beside_a_bare_load(&test));
