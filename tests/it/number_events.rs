//! What happens to numbers, from the event to the answer, on both stores.

use vouch::app::number::Outcome;
use vouch::app::number_event::{Came, Recorded};
use vouch::app::{AppError, hold, inventory, number, number_event, number_event_load, operation};
use vouch::clock::Clock;
use vouch::domain::access::{Actor, Principal, Role, Roles};
use vouch::domain::attestation::{Attest, Reason};
use vouch::domain::command::admin::{InventorySource, LoadInventory};
use vouch::domain::command::hold::DecideHold;
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::command::number_event::{GivenEvent, LoadNumberEvents, RecordNumberEvents};
use vouch::domain::ids::{CustomerId, KeyId, OperationId};
use vouch::domain::number::Tn;
use vouch::domain::number_event::{Kind, NumberEvent, TollFreeStatus};
use vouch::domain::operation::{Operation, State};
use vouch::domain::pii::Pii;
use vouch::domain::time::{Span, Ts};

use super::support::apps::TestApp;
use super::support::stores::{TestStore, on_both_stores, on_both_stores_in_time};
use super::support::walk::{OURS, with_a_number};

const CALLED: &str = "12126647665";
const TOLL_FREE: &str = "+18007654321";

fn provisioning() -> Principal {
    let actor = Actor::Key(KeyId(uuid::Uuid::from_u128(5)));
    Principal { actor, client: None, roles: Roles::of(&[Role::Provisioning]) }
}

/// An event with what every event has.
pub(crate) fn event(kind: Kind, number: &str, at: Ts, reference: &str) -> NumberEvent {
    NumberEvent {
        kind,
        tn: Tn::parse(number).unwrap(),
        at,
        reference: reference.to_owned(),
        customer: None,
        until: None,
        resporg: None,
        authorized_by: None,
        status: None,
    }
}

fn given(event: NumberEvent) -> GivenEvent {
    GivenEvent { numbers: vec![event.tn], event: Ok(event) }
}

/// Tells events, as the provider's systems do.
pub(crate) async fn tell(app: &TestApp, events: Vec<NumberEvent>) -> Recorded {
    let ask = RecordNumberEvents {
        write: app.write("RecordNumberEvents"),
        source: InventorySource::OwnOcn,
        carrier: String::new(),
        events: events.into_iter().map(given).collect(),
    };
    number_event::record(&app.app, &provisioning(), ask).await.unwrap()
}

fn refused(reason: &str) -> Came {
    Came::Refused { reason: reason.to_owned(), free: None }
}

fn level(app: &TestApp, number: &str) -> (Attest, Reason) {
    let answer = app.ask("t1", number, CALLED);
    (answer.attest, answer.reasons.first())
}

async fn claim(app: &TestApp, customer: CustomerId, number: &str) -> Vec<Outcome> {
    let numbers = vec![GivenNumber { given: Pii::new(number.to_owned()), tn: Tn::parse(number) }];
    let ask = Numbers { write: app.write("ClaimNumbers"), customer, numbers };
    number::claim(&app.app, &app.portal(), ask).await.unwrap().results
}

/// The answer has changed when the call that told the event returns.
async fn each_event_changes_the_answer_at_once(test: &TestStore, clock: &Clock) {
    let (app, heron) = with_a_number(test, clock).await;
    let now = || clock.now();
    let other = app.customer("Other LLC", vouch::domain::customer::Role::EndUser).await;
    assert_eq!(level(&app, OURS), (Attest::A, Reason::FullEvidence));
    clock.advance(Span::secs(1));

    let out = event(Kind::PortedOut, OURS, now(), "P-1");
    assert_eq!(tell(&app, vec![out.clone()]).await.results, [Came::Done]);
    assert_eq!(level(&app, OURS), (Attest::B, Reason::PartialEvidence));
    assert_eq!(tell(&app, vec![out]).await.results, [Came::Unchanged]);

    // Ported back: a new right. What was assigned before the port-out is not revived by a late word.
    clock.advance(Span::secs(1));
    let late = NumberEvent {
        customer: Some(heron),
        ..event(Kind::Assigned, OURS, now().minus(Span::secs(2)), "A-1")
    };
    assert_eq!(tell(&app, vec![late]).await.results, [refused("NEWER_KNOWN")]);
    let back = NumberEvent { customer: Some(heron), ..event(Kind::PortedIn, OURS, now(), "P-2") };
    assert_eq!(tell(&app, vec![back]).await.results, [Came::Done]);
    assert_eq!(level(&app, OURS), (Attest::A, Reason::FullEvidence));

    clock.advance(Span::secs(1));
    let gone = event(Kind::Disconnected, OURS, now(), "D-1");
    assert_eq!(tell(&app, vec![gone]).await.results, [Came::Done]);
    assert_eq!(level(&app, OURS), (Attest::None, Reason::TnUnknown));

    // It rests: another customer waits to the microsecond, who had it does not.
    let free = now().plus(Span::days(45));
    assert_eq!(claim(&app, other, OURS).await, [Outcome::Resting(free)]);
    assert_eq!(claim(&app, heron, OURS).await, [Outcome::Unchanged]);
    let to = |customer, reference: &str| NumberEvent {
        customer: Some(customer),
        ..event(Kind::Assigned, OURS, clock.now(), reference)
    };
    let barred = Came::Refused { reason: "NUMBER_AGING".to_owned(), free: Some(free) };
    assert_eq!(tell(&app, vec![to(other, "A-2")]).await.results, std::slice::from_ref(&barred));
    clock.advance(Span(free.since(now()).0 - 1));
    assert_eq!(tell(&app, vec![to(other, "A-3")]).await.results, [barred]);
    clock.advance(Span::micros(1));
    // Time alone raised nothing.
    assert_eq!(test.number("SELECT count(*) FROM evidence WHERE to_entry IS NULL").await, 0);
    assert_eq!(tell(&app, vec![to(other, "A-4")]).await.results, [Came::Done]);
    assert_eq!(level(&app, OURS).0, Attest::None, "it is somebody else's");
}

on_both_stores_in_time!(events_and_answers, |test, clock| {
    each_event_changes_the_answer_at_once(&test, &clock)
});

async fn each_event_gets_its_own_result(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", vouch::domain::customer::Role::EndUser).await;
    let now = app.app.clock.now();
    let unknown = CustomerId(app.app.clock.opaque_id());
    let to = |customer, kind, number: &str, reference: &str| NumberEvent {
        customer: Some(customer),
        ..event(kind, number, now, reference)
    };
    let toll_free = |kind, resporg: &str, reference: &str| NumberEvent {
        resporg: Some(resporg.parse().unwrap()),
        status: Some(TollFreeStatus::Working),
        ..to(heron, kind, TOLL_FREE, reference)
    };
    let events = vec![
        to(heron, Kind::Assigned, OURS, "A-1"),
        to(unknown, Kind::Assigned, "+15072847101", "A-2"),
        to(heron, Kind::Assigned, "+15072849999", "A-3"),
        to(heron, Kind::Assigned, "+15075550123", "A-4"),
        event(Kind::Assigned, "+15072847102", now, "A-5"),
        event(Kind::PortedOut, "+15072847103", now.plus(Span::days(1)), "P-1"),
        event(Kind::CarrierChanged, OURS, now, "C-1"),
        toll_free(Kind::ResporgRecord, "XYZ99", "R-1"),
        toll_free(Kind::ResporgRecord, "ABC01", "R-2"),
        to(heron, Kind::ResporgRecord, "+15072847104", "R-3"),
        to(heron, Kind::Assigned, OURS, "A-1"),
    ];
    let want = [
        Came::Done,
        refused("customer_id.NOT_FOUND"),
        refused("ALTERNATE_PHONE"),
        refused("NOT_ASSIGNABLE"),
        refused("customer_id.REQUIRED"),
        refused("at.FUTURE"),
        refused("NUMBER_IS_OURS"),
        refused("RESPORG_NOT_OURS"),
        Came::Done,
        refused("number.NOT_TOLL_FREE"),
        Came::Unchanged,
    ];
    assert_eq!(tell(&app, events).await.results, want);
    assert_eq!(test.number("SELECT count(*) FROM number_event").await, 2);
    let kinds =
        "SELECT count(*) FROM evidence WHERE to_entry IS NULL AND kind = 'TOLLFREE_RESPORG'";
    assert_eq!(test.number(kinds).await, 1);

    // A range is one event on many numbers, or on none.
    let first = to(heron, Kind::RangeAllocated, "+15072846000", "G-1");
    let numbers = (0..100).map(|n| Tn::from_digits(first.tn.as_u64() + n).unwrap()).collect();
    let ask = RecordNumberEvents {
        write: app.write("RecordNumberEvents"),
        source: InventorySource::Wholesale,
        carrier: "Prairie Telephone Cooperative".to_owned(),
        events: vec![GivenEvent { event: Ok(first), numbers }],
    };
    let retry = ask.clone();
    let done = number_event::record(&app.app, &provisioning(), ask).await.unwrap();
    assert_eq!(done.results, [Came::Done]);
    assert_eq!(number_event::record(&app.app, &provisioning(), retry).await.unwrap(), done);
    let ranged =
        "SELECT count(*) FROM evidence WHERE to_entry IS NULL AND kind = 'RANGE_ALLOCATED'";
    assert_eq!(test.number(ranged).await, 100);
    // A port-out punches a hole.
    let out = event(Kind::PortedOut, "+15072846050", app.app.clock.now(), "P-2");
    assert_eq!(tell(&app, vec![out]).await.results, [Came::Done]);
    assert_eq!(test.number(ranged).await, 99);
}

on_both_stores!(event_results, |test| each_event_gets_its_own_result(&test));

async fn ended(app: &TestApp, id: OperationId) -> Operation {
    for _ in 0..600 {
        let seen = operation::get(&app.app, &app.operator(), id).await.unwrap();
        if seen.state != State::Running {
            return seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the load did not end");
}

async fn load(app: &TestApp, rows: &str) -> Operation {
    let ask = LoadNumberEvents {
        write: app.write("LoadNumberEvents"),
        source: InventorySource::OwnOcn,
        carrier: String::new(),
        as_of: app.app.clock.now(),
    };
    let file = format!("event,number,at,reference,customer_id\n{rows}").into_bytes();
    let begun = number_event_load::start(&app.app, &provisioning(), ask, file).await.unwrap();
    ended(app, begun.operation).await
}

fn told(operation: &Operation, word: &str) -> String {
    operation.result.get(word).cloned().unwrap_or_default()
}

/// An inventory that gives numbers to nobody which a customer has by a port.
async fn an_inventory_that_empties_ported_numbers_is_held(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", vouch::domain::customer::Role::EndUser).await;
    let rows = |n: i32| format!("PORTED_IN,+1507284{n:04},2026-01-02,I-{n},{heron}\n");
    let rows = (0..20).map(rows).collect::<Vec<_>>().concat();
    assert_eq!(load(&app, &rows).await.state, State::Done);
    let ask = LoadInventory {
        write: app.write("LoadInventory"),
        source: InventorySource::OwnOcn,
        carrier: String::new(),
        as_of: app.app.clock.now(),
        complete: false,
    };
    let rows = (0..6).map(|n| format!("+1507284{n:04},,\n")).collect::<Vec<_>>().concat();
    let file = format!("tn,customer_id,order_ref\n{rows}").into_bytes();
    let begun = inventory::start(&app.app, &app.operator(), ask, file).await.unwrap();
    let held = ended(&app, begun.operation).await;
    assert_eq!(
        (held.state, told(&held, "lowers_numbers").as_str()),
        (State::Held, "6"),
        "{held:?}"
    );
    let live = "SELECT count(*) FROM evidence WHERE to_entry IS NULL";
    assert_eq!(test.number(live).await, 20);
}

on_both_stores!(held_inventories, |test| an_inventory_that_empties_ported_numbers_is_held(&test));

/// A reference may be an account: under the same one a number is disconnected twice.
async fn one_reference_at_two_times_is_two_events(test: &TestStore, clock: &Clock) {
    let (app, heron) = with_a_number(test, clock).await;
    for _ in 0..2 {
        clock.advance(Span::secs(1));
        let gone = event(Kind::Disconnected, OURS, clock.now(), "ACCOUNT-7");
        assert_eq!(tell(&app, vec![gone.clone()]).await.results, [Came::Done]);
        assert_eq!(tell(&app, vec![gone]).await.results, [Came::Unchanged]);
        assert_eq!(level(&app, OURS).0, Attest::None);
        clock.advance(Span::secs(1));
        let back = NumberEvent {
            customer: Some(heron),
            ..event(Kind::Assigned, OURS, clock.now(), "ACCOUNT-7")
        };
        assert_eq!(tell(&app, vec![back]).await.results, [Came::Done]);
        assert_eq!(level(&app, OURS).0, Attest::A);
    }
}

on_both_stores_in_time!(references, |test, clock| {
    one_reference_at_two_times_is_two_events(&test, &clock)
});

/// A feed that would disconnect 30 % of the book.
async fn a_feed_that_disconnects_a_third_is_held(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", vouch::domain::customer::Role::EndUser).await;
    let day = "2026-01-02";
    let given = |n: i32| format!("ASSIGNED,+1507284{n:04},{day},A-{n},{heron}\n");
    let rows = (0..20).map(given).collect::<Vec<_>>().concat();
    let bad = "PORTED_OUT,911,2026-01-02,X,\nMOVED,+15072840001,2026-01-02,X,\n";
    let done = load(&app, &format!("{rows}{bad}")).await;
    assert_eq!((done.state, told(&done, "assigned").as_str()), (State::Done, "20"), "{done:?}");
    assert_eq!(told(&done, "refused.number.TN_TOO_SHORT"), "1");
    assert_eq!(told(&done, "lines.event.UNKNOWN"), "23");

    let live = "SELECT count(*) FROM evidence WHERE to_entry IS NULL";
    let gone = |n: i32| format!("DISCONNECTED,+1507284{n:04},2026-01-03,D-{n},{heron}\n");
    let gone = (0..6).map(gone).collect::<Vec<_>>().concat();
    let held = load(&app, &gone).await;
    assert_eq!((held.state, told(&held, "lowers_numbers").as_str()), (State::Held, "6"));
    assert_eq!(test.number(live).await, 20);
    for who in [app.reviewer(), app.second()] {
        let (write, reason) = (app.write("ConfirmHeldLoad"), Pii::new("so it is".to_owned()));
        let ask = DecideHold { write, operation: held.id, reason };
        hold::confirm(&app.app, &who, ask).await.unwrap();
    }
    let done = ended(&app, held.id).await;
    assert_eq!((done.state, told(&done, "disconnected").as_str()), (State::Done, "6"), "{done:?}");
    assert_eq!(test.number(live).await, 14);
    // Told again, and of what was there before the numbers were given: nothing is lost, nothing waits.
    let old = |n: i32| format!("DISCONNECTED,+1507284{n:04},2026-01-01,O-{n},\n");
    let old = (6..20).map(old).collect::<Vec<_>>().concat();
    let again = load(&app, &format!("{gone}{old}")).await;
    assert_eq!((again.state, told(&again, "unchanged").as_str()), (State::Done, "6"), "{again:?}");
    assert_eq!(test.number(live).await, 14);
    // Whom an event that takes names is nobody's business: it need not be anybody.
    let nobody = CustomerId(app.app.clock.opaque_id());
    let row = format!("PORTED_OUT,+15072840999,2026-01-03,P-9,{nobody}\n");
    let done = load(&app, &row).await;
    assert_eq!((done.state, told(&done, "ported_out").as_str()), (State::Done, "1"), "{done:?}");
    // One by one nothing is held.
    let now = app.app.clock.now();
    let one = (6..12).map(|n| event(Kind::Disconnected, &format!("+1507284{n:04}"), now, "D"));
    assert_eq!(tell(&app, one.collect()).await.results, vec![Came::Done; 6]);
    assert_eq!(test.number(live).await, 8);
    let cut = load(&app, "DISCONNECTED,+1507284").await;
    assert_eq!((cut.state, cut.error.as_str()), (State::Failed, "CUT"));
}

on_both_stores!(event_feeds, |test| a_feed_that_disconnects_a_third_is_held(&test));

/// What a customer gave back rests only where it was the provider's to give.
async fn what_is_released_rests(test: &TestStore, clock: &Clock) {
    let (app, heron) = with_a_number(test, clock).await;
    let other = app.customer("Other LLC", vouch::domain::customer::Role::EndUser).await;
    let stranger = "+12317236100";
    app.claim(heron, stranger).await;
    for number in [OURS, stranger] {
        let numbers =
            vec![GivenNumber { given: Pii::new(number.to_owned()), tn: Tn::parse(number) }];
        let ask = Numbers { write: app.write("ReleaseNumbers"), customer: heron, numbers };
        let done = number::release(&app.app, &app.portal(), ask).await.unwrap();
        assert_eq!(done.results, [Outcome::Done]);
    }
    assert_eq!(claim(&app, other, stranger).await, [Outcome::Done]);
    let free = clock.now().plus(Span::days(45));
    assert_eq!(claim(&app, other, OURS).await, [Outcome::Resting(free)]);
    clock.advance(Span::days(45));
    assert_eq!(claim(&app, other, OURS).await, [Outcome::Done]);
}

on_both_stores_in_time!(released_numbers, |test, clock| what_is_released_rests(&test, &clock));

async fn a_dry_run_changes_nothing(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", vouch::domain::customer::Role::EndUser).await;
    let now = app.app.clock.now();
    let assigned = NumberEvent { customer: Some(heron), ..event(Kind::Assigned, OURS, now, "A-1") };
    let mut ask = RecordNumberEvents {
        write: app.write("RecordNumberEvents"),
        source: InventorySource::OwnOcn,
        carrier: String::new(),
        events: vec![given(assigned)],
    };
    ask.write.validate_only = true;
    let done = number_event::record(&app.app, &provisioning(), ask).await.unwrap();
    assert_eq!(done.results, [Came::Done]);
    assert_eq!(test.number("SELECT count(*) FROM number_state").await, 0);
    let stale = LoadNumberEvents {
        write: app.write("LoadNumberEvents"),
        source: InventorySource::OwnOcn,
        carrier: String::new(),
        as_of: now.minus(Span::days(2)),
    };
    let no = number_event_load::start(&app.app, &provisioning(), stale, Vec::new()).await;
    assert!(matches!(no, Err(AppError::Invalid(f)) if f[0].reason == "STALE"));
}

on_both_stores!(dry_events, |test| a_dry_run_changes_nothing(&test));
