//! The daily public extract of exclusions of SAM.gov (`sources.md` A5): who is excluded from federal
//! contracts. A hit is for review.

use std::collections::BTreeMap;

use super::bounded::Limits;
use super::list::{Folder, ListError, ListFault, Parsed};
use super::table::{Head, Row, Shape, read as read_table};
use crate::domain::digest::Digest;
use crate::domain::list::{Counts, ListRow};
use crate::domain::screening::{Alias, EntityKind, ListAddress, ListEntry, NameQuality, PartyId};

/// The extract is 60 MB and 160,000 rows.
const LIMITS: Limits = Limits { file: 512 << 20, line: 256 << 10, rows: 3_000_000 };
const SHAPE: Shape = Shape {
    head: Head::Names {
        skip: 0,
        needed: &[
            "classification",
            "name",
            "first",
            "last",
            "uniqueentityid",
            "exclusionprogram",
            "excludingagency",
            "recordstatus",
            "crossreference",
        ],
    },
    delimiter: b',',
    limits: LIMITS,
};

/// Reads the file.
pub(super) fn read(folder: &Folder) -> Result<Parsed, ListError> {
    let mut parsed = Parsed::default();
    let mut parties: BTreeMap<String, ListEntry> = BTreeMap::new();
    for file in folder.all() {
        parsed.files.push(read_table(file, SHAPE, |row| take(&mut parties, row))?.mark);
    }
    let aliases = parties.values().map(|party| party.aliases.len() as u64).sum();
    parsed.counts = Counts::of([("entries", parties.len() as u64), ("aliases", aliases)]);
    for (key, party) in parties {
        let row = ListRow::new(key, &party);
        let fault = |_row| ListError::new("sam", None, ListFault::Encoding);
        parsed.rows.push(row.map_err(fault)?);
    }
    Ok(parsed)
}

fn take(parties: &mut BTreeMap<String, ListEntry>, row: &Row<'_>) -> Result<(), ListError> {
    let status = row.get("recordstatus")?;
    if !status.is_empty() && !status.eq_ignore_ascii_case("active") {
        return Ok(());
    }
    let kind = match row.must("classification")?.to_lowercase().as_str() {
        "individual" => EntityKind::Individual,
        "firm" | "special entity designation" => EntityKind::Entity,
        "vessel" => EntityKind::Vessel,
        _ => return Err(row.fault(ListFault::Schema)),
    };
    let name = name(row)?;
    if name.is_empty() {
        return Err(row.fault(ListFault::Schema));
    }
    let place = place(row)?;
    let program =
        [row.get("exclusionprogram")?, row.get("excludingagency")?, row.get("exclusiontype")?];
    let program = program.join(" ").trim().to_owned();
    // Most parties have no number of their own: they are told apart by what they are called and where.
    let uei = row.get("uniqueentityid")?;
    let id = if uei.is_empty() {
        let parts = [name.as_str(), &place.street, &place.city, &place.country];
        let digest = Digest::of_parts(parts.map(str::as_bytes)).to_string();
        digest.chars().take(24).collect()
    } else {
        uei
    };
    let alias = also(&row.get("crossreference")?).filter(|alias| *alias != name);
    let party = parties.entry(id.clone()).or_insert_with(|| ListEntry {
        id: PartyId::Text(id),
        name: name.clone(),
        kind,
        aliases: Vec::new(),
        program: String::new(),
        addresses: Vec::new(),
        review_only: true,
    });
    if !party.program.split("; ").any(|known| known == program) {
        let both = [party.program.as_str(), &program];
        party.program = both.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("; ");
    }
    let other = (party.name != name).then_some(name);
    for name in other.into_iter().chain(alias) {
        if party.aliases.iter().all(|known| known.name != name) {
            party.aliases.push(Alias { name, quality: NameQuality::Strong });
        }
    }
    if place != ListAddress::default() && !party.addresses.contains(&place) {
        party.addresses.push(place);
    }
    Ok(())
}

/// The whole name of a firm; of a person the last name first.
fn name(row: &Row<'_>) -> Result<String, ListError> {
    let whole = row.get("name")?;
    let last = row.get("last")?;
    if !whole.is_empty() || last.is_empty() {
        return Ok(whole);
    }
    let given = [row.get("first")?, row.get("middle")?, row.get("suffix")?].join(" ");
    let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(if given.is_empty() { last } else { format!("{last}, {given}") })
}

/// The other name in `(also ...)`.
fn also(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let name = inner.strip_prefix("also ")?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn place(row: &Row<'_>) -> Result<ListAddress, ListError> {
    let join = |parts: [String; 2]| {
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    Ok(ListAddress {
        street: join([row.get("address1")?, row.get("address2")?]),
        city: join([row.get("city")?, row.get("stateprovince")?]),
        country: row.get("country")?,
    })
}
