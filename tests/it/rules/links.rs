//! Whoever shares something with a customer that was turned down or stopped is told to a reviewer
//! with every link, and to a portal without any.

use vouch::app::gate::Decision;
use vouch::app::{check, customer, finding};
use vouch::clock::Clock;
use vouch::domain::attestation::Cap;
use vouch::domain::command::onboarding::UpdateProfile;
use vouch::domain::command::review::ResolveFinding;
use vouch::domain::customer::{Role, StateWord};
use vouch::domain::finding::{Code, Finding, Resolution};
use vouch::domain::ids::CustomerId;
use vouch::domain::profile::{Field, PaymentMethod, Profile, SignupInfo};
use vouch::domain::time::Span;
use vouch::wire::pb;

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{sound_profile, text};

/// What the second takes over of the first, and the one link it makes.
type Share = (&'static str, fn(&mut Profile, &Profile));

const SHARES: [Share; 9] = [
    ("IDENTIFIER", |p, of| p.identifiers = of.identifiers.clone()),
    ("ADDRESS", |p, of| p.physical_address = of.physical_address.clone()),
    ("PHONE", |p, of| p.alternate_phone = of.contacts[0].phone.clone()),
    ("MAIL_DOMAIN", |p, of| {
        let domain = of.contacts[0].email.expose().split('@').nth(1).unwrap().to_owned();
        p.contacts[0].email = text(&format!("somebody@{domain}"));
    }),
    ("PERSON", |p, of| p.beneficial_owners[0].name = of.beneficial_owners[0].name.clone()),
    // Written in another order and with another case: the same person.
    ("PERSON", |p, of| {
        let name = of.beneficial_owners[0].name.expose().to_uppercase();
        let (first, last) = name.split_once(' ').unwrap();
        p.beneficial_owners[0].name = text(&format!("{last}, {first}"));
    }),
    ("IP_RANGE", |p, _| p.signup.as_mut().unwrap().ip = text("203.0.113.77")),
    ("IP_RANGE", |p, _| p.originating_ips = vec![text("203.0.113.64/28")]),
    ("PAYMENT", |p, of| {
        let token = of.signup.as_ref().unwrap().payment_token.clone();
        p.signup.as_mut().unwrap().payment_token = token;
    }),
];

fn signed_up(nth: u32, ip: &str) -> Profile {
    let mut p = sound_profile(&format!("Linked Supply {nth} LLC"), nth);
    p.signup = Some(SignupInfo {
        ip: text(ip),
        payment_method: Some(PaymentMethod::Card),
        payment_token: text(&format!("card-{nth}")),
    });
    p
}

async fn links_of(app: &TestApp, id: CustomerId) -> Vec<Finding> {
    let findings = app.file(id).await.findings.into_iter();
    findings.filter(|f| f.code == Code::LinkedToTerminated && f.is_open()).collect()
}

async fn each_link(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let first = signed_up(1, "203.0.113.5");
    let id = app.apply(Role::EndUser, first.clone()).await;
    let alone = app.apply(Role::EndUser, signed_up(2, "198.51.100.5")).await;
    assert!(links_of(&app, alone).await.is_empty());
    // As long as nothing is wrong with the first, nobody is told of a link.
    let (_, share) = SHARES[1];
    let mut early = signed_up(3, "192.0.3.5");
    share(&mut early, &first);
    let early = app.apply(Role::EndUser, early).await;
    assert!(links_of(&app, early).await.is_empty());
    app.decide(id, Decision::Reject).await.unwrap();
    for (nth, (word, share)) in (10..).zip(SHARES) {
        let mut p = signed_up(nth, &format!("198.{nth}.100.5"));
        share(&mut p, &first);
        let linked = app.apply(Role::EndUser, p).await;
        let found = links_of(&app, linked).await;
        assert_eq!(found.len(), 1, "{word}");
        let told = found[0].evidence.expose();
        assert_eq!(told["customer"], id.to_string());
        assert_eq!(told["state"], "REJECTED");
        assert!(told["links"].starts_with(&format!("{word} (profile.")), "{}", told["links"]);
        assert_eq!(told["links"].matches("profile.").count(), 1, "{}", told["links"]);
        assert!(app.decide(linked, Decision::Approve).await.is_err(), "{word} bars");
        let shown = format!("{:?}", pb::FindingSummary::from(&found[0]));
        assert!(!shown.contains(&id.to_string()), "a portal is told of another customer");
    }
    // The one that came before the rejection is told when it is looked at again.
    check::run(&app.app, early).await.unwrap();
    assert_eq!(links_of(&app, early).await.len(), 1);
    assert!(test.number("SELECT count(*) FROM link_token").await > 50);
}

on_both_stores_in_time!(each_link_to_a_rejected_customer_is_told, |test, clock| {
    each_link(&test, &clock)
});

async fn the_active(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let good = app.active("Heron Lake Supply Company", 1).await;
    let victim = app.file(good).await.profile;
    clock.advance(Span::secs(1));
    // Somebody writes the address and the tax number of an ACTIVE customer into its own profile.
    let mut thief = sound_profile("Plain Thief LLC", 2);
    thief.physical_address = victim.physical_address.clone();
    thief.identifiers = victim.identifiers.clone();
    let thief = app.apply(Role::EndUser, thief).await;
    let codes: Vec<Code> = app.file(thief).await.findings.iter().map(|f| f.code).collect();
    assert!(codes.contains(&Code::AddrShared) && codes.contains(&Code::IdentifierShared));
    app.decide(thief, Decision::Reject).await.unwrap();
    check::run(&app.app, good).await.unwrap();
    assert!(links_of(&app, good).await.is_empty());
    assert_eq!(app.file(good).await.customer.state.word(), StateWord::Active);
    // A name that looks the same is told of whoever came later, too.
    let mut twin = sound_profile("Heron Lake SuppIy Company", 5);
    twin.identifiers = victim.identifiers.clone();
    let twin = app.apply(Role::EndUser, twin).await;
    let codes: Vec<Code> = app.file(twin).await.findings.iter().map(|f| f.code).collect();
    assert!(codes.contains(&Code::SpoofName), "{codes:?}");
    let known = app.file(good).await.findings.len();
    check::run(&app.app, good).await.unwrap();
    let file = app.file(good).await;
    let active = file.customer.state.active().unwrap();
    assert_eq!((active.cap, file.findings.len()), (Cap::A, known), "{:?}", file.findings);
    // What a customer gave before it was edited away still links it.
    let (old, fresh) = (signed_up(3, "203.0.113.5"), signed_up(4, "198.51.100.5"));
    let moved = app.apply(Role::EndUser, old.clone()).await;
    let ask = UpdateProfile {
        write: app.write("UpdateProfile"),
        customer: moved,
        profile: Profile { alternate_phone: text("+15072849001"), ..old.clone() },
        fields: vec![Field::AlternatePhone],
    };
    customer::update(&app.app, &app.portal(), ask).await.unwrap();
    app.decide(moved, Decision::Reject).await.unwrap();
    let again = Profile { alternate_phone: old.alternate_phone.clone(), ..fresh };
    let again = app.apply(Role::EndUser, again).await;
    assert_eq!(links_of(&app, again).await.len(), 1);
}

/// A word that somebody has looked at takes nobody down later; one that is given anew does.
async fn a_guess(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let at = |nth: u32, line: &str| {
        let mut p = sound_profile("Heron Lake Supply Company", nth);
        p.physical_address.as_mut().unwrap().lines = vec![text(line)];
        p
    };
    let id = app.apply(Role::EndUser, at(1, "40 Lodge Office Park")).await;
    let guessed = async || {
        let findings = app.file(id).await.findings.into_iter();
        findings.filter(|f| f.code == Code::AddrLodging && f.is_open()).collect::<Vec<_>>()
    };
    let found = guessed().await;
    assert_eq!(found.len(), 1);
    let ask = ResolveFinding {
        write: app.write("ResolveFinding"),
        finding: found[0].id,
        resolution: Resolution::Mitigated,
        reason: text("offices; the lodge is long gone"),
    };
    finding::resolve(&app.app, &app.reviewer(), ask).await.unwrap();
    app.identify(id).await;
    app.decide(id, Decision::Approve).await.unwrap();
    app.agree(id).await;
    app.activate(id).await.unwrap();
    check::run(&app.app, id).await.unwrap();
    assert_eq!(guessed().await, []);
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Active);
    let ask = UpdateProfile {
        write: app.write("UpdateProfile"),
        customer: id,
        profile: at(1, "Lakeview Motel, Room 4"),
        fields: vec![Field::PhysicalAddress],
    };
    customer::update(&app.app, &app.portal(), ask).await.unwrap();
    check::run(&app.app, id).await.unwrap();
    assert_eq!(guessed().await.len(), 1);
    assert_eq!(app.file(id).await.customer.state.word(), StateWord::Suspended);
}

on_both_stores_in_time!(a_guess_takes_down_only_what_is_given_anew, |test, clock| {
    a_guess(&test, &clock)
});

/// Many that are sound give the same, and change later: the one that was turned down is still told.
async fn a_crowd(test: &TestStore, clock: &Clock) {
    let app = TestApp::with_clock(test, clock.clone()).await;
    app.load_list().await;
    let shared = |nth: u32| {
        let mut p = sound_profile(&format!("Crowded Supply {nth} LLC"), nth);
        p.alternate_phone = text("+15072849001");
        p
    };
    let first = app.apply(Role::EndUser, shared(1)).await;
    app.decide(first, Decision::Reject).await.unwrap();
    for nth in 2..24 {
        clock.advance(Span::secs(1));
        app.apply(Role::EndUser, shared(nth)).await;
    }
    let last = app.apply(Role::EndUser, shared(24)).await;
    let found = links_of(&app, last).await;
    let told = found.iter().map(|f| f.evidence.expose()["customer"].clone()).collect::<Vec<_>>();
    assert_eq!(told, [first.to_string()]);
}

on_both_stores_in_time!(a_crowd_hides_nobody_that_was_turned_down, |test, clock| {
    a_crowd(&test, &clock)
});

on_both_stores_in_time!(the_active_are_not_taken_down_by_what_others_write, |test, clock| {
    the_active(&test, &clock)
});
