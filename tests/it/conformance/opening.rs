//! Every way in which a store cannot be opened has its own answer.

use std::time::Duration;

use vouch::clock::Clock;
use vouch::store::{EngineKind, KeyRing, OpenStore, Store, StoreError};

use crate::support::pg;
use crate::support::stores::{TestStore, on_both_stores};

async fn open(url: &str, migrate: bool, keys: &KeyRing) -> Result<Store, StoreError> {
    let clock = Clock::system();
    let how = OpenStore { url, max_connections: 4, migrate, sandbox: false, keys, clock };
    Store::open(how).await
}

fn keys() -> KeyRing {
    KeyRing::generate(&Clock::system()).unwrap()
}

#[tokio::test]
async fn wrong_places_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere");
    let file = folder.path().join("v.db");
    for url in
        ["mysql://x", "", "/v.db", "sqlite:", "sqlite::memory:", "postgres://[", "Postgres://x"]
    {
        assert_eq!(open(url, true, &keys()).await.err(), Some(StoreError::BadUrl), "{url}");
    }
    let url = format!("sqlite:{}", missing.join("v.db").display());
    assert_eq!(open(&url, true, &keys()).await.err(), Some(StoreError::MissingFolder(missing)));
    let url = format!("sqlite:{}", file.display());
    assert_eq!(open(&url, false, &keys()).await.err(), Some(StoreError::MissingFile(file)));
}

#[tokio::test]
async fn what_is_no_store_is_not_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.db");
    std::fs::write(&file, [7_u8; 8192]).unwrap();
    let url = format!("sqlite:{}", file.display());
    assert_eq!(open(&url, true, &keys()).await.err(), Some(StoreError::Corrupt("page")));
    std::fs::write(&file, "").unwrap();
    let older = open(&url, false, &keys()).await.err();
    assert!(matches!(older, Some(StoreError::OlderSchema { found: 0, .. })), "{older:?}");
}

#[tokio::test]
async fn f28_a_second_process_is_refused_at_once() {
    let test = TestStore::new(EngineKind::Sqlite).await;
    let began = tokio::time::Instant::now();
    let refused = test.instance(Clock::system()).await.err();
    assert!(matches!(refused, Some(StoreError::InUse(_))), "{refused:?}");
    assert!(began.elapsed() < Duration::from_secs(1));
    let url = test.url.clone();
    let keys = test.keys.clone();
    let TestStore { store, .. } = &test;
    store.close().await;
    test.finish().await;
    drop((url, keys));
}

#[tokio::test]
async fn servers_that_do_not_answer_are_named() {
    let none = "postgres://vouch@127.0.0.1:1/vouch";
    let refused = open(none, true, &keys()).await.err();
    assert!(matches!(refused, Some(StoreError::Unreachable(_))), "{refused:?}");
    let cluster = pg::cluster();
    let refused = open(&cluster.url("no_such_database"), true, &keys()).await.err();
    let why = StoreError::Unreachable("the server has no database of that name");
    assert_eq!(refused, Some(why));
}

#[tokio::test]
async fn an_empty_database_is_migrated_only_when_asked() {
    let cluster = pg::cluster();
    let name = cluster.empty_database().await;
    let (url, keys) = (cluster.url(&name), keys());
    let older = open(&url, false, &keys).await.err();
    assert!(matches!(older, Some(StoreError::OlderSchema { found: 0, .. })), "{older:?}");
    let (first, second) = tokio::join!(open(&url, true, &keys), open(&url, true, &keys));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.epoch(), second.epoch());
    let third = open(&url, false, &keys).await.unwrap();
    for store in [first, second, third] {
        store.close().await;
    }
    cluster.drop_database(&name).await;
}

on_both_stores!(a_newer_schema_is_left_alone, |test| async {
    let raise = "UPDATE _sqlx_migrations SET version = 900 \
                 WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
    test.raw(raise).await.unwrap();
    if test.store.kind() == EngineKind::Postgres {
        let newer = test.instance(Clock::system()).await.err();
        assert!(matches!(newer, Some(StoreError::NewerSchema { found: 900, .. })), "{newer:?}");
    } else {
        // A copy, because the store itself is open.
        let copy = test.folder().unwrap().join("copy.db");
        test.raw(&format!("VACUUM INTO '{}'", copy.display())).await.unwrap();
        let newer = open(&format!("sqlite:{}", copy.display()), true, &test.keys).await.err();
        assert!(matches!(newer, Some(StoreError::NewerSchema { found: 900, .. })), "{newer:?}");
    }
});
