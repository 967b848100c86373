//! Rule 11 for the numbers of persons: an SSN is given once, and nothing that is stored, shown or
//! logged holds more of it than a token and its last four digits.

use vouch::app::error::AppError;
use vouch::app::{check, customer};
use vouch::clock::Clock;
use vouch::domain::command::onboarding::{CreateCustomer, UpdateProfile};
use vouch::domain::customer::Role;
use vouch::domain::finding::Code;
use vouch::domain::ids::CustomerId;
use vouch::domain::pii::Pii;
use vouch::domain::profile::{Field, Identifier, IdentifierKind, OrganizationKind, Profile};
use vouch::wire::pb;

use super::privacy::{logged, places_of};
use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{sound_profile, text};

const WHOLE: [&str; 2] = ["219097432", "219-09-7432"];

fn proprietor(nth: u32, number: &str) -> Profile {
    let mut p = sound_profile("Lindqvist Lamp Repair", nth);
    p.organization_kind = Some(OrganizationKind::SoleProprietor);
    p.identifiers = vec![Identifier {
        kind: IdentifierKind::Ssn,
        value: text(number),
        issuing_region: String::new(),
        token: Pii::default(),
    }];
    p
}

async fn change(app: &TestApp, id: CustomerId, profile: Profile) -> Result<(), AppError> {
    let write = app.write("UpdateProfile");
    let ask = UpdateProfile { write, customer: id, profile, fields: vec![Field::Identifiers] };
    customer::update(&app.app, &app.portal(), ask).await.map(drop)
}

fn faults(done: Result<(), AppError>) -> Vec<String> {
    match done {
        Err(AppError::Invalid(faults)) => faults.iter().map(|f| f.reason.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

async fn one_number(test: &TestStore, clock: &Clock) {
    logged();
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let id = app.apply(Role::EndUser, proprietor(1, WHOLE[1])).await;
    let file = app.file(id).await;
    let shown = pb::Profile::from(&file.profile);
    assert_eq!(shown.identifiers[0].value, "***-**-7432");
    // What was shown goes back and changes nothing.
    let kept = file.profile.identifiers[0].clone();
    let again = proprietor(1, "***-**-7432");
    change(&app, id, again).await.unwrap();
    assert_eq!(app.file(id).await.profile.identifiers[0], kept);
    assert_eq!(faults(change(&app, id, proprietor(1, "***-**-0000")).await), ["UNKNOWN_NUMBER"]);
    // The same number of another customer is the same token.
    let other = app.apply(Role::EndUser, proprietor(2, WHOLE[0])).await;
    check::run(&app.app, other).await.unwrap();
    let found = app.file(other).await.findings;
    assert!(found.iter().any(|f| f.code == Code::IdentifierShared), "{found:?}");
    // A firm has no such number.
    let mut firm = proprietor(3, WHOLE[0]);
    firm.organization_kind = Some(OrganizationKind::Corporation);
    let (write, role) = (app.write("CreateCustomer"), Role::EndUser);
    let ask = CreateCustomer { write, role, parent: None, profile: firm };
    let refused = customer::create(&app.app, &app.portal(), ask).await;
    let told = format!("{refused:?}");
    assert!(told.contains("PERSON_NUMBER_NOT_ALLOWED"), "{told}");
    assert!(!WHOLE.iter().any(|whole| told.contains(whole)), "{told}");
    assert_eq!(places_of(test, &WHOLE).await, Vec::<String>::new());
    app.caught_up(test).await;
    let said = logged();
    assert!(said.contains("the table is loaded"), "the log was not heard");
    assert!(!WHOLE.iter().any(|whole| said.contains(whole)), "a log line tells a number");
}

on_both_stores_in_time!(rule_11_a_persons_number_is_a_token_and_four_digits, |test, clock| {
    one_number(&test, &clock)
});
