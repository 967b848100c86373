//! What a write may not do by the way: a dry run lowers nothing, a contact that is entered anew
//! gets no new codes, a key's successor lives as long as the key was meant to.

use vouch::app::error::AppError;
use vouch::app::gate::Decision;
use vouch::app::{access, challenge, customer, gate, number};
use vouch::domain::access::{Role, Roles};
use vouch::domain::attestation::Attest;
use vouch::domain::command::admin::{CreateKey, RevokeKey, RotateKey};
use vouch::domain::command::challenge::{Channel, StartContactChallenge, Target};
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::command::onboarding::UpdateProfile;
use vouch::domain::command::review::DecideCustomer;
use vouch::domain::command::write::Write;
use vouch::domain::customer::Role as CustomerRole;
use vouch::domain::ids::KeyId;
use vouch::domain::number::Tn;
use vouch::domain::profile::Field;
use vouch::domain::time::{Span, Ts};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores};
use crate::support::walk::{OURS, sound_profile, text, with_a_number};

async fn dry_runs(test: &TestStore) {
    let (app, id) = with_a_number(test, test.store.clock()).await;
    let level = || app.ask("t1", OURS, "12126647665").attest;
    let dry = |call| Write { validate_only: true, ..app.write(call) };
    let entries = test.number("SELECT count(*) FROM journal").await;
    assert_eq!(level(), Attest::A);

    let rename = UpdateProfile {
        write: dry("UpdateProfile"),
        customer: id,
        profile: sound_profile("Another Name Entirely", 1),
        fields: vec![Field::LegalName],
    };
    customer::update(&app.app, &app.portal(), rename).await.unwrap();
    assert_eq!(level(), Attest::A);
    let given = GivenNumber { given: text(OURS), tn: Tn::parse(OURS) };
    let give_back = Numbers { write: dry("ReleaseNumbers"), customer: id, numbers: vec![given] };
    number::release(&app.app, &app.portal(), give_back).await.unwrap();
    assert_eq!(level(), Attest::A);
    let ask = DecideCustomer { write: dry("SuspendCustomer"), customer: id, reason: text("tried") };
    gate::decide(&app.app, &app.reviewer(), ask, Decision::Suspend).await.unwrap();
    assert_eq!(level(), Attest::A);
    assert_eq!(test.number("SELECT count(*) FROM journal").await, entries);

    app.decide(id, Decision::Suspend).await.unwrap();
    assert_eq!(level(), Attest::None);
}

on_both_stores!(a_dry_run_takes_nothing, |test| dry_runs(&test));

async fn codes(test: &TestStore) {
    let app = TestApp::new(test).await;
    let profile = sound_profile("Heron Lake Supply Company", 1);
    let id = app.apply(CustomerRole::EndUser, profile.clone()).await;
    let most = app.app.policies.at(app.app.clock.now()).unwrap().policy.challenges;
    let mut sent = 0;
    let refused = loop {
        let contact = app.contact(id).await;
        let ask = StartContactChallenge {
            write: app.write("StartContactChallenge"),
            customer: id,
            target: Target::ContactEmail(contact),
            channel: Channel::Email,
        };
        match challenge::start(&app.app, &app.portal(), ask).await {
            Ok(_started) => sent += 1,
            Err(why) => break why,
        }
        assert!(sent <= most.contact_sends_a_day, "codes without an end");
        // The same contact under a new id.
        let again = UpdateProfile {
            write: app.write("UpdateProfile"),
            customer: id,
            profile: profile.clone(),
            fields: vec![Field::Contacts],
        };
        customer::update(&app.app, &app.portal(), again).await.unwrap();
        assert_ne!(app.contact(id).await, contact);
    };
    assert!(matches!(refused, AppError::Exhausted { reason: "TOO_MANY_CODES", .. }), "{refused:?}");
    assert_eq!(sent, most.contact_sends_a_day);
}

on_both_stores!(a_contact_entered_anew_gets_no_new_codes, |test| codes(&test));

async fn successors(test: &TestStore) {
    let app = TestApp::new(test).await;
    let operator = app.operator();
    let end = app.app.clock.now().plus(Span::days(90));
    let ask = CreateKey {
        write: app.write("CreateKey"),
        client: None,
        name: "signer".to_owned(),
        roles: Roles::of(&[Role::Signer]),
        expires: Some(end),
    };
    let (first, _token) = access::create_key(&app.app, &operator, ask).await.unwrap();
    let first = KeyId(first.subject);
    let rotate = async |key, retire| {
        let ask = RotateKey { write: app.write("RotateKey"), key, retire };
        let made = access::rotate_key(&app.app, &operator, ask).await;
        made.map(|(written, _token)| KeyId(written.subject))
    };
    let revoke = async |key| {
        let ask = RevokeKey { write: app.write("RevokeKey"), key };
        access::revoke_key(&app.app, &operator, ask).await.unwrap();
    };
    let ends = async |key: KeyId| -> Option<Ts> {
        let read = move |mut tx: vouch::store::Tx| async move { tx.key(key).await };
        let row: Result<_, vouch::store::StoreError> = app.app.store.read(read).await;
        row.unwrap().unwrap().expires_at
    };

    // Without a time to retire, the old key lives on as it was.
    let lost = rotate(first, None).await.unwrap();
    assert_eq!((ends(first).await, ends(lost).await), (Some(end), Some(end)));
    let refused = rotate(first, None).await;
    assert!(matches!(refused, Err(AppError::Refused { reason: "ALREADY_ROTATED", .. })));
    let third = rotate(lost, None).await;
    assert!(matches!(third, Err(AppError::Refused { reason: "ROTATION_UNDER_WAY", .. })));

    // A successor whose token was lost: the next one inherits the end of the line.
    revoke(lost).await;
    let retire = app.app.clock.now().plus(Span::days(1));
    let second = rotate(first, Some(retire)).await.unwrap();
    assert_eq!((ends(first).await, ends(second).await), (Some(retire), Some(end)));
    revoke(second).await;
    let newest = rotate(first, None).await.unwrap();
    assert_eq!((ends(first).await, ends(newest).await), (Some(retire), Some(end)));
    revoke(first).await;
    rotate(newest, None).await.unwrap();
}

on_both_stores!(a_successor_lives_as_long_as_the_key_was_meant_to, |test| successors(&test));
