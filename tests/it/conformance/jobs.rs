//! Work outside of commands: who takes it, and that it ends once.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;
use vouch::app::delegation::RELINK;
use vouch::app::operation::{self, Ending};
use vouch::app::{AppError, challenge};
use vouch::domain::command::challenge::{Channel, StartContactChallenge, Target};
use vouch::domain::customer::Role;
use vouch::domain::ids::{JobId, OperationId};
use vouch::domain::operation::Kind;
use vouch::jobs::worker::{self, Lane};
use vouch::store::Meta;

use crate::support::apps::TestApp;
use crate::support::server::until;
use crate::support::stores::{TestStore, on_both_stores};

const SENT: &str = "SELECT count(*) FROM job WHERE kind = 'DELIVER_CODE' AND state = 'DONE'";
const UNSENT: &str = "SELECT count(*) FROM job WHERE kind = 'DELIVER_CODE' AND state = 'READY'";
const RELINKED: &str = "SELECT count(*) FROM job WHERE kind = 'RELINK' AND state = 'DONE'";

async fn at_least_one(test: &TestStore, count: &'static str) {
    until(count, async || (test.number(count).await > 0).then_some(())).await;
}

on_both_stores!(only_deliveries_wait_for_deliveries, |test| async {
    let app = TestApp::new(&test).await;
    let customer = app.customer("Heron Lake Dental LLC", Role::EndUser).await;
    let ask = StartContactChallenge {
        write: app.write("StartContactChallenge"),
        customer,
        target: Target::AlternatePhone,
        channel: Channel::Sms,
    };
    challenge::start(&app.app, &app.portal(), ask).await.unwrap();
    let job = JobId(app.app.clock.id());
    let run = move |mut tx: vouch::store::Tx| async move {
        let at = tx.at();
        tx.job_add(job, RELINK, customer.0, at, at).await?;
        Ok::<_, AppError>(())
    };
    app.app.store.command(Meta::system("test"), run).await.unwrap();
    let stop = CancellationToken::new();
    let rest = worker::run(app.app.clone(), "rest".to_owned(), Lane::Rest, stop.clone());
    let rest = tokio::spawn(rest);
    at_least_one(&test, RELINKED).await;
    assert_eq!((test.number(UNSENT).await, test.number(SENT).await), (1, 0));
    let post = worker::run(app.app.clone(), "post".to_owned(), Lane::Deliveries, stop.clone());
    let post = tokio::spawn(post);
    at_least_one(&test, SENT).await;
    stop.cancel();
    rest.await.unwrap();
    post.await.unwrap();
});

on_both_stores!(an_operation_that_is_ended_twice_ends_once, |test| async {
    let app = TestApp::new(&test).await;
    for _ in 0..20 {
        let id = OperationId(app.app.clock.id());
        let write = app.write("LoadList");
        operation::begin(&app.app, &app.operator(), &write, Kind::LoadList, id).await.unwrap();
        let done = || Ending::Done { rows: 1, result: BTreeMap::new() };
        let ended = tokio::join!(
            operation::end(&app.app, id, done()),
            operation::give_up(&app.app, id),
            operation::end(&app.app, id, done()),
        );
        assert_eq!(ended, (Ok(()), Ok(()), Ok(())));
    }
    let twice = "SELECT count(*) FROM operation WHERE revision <> 2";
    assert_eq!(test.number(twice).await, 0);
});
