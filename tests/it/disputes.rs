//! Disputes of numbers and orders of origids, on both stores.

use vouch::app::{AppError, dispute, evidence, origid};
use vouch::clock::Clock;
use vouch::domain::access::Principal;
use vouch::domain::attestation::{Attest, EvidenceKind, Reason};
use vouch::domain::command::dispute::{ListDisputes, OpenDispute, ResolveDispute};
use vouch::domain::command::number::AddEvidence;
use vouch::domain::command::origid::{OrigidOf, RotateOrigid};
use vouch::domain::command::query::Page;
use vouch::domain::dispute::{Resolution, State};
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::ids::{CustomerId, DisputeId, Origid};
use vouch::domain::number::Tn;
use vouch::domain::pii::Pii;
use vouch::domain::time::Span;

use super::support::apps::TestApp;
use super::support::stores::{TestStore, on_both_stores_in_time};
use super::support::walk::{OURS, with_a_number};

const CALLED: &str = "12126647665";

async fn open(app: &TestApp, who: &Principal, disputant: Option<CustomerId>) -> (DisputeId, State) {
    let ask = OpenDispute {
        write: app.write("OpenDispute"),
        number: Tn::parse(OURS).unwrap(),
        disputant,
        name: Pii::new("Somebody".to_owned()),
        contact: Pii::new("somebody@example.com".to_owned()),
        against: None,
        reason: Pii::new("the number is mine".to_owned()),
    };
    let done = dispute::open(&app.app, who, ask).await.unwrap();
    (done.dispute, dispute::get(&app.app, done.dispute).await.unwrap().0.state)
}

async fn resolve(
    app: &TestApp,
    who: Principal,
    dispute: DisputeId,
    resolution: Resolution,
) -> Result<State, AppError> {
    let ask = ResolveDispute {
        write: app.write("ResolveDispute"),
        dispute,
        resolution,
        reason: Pii::new("looked at".to_owned()),
    };
    let done = dispute::resolve(&app.app, &who, ask).await?;
    Ok(dispute::get(&app.app, done.dispute).await?.0.state)
}

fn level(app: &TestApp) -> (Attest, Reason) {
    let answer = app.ask("t1", OURS, CALLED);
    (answer.attest, answer.reasons.first())
}

const FULL: (Attest, Reason) = (Attest::A, Reason::FullEvidence);
const CAPPED: (Attest, Reason) = (Attest::B, Reason::NumberCap);

async fn a_dispute_lowers_only_with_somebody_behind_it(test: &TestStore, clock: &Clock) {
    let (app, _heron) = with_a_number(test, clock).await;
    let other = app.active("Other Garden Company", 2).await;
    for disputant in [None, Some(other)] {
        assert_eq!(open(&app, &app.portal(), disputant).await.1, State::Noted);
        assert_eq!(level(&app), FULL, "a bare word changed a level");
    }
    // Somebody who is known and shows something.
    app.claim(other, OURS).await;
    let letter = app.upload(other, DocumentKind::LetterOfAuthorization).await;
    let ask = AddEvidence {
        write: app.write("AddEvidence"),
        customer: other,
        number: Tn::parse(OURS).unwrap(),
        kind: EvidenceKind::Loa,
        document: Some(letter),
        reference: Pii::new(String::new()),
        signed: Some(clock.now().minus(Span::days(1))),
        party: Pii::new("Prairie Telephone Cooperative".to_owned()),
        carrier: String::new(),
        account: Pii::default(),
    };
    evidence::add(&app.app, &app.reviewer(), ask).await.unwrap();
    app.caught_up(test).await;
    assert_eq!(level(&app), FULL, "the provider's own feed stands against a letter");
    let (first, state) = open(&app, &app.portal(), Some(other)).await;
    assert_eq!((state, level(&app)), (State::Open, CAPPED));
    let foreign = TestApp::portal_of(app.new_client("other").await);
    let ask = OpenDispute {
        write: app.write("OpenDispute"),
        number: Tn::parse(OURS).unwrap(),
        disputant: Some(other),
        name: Pii::new(String::new()),
        contact: Pii::new(String::new()),
        against: None,
        reason: Pii::new("mine".to_owned()),
    };
    let hidden = dispute::open(&app.app, &foreign, ask).await;
    assert!(matches!(hidden, Err(AppError::Invalid(f)) if f[0].reason == "NOT_FOUND"));

    // Two people lift it, and only where no other one is open.
    let (second, _) = open(&app, &app.reviewer(), None).await;
    let no = Resolution::Dismissed;
    assert_eq!(resolve(&app, app.reviewer(), first, no).await, Ok(State::Open));
    let same = resolve(&app, app.reviewer(), first, no).await;
    assert!(matches!(same, Err(AppError::Refused { reason: "SECOND_PERSON_REQUIRED", .. })));
    assert_eq!(level(&app), CAPPED);
    assert_eq!(resolve(&app, app.second(), first, no).await, Ok(State::Dismissed));
    assert_eq!(level(&app), CAPPED, "another dispute is open");
    assert_eq!(resolve(&app, app.reviewer(), second, no).await, Ok(State::Open));
    assert_eq!(resolve(&app, app.second(), second, no).await, Ok(State::Dismissed));
    assert_eq!(level(&app), FULL);
    let late = resolve(&app, app.second(), second, no).await;
    assert!(matches!(late, Err(AppError::Refused { reason: "PROPOSAL_DECIDED", .. })));

    // Upheld: the evidence ends with the first word.
    let (third, _) = open(&app, &app.reviewer(), Some(other)).await;
    assert_eq!(resolve(&app, app.reviewer(), third, Resolution::Upheld).await, Ok(State::Open));
    assert_eq!(level(&app), (Attest::None, Reason::NotYours));
    assert_eq!(resolve(&app, app.second(), third, Resolution::Upheld).await, Ok(State::Upheld));
    assert_eq!(level(&app), (Attest::None, Reason::NotYours));
    let ask = ListDisputes {
        page: Page { size: 3, token: None },
        states: vec![State::Noted, State::Dismissed],
    };
    let (page, next) = dispute::list(&app.app, ask).await.unwrap();
    assert_eq!((page.len(), next.is_empty()), (3, false));
    let word =
        "SELECT count(*) FROM number_dispute WHERE state = 'UPHELD' AND first_by <> closed_by";
    assert_eq!(test.number(word).await, 1);
}

on_both_stores_in_time!(disputes_of_numbers, |test, clock| {
    a_dispute_lowers_only_with_somebody_behind_it(&test, &clock)
});

async fn an_origid_changes_by_order_alone(test: &TestStore, clock: &Clock) {
    let (app, heron) = with_a_number(test, clock).await;
    let signed = || app.ask("t1", OURS, CALLED).origid.unwrap();
    let first = app.file(heron).await.customer.origid;
    assert_eq!(signed(), first);
    let order = |of: OrigidOf| RotateOrigid {
        write: app.write("RotateOrigid"),
        of,
        reason: Pii::new("re-papered".to_owned()),
    };
    let ask = order(OrigidOf::Customer(heron));
    let done = origid::rotate(&app.app, &app.reviewer(), ask.clone()).await.unwrap();
    assert_ne!(done.origid, first);
    assert_eq!(signed(), done.origid);
    assert_eq!(app.file(heron).await.customer.origid, done.origid);
    // A retry orders nothing new.
    assert_eq!(origid::rotate(&app.app, &app.reviewer(), ask).await.unwrap(), done);
    for (asked, retired) in [(first, true), (done.origid, false)] {
        let found = origid::resolve(&app.app, asked).await.unwrap();
        assert_eq!(found.customer_id, Some(heron));
        assert_eq!(found.retired_at.is_some(), retired);
    }
    // Four years later the call can still be traced.
    clock.advance(Span::days(4 * 366));
    assert_eq!(origid::resolve(&app.app, first).await.unwrap().customer_id, Some(heron));

    let trunk: vouch::domain::ids::TrunkId = "t1".parse().unwrap();
    let before = vouch::app::trunk::get(&app.app, trunk.clone()).await.unwrap().facts.origid;
    let ask = order(OrigidOf::Trunk(trunk.clone()));
    let done = origid::rotate(&app.app, &app.operator(), ask).await.unwrap();
    let after = vouch::app::trunk::get(&app.app, trunk.clone()).await.unwrap().facts.origid;
    assert_eq!((after, after == before), (done.origid, false));
    for asked in [before, after] {
        let found = origid::resolve(&app.app, asked).await.unwrap();
        assert_eq!((found.trunk_id.as_ref(), found.owner), (Some(&trunk), Some(heron)));
    }
    let unknown = origid::resolve(&app.app, Origid(app.app.clock.opaque_id())).await;
    assert!(matches!(unknown, Err(AppError::NotFound { what: "origid" })));
}

on_both_stores_in_time!(origids, |test, clock| an_origid_changes_by_order_alone(&test, &clock));
