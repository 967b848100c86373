//! Lists that the operator keeps or is given: numbers that nobody may show because their subscriber
//! asked for it (Do Not Originate), and numbers that nobody has. No format is published for either:
//! the columns are `prefix_or_tn, category, requester, added_on, source`, a short prefix is a block.

use std::collections::BTreeMap;

use super::bounded::Limits;
use super::list::{Folder, ListError, ListFault, Parsed};
use super::table::{Head, Row, Shape, read as read_table};
use crate::domain::list::{Counts, List, ListRow};
use crate::domain::numbering::{DnoRow, Prefix};

const LIMITS: Limits = Limits { file: 256 << 20, line: 16 << 10, rows: 4_000_000 };

/// Reads a list's files. A number that stands twice under one category keeps its first row.
pub(super) fn read(list: List, folder: &Folder) -> Result<Parsed, ListError> {
    let unused = list == List::Unused;
    let (names, needed): (_, &[&str]) = if unused {
        ("unused*.csv", &["prefixortn"])
    } else {
        ("dno*.csv", &["prefixortn", "category", "source"])
    };
    let shape = Shape { head: Head::Names { skip: 0, needed }, delimiter: b',', limits: LIMITS };
    let (mut rows, mut files) = (BTreeMap::new(), Vec::new());
    for file in folder.under(names) {
        let table = read_table(file, shape, |row| {
            let (key, kept) = judged(row, unused)?;
            rows.entry(key).or_insert(kept);
            Ok(())
        })?;
        files.push(table.mark);
    }
    let counts = Counts::of([("entries", rows.len() as u64)]);
    Ok(Parsed { rows: rows.into_values().collect(), counts, files, as_of: None })
}

fn judged(row: &Row<'_>, unused: bool) -> Result<(String, ListRow), ListError> {
    let schema = || row.fault(ListFault::Schema);
    let text = row.must("prefixortn")?;
    let prefix = Prefix::parse(&text).map_err(|_bad| schema())?;
    let category =
        if unused { "UNUSED" } else { category(&row.must("category")?).ok_or_else(schema)? };
    let key = DnoRow::key(prefix, category);
    let body = DnoRow {
        prefix: prefix.digits(),
        category: category.to_owned(),
        requester: row.get("requester")?,
        added_on: row.get("addedon")?,
        source: if unused { named(row.get("source")?) } else { row.must("source")? },
    };
    let kept = ListRow::new(&*key, &body).map_err(|_text| row.fault(ListFault::Encoding))?;
    Ok((key, kept))
}

fn named(source: String) -> String {
    if source.is_empty() { "unused list".to_owned() } else { source }
}

/// The four categories that a list may hold (47 CFR 64.1200(o)), as they are written.
fn category(text: &str) -> Option<&'static str> {
    let word: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    match word.to_ascii_uppercase().as_str() {
        "SUBSCRIBER" | "SUBSCRIBERREQUESTED" | "SUBSCRIBERDNO" | "DNO" => Some("SUBSCRIBER"),
        "UNUSED" => Some("UNUSED"),
        "UNALLOCATED" => Some("UNALLOCATED"),
        "INVALID" => Some("INVALID"),
        _ => None,
    }
}
