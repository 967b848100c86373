//! Identifiers against labels that others made: the vectors of a library's own tests, and every
//! LEI of a register.

use std::collections::BTreeMap;

use vouch::domain::identifier::{Kind, normal};

/// What the vectors call a member state's rule, and its prefix.
const STATES: [(&str, &str); 11] = [
    ("at.uid", "AT"),
    ("be.vat", "BE"),
    ("de.vat", "DE"),
    ("es.cif", "ES"),
    ("es.nif", "ES"),
    ("fi.alv", "FI"),
    ("fr.tva", "FR"),
    ("ie.vat", "IE"),
    ("nl.btw", "NL"),
    ("pl.nip", "PL"),
    ("se.vat", "SE"),
];

fn kind(module: &str) -> Option<(Kind, &'static str)> {
    let kind = match module {
        "us.ein" => Kind::Ein,
        "us.ssn" => Kind::Ssn,
        "us.itin" => Kind::Itin,
        "lei" => Kind::Lei,
        "ca.bn" => Kind::CaBn,
        "gb.vat" => Kind::UkVat,
        "eu.vat" => Kind::EuVat,
        "au.abn" => Kind::AuAbn,
        "au.acn" => Kind::AuAcn,
        _ => {
            let (_, state) = STATES.iter().find(|(name, _)| *name == module)?;
            return Some((Kind::EuVat, state));
        }
    };
    Some((kind, ""))
}

fn rows(file: &str) -> Option<Vec<csv::StringRecord>> {
    let path = crate::support::data::data("samples")?.join(file);
    Some(csv::Reader::from_path(path).unwrap().records().map(Result::unwrap).collect())
}

/// Rows with another function ask for something else: a date of birth, a way to print it.
/// `compact` is not a judgement: two rows ask it of groups that no SSN or ITIN has, and both are
/// refused here. `caught` rows carry no verified label: their list is what the library must catch,
/// and every one of them is caught here too.
#[test]
fn vectors_are_answered_as_labelled() {
    let Some(rows) = rows("identifier_vectors.csv") else { return };
    let mut tally: BTreeMap<(Kind, bool), u32> = BTreeMap::new();
    let mut refused = Vec::new();
    for row in &rows {
        let (module, function, input, expected) = (&row[1], &row[2], &row[3], &row[5]);
        let Some((kind, state)) = kind(module) else { continue };
        let bare = state.is_empty() || input.to_uppercase().starts_with(state);
        let text = if bare { input.to_owned() } else { format!("{state}{input}") };
        let got = normal(kind, &text);
        let form = expected.trim_matches('\'');
        match function {
            "validate" | "is_valid" => {
                let good = !expected.starts_with("ERROR") && expected != "False";
                assert_eq!(got.is_ok(), good, "{module} {input}");
                if let (Ok(got), true) = (&got, expected.starts_with('\'')) {
                    assert_eq!(got.strip_prefix(state).unwrap(), form, "{module} {input}");
                }
                *tally.entry((kind, good)).or_default() += 1;
            }
            "compact" => match got {
                Ok(got) => assert_eq!(got.strip_prefix(state).unwrap(), form, "{module} {input}"),
                Err(_) => refused.push((kind, input.to_owned())),
            },
            "caught" => assert!(got.is_err(), "{input}"),
            _ => {}
        }
    }
    println!("{tally:?}");
    let odd = "1234-56-789".to_owned();
    assert_eq!(refused, [(Kind::Itin, odd.clone()), (Kind::Ssn, odd)]);
    let of = |kind: Kind| tally.get(&(kind, true)).copied().unwrap_or_default();
    assert!(of(Kind::EuVat) >= 270 && of(Kind::Lei) >= 45 && of(Kind::AuAbn) >= 38);
    assert!(tally.values().sum::<u32>() >= 460, "{tally:?}");
}

#[test]
fn every_lei_of_the_register_is_well_formed() {
    let Some(rows) = rows("gleif_lei_sample_handover.csv") else { return };
    let bad: Vec<_> = rows.iter().filter(|row| normal(Kind::Lei, &row[0]).is_err()).collect();
    assert!(bad.is_empty() && rows.len() >= 6_000, "{bad:?}");
}
