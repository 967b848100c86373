//! The provider's own feed by way of an import, beside what events have told of the same numbers.

use tokio_util::sync::CancellationToken;
use vouch::app::{AppError, number_import, operation};
use vouch::clock::Clock;
use vouch::domain::access::{Actor, Principal, Role, Roles};
use vouch::domain::attestation::Attest;
use vouch::domain::command::admin::InventorySource;
use vouch::domain::command::number::ImportNumbers;
use vouch::domain::document::Kind as DocumentKind;
use vouch::domain::evidence::Kind;
use vouch::domain::ids::{CustomerId, DocumentId, KeyId};
use vouch::domain::number_event::Kind as EventKind;
use vouch::domain::number_import::{ImportFeed, Mode, Terms};
use vouch::domain::operation::{Operation, State};
use vouch::domain::time::{Span, Ts};
use vouch::jobs::import;

use super::stages::terms;
use crate::number_events::{event, tell};
use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores_in_time};
use crate::support::walk::{OURS, text, with_a_number};

const CALLED: &str = "12126647665";

fn provisioning() -> Principal {
    let actor = Actor::Key(KeyId(uuid::Uuid::from_u128(5)));
    Principal { actor, client: None, roles: Roles::of(&[Role::Provisioning]) }
}

/// Imports one number of the provider's own feed as of that time.
async fn fed(
    app: &TestApp,
    customer: CustomerId,
    (kind, tn): (Kind, &str),
    as_of: Ts,
) -> Result<Operation, AppError> {
    let feed = ImportFeed { source: InventorySource::OwnOcn, carrier: String::new(), as_of };
    let terms = Terms { kind: Some(kind), feed: Some(feed), ..terms(customer, Mode::BestEffort) };
    let ask = ImportNumbers { write: app.write("ImportNumbers"), terms };
    let mut intake = number_import::open(&app.app, &provisioning(), ask).await?;
    intake.push(format!("number,reference\n{tn},PO-9\n").as_bytes()).await.unwrap();
    let id = intake.finish().await.unwrap().operation;
    let stop = CancellationToken::new();
    let worker = tokio::spawn(import::run(app.app.clone(), stop.clone()));
    let seen = loop {
        let seen = operation::get(&app.app, &provisioning(), id).await.unwrap();
        if seen.state != State::Running {
            break seen;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    stop.cancel();
    worker.await.unwrap();
    Ok(seen)
}

fn refused(operation: &Operation, reason: &str) -> bool {
    operation.result.get(&format!("refused.{reason}")).is_some_and(|count| count == "1")
}

fn level(app: &TestApp, tn: &str) -> Attest {
    app.ask("t1", tn, CALLED).attest
}

async fn a_feed_is_of_its_own_time(test: &TestStore, clock: &Clock) {
    let (app, heron) = with_a_number(test, clock).await;
    let other = app.active("Other Garden Company", 2).await;
    let day = clock.now();
    // An event after the feed, told before its import.
    clock.advance(Span::hours(2));
    let out = event(EventKind::PortedOut, OURS, clock.now(), "P-1");
    tell(&app, vec![out]).await;
    for kind in [Kind::AssignedByUs, Kind::RangeAllocated, Kind::PortedToUs] {
        let told = fed(&app, heron, (kind, OURS), day).await.unwrap();
        assert!(refused(&told, "NEWER_KNOWN"), "{told:?}");
    }
    assert_eq!(level(&app, OURS), Attest::B);
    // An event after the feed, told after its import.
    let ported = "+15072847201";
    let told = fed(&app, heron, (Kind::PortedToUs, ported), day).await.unwrap();
    assert_eq!(told.state, State::Done, "{told:?}");
    app.caught_up(test).await;
    assert_eq!(level(&app, ported), Attest::A);
    tell(&app, vec![event(EventKind::PortedOut, ported, day.plus(Span::hours(1)), "P-2")]).await;
    assert_eq!(level(&app, ported), Attest::B);
    // A number that rests, of which somebody else has a bare claim.
    let rests = "+15072847202";
    app.claim(other, rests).await;
    fed(&app, heron, (Kind::AssignedByUs, rests), day).await.unwrap();
    clock.advance(Span::secs(1));
    tell(&app, vec![event(EventKind::Disconnected, rests, clock.now(), "D-1")]).await;
    clock.advance(Span::secs(1));
    let told = fed(&app, other, (Kind::AssignedByUs, rests), clock.now()).await.unwrap();
    assert!(refused(&told, "NUMBER_AGING"), "{told:?}");
    // A feed of tomorrow.
    let future = clock.now().plus(Span::days(1));
    let told = fed(&app, heron, (Kind::AssignedByUs, "+15072847203"), future).await;
    assert!(matches!(told, Err(AppError::Invalid(f)) if f[0].reason == "FUTURE"));
}

/// Rows that name their evidence themselves rest on the document of the header like any other.
async fn a_document_is_one_for_every_row(test: &TestStore, clock: &Clock) {
    let (app, heron) = with_a_number(test, clock).await;
    let other = app.active("Other Garden Company", 2).await;
    let letter = app.upload(heron, DocumentKind::LetterOfAuthorization).await;
    let given = |customer, document, kind: &'static str| {
        let app = &app;
        async move {
            let terms = Terms {
                document: Some(document),
                signed: Some(app.app.clock.now().minus(Span::days(1))),
                party: text("Heron Lake Supply Company"),
                carrier: "Prairie Telephone Cooperative".to_owned(),
                ..terms(customer, Mode::BestEffort)
            };
            let ask = ImportNumbers { write: app.write("ImportNumbers"), terms };
            let mut intake = number_import::open(&app.app, &app.portal(), ask).await.unwrap();
            let rows = format!("number,evidence\n+15072847301,{kind}\n+15072847302,\n");
            intake.push(rows.as_bytes()).await.unwrap();
            intake.finish().await.map(|_begun| ()).map_err(|error| match error {
                AppError::Invalid(faults) => faults[0].reason.to_string(),
                other => other.to_string(),
            })
        }
    };
    let unknown = DocumentId(uuid::Uuid::from_u128(7));
    assert_eq!(given(other, letter, "LOA").await, Err("NOT_FOUND".to_owned()), "another's");
    assert_eq!(given(heron, unknown, "LOA").await, Err("NOT_FOUND".to_owned()));
    assert_eq!(given(heron, letter, "BILL").await, Err("DOCUMENT_KIND".to_owned()));
    assert_eq!(given(heron, letter, "LOA").await, Ok(()));
}

on_both_stores_in_time!(imported_documents, |test, clock| {
    a_document_is_one_for_every_row(&test, &clock)
});

on_both_stores_in_time!(imported_feeds, |test, clock| a_feed_is_of_its_own_time(&test, &clock));
