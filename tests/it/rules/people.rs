//! Rule 8: trust is raised by two people and for a time, and lowered by one at once.

use vouch::app::error::AppError;
use vouch::app::gate::Decision;
use vouch::app::proposal::{OnProposal, confirm, propose_override, propose_reinstatement, reject};
use vouch::app::{agreement, finding, traceback};
use vouch::clock::Clock;
use vouch::domain::access::Principal;
use vouch::domain::attestation::Attest;
use vouch::domain::check::Kind;
use vouch::domain::command::agreement::TerminateAgreement;
use vouch::domain::command::onboarding::SetTracebackContact;
use vouch::domain::command::review::{
    ConfirmProposal, DecideCustomer, ProposeOverride, RejectProposal, ResolveFinding,
};
use vouch::domain::customer::{Role, StateWord};
use vouch::domain::finding::{Code, Resolution};
use vouch::domain::ids::CustomerId;
use vouch::domain::requirement::Code as Need;
use vouch::domain::time::{Span, Ts};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{sound_profile, text};

type Proposed = Result<OnProposal, AppError>;

async fn overrule(
    app: &TestApp,
    who: Principal,
    id: CustomerId,
    kind: Kind,
    until: Ts,
) -> Proposed {
    let ask = ProposeOverride {
        write: app.write("ProposeOverride"),
        customer: id,
        kind,
        reason: text("the register is closed for a move"),
        expires: until,
    };
    propose_override(&app.app, &who, ask).await
}

async fn let_back(app: &TestApp, who: Principal, id: CustomerId) -> Proposed {
    let write = app.write("ProposeReinstatement");
    let ask = DecideCustomer { write, customer: id, reason: text("it was a mistake") };
    propose_reinstatement(&app.app, &who, ask).await
}

async fn agree_to(app: &TestApp, who: Principal, made: OnProposal) -> Proposed {
    let ask = ConfirmProposal { write: app.write("ConfirmProposal"), proposal: made.proposal };
    confirm(&app.app, &who, ask).await
}

#[track_caller]
fn refused_with(done: Proposed, expected: &str) {
    match done {
        Err(AppError::Refused { reason, .. } | AppError::Denied { reason, .. }) => {
            assert_eq!(reason, expected);
        }
        Err(AppError::Invalid(faults)) => assert_eq!(faults[0].reason, expected),
        other => panic!("{expected} was expected: {other:?}"),
    }
}

/// A customer for whom nothing is missing but one check, which a reviewer failed.
async fn short_of(app: &TestApp, kind: Kind) -> CustomerId {
    let id = app.apply(Role::EndUser, sound_profile("Heron Lake Supply Company", 1)).await;
    app.identify(id).await;
    app.record(id, kind, app.callback(), false).await.unwrap();
    app.agree(id).await;
    id
}

async fn overrides(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let id = short_of(&app, Kind::Existence).await;
    assert!(matches!(app.decide(id, Decision::Approve).await, Err(AppError::Unmet(_))));
    let until = clock.now().plus(Span::days(20));

    // A key is nobody, one person is not two, and nothing lasts for ever.
    refused_with(overrule(&app, app.operator(), id, Kind::Existence, until).await, "PEOPLE_ONLY");
    let late = clock.now().plus(Span::days(91));
    refused_with(overrule(&app, app.reviewer(), id, Kind::Existence, late).await, "OUT_OF_RANGE");
    let made = overrule(&app, app.reviewer(), id, Kind::Existence, until).await.unwrap();
    refused_with(agree_to(&app, app.reviewer(), made).await, "SECOND_PERSON_REQUIRED");
    refused_with(agree_to(&app, app.operator(), made).await, "SECOND_PERSON_REQUIRED");
    assert!(matches!(app.decide(id, Decision::Approve).await, Err(AppError::Unmet(_))));
    agree_to(&app, app.second(), made).await.unwrap();
    refused_with(agree_to(&app, app.second(), made).await, "PROPOSAL_DECIDED");
    app.decide(id, Decision::Approve).await.unwrap();
    app.activate(id).await.unwrap();

    // It ends by itself, and takes the customer with it.
    let active = app.file(id).await.customer.state.active().unwrap().clone();
    assert_eq!(active.active_until, until);
    app.trunk(id, "t1").await;
    app.assign(&format!("+15072847100,{id},PO-1\n")).await;
    app.caught_up(test).await;
    let at = |now: Ts| {
        let call = crate::support::walk::a_call("t1", "+15072847100", "12126647665");
        app.app.live.table().ask(&call, now, clock.mono()).answer.attest
    };
    assert_eq!((at(clock.now()), at(until)), (Attest::A, Attest::None));
    clock.advance(until.since(clock.now()));
    vouch::app::gate::expire(&app.app, id).await.unwrap();
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Suspended);
}

on_both_stores_in_time!(rule_08_an_override_needs_two_people_and_ends, |test, clock| {
    overrides(&test, &clock)
});

async fn forbidden(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let id = app.ready("Heron Lake Supply Company", 1).await;
    let until = clock.now().plus(Span::days(20));
    for kind in [Kind::Sanctions, Kind::ContactEmail, Kind::ContactPhone, Kind::RmdRecord] {
        let asked = overrule(&app, app.reviewer(), id, kind, until).await;
        refused_with(asked, "NOT_OVERRIDABLE");
    }
    // No proposal exists that stands in for an agreement, a contact or a confirmed match: the
    // one that lets a suspended customer back holds the whole gate against it.
    let id = app.active("Second Supply LLC", 2).await;
    let agreement = app.file(id).await.agreements[0].id;
    let (write, reason) = (app.write("TerminateAgreement"), text("ended"));
    let end = TerminateAgreement { write, agreement, reason };
    agreement::terminate(&app.app, &app.reviewer(), end).await.unwrap();
    let made = let_back(&app, app.reviewer(), id).await.unwrap();
    let unmet = agree_to(&app, app.second(), made).await;
    assert!(
        matches!(&unmet, Err(AppError::Unmet(n)) if n.iter().any(|n| matches!(n.code, Need::AgreementExecuted | Need::Clause(_)))),
        "{unmet:?}"
    );
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Suspended);
    app.agree(id).await;
    agree_to(&app, app.second(), made).await.unwrap();
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Active);
}

on_both_stores_in_time!(rule_08_what_nobody_may_override, |test, clock| forbidden(&test, &clock));

async fn matched(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let mut profile = sound_profile("Heron Lake Supply Company", 1);
    profile.trade_names = vec![text("Northern Ice Shipping")];
    let id = app.apply(Role::EndUser, profile).await;
    let hit = app.file(id).await.findings.into_iter().find(|f| f.code == Code::SanctionsHit);
    let ask = ResolveFinding {
        write: app.write("ResolveFinding"),
        finding: hit.unwrap().id,
        resolution: Resolution::Confirmed,
        reason: text("same firm, same port"),
    };
    finding::resolve(&app.app, &app.reviewer(), ask.clone()).await.unwrap();
    app.identify(id).await;
    app.agree(id).await;
    assert!(matches!(app.decide(id, Decision::Approve).await, Err(AppError::Unmet(_))));
    assert!(matches!(app.activate(id).await, Err(AppError::Unmet(_))));
    let until = clock.now().plus(Span::days(20));
    let asked = overrule(&app, app.reviewer(), id, Kind::Sanctions, until).await;
    refused_with(asked, "NOT_OVERRIDABLE");
    for resolution in [Resolution::FalsePositive, Resolution::Mitigated] {
        let ask = ResolveFinding { write: app.write("ResolveFinding"), resolution, ..ask.clone() };
        let done = finding::resolve(&app.app, &app.second(), ask).await;
        assert!(matches!(done, Err(AppError::Refused { reason: "FINDING_FINAL", .. })), "{done:?}");
    }
}

on_both_stores_in_time!(rule_08_a_confirmed_match_stays, |test, clock| matched(&test, &clock));

async fn returns(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let id = app.active("Heron Lake Supply Company", 1).await;
    let not_suspended = let_back(&app, app.reviewer(), id).await;
    assert!(matches!(not_suspended, Err(AppError::Refused { .. })), "{not_suspended:?}");

    // One person, at once.
    app.decide(id, Decision::Suspend).await.unwrap();
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Suspended);
    refused_with(let_back(&app, app.operator(), id).await, "PEOPLE_ONLY");
    assert!(matches!(app.activate(id).await, Err(AppError::Unmet(_) | AppError::Refused { .. })));

    // Too late, turned down, and then agreed to by two.
    let made = let_back(&app, app.reviewer(), id).await.unwrap();
    clock.advance(Span::hours(72));
    refused_with(agree_to(&app, app.second(), made).await, "PROPOSAL_EXPIRED");
    let made = let_back(&app, app.reviewer(), id).await.unwrap();
    let (write, reason) = (app.write("RejectProposal"), text("not yet"));
    let ask = RejectProposal { write, proposal: made.proposal, reason };
    reject(&app.app, &app.second(), ask).await.unwrap();
    refused_with(agree_to(&app, app.second(), made).await, "PROPOSAL_DECIDED");
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Suspended);
    let made = let_back(&app, app.reviewer(), id).await.unwrap();
    refused_with(agree_to(&app, app.reviewer(), made).await, "SECOND_PERSON_REQUIRED");
    agree_to(&app, app.second(), made).await.unwrap();
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Active);
    refused_with(agree_to(&app, app.second(), made).await, "PROPOSAL_DECIDED");
}

on_both_stores_in_time!(rule_08_a_return_needs_two_people, |test, clock| returns(&test, &clock));

async fn without_contact(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let mut profile = sound_profile("Heron Lake Supply Company", 1);
    let mut unproved = profile.contacts[0].clone();
    unproved.email = text("other@heronlake.example");
    unproved.phone = text("+15072843001");
    profile.contacts.push(unproved);
    let id = app.apply(Role::EndUser, profile).await;
    app.identify(id).await;
    app.decide(id, Decision::Approve).await.unwrap();
    app.agree(id).await;
    app.activate(id).await.unwrap();

    // The contact that was never reached becomes the primary one: down at once.
    let contact = app.file(id).await.profile.contacts[1].id.unwrap();
    let write = app.write("SetTracebackContact");
    let ask = SetTracebackContact { write, customer: id, contact };
    traceback::set_contact(&app.app, &app.portal(), ask).await.unwrap();
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Suspended);
    let made = let_back(&app, app.reviewer(), id).await.unwrap();
    let unmet = agree_to(&app, app.second(), made).await;
    assert!(matches!(&unmet, Err(AppError::Unmet(_))), "{unmet:?}");
}

on_both_stores_in_time!(rule_08_a_missing_contact_is_not_overridden, |test, clock| {
    without_contact(&test, &clock)
});
