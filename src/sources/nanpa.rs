//! The files of the North American Numbering Plan's administrator (`sources.md` A14): area codes,
//! central office codes, thousands-blocks. Public, no key. Column names have changed their case and
//! punctuation over the years, so they are compared without either.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bounded::Limits;
use super::list::{FileMark, Folder, ListError, ListFault, Parsed};
use super::table::{Head, Row, Shape, read as read_table};
use crate::domain::date;
use crate::domain::list::{Counts, List, ListRow};
use crate::domain::numbering::{Block, BlockRow, CodeRow, NpaRow, Use};
use crate::domain::time::Ts;

/// Blocks are some 700,000 rows of 150 characters; notes on area codes reach 2,000 characters.
const LIMITS: Limits = Limits { file: 512 << 20, line: 64 << 10, rows: 8_000_000 };

const NPA: &[&str] = &["npaid", "assigned", "use", "country", "inservice", "service"];
/// Up to `IN_SERVICE`. The report of 2020 has rows that end early, and areas with an unquoted comma;
/// what is read stands in front of both.
const AT_LEAST: usize = 11;
const CODES: &[&str] = &["npanxx", "ocn", "use"];
const BLOCKS: &[&str] = &["npa", "nxx", "x", "status"];

/// Reads a list's files.
pub(super) fn read(list: List, folder: &Folder) -> Result<Parsed, ListError> {
    let mut load = Load::default();
    let whole = |needed| Head::Names { skip: 0, needed };
    let (names, head, delimiter) = match list {
        List::CoCodes => ("cocodeassignment*", whole(CODES), b'\t'),
        List::Blocks => ("thousandsblockassignment*", whole(BLOCKS), b','),
        _ => ("npa_report*.csv", Head::Ragged { skip: 1, needed: NPA, least: AT_LEAST }, b','),
    };
    let shape = Shape { head, delimiter, limits: LIMITS };
    for file in folder.under(names) {
        let table = read_table(file, shape, |row| match list {
            List::CoCodes => load.code(row),
            List::Blocks => load.block(row),
            _ => load.npa(row),
        })?;
        if let Some(of) = table.before.first().and_then(|line| file_date(line)) {
            load.as_of = Some(load.as_of.map_or(of, |known: Ts| known.max(of)));
        }
        load.files.push(table.mark);
    }
    let entries = load.rows.len() as u64;
    Ok(Parsed {
        rows: load.rows.into_values().collect(),
        counts: Counts::of([("entries", entries)]),
        files: load.files,
        as_of: load.as_of,
    })
}

/// The date of `File Date,03/04/2020`: month, day, year.
fn file_date(line: &str) -> Option<Ts> {
    let (_, day) = line.split_once(',')?;
    let parts: Vec<&str> = day.trim().split('/').collect();
    let [month, day, year] = parts.as_slice() else { return None };
    date::read(&format!("{year}-{month:0>2}-{day:0>2}"))
}

#[derive(Default)]
struct Load {
    rows: BTreeMap<String, ListRow>,
    files: Vec<FileMark>,
    as_of: Option<Ts>,
}

impl Load {
    fn put(&mut self, row: &Row<'_>, key: String, body: &impl Serialize) -> Result<(), ListError> {
        let kept = ListRow::new(&*key, body).map_err(|_text| row.fault(ListFault::Encoding))?;
        self.rows.insert(key, kept);
        Ok(())
    }

    /// Area codes that are assigned; those in use for nothing yet are none.
    fn npa(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let npa = code(row, "npaid")?;
        if !yes(&row.get("assigned")?) {
            return Ok(());
        }
        let service = row.get("service")?.to_lowercase();
        let country = row.get("country")?.to_uppercase();
        let in_service = yes(&row.get("inservice")?);
        let used = match (service.as_str(), country.as_str()) {
            ("toll-free", _) if !in_service => return Ok(()),
            ("toll-free", _) => Use::TollFree,
            ("us government", _) => Use::Government,
            ("premium services", _) => Use::Premium,
            (named, _) if named.starts_with("canadian") => Use::Canada,
            (named, _) if named.starts_with("non-geographic") => Use::Personal,
            (named, _) if !named.is_empty() => Use::Carrier,
            (_, "US" | "USA" | "UNITED STATES") => Use::Domestic,
            (_, "CA" | "CANADA") => Use::Canada,
            (_, "") => return Err(row.fault(ListFault::Schema)),
            _ => Use::Elsewhere,
        };
        self.put(row, npa.to_string(), &NpaRow { used })
    }

    /// Central office codes whose use is AS; reserved and protected ones are allocated to nobody.
    fn code(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let text = row.must("npanxx")?;
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let (npa, nxx) = match digits.parse::<u32>() {
            Ok(both) if digits.len() == 6 => (both / 1_000, both % 1_000),
            Ok(_) | Err(_) => return Err(row.fault(ListFault::Schema)),
        };
        if npa < 200 || nxx < 200 {
            return Err(row.fault(ListFault::Schema));
        }
        if !row.get("use")?.eq_ignore_ascii_case("AS") {
            return Ok(());
        }
        let ocn = row.get("ocn")?;
        self.put(row, digits, &CodeRow { ocn })
    }

    /// Blocks that are assigned (AS) or available (AV); other words say nothing of a block.
    fn block(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let (npa, nxx) = (code(row, "npa")?, code(row, "nxx")?);
        let x: u8 = row.must("x")?.parse().map_err(|_digits| row.fault(ListFault::Schema))?;
        if Block::of(npa, nxx, x).is_none() {
            return Err(row.fault(ListFault::Schema));
        }
        let status = row.get("status")?.to_uppercase();
        let allocated = match status.as_str() {
            "AS" => true,
            "AV" => false,
            _ => return Ok(()),
        };
        let ocn = row.get("ocn")?;
        self.put(row, format!("{npa}{nxx}{x}"), &BlockRow { allocated, ocn })
    }
}

fn code(row: &Row<'_>, column: &str) -> Result<u16, ListError> {
    let code = row.must(column)?.parse().ok().filter(|code| (200..=999).contains(code));
    code.ok_or_else(|| row.fault(ListFault::Schema))
}

fn yes(word: &str) -> bool {
    matches!(word.to_ascii_lowercase().as_str(), "y" | "yes")
}
