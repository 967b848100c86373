//! The first start of a store: killed at any instant of it, or done by several instances at once.
//! `VOUCH_BIRTHS` says how many stores are made a kind.

use std::time::Duration;

use vouch::store::EngineKind;

use super::audit::{audit, number};
use super::ground::Ground;
use super::instance::{Caller, Instance};
use super::kills::portal_key;
use crate::support::campaign::{Dice, setting};

/// Longer than a first start takes.
const BIRTH: u64 = 700_000;

/// Kills a first start, starts again, and says whether the one key was ever told.
async fn birth(kind: EngineKind, after: Duration) -> bool {
    let ground = Ground::new(kind).await;
    let first = Instance::start(&ground, None);
    tokio::time::sleep(after).await;
    let told = first.kill().await;
    ground.settle().await;
    let mut second = Instance::start(&ground, None);
    let address = second.address().await.expect("no failpoint is armed");
    if let Some(key) = &told {
        // What was told was committed before: it opens the store that went on.
        portal_key(&Caller::new(address, key)).await;
    } else {
        // Told now, unless the first one died between its commit and the telling.
        second.told_key().await;
    }
    let again = second.kill().await;
    assert!(told.is_none() || again.is_none(), "two keys were told");
    ground.settle().await;
    let store = ground.open().await;
    audit(&store, &[], Vec::new()).await;
    let first_keys = "SELECT count(*) FROM api_key WHERE label = 'bootstrap'";
    assert_eq!(number(&store, first_keys).await, 1);
    assert_eq!(number(&store, "SELECT count(*) FROM policy").await, 1);
    store.close().await;
    ground.clear().await;
    told.or(again).is_some()
}

async fn births(kind: EngineKind) {
    let many = setting("VOUCH_BIRTHS", 3);
    let mut dice = Dice::of(Dice::seed("VOUCH_KILLS_SEED"));
    let mut told = 0;
    for _ in 0..many {
        let after = Duration::from_micros(dice.below(BIRTH));
        told += u64::from(birth(kind, after).await);
    }
    println!("{kind:?}: {many} first starts killed, the one key was told in {told}");
    // Between the commit of the key and its line on the terminal lies next to nothing.
    assert!(told + 1 + many / 10 >= many, "{told} of {many}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_a_store_survives_a_kill_while_it_is_made_on_sqlite() {
    births(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_a_store_survives_a_kill_while_it_is_made_on_postgres() {
    births(EngineKind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_start_at_once_make_one_store() {
    let ground = Ground::new(EngineKind::Postgres).await;
    let mut instances: Vec<_> = (0..3).map(|_| Instance::start(&ground, None)).collect();
    let mut addresses = Vec::new();
    for instance in &mut instances {
        addresses.push(instance.address().await.expect("no failpoint is armed"));
    }
    let mut told = Vec::new();
    for instance in instances {
        told.extend(instance.kill().await);
    }
    ground.settle().await;
    let store = ground.open().await;
    assert_eq!(number(&store, "SELECT count(*) FROM api_key").await, 1);
    assert_eq!(number(&store, "SELECT count(*) FROM policy").await, 1);
    assert!(told.len() <= 1, "{} keys were told", told.len());
    audit(&store, &[], Vec::new()).await;
    store.close().await;
    ground.clear().await;
}
