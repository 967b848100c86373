//! Positions: without a gap, cause before effect, whoever numbers them.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;
use vouch::clock::Clock;
use vouch::domain::journal::{Proof, check_consistency, check_inclusion};
use vouch::domain::time::{Span, Ts};
use vouch::store::{EngineKind, Meta, Sequenced, Store, StoreError, Tx};

use super::counter::{bump, counters};
use crate::support::stores::{TestStore, on_both_stores};

async fn bump_one(store: &Store, id: Uuid) -> Result<i64, StoreError> {
    store.command(Meta::system("test"), move |mut tx| async move { bump(&mut tx, id).await }).await
}

pub(crate) async fn number_all(store: &Store) {
    loop {
        let batch = store.sequence_batch(store.clock().now()).await.unwrap();
        if batch.numbered == 0 && !batch.more {
            return;
        }
    }
}

async fn whole(store: &Store) -> Vec<Sequenced> {
    let mut all: Vec<Sequenced> = Vec::new();
    loop {
        let after = all.last().map_or(0, |last| last.seq);
        let page = store.entries_after(after, 700).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Gaps, order within a subject, entries of one command side by side, times that do not go back.
fn check_order(all: &[Sequenced]) {
    let mut revisions: BTreeMap<Uuid, u64> = BTreeMap::new();
    let mut closed = std::collections::BTreeSet::new();
    let mut last = Ts::NEVER;
    for (n, item) in all.iter().enumerate() {
        assert_eq!(item.seq, n as u64 + 1);
        let revision = revisions.entry(item.entry.subject).or_default();
        *revision += 1;
        assert_eq!(item.entry.subject_rev, *revision, "position {}", item.seq);
        assert!(item.sequenced_at >= last);
        last = item.sequenced_at;
        if n > 0 && all[n - 1].entry.command != item.entry.command {
            closed.insert(all[n - 1].entry.command);
        }
        assert!(!closed.contains(&item.entry.command), "a command was torn apart");
    }
}

on_both_stores!(f34_many_writers_two_sequencers_one_order, |test| async {
    let ids = counters(&test, 12).await;
    let second = match test.store.kind() {
        EngineKind::Postgres => test.instance(Clock::shifted(Span::secs(-5))).await.unwrap(),
        EngineKind::Sqlite => test.store.clone(),
    };
    let stop = tokio_util::sync::CancellationToken::new();
    let mut sequencers = tokio::task::JoinSet::new();
    for store in [test.store.clone(), second.clone()] {
        let stop = stop.clone();
        sequencers.spawn(async move {
            while !stop.is_cancelled() {
                match store.sequence_batch(store.clock().now()).await {
                    Ok(batch) if batch.numbered > 0 => {}
                    Ok(_) | Err(StoreError::Busy) => {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        });
    }
    let mut writers = tokio::task::JoinSet::new();
    for w in 0..16_usize {
        let store = if w % 2 == 0 { test.store.clone() } else { second.clone() };
        let ids = ids.clone();
        writers.spawn(async move {
            for n in 0..25_usize {
                let mut pair = [ids[(w + n) % 12], ids[(w * 5 + n * 7 + 1) % 12]];
                pair.sort();
                let run = move |mut tx: Tx| async move {
                    bump(&mut tx, pair[0]).await?;
                    if pair[0] != pair[1] {
                        bump(&mut tx, pair[1]).await?;
                    }
                    Ok::<_, StoreError>(())
                };
                store.command(Meta::system("test"), run).await.unwrap();
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    stop.cancel();
    while let Some(done) = sequencers.join_next().await {
        done.unwrap();
    }
    number_all(&test.store).await;
    let all = whole(&test.store).await;
    assert!(all.len() > 400, "{}", all.len());
    check_order(&all);
    let found = test.store.verify_journal(Vec::new()).await.unwrap();
    assert_eq!((found.size, found.waiting), (all.len() as u64, 0));
    if test.store.kind() == EngineKind::Postgres {
        second.close().await;
    }
});

on_both_stores!(proofs_hold_against_the_head, |test| async {
    let id = counters(&test, 1).await[0];
    let mut kept = Vec::new();
    for _ in 0..9 {
        bump_one(&test.store, id).await.unwrap();
        number_all(&test.store).await;
        kept.push(test.store.checkpoint("vouch.test").await.unwrap());
    }
    let head = test.store.head().await.unwrap();
    for item in whole(&test.store).await {
        let proof = Proof::Inclusion { size: head.seq, index: item.seq - 1 };
        let proof = test.store.prove(proof).await.unwrap();
        check_inclusion(&proof, head.seq, head.root, item.seq - 1, item.entry.leaf()).unwrap();
        assert_eq!(item.facts, Some(i64::try_from(item.seq).unwrap().to_be_bytes().to_vec()));
    }
    for old in &kept {
        let proof = Proof::Consistency { old: old.size, size: head.seq };
        let proof = test.store.prove(proof).await.unwrap();
        check_consistency(&proof, head.seq, head.root, old.size, old.root).unwrap();
    }
    test.store.verify_journal(kept).await.unwrap();
    let beyond = Proof::Inclusion { size: head.seq, index: head.seq };
    assert_eq!(test.store.prove(beyond).await, Err(StoreError::Outside));
});

on_both_stores!(the_beat_says_that_nothing_is_left, |test| async {
    let id = counters(&test, 1).await[0];
    let now = test.store.clock().now();
    number_all(&test.store).await;
    let before = test.store.head().await.unwrap();
    let idle = test.store.sequence_batch(before.beat_at.plus(Span::millis(100))).await.unwrap();
    assert!(!idle.beat && idle.numbered == 0, "too early to beat again");
    let due = test.store.sequence_batch(before.beat_at.plus(Span::millis(600))).await.unwrap();
    assert!(due.beat);
    bump_one(&test.store, id).await.unwrap();
    let batch = test.store.sequence_batch(before.beat_at.plus(Span::millis(700))).await.unwrap();
    assert_eq!((batch.numbered, batch.more, batch.beat), (1, false, true));
    // A clock that runs behind numbers all the same, and time does not go back.
    bump_one(&test.store, id).await.unwrap();
    let behind = test.store.sequence_batch(now.minus(Span::hours(1))).await.unwrap();
    assert_eq!((behind.numbered, behind.beat), (1, true));
    check_order(&whole(&test.store).await);
    let head = test.store.head().await.unwrap();
    assert_eq!(head.beat, before.beat + 3);
    assert!(head.sequenced_at >= before.sequenced_at);
});

on_both_stores!(f15_a_clock_set_back_does_not_take_time_back, |test| async {
    let id = counters(&test, 1).await[0];
    bump_one(&test.store, id).await.unwrap();
    let ahead = test.store.clock().now().plus(Span::hours(1));
    let batch = test.store.sequence_batch(ahead).await.unwrap();
    assert_eq!((batch.numbered, batch.sequenced_at), (1, ahead));
    assert_eq!(test.store.now(), ahead);
    let run = |tx: Tx| async move { Ok::<_, StoreError>(tx.now()) };
    assert_eq!(test.store.command(Meta::system("test"), run).await, Ok(ahead));
    if test.store.kind() == EngineKind::Postgres {
        let other = test.instance(Clock::system()).await.unwrap();
        assert_eq!(other.now(), ahead, "a start does not forget it");
        other.close().await;
    }
});

on_both_stores!(a_command_larger_than_a_batch_stays_together, |test| async {
    let ids = counters(&test, 1_203).await;
    let (few, many) = (ids[..3].to_vec(), ids[3..].to_vec());
    for part in [few.clone(), many, few] {
        let run = move |mut tx: Tx| {
            let part = part.clone();
            async move {
                for id in part {
                    bump(&mut tx, id).await?;
                }
                Ok::<_, StoreError>(())
            }
        };
        test.store.command(Meta::system("test"), run).await.unwrap();
    }
    let first = test.store.sequence_batch(test.store.clock().now()).await.unwrap();
    assert_eq!((first.numbered, first.more, first.beat), (3, true, false));
    let second = test.store.sequence_batch(test.store.clock().now()).await.unwrap();
    assert_eq!((second.numbered, second.more, second.beat), (1_200, true, false));
    let third = test.store.sequence_batch(test.store.clock().now()).await.unwrap();
    assert_eq!((third.numbered, third.more, third.beat), (3, false, true));
    check_order(&whole(&test.store).await);
    test.store.verify_journal(Vec::new()).await.unwrap();
});

/// Two instances, clocks five seconds apart, one subject handed to and fro.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cause_is_numbered_before_effect_across_skewed_clocks() {
    let test = TestStore::new(EngineKind::Postgres).await;
    let ids = counters(&test, 3).await;
    let behind = test.instance(Clock::shifted(Span::secs(-5))).await.unwrap();
    for n in 0..120_usize {
        let store = if n % 2 == 0 { &test.store } else { &behind };
        let (shared, own) = (ids[0], ids[1 + n % 2]);
        let run = move |mut tx: Tx| async move {
            bump(&mut tx, shared).await?;
            bump(&mut tx, own).await
        };
        store.command::<i64, StoreError, _, _>(Meta::system("test"), run).await.unwrap();
        if n % 17 == 0 {
            let numbering = if n % 2 == 0 { &behind } else { &test.store };
            numbering.sequence_batch(numbering.clock().now()).await.unwrap();
        }
    }
    number_all(&behind).await;
    let all = whole(&test.store).await;
    assert_eq!(all.len(), 240);
    check_order(&all);
    let instants: Vec<Ts> = all.iter().step_by(2).map(|item| item.entry.at).collect();
    assert!(instants.is_sorted_by(|a, b| a < b), "each command is later than the one it followed");
    behind.close().await;
    test.finish().await;
}

/// An instance that was stopped while it held the head: the server ends its transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_holder_is_replaced_within_three_seconds() {
    let test = TestStore::new(EngineKind::Postgres).await;
    let id = counters(&test, 1).await[0];
    bump_one(&test.store, id).await.unwrap();
    let mut holder = <sqlx::PgConnection as sqlx::Connection>::connect(&test.url).await.unwrap();
    let hold = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '2s'; SELECT seq FROM journal_head FOR UPDATE";
    sqlx::raw_sql(hold).execute(&mut holder).await.unwrap();
    let began = Instant::now();
    loop {
        match test.store.sequence_batch(test.store.clock().now()).await {
            Ok(batch) if batch.numbered == 1 => break,
            Ok(_) | Err(StoreError::Busy) => {}
            Err(other) => panic!("{other}"),
        }
        assert!(began.elapsed() < Duration::from_secs(3), "nobody took over");
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(
        sqlx::raw_sql("COMMIT").execute(&mut holder).await.is_err(),
        "the holder was thrown out"
    );
    test.finish().await;
}

/// What another instance numbered is told, without waiting for the next poll.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_tell_each_other() {
    let test = TestStore::new(EngineKind::Postgres).await;
    let id = counters(&test, 1).await[0];
    let other = test.instance(Clock::system()).await.unwrap();
    let mut head = other.wake().head();
    let following = other.clone();
    let follower = tokio::spawn(async move { following.follow_others().await });
    let woken = async {
        // The listener may still be on its way: write until it hears.
        loop {
            bump_one(&test.store, id).await.unwrap();
            number_all(&test.store).await;
            let changed = tokio::time::timeout(Duration::from_millis(300), head.changed()).await;
            if changed.is_ok() {
                return *head.borrow();
            }
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(10), woken).await.unwrap();
    assert!(seen > 0);
    follower.abort();
    other.close().await;
    test.finish().await;
}
