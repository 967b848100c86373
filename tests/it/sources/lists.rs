//! Every list by its true shape: real files where there are some, else bodies as documented; and
//! what must be refused.

use std::fs;

use tempfile::TempDir;
use vouch::domain::list::List;
use vouch::domain::register::{EinNames, Filers, RmdFilings, RmdRemovals};
use vouch::domain::screening::{EntityKind, ListEntry, NameQuality, PartyId};
use vouch::domain::time::{Span, Ts};
use vouch::sources::list::{ListError, ListExpect, ListLoad, load};

const UN: &str = include_str!("bodies/un.xml");
const UK: &str = include_str!("bodies/uk.csv");
const CSL: &str = include_str!("bodies/csl.csv");
const CSL_JSON: &str = include_str!("bodies/csl.json");
const SAM: &str = include_str!("bodies/sam.csv");
const FILERS: &[u8] = include_bytes!("bodies/form_499.xml");

fn day(text: &str) -> Ts {
    Ts::from_iso(text).unwrap()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn on(list: List, files: &[(&str, &[u8])], now: &str) -> Result<ListLoad, ListError> {
    let (dir, now) = (folder(files), day(now));
    let expect = ListExpect { as_of: Some(now), now, max_age: Span::days(30), last: None };
    load(list, dir.path(), &expect)
}

fn reason(list: List, name: &str, bytes: &[u8]) -> &'static str {
    on(list, &[(name, bytes)], "2026-02-27").map_or_else(|e| e.fault.reason(), |_| "LOADED")
}

fn row<T: serde::de::DeserializeOwned>(load: &ListLoad, reference: &str) -> T {
    let found = load.rows.iter().find(|row| row.reference == reference);
    serde_json::from_str(&found.unwrap_or_else(|| panic!("no {reference}")).body).unwrap()
}

fn party<'a>(parties: &'a [ListEntry], id: &str) -> &'a ListEntry {
    parties.iter().find(|party| party.id.to_string() == id).unwrap()
}

#[test]
fn the_whole_list_of_the_united_nations_loads() {
    let Some(dir) = crate::support::data::data("sanctions/un_2026-02") else { return };
    let now = day("2026-02-28");
    // The file says of when it is.
    let expect = ListExpect { as_of: None, now, max_age: Span::days(7), last: None };
    let loaded = load(List::Un, &dir, &expect).unwrap();
    assert_eq!((loaded.rows.len(), loaded.as_of), (1_003, day("2026-02-27")));
    let parties = loaded.parties().unwrap();
    let people = parties.iter().filter(|party| party.kind == EntityKind::Individual).count();
    assert_eq!(people, 730);
    let first = party(&parties, "CDi.002");
    assert_eq!(first.name, "FRANK KAKOLELE BWAMBALE");
    assert!(first.aliases.iter().any(|alias| alias.name == "FRANK KAKORERE"));
    let weak = parties.iter().flat_map(|party| &party.aliases);
    assert!(weak.filter(|alias| alias.quality == NameQuality::Weak).count() > 500);
    let again = ListExpect { last: Some(loaded.counts.clone()), ..expect.clone() };
    assert_eq!(load(List::Un, &dir, &again).unwrap(), loaded);
    let other = ListExpect { as_of: Some(day("2026-02-24")), ..expect };
    assert_eq!(load(List::Un, &dir, &other).unwrap_err().fault.reason(), "AS_OF");
    let text = fs::read_to_string(dir.join("UN_consolidated.xml")).unwrap();
    for cut in [text.len() - 3, text.len() - 40, text.len() / 2, 300, 40] {
        let why = reason(List::Un, "consolidated.xml", &text.as_bytes()[..cut]);
        assert!(matches!(why, "CUT" | "EMPTY"), "{cut}: {why}");
    }
}

#[test]
fn the_united_nations_as_documented() {
    let loaded = on(List::Un, &[("consolidated.xml", UN.as_bytes())], "2026-02-27").unwrap();
    let parties = loaded.parties().unwrap();
    let person = party(&parties, "QDi.900");
    assert_eq!(person.name, "IVAN & SONS EXAMPLE");
    let names: Vec<_> = person.aliases.iter().map(|alias| alias.name.as_str()).collect();
    assert_eq!(names, ["VANYA", "IVAN THE EXAMPLE", "BLACK EXAMPLE"]);
    assert_eq!(person.aliases[2].quality, NameQuality::Weak);
    assert_eq!(person.addresses[0].country, "Nowhere");
}

/// What is hostile is refused as soon as it shows, and never grows in memory.
#[test]
fn hostile_documents_are_refused() {
    let un = |text: &str| reason(List::Un, "consolidated.xml", text.as_bytes());
    let whole = |inner: &str| {
        format!("<CONSOLIDATED_LIST dateGenerated=\"2026-02-27\">{inner}</CONSOLIDATED_LIST>")
    };
    let one = "<ENTITIES><ENTITY><FIRST_NAME>A</FIRST_NAME><REFERENCE_NUMBER>B</REFERENCE_NUMBER></ENTITY></ENTITIES>";
    assert_eq!(un(&whole(one)), "LOADED");
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    assert_eq!(un(&format!("{bomb}{}", whole(one))), "SCHEMA");
    assert_eq!(un(&whole(&one.replace('A', "&lol;"))), "SCHEMA");
    assert_eq!(un(&whole(&one.replace(">A<", ">&#0;<"))), "SCHEMA");
    let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
    assert_eq!(un(&whole(&deep)), "TOO_LARGE");
    let wide = format!("<ENTITY>{}</ENTITY>", "<a/>".repeat(50_000));
    assert_eq!(un(&whole(&wide)), "TOO_LARGE");
    let many = (0..50_000).map(|n| format!(" a{n}=\"\"")).collect::<Vec<_>>().concat();
    assert_eq!(un(&whole(&format!("<ENTITY{many}></ENTITY>"))), "TOO_LARGE");
    let long = one.replace('A', &"A".repeat(5 << 20));
    assert_eq!(un(&whole(&long)), "TOO_LARGE");
    assert_eq!(un(&whole("")), "EMPTY");
    assert_eq!(un(""), "EMPTY");
    assert_eq!(un("<html><body>Access denied</body></html>"), "SCHEMA");
    assert_eq!(un(&whole("<ENTITY><FIRST_NAME>A</FIRST_NAME></ENTITY>")), "SCHEMA");
    assert_eq!(un(&whole(&format!("{one}{one}"))), "SCHEMA", "twice the same reference");
    assert_eq!(un(&format!("{}{}", whole(one), whole(one))), "SCHEMA");
    let mismatched = whole(one).replace("</ENTITIES>", "</ENTITY>");
    assert!(matches!(un(&mismatched), "SCHEMA" | "CUT"));
    let nested = format!("{{\"results\":{}{}}}", "[".repeat(9_000), "]".repeat(9_000));
    assert_eq!(reason(List::UsCsl, "consolidated.json", nested.as_bytes()), "SCHEMA");
}

#[test]
fn the_united_kingdom_gathers_the_rows_of_a_party() {
    let files: &[(&str, &[u8])] = &[("UK-Sanctions-List.csv", UK.as_bytes())];
    let loaded = on(List::Uk, files, "2026-02-05").unwrap();
    assert_eq!(loaded.as_of, day("2026-02-04"), "the first line says it");
    let parties = loaded.parties().unwrap();
    assert_eq!(parties.len(), 3);
    let firm = party(&parties, "RUS9001");
    assert_eq!((firm.name.as_str(), firm.kind), ("EXAMPLE SHIPPING COMPANY", EntityKind::Entity));
    assert_eq!((firm.aliases.len(), firm.addresses.len()), (2, 2));
    assert_eq!(firm.aliases[1].quality, NameQuality::Weak);
    let person = party(&parties, "AFG9002");
    assert_eq!(person.name, "EXAMPLE, Ivan Petrovich");
    assert_eq!(party(&parties, "DPR9003").kind, EntityKind::Vessel);
    let without_first = UK.split_once('\n').unwrap().1;
    assert_eq!(reason(List::Uk, "uk-sanctions-list.csv", without_first.as_bytes()), "COLUMNS");
}

#[test]
fn the_screening_list_is_the_same_as_csv_and_json() {
    let csv = on(List::UsCsl, &[("consolidated.csv", CSL.as_bytes())], "2026-02-27").unwrap();
    let json = on(List::UsCsl, &[("consolidated.json", CSL_JSON.as_bytes())], "2026-02-27");
    let (csv, json) = (csv.parties().unwrap(), json.unwrap().parties().unwrap());
    assert_eq!((csv.len(), json.len()), (3, 3));
    for parties in [&csv, &json] {
        // OFAC's number is kept, so that the same party is told once.
        let treasury = parties.iter().find(|party| party.id == PartyId::Number(36)).unwrap();
        assert!(!treasury.review_only && treasury.program.contains("SDN"));
        assert!(treasury.program.contains("SSI"), "one party under two of OFAC's lists");
        let denied = parties.iter().find(|party| party.name == "EXAMPLE EXPORTS LTD").unwrap();
        assert!(denied.review_only && denied.program.starts_with("DPL"));
        assert_eq!(denied.aliases[0].name, "Example Trading");
    }
}

#[test]
fn exclusions_are_for_review() {
    let files: &[(&str, &[u8])] = &[("SAM_Exclusions_Public_Extract_V2_26058.CSV", SAM.as_bytes())];
    let loaded = on(List::Sam, files, "2026-02-27").unwrap();
    let parties = loaded.parties().unwrap();
    assert_eq!(parties.len(), 2, "two rows of one party, one of another, one no longer active");
    assert!(parties.iter().all(|party| party.review_only));
    let firm = party(&parties, "ABCDEFGHJKL1");
    assert_eq!(
        (firm.name.as_str(), firm.aliases[0].name.as_str()),
        ("EXAMPLE BUILDERS INC", "EB INC")
    );
    assert!(firm.program.contains("Reciprocal EPA") && firm.program.contains("Reciprocal DOJ"));
    let person = parties.iter().find(|party| party.kind == EntityKind::Individual).unwrap();
    assert_eq!(person.name, "EXAMPLE, MARIA Q");
}

#[test]
fn the_robocall_mitigation_database_as_exported() {
    let Some(dir) = crate::support::data::data("numbering") else { return };
    let text = fs::read(dir.join("rmd_sample_5rows.csv")).unwrap();
    let loaded = on(List::Rmd, &[("rmd.csv", &text)], "2026-02-27").unwrap();
    assert_eq!(loaded.rows.len(), 5);
    let filings: RmdFilings = row(&loaded, "0034851568");
    let filing = &filings.filings[0];
    assert_eq!(filing.business_name, "Zoom Online Group LLC");
    assert_eq!(filing.other_names, ["Zoom Online"]);
    assert_eq!((filing.offers.voice, filing.offers.gateway), (None, Some(false)));
    assert_eq!(filing.recertified, None, "the export does not say");
    let named: RmdFilings = row(&loaded, "0026495937");
    assert!(named.filings[0].other_names.is_empty(), "None is no name");
}

#[test]
fn removals_are_the_operators_own_file() {
    let head = "frn,rmd_number,business_name,da_number,order_date,effective_date,reinstated_date,source_url\n";
    let rows = "24926677,RMD0000001,EXAMPLE VOIP LLC,DA 25-694,2025-08-06,2025-08-25,,https://docs.fcc.gov/x\n\
                0024926678,RMD0000002,EXAMPLE TEL LLC,DA 25-694,2025-08-06,,2025-10-01,\n";
    let text = format!("{head}{rows}");
    let loaded = on(List::RmdRemovals, &[("removals.csv", text.as_bytes())], "2026-02-27").unwrap();
    let gone: RmdRemovals = row(&loaded, "0024926677");
    let now = day("2026-02-27");
    assert_eq!(gone.in_effect(now).unwrap().order, "DA 25-694");
    let back: RmdRemovals = row(&loaded, "0024926678");
    assert_eq!((back.in_effect(now), back.in_effect(day("2025-09-01")).is_some()), (None, true));
    // In figures alone nobody knows which is the month: the operator writes it so that all do.
    for unread in ["soon,", "2025-08-06,10/12/2025", "08/25/2025,", "2025-08-06,12-10-2025"] {
        let text = text.replace("2025-08-06,2025-08-25", unread);
        assert_eq!(
            reason(List::RmdRemovals, "removals.csv", text.as_bytes()),
            "SCHEMA",
            "{unread}"
        );
    }
    let named = text.replace("2025-08-06,2025-08-25", "2025-08-06,12-Oct-2025");
    let loaded =
        on(List::RmdRemovals, &[("removals.csv", named.as_bytes())], "2026-02-27").unwrap();
    let named: RmdRemovals = row(&loaded, "0024926677");
    assert!(named.in_effect(day("2025-10-11")).is_none());
    assert!(named.in_effect(day("2025-10-12")).is_some());
}

/// The register is of the United States: the month stands first.
#[test]
fn a_filing_is_dated_as_its_publisher_writes_dates() {
    let head = "business_name,frn,previous_dba_names,business_address,other_dba_names,foreign_voice_provider,implementation,voice_service_provider_choice,gateway_provider_choice,intermediate_provider_choice,contact_title,contact_department,contact_business_address,contact_telephone_number,robocall_mitigation_contact_name,sys_id,declaration_date\n";
    for (told, read) in [
        ("03/02/2026", Some("2026-03-02")),
        ("02/27/2026", Some("2026-02-27")),
        ("2026-02-27 10:11:12", Some("2026-02-27")),
        ("27/02/2026", None),
    ] {
        let row_of = format!(
            "{head}EXAMPLE VOIP LLC,0024926677,,,,No,Complete STIR/SHAKEN Implementation,Yes,No,No,,,,,,x,{told}\n"
        );
        let loaded = on(List::Rmd, &[("rmd.csv", row_of.as_bytes())], "2026-03-05").unwrap();
        let filings: RmdFilings = row(&loaded, "0024926677");
        assert_eq!(filings.filings[0].recertified, read.map(day), "{told}");
    }
}

/// A publisher that renames the field of other names would have every one of them pass.
#[test]
fn a_list_that_loses_its_other_names_is_refused() {
    let again = |list, name: &str, old: &str, new: &str| {
        let now = day("2026-02-27");
        let whole = on(list, &[(name, old.as_bytes())], "2026-02-27").unwrap();
        let dir = folder(&[(name, new.as_bytes())]);
        let last = Some(whole.counts);
        let expect = ListExpect { as_of: Some(now), now, max_age: Span::days(30), last };
        load(list, dir.path(), &expect).map_or_else(|e| e.fault.reason(), |_| "LOADED")
    };
    let renamed = CSL_JSON.replace("alt_names", "other_names");
    assert_eq!(again(List::UsCsl, "consolidated.json", CSL_JSON, &renamed), "SHRUNK");
    let emptied = SAM.replace("(also EB INC)", "");
    assert_eq!(again(List::Sam, "sam_exclusions.csv", SAM, &emptied), "SHRUNK");
    let renamed = SAM.replace("Cross-Reference", "See Also");
    assert_eq!(again(List::Sam, "sam_exclusions.csv", SAM, &renamed), "COLUMNS");
    assert_eq!(again(List::Sam, "sam_exclusions.csv", SAM, SAM), "LOADED");
}

#[test]
fn filers_are_found_by_id_and_by_frn() {
    let loaded = on(List::Form499, &[("499results.xml", FILERS)], "2021-06-22").unwrap();
    assert_eq!(loaded.as_of, day("2021-06-21"));
    let by_id: Filers = row(&loaded, "filer:831188");
    let by_frn: Filers = row(&loaded, "frn:0024926677");
    assert_eq!(by_id, by_frn);
    assert_eq!(by_id.filers[0].legal_name, "LOW LATENCY COMMUNICATIONS LLC");
    assert_eq!(by_id.filers[0].contributes, Some(true));
    let other: Filers = row(&loaded, "filer:800001");
    assert_eq!(other.filers[0].legal_name, "TELÉFONOS EJEMPLO, INC.", "ISO-8859-1");
    let text = String::from_utf8_lossy(FILERS).replace("RecordCount=\"2\"", "RecordCount=\"3\"");
    assert_eq!(reason(List::Form499, "499.xml", text.replace('\u{fffd}', "E").as_bytes()), "CUT");
}

#[test]
fn names_stand_under_employer_numbers() {
    let names = |list, name: &str, bytes: &[u8], ein: &str| -> EinNames {
        row(&on(list, &[(name, bytes)], "2026-02-27").unwrap(), ein)
    };
    let exempt = "EIN,NAME,ICO,STREET,CITY,STATE,ZIP,GROUP,SUBSECTION,SORT_NAME\n\
        010202467,ALABAMA COUNCIL ON HUMAN RELATIONS INC,,PO BOX 409,AUBURN,AL,36831-0409,0000,03,\n";
    let found = names(List::EoBmf, "eo2.csv", exempt.as_bytes(), "010202467");
    assert_eq!(found.names, ["ALABAMA COUNCIL ON HUMAN RELATIONS INC"]);
    let plan = "\"ACK_ID\",\"FORM_TAX_PRD\",\"SPONSOR_DFE_NAME\",\"SPONS_DFE_DBA_NAME\",\"SPONS_DFE_EIN\"\n\
        \"1\",\"2024-12-31\",\"EXAMPLE WIDGETS LLC\",\"WIDGETS\",\"10202467\"\n\
        \"2\",\"2024-12-31\",\"EXAMPLE WIDGETS LLC\",\"\",\"10202467\"\n\
        \"3\",\"2024-12-31\",\"NO NUMBER INC\",\"\",\"\"\n";
    let found = names(List::Form5500, "F_5500_2024_Latest.csv", plan.as_bytes(), "010202467");
    assert_eq!(found.names, ["EXAMPLE WIDGETS LLC", "WIDGETS"]);
    let short =
        "ACK_ID,SF_SPONSOR_NAME,SF_SPONSOR_DBA_NAME,SF_SPONS_EIN\n1,SMALL FIRM LLC,,411234567\n";
    let found = names(List::Form5500, "F_5500_SF_2024_Latest.csv", short.as_bytes(), "411234567");
    assert_eq!(found.names, ["SMALL FIRM LLC"]);
    let filed = "{\"cik\":\"0000320193\",\"name\":\"Apple Inc.\",\"ein\":\"942404110\",\"formerNames\":[{\"name\":\"APPLE COMPUTER INC\"}]}\n\
        {\"cik\":\"0000000001\",\"name\":\"Nobody\",\"ein\":\"000000000\"}";
    let found = names(List::Sec, "submissions.json", filed.as_bytes(), "942404110");
    assert_eq!(
        (found.names[0].as_str(), found.former[0].as_str()),
        ("Apple Inc.", "APPLE COMPUTER INC")
    );
    assert_eq!(reason(List::Sec, "submissions.json", &filed.as_bytes()[..90]), "CUT");
    if let Some(dir) = crate::support::data::data("samples") {
        let text = fs::read(dir.join("sec_companies.csv")).unwrap();
        let found = names(List::Sec, "sec_companies.csv", &text, "830221517");
        assert_eq!(found.former.len(), 3);
    }
}

#[test]
fn throw_away_domains_load() {
    let Some(dir) = crate::support::data::data("disposable") else { return };
    let text = fs::read(dir.join("disposable_email_blocklist.conf")).unwrap();
    let loaded = on(List::Disposable, &[("disposable_email_blocklist.conf", &text)], "2026-02-27");
    let loaded = loaded.unwrap();
    assert!(loaded.rows.len() > 5_000);
    assert!(loaded.rows.iter().any(|row| row.reference == "mailinator.com"));
    assert_eq!(reason(List::Disposable, "disposable.txt", b"not a domain\n"), "SCHEMA");
    assert_eq!(reason(List::Disposable, "disposable.txt", b"a.example,b.example\n"), "COLUMNS");
}

/// Whatever bytes come, the answer is a load or a reason: files are cut and flipped at many places.
#[test]
fn spoilt_files_are_refused_or_read_and_nothing_else() {
    let bodies: [(List, &str, &[u8]); 6] = [
        (List::Un, "consolidated.xml", UN.as_bytes()),
        (List::Uk, "uk-sanctions-list.csv", UK.as_bytes()),
        (List::UsCsl, "consolidated.csv", CSL.as_bytes()),
        (List::UsCsl, "consolidated.json", CSL_JSON.as_bytes()),
        (List::Sam, "sam_exclusions.csv", SAM.as_bytes()),
        (List::Form499, "499.xml", FILERS),
    ];
    let mut refused = 0_u32;
    for (list, name, bytes) in bodies {
        for at in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            let cut = &bytes[..at];
            refused += u32::from(reason(list, name, cut) != "LOADED");
            for spoil in [0x00, b'"', b'<', b'&', b'{', 0xff] {
                let mut spoilt = bytes.to_vec();
                spoilt[at] = spoil;
                refused += u32::from(reason(list, name, &spoilt) != "LOADED");
            }
        }
    }
    assert!(refused > 300, "{refused}");
}
