//! The FCC's Robocall Mitigation Database as its portal exports it, and the operator's file of those
//! who were removed from it by order (`sources.md` A13).

use std::collections::BTreeMap;

use super::bounded::Limits;
use super::list::{Figures, Folder, ListError, ListFault, Parsed, date_in};
use super::table::{Head, Row, Shape, read as read_table};
use crate::domain::list::{Counts, ListRow};
use crate::domain::register::{Offers, RmdFiling, RmdFilings, RmdRemoval, RmdRemovals};

/// The export is 10 MB and 10,000 filings; addresses hold line feeds.
const LIMITS: Limits = Limits { file: 128 << 20, line: 64 << 10, rows: 500_000 };

const fn shape(needed: &'static [&'static str]) -> Shape {
    Shape { head: Head::Names { skip: 0, needed }, delimiter: b',', limits: LIMITS }
}

/// Reads the register: a row for each FRN.
pub(super) fn read(folder: &Folder) -> Result<Parsed, ListError> {
    let shape = shape(&[
        "businessname",
        "frn",
        "previousdbanames",
        "otherdbanames",
        "foreignvoiceprovider",
        "implementation",
        "voiceserviceproviderchoice",
        "gatewayproviderchoice",
        "intermediateproviderchoice",
    ]);
    let mut parsed = Parsed::default();
    let mut filings: BTreeMap<String, RmdFilings> = BTreeMap::new();
    for file in folder.all() {
        let table = read_table(file, shape, |row| {
            filings.entry(frn(row)?).or_default().filings.push(filing(row)?);
            Ok(())
        })?;
        parsed.files.push(table.mark);
    }
    finish(parsed, &filings)
}

/// Reads the file of removals: a row for each FRN.
pub(super) fn read_removals(folder: &Folder) -> Result<Parsed, ListError> {
    let shape = shape(&[
        "frn",
        "rmdnumber",
        "businessname",
        "danumber",
        "orderdate",
        "effectivedate",
        "reinstateddate",
        "sourceurl",
    ]);
    let mut parsed = Parsed::default();
    let mut removals: BTreeMap<String, RmdRemovals> = BTreeMap::new();
    for file in folder.all() {
        let table = read_table(file, shape, |row| {
            let date = |name: &str| -> Result<_, ListError> {
                let text = row.get(name)?;
                // The file is the operator's own: whose custom a date in figures follows, nobody says.
                let date = date_in(&text, Figures::Unknown);
                if date.is_none() && !text.is_empty() {
                    return Err(row.fault(ListFault::Schema));
                }
                Ok(date)
            };
            let effective = date("effectivedate")?.or(date("orderdate")?);
            let removal = RmdRemoval {
                business_name: row.must("businessname")?,
                order: row.must("danumber")?,
                effective: effective.ok_or_else(|| row.fault(ListFault::Schema))?,
                reinstated: date("reinstateddate")?,
                source: row.get("sourceurl")?,
            };
            removals.entry(frn(row)?).or_default().removals.push(removal);
            Ok(())
        })?;
        parsed.files.push(table.mark);
    }
    finish(parsed, &removals)
}

fn finish<T: serde::Serialize>(
    mut parsed: Parsed,
    rows: &BTreeMap<String, T>,
) -> Result<Parsed, ListError> {
    let name = parsed.files.first().map_or("rmd", |file| file.name.as_str()).to_owned();
    for (key, body) in rows {
        let row = ListRow::new(key.as_str(), body);
        parsed.rows.push(row.map_err(|_row| ListError::new(&name, None, ListFault::Encoding))?);
    }
    parsed.counts = Counts::of([("entries", rows.len() as u64)]);
    Ok(parsed)
}

/// Ten digits; a table program may have eaten the leading zeros.
fn frn(row: &Row<'_>) -> Result<String, ListError> {
    let text = row.must("frn")?;
    if text.len() > 10 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(row.fault(ListFault::Schema));
    }
    Ok(format!("{text:0>10}"))
}

/// The register writes "nothing" in many ways.
fn said(text: String) -> Option<String> {
    let none = ["", "none", "n/a", "na", "null", "-"];
    (!none.contains(&text.to_lowercase().as_str())).then_some(text)
}

fn filing(row: &Row<'_>) -> Result<RmdFiling, ListError> {
    let names = |column: &str| -> Result<Vec<String>, ListError> {
        let text = row.get(column)?;
        let parts = text.split([';', '\n']).map(|name| name.trim().to_owned());
        Ok(parts.filter_map(said).collect())
    };
    let yes = |column: &str| -> Result<Option<bool>, ListError> {
        match row.get(column)?.to_lowercase().as_str() {
            "yes" | "true" => Ok(Some(true)),
            "no" | "false" => Ok(Some(false)),
            "" | "none" | "n/a" => Ok(None),
            _ => Err(row.fault(ListFault::Schema)),
        }
    };
    let mut other_names = names("otherdbanames")?;
    other_names.extend(names("previousdbanames")?);
    Ok(RmdFiling {
        business_name: row.must("businessname")?,
        other_names,
        rmd_number: said(row.get("number")?),
        foreign: yes("foreignvoiceprovider")?,
        implementation: row.get("implementation")?,
        offers: Offers {
            voice: yes("voiceserviceproviderchoice")?,
            gateway: yes("gatewayproviderchoice")?,
            intermediate: yes("intermediateproviderchoice")?,
        },
        // Whoever edits a telephone number does not certify anything: the date of the last update
        // is none of certification.
        recertified: date_in(&row.get("declarationdate")?, Figures::MonthFirst),
    })
}
