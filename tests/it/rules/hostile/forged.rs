//! Who forges the facts themselves is not stopped, and is found: every row is told by its entry.

use std::collections::BTreeMap;

use vouch::domain::customer::Role;
use vouch::domain::ids::CustomerId;
use vouch::store::audit_facts::Compared;
use vouch::store::{EngineKind, Meta, StoreError, Tx};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores};
use crate::support::walk::{sound_profile, text};

/// What is forged of a customer, with `{c}` for its id, and what it is found as.
const FORGED: [(&str, &str); 11] = [
    ("UPDATE check_result SET result = 'FAIL' WHERE customer_id = {c} AND kind = 'EXISTENCE'", "checks"),
    ("UPDATE check_result SET expires_at = checked_at WHERE customer_id = {c} AND kind = 'EXISTENCE'", "checks"),
    ("DELETE FROM check_result WHERE customer_id = {c} AND kind = 'EXISTENCE'", "checks"),
    ("UPDATE check_result SET override_until = expires_at, override_proposal = id WHERE customer_id = {c} AND kind = 'EXISTENCE'", "checks"),
    ("UPDATE claim SET digest = (SELECT o.digest FROM claim o WHERE o.customer_id = {c} AND o.kind = 'EXISTENCE')
      WHERE customer_id = {c} AND kind = 'REPRESENTATION'", "claims"),
    ("DELETE FROM traceback_contact WHERE customer_id = {c}", "contact"),
    ("UPDATE agreement SET state = 'SIGNED' WHERE customer_id = {c}", "rows"),
    ("UPDATE agreement SET template = 'another' WHERE customer_id = {c}", "agreements"),
    ("UPDATE customer SET state = 'SUSPENDED' WHERE id = {c}", "rows"),
    ("UPDATE customer SET role = 'RESELLER' WHERE id = {c}", "role"),
    ("UPDATE customer SET revision = revision + 1 WHERE id = {c}", "state"),
];

async fn forged(test: &TestStore) {
    let app = TestApp::new(test).await;
    app.load_list().await;
    let literal = |id: CustomerId| match test.store.kind() {
        EngineKind::Sqlite => format!("X'{}'", id.0.simple()),
        EngineKind::Postgres => format!("'{id}'"),
    };
    let mut expected = BTreeMap::new();
    let mut writes = Vec::new();
    for (nth, (write, what)) in (1..).zip(FORGED) {
        let id = app.ready(&format!("Forged Supply {nth} LLC"), nth).await;
        writes.push(write.replace("{c}", &literal(id)));
        expected.insert(id, what);
    }
    // A finding that was raised, and is wanted away.
    let mut profile = sound_profile("Listed Supply LLC", 90);
    profile.trade_names = vec![text("Northern Ice Shipping")];
    let listed = app.apply(Role::EndUser, profile).await;
    let hit = "code = 'SANCTIONS_HIT'";
    writes.push(format!("DELETE FROM finding WHERE customer_id = {} AND {hit}", literal(listed)));
    expected.insert(listed, "findings");
    let honest = app.active("Honest Supply LLC", 91).await;
    let erased = app.ready("Erased Supply LLC", 92).await;
    let erase = move |mut tx: Tx| async move { tx.erase_data_key(erased).await };
    let done = app.app.store.command::<_, StoreError, _, _>(Meta::system("erase"), erase).await;
    assert_eq!(done, Ok(true));

    let customers = expected.len() as u64 + 1;
    let sound = app.app.store.verify_facts().await.unwrap();
    assert_eq!(sound, Compared { customers, erased: 1, forged: Vec::new() });
    for write in writes {
        assert_eq!(test.raw(&write).await.map_err(|e| e.to_string()), Ok(1), "{write}");
    }
    let found = app.app.store.verify_facts().await.unwrap();
    let found: BTreeMap<_, _> =
        found.forged.into_iter().map(|forged| (forged.customer, forged.what)).collect();
    assert_eq!(found, expected);
    assert!(!found.contains_key(&honest));
    app.app.store.verify_journal(Vec::new()).await.unwrap();
}

on_both_stores!(rule_01_whoever_forges_a_fact_is_found_out, |test| forged(&test));
