//! Lists that are loaded at once, or late: the live list is always what one load's files hold.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vouch::app::{list_load, operation};
use vouch::domain::command::admin::LoadList;
use vouch::domain::operation::{Operation, State};
use vouch::domain::time::{Span, Ts};

use crate::support::apps::TestApp;
use crate::support::server::until;
use crate::support::stores::on_both_stores;

/// Rows of each list.
const ROWS: u32 = 20;
const LIVE: &str = "SELECT count(*) FROM list_entry WHERE to_entry IS NULL";
const SPREAD: &str = "SELECT max(cast(ref AS bigint)) - min(cast(ref AS bigint)) FROM list_entry WHERE to_entry IS NULL";
const VERSIONS: &str = "SELECT count(*) FROM list_version WHERE to_entry IS NULL";

/// Loads a list whose numbers begin at `first`, and waits for its end.
async fn load(app: &TestApp, as_of: Ts, first: u32) -> Operation {
    let mut file = String::new();
    for nth in first..first + ROWS {
        let empty = ["-0- "; 8].join(",");
        writeln!(file, "{nth},\"EXAMPLE FIRM {nth}\",-0- ,\"CUBA\",{empty}").unwrap();
    }
    let write = app.write("LoadList");
    let ask = LoadList { write, list: "ofac_sdn".to_owned(), as_of };
    let files = BTreeMap::from([("SDN.CSV".to_owned(), file.into_bytes())]);
    let begun = list_load::start(&app.app, &app.operator(), ask, files).await.unwrap();
    until("the load has ended", async || {
        let seen = operation::get(&app.app, &app.operator(), begun.operation).await.unwrap();
        (seen.state != State::Running).then_some(seen)
    })
    .await
}

on_both_stores!(lists_loaded_at_once_leave_the_rows_of_one, |test| async {
    let app = TestApp::new(&test).await;
    let at = app.app.clock.now();
    for round in 0..3_u32 {
        let loads = (1..5).map(|nth| load(&app, at, round * 1_000 + nth * 100));
        for ended in futures_util::future::join_all(loads).await {
            assert_eq!(ended.state, State::Done, "{}", ended.error);
        }
        assert_eq!(test.number(VERSIONS).await, 1);
        assert_eq!(test.number(LIVE).await, i64::from(ROWS), "round {round}");
        assert_eq!(test.number(SPREAD).await, i64::from(ROWS - 1), "round {round}");
    }
});

on_both_stores!(an_older_list_does_not_take_the_place_of_a_newer, |test| async {
    let app = TestApp::new(&test).await;
    let at = app.app.clock.now();
    assert_eq!(load(&app, at, 100).await.state, State::Done);
    let late = load(&app, at.minus(Span::days(1)), 500).await;
    assert_eq!((late.state, late.error.as_str()), (State::Failed, "NEWER_KNOWN"));
    let kept = "SELECT count(*) FROM list_entry WHERE to_entry IS NULL AND ref < '0000000500'";
    assert_eq!((test.number(LIVE).await, test.number(kept).await), (20, 20));
    assert_eq!(load(&app, at, 500).await.state, State::Done, "a correction of the same day");
});
