//! Real data through the real service: the whole SDN list of 2021 at its own date, companies of SEC
//! filings as applicants, every area code as a number.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tonic::Code;
use tonic_types::StatusExt as _;
use vouch::app::publish::CURRENT_2026;
use vouch::clock::Clock;
use vouch::domain::list::List;
use vouch::domain::screening::{ListIndex, Party, Score};
use vouch::domain::time::{Span, Ts};
use vouch::sources::list::{self, ListExpect};
use vouch::store::EngineKind;
use vouch::wire::pb;
use vouch::wire::time::to_timestamp;

use super::answers::call;
use super::applicant::{Applicant, load_list, profile};
use crate::support::cast::{Cast, fresh, violations};
use crate::support::data::data;
use crate::support::server::Site;

/// The date of the list.
const AS_OF: &str = "2021-09-01";
/// Listed firms that apply under their own names.
const PLANTED: usize = 12;

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let found = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let mut files: Vec<_> = found
        .map(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(file.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

async fn load(cast: &Cast, folder: &Path) -> pb::Operation {
    let files = files(folder);
    let files: Vec<_> = files.iter().map(|(name, b)| (name.as_str(), b.as_slice())).collect();
    load_list(cast, to_timestamp(Ts::from_iso(AS_OF).unwrap()), &files).await.unwrap()
}

/// Rows of a CSV file with a head, as maps.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_2021_screens_real_companies_at_its_date_on_sqlite() {
    screened(EngineKind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_2021_screens_real_companies_at_its_date_on_postgresql() {
    screened(EngineKind::Postgres).await;
}

async fn screened(kind: EngineKind) {
    let (Some(list), Some(companies)) =
        (data("sanctions/ofac_2021"), data("samples/sec_companies.csv"))
    else {
        return;
    };
    let as_of = Ts::from_iso(AS_OF).unwrap();
    let then = as_of.plus(Span::hours(3));
    let clock = Clock::shifted(then.since(Clock::system().now()));
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    // The rules of 2026, in force in 2021.
    let text =
        CURRENT_2026.replace("effective_from = \"2026-01-01\"", "effective_from = \"2021-01-01\"");
    assert_ne!(text, CURRENT_2026);
    std::fs::write(&policy, text).unwrap();
    let site = Site::with(kind, clock, |given| {
        given.flag("policy.file", Some(policy.display().to_string()));
    })
    .await;
    let cast = Cast::assemble(&site).await;
    let began = site.clock.mono();
    let done = load(&cast, &list).await;
    assert_eq!((done.state(), done.done_rows), (pb::OperationState::Done, 8_976), "{done:?}");
    println!("8,976 parties were loaded in {:?}", site.clock.mono().since(began));
    let expect = ListExpect { as_of: Some(as_of), now: then, max_age: Span::days(14), last: None };
    let loaded = list::load(List::OfacSdn, &list, &expect).unwrap().parties().unwrap();
    let index = ListIndex::build(&loaded);
    let planted = loaded.iter().filter(|row| row.name.len() > 12).step_by(700);
    let planted: Vec<_> = planted.take(PLANTED).map(|row| row.name.clone()).collect();
    let mut applicants = Vec::new();
    for row in rows(&companies) {
        applicants.push(applied(&site, &cast, &row).await);
    }
    for name in &planted {
        applicants.push(handed_in(&site, &cast, profile(name)).await);
    }
    let mut hits = BTreeMap::new();
    for applicant in &applicants {
        let told = applicant.checked().await;
        let screened = told.checks.iter().filter(|one| one.kind() == pb::CheckKind::Sanctions);
        for check in screened {
            assert_ne!(check.result(), pb::CheckResult::Unavailable, "{check:?}");
        }
        hits.insert(
            applicant.id.clone(),
            expected(&index, told.customer.unwrap().profile.unwrap()),
        );
    }
    let told = findings(&cast).await;
    let expected: BTreeSet<_> =
        hits.iter().flat_map(|(id, all)| all.iter().map(|hit| (id.clone(), hit.clone()))).collect();
    let hit = hits.values().filter(|all| !all.is_empty()).count();
    println!("{} applicants, {} hits on {hit} of them", applicants.len(), told.len());
    assert_eq!(told, expected);
    for (applicant, name) in applicants.iter().rev().zip(planted.iter().rev()) {
        assert!(!hits[&applicant.id].is_empty(), "{name} was not found under its own name");
        assert!(applicant.missing().await.iter().any(|code| code == "FINDING_OPEN"));
    }
    site.close().await;
}

/// What screening has to find: the claim's field and the entry's number.
fn expected(index: &ListIndex, profile: pb::Profile) -> Vec<(String, String)> {
    let contact = &profile.contacts[0];
    let mut names = vec![
        ("legal_name".to_owned(), profile.legal_name.clone()),
        (contact.contact_id.clone(), contact.name.clone()),
    ];
    for (field, list) in
        [("trade_names", profile.trade_names), ("previous_names", profile.previous_names)]
    {
        names.extend((0..).zip(list).map(|(nth, name)| (format!("{field}[{nth}]"), name)));
    }
    let owners = profile.beneficial_owners.into_iter().enumerate();
    names.extend(owners.map(|(nth, owner)| (format!("beneficial_owners[{nth}]"), owner.name)));
    let mut hits = Vec::new();
    for (claim, name) in names {
        let own = ["legal_name", "trade_names", "previous_names"];
        let own = own.iter().any(|field| claim.starts_with(field));
        let party = if own { Party::Business } else { Party::Any };
        for hit in index.screen(&name, party, Score::DEFAULT_THRESHOLD).unwrap() {
            hits.push((claim.clone(), hit.id.to_string()));
        }
    }
    hits
}

/// Every open hit: whose, on which claim, with which entry.
async fn findings(cast: &Cast) -> BTreeSet<(String, (String, String))> {
    let (mut found, mut page_token) = (BTreeSet::new(), String::new());
    loop {
        let ask = pb::ListReviewItemsRequest {
            page_size: 100,
            page_token,
            kinds: vec![pb::ReviewItemKind::Finding.into()],
            customer_id: String::new(),
        };
        let page = cast.ada.review().list_review_items(ask).await.unwrap().into_inner();
        for item in page.items {
            let Some(pb::review_item::Item::Finding(finding)) = item.item else { continue };
            if finding.code == "SANCTIONS_HIT" {
                let part = |name: &str| finding.evidence[name].clone();
                found.insert((finding.customer_id.clone(), (part("claim"), part("entry"))));
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

async fn handed_in<'a>(site: &'a Site, cast: &'a Cast, sent: pb::Profile) -> Applicant<'a> {
    let applicant = Applicant::draft(site, cast, pb::CustomerRole::EndUser, sent).await;
    applicant.submit().await.unwrap();
    applicant
}

/// A company of the file, as far as a filing says what a profile asks. A tax number of zeros is
/// refused first; its register's number stands in.
async fn applied<'a>(
    site: &'a Site,
    cast: &'a Cast,
    row: &BTreeMap<String, String>,
) -> Applicant<'a> {
    // The SEC's own letters for countries.
    let country = match row["state"].as_str() {
        "E9" => "KY",
        "L2" => "IE",
        "N4" => "LU",
        "X0" => "GB",
        "D0" => "BM",
        _ => "US",
    };
    let mut sent = profile(&row["name"]);
    sent.trade_names = Vec::new();
    sent.caller_name = String::new();
    sent.previous_names =
        row["former_names"].split('|').filter(|n| !n.is_empty()).map(str::to_owned).collect();
    sent.incorporation_jurisdiction =
        if country == "US" { "US-DE".to_owned() } else { country.to_owned() };
    let lines = [&row["street1"], &row["street2"]];
    sent.physical_address = Some(pb::Address {
        lines: lines.into_iter().filter(|line| !line.is_empty()).cloned().collect(),
        city: row["city"].clone(),
        region: if country == "US" { row["state"].clone() } else { String::new() },
        postal_code: row["zip"].clone(),
        country: country.to_owned(),
        kind: pb::AddressKind::DedicatedPremises.into(),
    });
    let phone = &row["phone"];
    let north_american = phone.chars().filter(char::is_ascii_digit).count() == 10;
    sent.contacts[0].phone =
        if north_american { format!("+1 {phone}") } else { format!("+{phone}") };
    sent.identifiers[0].value = row["ein"].clone();
    if row["ein"].bytes().all(|one| one == b'0') {
        let ask = pb::CreateCustomerRequest {
            request_id: fresh(),
            role: pb::CustomerRole::EndUser.into(),
            parent_id: String::new(),
            profile: Some(sent.clone()),
            validate_only: false,
        };
        let status = cast.portal.onboarding().create_customer(ask).await.unwrap_err();
        let fault = ("profile.identifiers[0].value".to_owned(), "EIN_ZERO".to_owned());
        assert_eq!(violations(&status), [fault], "{row:?}");
        sent.identifiers[0] = pb::Identifier {
            kind: pb::IdentifierKind::StateRegistration.into(),
            value: row["cik"].clone(),
            issuing_region: "US-DE".to_owned(),
        };
    }
    handed_in(site, cast, sent).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_list_is_too_old_today() {
    let Some(list) = data("sanctions/ofac_2021") else { return };
    for kind in [EngineKind::Sqlite, EngineKind::Postgres] {
        let site = Site::open(kind).await;
        let cast = Cast::assemble(&site).await;
        let done = load(&cast, &list).await;
        assert_eq!(done.state(), pb::OperationState::Failed, "{done:?}");
        assert!(done.error.contains("STALE") || done.error.contains("old"), "{}", done.error);
        let lists = cast.operator.admin().list_lists(pb::ListListsRequest {}).await.unwrap();
        assert_eq!(lists.into_inner().lists, []);
        // Without a list nobody passes: the check is UNAVAILABLE, and the gate says so.
        let applicant = handed_in(&site, &cast, profile("Cedar Point LLC")).await;
        let told = applicant.checked().await;
        let screened: Vec<_> =
            told.checks.iter().filter(|one| one.kind() == pb::CheckKind::Sanctions).collect();
        assert!(!screened.is_empty());
        assert!(screened.iter().all(|one| one.result() == pb::CheckResult::Unavailable));
        let status = applicant.activate().await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        let told = status.get_details_precondition_failure().unwrap().violations;
        assert!(told.iter().any(|one| one.r#type == "CHECK_SANCTIONS"), "{told:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_area_code_is_judged() {
    let Some(table) = data("numbering/npa_table.csv") else { return };
    let site = Site::open(EngineKind::Postgres).await;
    let cast = Cast::assemble(&site).await;
    let role = pb::CustomerRole::EndUser;
    let applicant = Applicant::draft(&site, &cast, role, profile("Cedar Point LLC")).await;
    let table = rows(&table);
    let numbers: Vec<_> = table.iter().map(|row| format!("+1{}6647665", row["npa"])).collect();
    let given: Vec<_> = numbers.iter().map(String::as_str).collect();
    let told = applicant.claim(&given).await.results;
    assert_eq!(told.len(), table.len());
    let claimed = claimed(&applicant).await;
    let calls = given.iter().map(|number| call(number)).collect();
    let ask = pb::BatchGetAttestationsRequest { calls, ..Default::default() };
    let asked = cast.signer.attestation().batch_get_attestations(ask).await.unwrap();
    let (mut good, mut foreign, mut bad) = (0, 0, 0);
    for ((row, result), answer) in table.iter().zip(&told).zip(asked.into_inner().attestations) {
        let npa = row["npa"].as_str();
        assert_eq!(answer.attest(), pb::AttestLevel::None, "{npa}");
        let middle = npa.as_bytes()[1];
        let never = npa.ends_with("11")
            || middle == b'9'
            || ["37", "96"].iter().any(|begins| npa.starts_with(begins));
        if never {
            assert_eq!(result.reason, "INVALID", "{npa}");
            bad += 1;
            continue;
        }
        let place = row["nanpa2020_country"].as_str();
        let in_use = row["nanpa2020_in_service"] == "Y" && row["nanpa2020_use"] == "G";
        if in_use {
            assert_eq!(result.outcome(), pb::NumberOutcome::Done, "{npa} of {place}");
            assert_eq!(claimed[&result.number], place != "US", "{npa} of {place}");
            if place == "US" { good += 1 } else { foreign += 1 }
        }
    }
    println!("{good} area codes of the United States, {foreign} of other countries, {bad} of none");
    assert!(good > 300 && foreign > 60 && bad > 100, "{good} {foreign} {bad}");
    site.close().await;
}

/// The claimed numbers, each with whether it is foreign.
async fn claimed(applicant: &Applicant<'_>) -> BTreeMap<String, bool> {
    let (mut found, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let ask = pb::ListNumbersRequest {
            customer_id: applicant.id.clone(),
            page_size: 200,
            page_token,
        };
        let page = applicant.cast.portal.numbers().list_numbers(ask).await.unwrap().into_inner();
        found.extend(page.numbers.into_iter().map(|one| (one.number, one.foreign)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}
