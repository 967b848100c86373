//! An import between its steps: cancelled, left by its worker, and fenced off from a slow one.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vouch::app::{AppError, import_result, import_run, number_import, operation};
use vouch::domain::command::number::{CancelOperation, ImportNumbers};
use vouch::domain::customer::Role;
use vouch::domain::ids::{CustomerId, OperationId};
use vouch::domain::number_import::{Mode, Terms};
use vouch::domain::operation::State;
use vouch::domain::pii::Pii;
use vouch::jobs::{import, retention};

use crate::support::apps::TestApp;
use crate::support::server::until;
use crate::support::stores::{TestStore, on_both_stores};

/// Bare claims for a customer.
pub(super) fn terms(customer: CustomerId, mode: Mode) -> Terms {
    Terms {
        customer,
        mode,
        kind: None,
        document: None,
        signed: None,
        party: Pii::new(String::new()),
        carrier: String::new(),
        feed: None,
    }
}

/// Begins an import of consecutive numbers; nobody works on it yet.
pub(super) async fn begin(
    app: &TestApp,
    customer: CustomerId,
    mode: Mode,
    count: u64,
) -> OperationId {
    let ask = ImportNumbers { write: app.write("ImportNumbers"), terms: terms(customer, mode) };
    let mut intake = number_import::open(&app.app, &app.portal(), ask).await.unwrap();
    intake.push(b"number\n").await.unwrap();
    for nth in 0..count {
        intake.push(format!("{}\n", number(nth)).as_bytes()).await.unwrap();
    }
    intake.finish().await.unwrap().operation
}

/// The number at a place: exchanges after each other, of area codes after each other.
pub(super) fn number(nth: u64) -> u64 {
    const AREAS: [u64; 4] = [212, 303, 507, 612];
    let (exchange, line) = (nth / 10_000, nth % 10_000);
    // Exchanges from 200 to 899, without those that nobody can have.
    let good = (200..900).filter(|nxx| nxx % 100 != 11 && *nxx != 555);
    let place = usize::try_from(exchange % 692).unwrap();
    let nxx = good.clone().nth(place).unwrap();
    let area = AREAS[usize::try_from(exchange / 692).unwrap()];
    10_000_000_000 + area * 10_000_000 + nxx * 10_000 + line
}

fn cancel(app: &TestApp, operation: OperationId) -> CancelOperation {
    CancelOperation { write: app.write("CancelOperation"), operation }
}

async fn state(app: &TestApp, id: OperationId) -> State {
    operation::get(&app.app, &app.portal(), id).await.unwrap().state
}

async fn an_import_can_be_cancelled(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", Role::EndUser).await;
    let id = begin(&app, heron, Mode::BestEffort, 300).await;
    let early = import_result::open(&app.app, &app.portal(), id).await;
    assert!(matches!(early.err(), Some(AppError::Refused { reason: "OPERATION_RUNNING", .. })));
    import_result::cancel(&app.app, &app.portal(), cancel(&app, id)).await.unwrap();
    assert!(import_run::work_one(&app.app).await.unwrap());
    assert_eq!(state(&app, id).await, State::Cancelled);
    assert_eq!(test.number("SELECT count(*) FROM number_state").await, 0);
    assert!(!import_run::work_one(&app.app).await.unwrap(), "nothing waits");
    let mut file = import_result::open(&app.app, &app.portal(), id).await.unwrap();
    let lines = String::from_utf8(file.next().await.unwrap().unwrap()).unwrap();
    assert_eq!(lines.matches(",NOT_DONE,").count(), 300);
    assert_eq!(file.next().await.unwrap(), None);
}

on_both_stores!(cancelled, |test| an_import_can_be_cancelled(&test));

async fn a_worker_that_fell_silent_is_followed_by_another(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", Role::EndUser).await;
    let id = begin(&app, heron, Mode::AllOrNothing, 2_400).await;
    // Cut off again and again, wherever it is; each time another one goes on.
    let mut cuts = 0;
    while state(&app, id).await == State::Running {
        let stop = CancellationToken::new();
        let work = tokio::spawn(import::run(app.app.clone(), stop.clone()));
        tokio::time::sleep(Duration::from_millis(40)).await;
        stop.cancel();
        work.await.unwrap();
        cuts += 1;
        free(test).await;
        assert!(cuts < 1_000, "it never ends");
    }
    assert!(cuts > 2, "it was hardly cut: {cuts}");
    assert_eq!(state(&app, id).await, State::Done);
    let once = "SELECT count(*) FROM number_claim WHERE to_entry IS NULL";
    assert_eq!(test.number(once).await, 2_400);
    assert_eq!(test.number("SELECT count(*) FROM number_state WHERE revision = 1").await, 2_400);
    // Kept for its time, then gone, but for the operation.
    retention::step(&app.app).await.unwrap();
    assert_eq!(test.number("SELECT count(*) FROM number_import").await, 1);
    let later = app.app.clock.now();
    assert_eq!(import_result::sweep(&app.app, later, 10).await.unwrap(), 1);
    assert_eq!(test.number("SELECT count(*) FROM number_import_result").await, 0);
    assert_eq!(state(&app, id).await, State::Done);
    let gone = import_result::open(&app.app, &app.portal(), id).await;
    assert_eq!(gone.err(), Some(AppError::NotFound { what: "import" }));
}

/// Ends the lease of whoever has the import, as time would.
async fn free(test: &TestStore) {
    let update = if test.url.starts_with("sqlite:") {
        "UPDATE number_import SET lease_until = 0 WHERE over_at IS NULL"
    } else {
        "UPDATE number_import SET lease_until = 'epoch' WHERE over_at IS NULL"
    };
    test.raw(update).await.unwrap();
}

on_both_stores!(taken_over, |test| a_worker_that_fell_silent_is_followed_by_another(&test));

/// Gives the import to another worker, as if it had been taken over.
async fn taken_away(test: &TestStore) {
    let past = if test.url.starts_with("sqlite:") { "0" } else { "'epoch'" };
    let sql = format!("UPDATE number_import SET fence = fence + 1, lease_until = {past}");
    test.raw(&sql).await.unwrap();
}

/// A worker that was slow finds that another one has the import, and writes nothing more.
async fn a_slow_worker_is_fenced_off(test: &TestStore, mode: Mode) {
    const CLAIMS: &str = "SELECT count(*) FROM number_claim WHERE to_entry IS NULL";
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", Role::EndUser).await;
    let id = begin(&app, heron, mode, 1_200).await;
    app.caught_up(test).await;
    // Nothing follows the journal, so the worker waits a while after each of its steps.
    app.stop_numbering();
    let slow = app.app.clone();
    let work = tokio::spawn(async move { import_run::work_one(&slow).await });
    until("a step is done", || async { (test.number(CLAIMS).await > 0).then_some(()) }).await;
    taken_away(test).await;
    let some = test.number(CLAIMS).await;
    assert!(some < 1_200, "it was done at once");
    app.number_again();
    assert!(work.await.unwrap().unwrap(), "it had something to do");
    assert_eq!(test.number(CLAIMS).await, some, "a worker without the import wrote on");
    assert_eq!(state(&app, id).await, State::Running, "it ended what is another's");
    assert!(import_run::work_one(&app.app).await.unwrap());
    assert_eq!(state(&app, id).await, State::Done);
    assert_eq!(test.number(CLAIMS).await, 1_200);
    assert_eq!(test.number("SELECT count(*) FROM number_state WHERE revision = 1").await, 1_200);
    let mut file = import_result::open(&app.app, &app.portal(), id).await.unwrap();
    let mut lines = 0;
    while let Some(piece) = file.next().await.unwrap() {
        lines += String::from_utf8(piece).unwrap().matches(",DONE,").count();
    }
    assert_eq!(lines, 1_200);
}

on_both_stores!(fenced_row_by_row, |test| { a_slow_worker_is_fenced_off(&test, Mode::BestEffort) });
on_both_stores!(fenced_all_or_nothing, |test| {
    a_slow_worker_is_fenced_off(&test, Mode::AllOrNothing)
});
