//! Watchers hear of changes, come back where they were, and are sent away when the service stops.

use std::time::Duration;

use tonic::{Code, Streaming};

use vouch::answer::watch::{Change, Event as News};
use vouch::domain::access::Role;
use vouch::domain::time::Span;
use vouch::wire::pb;
use vouch::wire::pb::attestation_service_client::AttestationServiceClient;
use vouch::wire::pb::watch_changes_response::Event;

use super::house::{House, Key, with_key};

async fn watch(house: &House, key: &Key, resume: &str) -> Streaming<pb::WatchChangesResponse> {
    let request = pb::WatchChangesRequest { resume_token: resume.to_owned(), trunks: Vec::new() };
    let mut client = AttestationServiceClient::new(house.channel().await);
    client.watch_changes(with_key(key, request)).await.expect("a stream").into_inner()
}

async fn customer_change(stream: &mut Streaming<pb::WatchChangesResponse>) -> (String, bool) {
    loop {
        let message = stream.message().await.expect("alive").expect("more");
        if let Some(Event::CustomerChanged(change)) = message.event {
            return (message.resume_token, change.active);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_reaches_a_watcher_and_a_watcher_that_comes_back() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut stream = watch(&house, &signer, "").await;
    let first = stream.message().await.expect("alive").expect("at once");
    assert!(matches!(first.event, Some(Event::Beat(_))));
    let clock = house.running.app.clock.clone();
    let began = clock.mono();
    house.set_active(2, false).await;
    let (resume, active) = customer_change(&mut stream).await;
    assert!(!active);
    let took = clock.mono().since(began);
    assert!(took < Span::secs(1), "{took:?}");
    drop(stream);
    house.set_active(3, true).await;
    house.set_active(4, false).await;
    let live = &house.running.app.live;
    assert!(live.wait_for(house.customer.0, 4, Duration::from_secs(5)).await);
    let mut again = watch(&house, &signer, &resume).await;
    assert!(customer_change(&mut again).await.1, "the change it missed first");
    assert!(!customer_change(&mut again).await.1);
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_store_means_drop_everything() {
    let (house, other) = (House::open().await, House::open().await);
    let signer = house.key(Role::Signer).await;
    let theirs = other.key(Role::Signer).await;
    let mut stream = watch(&other, &theirs, "").await;
    let token = stream.message().await.expect("alive").expect("told").resume_token;
    let mut stream = watch(&house, &signer, &token).await;
    let first = stream.message().await.expect("alive").expect("told");
    assert!(matches!(first.event, Some(Event::ResetRequired(_))), "{first:?}");
    other.running.stop().await;
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_sends_watchers_away_in_time() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut stream = watch(&house, &signer, "").await;
    let clock = house.running.app.clock.clone();
    let began = clock.mono();
    let stopping = tokio::spawn(house.running.stop());
    let ended = loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("ended without a word"),
            Err(status) => break status,
        }
    };
    assert_eq!(ended.code(), Code::Unavailable, "{ended}");
    drop(stream);
    stopping.await.expect("stopped");
    let took = clock.mono().since(began);
    assert!(took < Span::secs(4), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_follows_a_store_that_was_put_back() {
    let house = House::open().await;
    let signer = house.key(Role::Signer).await;
    let mut stream = watch(&house, &signer, "").await;
    let first = stream.message().await.expect("alive").expect("at once");
    assert!(first.position > 2, "{first:?}");
    let hub = &house.running.app.live.hub;
    hub.tell(News { position: 1, change: Change::Reset });
    hub.tell(News { position: 2, change: Change::List("ofac_sdn".to_owned()) });
    let told = async {
        let mut reset = None;
        loop {
            let message = stream.message().await.expect("alive").expect("more");
            match message.event {
                Some(Event::ResetRequired(_)) => reset = Some(message.position),
                Some(Event::ListChanged(_)) => return (reset, message.position),
                _ => {}
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(10), told).await;
    assert_eq!(told.expect("the change after the reset"), (Some(1), 2));
    house.running.stop().await;
}
