//! Files that say which name stands under an employer identification number: submissions to the SEC,
//! the IRS's file of tax-exempt organisations, and Form 5500 of employee benefit plans (`sources.md`
//! A6, A7).

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use super::bounded::{Bounded, Limits};
use super::list::{FileMark, Folder, ListError, ListFault, Parsed};
use super::table::{Head, Row, Shape, read as read_table};
use crate::domain::list::{Counts, List, ListRow};
use crate::domain::register::EinNames;

/// The file of tax-exempt organisations is 300 MB and 1.9 million rows.
const LIMITS: Limits = Limits { file: 4 << 30, line: 64 << 10, rows: 6_000_000 };

const fn shape(needed: &'static [&'static str]) -> Shape {
    Shape { head: Head::Names { skip: 0, needed }, delimiter: b',', limits: LIMITS }
}

/// A name under a number, and whether it is a former one.
type Found = (u32, bool, String);

/// Reads the files of one of the lists.
pub(super) fn read(list: List, folder: &Folder) -> Result<Parsed, ListError> {
    let mut parsed = Parsed::default();
    let mut found: Vec<Found> = Vec::new();
    for (name, path) in folder.all() {
        let json = ["json", "jsonl"].iter().any(|end| name.rsplit('.').next() == Some(end));
        let mark = match list {
            List::EoBmf => exempt((name, path), &mut found)?,
            List::Form5500 => plans((name, path), &mut found)?,
            _ if json => submissions((name, path), &mut found)?,
            _ => companies((name, path), &mut found)?,
        };
        parsed.files.push(mark);
    }
    found.sort();
    found.dedup();
    let same = found.chunk_by(|a, b| a.0 == b.0);
    for group in same {
        let Some((ein, ..)) = group.first() else { continue };
        let names = |former: bool| {
            let of = group.iter().filter(move |(_, was, _)| *was == former);
            of.map(|(_, _, name)| name.clone()).collect()
        };
        let body = EinNames { names: names(false), former: names(true) };
        let row = ListRow::new(format!("{ein:09}"), &body);
        let fault = |_row| ListError::new(list.as_str(), None, ListFault::Encoding);
        parsed.rows.push(row.map_err(fault)?);
    }
    parsed.counts = Counts::of([("entries", parsed.rows.len() as u64)]);
    Ok(parsed)
}

/// Nine digits, hyphens and lost leading zeros aside; `None` where there is none, which these files
/// write in several ways.
fn ein(text: &str) -> Option<u32> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let number = digits.parse().ok().filter(|_| digits.len() <= 9)?;
    (number > 0).then_some(number)
}

fn exempt(file: (&str, &Path), found: &mut Vec<Found>) -> Result<FileMark, ListError> {
    let table = read_table(file, shape(&["ein", "name", "ico", "street", "sortname"]), |row| {
        let number = ein(&row.must("ein")?).ok_or_else(|| row.fault(ListFault::Schema))?;
        found.push((number, false, row.must("name")?));
        let other = row.get("sortname")?;
        if !other.is_empty() {
            found.push((number, false, other));
        }
        Ok(())
    })?;
    Ok(table.mark)
}

/// Employers with a plan; the short form has other names for the same columns.
fn plans(file: (&str, &Path), found: &mut Vec<Found>) -> Result<FileMark, ListError> {
    let [number, name, other] = if file.0.starts_with("f_5500_sf") {
        ["sfsponsein", "sfsponsorname", "sfsponsordbaname"]
    } else {
        ["sponsdfeein", "sponsordfename", "sponsdfedbaname"]
    };
    let long = shape(&["ackid", "sponsordfename", "sponsdfeein"]);
    let short = shape(&["ackid", "sfsponsorname", "sfsponsein"]);
    let shape = if number == "sfsponsein" { short } else { long };
    let table = read_table(file, shape, |row| {
        // A plan without a number of its sponsor proves nothing, and is no fault of the file.
        let Some(number) = ein(&row.get(number)?) else { return Ok(()) };
        for column in [name, other] {
            let name = row.get(column)?;
            if !name.is_empty() {
                found.push((number, false, name));
            }
        }
        Ok(())
    })?;
    Ok(table.mark)
}

/// A table of companies made from submissions.
fn companies(file: (&str, &Path), found: &mut Vec<Found>) -> Result<FileMark, ListError> {
    let table = read_table(file, shape(&["name", "ein", "cik"]), |row: &Row<'_>| {
        let Some(number) = ein(&row.get("ein")?) else { return Ok(()) };
        found.push((number, false, row.must("name")?));
        let former = row.get("formernames")?;
        let former = former.split('|').map(str::trim).filter(|name| !name.is_empty());
        found.extend(former.map(|name| (number, true, name.to_owned())));
        Ok(())
    })?;
    Ok(table.mark)
}

#[derive(Deserialize)]
struct Submission {
    name: String,
    #[serde(default)]
    ein: Option<String>,
    #[serde(default, rename = "formerNames")]
    former: Vec<Former>,
}

#[derive(Deserialize)]
struct Former {
    name: String,
}

/// One or more `CIK...json` of the bulk archive, one behind the other.
fn submissions(file: (&str, &Path), found: &mut Vec<Found>) -> Result<FileMark, ListError> {
    let (name, path) = file;
    let fault = |line, fault| ListError::new(name, line, fault);
    let opened = File::open(path).map_err(|_io| fault(None, ListFault::Unreadable))?;
    let limits = Limits { line: LIMITS.file, ..LIMITS };
    let mut reader = BufReader::new(Bounded::new(opened, limits));
    let mut rows = 0_u64;
    let given = serde_json::Deserializer::from_reader(&mut reader).into_iter::<Submission>();
    for submission in given {
        let submission = submission.map_err(|why| {
            let cut = why.is_eof();
            fault(Some(why.line() as u64), if cut { ListFault::Cut } else { ListFault::Schema })
        })?;
        rows += 1;
        if rows > LIMITS.rows || submission.name.trim().is_empty() {
            return Err(fault(None, ListFault::Schema));
        }
        let Some(number) = submission.ein.as_deref().and_then(ein) else { continue };
        found.push((number, false, submission.name));
        found.extend(submission.former.into_iter().map(|former| (number, true, former.name)));
    }
    let seen = reader.get_ref();
    Ok(FileMark {
        name: name.to_owned(),
        sha256: seen.sha256(),
        bytes: seen.bytes(),
        rows,
        end_mark: false,
    })
}
