//! Who may call: every call of the API by everybody, before a byte of the message is read.

use std::time::Duration;

use tonic::Code;
use uuid::Uuid;
use vouch::app::credential::Session;
use vouch::domain::ids::UserId;
use vouch::domain::time::Span;
use vouch::store::EngineKind;
use vouch::wire::pb;

use crate::support::cast::{Actor, Cast, client, fresh, make_key, person, refused};
use crate::support::raw::rubbish;
use crate::support::server::{Site, until};

/// The calls and who may make them, as people have written it down.
pub(super) const WRITTEN: &str = include_str!("../../rpc_roles.txt");

/// Each call with the words behind it.
pub(super) fn calls() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let lines = WRITTEN.lines().filter(|line| line.starts_with('/'));
    lines.map(|line| {
        let mut words = line.split(' ');
        (words.next().unwrap(), words.collect())
    })
}

/// Somebody who calls, and what that credential is worth.
struct Caller {
    name: &'static str,
    token: Option<String>,
    role: Option<&'static str>,
    person: bool,
}

impl Caller {
    fn key(name: &'static str, actor: &Actor, role: &'static str) -> Self {
        Self { name, token: Some(actor.token().to_owned()), role: Some(role), person: false }
    }

    fn person(name: &'static str, actor: &Actor, role: &'static str) -> Self {
        Self { person: true, ..Self::key(name, actor, role) }
    }

    fn nobody(name: &'static str, token: Option<String>) -> Self {
        Self { name, token, role: None, person: false }
    }

    /// What the file says comes of a call.
    fn expected(&self, who: &[&str]) -> Option<Code> {
        let allowed = match (who, self.role) {
            (["OPEN"], _) | (["EVERYBODY"], Some(_)) => true,
            (_, None) => return Some(Code::Unauthenticated),
            (["USERS"], Some(_)) => self.person,
            (_, Some(role)) => who.contains(&role),
        };
        (!allowed).then_some(Code::PermissionDenied)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_by_everybody_on_two_instances() {
    let site = Site::open(EngineKind::Postgres).await;
    let cast = Cast::assemble(&site).await;
    let callers = everybody(&site, &cast).await;
    let mut channels = Vec::new();
    for instance in 0..site.instances().len() {
        channels.push(site.channel(instance).await);
    }
    let (mut let_in, mut sent_away) = (0, 0);
    for (nth, (path, who)) in calls().enumerate() {
        for (mth, caller) in callers.iter().enumerate() {
            let channel = channels[(nth + mth) % channels.len()].clone();
            let status = rubbish(channel, path, caller.token.as_deref()).await;
            let refusal = [Code::Unauthenticated, Code::PermissionDenied];
            let told = Some(status.code()).filter(|code| refusal.contains(code));
            assert_eq!(told, caller.expected(&who), "{path} by {}: {status}", caller.name);
            match told {
                None => let_in += 1,
                Some(_) => sent_away += 1,
            }
        }
    }
    println!("{let_in} calls were let in, {sent_away} were sent away");
    assert!(let_in > 100 && sent_away > 500, "{let_in} {sent_away}");
    site.close().await;
}

async fn everybody(site: &Site, cast: &Cast) -> Vec<Caller> {
    use pb::AccessRole as Role;
    let operator = &cast.operator;
    let watcher = person(site, operator, "otto", Role::Auditor).await;
    let keeper = person(site, operator, "nina", Role::Provisioning).await;
    let mut wrong = cast.signer.token().to_owned();
    let last = if wrong.pop() == Some('A') { 'E' } else { 'A' };
    wrong.push(last);
    let strange = {
        let unknown = vouch::domain::ids::KeyId(Uuid::from_u128(77));
        let made = site.instances()[0].app.prover.new_key(&site.clock, unknown).unwrap();
        String::from_utf8(made.token.expose().to_vec()).unwrap()
    };
    vec![
        Caller::key("the portal", &cast.portal, "PORTAL"),
        Caller::key("the signer", &cast.signer, "SIGNER"),
        Caller::key("provisioning", &cast.provisioning, "PROVISIONING"),
        Caller::key("the auditor", &cast.auditor, "AUDITOR"),
        Caller::key("the operator", operator, "OPERATOR"),
        Caller::person("a reviewer", &cast.ada, "REVIEWER"),
        Caller::person("an auditor who logged in", &watcher, "AUDITOR"),
        Caller::person("a provisioner who logged in", &keeper, "PROVISIONING"),
        Caller::nobody("nobody", None),
        Caller::nobody("somebody with no token at all", Some("open sesame".to_owned())),
        Caller::nobody("somebody with a wrong secret", Some(wrong)),
        Caller::nobody("somebody with an unknown key", Some(strange)),
        Caller::nobody("a key that was revoked", Some(revoked(site, operator).await)),
        Caller::nobody("a key that ran out", Some(expired(site, operator).await)),
        Caller::nobody("a session that ran out", Some(old_session(site, operator).await)),
        Caller::nobody("a session that was ended", Some(logged_out(site, operator).await)),
        Caller::nobody("a person who was disabled", Some(disabled(site, operator).await)),
    ]
}

/// Waits until a credential is worth nothing on every instance.
async fn dead(actor: &Actor, site: &Site) {
    for instance in 0..site.instances().len() {
        let here = actor.at(instance);
        until("the credential is worth nothing", || async {
            let asked = here.policies().list_policies(pb::ListPoliciesRequest::default()).await;
            asked.is_err_and(|status| status.code() == Code::Unauthenticated).then_some(())
        })
        .await;
    }
}

async fn revoked(site: &Site, operator: &Actor) -> String {
    let made = make_key(operator, pb::AccessRole::Operator, String::new()).await;
    let actor = Actor::new(site, &made.token).await;
    let key_id = made.key.unwrap().key_id;
    let ask = pb::RevokeKeyRequest { request_id: fresh(), key_id };
    operator.admin().revoke_key(ask).await.unwrap();
    dead(&actor, site).await;
    made.token
}

async fn expired(site: &Site, operator: &Actor) -> String {
    let soon = site.clock.now().plus(Span::millis(1_500));
    let ask = pb::CreateKeyRequest {
        request_id: fresh(),
        client_id: String::new(),
        name: "short".to_owned(),
        roles: vec![pb::AccessRole::Operator.into()],
        expire_time: Some(vouch::wire::time::to_timestamp(soon)),
    };
    let made = operator.admin().create_key(ask).await.unwrap().into_inner();
    dead(&Actor::unknown(site, &made.token).await, site).await;
    until("it has run out", || async { (site.clock.now() >= soon).then_some(()) }).await;
    made.token
}

/// A session that is right in everything but its time.
async fn old_session(site: &Site, operator: &Actor) -> String {
    let actor = person(site, operator, "olga", pb::AccessRole::Reviewer).await;
    let users = operator.admin().list_users(pb::ListUsersRequest::default()).await.unwrap();
    let users = users.into_inner().users;
    let olga = users.iter().find(|user| user.login == "olga").unwrap();
    let user = UserId(olga.user_id.parse().unwrap());
    let app = &site.instances()[0].app;
    let epoch = app.credentials.user(user).unwrap().session_epoch;
    let seal = |expires| {
        let session = Session { user, epoch, expires };
        let token = app.prover.seal_session(&site.clock, session).unwrap();
        String::from_utf8(token.expose().to_vec()).unwrap()
    };
    // The same in time opens the door: it is the time that shuts it.
    let good = Actor::new(site, &seal(site.clock.now().plus(Span::minutes(1)))).await;
    assert_ne!(good.token(), actor.token());
    seal(site.clock.now())
}

async fn logged_out(site: &Site, operator: &Actor) -> String {
    let actor = person(site, operator, "lena", pb::AccessRole::Reviewer).await;
    actor.sessions().logout(pb::LogoutRequest {}).await.unwrap();
    dead(&actor, site).await;
    actor.token().to_owned()
}

async fn disabled(site: &Site, operator: &Actor) -> String {
    let actor = person(site, operator, "dirk", pb::AccessRole::Reviewer).await;
    let users = operator.admin().list_users(pb::ListUsersRequest::default()).await.unwrap();
    let users = users.into_inner().users;
    let user_id = users.iter().find(|user| user.login == "dirk").unwrap().user_id.clone();
    let ask = pb::DisableUserRequest { request_id: fresh(), user_id };
    operator.admin().disable_user(ask).await.unwrap();
    dead(&actor, site).await;
    actor.token().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_revoked_at_one_instance_is_dead_at_the_other_within_a_second() {
    let site = Site::open(EngineKind::Postgres).await;
    let operator = Actor::new(&site, &site.bootstrap).await;
    for round in 0..5 {
        let made = make_key(&operator, pb::AccessRole::Signer, String::new()).await;
        let there = Actor::new(&site, &made.token).await.at(1);
        let began = site.clock.mono();
        let key_id = made.key.unwrap().key_id;
        let ask = pb::RevokeKeyRequest { request_id: fresh(), key_id };
        operator.at(0).admin().revoke_key(ask).await.unwrap();
        let status = until("the key is refused", || async {
            there.attestation().get_attestation(pb::GetAttestationRequest::default()).await.err()
        })
        .await;
        let took = site.clock.mono().since(began);
        refused(Err::<(), _>(status), Code::Unauthenticated, "CREDENTIAL_INVALID");
        println!("round {round}: refused at the other instance after {took:?}");
        assert!(took < Span::secs(1), "{took:?}");
    }
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_keys_live_side_by_side_while_one_takes_over() {
    let site = Site::open(EngineKind::Postgres).await;
    let operator = Actor::new(&site, &site.bootstrap).await;
    let portal_client = client(&operator, "Portal").await;
    let first = make_key(&operator, pb::AccessRole::Portal, portal_client.clone()).await;
    let old = Actor::new(&site, &first.token).await;
    let retire = site.clock.now().plus(Span::secs(12));
    let ask = pb::RotateKeyRequest {
        request_id: fresh(),
        key_id: first.key.unwrap().key_id,
        retire_time: Some(vouch::wire::time::to_timestamp(retire)),
    };
    let second = operator.admin().rotate_key(ask.clone()).await.unwrap().into_inner();
    let successor = second.key.unwrap();
    assert_eq!(successor.client_id, portal_client);
    assert_eq!(successor.roles, [i32::from(pb::AccessRole::Portal)]);
    let new = Actor::new(&site, &second.token).await;
    for actor in [&old, &new] {
        let listed = actor.onboarding().list_customers(pb::ListCustomersRequest::default()).await;
        assert!(listed.is_ok(), "both live until {retire:?}");
    }
    assert!(site.clock.now() < retire, "the machine is too slow for this test");
    let again = pb::RotateKeyRequest { request_id: fresh(), ..ask.clone() };
    let third = operator.admin().rotate_key(again).await;
    refused(third, Code::FailedPrecondition, "ALREADY_ROTATED");
    // The write is known, and its secret is not shown again.
    let repeated = operator.admin().rotate_key(ask).await;
    assert!(repeated.is_err(), "{repeated:?}");
    dead(&old, &site).await;
    assert!(site.clock.now() >= retire);
    let listed = new.onboarding().list_customers(pb::ListCustomersRequest::default()).await;
    assert!(listed.is_ok());
    site.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_passwords_is_slow_and_tells_nothing() {
    let site = Site::open(EngineKind::Sqlite).await;
    let operator = Actor::new(&site, &site.bootstrap).await;
    person(&site, &operator, "ada", pb::AccessRole::Reviewer).await;
    let login = |login: &str, password: &str| pb::LoginRequest {
        login: login.to_owned(),
        password: password.to_owned(),
        new_password: String::new(),
    };
    let nobody = Actor::unknown(&site, "none").await;
    let wrong = nobody.sessions().login(login("ada", "not the password")).await.unwrap_err();
    let unknown = nobody.sessions().login(login("eve", "not the password")).await.unwrap_err();
    assert_eq!(wrong.code(), Code::Unauthenticated);
    assert_eq!(
        (wrong.code(), wrong.message(), wrong.details()),
        (unknown.code(), unknown.message(), unknown.details())
    );
    let began = site.clock.mono();
    assert!(nobody.sessions().login(login("eve", "another one")).await.is_err());
    let took = Duration::from_micros(u64::try_from(site.clock.mono().since(began).0).unwrap());
    assert!(took > Duration::from_millis(5), "an unknown name costs a hash too: {took:?}");
    site.close().await;
}
