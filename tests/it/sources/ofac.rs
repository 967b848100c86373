//! The whole SDN list of 2021, and copies of it that a load must refuse.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use vouch::domain::list::{Counts, List};
use vouch::domain::screening::{EntityKind, NameQuality, PartyId};
use vouch::domain::time::{Span, Ts};
use vouch::sources::list::{ListExpect, ListLoad, load};

const FILES: [&str; 4] = ["sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"];

fn expect(last: Option<Counts>) -> ListExpect {
    let as_of = Ts::from_iso("2021-09-01").unwrap();
    ListExpect { as_of: Some(as_of), now: as_of.plus(Span::hours(3)), max_age: Span::days(2), last }
}

/// A copy of the real folder with one file changed.
fn altered(from: &Path, file: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in FILES {
        let bytes = fs::read(from.join(name)).unwrap();
        let bytes = if name == file { change(bytes) } else { bytes };
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn reason(dir: &TempDir, last: Option<Counts>) -> Result<usize, &'static str> {
    load(List::OfacSdn, dir.path(), &expect(last))
        .map(|l| l.rows.len())
        .map_err(|e| e.fault.reason())
}

fn real() -> Option<(std::path::PathBuf, ListLoad)> {
    let dir = crate::support::data::data("sanctions/ofac_2021")?;
    let load = load(List::OfacSdn, &dir, &expect(None)).unwrap();
    Some((dir, load))
}

#[test]
fn the_whole_list_of_2021_loads() {
    let Some((_, load)) = real() else { return };
    assert_eq!(load.list, List::OfacSdn);
    let parties = load.parties().unwrap();
    assert_eq!(load.rows.len(), 8_976);
    let of = |kind| parties.iter().filter(|r| r.kind == kind).count();
    assert_eq!(of(EntityKind::Individual), 4_620);
    assert_eq!(of(EntityKind::Entity), 3_673);
    assert_eq!(of(EntityKind::Vessel), 406);
    assert_eq!(of(EntityKind::Aircraft), 277);
    let aliases = |q| parties.iter().flat_map(|r| &r.aliases).filter(|a| a.quality == q).count();
    assert_eq!(aliases(NameQuality::Strong), 11_910);
    assert!(aliases(NameQuality::Weak) > 2_400);
    let first = &parties[0];
    assert_eq!(
        (first.id.clone(), first.name.as_str()),
        (PartyId::Number(36), "AEROCARIBBEAN AIRLINES")
    );
    assert_eq!(first.aliases[0].name, "AERO-CARIBBEAN");
    assert_eq!(first.addresses[0].country, "Cuba");
    assert!(load.files.iter().all(|f| f.rows > 0));
    // An alias cut in two by the limit on remarks is made whole from the comments.
    assert!(parties.iter().any(|r| r.aliases.iter().any(|a| a.name == "snowsjohn")));
}

#[test]
fn the_consolidated_list_loads_too() {
    let Some(dir) = crate::support::data::data("sanctions/ofac_consolidated_2025-12") else {
        return;
    };
    let load = load(List::OfacCons, &dir, &expect(None)).unwrap();
    assert_eq!((load.list, load.rows.len()), (List::OfacCons, 442));
}

#[test]
fn a_second_load_of_the_same_files_is_the_same() {
    let Some((dir, first)) = real() else { return };
    let again = load(List::OfacSdn, &dir, &expect(Some(first.counts.clone()))).unwrap();
    assert_eq!(first, again);
}

#[test]
fn a_cut_copy_is_refused_wherever_it_is_cut() {
    let Some((dir, first)) = real() else { return };
    for file in ["sdn.csv", "alt.csv", "add.csv"] {
        let whole = fs::read(dir.join(file)).unwrap();
        // Around the end, byte by byte: inside the last row, in its quotes, behind its line feed.
        for back in (1..12).chain((12..200).step_by(47)) {
            let cut = altered(&dir, file, |b| b[..b.len() - back].to_vec());
            assert_eq!(reason(&cut, None), Err("CUT"), "{file}, {back} bytes short");
        }
        let early = altered(&dir, file, |b| b[..b.len() * 95 / 100].to_vec());
        assert_eq!(reason(&early, Some(first.counts.clone())), Err("CUT"), "{file}");
        // Exactly between two rows, with nothing but the end mark missing.
        let rows: Vec<&[u8]> = whole.split_inclusive(|b| *b == b'\n').collect();
        let between = rows[..rows.len() - 20].concat();
        let between = altered(&dir, file, |_| between.clone());
        assert_eq!(reason(&between, Some(first.counts.clone())), Err("CUT"), "{file}");
    }
}

#[test]
fn an_empty_or_shrunken_copy_is_refused() {
    let Some((dir, first)) = real() else { return };
    for file in ["sdn.csv", "alt.csv", "add.csv"] {
        for nothing in [&b""[..], b"\x1a", b"\r\n\r\n"] {
            let empty = altered(&dir, file, |_| nothing.to_vec());
            assert_eq!(reason(&empty, Some(first.counts.clone())), Err("EMPTY"), "{file}");
        }
        let share = |percent: usize| {
            altered(&dir, file, |b| {
                let rows: Vec<&[u8]> = b.split_inclusive(|b| *b == b'\n').collect();
                let keep = rows.len() * percent / 100;
                [rows[..keep].concat(), b"\x1a".to_vec()].concat()
            })
        };
        assert_eq!(reason(&share(70), Some(first.counts.clone())), Err("SHRUNK"), "{file}");
        assert_eq!(reason(&share(89), Some(first.counts.clone())), Err("SHRUNK"), "{file}");
        assert!(reason(&share(92), Some(first.counts.clone())).is_ok(), "{file}");
        assert!(reason(&share(70), None).is_ok(), "a first load has no measure");
    }
    let no_alias = altered(&dir, "", |b| b);
    fs::remove_file(no_alias.path().join("alt.csv")).unwrap();
    assert_eq!(reason(&no_alias, Some(first.counts.clone())), Err("SHRUNK"));
    assert_eq!(reason(&no_alias, None), Ok(8_976));
    let no_main = altered(&dir, "", |b| b);
    fs::remove_file(no_main.path().join("sdn.csv")).unwrap();
    assert_eq!(reason(&no_main, None), Err("UNREADABLE"));
}

/// What did not fit into the remarks stands in a file of its own: weak aliases among it.
#[test]
fn a_copy_without_the_comments_is_refused() {
    let Some((dir, whole)) = real() else { return };
    let without = altered(&dir, "none", |bytes| bytes);
    fs::remove_file(without.path().join("sdn_comments.csv")).unwrap();
    assert!(reason(&without, None).is_ok(), "a first load has nothing to fall from");
    assert_eq!(reason(&without, Some(whole.counts.clone())), Err("SHRUNK"));
    let quiet = altered(&dir, "sdn.csv", |bytes| {
        String::from_utf8_lossy(&bytes).replace("a.k.a. '", "also '").into_bytes()
    });
    assert_eq!(
        reason(&quiet, Some(whole.counts)),
        Err("SHRUNK"),
        "weak aliases under another word"
    );
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let Some((dir, _)) = real() else { return };
    let with = |bytes: &[u8]| {
        let alone = tempfile::tempdir().unwrap();
        fs::write(alone.path().join("SDN.CSV"), bytes).unwrap();
        reason(&alone, None)
    };
    let row = |name: &str, kind: &str| {
        format!("1,\"{name}\",{kind},\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n")
    };
    let end = "\x1a";
    assert_eq!(with(b"<!DOCTYPE html>\n<html><body>Access denied</body></html>\n"), Err("COLUMNS"));
    assert_eq!(with(&fs::read(dir.join("alt.csv")).unwrap()), Err("COLUMNS"));
    let middle = format!("{}2,\"B\"\r\n{}{end}", row("A", "-0- "), row("C", "-0- "));
    assert_eq!(with(middle.as_bytes()), Err("COLUMNS"));
    assert_eq!(with(format!("{}{end}", row("A", "\"company\"")).as_bytes()), Err("SCHEMA"));
    assert_eq!(
        with(format!("{}{}{end}", row("A", "-0- "), row("B", "-0- ")).as_bytes()),
        Err("SCHEMA")
    );
    assert_eq!(with(format!("{}{end}", row("-0- ", "-0- ")).as_bytes()), Err("SCHEMA"));
    assert_eq!(with(format!("{}{end}", row("A\0B", "-0- ")).as_bytes()), Err("ENCODING"));
    assert_eq!(
        with(format!("{}{end}", row(&"A".repeat(70_000), "-0- ")).as_bytes()),
        Err("TOO_LARGE")
    );
    assert_eq!(with(format!("{}{end}", row("two\nlines", "-0- ")).as_bytes()), Ok(1));
    let latin = [b"1,\"MU\xd1OZ\",-0- ", ",-0- ".repeat(9).as_bytes(), b"\r\n\x1a"].concat();
    assert_eq!(with(&latin), Ok(1));
    assert_eq!(with(format!("{}{end}{end}", row("A", "-0- ")).as_bytes()), Err("CUT"));
    assert_eq!(with(format!("{}{end}\r\nmore", row("A", "-0- ")).as_bytes()), Err("CUT"));
}

#[test]
fn an_old_list_is_stale_and_one_from_the_future_too() {
    let Some(dir) = crate::support::data::data("sanctions/ofac_2021") else { return };
    let as_of = Ts::from_iso("2021-09-01").unwrap();
    let at = |now| {
        let expect = ListExpect { as_of: Some(as_of), now, max_age: Span::days(2), last: None };
        load(List::OfacSdn, &dir, &expect).map(|l| l.rows.len()).map_err(|e| e.fault.reason())
    };
    assert_eq!(at(as_of), Ok(8_976));
    assert_eq!(at(as_of.plus(Span::days(2)).minus(Span::micros(1))), Ok(8_976));
    assert_eq!(at(as_of.plus(Span::days(2))), Err("STALE"));
    assert_eq!(at(Ts::from_iso("2026-11-24").unwrap()), Err("STALE"));
    assert_eq!(at(as_of.minus(Span::days(2))), Err("STALE"));
}
