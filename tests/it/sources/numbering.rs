//! Numbers against labels that the library's other port made, and the plan against the library.

use std::collections::BTreeMap;

use vouch::domain::list::List;
use vouch::domain::number::{Category, Tn};
use vouch::domain::numbering::{AreaCodes, Book, InForce, NpaRow, Use};
use vouch::domain::time::{Span, Ts};
use vouch::sources::list::{ListError, ListExpect, ListLoad, load};
use vouch::sources::numbering::{read, valid};

use crate::support::program::{file, run};

/// Rows whose label is not followed, with what is answered instead; each stands in
/// `docs/numbering.md`.
const DIFFERENCES: [(&str, &str, &str); 0] = [];

#[test]
fn vectors_are_answered_as_labelled() {
    let Some(folder) = crate::support::data::data("samples") else { return };
    let mut rows = csv::Reader::from_path(folder.join("phone_vectors.csv")).unwrap();
    let mut different = Vec::new();
    let mut tally: BTreeMap<&str, u32> = BTreeMap::new();
    for row in rows.records().map(Result::unwrap) {
        let (input, home, label) = (&row[0], &row[1], &row[2]);
        let (told, kind) = match read(input, home) {
            Ok(read) => {
                let kind = if read.valid { "valid" } else { "invalid" };
                (format!("{} {} {}", read.e164, read.valid, read.region), kind)
            }
            Err(bad) => (format!("ERROR:{}", bad.reason()), "unread"),
        };
        let wanted = if label.starts_with("ERROR") {
            label.to_owned()
        } else {
            format!("{label} {} {}", &row[5], &row[6])
        };
        *tally.entry(kind).or_default() += 1;
        if told != wanted {
            println!("{input:?} in {home:?}: {told}, labelled {wanted}");
            different.push((input.to_owned(), home.to_owned(), told));
        }
    }
    println!("{tally:?}, {} different", different.len());
    let expected = DIFFERENCES.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(different, expected);
    assert!(tally.values().sum::<u32>() >= 1_465 && tally.len() == 3, "{tally:?}");
}

/// A number is impossible only where the library and the plan agree: for every area code, the
/// exchange codes and lines at their edges.
#[test]
fn nothing_the_library_finds_is_impossible() {
    let (book, mut invalid) = (Book::default(), 0);
    for npa in 200..=999_u64 {
        for nxx in [200, 211, 299, 411, 555, 700, 911, 950, 976, 999] {
            for line in [0, 100, 1_212, 9_999] {
                let digits = 10_000_000_000 + npa * 10_000_000 + nxx * 10_000 + line;
                let tn = Tn::from_digits(digits).unwrap();
                if book.unstored(tn).category == Category::Invalid {
                    invalid += 1;
                    assert!(!valid(digits), "{npa} {nxx} {line}");
                }
            }
        }
    }
    println!("{invalid} of 32000 are impossible");
    assert!(invalid > 10_000 && invalid < 20_000);
}

/// The built-in area codes are what the report of 2020 and the library of 2026 say together.
#[test]
fn built_in_area_codes_are_those_of_the_table() {
    let Some(folder) = crate::support::data::data("numbering") else { return };
    let mut rows = csv::Reader::from_path(folder.join("npa_table.csv")).unwrap();
    let codes = AreaCodes::built_in();
    let mut counts: BTreeMap<bool, u32> = BTreeMap::new();
    for row in rows.records().map(Result::unwrap) {
        let npa: u16 = row[0].parse().unwrap();
        let toll_free_kept = &row[10] == "Toll-Free" && &row[4] == "N";
        let assigned = (&row[3] == "Yes" && !toll_free_kept) || &row[11] == "true";
        let canada_kept = matches!(npa, 644 | 655 | 677 | 688);
        assert_eq!(codes.of(npa) != Use::None, assigned || canada_kept, "{npa}");
        *counts.entry(assigned).or_default() += 1;
    }
    println!("{counts:?}");
    assert_eq!(counts.values().sum::<u32>(), 800);
}

fn day(text: &str) -> Ts {
    Ts::from_iso(text).unwrap()
}

fn expect(as_of: Option<Ts>, now: Ts) -> ListExpect {
    ListExpect { as_of, now, max_age: Span::days(45), last: None }
}

fn loaded(list: List, name: &str, text: &[u8]) -> Result<ListLoad, ListError> {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), name, text);
    let now = day("2026-11-27");
    load(list, dir.path(), &expect(Some(now), now))
}

fn reason(list: List, name: &str, text: &str) -> &'static str {
    loaded(list, name, text.as_bytes()).map_or_else(|e| e.fault.reason(), |_| "LOADED")
}

/// The administrator's report loads whole, is dated by itself, and says what the table beside it
/// says of every code.
#[test]
fn the_report_of_area_codes_loads() {
    let Some(folder) = crate::support::data::data("numbering") else { return };
    let of = day("2020-03-04");
    let report = load(List::Npa, &folder, &expect(None, of)).unwrap();
    assert_eq!((report.as_of, report.rows.len()), (of, 431));
    let old = load(List::Npa, &folder, &expect(None, of.plus(Span::days(45))));
    assert_eq!(old.unwrap_err().fault.reason(), "STALE");
    let uses: BTreeMap<&str, Use> = report
        .rows
        .iter()
        .map(|row| (&*row.reference, serde_json::from_str::<NpaRow>(&row.body).unwrap().used))
        .collect();
    let built_in = AreaCodes::built_in();
    let different: Vec<_> =
        uses.iter().filter(|(npa, used)| built_in.of(npa.parse().unwrap()) != **used).collect();
    assert!(different.is_empty(), "{different:?}");
    let cut = std::fs::read(folder.join("npa_report_2020-03.csv")).unwrap();
    for at in [cut.len() - 3, cut.len() / 2, 300] {
        let why = loaded(List::Npa, "npa_report.csv", &cut[..at]).unwrap_err().fault.reason();
        assert!(matches!(why, "CUT" | "AS_OF" | "COLUMNS" | "EMPTY"), "{at}: {why}");
    }
}

const CODES: &str = "STATE\tNPA NXX\tocn\tCOMPANY\tRateCenter\tEffectiveDate\tUSE\tAssignDate\tInitial/Growth\tPooled Code\tIn Service11/20/2026\n\
NJ\t201-200\t7421\tA PROVIDER\tJERSEYCITY\t\tAS\t\tI\tN\tY\n\
NJ\t201-555\tXXXX\tADMIN\t\t\tPR\t\t\t\t\n\
TX\t214-300\t9206\tA CARRIER\tGRAND PRAI\t\tAS\t\tG\tY\tY\n";

const BLOCKS: &str = "Region,State,NPA,NXX,X,STATUS,Code Holder,Contaminated (Y or N),Contaminated TNs not Available for Assignment,Rate Center,Block Effective Date,Block Available Date,Assigned To,OCN,Date Assigned\n\
R1,TX,214,300,0,AS,\"A CARRIER, INC.\",N,,GRAND PRAI,,,A CARRIER,9206,\n\
R1,TX,214,300,1,AV,\"A CARRIER, INC.\",Y,12,GRAND PRAI,,,,,\n\
R1,TX,214,301,2,RS,A CARRIER,N,,GRAND PRAI,,,,,\n";

const DNO: &str = "\u{feff}Source,PREFIX_OR_TN,Category,requester,added_on\r\n\
operator,+1 (800) 555-0000,subscriber-requested,\"A bank, N.A.\",2026-01-02\r\n\
registry,202456,SUBSCRIBER,The government,\r\n\
registry,8005550000,Subscriber_DNO,Said again,\r\n\
registry,2024567,UNUSED,,\r\n\
registry,999,INVALID,,\r\n";

/// Headers are matched whatever their case, order and punctuation; a block's row beats its code's.
#[test]
fn allocation_and_do_not_originate_lists_are_read() {
    let codes = loaded(List::CoCodes, "CoCodeAssignment_Utilized_AllStates.txt", CODES.as_bytes());
    let blocks =
        loaded(List::Blocks, "ThousandsBlockAssignment_All_Augmented.csv", BLOCKS.as_bytes());
    let dno = loaded(List::Dno, "DNO.csv", DNO.as_bytes());
    let mut book = Book::default();
    for (list, loaded, rows) in [
        (List::CoCodes, codes.unwrap(), 2),
        (List::Blocks, blocks.unwrap(), 2),
        (List::Dno, dno.unwrap(), 4),
    ] {
        assert_eq!(loaded.rows.len(), rows, "{list}");
        book.turn(list, InForce { as_of: loaded.as_of, aged: false });
        for row in loaded.rows {
            book.come(list, &row.reference, &serde_json::from_str(&row.body).unwrap()).unwrap();
        }
    }
    let of = |text: &str| book.check(Tn::parse(text).unwrap(), true, None).judged.reason.as_str();
    assert_eq!(of("+12012001234"), "CODE_ALLOCATED");
    assert_eq!(of("+12012011234"), "CODE_NOT_ALLOCATED");
    assert_eq!(of("+12143000234"), "BLOCK_ALLOCATED");
    assert_eq!(of("+12143001234"), "BLOCK_NOT_ALLOCATED");
    assert_eq!(of("+12143002234"), "CODE_ALLOCATED");
    assert_eq!(of("+18005550000"), "DNO_LISTED");
    assert_eq!(of("+12024567890"), "DNO_LISTED");
    assert_eq!(of("+12024578901"), "CODE_NOT_ALLOCATED");
    let told = book.check(Tn::parse("+18005550000").unwrap(), true, None);
    assert_eq!((told.source.as_str(), told.blocked()), ("operator", true));
}

#[test]
fn lists_that_are_not_what_they_should_be_are_refused() {
    let codes = |text: &str| reason(List::CoCodes, "CoCodeAssignment.txt", text);
    let dno = |text: &str| reason(List::Dno, "dno.csv", text);
    let (head, _) = CODES.split_once('\n').unwrap();
    assert_eq!(codes(CODES), "LOADED");
    assert_eq!(codes(&format!("{head}\n")), "EMPTY");
    assert_eq!(codes(""), "EMPTY");
    assert_eq!(codes(CODES.get(..CODES.len() - 4).unwrap()), "CUT");
    assert_eq!(codes("<html><body>Access denied</body></html>\n"), "COLUMNS");
    assert_eq!(codes(&CODES.replace("201-200", "20A-200")), "SCHEMA");
    assert_eq!(codes(&CODES.replace("201-200", "101-200")), "SCHEMA");
    assert_eq!(dno(&DNO.replace("subscriber-requested", "whatever")), "SCHEMA");
    assert_eq!(dno(&DNO.replace("202456", "1")), "SCHEMA");
    assert_eq!(dno(&DNO.replace("202456", "0o0")), "SCHEMA");
    assert_eq!(dno(&DNO.replace("registry,999", "registry,99")), "SCHEMA");
    assert_eq!(dno(&DNO.replace(",UNUSED", "")), "COLUMNS");
    assert_eq!(dno(DNO.get(..DNO.len() - 2).unwrap()), "CUT");
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "dno.csv", DNO.as_bytes());
    let now = day("2026-11-27");
    let whole = load(List::Dno, dir.path(), &expect(Some(now), now)).unwrap();
    let half = DNO.replace("registry,202456,SUBSCRIBER,The government,\r\n", "");
    file(dir.path(), "dno.csv", half.as_bytes());
    let measured = ListExpect { last: Some(whole.counts), ..expect(Some(now), now) };
    assert_eq!(load(List::Dno, dir.path(), &measured).unwrap_err().fault.reason(), "SHRUNK");
    let old = expect(Some(now.minus(Span::days(45))), now);
    assert_eq!(load(List::Dno, dir.path(), &old).unwrap_err().fault.reason(), "STALE");
}

/// Whatever stands on a line, it has one answer, and no line costs another.
#[tokio::test]
async fn hostile_lines_have_one_answer_each() {
    let dir = tempfile::tempdir().unwrap();
    let mut lines: Vec<Vec<u8>> = vec![
        b"\xef\xbb\xbfregion,value".to_vec(),
        b"US,+12126647665\r".to_vec(),
        b"us,\"(212) 664-7665\"".to_vec(),
        b",+442079460000".to_vec(),
        b"+442079460000".to_vec(),
        b"US,".to_vec(),
        b",".to_vec(),
        b"US,\"open quote".to_vec(),
        b"US,say \"hi\"".to_vec(),
        b"US,\"a\"b".to_vec(),
        b"US,1,2,3".to_vec(),
        b"ZZ,2126647665".to_vec(),
        b"US,\xff\xfe\x00".to_vec(),
        "US,４１５-６６６-７７７７ ext. 9".as_bytes().to_vec(),
        "US,\u{0661}\u{0662}\u{202e}\u{200b}".as_bytes().to_vec(),
    ];
    lines.push([b"US,".as_slice(), &vec![b'9'; 3 << 20]].concat());
    lines.push(b"GB,020 7946 0000".to_vec());
    let path = file(dir.path(), "hostile.csv", &lines.join(&b'\n'));
    let done = run(&[], &["check", "number", "--from", path.to_str().unwrap()]).await;
    assert_eq!(done.code, 0, "{}", done.err);
    let told: Vec<serde_json::Value> =
        done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), lines.len() - 1, "the heading has none");
    for answer in &told {
        let keys: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["category", "e164", "input", "reason", "region", "valid"]);
        assert!(answer["e164"].is_string() || answer["valid"] == false, "{answer}");
    }
    let e164: Vec<_> = told.iter().map(|answer| answer["e164"].as_str().unwrap_or("-")).collect();
    assert_eq!(e164[..4], ["+12126647665", "+12126647665", "+442079460000", "+442079460000"]);
    assert_eq!(e164.last(), Some(&"+442079460000"));
    assert_eq!(told[14]["reason"], "TOO_LONG");
}

/// A folder of lists changes what is said; one that is no list is refused.
#[tokio::test]
async fn lists_in_a_folder_are_asked() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "dno.csv", DNO.as_bytes());
    file(dir.path(), "CoCodeAssignment.txt", CODES.as_bytes());
    let folder = dir.path().to_str().unwrap().to_owned();
    let told = async |number: &str| {
        let args = ["check", "number", number, "--region", "US", "--list", &folder];
        let done = run(&[], &args).await;
        let told: serde_json::Value = serde_json::from_str(&done.out).unwrap();
        (done.code, told["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(told("800-555-0000").await, (1, "DNO_LISTED".to_owned()));
    assert_eq!(told("201-200-1234").await, (0, "CODE_ALLOCATED".to_owned()));
    assert_eq!(told("201-201-1234").await, (1, "CODE_NOT_ALLOCATED".to_owned()));
    file(dir.path(), "unused.csv", b"<html>\n");
    let args = ["check", "number", "2012001234", "--region", "US", "--list", &folder];
    let done = run(&[], &args).await;
    assert!(done.code == 1 && done.err.contains("LIST_REJECTED"), "{}", done.err);
}
