//! What has no further use is deleted after its time, and not before.

use vouch::app::challenge;
use vouch::clock::Clock;
use vouch::domain::command::challenge::{Channel, StartContactChallenge, Target};
use vouch::domain::customer::Role;
use vouch::domain::time::{Span, Ts};
use vouch::jobs::retention::{self, CHALLENGES, JOBS};
use vouch::store::{EngineKind, Meta, REMEMBERED, StoreError};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_engines};

const KEYS_KEPT: &str = "SELECT count(*) FROM idempotency";
const ENDED_JOBS_KEPT: &str = "SELECT count(*) FROM job WHERE state = 'DONE'";
const WAITING_JOBS_KEPT: &str = "SELECT count(*) FROM job WHERE state = 'READY'";
const CHALLENGES_KEPT: &str = "SELECT count(*) FROM challenge";

/// Ends one of the jobs that wait.
async fn end_a_job(app: &TestApp, now: Ts) {
    let run = move |mut tx: vouch::store::Tx| async move {
        let lease = now.plus(Span::secs(1));
        let job = tx.job_claim(now, "test", lease, "DELIVERIES").await?.unwrap();
        tx.job_end(job.id, job.fence, "DONE", "RUN", now).await
    };
    let ended: Result<u64, StoreError> = app.app.store.command(Meta::system("test"), run).await;
    assert_eq!(ended, Ok(1));
}

async fn deleted_in_time(kind: EngineKind) {
    let clock = Clock::movable(Clock::system().now());
    let test = TestStore::with_clock(kind, clock.clone()).await;
    let app = TestApp::with_clock(&test, clock.clone()).await;
    let customer = app.customer("Heron Lake Dental LLC", Role::EndUser).await;
    for _code in 0..2 {
        let ask = StartContactChallenge {
            write: app.write("StartContactChallenge"),
            customer,
            target: Target::AlternatePhone,
            channel: Channel::Sms,
        };
        challenge::start(&app.app, &app.portal(), ask).await.unwrap();
    }
    end_a_job(&app, clock.now()).await;
    let keys = test.number(KEYS_KEPT).await;
    let waiting = test.number(WAITING_JOBS_KEPT).await;
    assert!(keys >= 4 && waiting >= 1, "{keys} keys, {waiting} jobs");
    let kept = async || {
        retention::step(&app.app).await.unwrap();
        let mut rows = Vec::new();
        for table in [KEYS_KEPT, ENDED_JOBS_KEPT, CHALLENGES_KEPT] {
            rows.push(test.number(table).await);
        }
        rows
    };

    assert_eq!(kept().await, [keys, 1, 2]);
    // The clock stands still while nobody moves it, but causes push times on by microseconds.
    clock.advance(Span(REMEMBERED.0 + Span::secs(1).0));
    assert_eq!(kept().await, [0, 1, 2]);
    assert_eq!(JOBS, CHALLENGES);
    clock.advance(JOBS);
    assert_eq!(kept().await, [0, 0, 0]);
    assert_eq!(test.number(WAITING_JOBS_KEPT).await, waiting, "work that waits is never deleted");
    test.finish().await;
}

on_both_engines!(old_rows_go, |kind| deleted_in_time(kind));
