//! Campaigns on numbers: sets of evidence, hostile claims, and a day of events. Each has a short form
//! in the tests; `scripts/campaigns.sh` runs the long ones and `docs/reliability.md` tells the figures.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use uuid::Uuid;
use vouch::app::number;
use vouch::app::number::Outcome;
use vouch::app::number_event::Came;
use vouch::domain::attestation::{
    Attest, AttestationPolicy, Call, Cap, CustomerFacts, EvidenceKind, Freshness, NumberFacts,
    PlainFacts, RejectOrB, Shown, TrunkAuth, TrunkFacts, TrunkKind, TrunkMode, decide,
};
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::customer::Role;
use vouch::domain::evidence::{Approval, Detail, Evidence, grants};
use vouch::domain::ids::{CustomerId, EvidenceId, NumberId, Origid};
use vouch::domain::number::{Category, Tn};
use vouch::domain::number_event::Kind;
use vouch::domain::pii::Pii;
use vouch::domain::time::{Span, Ts};
use vouch::store::EngineKind;

use super::number_events::{event, tell};
use super::support::apps::TestApp;
use super::support::campaign::{Dice, setting};
use super::support::stores::{TestStore, on_both_engines, on_both_stores};
use super::support::walk::a_call;

const OWNER: u128 = 1;
const STRANGER: u128 = 9;

fn who(n: u128) -> CustomerId {
    CustomerId(Uuid::from_u128(n))
}

fn random_piece(dice: &mut Dice, n: u128, customer: u128) -> Evidence {
    let approved = |dice: &mut Dice| Approval {
        members: (0..8_u128).filter(|_| dice.below(4) > 0).map(id).collect(),
        until: instant(dice),
    };
    let kind = *dice.one(&EvidenceKind::ALL);
    let approval = (kind == EvidenceKind::Loa && dice.below(4) > 0).then(|| approved(dice));
    Evidence {
        id: id(n),
        number: NumberId(Uuid::from_u128(5)),
        customer: who(customer),
        kind,
        source: String::new(),
        detail: Detail { approval, ..Detail::default() },
        document: None,
        verified_at: if dice.below(8) == 0 { Ts::NEVER } else { Ts(1) },
        expires_at: instant(dice),
        revoked_at: (dice.below(10) == 0).then_some(Ts(1)),
        by: String::new(),
    }
}

fn id(n: u128) -> EvidenceId {
    EvidenceId(Uuid::from_u128(n))
}

fn instant(dice: &mut Dice) -> Ts {
    Ts(i64::try_from(dice.below(40)).unwrap() + 2)
}

/// The owner's level at an instant.
fn level(evidence: &[Evidence], cap: Cap, policy: &AttestationPolicy, now: Ts) -> Attest {
    let origid = Origid(Uuid::from_u128(5));
    let customer = CustomerFacts {
        active: true,
        active_until: Ts::FOREVER,
        uncapped_until: Ts::FOREVER,
        cap: Cap::A,
        origid,
    };
    let trunk = TrunkFacts {
        kind: TrunkKind::Customer,
        auth: TrunkAuth::Digest,
        owner: who(OWNER),
        foreign: false,
        mode: TrunkMode::Enforce,
        origid,
    };
    let grants = grants(evidence, &[], |_| true);
    let orig = NumberFacts { category: Category::Assignable, foreign: false, cap, grants };
    let customers = BTreeMap::from([(who(OWNER), customer)]);
    let plain = PlainFacts { trunk: Some(trunk), customers, orig, diverting: None };
    let call =
        Call { trunk: "t", orig: Shown::Unreadable, dest: "1", diverting: None, signed: false };
    let fresh = Freshness { loaded: true, age: Span::ZERO };
    decide(&call, &plain.view(), fresh, policy, now).attest
}

/// Removing a piece of a customer's evidence never raises its level, and what a stranger only says
/// changes nobody's.
#[test]
fn evidence_sets_only_lose_by_losing() {
    let sets = setting("VOUCH_EVIDENCE_SETS", 20_000);
    let mut dice = Dice::of(Dice::seed("VOUCH_EVIDENCE_SEED"));
    let mut seen = [0_u64; 3];
    let mut lowered = 0_u64;
    for _ in 0..sets {
        let mut pieces: Vec<Evidence> = Vec::new();
        for n in 0..u128::from(dice.below(7) + 1) {
            pieces.push(random_piece(&mut dice, n, OWNER));
        }
        for n in 20..20 + u128::from(dice.below(3)) {
            pieces.push(random_piece(&mut dice, n, 2));
        }
        let policy = AttestationPolicy {
            strict_own_numbers_only: dice.below(4) == 0,
            expired_evidence: if dice.below(2) == 0 { RejectOrB::B } else { RejectOrB::Reject },
            ..AttestationPolicy::default()
        };
        let cap = if dice.below(4) == 0 { Cap::B } else { Cap::A };
        let now = instant(&mut dice);
        let whole = level(&pieces, cap, &policy, now);
        seen[match whole {
            Attest::None => 0,
            Attest::B => 1,
            Attest::A => 2,
            Attest::C => panic!("C for a customer's number"),
        }] += 1;
        for gone in 0..pieces.len() {
            if pieces[gone].customer != who(OWNER) {
                continue;
            }
            let mut less = pieces.clone();
            less.remove(gone);
            let left = level(&less, cap, &policy, now);
            assert!(left <= whole, "{left:?} after {whole:?} without {gone} of {pieces:?}");
            lowered += u64::from(left < whole);
        }
        let mut said = random_piece(&mut dice, 40, STRANGER);
        if said.kind != EvidenceKind::CustomerSelfCert {
            said.verified_at = Ts::NEVER;
        }
        pieces.push(said);
        assert_eq!(level(&pieces, cap, &policy, now), whole, "a stranger's word: {pieces:?}");
    }
    println!(
        "{sets} sets: NONE {}, B {}, A {}; lowered {lowered} times",
        seen[0], seen[1], seen[2]
    );
    assert!(seen.iter().all(|count| *count > sets / 50), "{seen:?}");
    assert!(lowered > sets / 50);
}

fn number(nth: u64) -> String {
    let (npa, rest) = (nth / 1_000_000, nth % 1_000_000);
    format!("+1{}{:07}", 507 + npa, 3_200_000 + rest)
}

/// Gives numbers to customers by the provider's inventory, in files of a size that it takes.
async fn assigned(app: &TestApp, customers: &[CustomerId], count: u64) {
    for first in (0..count).step_by(100_000) {
        let last = count.min(first + 100_000);
        let rows: String = (first..last)
            .map(|nth| {
                let customer = customers[usize::try_from(nth).unwrap() % customers.len()];
                format!("{},{customer},PO-1\n", number(nth))
            })
            .collect();
        app.assign(&rows).await;
    }
}

async fn strangers_claim(test: &TestStore) {
    let claims = setting("VOUCH_HOSTILE_CLAIMS", 600);
    let app = TestApp::new(test).await;
    app.load_list().await;
    let heron = app.active("Heron Lake Supply Company", 1).await;
    app.trunk(heron, "t1").await;
    let strangers = 20.min(claims);
    let numbers = claims / strangers;
    assigned(&app, &[heron], numbers).await;
    app.caught_up(test).await;
    let levels = || -> Vec<(Attest, bool)> {
        let told = |nth| app.ask("t1", &number(nth), "12126647665");
        (0..numbers).map(told).map(|a| (a.attest, a.evidence_until > Ts(1))).collect()
    };
    let before = levels();
    assert!(before.iter().all(|(level, _)| *level == Attest::A));
    let began = Instant::now();
    let mut done = 0;
    for nth in 0..strangers {
        let stranger = app.customer(&format!("Stranger {nth}"), Role::EndUser).await;
        let all: Vec<u64> = (0..numbers).collect();
        for some in all.chunks(1_000) {
            let given = |nth: &u64| {
                let text = number(*nth);
                GivenNumber { tn: Tn::parse(&text), given: Pii::new(text) }
            };
            let numbers = some.iter().map(given).collect();
            let ask = Numbers { write: app.write("ClaimNumbers"), customer: stranger, numbers };
            let came = number::claim(&app.app, &app.portal(), ask).await.unwrap();
            assert!(came.results.iter().all(|one| *one == Outcome::Done));
            done += came.results.len();
        }
    }
    app.caught_up_within(test, Duration::from_mins(10)).await;
    let changed = before.iter().zip(levels()).filter(|(before, after)| *before != after).count();
    println!("{done} claims in {:?}: {changed} levels changed", began.elapsed());
    assert_eq!(changed, 0);
    assert_eq!(
        test.number("SELECT count(*) FROM number_claim").await,
        i64::try_from(done).unwrap()
    );
}

on_both_stores!(hostile_claims, |test| strangers_claim(&test));

/// A day of events: each answer has changed within a second of its event's commit. A watcher looks
/// at the table all the time; the time is counted from before the command was sent. A machine that
/// has other things to do is given more.
async fn a_day(kind: EngineKind) {
    let events = setting("VOUCH_DAY_EVENTS", 300);
    let test = TestStore::new(kind).await;
    let app = TestApp::new(&test).await;
    app.load_list().await;
    let mut customers = Vec::new();
    for nth in 1..=3 {
        let customer = app.active(&format!("Customer {nth} Company"), nth).await;
        app.trunk(customer, &format!("t{nth}")).await;
        customers.push(customer);
    }
    assigned(&app, &customers, events).await;
    app.caught_up_within(&test, Duration::from_mins(10)).await;
    let trunk = |nth: u64| format!("t{}", nth % 3 + 1);
    let attest = |nth: u64| app.ask(&trunk(nth), &number(nth), "12126647665").attest;
    assert!((0..events).step_by(97).all(|nth| attest(nth) == Attest::A));
    let (mut slowest, mut sum) = (Duration::ZERO, Duration::ZERO);
    let began = Instant::now();
    let all: Vec<u64> = (0..events).collect();
    for some in all.chunks(10) {
        let now = app.app.clock.now();
        let kind = |nth: u64| match nth % 3 {
            0 => Kind::PortedOut,
            1 => Kind::Disconnected,
            _ => Kind::Unassigned,
        };
        let told =
            some.iter().map(|nth| event(kind(*nth), &number(*nth), now, &format!("E-{nth}")));
        let (live, clock) = (app.app.live.clone(), app.app.clock.clone());
        let wanted: Vec<(String, String, Attest)> = some
            .iter()
            .map(|nth| {
                let left = if nth % 3 == 0 { Attest::B } else { Attest::None };
                (trunk(*nth), number(*nth), left)
            })
            .collect();
        let sent = Instant::now();
        let watcher = tokio::spawn(async move {
            let mut open = wanted;
            let mut took = Vec::new();
            while !open.is_empty() {
                open.retain(|(trunk, number, level)| {
                    let call = a_call(trunk, number, "12126647665");
                    let answer = live.table().ask(&call, clock.now(), clock.mono()).answer;
                    // A fence is not the event's own answer.
                    let there = answer.attest == *level
                        && answer.reasons.first()
                            != vouch::domain::attestation::Reason::CustomerNotActive;
                    if there {
                        took.push(sent.elapsed());
                    }
                    !there
                });
                assert!(sent.elapsed() < Duration::from_mins(1), "an answer never changed");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            took
        });
        let came = tell(&app, told.collect()).await.results;
        assert!(came.iter().all(|one| *one == Came::Done), "{came:?}");
        for took in watcher.await.unwrap() {
            slowest = slowest.max(took);
            sum += took;
        }
    }
    let mean = sum / u32::try_from(events).unwrap();
    println!("{events} events in {:?}: mean {mean:?}, slowest {slowest:?}", began.elapsed());
    let within = Duration::from_millis(setting("VOUCH_DAY_WITHIN_MS", 10_000));
    assert!(slowest < within, "{slowest:?}");
    drop(app);
    test.finish().await;
}

on_both_engines!(day_of_events, |kind| a_day(kind));
