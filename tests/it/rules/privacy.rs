//! Rule 11: personal data stands nowhere in the open: not in any column, file, log line or error.

use std::sync::{Arc, Mutex, OnceLock};

use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tracing_subscriber::fmt::MakeWriter;
use vouch::app::error::AppError;
use vouch::app::gate::Decision;
use vouch::app::{customer, number};
use vouch::domain::command::challenge::Target;
use vouch::domain::command::number::{GivenNumber, Numbers};
use vouch::domain::command::onboarding::{CreateCustomer, UpdateProfile};
use vouch::domain::customer::Role;
use vouch::domain::number::Tn;
use vouch::domain::profile::{Field, Profile};

use crate::support::apps::TestApp;
use crate::support::stores::{TestStore, on_both_stores};
use crate::support::walk::{sound_profile, text};

/// Words of one person and one firm that stand nowhere else.
const NAME: &str = "Quillfeather Zoological Supply";
const PERSON: &str = "Xanthippe Vandersloot";
const MAIL: &str = "xanthippe.vandersloot@quillfeather.example";
const STREET: &str = "7341 Marmalade Crescent";
const PHONE: &str = "5072841177";
const EIN: &str = "412998877";
const NUMBER: &str = "5072847431";
const IP: &str = "203.0.113.20";
const MARKS: [&str; 8] = [NAME, PERSON, MAIL, STREET, PHONE, EIN, NUMBER, "Marmalade"];

/// Keeps every log line of this process.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log of the process, everything down to TRACE.
fn log() -> &'static Lines {
    static LOG: OnceLock<Lines> = OnceLock::new();
    LOG.get_or_init(|| {
        let lines = Lines::default();
        let all = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(lines.clone())
            .finish();
        tracing::subscriber::set_global_default(all).unwrap();
        lines
    })
}

fn profile() -> Profile {
    let mut profile = sound_profile(NAME, 1);
    let contact = &mut profile.contacts[0];
    contact.name = text(PERSON);
    contact.email = text(MAIL);
    contact.phone = text(&format!("+1{PHONE}"));
    profile.identifiers[0].value = text("41-2998877");
    profile.beneficial_owners[0].name = text(PERSON);
    profile.physical_address.as_mut().unwrap().lines = vec![text(STREET)];
    profile
}

/// Everything that was logged since this was first asked.
pub(super) fn logged() -> String {
    String::from_utf8_lossy(&log().0.lock().unwrap()).into_owned()
}

/// Where in the store one of the words stands, in any column of any table, whatever its type.
pub(super) async fn places_of(test: &TestStore, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |place: &str, bytes: &[u8]| {
        for word in words {
            let there = |bytes: &[u8]| {
                bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
            };
            if there(bytes) {
                found.push(format!("{word} in {place}"));
            }
        }
    };
    if let Some(folder) = test.folder() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            look(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
        let path = test.url.strip_prefix("sqlite:").unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut conn = options.connect().await.unwrap();
        let tables: Vec<(String, String)> = sqlx::query_as(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
        )
        .fetch_all(&mut conn)
        .await
        .unwrap();
        for (table, column) in tables {
            let ask = format!(
                "SELECT CAST(\"{column}\" AS BLOB) FROM \"{table}\" WHERE \"{column}\" IS NOT NULL"
            );
            let rows = sqlx::query(sqlx::AssertSqlSafe(ask)).fetch_all(&mut conn).await.unwrap();
            for row in rows {
                look(&format!("{table}.{column}"), &row.get::<Vec<u8>, _>(0));
            }
        }
        conn.close().await.unwrap();
        return found;
    }
    let mut conn = sqlx::PgConnection::connect(&test.url).await.unwrap();
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
         WHERE table_schema = 'public'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    for (table, column, kind) in columns {
        let value = if kind == "bytea" {
            format!("\"{column}\"")
        } else {
            format!("convert_to(\"{column}\"::text, 'UTF8')")
        };
        let ask = format!("SELECT {value} FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
        let rows = sqlx::query(sqlx::AssertSqlSafe(ask)).fetch_all(&mut conn).await.unwrap();
        for row in rows {
            look(&format!("{table}.{column}"), &row.get::<Vec<u8>, _>(0));
        }
    }
    conn.close().await.unwrap();
    found
}

/// Everything an error says to a caller, or to whoever prints it.
fn told(error: &AppError) -> String {
    let mut out = vec![format!("{error} {error:?}")];
    match error {
        AppError::Invalid(faults) => {
            for fault in faults {
                out.push(format!("{} {} {fault:?}", fault.path, fault.reason));
            }
        }
        AppError::Unmet(needs) => out.push(format!("{needs:?}")),
        _ => {}
    }
    out.join(" ")
}

async fn nowhere_in_the_open(test: &TestStore) {
    let lines = log();
    let app = TestApp::new(test).await;
    app.load_list().await;
    let id = app.apply(Role::EndUser, profile()).await;
    let mut errors = vec![app.activate(id).await.unwrap_err()];
    app.identify(id).await;
    app.decide(id, Decision::Approve).await.unwrap();
    app.agree(id).await;
    app.activate(id).await.unwrap();
    app.trunk(id, "t1").await;
    let number = format!("+1{NUMBER}");
    app.claim(id, &number).await;
    app.assign(&format!("{number},{id},PO-1\n")).await;
    app.caught_up(test).await;
    assert_eq!(app.ask("t1", &number, "12126647665").attest, vouch::domain::attestation::Attest::A);
    errors.extend(refusals(&app, id).await);
    assert!(errors.len() >= 5);
    app.decide(id, Decision::Suspend).await.unwrap();
    app.caught_up(test).await;

    for error in &errors {
        let said = told(error);
        for mark in MARKS {
            assert!(!said.contains(mark), "an error tells {mark}: {said}");
        }
    }
    let places = places_of(test, &MARKS).await;
    let open: Vec<_> = places.iter().filter(|place| !is_the_numbers_own(place)).collect();
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(places_of(test, &[IP]).await, Vec::<String>::new());
    // The look finds what is there: the trunk's name is no secret.
    assert!(!places_of(test, &["customer.activated"]).await.is_empty());
    for file in walk(app.folder()) {
        if file.starts_with(app.folder().join("outbox")) {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        for mark in MARKS {
            let there = bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
            assert!(!there, "{mark} in {}", file.display());
        }
    }
    let logged = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    assert!(logged.contains("the table is loaded"), "the log was not heard");
    for mark in MARKS {
        assert!(!logged.contains(mark), "a log line tells {mark}");
    }
}

/// A number's own row is found by its digits; there it stands, and in no other table. The files of
/// `SQLite` hold that row too.
fn is_the_numbers_own(place: &str) -> bool {
    let own = ["number_state.", "inventory.tn", "/vouch.db"];
    place.starts_with(NUMBER) && own.iter().any(|table| place.contains(table))
}

/// What people do wrong, with all of their data in it.
async fn refusals(app: &TestApp, id: vouch::domain::ids::CustomerId) -> Vec<AppError> {
    let mut errors = Vec::new();
    let mut wrong = profile();
    wrong.contacts[0].email = text("xanthippe.vandersloot at quillfeather.example");
    wrong.contacts[0].phone = text(PHONE.get(..9).unwrap());
    wrong.alternate_phone = text(&format!("+1{PHONE}"));
    let write = app.write("CreateCustomer");
    let role = Role::EndUser;
    let ask = CreateCustomer { write, role, parent: None, profile: wrong.clone() };
    errors.push(customer::create(&app.app, &app.portal(), ask).await.unwrap_err());
    let ask = UpdateProfile {
        write: app.write("UpdateProfile"),
        customer: id,
        profile: wrong,
        fields: vec![Field::Contacts],
    };
    errors.push(customer::update(&app.app, &app.portal(), ask).await.unwrap_err());
    let foreign = TestApp::portal_of(app.new_client("other").await);
    errors.push(customer::get(&app.app, &foreign, id).await.unwrap_err());
    let number = GivenNumber { given: text(NUMBER), tn: Tn::parse(&format!("+1{NUMBER}")) };
    let ask = Numbers { write: app.write("ClaimNumbers"), customer: id, numbers: vec![number] };
    errors.push(number::claim(&app.app, &foreign, ask).await.unwrap_err());
    // A code for a contact that is not of the profile.
    let nobody = vouch::domain::ids::ContactId(uuid::Uuid::from_u128(9));
    let ask = vouch::domain::command::challenge::StartContactChallenge {
        write: app.write("StartContactChallenge"),
        customer: id,
        target: Target::ContactEmail(nobody),
        channel: vouch::domain::command::challenge::Channel::Email,
    };
    errors.push(vouch::app::challenge::start(&app.app, &app.portal(), ask).await.unwrap_err());
    errors
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(walk(&path));
        } else {
            out.push(path);
        }
    }
    out
}

on_both_stores!(rule_11_personal_data_stands_nowhere_in_the_open, |test| {
    nowhere_in_the_open(&test)
});

/// What the database says when it refuses a row repeats the row; what Vouch says does not.
async fn database_errors(test: &TestStore) {
    let app = TestApp::new(test).await;
    let lines = log();
    // A trigger that repeats the row, as PostgreSQL's DETAIL does.
    let chatty = match test.store.kind() {
        vouch::store::EngineKind::Sqlite => format!(
            "CREATE TRIGGER chatty BEFORE INSERT ON customer BEGIN SELECT RAISE(ABORT, 'row of {PERSON}'); END"
        ),
        vouch::store::EngineKind::Postgres => format!(
            "CREATE FUNCTION chatty() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             RAISE EXCEPTION 'row of {PERSON}' USING DETAIL = 'Failing row contains ({PERSON})'; END $$;
             CREATE TRIGGER chatty BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION chatty()"
        ),
    };
    test.raw(&chatty).await.unwrap();
    let (write, role) = (app.write("CreateCustomer"), Role::EndUser);
    let ask = CreateCustomer { write, role, parent: None, profile: profile() };
    let error = customer::create(&app.app, &app.portal(), ask).await.unwrap_err();
    assert!(matches!(error, AppError::Internal { .. }), "{error:?}");
    assert!(!told(&error).contains(PERSON), "{error:?}");
    let logged = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    assert!(logged.contains("a defect was met"), "the defect was not logged");
    assert!(!logged.contains(PERSON), "a log line tells {PERSON}");
}

on_both_stores!(rule_11_what_a_database_says_of_a_row_is_not_repeated, |test| {
    database_errors(&test)
});
