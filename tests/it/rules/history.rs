//! Rules 9 and 10: what happened stays, whole and in order, and every answer can be derived again
//! from it; a person who was erased cannot.

use prost::Message as _;
use vouch::answer::ask::with_receipt;
use vouch::answer::receipt::Receipt;
use vouch::answer::replay::Replayed;
use vouch::app::gate::Decision;
use vouch::app::{AppError, customer};
use vouch::domain::attestation::Attest;
use vouch::store::audit::JournalFault;
use vouch::store::{EngineKind, Meta, StoreError, Tx};
use vouch::wire::pb;

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores};
use crate::support::walk::{OURS, a_call, with_a_number};

const OTHER: &str = "+15072847200";
const CALLED: &str = "12126647665";

/// Every table whose rows say which entry made them, and how many of its rows have none.
const ORPHANS: &str = "SELECT
    (SELECT count(*) FROM customer x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.id AND j.subject_rev = x.revision))
  + (SELECT count(*) FROM trunk x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.uid AND j.subject_rev = x.revision))
  + (SELECT count(*) FROM number_state x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.id AND j.subject_rev = x.revision))
  + (SELECT count(*) FROM check_result x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.customer_id))
  + (SELECT count(*) FROM claim x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.customer_id))
  + (SELECT count(*) FROM agreement x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.customer_id))
  + (SELECT count(*) FROM profile_revision x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.customer_id))
  + (SELECT count(*) FROM traceback_contact x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.customer_id))
  + (SELECT count(*) FROM evidence x WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = x.from_entry AND j.subject = x.number_id))";

/// Subjects whose revisions do not run from 1 without a gap.
const GAPS: &str = "SELECT count(*) FROM (SELECT subject FROM journal GROUP BY subject
    HAVING min(subject_rev) <> 1 OR max(subject_rev) <> count(*)) g";

async fn every_change_is_told(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    assert_eq!(test.number(ORPHANS).await, 0);
    assert_eq!(test.number(GAPS).await, 0);
    let before = test.number("SELECT count(*) FROM journal").await;

    // One change of state, one entry; and a refusal leaves neither a row nor an entry.
    app.decide(heron, Decision::Suspend).await.unwrap();
    assert_eq!(test.number("SELECT count(*) FROM journal").await, before + 1);
    assert!(app.decide(heron, Decision::Approve).await.is_err());
    assert!(app.activate(heron).await.is_err());
    assert_eq!(test.number("SELECT count(*) FROM journal").await, before + 1);
    assert_eq!(test.number(ORPHANS).await, 0);

    // A command that fails after its entry takes the entry with it.
    let run = move |mut tx: Tx| async move {
        let file = tx.file_lock(heron).await?.unwrap();
        let entry = vouch::store::EntryDraft {
            kind: vouch::domain::journal::SubjectKind::Customer,
            subject: heron.0,
            rev: file.customer.revision + 1,
            word: "customer.changed",
            facts: None,
            detail: serde_json::json!({}),
            owner: None,
        };
        tx.journal(entry).await?;
        Err::<(), _>(StoreError::ForeignKey)
    };
    let failed = app.app.store.command(Meta::system("test"), run).await;
    assert_eq!(failed, Err(StoreError::ForeignKey));
    assert_eq!(test.number("SELECT count(*) FROM journal").await, before + 1);
    app.caught_up(test).await;
    let whole = app.app.store.verify_journal(Vec::new()).await.unwrap();
    assert_eq!(i64::try_from(whole.size).unwrap(), before + 1);
}

on_both_stores!(rule_09_every_change_is_told_with_it, |test| every_change_is_told(&test));

/// An intruder who may do everything to the tables, on a journal of real commands: each change is
/// found, and found no longer once it is taken back.
async fn tampering(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    app.stop_numbering();
    app.app.store.verify_journal(Vec::new()).await.unwrap();
    let (free, lead) = match test.store.kind() {
        EngineKind::Sqlite => (
            "PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS journal_update;
             DROP TRIGGER IF EXISTS journal_delete; DROP TRIGGER IF EXISTS journal_order_update;
             DROP TRIGGER IF EXISTS journal_order_delete;",
            "X",
        ),
        EngineKind::Postgres => ("SET session_replication_role = replica;", ""),
    };
    let keep = "CREATE TABLE kept_journal AS SELECT * FROM journal;
                CREATE TABLE kept_order AS SELECT * FROM journal_order";
    test.raw(keep).await.unwrap();
    let back = "DELETE FROM journal_order; DELETE FROM journal;
                INSERT INTO journal SELECT * FROM kept_journal;
                INSERT INTO journal_order SELECT * FROM kept_order";
    let subject = format!("{lead}'{}'", heron.0.simple());
    let nobody = format!("{lead}'{}'", "0".repeat(32));
    let of = |rev: u32| {
        format!("(SELECT id FROM journal WHERE subject = {subject} AND subject_rev = {rev})")
    };
    let row = |table: &str, set: &str| format!("UPDATE {table} SET {set} WHERE id = {}", of(3));
    let swap = format!(
        "UPDATE journal_order SET entry = {nobody} WHERE entry = {a};
         UPDATE journal_order SET entry = {a} WHERE entry = {b};
         UPDATE journal_order SET entry = {b} WHERE entry = {nobody}",
        a = of(2),
        b = of(3)
    );
    let changes = [
        ("deleted", format!("DELETE FROM journal WHERE id = {}", of(3))),
        ("unnumbered", format!("DELETE FROM journal_order WHERE entry = {}", of(3))),
        ("cut off", "DELETE FROM journal_order WHERE seq > 5".to_owned()),
        ("swapped", swap),
        ("renamed", row("journal", "kind = 'customer.approved'")),
        ("blamed on another", row("journal", "actor = 'user:0'")),
        ("dated anew", row("journal", "at = (SELECT max(at) FROM journal)")),
        ("told otherwise", row("journal", "detail = leaf")),
        ("given other facts", row("journal", "facts = leaf")),
        ("given to another", row("journal", &format!("owner = {nobody}"))),
    ];
    for (what, change) in changes {
        test.raw(&format!("{free} {change}")).await.unwrap();
        let found = app.app.store.verify_journal(Vec::new()).await;
        // Facts that the store did not seal are found before the entry's hash is looked at.
        let sealed = JournalFault::Store(StoreError::Seal("facts"));
        let told = match &found {
            Ok(_) => false,
            Err(fault @ JournalFault::Store(_)) => *fault == sealed,
            Err(_) => true,
        };
        assert!(told, "an entry was {what}, and it was not found: {found:?}");
        test.raw(&format!("{free} {back}")).await.unwrap();
        app.app.store.verify_journal(Vec::new()).await.unwrap();
    }
}

on_both_stores!(rule_09_whoever_changes_the_journal_is_found_out, |test| tampering(&test));

/// The bytes of an answer as a client got them.
fn bytes(told: &vouch::table::Told, orig: &str, dest: &str, id: &str) -> Vec<u8> {
    let call = a_call("t1", orig, dest);
    let policy = told.policy.map(|policy| policy.to_string()).unwrap_or_default();
    let mut message = pb::Attestation::of(&told.answer, &call, &policy);
    id.clone_into(&mut message.decision_id);
    message.encode_to_vec()
}

async fn derived_again(app: &TestApp, id: &str) -> Vec<u8> {
    let receipt = Receipt::open(id, &app.app.store).unwrap();
    let replayed = Replayed::of(&app.app.store, receipt.clone()).await.unwrap();
    let policy = replayed.policy.map(|policy| policy.to_string()).unwrap_or_default();
    let mut message = pb::Attestation::of(&replayed.answer, &receipt.call(), &policy);
    id.clone_into(&mut message.decision_id);
    message.encode_to_vec()
}

async fn answers_again(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    let mut given: Vec<(String, Vec<u8>)> = Vec::new();
    let mut levels = std::collections::BTreeSet::new();
    let mut ask = |app: &TestApp| {
        for orig in [OURS, OTHER, "+15075550123", "rubbish"] {
            for dest in [CALLED, "911"] {
                let call = a_call("t1", orig, dest);
                let (live, store) = (&app.app.live, &app.app.store);
                let (told, id) = with_receipt(live, store, &app.app.clock, &call, true);
                assert!(!id.is_empty() && !id.contains("5072847100"), "{id}");
                levels.insert(format!("{:?}", told.answer.attest));
                given.push((id.clone(), bytes(&told, orig, dest, &id)));
            }
        }
    };
    ask(&app);
    app.assign(&format!("{OURS},,\n")).await;
    app.assign(&format!("{OTHER},{heron},PO-2\n")).await;
    app.caught_up(test).await;
    ask(&app);
    app.decide(heron, Decision::Suspend).await.unwrap();
    app.caught_up(test).await;
    ask(&app);
    app.decide(heron, Decision::Terminate).await.unwrap();
    app.caught_up(test).await;
    ask(&app);
    assert!(levels.contains("A") && levels.contains("None"), "{levels:?}");
    for (id, first) in &given {
        assert_eq!(&derived_again(&app, id).await, first);
    }

    // The person is erased: the level can still be derived, the person cannot be read.
    let erase = move |mut tx: Tx| async move { tx.erase_data_key(heron).await };
    let erased = app.app.store.command::<_, StoreError, _, _>(Meta::system("erase"), erase).await;
    assert_eq!(erased, Ok(true));
    for (id, first) in &given {
        assert_eq!(&derived_again(&app, id).await, first);
    }
    let gone = customer::get(&app.app, &app.reviewer(), heron).await;
    assert!(matches!(gone, Err(AppError::Refused { reason: "ERASED", .. })), "{gone:?}");
    app.app.store.verify_journal(Vec::new()).await.unwrap();
    assert_eq!(app.ask("t1", OTHER, CALLED).attest, Attest::None);
}

on_both_stores!(rule_10_an_answer_is_derived_again_byte_for_byte, |test| answers_again(&test));
