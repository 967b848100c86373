//! Sealed details: the person's own key opens them, and after its erasure nothing does. Facts and
//! hashes stay.

use serde_json::json;
use uuid::Uuid;
use vouch::domain::ids::CustomerId;
use vouch::domain::journal::SubjectKind;
use vouch::store::{EntryDraft, KeyRing, Meta, OpenStore, Store, StoreError, Tx};

use super::sequencer::number_all;
use crate::support::stores::on_both_stores;

const NAME: &str = "Jane Q. Canary";

on_both_stores!(rule_10_after_erasure_the_facts_stay_and_the_person_does_not, |test| async {
    let customer = CustomerId(Uuid::from_u128(7));
    let run = move |mut tx: Tx| async move {
        let at = tx.at();
        tx.new_data_key(customer, at).await?;
        tx.journal(EntryDraft {
            kind: SubjectKind::Customer,
            subject: customer.0,
            rev: 1,
            word: "customer.created",
            facts: Some(b"facts".to_vec()),
            detail: json!({ "name": NAME }),
            owner: Some(customer),
        })
        .await
    };
    let id = test.store.command::<_, StoreError, _, _>(Meta::system("test"), run).await.unwrap();
    number_all(&test.store).await;
    let entry = test.store.entries_after(0, 9).await.unwrap().remove(0);
    assert_eq!(entry.entry.id, id);
    let read = entry.entry.clone();
    let detail = move |mut tx: Tx| {
        let entry = read.clone();
        async move { tx.detail(&entry).await }
    };
    let open: Result<_, StoreError> = test.store.read(detail.clone()).await;
    assert_eq!(open.unwrap(), json!({ "name": NAME }));
    if let Some(folder) = test.folder() {
        for file in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(NAME.len()).any(|window| window == NAME.as_bytes()));
        }
    }
    let erase = move |mut tx: Tx| async move { tx.erase_data_key(customer).await };
    for expected in [true, false] {
        let erased = test.store.command::<_, StoreError, _, _>(Meta::system("test"), erase).await;
        assert_eq!(erased, Ok(expected));
    }
    let gone: Result<serde_json::Value, StoreError> = test.store.read(detail).await;
    assert_eq!(gone, Err(StoreError::Erased));
    let after = test.store.entries_after(0, 9).await.unwrap().remove(0);
    assert_eq!(after.facts.as_deref(), Some(b"facts".as_slice()));
    test.store.verify_journal(Vec::new()).await.unwrap();
});

on_both_stores!(another_key_ring_is_refused, |test| async {
    let clock = test.store.clock().clone();
    let keys = KeyRing::generate(&clock).unwrap();
    test.store.close().await;
    let how = OpenStore {
        url: &test.url,
        max_connections: 2,
        migrate: false,
        sandbox: false,
        keys: &keys,
        clock,
    };
    // The lock of the SQLite file is held until the store itself is gone.
    let refused = Store::open(how).await.unwrap_err();
    assert!(matches!(refused, StoreError::WrongKeys | StoreError::InUse(_)), "{refused}");
});
