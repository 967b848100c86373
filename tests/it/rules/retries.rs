//! Rule 12 through the use cases: a retried write has happened once.

use vouch::app::error::AppError;
use vouch::app::gate::{self, Decision};
use vouch::app::{access, customer, deliver};
use vouch::domain::access::{Role as AccessRole, Roles};
use vouch::domain::command::admin::CreateKey;
use vouch::domain::command::challenge::Target;
use vouch::domain::command::onboarding::{CreateCustomer, OnCustomer};
use vouch::domain::command::write::Write;
use vouch::domain::customer::{Role, StateWord};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores};
use crate::support::walk::sound_profile;

async fn once(test: &TestStore) {
    let app = TestApp::new(test).await;
    let ask = CreateCustomer {
        write: app.write("CreateCustomer"),
        role: Role::EndUser,
        parent: None,
        profile: sound_profile("Heron Lake Supply Company", 1),
    };
    let portal = app.portal();
    // Together and one after the other: one customer, one entry, one answer.
    let together = (0..8).map(|_| customer::create(&app.app, &portal, ask.clone()));
    let first = customer::create(&app.app, &portal, ask.clone()).await.unwrap();
    for again in futures_util::future::join_all(together).await {
        assert_eq!(again.unwrap(), first);
    }
    assert_eq!(test.number("SELECT count(*) FROM customer").await, 1);
    let kind = "SELECT count(*) FROM journal WHERE kind = 'customer.created'";
    assert_eq!(test.number(kind).await, 1);

    // Another body under the same id is refused, and changes nothing.
    let other = CreateCustomer {
        write: Write { body: [8; 32], ..ask.write.clone() },
        profile: sound_profile("Another Company", 2),
        ..ask.clone()
    };
    let refused = customer::create(&app.app, &portal, other).await;
    assert_eq!(refused, Err(AppError::RequestReused));
    assert_eq!(test.number("SELECT count(*) FROM customer").await, 1);

    // The scope is the principal: another client's write of the same name is another write.
    let second = TestApp::portal_of(app.new_client("second portal").await);
    let theirs = vouch::domain::access::Principal {
        actor: vouch::domain::access::Actor::Key(vouch::domain::ids::KeyId(uuid::Uuid::from_u128(
            77,
        ))),
        ..second
    };
    let made = customer::create(&app.app, &theirs, ask).await.unwrap();
    assert_ne!(made.customer, first.customer);
}

on_both_stores!(rule_12_a_write_that_is_sent_again_happens_once, |test| once(&test));

async fn refusals(test: &TestStore) {
    let app = TestApp::new(test).await;
    app.load_list().await;
    let id = app.apply(Role::EndUser, sound_profile("Heron Lake Supply Company", 1)).await;
    let ask = OnCustomer { write: app.write("ActivateCustomer"), customer: id };
    let portal = app.portal();
    let early = gate::activate_customer(&app.app, &portal, ask.clone()).await;
    assert!(matches!(early, Err(AppError::Unmet(_))), "{early:?}");
    app.identify(id).await;
    app.decide(id, Decision::Approve).await.unwrap();
    app.agree(id).await;
    // The very same request: what was refused then is judged anew now.
    let done = gate::activate_customer(&app.app, &portal, ask.clone()).await.unwrap();
    assert_eq!(gate::activate_customer(&app.app, &portal, ask).await, Ok(done));
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Active);
    assert_eq!(app.file(id).await.customer.revision, done.revision);
}

on_both_stores!(rule_12_a_refusal_is_judged_anew, |test| refusals(&test));

async fn secrets(test: &TestStore) {
    let app = TestApp::new(test).await;
    let ask = CreateKey {
        write: app.write("CreateKey"),
        client: Some(app.client),
        name: "portal".to_owned(),
        roles: Roles::of(&[AccessRole::Portal]),
        expires: None,
    };
    let (written, token) =
        access::create_key(&app.app, &app.operator(), ask.clone()).await.unwrap();
    let again = access::create_key(&app.app, &app.operator(), ask).await;
    assert!(matches!(again, Err(AppError::Refused { reason: "SECRET_SHOWN", .. })));
    assert_eq!(test.number("SELECT count(*) FROM api_key").await, 1);
    assert_ne!(written.subject, uuid::Uuid::nil());
    // Nothing that is stored holds it.
    let shown = String::from_utf8(token.expose().to_vec()).unwrap();
    // The last 32 bytes of it, in base64.
    let secret = shown.split_at(shown.len() - 43).1;
    let found = super::privacy::places_of(test, &[secret]).await;
    assert_eq!(found, Vec::<String>::new());
}

on_both_stores!(rule_12_a_secret_is_shown_once, |test| secrets(&test));

async fn outside(test: &TestStore) {
    let app = TestApp::new(test).await;
    app.load_list().await;
    let id = app.apply(Role::EndUser, sound_profile("Heron Lake Supply Company", 1)).await;
    let contact = app.contact(id).await;
    let challenge = app.challenge(id, Target::ContactEmail(contact)).await;
    let place = app.outbox.place(challenge.0);
    let first = std::fs::read(&place).unwrap();
    // The intent was committed before it was sent, so it can be sent again, as the same message.
    std::fs::remove_file(&place).unwrap();
    deliver::deliver(&app.app, challenge.0).await.unwrap().unwrap();
    assert_eq!(std::fs::read(&place).unwrap(), first);
    let sent = "SELECT sent FROM challenge";
    assert_eq!(test.number(sent).await, 2);
    let waiting = "SELECT count(*) FROM job WHERE kind = 'DELIVER_CODE'";
    assert_eq!(test.number(waiting).await, 1);
}

on_both_stores!(rule_12_what_goes_outside_keeps_its_id_and_code, |test| outside(&test));
