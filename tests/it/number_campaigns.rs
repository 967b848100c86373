//! Campaigns on numbers: sets of evidence, hostile claims, and a day of events. Each has a short form
//! in the tests; `scripts/campaigns.sh` runs the long ones and `docs/reliability.md` tells the figures.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;
use vouch::app::number;
use vouch::app::number::Outcome;
use vouch::app::number_event::Came;
use vouch::domain::attestation::{
    Attest, AttestationPolicy, Call, Cap, CustomerFacts, EvidenceKind, Freshness, NumberFacts,
    PlainFacts, Reason, RejectOrB, Shown, TrunkAuth, TrunkFacts, TrunkKind, TrunkMode, decide,
};
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::customer::Role;
use vouch::domain::evidence::{Approval, Detail, Evidence, Loan, grants};
use vouch::domain::ids::{CustomerId, EvidenceId, NumberId, Origid};
use vouch::domain::list::List;
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
const LENDER: u128 = 2;
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
    level_with(evidence, &[], (cap, policy), now)
}

/// The same where holders have lent the number.
fn level_with(
    evidence: &[Evidence],
    loans: &[Loan],
    (cap, policy): (Cap, &AttestationPolicy),
    now: Ts,
) -> Attest {
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
    let grants = grants(evidence, loans, |_| true);
    let orig = NumberFacts { category: Category::Assignable, foreign: false, cap, grants };
    let customers = [OWNER, LENDER, STRANGER].map(|n| (who(n), customer)).into();
    let plain = PlainFacts { trunk: Some(trunk), customers, orig, diverting: None };
    let call =
        Call { trunk: "t", orig: Shown::Unreadable, dest: "1", diverting: None, signed: false };
    let fresh = Freshness { loaded: true, age: Span::ZERO };
    decide(&call, &plain.view(), fresh, policy, now).attest
}

/// Removing a piece of a customer's evidence never raises its level, and what a stranger only says
/// changes nobody's. Under every policy but one, and for numbers that nobody lends: the two corners
/// where it does are [`two_corners_where_losing_a_piece_raises`].
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
            pieces.push(random_piece(&mut dice, n, LENDER));
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

/// Both follow from the order of the decision. A number that nobody has shown anything of is an unknown
/// one, which a policy may let pass at B, while evidence that ran out is refused. And a borrower with a
/// feed's evidence of its own stands against its lender's, as any other holder with a feed does, as soon
/// as a third one disputes the number: two feeds contradict each other, and one alone does not.
#[test]
fn two_corners_where_losing_a_piece_raises() {
    let piece = |n: u128, kind, customer, expires_at| Evidence {
        kind,
        expires_at,
        revoked_at: None,
        verified_at: Ts(1),
        detail: Detail::default(),
        ..random_piece(&mut Dice::of(1), n, customer)
    };
    let lenient = AttestationPolicy { unknown_tn: RejectOrB::B, ..AttestationPolicy::default() };
    let ended = piece(1, EvidenceKind::Loa, OWNER, Ts(5));
    let at = |evidence: &[Evidence], policy| level(evidence, Cap::A, policy, Ts(9));
    assert_eq!(at(std::slice::from_ref(&ended), &lenient), Attest::None);
    assert_eq!(at(&[], &lenient), Attest::B);
    let strict = AttestationPolicy::default();
    assert_eq!((at(&[ended], &strict), at(&[], &strict)), (Attest::None, Attest::None));

    let lent = piece(1, EvidenceKind::AssignedByUs, LENDER, Ts::FOREVER);
    let other = piece(2, EvidenceKind::Loa, STRANGER, Ts::FOREVER);
    let own = piece(3, EvidenceKind::PortedToUs, OWNER, Ts::FOREVER);
    let loans = [Loan { holder: who(LENDER), delegate: who(OWNER) }];
    let at = |evidence: &[Evidence]| level_with(evidence, &loans, (Cap::A, &strict), Ts(9));
    assert_eq!(at(&[lent.clone(), other.clone(), own.clone()]), Attest::B);
    assert_eq!(at(&[lent.clone(), other]), Attest::A);
    assert_eq!((at(&[lent.clone(), own]), at(&[lent])), (Attest::A, Attest::A));
}

fn number(nth: u64) -> String {
    let (npa, rest) = (nth / 1_000_000, nth % 1_000_000);
    format!("+1{}{:07}", 507 + npa, 3_200_000 + rest)
}

/// Gives numbers to customers by the provider's inventory, in files of a size that it takes.
async fn assigned(app: &TestApp, customers: &[CustomerId], count: u64) {
    for first in (0..count).step_by(100_000) {
        let last = count.min(first + 100_000);
        let mut rows = String::new();
        for nth in first..last {
            let customer = customers[usize::try_from(nth).unwrap() % customers.len()];
            writeln!(rows, "{},{customer},PO-1", number(nth)).unwrap();
        }
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
                let shown = number(*nth);
                GivenNumber { tn: Tn::parse(&shown), given: Pii::new(shown) }
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

/// Numbers with the trunk that asks, and the level that each has to come to.
type Wanted = Vec<(String, String, Attest)>;

/// Looks at the table all the time, and says when each answer had changed.
fn watch(app: &TestApp, wanted: Wanted) -> JoinHandle<Vec<Instant>> {
    let (live, clock, began) = (Arc::clone(&app.app.live), app.app.clock.clone(), Instant::now());
    tokio::spawn(async move {
        let (mut open, mut changed) = (wanted, Vec::new());
        while !open.is_empty() {
            open.retain(|(trunk, number, level)| {
                let call = a_call(trunk, number, "12126647665");
                let answer = live.table().ask(&call, clock.now(), clock.mono()).answer;
                // A fence is not the event's own answer.
                let fence = answer.reasons.first() == Reason::CustomerNotActive;
                let there = answer.attest == *level && !fence;
                if there {
                    changed.push(Instant::now());
                }
                !there
            });
            assert!(began.elapsed() < Duration::from_mins(10), "an answer never changed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        changed
    })
}

fn trunk(nth: u64) -> String {
    format!("t{}", nth % 3 + 1)
}

/// How long answers took from when their events were committed: the command had said so.
#[derive(Default)]
struct Times {
    slowest: Duration,
    sum: Duration,
    count: u32,
}

impl Times {
    async fn add(&mut self, watcher: JoinHandle<Vec<Instant>>, committed: Instant) {
        for changed in watcher.await.unwrap() {
            let took = changed.saturating_duration_since(committed);
            self.slowest = self.slowest.max(took);
            self.sum += took;
            self.count += 1;
        }
    }
}

/// Tells of ports, disconnections and unassignments as they come, ten at a time.
async fn told(app: &TestApp, events: &[u64], times: &mut Times) {
    for some in events.chunks(10) {
        let now = app.app.clock.now();
        let kind = |nth: u64| match nth % 3 {
            0 => Kind::PortedOut,
            1 => Kind::Disconnected,
            _ => Kind::Unassigned,
        };
        let left = |nth: u64| if nth.is_multiple_of(3) { Attest::B } else { Attest::None };
        let wanted = some.iter().map(|nth| (trunk(*nth), number(*nth), left(*nth))).collect();
        let events =
            some.iter().map(|nth| event(kind(*nth), &number(*nth), now, &format!("E-{nth}")));
        let watcher = watch(app, wanted);
        let came = tell(app, events.collect()).await.results;
        let committed = Instant::now();
        assert!(came.iter().all(|one| *one == Came::Done), "{came:?}");
        times.add(watcher, committed).await;
    }
}

/// Loads the do-not-originate list with the first numbers of the day's; the last ones are new.
async fn listed(app: &TestApp, all: &[u64], new: &[u64], times: &mut Times) {
    let rows = all.iter().map(|nth| format!("{},SUBSCRIBER,A bank,2026-01-02,op\n", number(*nth)));
    let file =
        format!("prefix_or_tn,category,requester,added_on,source\n{}", rows.collect::<String>());
    let wanted = new.iter().map(|nth| (trunk(*nth), number(*nth), Attest::None)).collect();
    let watcher = watch(app, wanted);
    app.load_file(List::Dno, "dno.csv", &file).await;
    times.add(watcher, Instant::now()).await;
}

/// A day of events, a quarter of them listings as numbers that must not call: each answer has changed
/// within a second of its event's commit. A watcher looks at the table all the time.
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
    let attest = |nth: u64| app.ask(&trunk(nth), &number(nth), "12126647665").attest;
    assert!((0..events).step_by(97).all(|nth| attest(nth) == Attest::A));
    let began = Instant::now();
    let (listings, others): (Vec<u64>, Vec<u64>) = (0..events).partition(|nth| nth % 4 == 3);
    // Lists come in files, of which none lowers so much that it waits for two people.
    let files = listings.len().div_ceil(usize::try_from(events / 500).unwrap().max(1));
    let part = |all: &[u64]| all.len().div_ceil(files);
    let (mut by_event, mut by_list) = (Times::default(), Times::default());
    let mut first = 0;
    for (some, new) in others.chunks(part(&others)).zip(listings.chunks(part(&listings))) {
        told(&app, some, &mut by_event).await;
        let last = first + new.len();
        listed(&app, &listings[..last], new, &mut by_list).await;
        first = last;
    }
    let within = Duration::from_millis(setting("VOUCH_DAY_WITHIN_MS", 1_000));
    for (of, times) in [("events", &by_event), ("listings", &by_list)] {
        let mean = times.sum / times.count;
        println!(
            "{} {of} in {:?}: mean {mean:?}, slowest {:?}",
            times.count,
            began.elapsed(),
            times.slowest
        );
        assert!(times.slowest < within, "{of}: {:?}", times.slowest);
    }
    assert_eq!(u64::from(by_event.count + by_list.count), events);
    drop(app);
    test.finish().await;
}

on_both_engines!(day_of_events, |kind| a_day(kind));
