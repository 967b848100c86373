//! The whole book against a list that has changed, and a register of many rows: with `VOUCH_BOOK` and
//! `VOUCH_ROWS` set, what `docs/screening.md` and `docs/lists.md` say of 100,000 customers and 200,000 rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vouch::app::{customer, list_load, operation};
use vouch::domain::command::admin::LoadList;
use vouch::domain::command::onboarding::CreateCustomer;
use vouch::domain::customer::Role;
use vouch::domain::list::List;
use vouch::domain::operation::{Operation, State};
use vouch::store::EngineKind;

use crate::support::apps::TestApp;
use crate::support::campaign::{Dice, setting};
use crate::support::server::until;
use crate::support::stores::{TestStore, on_both_engines};
use crate::support::walk::sound_profile;

const FIRST: [&str; 12] = [
    "Heron",
    "Blue Mesa",
    "Granite",
    "Cedar",
    "Prairie",
    "Harbor",
    "Juniper",
    "Copper",
    "Willow",
    "Summit",
    "Badger",
    "Lakeside",
];
const SECOND: [&str; 12] = [
    "Dental",
    "Roofing",
    "Logistics",
    "Software",
    "Bakery",
    "Plumbing",
    "Insurance",
    "Orchards",
    "Machining",
    "Radio",
    "Printing",
    "Veterinary",
];
const LAST: [&str; 5] = ["LLC", "Inc", "Company", "Group", "Partners"];

/// The one customer that will be listed.
const LISTED: &str = "Zanzibar Meridian Consolidated Holdings";

async fn load(app: &TestApp, list: List, name: &str, file: String) -> Operation {
    let as_of = Some(app.app.clock.now());
    let ask = LoadList { write: app.write("LoadList"), list, as_of };
    let files = BTreeMap::from([(name.to_owned(), file.into_bytes())]);
    let begun = list_load::start(&app.app, &app.operator(), ask, files).await.unwrap();
    until("the load has ended", async || {
        let seen = operation::get(&app.app, &app.operator(), begun.operation).await.unwrap();
        (seen.state != State::Running).then_some(seen)
    })
    .await
}

fn sdn(names: &[String]) -> String {
    let empty = ["-0- "; 8].join(",");
    names.iter().zip(1..).fold(String::new(), |mut file, (name, nth)| {
        writeln!(file, "{nth},\"{name}\",-0- ,\"CUBA\",{empty}").unwrap();
        file
    })
}

async fn book(test: &TestStore, kind: EngineKind) {
    let app = TestApp::new(test).await;
    let customers = setting("VOUCH_BOOK", 60);
    let mut dice = Dice::of(7);
    for nth in 0..customers {
        let name = match nth {
            17 => LISTED.to_owned(),
            _ => format!("{} {nth} {} {}", dice.one(&FIRST), dice.one(&SECOND), dice.one(&LAST)),
        };
        let write = app.write("CreateCustomer");
        let profile = sound_profile(&name, u32::try_from(nth % 7_000).unwrap());
        let ask = CreateCustomer { write, role: Role::EndUser, parent: None, profile };
        customer::create(&app.app, &app.portal(), ask).await.unwrap();
    }
    let old: Vec<String> = (0..1_000).map(|nth| format!("OBSCURE EXAMPLE {nth} TRADING")).collect();
    assert_eq!(load(&app, List::OfacSdn, "sdn.csv", sdn(&old)).await.state, State::Done);
    test.raw("DELETE FROM job WHERE kind = 'RUN_CHECKS'").await.unwrap();
    let names = (0..49).map(|nth| format!("NOVEL EXAMPLE {nth} SHIPPING"));
    let new: Vec<String> = names.chain([LISTED.to_uppercase()]).collect();
    let began = app.app.clock.mono();
    let done = load(&app, List::OfacSdn, "sdn.csv", sdn(&[old, new].concat())).await;
    let took = app.app.clock.mono().since(began);
    assert_eq!(done.state, State::Done, "{}", done.error);
    println!("{kind:?}: {customers} customers against 50 new names in {took:?}: {:?}", done.result);
    assert_eq!(done.result["added"], "50");
    assert_eq!(done.result["customers_looked_at"], customers.to_string());
    let waiting = "SELECT count(*) FROM job WHERE kind = 'RUN_CHECKS' AND state = 'READY'";
    assert_eq!(test.number(waiting).await, 1, "the one whose name is listed, and no other");
}

on_both_engines!(a_changed_list_goes_through_the_book_once, |kind| async {
    let test = TestStore::new(kind).await;
    book(&test, kind).await;
    test.finish().await;
});

async fn register(test: &TestStore, kind: EngineKind) {
    let app = TestApp::new(test).await;
    let rows = setting("VOUCH_ROWS", 3_000);
    let file = |from: u64| {
        let mut file = String::from("EIN,NAME,ICO,STREET,CITY,STATE,ZIP,SORT_NAME\n");
        for ein in from..from + rows {
            writeln!(file, "{:09},EXAMPLE FOUNDATION {ein},,1 A ST,X,MN,56137,", ein + 10_000_000)
                .unwrap();
        }
        file
    };
    for (what, from) in [("all new", 0), ("a twentieth changed", rows / 20)] {
        let began = app.app.clock.mono();
        let done = load(&app, List::EoBmf, "eo1.csv", file(from)).await;
        let took = app.app.clock.mono().since(began);
        assert_eq!((done.state, done.done), (State::Done, rows), "{}", done.error);
        println!("{kind:?}: {rows} rows, {what}, in {took:?}");
    }
    let live = "SELECT count(*) FROM list_entry WHERE to_entry IS NULL";
    assert_eq!(test.number(live).await, i64::try_from(rows).unwrap());
    let ended = "SELECT count(*) FROM list_entry WHERE to_entry IS NOT NULL";
    assert_eq!(test.number(ended).await, i64::try_from(rows / 20).unwrap());
}

on_both_engines!(a_register_of_many_rows_loads_in_batches, |kind| async {
    let test = TestStore::new(kind).await;
    register(&test, kind).await;
    test.finish().await;
});
