//! The UK Sanctions List of the Foreign, Commonwealth and Development Office in its CSV form
//! (`sources.md` A11; Open Government Licence v3). Its first line tells of the file, the names of the
//! columns follow, and a party has a row for each of its names and addresses.

use std::collections::BTreeMap;

use super::bounded::Limits;
use super::list::{Figures, Folder, ListError, ListFault, Parsed, date_in};
use super::table::{Head, Row, Shape, read as read_table};
use crate::domain::list::{Counts, ListRow};
use crate::domain::screening::{Alias, EntityKind, ListAddress, ListEntry, NameQuality, PartyId};

/// The list is 30 MB; statements of reasons are long.
const LIMITS: Limits = Limits { file: 256 << 20, line: 1 << 20, rows: 2_000_000 };
const SHAPE: Shape = Shape {
    head: Head::Names {
        skip: 1,
        needed: &["uniqueid", "name6", "name1", "nametype", "designationtype", "regimename"],
    },
    delimiter: b',',
    limits: LIMITS,
};

/// Reads the file.
pub(super) fn read(folder: &Folder) -> Result<Parsed, ListError> {
    let mut parsed = Parsed::default();
    let mut parties: BTreeMap<String, ListEntry> = BTreeMap::new();
    let mut rows = 0_u64;
    for file in folder.all() {
        let table = read_table(file, SHAPE, |row| {
            rows += 1;
            take(&mut parties, row)
        })?;
        parsed.as_of = table.before.iter().find_map(|line| date_in(line, Figures::DayFirst));
        parsed.files.push(table.mark);
    }
    for (id, party) in &mut parties {
        unnamed(party);
        if party.name.is_empty() {
            return Err(ListError::new(id, None, ListFault::Schema));
        }
        let row = ListRow::new(id.as_str(), party);
        parsed.rows.push(row.map_err(|_row| ListError::new(id, None, ListFault::Encoding))?);
    }
    parsed.counts = Counts::of([("entries", parties.len() as u64), ("rows", rows)]);
    Ok(parsed)
}

/// A party without a primary name goes by the first of its others.
fn unnamed(party: &mut ListEntry) {
    if party.name.is_empty() && !party.aliases.is_empty() {
        party.name = party.aliases.remove(0).name;
    }
}

fn take(parties: &mut BTreeMap<String, ListEntry>, row: &Row<'_>) -> Result<(), ListError> {
    let id = row.must("uniqueid")?;
    let kind = match row.get("designationtype")?.to_lowercase().as_str() {
        "individual" => EntityKind::Individual,
        "entity" | "" => EntityKind::Entity,
        "ship" => EntityKind::Vessel,
        _ => return Err(row.fault(ListFault::Schema)),
    };
    let party = parties.entry(id.clone()).or_insert_with(|| ListEntry {
        id: PartyId::Text(id),
        name: String::new(),
        kind,
        aliases: Vec::new(),
        program: String::new(),
        addresses: Vec::new(),
        review_only: false,
    });
    if party.program.is_empty() {
        party.program = row.get("regimename")?;
    }
    let name = name(row)?;
    let primary = row.get("nametype")?.eq_ignore_ascii_case("primary name");
    let known = party.name == name || party.aliases.iter().any(|alias| alias.name == name);
    if !name.is_empty() && !known {
        if primary && party.name.is_empty() {
            party.name = name;
        } else {
            let weak = row.get("aliasstrength")?.to_lowercase().starts_with("low");
            let quality = if weak { NameQuality::Weak } else { NameQuality::Strong };
            party.aliases.push(Alias { name, quality });
        }
    }
    let place = place(row)?;
    if place != ListAddress::default() && !party.addresses.contains(&place) {
        party.addresses.push(place);
    }
    Ok(())
}

/// The last name stands in the sixth column, as do whole names of organisations.
fn name(row: &Row<'_>) -> Result<String, ListError> {
    let mut given = Vec::new();
    for column in ["name1", "name2", "name3", "name4", "name5"] {
        given.push(row.get(column)?);
    }
    let given = given.join(" ");
    let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
    let last = row.get("name6")?;
    Ok(match (last.is_empty(), given.is_empty()) {
        (false, false) => format!("{last}, {given}"),
        (true, _) => given,
        (false, true) => last,
    })
}

fn place(row: &Row<'_>) -> Result<ListAddress, ListError> {
    let mut lines = Vec::new();
    for column in ["addressline1", "addressline2", "addressline3", "addressline4"] {
        lines.push(row.get(column)?);
    }
    let mut city = Vec::new();
    for column in ["addressline5", "addressline6", "addresspostalcode"] {
        city.push(row.get(column)?);
    }
    let join = |parts: Vec<String>| {
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    Ok(ListAddress { street: join(lines), city: join(city), country: row.get("addresscountry")? })
}
