//! Rule 7: time alone only lowers a level, whatever runs or does not run beside it.

use http::{HeaderMap, HeaderValue, header};
use uuid::Uuid;
use vouch::answer::ask;
use vouch::answer::live::Live;
use vouch::api::auth;
use vouch::clock::Clock;
use vouch::domain::access::{KeyFacts, Role, Roles};
use vouch::domain::attestation::{Attest, Disposition, Reason};
use vouch::domain::ids::KeyId;
use vouch::domain::time::Span;

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{OURS, a_call, with_a_number};

const CALLED: &str = "12126647665";

/// Once the numbering has stopped no beat comes, so what the table knows of its age stands.
async fn unproved(test: &TestStore, clock: &Clock) {
    let (app, _) = with_a_number(test, clock).await;
    assert_eq!(app.ask("t1", OURS, CALLED).attest, Attest::A);
    app.stop_numbering();
    quiet(&app, clock).await;
    let age = || app.app.live.table().freshness(clock.mono()).age;
    let left = |bound: Span| Span(bound.0 - age().0);

    clock.advance(Span(left(Span::secs(10)).0 - 1));
    assert_eq!(app.ask("t1", OURS, CALLED).attest, Attest::A);
    clock.advance(Span::micros(1));
    let stale = app.ask("t1", OURS, CALLED);
    assert_eq!((stale.attest, stale.reasons.first()), (Attest::B, Reason::Stale));
    clock.advance(Span(left(Span::minutes(15)).0 - 1));
    assert_eq!(app.ask("t1", OURS, CALLED).attest, Attest::B);
    clock.advance(Span::micros(1));
    let dead = app.ask("t1", OURS, CALLED);
    assert_eq!((dead.attest, dead.reasons.first()), (Attest::None, Reason::Stale));
    assert_eq!(dead.disposition, Disposition::Reject);
    assert_eq!(app.ask("t1", OURS, "911").disposition, Disposition::SendEmergency);

    // Numbered again, it is fresh again.
    app.number_again();
    let fresh = async {
        // Each beat proves what was looked at before it; so time has to go on.
        while app.ask("t1", OURS, CALLED).attest != Attest::A {
            clock.advance(Span::secs(1));
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), fresh).await.expect("fresh again");
}

/// Waits until the last numbering has ended and the table has read the head it left: from then on
/// the beat stands, and the age of the table grows with the clock alone.
async fn quiet(app: &TestApp, clock: &Clock) {
    let mut seen = None;
    let mut same = 0;
    let still = async {
        while same < 4 {
            let head = app.app.store.head().await.unwrap();
            let now = (head.beat, app.app.live.table().freshness(clock.mono()).age);
            same = if seen == Some(now) { same + 1 } else { 0 };
            seen = Some(now);
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), still).await.expect("it stands");
}

on_both_stores_in_time!(rule_07_without_proof_of_freshness_no_level_stays, |test, clock| {
    unproved(&test, &clock)
});

/// No job runs that could take anything down: neither expiry nor rescreening is started here.
async fn run_out(test: &TestStore, clock: &Clock) {
    let (app, heron) = with_a_number(test, clock).await;
    let row = app.file(heron).await;
    let active = row.customer.state.active().unwrap().clone();
    let until = app.ask("t1", OURS, CALLED).evidence_until;
    assert!(clock.now() < until && until < active.uncapped_until);
    let after = |span: Span| {
        let (now, mono) = (clock.now().plus(span), clock.mono());
        app.app.live.table().ask(&a_call("t1", OURS, CALLED), now, mono).answer
    };
    let left = |until: vouch::domain::time::Ts| until.since(clock.now());
    assert_eq!(after(Span(left(until).0 - 1)).attest, Attest::A);
    let ended = after(left(until));
    assert_eq!((ended.attest, ended.reasons.first()), (Attest::None, Reason::EvidenceExpired));

    // With evidence that lasts, the checks' end caps, and then the customer's end ends it.
    let far = active.active_until;
    assert!(active.uncapped_until <= far);
    let gone = after(left(far));
    assert_eq!((gone.attest, gone.reasons.first()), (Attest::None, Reason::CustomerNotActive));

    // The longer it is, the lower it gets.
    let mut last = Attest::A;
    for day in 0..800 {
        let level = after(Span::days(day)).attest;
        assert!(rank(level) <= rank(last), "day {day}: {level:?} after {last:?}");
        last = level;
    }
    assert_eq!(last, Attest::None);
}

const fn rank(level: Attest) -> u8 {
    match level {
        Attest::A => 3,
        Attest::B => 2,
        Attest::C => 1,
        Attest::None => 0,
    }
}

on_both_stores_in_time!(rule_07_every_end_is_looked_at_in_the_answer, |test, clock| {
    run_out(&test, &clock)
});

async fn unknown(test: &TestStore, clock: &Clock) {
    let (app, _) = with_a_number(test, clock).await;
    let told = |trunk: &str, orig: &str| {
        let answer = app.ask(trunk, orig, CALLED);
        (answer.attest, answer.reasons.first())
    };
    assert_eq!(told("t2", OURS), (Attest::None, Reason::TrunkUnknown));
    assert_eq!(told("t1", "+15072847999"), (Attest::None, Reason::TnUnknown));
    // A table that was never loaded knows nothing, and says so.
    let empty = Live::new(app.app.store.epoch());
    let call = a_call("t1", OURS, CALLED);
    let answer = empty.table().ask(&call, clock.now(), clock.mono()).answer;
    assert_eq!((answer.attest, answer.reasons.first()), (Attest::None, Reason::Unavailable));
    let call = a_call("t1", OURS, "911");
    let answer = empty.table().ask(&call, clock.now(), clock.mono()).answer;
    assert_eq!(answer.disposition, Disposition::SendEmergency);
}

on_both_stores_in_time!(rule_07_the_unknown_is_never_a_level, |test, clock| unknown(&test, &clock));

async fn stale_emergencies(test: &TestStore, clock: &Clock) {
    let (app, _) = with_a_number(test, clock).await;
    app.stop_numbering();
    for span in [Span::secs(11), Span::minutes(16), Span::days(400)] {
        clock.advance(span);
        for dest in ["911", "933"] {
            let answer = app.ask("t1", OURS, dest);
            assert_eq!(answer.disposition, Disposition::SendEmergency, "{answer:?}");
        }
    }
    // The store is gone altogether.
    app.app.store.close().await;
    assert_eq!(app.ask("t1", OURS, "911").disposition, Disposition::SendEmergency);
}

on_both_stores_in_time!(
    rule_13_an_emergency_call_goes_through_with_nothing_known,
    |test, clock| { stale_emergencies(&test, &clock) }
);

/// The machine's clock is set back after evidence and a key have expired.
async fn set_back(test: &TestStore, clock: &Clock) {
    let (app, _) = with_a_number(test, clock).await;
    let ask = || {
        let (live, store) = (&app.app.live, &app.app.store);
        ask::with_receipt(live, store, clock, &a_call("t1", OURS, CALLED), true).0.answer
    };
    let made = app.app.prover.new_key(clock, KeyId(Uuid::from_u128(9))).unwrap();
    app.app.credentials.apply_key(KeyFacts {
        key: KeyId(Uuid::from_u128(9)),
        client: None,
        roles: Roles::of(&[Role::Signer]),
        secret_hash: made.hash,
        expires: clock.now().plus(Span::secs(5)),
        revoked: false,
        revision: 1,
    });
    let token = String::from_utf8(made.token.expose().to_vec()).unwrap();
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
    assert!(auth::principal(&app.app, &headers).is_ok());
    let first = ask();
    assert_eq!(first.attest, Attest::A);
    let began = clock.now();
    clock.advance(first.evidence_until.since(began));
    let expired = async {
        // Each beat proves what was looked at before it; so time has to go on.
        while ask().reasons.first() != Reason::EvidenceExpired {
            clock.advance(Span::secs(1));
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), expired).await.expect("expired");
    assert!(auth::principal(&app.app, &headers).is_err());

    clock.advance(began.since(clock.now()));
    assert_eq!(clock.now(), began);
    let again = ask();
    assert_eq!((again.attest, again.reasons.first()), (Attest::None, Reason::EvidenceExpired));
    assert!(auth::principal(&app.app, &headers).is_err(), "an expired key is live again");
}

on_both_stores_in_time!(rule_07_a_clock_that_is_set_back_revives_nothing, |test, clock| {
    set_back(&test, &clock)
});
