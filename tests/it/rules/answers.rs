//! Rules 2 to 6 and 13: what the live table answers after the use cases have written.

use vouch::app::gate::Decision;
use vouch::app::{delegation, evidence};
use vouch::domain::attestation::{Attest, Disposition, EvidenceKind, Reason};
use vouch::domain::command::number::{AddEvidence, DelegateNumber};
use vouch::domain::customer::{Role, StateWord};
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::ids::CustomerId;
use vouch::domain::number::{Category, Tn};
use vouch::domain::time::Span;
use vouch::store::number_change::NumberChange;
use vouch::store::{Meta, StoreError, Tx};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores};
use crate::support::walk::{OURS, text, with_a_number};

const OTHER: &str = "+15072847200";
const CALLED: &str = "12126647665";

/// The level and the deciding reason.
fn told(app: &TestApp, trunk: &str, orig: &str) -> (Attest, Reason) {
    let answer = app.ask(trunk, orig, CALLED);
    (answer.attest, answer.reasons.first())
}

const FULL: (Attest, Reason) = (Attest::A, Reason::FullEvidence);

/// A letter of authorisation, handed in by the customer or looked at by a reviewer.
async fn letter(app: &TestApp, customer: CustomerId, tn: &str, looked_at: bool) {
    let document = app.upload(customer, DocumentKind::LetterOfAuthorization).await;
    let ask = AddEvidence {
        write: app.write("AddEvidence"),
        customer,
        number: Tn::parse(tn).unwrap(),
        kind: EvidenceKind::Loa,
        document: Some(document),
        reference: text(""),
        signed: Some(app.app.clock.now().minus(Span::days(1))),
        party: text("Prairie Telephone Cooperative"),
        carrier: "Prairie Telephone Cooperative".to_owned(),
        account: vouch::domain::pii::Pii::default(),
    };
    let who = if looked_at { app.reviewer() } else { app.portal() };
    evidence::add(&app.app, &who, ask).await.unwrap();
}

async fn suspension(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    let tenant = app.active("Tenant Dental LLC", 2).await;
    app.trunk(tenant, "t2").await;
    let lend = DelegateNumber {
        write: app.write("DelegateNumber"),
        holder: heron,
        number: Tn::parse(OURS).unwrap(),
        delegate: tenant,
    };
    delegation::delegate(&app.app, &app.portal(), lend).await.unwrap();
    app.caught_up(test).await;
    assert_eq!((told(&app, "t1", OURS), told(&app, "t2", OURS)), (FULL, FULL));

    // Acknowledged means gone: nobody waits for a table here.
    app.decide(heron, Decision::Suspend).await.unwrap();
    let own = app.ask("t1", OURS, CALLED);
    assert_eq!((own.attest, own.disposition), (Attest::None, Disposition::Reject));
    assert_eq!(own.reasons.first(), Reason::CustomerNotActive);
    assert_eq!((own.origid, own.valid_until.0), (None, 0));
    assert_eq!(told(&app, "t2", OURS), (Attest::None, Reason::HolderNotActive));

    // Only outbound service is withheld: facts, agreement and numbers stay as they were.
    let file = app.file(heron).await;
    assert_eq!(file.customer.state.word(), StateWord::Suspended);
    assert!(!file.checks.is_empty() && !file.agreements.is_empty());
    assert_eq!(app.ask("t1", OURS, "911").disposition, Disposition::SendEmergency);
}

on_both_stores!(rule_02_suspension_takes_every_level_back, |test| suspension(&test));

async fn not_yet_active(test: &TestStore) {
    let (app, _) = with_a_number(test, test.store.clock()).await;
    let ready = app.ready("Ready Supply LLC", 3).await;
    app.trunk(ready, "t3").await;
    app.claim(ready, OTHER).await;
    app.assign(&format!("{OTHER},{ready},PO-2\n")).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t3", OTHER), (Attest::None, Reason::CustomerNotActive));
    app.activate(ready).await.unwrap();
    app.caught_up(test).await;
    assert_eq!(told(&app, "t3", OTHER), FULL);
    app.decide(ready, Decision::Terminate).await.unwrap();
    assert_eq!(told(&app, "t3", OTHER), (Attest::None, Reason::CustomerNotActive));
}

on_both_stores!(rule_02_only_an_active_owner_has_a_level, |test| not_yet_active(&test));

async fn evidence_decides(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    // Its own word, written down in every way it can be, is worth nothing.
    app.claim(heron, OTHER).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t1", OTHER), (Attest::None, Reason::TnUnknown));
    let word = AddEvidence {
        write: app.write("AddEvidence"),
        customer: heron,
        number: Tn::parse(OTHER).unwrap(),
        kind: EvidenceKind::CustomerSelfCert,
        document: None,
        reference: text("mine"),
        signed: None,
        party: text(""),
        carrier: String::new(),
        account: text(""),
    };
    evidence::add(&app.app, &app.portal(), word.clone()).await.unwrap();
    let word = AddEvidence { write: app.write("AddEvidence"), ..word };
    evidence::add(&app.app, &app.reviewer(), word).await.unwrap();
    letter(&app, heron, OTHER, false).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t1", OTHER), (Attest::None, Reason::TnUnknown));

    // A reviewer's look makes the letter what it is, and no more.
    letter(&app, heron, OTHER, true).await;
    letter(&app, heron, OTHER, true).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t1", OTHER), (Attest::B, Reason::PartialEvidence));
    app.assign(&format!("{OTHER},{heron},PO-2\n")).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t1", OTHER), FULL);
}

on_both_stores!(rule_03_evidence_and_nobodys_word_gives_a, |test| evidence_decides(&test));

async fn strangers(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    let stranger = app.active("Stranger Inc", 4).await;
    app.trunk(stranger, "t4").await;
    let before = app.ask("t1", OURS, CALLED);
    app.claim(stranger, OURS).await;
    letter(&app, stranger, OURS, false).await;
    app.caught_up(test).await;
    let after = app.ask("t1", OURS, CALLED);
    assert_eq!((after.attest, after.origid), (before.attest, before.origid));
    assert_eq!(after.reasons.iter().count(), 1, "{after:?}");
    assert_eq!(told(&app, "t4", OURS), (Attest::None, Reason::NotYours));

    // Verified on both sides: who has the own feed stands, the other is capped.
    letter(&app, stranger, OURS, true).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t1", OURS), FULL);
    let theirs = app.ask("t4", OURS, CALLED);
    assert_eq!(theirs.attest, Attest::B);
    assert!(theirs.reasons.iter().any(|r| r == Reason::TnConflict), "{theirs:?}");

    // Without an own feed the conflict caps both, until one of them lends to the other.
    for customer in [heron, stranger] {
        app.claim(customer, OTHER).await;
        letter(&app, customer, OTHER, true).await;
    }
    app.caught_up(test).await;
    for trunk in ["t1", "t4"] {
        let answer = app.ask(trunk, OTHER, CALLED);
        assert_eq!(answer.attest, Attest::B);
        assert!(answer.reasons.iter().any(|r| r == Reason::TnConflict), "{answer:?}");
    }
    let lend = DelegateNumber {
        write: app.write("DelegateNumber"),
        holder: heron,
        number: Tn::parse(OTHER).unwrap(),
        delegate: stranger,
    };
    delegation::delegate(&app.app, &app.portal(), lend).await.unwrap();
    app.caught_up(test).await;
    let answer = app.ask("t1", OTHER, CALLED);
    assert!(answer.reasons.iter().all(|r| r != Reason::TnConflict), "{answer:?}");
}

on_both_stores!(rule_04_claims_touch_nobody_and_evidence_conflicts, |test| strangers(&test));

async fn gated(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    assert_eq!(told(&app, "t1", "+15075550123"), (Attest::None, Reason::NotAssignable));
    assert_eq!(told(&app, "t1", "+19112345678"), (Attest::None, Reason::Invalid));
    assert_eq!(told(&app, "t1", "rubbish"), (Attest::None, Reason::Invalid));

    // Taken back into stock: nobody's any more.
    app.assign(&format!("{OURS},,\n")).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t1", OURS), (Attest::None, Reason::Unused));
    app.assign(&format!("{OTHER},{heron},PO-3\n")).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t1", OTHER), FULL);
    let gates = [
        (Category::SubscriberDno, Reason::SubscriberDno),
        (Category::Unallocated, Reason::Unallocated),
        (Category::Unused, Reason::Unused),
        (Category::NotAssignable, Reason::NotAssignable),
        (Category::Invalid, Reason::Invalid),
    ];
    for (category, reason) in gates {
        categorise(&app, category).await;
        app.caught_up(test).await;
        let answer = app.ask("t1", OTHER, CALLED);
        assert_eq!((answer.attest, answer.reasons.first()), (Attest::None, reason));
        assert_eq!(answer.disposition, Disposition::Reject);
    }
    categorise(&app, Category::Assignable).await;
    app.caught_up(test).await;
    assert_eq!(told(&app, "t1", OTHER), FULL);
}

/// What a feed says of `OTHER`, with its evidence left as it is.
async fn categorise(app: &TestApp, category: Category) {
    let tn = Tn::parse(OTHER).unwrap();
    let run = move |mut tx: Tx| async move {
        let mut file = tx.number_file_lock(tn).await?.unwrap();
        let before = file.facts.clone();
        file.facts.category = category;
        let word = "number.categorised";
        let (rows, owner, reason) = (Vec::new(), None, None);
        let change = NumberChange { word, before, file, rows, owner, reason };
        tx.change_number(change).await.map(drop)
    };
    let done: Result<(), StoreError> = app.app.store.command(Meta::system("test"), run).await;
    done.unwrap();
}

on_both_stores!(rule_05_a_gated_number_has_no_level, |test| gated(&test));

async fn nothing_to_ask_for(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    app.claim(heron, OTHER).await;
    letter(&app, heron, OTHER, true).await;
    app.caught_up(test).await;
    let wishes = ["", ";attest=A", "&attest=A", "?level=A", " A", "\u{0}A"];
    for (orig, level) in [(OURS, Attest::A), (OTHER, Attest::B), ("+15072847300", Attest::None)] {
        for wish in wishes {
            let dest = format!("{CALLED}{wish}");
            assert_eq!(app.ask("t1", orig, &dest).attest, level, "{wish:?}");
            let trunk = app.ask(&format!("t1{wish}"), orig, CALLED).attest;
            assert!(trunk == Attest::None || wish.is_empty(), "{wish:?}");
        }
    }
}

on_both_stores!(rule_06_a_level_is_told_and_never_asked_for, |test| nothing_to_ask_for(&test));

async fn emergencies(test: &TestStore) {
    let (app, heron) = with_a_number(test, test.store.clock()).await;
    let never_rejected = |orig: &str| {
        for trunk in ["t1", "no-such-trunk", "", "\u{1F4DE}"] {
            for dest in ["911", "933"] {
                let answer = app.ask(trunk, orig, dest);
                assert_eq!(answer.disposition, Disposition::SendEmergency, "{trunk} {answer:?}");
            }
        }
    };
    for orig in [OURS, OTHER, "+15075550123", "rubbish", ""] {
        never_rejected(orig);
    }
    assert_eq!(app.ask("t1", OURS, "911").attest, Attest::A, "signed where it can be");
    app.decide(heron, Decision::Suspend).await.unwrap();
    never_rejected(OURS);
    assert_eq!(app.ask("t1", OURS, "911").attest, Attest::None);
    app.decide(heron, Decision::Terminate).await.unwrap();
    never_rejected(OURS);
    assert_eq!(app.file(heron).await.customer.role, Role::EndUser);
}

on_both_stores!(rule_13_an_emergency_call_goes_through_whatever_befell, |test| emergencies(&test));
