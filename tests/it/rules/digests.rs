//! Rule 1 against time: edits, requests of checks, their late results and activations in every order.
//! Whatever came first, nobody is ACTIVE on a text that no check has passed.

use vouch::app::{check, customer};
use vouch::clock::Clock;
use vouch::domain::check::{Kind, Verdict};
use vouch::domain::command::onboarding::UpdateProfile;
use vouch::domain::customer::StateWord;
use vouch::domain::ids::CustomerId;
use vouch::domain::profile::Field;
use vouch::store::EngineKind;

use crate::support::apps::TestApp;
use crate::support::stores::TestStore;
use crate::support::walk::text;

/// A name on the list that the tests load.
const LISTED: &str = "Northern Ice Shipping";

/// One step; each happens twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The trade name becomes another.
    Edit,
    /// The checks of the text as it stands are made.
    Ask,
    /// What the first request that still waits has found comes in.
    Result,
    /// The gate is asked.
    Activate,
}

/// Every order of two of each in which no result comes before its request.
fn orders() -> Vec<Vec<Step>> {
    fn go(left: [u8; 4], so_far: &mut Vec<Step>, out: &mut Vec<Vec<Step>>) {
        if left == [0; 4] {
            return out.push(so_far.clone());
        }
        let steps = [Step::Edit, Step::Ask, Step::Result, Step::Activate];
        for (at, step) in steps.into_iter().enumerate() {
            let waits = left[2] > left[1];
            if left[at] == 0 || step == Step::Result && !waits {
                continue;
            }
            let mut rest = left;
            rest[at] -= 1;
            so_far.push(step);
            go(rest, so_far, out);
            so_far.pop();
        }
    }
    let mut out = Vec::new();
    go([2; 4], &mut Vec::new(), &mut out);
    out
}

async fn edit(app: &TestApp, id: CustomerId, name: &str) {
    let mut profile = app.file(id).await.profile;
    profile.trade_names = vec![text(name)];
    let write = app.write("UpdateProfile");
    let ask = UpdateProfile { write, customer: id, profile, fields: vec![Field::TradeNames] };
    customer::update(&app.app, &app.portal(), ask).await.unwrap();
}

/// Works one order; says how often it was ACTIVE after a step.
async fn one(app: &TestApp, nth: u32, order: &[Step], names: [&str; 2], last_first: bool) -> u32 {
    let id = app.ready("Digest Supply LLC", nth).await;
    let (mut edits, mut waiting, mut active) = (names.into_iter(), Vec::new(), 0);
    for (at, step) in order.iter().enumerate() {
        match step {
            Step::Edit => edit(app, id, edits.next().unwrap()).await,
            Step::Ask => waiting.push(check::look(&app.app, id).await.unwrap().unwrap()),
            Step::Result => {
                let found = if last_first { waiting.pop().unwrap() } else { waiting.remove(0) };
                check::tell(&app.app, found).await.unwrap();
            }
            Step::Activate => drop(app.activate(id).await),
        }
        let file = app.file(id).await;
        if file.customer.state.word() != StateWord::Active {
            continue;
        }
        active += 1;
        let shown = file.profile.trade_names.first().map(|name| name.expose().as_str());
        assert_ne!(shown, Some(LISTED), "ACTIVE under a listed name: {order:?} at {at}");
        for claim in file.claim_rows().iter().filter(|claim| claim.kind == Kind::Sanctions) {
            let passed = file.live_check(claim).is_some_and(|c| c.result == Verdict::Pass);
            assert!(passed, "ACTIVE on unchecked text: {order:?} at {at}");
        }
    }
    active
}

async fn orders_on(kind: EngineKind, every: usize) {
    let clock = Clock::movable(vouch::domain::time::Ts(1_800_000_000_000_000));
    let test = TestStore::with_clock(kind, clock.clone()).await;
    let app = TestApp::with_clock(&test, clock).await;
    app.load_list().await;
    let (mut worked, mut active) = (0, 0);
    for (nth, order) in orders().iter().enumerate().step_by(every) {
        let to = nth % 4;
        let names = if to < 2 { [LISTED, "Plain Goods"] } else { ["Plain Goods", LISTED] };
        let nth = u32::try_from(nth).unwrap() + 1;
        active += one(&app, nth, order, names, to % 2 == 1).await;
        worked += 1;
    }
    println!("{worked} orders, ACTIVE after {active} of their steps");
    assert!(active > 0, "an order in which nobody is ever ACTIVE shows nothing");
    test.finish().await;
}

/// Every how manyth order is worked: all of them in the campaigns.
fn every(standard: usize) -> usize {
    #[expect(clippy::disallowed_methods, reason = "a campaign says that it wants all of them")]
    let all = std::env::var("VOUCH_DIGESTS").is_ok_and(|wanted| wanted == "all");
    if all { 1 } else { standard }
}

#[test]
fn there_are_so_many_orders() {
    // 2,520 without the rule that no result comes before its request.
    let all = orders();
    let right = |order: &Vec<Step>| {
        let mut open = 0_i32;
        order.iter().all(|step| {
            open += match step {
                Step::Ask => 1,
                Step::Result => -1,
                Step::Edit | Step::Activate => 0,
            };
            open >= 0
        })
    };
    assert!(all.iter().all(right));
    assert_eq!(all.len(), 840);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_01_no_order_is_active_on_unchecked_text_sqlite() {
    orders_on(EngineKind::Sqlite, every(29)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_01_no_order_is_active_on_unchecked_text_postgres() {
    orders_on(EngineKind::Postgres, every(149)).await;
}
