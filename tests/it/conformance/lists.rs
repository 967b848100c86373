//! Lists that are loaded at once, or late: the live list is always what one load's files hold.

use std::collections::BTreeMap;

use vouch::app::{check, customer, finding, hold, list_load, operation, register};
use vouch::domain::check::{Kind, Verdict};
use vouch::domain::command::admin::LoadList;
use vouch::domain::command::hold::DecideHold;
use vouch::domain::command::onboarding::UpdateProfile;
use vouch::domain::command::review::ResolveFinding;
use vouch::domain::customer::{Role, StateWord};
use vouch::domain::date;
use vouch::domain::finding::{Code, Finding, FindingState, Resolution};
use vouch::domain::ids::{CustomerId, OperationId};
use vouch::domain::list::List;
use vouch::domain::operation::{Operation, State};
use vouch::domain::pii::Pii;
use vouch::domain::profile::{Field, Identifier, IdentifierKind, Profile};
use vouch::domain::provider::Presence;
use vouch::domain::time::{Span, Ts};

use crate::support::apps::TestApp;
use crate::support::server::until;
use crate::support::stores::{TestStore, on_both_stores};
use crate::support::walk::sound_profile;

/// Rows of each list.
const ROWS: u32 = 20;
const LIVE: &str = "SELECT count(*) FROM list_entry WHERE to_entry IS NULL";
const SPREAD: &str = "SELECT max(cast(ref AS bigint)) - min(cast(ref AS bigint)) FROM list_entry WHERE to_entry IS NULL";
const VERSIONS: &str = "SELECT count(*) FROM list_version WHERE to_entry IS NULL";

fn line(nth: u32, name: &str, program: &str) -> String {
    let empty = ["-0- "; 8].join(",");
    format!("{nth},\"{name}\",-0- ,\"{program}\",{empty}\n")
}

fn lines(first: u32, count: u32) -> String {
    (first..first + count).map(|nth| line(nth, &format!("EXAMPLE FIRM {nth}"), "CUBA")).collect()
}

/// Loads a file, and waits for the end of its operation.
async fn load_file(app: &TestApp, list: List, name: &str, file: &str, as_of: Ts) -> Operation {
    let write = app.write("LoadList");
    let ask = LoadList { write, list, as_of: Some(as_of) };
    let files = BTreeMap::from([(name.to_owned(), file.as_bytes().to_vec())]);
    let begun = list_load::start(&app.app, &app.operator(), ask, files).await.unwrap();
    ended(app, begun.operation, &[State::Running]).await
}

async fn ended(app: &TestApp, id: OperationId, before: &[State]) -> Operation {
    until("the load has ended", async || {
        let seen = operation::get(&app.app, &app.operator(), id).await.unwrap();
        (!before.contains(&seen.state)).then_some(seen)
    })
    .await
}

/// Loads a list whose numbers begin at `first`, and waits for its end.
async fn load(app: &TestApp, as_of: Ts, first: u32) -> Operation {
    load_file(app, List::OfacSdn, "SDN.CSV", &lines(first, ROWS), as_of).await
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

/// Whatever is wrong with a new list, the old one stays, and somebody is told.
async fn bad_lists(test: &TestStore) {
    let app = TestApp::new(test).await;
    let at = app.app.clock.now();
    assert_eq!(load(&app, at, 100).await.state, State::Done);
    let whole = lines(100, ROWS);
    let bad = [
        ("CUT", whole.get(..whole.len() - 9).unwrap().to_owned()),
        ("EMPTY", String::new()),
        ("SHRUNK", lines(100, ROWS * 7 / 10)),
        ("COLUMNS", "<html>Access denied</html>\n".to_owned()),
        ("SCHEMA", whole.replace("-0- ,\"CUBA\"", "\"wizard\",\"CUBA\"")),
    ];
    for (reason, file) in bad {
        let refused = load_file(&app, List::OfacSdn, "SDN.CSV", &file, at).await;
        assert_eq!(refused.state, State::Failed, "{reason}");
        assert!(refused.error.starts_with("LIST_REJECTED: sdn.csv"), "{}", refused.error);
        assert_eq!(refused.result["reason"], reason);
    }
    hostile_xml(&app, test, at).await;
    let old = load(&app, at.minus(Span::days(31)), 100).await;
    assert_eq!(old.result["reason"], "STALE");
    let told = app.app.lists.refused();
    assert_eq!(told.iter().map(|(.., count)| count).sum::<u64>(), 8, "{told:?}");
    assert_eq!((test.number(LIVE).await, test.number(VERSIONS).await), (20 + UN_ROWS, 2));
}

const UN: &str = include_str!("../sources/bodies/un.xml");
const UN_ROWS: i64 = 2;

/// Hostile XML leaves the list of the United Nations that is there.
async fn hostile_xml(app: &TestApp, test: &TestStore, at: Ts) {
    let un = UN.replace("2026-02-27", &date::write(at));
    let name = "consolidated.xml";
    assert_eq!(load_file(app, List::Un, name, &un, at).await.state, State::Done);
    let rows = "SELECT count(*) FROM list_entry WHERE to_entry IS NULL AND list = 'un'";
    assert_eq!(test.number(rows).await, UN_ROWS);
    let entity = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\">]>";
    let bomb = un.replacen("<CONSOLIDATED_LIST", &format!("{entity}<CONSOLIDATED_LIST"), 1);
    let deep = un.replacen("<INDIVIDUALS>", &format!("<INDIVIDUALS>{}", "<a>".repeat(5_000)), 1);
    for (reason, file) in [("SCHEMA", bomb), ("TOO_LARGE", deep)] {
        let refused = load_file(app, List::Un, name, &file, at).await;
        assert_eq!((refused.state, refused.result["reason"].as_str()), (State::Failed, reason));
        assert_eq!(test.number(rows).await, UN_ROWS, "{reason}");
    }
}

on_both_stores!(a_bad_list_leaves_the_old_one_and_raises_an_alarm, |test| bad_lists(&test));

const WAITING: &str = "SELECT count(*) FROM job WHERE kind = 'RUN_CHECKS' AND state = 'READY'";

/// What the job does that a load asked for.
async fn checked(app: &TestApp, id: CustomerId) -> Vec<Finding> {
    app.app.lists.follow(&app.app.store).await.unwrap();
    check::run(&app.app, id).await.unwrap();
    let findings = app.file(id).await.findings;
    findings.into_iter().filter(|found| found.code == Code::SanctionsHit).collect()
}

fn open(findings: &[Finding]) -> usize {
    findings.iter().filter(|found| found.is_open()).count()
}

const HERON: &str = "HERON LAKE SUPPLY COMPANY";

/// A name that is listed later is found, ruled out once, asked again when the entry is altered, and
/// let go when it ends.
async fn rescreened(test: &TestStore) {
    let app = TestApp::new(test).await;
    let at = app.app.clock.now();
    load(&app, at, 100).await;
    let heron = app.active("Heron Lake Supply Company", 1).await;
    let other = app.apply(Role::EndUser, sound_profile("Blue Mesa Dental LLC", 2)).await;
    test.raw("DELETE FROM job WHERE kind = 'RUN_CHECKS'").await.unwrap();
    let with = |entry: String| format!("{}{entry}", lines(100, ROWS));
    let listed = with(line(900, HERON, "CUBA"));
    let done = load_file(&app, List::OfacSdn, "SDN.CSV", &listed, at).await;
    assert_eq!(done.state, State::Done, "{}", done.error);
    assert_eq!((done.result["added"].as_str(), done.result["ended"].as_str()), ("1", "0"));
    assert_eq!(done.result["customers_looked_at"], "2");
    assert!(test.number(WAITING).await >= 1);
    assert!(checked(&app, other).await.is_empty());
    let found = checked(&app, heron).await;
    assert_eq!(open(&found), 1);
    assert_eq!(found[0].evidence.expose()["list"], "ofac_sdn");
    assert_eq!(app.file(heron).await.customer.state.word(), StateWord::Suspended);

    rule_out(&app, &found[0]).await;
    assert_eq!(screening(&app, heron).await, Verdict::Pass);
    // A newer load with the same entry asks nothing.
    let newer = format!("{}{}", listed, line(901, "ANOTHER EXAMPLE", "CUBA"));
    load_file(&app, List::OfacSdn, "SDN.CSV", &newer, at).await;
    assert_eq!(open(&checked(&app, heron).await), 0);
    // An altered entry is another question, and what ends is let go.
    load_file(&app, List::OfacSdn, "SDN.CSV", &with(line(900, HERON, "IRAN")), at).await;
    assert_eq!(open(&checked(&app, heron).await), 1);
    assert_eq!(screening(&app, heron).await, Verdict::Review);
    let gone = load_file(&app, List::OfacSdn, "SDN.CSV", &lines(100, ROWS), at).await;
    assert_eq!(gone.result["ended"], "1");
    let judged = checked(&app, heron).await;
    assert_eq!((open(&judged), screening(&app, heron).await), (0, Verdict::Pass));
    assert!(judged.iter().any(|found| {
        matches!(&found.state, FindingState::Resolved { resolution: Resolution::Mitigated, .. })
    }));
}

/// A reviewer says that it is another party.
async fn rule_out(app: &TestApp, found: &Finding) {
    let ask = ResolveFinding {
        write: app.write("ResolveFinding"),
        finding: found.id,
        resolution: Resolution::FalsePositive,
        reason: Pii::new("another firm of that name".to_owned()),
    };
    finding::resolve(&app.app, &app.reviewer(), ask).await.unwrap();
}

async fn screening(app: &TestApp, id: CustomerId) -> Verdict {
    let checks = app.file(id).await.checks;
    let of_name = checks.iter().find(|c| c.kind == Kind::Sanctions && c.subject == "legal_name");
    of_name.unwrap().result
}

on_both_stores!(a_changed_list_is_looked_for_in_the_whole_book, |test| rescreened(&test));

/// That a name is not the listed party is remembered as long as the name stands.
async fn other_name(test: &TestStore) {
    let app = TestApp::new(test).await;
    let at = app.app.clock.now();
    let listed = format!("{}{}", lines(100, ROWS), line(900, HERON, "CUBA"));
    load_file(&app, List::OfacSdn, "SDN.CSV", &listed, at).await;
    app.app.lists.follow(&app.app.store).await.unwrap();
    let profile = sound_profile("Heron Lake Supply Company", 1);
    let heron = app.apply(Role::EndUser, profile.clone()).await;
    let found = checked(&app, heron).await;
    assert_eq!(open(&found), 1);
    rule_out(&app, &found[0]).await;
    let edited = |profile: &Profile, field: Field| UpdateProfile {
        write: app.write("UpdateProfile"),
        customer: heron,
        profile: profile.clone(),
        fields: vec![field],
    };
    // What is no name asks nothing again.
    let reminders = Pii::new("Order confirmations and reminders".to_owned());
    let same = Profile { intended_use: reminders, ..profile };
    let ask = edited(&same, Field::IntendedUse);
    customer::update(&app.app, &app.portal(), ask).await.unwrap();
    assert_eq!(open(&checked(&app, heron).await), 0);
    let other = Profile { legal_name: Pii::new("Heron Lake Supply Co".to_owned()), ..same };
    let ask = edited(&other, Field::LegalName);
    customer::update(&app.app, &app.portal(), ask).await.unwrap();
    assert_eq!(open(&checked(&app, heron).await), 1, "another name is another question");
}

on_both_stores!(another_party_is_remembered_while_the_name_stands, |test| other_name(&test));

/// A load that would take down two customers with their numbers waits for two people.
async fn held(test: &TestStore) {
    let app = TestApp::new(test).await;
    let at = app.app.clock.now();
    load(&app, at, 100).await;
    for (name, nth) in [("Heron Lake Supply Company", 1), ("Blue Mesa Dental Company", 2)] {
        let id = app.active(name, nth).await;
        app.claim(id, &format!("+1507284710{nth}")).await;
    }
    let new = [line(900, HERON, "CUBA"), line(901, "BLUE MESA DENTAL COMPANY", "CUBA")].concat();
    let file = format!("{}{new}", lines(100, ROWS));
    let waits = load_file(&app, List::OfacSdn, "SDN.CSV", &file, at).await;
    assert_eq!(waits.state, State::Held, "{}", waits.error);
    assert_eq!(waits.result["lowers_customers"], "2");
    assert_eq!(test.number(LIVE).await, 20, "a held load wrote something");
    for (who, released) in [(app.reviewer(), false), (app.second(), true)] {
        let (write, reason) = (app.write("ConfirmHeldLoad"), Pii::new("right".to_owned()));
        let ask = DecideHold { write, operation: waits.id, reason };
        assert_eq!(hold::confirm(&app.app, &who, ask).await.unwrap().released(), released);
    }
    let done = ended(&app, waits.id, &[State::Running, State::Held]).await;
    assert_eq!((done.state, done.error.as_str()), (State::Done, ""));
    assert_eq!(test.number(LIVE).await, 22);
}

on_both_stores!(a_list_that_would_lower_too_much_waits_for_two_people, |test| held(&test));

/// A register stays in the database and is asked by key; what was there and is gone is told apart.
async fn asked_by_key(test: &TestStore) {
    let app = TestApp::new(test).await;
    let at = app.app.clock.now();
    let absent = register::is_disposable(&app.app, "mail.inbox.example").await.unwrap();
    assert_eq!(absent, Presence::Unknown, "never loaded");
    let domains = "inbox.example\nthrow-away.example\n";
    load_file(&app, List::Disposable, "disposable.conf", domains, at).await;
    for (domain, want) in [
        ("mail.inbox.example", Presence::Present),
        ("example.com", Presence::Absent),
        ("THROW-AWAY.example", Presence::Present),
    ] {
        assert_eq!(register::is_disposable(&app.app, domain).await.unwrap(), want, "{domain}");
    }
    let head = "EIN,NAME,ICO,STREET,CITY,STATE,ZIP,SORT_NAME\n";
    let file = format!("{head}412345001,HERON LAKE SUPPLY COMPANY,,1 A ST,X,MN,56137,\n");
    load_file(&app, List::EoBmf, "eo1.csv", &file, at).await;
    let id = app.apply(Role::EndUser, sound_profile("Heron Lake Supply Company", 1)).await;
    let tax = |file: vouch::domain::customer_file::CustomerFile| {
        let check = file.checks.into_iter().find(|check| check.kind == Kind::TaxIdToName);
        check.map(|check| (check.result, check.reason))
    };
    let matched = tax(app.file(id).await);
    assert_eq!(matched, Some((Verdict::Pass, "MATCHED".to_owned())));
    let other = app.apply(Role::EndUser, sound_profile("Blue Mesa Dental Company", 1)).await;
    let mismatch = tax(app.file(other).await);
    assert_eq!(mismatch, Some((Verdict::Review, "NAME_MISMATCH".to_owned())));
    let nobody = app.apply(Role::EndUser, sound_profile("Blue Mesa Dental Company", 3)).await;
    let none = tax(app.file(nobody).await);
    assert_eq!(none, Some((Verdict::Unavailable, "NO_COVERAGE".to_owned())));
}

on_both_stores!(registers_are_asked_by_key, |test| asked_by_key(&test));

const FRN: &str = "0024926677";

/// A filing that was there yesterday and is not there today is for a person, an order of removal
/// is final, and a register that is too old says nothing.
async fn rmd(test: &TestStore) {
    let app = TestApp::new(test).await;
    let at = app.app.clock.now();
    let head = "business_name,frn,previous_dba_names,other_dba_names,foreign_voice_provider,\
        implementation,voice_service_provider_choice,gateway_provider_choice,\
        intermediate_provider_choice,declaration_date\n";
    let day = date::write(at);
    let row = |name: &str, frn: &str| {
        format!("{name},{frn},None,None,No,Complete STIR/SHAKEN Implementation,Yes,No,No,{day}\n")
    };
    let file = |rows: &[String]| format!("{head}{}", rows.concat());
    let others: Vec<String> =
        (0..20).map(|n| row("OTHER TEL", &format!("00300000{n:02}"))).collect();
    let ours = row("EXAMPLE VOIP LLC", FRN);
    let facts = async |name: &str, frn: &str| {
        let frn = Identifier {
            kind: IdentifierKind::Frn,
            value: Pii::new(frn.to_owned()),
            issuing_region: String::new(),
            token: Pii::default(),
        };
        let legal_name = Pii::new(name.to_owned());
        let profile = Profile { legal_name, identifiers: vec![frn], ..Profile::default() };
        register::records(&app.app, &profile).await.unwrap()
    };
    let never = facts("Example VoIP LLC", FRN).await;
    assert_eq!(never.facts.filing, Err(Presence::Unknown), "never loaded");
    let all = file(&[others.clone(), vec![ours]].concat());
    load_file(&app, List::Rmd, "rmd.csv", &all, at).await;
    let live = facts("Example VoIP, LLC", FRN).await;
    let filing = live.facts.filing.unwrap();
    assert_eq!((filing.name_agrees, filing.roles.len()), (Some(true), 1));
    assert!(filing.recertified.is_some() && !live.gone && !live.facts.removed);
    let other = facts("Blue Mesa Dental", FRN).await.facts.filing.unwrap();
    assert_eq!(other.name_agrees, Some(false));
    assert!(!facts("X", "0099999999").await.gone, "it was never there");
    load_file(&app, List::Rmd, "rmd.csv", &file(&others), at).await;
    let gone = facts("Example VoIP LLC", FRN).await;
    assert_eq!((gone.facts.filing, gone.gone), (Err(Presence::Absent), true));
    let removals = format!(
        "frn,rmd_number,business_name,da_number,order_date,effective_date,reinstated_date,source_url\n\
         {FRN},RMD0000001,EXAMPLE VOIP LLC,DA 25-694,2025-08-06,2025-08-25,,\n"
    );
    load_file(&app, List::RmdRemovals, "removals.csv", &removals, at).await;
    assert!(facts("Example VoIP LLC", FRN).await.facts.removed);
}

on_both_stores!(the_robocall_mitigation_database_is_asked_by_frn, |test| rmd(&test));
