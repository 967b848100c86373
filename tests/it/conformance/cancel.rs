//! The cancel storm: callers that go away at any await leave whole writes or none, and a clean
//! connection to the next borrower (sqlx #4385).

use std::time::Duration;

use vouch::domain::access::Principal;
use vouch::store::{EngineKind, Meta, Store, StoreError, Tx};

use super::counter::{bump, counters, same, write};
use crate::support::stores::on_both_stores;

const STORM: u32 = 3_000;

on_both_stores!(f9_a_caller_that_goes_away_leaves_whole_writes, |test| async {
    let ids = counters(&test, 8).await;
    let mut dropped = 0;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..STORM {
        let (store, id) = (test.store.clone(), ids[usize::try_from(n % 4).unwrap()]);
        let twin = ids[usize::try_from(n % 4 + 4).unwrap()];
        let patience = Duration::from_micros(u64::from(n * 7919 % 1_500));
        running.spawn(async move {
            let run = move |mut tx: Tx| async move {
                bump(&mut tx, id).await?;
                bump(&mut tx, twin).await
            };
            let meta = Meta::write(&Principal::system("test"), &write(&n.to_string(), 1));
            let command = store.command::<i64, StoreError, _, _>(meta, run);
            tokio::time::timeout(patience, command).await.is_err()
        });
        if n % 5 == 0 {
            let store = test.store.clone();
            running.spawn(async move {
                let read = read_both(&store);
                tokio::time::timeout(patience / 4, read).await.is_err()
            });
        }
        if running.len() > 64 {
            dropped += u32::from(running.join_next().await.unwrap().unwrap());
        }
    }
    while let Some(gone) = running.join_next().await {
        dropped += u32::from(gone.unwrap());
    }
    assert!(dropped > STORM / 10, "the storm must drop many callers, dropped {dropped}");
    quiet(&test.store).await;
    // Every claimed key has its answer and its two entries; every entry belongs to a key.
    let keys = test.number("SELECT count(*) FROM idempotency").await;
    assert_eq!(test.number("SELECT count(*) FROM idempotency WHERE response IS NULL").await, 0);
    assert_eq!(test.number("SELECT count(*) FROM journal").await, 2 * keys);
    assert_eq!(test.number("SELECT count(*) FROM journal_pending").await, 2 * keys);
    let sum = test.number("SELECT cast(sum(value) AS bigint) FROM counter").await;
    assert_eq!(sum, 2 * keys);
    let pairs = test.number("SELECT count(*) FROM (SELECT command FROM journal GROUP BY command HAVING count(*) <> 2) x").await;
    assert_eq!(pairs, 0);
    if test.store.kind() == EngineKind::Postgres {
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        assert_eq!(test.number(open).await, 0, "an open transaction went back to the pool");
    }
    println!("{dropped} callers went away, {keys} writes happened");
});

/// Two reads in one snapshot.
async fn read_both(store: &Store) -> Result<(i64, i64), StoreError> {
    let read = |mut tx: Tx| async move {
        let args = tx.args();
        let sum = same("SELECT cast(coalesce(sum(value), 0) AS bigint) FROM counter");
        let (first,) = tx.fetch_one::<(i64,)>(sum, args).await?;
        let args = tx.args();
        let (second,) = tx.fetch_one::<(i64,)>(sum, args).await?;
        assert_eq!(first, second, "a snapshot does not move");
        Ok::<_, StoreError>((first, second))
    };
    store.read(read).await
}

/// Waits until every abandoned command has run to its end: the counters stand still.
async fn quiet(store: &Store) {
    let mut last = -1;
    for _ in 0..200 {
        let (now, _) = read_both(store).await.unwrap();
        if now == last {
            return;
        }
        last = now;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    panic!("the commands did not come to an end");
}
