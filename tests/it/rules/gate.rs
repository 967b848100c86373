//! Rule 1 through the use cases: the gate opens for nothing less than everything, and every way to
//! lose a fact takes an ACTIVE customer down in the same command.

use vouch::app::error::AppError;
use vouch::app::gate::Decision;
use vouch::app::{agreement, customer, publish};
use vouch::clock::Clock;
use vouch::domain::check::Kind;
use vouch::domain::command::agreement::TerminateAgreement;
use vouch::domain::command::onboarding::UpdateProfile;
use vouch::domain::customer::{Role, StateWord};
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::ids::CustomerId;
use vouch::domain::profile::Field;
use vouch::domain::requirement::Code as Need;
use vouch::store::EngineKind;

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{as_provider, sound_profile, text};

/// What the gate says is missing.
async fn missing(app: &TestApp, id: CustomerId) -> Vec<Need> {
    match app.activate(id).await {
        Err(AppError::Unmet(unmet)) => unmet.into_iter().map(|need| need.code).collect(),
        other => panic!("the gate opened too early: {other:?}"),
    }
}

async fn step_by_step(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let id = app.apply(Role::EndUser, sound_profile("Heron Lake Supply Company", 1)).await;
    let all = missing(&app, id).await;
    let checks = [
        Kind::ContactEmail,
        Kind::ContactPhone,
        Kind::AlternatePhone,
        Kind::Existence,
        Kind::TaxIdToName,
        Kind::Representation,
    ];
    for kind in checks {
        assert!(all.contains(&Need::Check(kind)), "{all:?}");
    }
    for need in [Need::AgreementExecuted, Need::TracebackContact, Need::Approval] {
        assert!(all.contains(&need), "{need} in {all:?}");
    }
    app.identify(id).await;
    let rest = missing(&app, id).await;
    assert!(!rest.iter().any(|need| matches!(need, Need::Check(_))), "{rest:?}");
    app.decide(id, Decision::Approve).await.unwrap();
    let rest = missing(&app, id).await;
    assert_eq!(rest[0], Need::AgreementExecuted);
    assert!(rest[1..].iter().all(|need| matches!(need, Need::Clause(_))), "{rest:?}");
    app.agree(id).await;
    app.activate(id).await.unwrap();
    let state = app.file(id).await.customer.state;
    let active = state.active().unwrap();
    assert!(clock.now() < active.uncapped_until && active.uncapped_until <= active.active_until);
}

on_both_stores_in_time!(rule_01_the_gate_opens_for_everything_and_no_less, |test, clock| {
    step_by_step(&test, &clock)
});

/// Each loss takes a customer of its own down, without anybody else's help.
async fn losses(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let down = async |id: CustomerId, what: &str| {
        let state = app.file(id).await.customer.state.word();
        assert_eq!(state, StateWord::Suspended, "{what} left it {state:?}");
        assert!(app.activate(id).await.is_err(), "{what} left the gate open");
    };

    let edited = app.active("Edited Supply LLC", 1).await;
    let mut profile = app.file(edited).await.profile;
    profile.legal_name = text("Another Name LLC");
    let ask = UpdateProfile {
        write: app.write("UpdateProfile"),
        customer: edited,
        profile,
        fields: vec![Field::LegalName],
    };
    customer::update(&app.app, &app.portal(), ask).await.unwrap();
    down(edited, "another legal name").await;

    let failed = app.active("Failed Supply LLC", 2).await;
    app.record(failed, Kind::Existence, app.callback(), false).await.unwrap();
    down(failed, "a failed check").await;

    let ended = app.active("Ended Supply LLC", 3).await;
    let agreement = app.file(ended).await.agreements[0].id;
    let (write, reason) = (app.write("TerminateAgreement"), text("ended"));
    let end = TerminateAgreement { write, agreement, reason };
    agreement::terminate(&app.app, &app.reviewer(), end).await.unwrap();
    down(ended, "an agreement that ended").await;

    let listed = app.active("Listed Supply LLC", 4).await;
    let mut profile = app.file(listed).await.profile;
    profile.trade_names = vec![text("Northern Ice Shipping")];
    let ask = UpdateProfile {
        write: app.write("UpdateProfile"),
        customer: listed,
        profile,
        fields: vec![Field::TradeNames],
    };
    customer::update(&app.app, &app.portal(), ask).await.unwrap();
    vouch::app::check::run(&app.app, listed).await.unwrap();
    down(listed, "a name on the list").await;

    // Time: the checks of the contact run out, and their grace.
    let old = app.active("Old Supply LLC", 5).await;
    let until = app.file(old).await.customer.state.active().unwrap().active_until;
    clock.advance(until.since(clock.now()));
    vouch::app::gate::expire(&app.app, old).await.unwrap();
    down(old, "a check that ran out").await;
    app.app.store.verify_journal(Vec::new()).await.unwrap();
}

on_both_stores_in_time!(rule_01_what_is_lost_takes_the_customer_down, |test, clock| {
    losses(&test, &clock)
});

async fn resellers(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let id = app.apply(Role::Reseller, as_provider(sound_profile("Prairie Resale LLC", 1))).await;
    app.identify(id).await;
    app.agree(id).await;
    assert!(matches!(app.decide(id, Decision::Approve).await, Err(AppError::Unmet(_))));
    let unmet = missing(&app, id).await;
    for kind in [Kind::RmdRecord, Kind::FlowDown] {
        assert!(unmet.contains(&Need::Check(kind)), "{unmet:?}");
    }
}

on_both_stores_in_time!(rule_01_a_reseller_waits_for_its_registration, |test, clock| {
    resellers(&test, &clock)
});

/// A policy that requires more comes into force under an ACTIVE customer: whatever is written next
/// is written, and takes the customer down until it meets the new policy.
async fn another_policy(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let id = app.active("Heron Lake Supply Company", 1).await;
    let stricter = publish::CURRENT_2026.replacen("version = 2", "version = 3", 1).replacen(
        "min_version = 1",
        "min_version = 2",
        1,
    );
    let (written, policy) = publish::read_policy(&stricter).unwrap();
    publish::publish(&app.app, &stricter, written, policy).await.unwrap();
    for policy in publish::load_all(&app.app.store).await.unwrap() {
        app.app.policies.add(policy);
    }
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Active);
    app.upload(id, DocumentKind::Other).await;
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Suspended);
    assert!(matches!(app.activate(id).await, Err(AppError::Unmet(_))));
}

on_both_stores_in_time!(rule_01_another_policy_is_met_or_takes_the_customer_down, |test, clock| {
    another_policy(&test, &clock)
});

/// How far past its end a check carries ACTIVE is a column for the database and text for people.
async fn one_grace(test: &TestStore, clock: &Clock) {
    let _app = TestApp::with_clock(test, clock.clone()).await;
    let astray = match test.store.kind() {
        EngineKind::Sqlite => {
            "SELECT count(*) FROM policy_check k WHERE k.grace <> coalesce((
               SELECT 86400000000 * CASE json_extract(j.value, '$.on_expiry')
                 WHEN 'SUSPEND' THEN 0 WHEN 'CAP_B' THEN json_extract(j.value, '$.grace_days')
                 ELSE 36500 END
               FROM policy p JOIN json_each(p.body, '$.roles.' || k.role || '.checks') j
               WHERE p.id = k.policy_id AND json_extract(j.value, '$.kind') = k.kind), 0)"
        }
        EngineKind::Postgres => {
            "SELECT count(*) FROM policy_check k WHERE k.grace <> coalesce((
               SELECT 86400000000 * CASE j ->> 'on_expiry' WHEN 'SUSPEND' THEN 0
                 WHEN 'CAP_B' THEN (j ->> 'grace_days')::bigint ELSE 36500 END
               FROM policy p, jsonb_array_elements(p.body -> 'roles' -> k.role -> 'checks') j
               WHERE p.id = k.policy_id AND j ->> 'kind' = k.kind), 0)"
        }
    };
    assert_eq!(test.number(astray).await, 0);
    let days = "SELECT count(*) FROM policy_check WHERE grace = 30 * 86400000000";
    assert!(test.number(days).await >= 6);
    let none = "SELECT count(*) FROM policy_check WHERE grace = 0 AND kind = 'FLOW_DOWN'";
    assert!(test.number(none).await >= 1);
    let capped =
        "SELECT count(*) FROM policy_check WHERE kind = 'SANCTIONS' AND grace > 3650 * 86400000000";
    assert!(test.number(capped).await >= 1, "a list that is away ends service");
}

on_both_stores_in_time!(rule_01_the_grace_of_a_check_is_what_the_policy_says, |test, clock| {
    one_grace(&test, &clock)
});
