//! Rule 9: deleting, changing or reordering an entry is refused by the database, and detected where
//! an intruder took the triggers away first.

use vouch::domain::journal::Checkpoint;
use vouch::store::audit::JournalFault;
use vouch::store::{EngineKind, Meta, StoreError, Tx};

use super::counter::{bump, counters};
use super::sequencer::number_all;
use crate::support::stores::{TestStore, on_both_stores};

async fn filled(test: &TestStore, commands: u32) {
    let ids = counters(test, 3).await;
    for n in 0..commands {
        let (first, second) = (ids[usize::try_from(n % 2).unwrap()], ids[2]);
        let run = move |mut tx: Tx| async move {
            bump(&mut tx, first).await?;
            bump(&mut tx, second).await
        };
        test.store.command::<i64, StoreError, _, _>(Meta::system("test"), run).await.unwrap();
    }
    number_all(&test.store).await;
}

const CHANGES: [&str; 11] = [
    "UPDATE journal SET subject_kind = 2 WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
    "UPDATE journal SET subject_rev = 77 WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
    "UPDATE journal SET kind = 'x' WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
    "UPDATE journal SET actor = 'x' WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
    "UPDATE journal SET owner = subject WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
    "UPDATE journal SET command = subject WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
    "UPDATE journal SET at = (SELECT max(at) FROM journal) WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
    "UPDATE journal SET detail = leaf WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
    "UPDATE journal_order SET sequenced_at = (SELECT last_at FROM counter LIMIT 1) WHERE seq = 4",
    "DELETE FROM journal_order WHERE seq = 4",
    "DELETE FROM journal WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)",
];

on_both_stores!(rule_09_the_database_refuses_to_change_the_journal, |test| async {
    filled(&test, 4).await;
    for change in CHANGES {
        let refused = test.raw(change).await.unwrap_err().to_string();
        assert!(refused.contains("append_only"), "{change}: {refused}");
    }
    test.store.verify_journal(Vec::new()).await.unwrap();
});

async fn without_triggers(test: &TestStore) {
    let tables = ["journal", "journal_order", "merkle_hash"];
    for table in tables {
        for event in ["update", "delete"] {
            let drop = match test.store.kind() {
                EngineKind::Sqlite => format!("DROP TRIGGER {table}_{event}"),
                EngineKind::Postgres => format!("DROP TRIGGER {table}_{event} ON {table}"),
            };
            test.raw(&drop).await.unwrap();
        }
    }
}

async fn fault_after(kind: EngineKind, change: &str) -> Result<(), JournalFault> {
    let test = TestStore::new(kind).await;
    filled(&test, 4).await;
    without_triggers(&test).await;
    let foreign_keys_off = match kind {
        EngineKind::Sqlite => "PRAGMA foreign_keys = OFF;",
        EngineKind::Postgres => "SET session_replication_role = replica;",
    };
    let changed = test.raw(&format!("{foreign_keys_off} {change}")).await;
    changed.unwrap_or_else(|error| panic!("{change}: {error}"));
    let found = test.store.verify_journal(Vec::new()).await.map(drop);
    test.finish().await;
    found
}

async fn every_change_is_found(kind: EngineKind) {
    let last_two = "DELETE FROM journal_order WHERE seq > 6";
    let swap = "UPDATE journal_order SET seq = 100 WHERE seq = 3; UPDATE journal_order SET seq = 3 WHERE seq = 5;
                UPDATE journal_order SET seq = 5 WHERE seq = 100";
    let leaf_too = "UPDATE journal SET kind = 'x', leaf = (SELECT leaf FROM journal LIMIT 1)
                    WHERE id = (SELECT entry FROM journal_order WHERE seq = 4)";
    let tree =
        "UPDATE merkle_hash SET hash = (SELECT hash FROM merkle_hash WHERE idx = 0) WHERE idx = 2";
    let root = "UPDATE journal_head SET root = (SELECT hash FROM merkle_hash WHERE idx = 0)";
    for change in CHANGES.into_iter().chain([last_two, swap, leaf_too, tree, root]) {
        let found = fault_after(kind, change).await;
        assert!(!matches!(found, Ok(()) | Err(JournalFault::Store(_))), "{change}: {found:?}");
    }
}

#[tokio::test]
async fn rule_09_every_change_is_found_on_sqlite() {
    every_change_is_found(EngineKind::Sqlite).await;
}

#[tokio::test]
async fn rule_09_every_change_is_found_on_postgres() {
    every_change_is_found(EngineKind::Postgres).await;
}

on_both_stores!(rule_09_an_entry_that_waits_cannot_be_made_to_vanish, |test| async {
    let id = counters(&test, 1).await[0];
    let run = move |mut tx: Tx| async move { bump(&mut tx, id).await };
    test.store.command::<i64, StoreError, _, _>(Meta::system("test"), run).await.unwrap();
    test.raw("DELETE FROM journal_pending").await.unwrap();
    assert_eq!(test.store.verify_journal(Vec::new()).await, Err(JournalFault::Lost(1)));
});

on_both_stores!(rule_09_a_kept_checkpoint_finds_a_journal_that_was_cut_back, |test| async {
    filled(&test, 4).await;
    let kept = test.store.checkpoint("vouch.test").await.unwrap();
    test.store.verify_journal(vec![kept.clone()]).await.unwrap();
    let longer = Checkpoint { size: kept.size + 1, ..kept.clone() };
    assert_eq!(
        test.store.verify_journal(vec![longer]).await,
        Err(JournalFault::Fork(kept.size + 1))
    );
    let other = Checkpoint { root: vouch::domain::journal::Hash([1; 32]), ..kept.clone() };
    assert_eq!(test.store.verify_journal(vec![other]).await, Err(JournalFault::Fork(kept.size)));
});
