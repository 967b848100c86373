//! A retried write happens once (rule 12).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use uuid::Uuid;
use vouch::clock::Clock;
use vouch::domain::access::Principal;
use vouch::domain::command::write::Write;
use vouch::domain::time::{Span, Ts};
use vouch::store::{EngineKind, Meta, Store, StoreError};

use super::counter::{bump, counters, write};
use crate::support::stores::{TestStore, on_both_stores};

const WHO: Principal = Principal::system("test");

async fn once(store: &Store, write: &Write, id: Uuid) -> Result<i64, StoreError> {
    let run = move |mut tx| async move { bump(&mut tx, id).await };
    store.command(Meta::write(&WHO, write), run).await
}

on_both_stores!(rule_12_a_retry_gets_the_first_answer, |test| async {
    let id = counters(&test, 1).await[0];
    assert_eq!(once(&test.store, &write("a", 1), id).await, Ok(1));
    assert_eq!(once(&test.store, &write("a", 1), id).await, Ok(1));
    assert_eq!(once(&test.store, &write("b", 1), id).await, Ok(2));
    assert_eq!(once(&test.store, &write("a", 2), id).await, Err(StoreError::RequestReused));
    let other = Write { call: "Other", ..write("a", 2) };
    assert_eq!(once(&test.store, &other, id).await, Ok(3), "another call is another scope");
    let someone = Meta::write(&Principal::system("else"), &write("a", 9));
    let run = move |mut tx| async move { bump(&mut tx, id).await };
    let answer: Result<i64, StoreError> = test.store.command(someone, run).await;
    assert_eq!(answer, Ok(4), "another principal is another scope");
    assert_eq!(test.number("SELECT count(*) FROM journal").await, 4);
});

on_both_stores!(rule_12_the_same_write_at_once_happens_once, |test| async {
    let id = counters(&test, 1).await[0];
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let store = test.store.clone();
        running.spawn(async move { once(&store, &write("same", 1), id).await });
    }
    while let Some(answer) = running.join_next().await {
        assert_eq!(answer.unwrap(), Ok(1));
    }
    assert_eq!(test.number("SELECT value FROM counter").await, 1);
    assert_eq!(test.number("SELECT count(*) FROM journal").await, 1);
});

on_both_stores!(rule_12_a_refusal_is_not_remembered, |test| async {
    let id = counters(&test, 1).await[0];
    let tries = Arc::new(AtomicU32::new(0));
    for expected in [Err(StoreError::ForeignKey), Ok(1), Ok(1)] {
        let tries = Arc::clone(&tries);
        let run = move |mut tx| {
            let first = tries.fetch_add(1, Ordering::SeqCst) == 0;
            async move {
                let value = bump(&mut tx, id).await?;
                if first { Err(StoreError::ForeignKey) } else { Ok(value) }
            }
        };
        let meta = Meta::write(&WHO, &write("a", 1));
        assert_eq!(test.store.command(meta, run).await, expected);
    }
    assert_eq!(tries.load(Ordering::SeqCst), 2);
    assert_eq!(test.number("SELECT count(*) FROM journal").await, 1);
});

on_both_stores!(rule_12_a_secret_is_never_replayed, |test| async {
    let id = counters(&test, 1).await[0];
    for expected in [Ok("vk_secret".to_owned()), Err(StoreError::AlreadyShown)] {
        let run = move |mut tx| async move {
            bump(&mut tx, id).await?;
            Ok("vk_secret".to_owned())
        };
        let meta = Meta::write(&WHO, &write("key", 1)).secret();
        assert_eq!(test.store.command(meta, run).await, expected);
    }
    assert_eq!(test.number("SELECT count(*) FROM idempotency WHERE response IS NOT NULL").await, 0);
});

on_both_stores!(a_dry_run_leaves_nothing, |test| async {
    let id = counters(&test, 1).await[0];
    let dry = Write { validate_only: true, ..write("a", 1) };
    assert_eq!(once(&test.store, &dry, id).await, Ok(1));
    assert_eq!(test.number("SELECT value FROM counter").await, 0);
    assert_eq!(once(&test.store, &write("a", 1), id).await, Ok(1));
});

#[tokio::test]
async fn rule_12_keys_live_seven_days_on_sqlite() {
    keys_live_seven_days(EngineKind::Sqlite).await;
}

#[tokio::test]
async fn rule_12_keys_live_seven_days_on_postgres() {
    keys_live_seven_days(EngineKind::Postgres).await;
}

async fn keys_live_seven_days(kind: EngineKind) {
    let clock = Clock::movable(Ts(1_800_000_000_000_000));
    let test = TestStore::with_clock(kind, clock.clone()).await;
    let id = counters(&test, 1).await[0];
    assert_eq!(once(&test.store, &write("a", 1), id).await, Ok(1));
    clock.advance(Span::days(7).minus_one());
    assert_eq!(once(&test.store, &write("a", 1), id).await, Ok(1));
    clock.advance(Span::micros(1));
    assert_eq!(once(&test.store, &write("a", 1), id).await, Ok(2));
    let before = clock.now();
    let forget = move |mut tx: vouch::store::Tx| async move {
        tx.forget_keys(before.plus(Span::micros(1)), 10).await
    };
    let forgotten: Result<u64, StoreError> =
        test.store.command(Meta::system("retention"), forget).await;
    assert_eq!(forgotten, Ok(1));
    test.finish().await;
}

trait MinusOne {
    fn minus_one(self) -> Self;
}

impl MinusOne for Span {
    fn minus_one(self) -> Self {
        Self(self.0 - 1)
    }
}
