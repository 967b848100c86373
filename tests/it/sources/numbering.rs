//! Numbers against labels that the library's other port made, and the plan against the library.

use std::collections::BTreeMap;

use vouch::domain::number::{Category, Tn};
use vouch::domain::numbering::{AreaCodes, Use, shape};
use vouch::sources::numbering::{read, valid};

/// Rows whose label is not followed, with what is answered instead; each stands in
/// `docs/numbering.md`.
const DIFFERENCES: [(&str, &str, &str); 0] = [];

#[test]
fn vectors_are_answered_as_labelled() {
    let Some(folder) = super::given::data("samples") else { return };
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
    let mut invalid = 0;
    for npa in 200..=999_u64 {
        for nxx in [200, 211, 299, 411, 555, 700, 911, 950, 976, 999] {
            for line in [0, 100, 1_212, 9_999] {
                let digits = 10_000_000_000 + npa * 10_000_000 + nxx * 10_000 + line;
                let tn = Tn::from_digits(digits).unwrap();
                if shape(tn).0 == Category::Invalid {
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
    let Some(folder) = super::given::data("numbering") else { return };
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
