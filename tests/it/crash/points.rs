//! Every named failpoint lies on the way of an ordinary write or of the sequencer, stops there when
//! it is armed, does nothing when it is not, and is no part of what is shipped.

use std::time::Duration;

use vouch::app::number::Outcome;
use vouch::app::{customer, number};
use vouch::config::{Config, Given};
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::command::onboarding::UpdateProfile;
use vouch::domain::customer::Role;
use vouch::domain::ids::CustomerId;
use vouch::domain::number::Tn;
use vouch::domain::pii::Pii;
use vouch::domain::profile::{Field, Profile};
use vouch::store::failpoint::Failpoint;

use crate::support::apps::TestApp;
use crate::support::stores::on_both_stores;

/// How long a point may take to be reached, and a write to end.
const LIMIT: Duration = Duration::from_secs(20);

/// One write of each kind: a customer, its profile, its numbers.
async fn writes(app: &TestApp, nth: usize) -> CustomerId {
    let id = app.customer("Heron Lake Feed", Role::EndUser).await;
    let profile = Profile { nature_of_business: Pii::new("Feed".to_owned()), ..Profile::default() };
    let ask = UpdateProfile {
        write: app.write("UpdateProfile"),
        customer: id,
        profile,
        fields: vec![Field::NatureOfBusiness],
    };
    customer::update(&app.app, &app.portal(), ask).await.unwrap();
    let given = format!("+1212664{:04}", 7_000 + nth);
    let tn = Tn::parse(&given);
    let numbers = vec![GivenNumber { given: Pii::new(given), tn }];
    let ask = Numbers { write: app.write("ClaimNumbers"), customer: id, numbers };
    let told = number::claim(&app.app, &app.portal(), ask).await.unwrap();
    assert_eq!(told.results, [Outcome::Done]);
    id
}

on_both_stores!(every_failpoint_is_on_the_way, |test| async {
    let app = TestApp::new(&test).await;
    for (nth, point) in Failpoint::ALL.iter().enumerate() {
        let mut stopped = test.store.failpoints().arm(*point, 1);
        let writing = writes(&app, nth);
        let seen = async {
            assert!(stopped.reached().await, "another point was armed");
            stopped.go_on();
        };
        let both = async { tokio::join!(writing, seen) };
        let done = tokio::time::timeout(LIMIT, both).await;
        assert!(done.is_ok(), "{} was not reached, or did not go on", point.name());
    }
    // Nothing is armed now: nothing stops.
    tokio::time::timeout(LIMIT, writes(&app, 500)).await.expect("unarmed points do nothing");
});

on_both_stores!(a_later_visit_can_be_meant, |test| async {
    let app = TestApp::new(&test).await;
    let mut stopped = test.store.failpoints().arm(Failpoint::CustomerWritten, 2);
    app.customer("First", Role::EndUser).await;
    let second = app.customer("Second", Role::EndUser);
    tokio::pin!(second);
    tokio::select! {
        _ = &mut second => panic!("the second visit must stop"),
        reached = stopped.reached() => assert!(reached),
    }
    stopped.go_on();
    second.await;
});

#[test]
fn points_are_told_by_name() {
    let mut names: Vec<_> = Failpoint::ALL.iter().map(|point| point.name()).collect();
    for (point, name) in Failpoint::ALL.iter().zip(&names) {
        assert_eq!(Failpoint::parse(name), Some((*point, 1)));
        assert_eq!(Failpoint::parse(&format!("{name}:7")), Some((*point, 7)));
    }
    for bad in ["", "nowhere", "committed:", "committed:0", "committed:x", "Committed"] {
        assert_eq!(Failpoint::parse(bad), None, "{bad}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Failpoint::ALL.len(), "two points of one name");
}

/// The settings know the variable in this build only, and no default names a point.
#[test]
fn a_point_is_armed_by_one_variable_only() {
    assert_eq!(Config::load(&Given::default()).unwrap().failpoint, None);
    let env = [("VOUCH_FAILPOINT".to_owned(), "committed:3".to_owned())];
    let given = Given { env: env.into_iter().collect(), ..Given::default() };
    assert_eq!(Config::load(&given).unwrap().failpoint.as_deref(), Some("committed:3"));
}

/// What is shipped is built with the default features.
#[test]
fn the_default_build_has_no_failpoints() {
    let text = include_str!("../../../Cargo.toml");
    let manifest: toml::Table = toml::from_str(text).unwrap();
    let features = manifest["features"].as_table().unwrap();
    let mut reached = vec!["default"];
    let mut todo = vec!["default"];
    while let Some(name) = todo.pop() {
        let of = features.get(name).and_then(toml::Value::as_array);
        for inner in of.into_iter().flatten().filter_map(toml::Value::as_str) {
            if !reached.contains(&inner) {
                reached.push(inner);
                todo.push(inner);
            }
        }
    }
    assert!(reached.contains(&"store"), "the walk must see what features lead to");
    assert!(!reached.contains(&"failpoints"));
}
