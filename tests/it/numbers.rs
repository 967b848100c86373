//! Numbers from a bare claim to a level, on both stores.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;
use vouch::app::number::{Outcome, Outcomes};
use vouch::app::{AppError, delegation, document, evidence, hold, inventory, number, operation};
use vouch::domain::access::{Actor, Principal, Role, Roles};
use vouch::domain::attestation::{
    Answer, Attest, AttestationPolicy, Call, Cap, CustomerFacts, EvidenceKind, Freshness,
    NumberFacts, PlainFacts, Reason, TrunkAuth, TrunkFacts, TrunkKind, TrunkMode, decide,
};
use vouch::domain::command::admin::{InventorySource, LoadInventory};
use vouch::domain::command::hold::DecideHold;
use vouch::domain::command::number::{
    AddEvidence, DelegateNumber, GivenNumber, Numbers, RevokeDelegation, RevokeEvidence,
};
use vouch::domain::command::onboarding::UploadDocument;
use vouch::domain::command::query::{ListOfCustomer, Page};
use vouch::domain::customer::Role as CustomerRole;
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::ids::{CustomerId, DocumentId, KeyId, OperationId, Origid};
use vouch::domain::number::{Category, Tn};
use vouch::domain::number_file::NumberFile;
use vouch::domain::operation::{Operation, State as OperationState};
use vouch::domain::pii::Pii;
use vouch::domain::time::{Span, Ts};

use super::support::apps::TestApp;
use super::support::stores::{TestStore, on_both_stores};

fn tn(text: &str) -> Tn {
    Tn::parse(text).unwrap()
}

fn given(texts: &[&str]) -> Vec<GivenNumber> {
    texts
        .iter()
        .map(|text| GivenNumber { given: Pii::new((*text).to_owned()), tn: Tn::parse(text) })
        .collect()
}

async fn claim(app: &TestApp, customer: CustomerId, texts: &[&str]) -> Outcomes {
    let numbers = given(texts);
    let ask = Numbers { write: app.write("ClaimNumbers"), customer, numbers };
    number::claim(&app.app, &app.portal(), ask).await.unwrap()
}

/// A customer's number as it stands.
async fn file(app: &TestApp, customer: CustomerId, text: &str) -> Option<NumberFile> {
    let ask = ListOfCustomer { customer, page: Page { size: 500, token: None } };
    let (files, _) = number::list(&app.app, &app.reviewer(), ask).await.unwrap();
    files.into_iter().find(|file| file.tn == tn(text))
}

/// The level that the number gives on a trunk of `owner` at `now`, everybody being active.
fn level(facts: &NumberFacts, owner: CustomerId, now: Ts) -> Answer {
    let origid = Origid(Uuid::from_u128(5));
    let customer = CustomerFacts {
        active: true,
        active_until: Ts::FOREVER,
        uncapped_until: Ts::FOREVER,
        cap: Cap::A,
        origid,
    };
    let everybody = facts.grants.iter().map(|grant| grant.holder).chain([owner]);
    let customers: BTreeMap<_, _> = everybody.map(|id| (id, customer)).collect();
    let trunk = TrunkFacts {
        kind: TrunkKind::Customer,
        auth: TrunkAuth::Digest,
        owner,
        foreign: false,
        mode: TrunkMode::Enforce,
        origid,
    };
    let plain = PlainFacts { trunk: Some(trunk), customers, orig: facts.clone(), diverting: None };
    let call = Call {
        trunk: "t",
        orig: vouch::domain::attestation::Shown::Unreadable,
        dest: "12126647665",
        diverting: None,
        signed: false,
    };
    let fresh = Freshness { loaded: true, age: Span::ZERO };
    decide(&call, &plain.view(), fresh, &AttestationPolicy::default(), now)
}

async fn uploaded(app: &TestApp, customer: CustomerId, kind: DocumentKind) -> DocumentId {
    let ask = UploadDocument {
        write: app.write("UploadDocument"),
        customer,
        kind,
        media_type: "application/pdf",
        file_name: Pii::new("letter.pdf".to_owned()),
    };
    let mut intake = document::Intake::default();
    intake.push(b"%PDF-1.4\n%%EOF\n").unwrap();
    document::keep(&app.app, &app.portal(), ask, intake).await.unwrap().document
}

fn hand_in(
    app: &TestApp,
    customer: CustomerId,
    text: &str,
    kind: EvidenceKind,
    document: Option<DocumentId>,
) -> AddEvidence {
    AddEvidence {
        write: app.write("AddEvidence"),
        customer,
        number: tn(text),
        kind,
        document,
        reference: Pii::new(String::new()),
        signed: Some(app.app.clock.now().minus(Span::days(1))),
        party: Pii::new("Prairie Telephone Cooperative".to_owned()),
        carrier: "Prairie Telephone Cooperative".to_owned(),
        account: Pii::default(),
    }
}

/// Loads an inventory and waits for its end.
async fn load(app: &TestApp, rows: &str, as_of: Ts, complete: bool) -> Operation {
    let ask = LoadInventory {
        write: app.write("LoadInventory"),
        source: InventorySource::OwnOcn,
        carrier: String::new(),
        as_of,
        complete,
    };
    let file = format!("tn,customer_id,order_ref\n{rows}").into_bytes();
    let begun = inventory::start(&app.app, &app.operator(), ask, file).await.unwrap();
    ended(app, begun.operation).await
}

/// An operation once it no longer runs.
async fn ended(app: &TestApp, id: OperationId) -> Operation {
    for _ in 0..600 {
        let seen = operation::get(&app.app, &app.operator(), id).await.unwrap();
        if seen.state != OperationState::Running {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the load did not end");
}

fn told(operation: &Operation, word: &str) -> String {
    operation.result.get(word).cloned().unwrap_or_default()
}

fn refused(reason: &str) -> Outcome {
    Outcome::Refused(reason.to_owned())
}

const ONE: &str = "+15072847100";
const TWO: &str = "+15072847200";

async fn each_number_gets_its_own_result(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    let fiction = "+15075550123";
    let asked = ["911", ONE, fiction, "+19112345678", "+15072849999", ONE, TWO, fiction];
    let done = claim(&app, heron, &asked).await;
    let want = [
        refused("TN_TOO_SHORT"),
        Outcome::Done,
        refused("NOT_ASSIGNABLE"),
        refused("INVALID"),
        refused("ALTERNATE_PHONE"),
        Outcome::Unchanged,
        Outcome::Done,
        refused("NOT_ASSIGNABLE"),
    ];
    assert_eq!(done.results, want);
    assert_eq!(claim(&app, heron, &[ONE]).await.results, [Outcome::Unchanged]);
    let again = claim(&app, heron, &[ONE]).await;
    assert_eq!(again.token(&app.app), "");
    let numbers = Numbers { write: app.write("x"), customer: heron, numbers: given(&[ONE]) };
    let foreign = TestApp::portal_of(app.new_client("other").await);
    let hidden = number::claim(&app.app, &foreign, numbers).await;
    assert_eq!(hidden, Err(AppError::NotFound { what: "customer" }));

    let page =
        |token: Option<String>| ListOfCustomer { customer: heron, page: Page { size: 1, token } };
    let (first, next) = number::list(&app.app, &app.portal(), page(None)).await.unwrap();
    assert_eq!(first.iter().map(|f| f.tn).collect::<Vec<_>>(), [tn(ONE)]);
    let (second, end) = number::list(&app.app, &app.portal(), page(Some(next))).await.unwrap();
    assert_eq!(second.iter().map(|f| f.tn).collect::<Vec<_>>(), [tn(TWO)]);
    assert_eq!(end, "");
    assert_eq!(test.number("SELECT count(*) FROM number_state").await, 2);
}

on_both_stores!(claims, |test| each_number_gets_its_own_result(&test));

async fn a_strangers_claim_changes_nobody(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    let stranger = app.customer("Stranger Inc", CustomerRole::EndUser).await;
    let now = app.app.clock.now();
    let rows = format!("{ONE},{heron},PO-1\n");
    let loaded = load(&app, &rows, now, false).await;
    assert_eq!((loaded.state, told(&loaded, "assigned").as_str()), (OperationState::Done, "1"));
    claim(&app, heron, &[ONE]).await;
    let before = file(&app, heron, ONE).await.unwrap();
    assert_eq!(level(&before.facts, heron, now).attest, Attest::A);

    assert_eq!(claim(&app, stranger, &[ONE]).await.results, [Outcome::Done]);
    // The stranger's own word, and its letter that nobody has looked at.
    let word = hand_in(&app, stranger, ONE, EvidenceKind::CustomerSelfCert, None);
    evidence::add(&app.app, &app.portal(), word).await.unwrap();
    let letter = uploaded(&app, stranger, DocumentKind::LetterOfAuthorization).await;
    let loa = hand_in(&app, stranger, ONE, EvidenceKind::Loa, Some(letter));
    evidence::add(&app.app, &app.portal(), loa).await.unwrap();
    let after = file(&app, heron, ONE).await.unwrap();
    assert_eq!(after.facts, before.facts, "a claim touched another holder");
    let answer = level(&after.facts, stranger, now);
    assert_eq!(answer.attest, Attest::None);
    assert_eq!(answer.reasons.first(), Reason::NotYours);

    // Verified evidence of both is a conflict; the own feed stands.
    let loa = hand_in(&app, stranger, ONE, EvidenceKind::Loa, Some(letter));
    evidence::add(&app.app, &app.reviewer(), loa).await.unwrap();
    let both = file(&app, heron, ONE).await.unwrap();
    assert!(both.contested(heron) && both.contested(stranger));
    assert_eq!(level(&both.facts, heron, now).attest, Attest::A);
    assert_eq!(level(&both.facts, stranger, now).attest, Attest::B);
}

on_both_stores!(strangers, |test| a_strangers_claim_changes_nobody(&test));

/// A letter or a bill that a machine hands in was read by nobody.
async fn a_machines_papers_wait(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    claim(&app, heron, &[ONE]).await;
    let actor = Actor::Key(KeyId(Uuid::from_u128(5)));
    let roles = Roles::of(&[Role::Provisioning]);
    let machine = Principal { actor, client: None, roles };
    for (kind, paper) in [
        (EvidenceKind::Loa, DocumentKind::LetterOfAuthorization),
        (EvidenceKind::Bill, DocumentKind::PhoneBill),
    ] {
        let paper = uploaded(&app, heron, paper).await;
        let ask = hand_in(&app, heron, ONE, kind, Some(paper));
        evidence::add(&app.app, &machine, ask).await.unwrap();
        let shown = file(&app, heron, ONE).await.unwrap();
        let piece = shown.evidence.iter().find(|piece| piece.kind == kind).unwrap();
        assert_eq!(piece.verified_at, Ts::NEVER, "{kind:?}");
        assert_eq!(shown.facts.grants, [], "{kind:?}");
    }
}

on_both_stores!(machines, |test| a_machines_papers_wait(&test));

async fn evidence_gives_a_level_until_it_ends(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    let letter = uploaded(&app, heron, DocumentKind::LetterOfAuthorization).await;
    let early = hand_in(&app, heron, ONE, EvidenceKind::Loa, Some(letter));
    let unclaimed = evidence::add(&app.app, &app.reviewer(), early).await;
    assert!(matches!(unclaimed, Err(AppError::Invalid(f)) if f[0].reason == "NOT_CLAIMED"));
    claim(&app, heron, &[ONE]).await;

    let faults = [
        (hand_in(&app, heron, ONE, EvidenceKind::Bill, Some(letter)), "DOCUMENT_KIND"),
        (
            AddEvidence {
                signed: Some(app.app.clock.now().minus(Span::days(31))),
                ..hand_in(&app, heron, ONE, EvidenceKind::Loa, Some(letter))
            },
            "EVIDENCE_TOO_OLD",
        ),
        (
            AddEvidence {
                signed: Some(app.app.clock.now().plus(Span::days(1))),
                ..hand_in(&app, heron, ONE, EvidenceKind::Loa, Some(letter))
            },
            "EVIDENCE_DATE_FUTURE",
        ),
        (hand_in(&app, heron, ONE, EvidenceKind::AssignedByUs, None), "EVIDENCE_NOT_HANDED_IN"),
        (hand_in(&app, heron, ONE, EvidenceKind::DelegateCert, None), "EVIDENCE_NOT_HANDED_IN"),
    ];
    for (ask, reason) in faults {
        let refused = evidence::add(&app.app, &app.reviewer(), ask).await;
        assert!(matches!(refused, Err(AppError::Invalid(f)) if f[0].reason == reason), "{reason}");
    }

    // A letter that the customer signed for itself is its own word.
    let own = AddEvidence {
        party: Pii::new("HERON LAKE DENTAL, L.L.C.".to_owned()),
        ..hand_in(&app, heron, ONE, EvidenceKind::Loa, Some(letter))
    };
    evidence::add(&app.app, &app.reviewer(), own).await.unwrap();
    assert_eq!(file(&app, heron, ONE).await.unwrap().facts.grants, []);

    let loa = hand_in(&app, heron, ONE, EvidenceKind::Loa, Some(letter));
    let signed = loa.signed.unwrap();
    let added = evidence::add(&app.app, &app.reviewer(), loa).await.unwrap();
    let shown = file(&app, heron, ONE).await.unwrap();
    let grant = shown.grant(heron).unwrap();
    assert_eq!((grant.full_until, added.written.revision), (Ts::NEVER, shown.revision));
    let until = grant.partial_until;
    assert!(until > signed.plus(Span::days(300)) && until <= signed.plus(Span::days(366)));
    let at = |now: Ts| {
        let answer = level(&shown.facts, heron, now);
        (answer.attest, answer.reasons.first())
    };
    assert_eq!(at(until.minus(Span::micros(1))), (Attest::B, Reason::PartialEvidence));
    assert_eq!(at(until), (Attest::None, Reason::EvidenceExpired));

    let piece = shown.evidence.iter().find(|e| e.kind == EvidenceKind::Loa).unwrap().id;
    let ask = || RevokeEvidence {
        write: app.write("RevokeEvidence"),
        evidence: piece,
        reason: Pii::new("the signer denies it".to_owned()),
    };
    evidence::revoke(&app.app, &app.reviewer(), ask()).await.unwrap();
    let bare = file(&app, heron, ONE).await.unwrap();
    assert_eq!(bare.facts.grants, []);
    let twice = evidence::revoke(&app.app, &app.reviewer(), ask()).await;
    assert!(matches!(twice, Err(AppError::Refused { reason: "EVIDENCE_ENDED", .. })));
}

on_both_stores!(evidence_and_levels, |test| evidence_gives_a_level_until_it_ends(&test));

async fn loans_follow_the_chain(test: &TestStore) {
    let app = TestApp::new(test).await;
    let reseller = app.customer("Reseller Inc", CustomerRole::Reseller).await;
    let middle = app.customer("Middle Inc", CustomerRole::Reseller).await;
    let last = app.customer("Last LLC", CustomerRole::EndUser).await;
    let now = app.app.clock.now();
    load(&app, &format!("{ONE},{reseller},PO-1\n"), now, false).await;
    let lend = |holder, delegate| DelegateNumber {
        write: app.write("DelegateNumber"),
        holder,
        number: tn(ONE),
        delegate,
    };
    let nothing = delegation::delegate(&app.app, &app.portal(), lend(middle, last)).await;
    assert!(matches!(nothing, Err(AppError::Invalid(f)) if f[0].reason == "NOTHING_TO_LEND"));
    let first =
        delegation::delegate(&app.app, &app.portal(), lend(reseller, middle)).await.unwrap();
    delegation::delegate(&app.app, &app.portal(), lend(middle, last)).await.unwrap();
    let same = delegation::delegate(&app.app, &app.portal(), lend(reseller, middle)).await.unwrap();
    assert_eq!(same.delegation, first.delegation);

    // The middle is in DRAFT: what it was lent goes no further.
    let shown = file(&app, last, ONE).await.unwrap();
    assert_eq!(shown.grant(reseller).unwrap().delegated_to, [middle]);
    assert_eq!(level(&shown.facts, middle, now).attest, Attest::A);
    assert_eq!(level(&shown.facts, last, now).reasons.first(), Reason::NotYours);
    assert_eq!(delegation::relink_after(&app.app, middle).await.unwrap(), 0);

    let other = TestApp::portal_of(app.new_client("other").await);
    let end =
        || RevokeDelegation { write: app.write("RevokeDelegation"), delegation: first.delegation };
    let hidden = delegation::revoke(&app.app, &other, end()).await;
    assert_eq!(hidden, Err(AppError::NotFound { what: "delegation" }));
    delegation::revoke(&app.app, &app.portal(), end()).await.unwrap();
    let shown = file(&app, reseller, ONE).await.unwrap();
    assert_eq!(shown.grant(reseller).unwrap().delegated_to, []);

    let back =
        Numbers { write: app.write("ReleaseNumbers"), customer: reseller, numbers: given(&[ONE]) };
    let unclaimed = number::release(&app.app, &app.portal(), back.clone()).await.unwrap();
    assert_eq!(unclaimed.results, [Outcome::Unchanged]);
    claim(&app, reseller, &[ONE]).await;
    let back = Numbers { write: app.write("ReleaseNumbers"), ..back };
    let done = number::release(&app.app, &app.portal(), back).await.unwrap();
    assert_eq!(done.results, [Outcome::Done]);
    assert!(file(&app, reseller, ONE).await.is_none());
}

on_both_stores!(loans, |test| loans_follow_the_chain(&test));

async fn an_inventory_hands_numbers_on(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    let other = app.customer("Other LLC", CustomerRole::EndUser).await;
    let now = app.app.clock.now();
    let unknown = CustomerId(app.app.clock.opaque_id());
    let rows = format!("{ONE},{heron},PO-1\n{TWO},,\n+15072847300,{unknown},\n911,,\n");
    let loaded = load(&app, &rows, now.minus(Span::minutes(2)), false).await;
    assert_eq!(loaded.state, OperationState::Done);
    assert_eq!((loaded.done, told(&loaded, "assigned").as_str()), (4, "1"));
    assert_eq!(told(&loaded, "in_stock"), "1");
    assert_eq!(told(&loaded, "refused.customer_id.NOT_FOUND"), "1");
    assert_eq!(told(&loaded, "refused.tn.TN_TOO_SHORT"), "1");

    // A number in stock has no subscriber: nobody gets a level on it.
    claim(&app, other, &[TWO]).await;
    let stock = file(&app, other, TWO).await.unwrap();
    assert_eq!(stock.facts.category, Category::Unused);
    assert_eq!(level(&stock.facts, other, now).attest, Attest::None);

    let shown = file(&app, heron, ONE).await.unwrap();
    let until = shown.grant(heron).unwrap().full_until;
    let just = until.minus(Span::micros(1));
    assert_eq!(level(&shown.facts, heron, just).attest, Attest::A);
    assert_eq!(level(&shown.facts, heron, until).attest, Attest::None);

    let again = load(&app, &rows, now.minus(Span::minutes(2)), false).await;
    assert_eq!(told(&again, "unchanged"), "2");
    let moved = format!("{ONE},{other},PO-1\n");
    let loaded = load(&app, &moved, now.minus(Span::minutes(1)), false).await;
    assert_eq!(told(&loaded, "reassigned"), "1");
    assert!(file(&app, heron, ONE).await.is_none());
    let shown = file(&app, other, ONE).await.unwrap();
    assert_eq!(level(&shown.facts, other, now).attest, Attest::A);
    assert_eq!(level(&shown.facts, heron, now).reasons.first(), Reason::NotYours);
    // An older feed changes nothing.
    let late = load(&app, &rows, now.minus(Span::minutes(2)), false).await;
    assert_eq!(told(&late, "refused.NEWER_KNOWN"), "1");
    assert!(file(&app, heron, ONE).await.is_none());

    let gone = load(&app, &format!("{TWO},,\n"), now, true).await;
    assert_eq!((gone.state, told(&gone, "left").as_str()), (OperationState::Done, "1"));
    assert!(file(&app, other, ONE).await.is_none());
    let cut = load(&app, "+15072847100,", now, true).await;
    assert_eq!((cut.state, cut.error.as_str()), (OperationState::Failed, "CUT"));
}

on_both_stores!(inventories, |test| an_inventory_hands_numbers_on(&test));

fn lines(rows: impl Iterator<Item = String>) -> String {
    rows.flat_map(|row| [row, "\n".to_owned()]).collect()
}

async fn a_feed_gone_wrong_is_held(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    let now = app.app.clock.now();
    let rows = lines((0..1_200).map(|n| format!("+1507284{n:04},{heron},PO-1")));
    let loaded = load(&app, &rows, now.minus(Span::minutes(5)), false).await;
    assert_eq!(told(&loaded, "assigned"), "1200");
    let live = "SELECT count(*) FROM evidence WHERE to_entry IS NULL";
    let entries = test.number("SELECT count(*) FROM journal WHERE subject_kind = 2").await;

    // 0.5 % of 1,200 live numbers are 6.
    let kept = |from: usize| lines(rows.lines().skip(from).map(str::to_owned));
    let held = load(&app, &kept(7), now.minus(Span::minutes(4)), true).await;
    assert_eq!((held.state, told(&held, "lowers_numbers").as_str()), (OperationState::Held, "7"));
    assert_eq!(test.number(live).await, 1_200);
    let after = test.number("SELECT count(*) FROM journal WHERE subject_kind = 2").await;
    assert_eq!(after, entries, "a held load wrote something");
    let stripped = lines((0..7).map(|n| format!("+1507284{n:04},,")));
    let held = load(&app, &stripped, now.minus(Span::minutes(3)), false).await;
    assert_eq!(held.state, OperationState::Held);

    let passed = load(&app, &kept(6), now.minus(Span::minutes(2)), true).await;
    assert_eq!((passed.state, told(&passed, "left").as_str()), (OperationState::Done, "6"));
    assert_eq!(told(&passed, "renewed"), "1194");
    assert_eq!(test.number(live).await, 1_194);
}

on_both_stores!(blast_limit, |test| a_feed_gone_wrong_is_held(&test));

async fn two_people_release_a_held_load(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    let now = app.app.clock.now();
    let rows = lines((0..10).map(|n| format!("+1507284{n:04},{heron},PO-1")));
    load(&app, &rows, now.minus(Span::minutes(5)), false).await;
    let live = "SELECT count(*) FROM evidence WHERE to_entry IS NULL";
    // 30 % of the book.
    let stripped = lines((0..3).map(|n| format!("+1507284{n:04},,")));
    let held = load(&app, &stripped, now.minus(Span::minutes(4)), false).await;
    assert_eq!((held.state, told(&held, "lowers_numbers").as_str()), (OperationState::Held, "3"));
    assert_eq!(test.number(live).await, 10);
    let confirm = |who: Principal| {
        let (write, reason) = (app.write("ConfirmHeldLoad"), Pii::new("right".to_owned()));
        let ask = DecideHold { write, operation: held.id, reason };
        let app = app.app.clone();
        async move { hold::confirm(&app, &who, ask).await }
    };
    let key = confirm(app.operator()).await;
    assert!(matches!(key, Err(AppError::Denied { reason: "PEOPLE_ONLY", .. })), "{key:?}");
    assert!(!confirm(app.reviewer()).await.unwrap().released());
    let same = confirm(app.reviewer()).await;
    assert!(matches!(same, Err(AppError::Refused { reason: "SECOND_PERSON_REQUIRED", .. })));
    assert_eq!(test.number(live).await, 10);
    assert!(confirm(app.second()).await.unwrap().released());
    let done = ended(&app, held.id).await;
    assert_eq!((done.state, told(&done, "unassigned").as_str()), (OperationState::Done, "3"));
    assert_eq!(test.number(live).await, 7);
    assert_eq!(test.number("SELECT count(*) FROM operation WHERE length(payload) > 0").await, 0);
    let late = confirm(app.second()).await;
    assert!(matches!(late, Err(AppError::Refused { reason: "NOT_HELD", .. })), "{late:?}");

    // Called off, and forgotten until nobody wants it any more: neither changes anything.
    let rest = lines((3..10).map(|n| format!("+1507284{n:04},,")));
    let off = load(&app, &rest, now.minus(Span::minutes(3)), false).await;
    let (write, reason) = (app.write("RejectHeldLoad"), Pii::new("a broken feed".to_owned()));
    let ask = DecideHold { write, operation: off.id, reason };
    hold::reject(&app.app, &app.reviewer(), ask).await.unwrap();
    let off = ended(&app, off.id).await;
    assert_eq!((off.state, off.error.as_str()), (OperationState::Cancelled, "REJECTED"));
    let left = load(&app, &rest, now.minus(Span::minutes(2)), false).await;
    operation::give_up(&app.app, left.id).await.unwrap();
    let left = ended(&app, left.id).await;
    assert_eq!((left.state, left.error.as_str()), (OperationState::Cancelled, "NOT_CONFIRMED"));
    assert_eq!(test.number(live).await, 7);
}

on_both_stores!(held_loads, |test| two_people_release_a_held_load(&test));

async fn a_new_number_is_met_by_many_at_once(test: &TestStore) {
    let app = TestApp::new(test).await;
    let mut customers = Vec::new();
    for nth in 0..8 {
        customers.push(app.customer(&format!("Customer {nth}"), CustomerRole::EndUser).await);
    }
    let claims = customers.iter().map(|customer| claim(&app, *customer, &[TWO, ONE]));
    for done in futures_util::future::join_all(claims).await {
        assert_eq!(done.results, [Outcome::Done, Outcome::Done]);
    }
    assert_eq!(test.number("SELECT count(*) FROM number_state").await, 2);
    assert_eq!(test.number("SELECT count(*) FROM number_claim").await, 16);
}

on_both_stores!(new_numbers, |test| a_new_number_is_met_by_many_at_once(&test));

async fn no_number_is_kept_with_an_answer(test: &TestStore) {
    let app = TestApp::new(test).await;
    let heron = app.customer("Heron Lake Dental LLC", CustomerRole::EndUser).await;
    let ask = Numbers {
        write: app.write("ClaimNumbers"),
        customer: heron,
        numbers: given(&[ONE, "911"]),
    };
    let portal: Principal = app.portal();
    let first = number::claim(&app.app, &portal, ask.clone()).await.unwrap();
    let retried = number::claim(&app.app, &portal, ask).await.unwrap();
    assert_eq!(first, retried);
    let kept = serde_json::to_string(&retried).unwrap();
    assert!(!kept.contains("5072847100"), "{kept}");
}

on_both_stores!(kept_answers, |test| no_number_is_kept_with_an_answer(&test));
