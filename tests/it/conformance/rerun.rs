//! Commands that meet are run again whole; nothing of a failed run stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use vouch::domain::time::{Span, Ts};
use vouch::store::{EngineKind, Meta, StoreError, Tx};

use super::counter::{bump, counters, same};
use crate::support::stores::{TestStore, on_both_stores};

on_both_stores!(f8_commands_that_lock_each_other_out_both_happen, |test| async {
    let ids = counters(&test, 2).await;
    let mut running = tokio::task::JoinSet::new();
    let runs = Arc::new(AtomicU32::new(0));
    for n in 0..20 {
        let (store, runs) = (test.store.clone(), Arc::clone(&runs));
        let (first, second) = if n % 2 == 0 { (ids[0], ids[1]) } else { (ids[1], ids[0]) };
        running.spawn(async move {
            let run = move |mut tx: Tx| {
                runs.fetch_add(1, Ordering::SeqCst);
                async move {
                    bump(&mut tx, first).await?;
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                    bump(&mut tx, second).await
                }
            };
            store.command::<i64, StoreError, _, _>(Meta::system("test"), run).await
        });
    }
    let mut gave_up = 0;
    while let Some(done) = running.join_next().await {
        match done.unwrap() {
            Ok(_) => {}
            Err(StoreError::Busy) => gave_up += 1,
            Err(other) => panic!("{other}"),
        }
    }
    let happened = 20 - gave_up;
    assert!(happened > 0, "none came through");
    assert_eq!(test.number("SELECT cast(sum(value) AS bigint) FROM counter").await, 2 * happened);
    assert_eq!(test.number("SELECT count(*) FROM journal").await, 2 * happened);
});

on_both_stores!(a_failed_statement_cannot_be_passed_over, |test| async {
    let id = counters(&test, 1).await[0];
    let run = move |mut tx: Tx| async move {
        bump(&mut tx, id).await?;
        let mut args = tx.args();
        args.add(id)?;
        let text = "INSERT INTO counter SELECT * FROM counter WHERE id = $1";
        let failed = tx.execute(same(text), args).await;
        assert_eq!(failed, Err(StoreError::Unique("unknown")));
        Ok::<_, StoreError>(())
    };
    let done = test.store.command(Meta::system("test"), run).await;
    assert_eq!(done, Err(StoreError::Defect("a failed statement was passed over")));
    assert_eq!(test.number("SELECT value FROM counter").await, 0);
    assert_eq!(test.number("SELECT count(*) FROM journal").await, 0);
});

on_both_stores!(a_kept_transaction_is_not_committed, |test| async {
    let id = counters(&test, 1).await[0];
    let run = move |mut tx: Tx| async move {
        bump(&mut tx, id).await?;
        let (kept, _keeper) = tokio::sync::oneshot::channel::<()>();
        tokio::spawn(async move {
            drop(kept);
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            drop(tx);
        });
        Ok::<_, StoreError>(())
    };
    let done = test.store.command(Meta::system("test"), run).await;
    assert_eq!(done, Err(StoreError::Defect("the closure kept its transaction")));
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let again = move |mut tx: Tx| async move { bump(&mut tx, id).await };
    let value: Result<i64, StoreError> = test.store.command(Meta::system("test"), again).await;
    assert_eq!(value, Ok(1));
});

on_both_stores!(a_panic_leaves_nothing_and_harms_nobody, |test| async {
    let id = counters(&test, 1).await[0];
    for _ in 0..3 {
        let run = move |mut tx: Tx| async move {
            bump(&mut tx, id).await?;
            assert!(tx.at() < Ts::NEVER, "meant to panic");
            Ok::<_, StoreError>(())
        };
        let done = test.store.command(Meta::system("test"), run).await;
        assert_eq!(done, Err(StoreError::Defect("a command did not end")));
    }
    let run = move |mut tx: Tx| async move { bump(&mut tx, id).await };
    let value: Result<i64, StoreError> = test.store.command(Meta::system("test"), run).await;
    assert_eq!(value, Ok(1));
});

on_both_stores!(the_instant_is_later_than_everything_seen, |test| async {
    let id = counters(&test, 1).await[0];
    let future = test.store.clock().now().plus(Span::hours(1));
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let run = move |mut tx: Tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            // The instant is fixed by the first entry; the later row is seen only after it.
            bump(&mut tx, id).await?;
            tx.saw(future);
            Ok::<_, StoreError>(tx.at())
        }
    };
    let at = test.store.command(Meta::system("test"), run).await.unwrap();
    assert!(at > future && at < future.plus(Span::secs(1)));
    assert_eq!(runs.load(Ordering::SeqCst), 2, "once too early, once right");
    let next = move |mut tx: Tx| async move {
        bump(&mut tx, id).await?;
        Ok::<_, StoreError>(tx.at())
    };
    let last = test.store.command(Meta::system("test"), next).await.unwrap();
    assert_eq!(last, at.plus(Span::micros(1)));
});

/// A server that goes away in the middle: the write is repeated on another connection.
#[tokio::test]
async fn f6_a_broken_connection_is_replaced() {
    let test = TestStore::new(EngineKind::Postgres).await;
    let id = counters(&test, 1).await[0];
    let killed = Arc::new(AtomicU32::new(0));
    for expected in 1..=3 {
        let killed = Arc::clone(&killed);
        let url = test.url.clone();
        let run = move |mut tx: Tx| {
            let first = killed.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
            let url = url.clone();
            async move {
                let value = bump(&mut tx, id).await?;
                if first {
                    let args = tx.args();
                    let pid = same("SELECT pg_backend_pid()::bigint");
                    let (pid,) = tx.fetch_one::<(i64,)>(pid, args).await?;
                    let mut conn =
                        <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
                    let kill = sqlx::query("SELECT pg_terminate_backend($1::int)").bind(pid);
                    kill.execute(&mut conn).await.unwrap();
                }
                bump(&mut tx, id).await?;
                Ok::<_, StoreError>(value)
            }
        };
        let value = test.store.command(Meta::system("test"), run).await;
        assert_eq!(value, Ok(expected * 2 - 1));
    }
    assert_eq!(killed.load(Ordering::SeqCst), 6);
    test.finish().await;
}

/// Another command may get the very same instant; the one that then sees its row gets a later one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_equal_instant_of_another_command_is_outrun() {
    let clock = vouch::clock::Clock::movable(Ts(1_800_000_000_000_000));
    let test = TestStore::with_clock(EngineKind::Postgres, clock).await;
    let ids = counters(&test, 2).await;
    let (first, second) = (ids[0], ids[1]);
    let both = move |mut tx: Tx| async move {
        bump(&mut tx, first).await?;
        bump(&mut tx, second).await
    };
    test.store.command::<i64, StoreError, _, _>(Meta::system("test"), both).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let (counted, store) = (Arc::clone(&runs), test.store.clone());
    let run = move |mut tx: Tx| {
        let meets = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let store = store.clone();
        async move {
            bump(&mut tx, first).await?;
            if meets {
                let other = move |mut tx: Tx| async move {
                    bump(&mut tx, second).await?;
                    Ok::<_, StoreError>(tx.at())
                };
                let same = store.command(Meta::system("other"), other).await;
                assert_eq!(same, Ok(tx.at()), "the test must make the instants equal");
            }
            bump(&mut tx, second).await?;
            Ok::<_, StoreError>(tx.at())
        }
    };
    let at = test.store.command(Meta::system("test"), run).await.unwrap();
    assert!(at > Ts(1_800_000_000_000_001));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    test.finish().await;
}
