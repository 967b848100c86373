//! The Consolidated Screening List of the US Department of Commerce (`sources.md` A9; no key, daily),
//! as CSV or JSON. It repeats OFAC's lists; those parties keep OFAC's numbers, so that a name is told
//! once. Those of the export lists are for review.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::bounded::{Limits, whole};
use super::list::{Folder, ListError, ListFault, Parsed};
use super::table::{Head, Row, Shape, read as read_table};
use crate::domain::list::{Counts, ListRow};
use crate::domain::screening::{Alias, EntityKind, ListAddress, ListEntry, NameQuality, PartyId};

/// The list is 30 MB as JSON and 20,000 parties.
const LIMITS: Limits = Limits { file: 256 << 20, line: 4 << 20, rows: 1_000_000 };
const SHAPE: Shape = Shape {
    head: Head::Names {
        skip: 0,
        needed: &["id", "source", "entitynumber", "type", "programs", "name", "altnames"],
    },
    delimiter: b',',
    limits: LIMITS,
};
const SUCCESSORS: &str = "and any successor, sub-unit, or subsidiary thereof";

/// A party as either form gives it.
#[derive(Debug, Default)]
struct Given {
    id: String,
    source: String,
    number: String,
    kind: String,
    programs: String,
    name: String,
    others: Vec<String>,
    addresses: Vec<ListAddress>,
}

/// Reads the files.
pub(super) fn read(folder: &Folder) -> Result<Parsed, ListError> {
    let mut parsed = Parsed::default();
    let mut parties: BTreeMap<String, ListEntry> = BTreeMap::new();
    for (name, path) in folder.all() {
        let mark =
            if Path::new(name).extension().is_some_and(|kind| kind.eq_ignore_ascii_case("json")) {
                let (bytes, mark) = whole((name, path), LIMITS)?;
                let fault = |fault| ListError::new(name, None, fault);
                let list: Document = serde_json::from_slice(&bytes).map_err(|why| {
                    fault(if why.is_eof() { ListFault::Cut } else { ListFault::Schema })
                })?;
                for party in list.results {
                    keep(&mut parties, party.given()).map_err(fault)?;
                }
                mark
            } else {
                read_table((name, path), SHAPE, |row| {
                    keep(&mut parties, given(row)?).map_err(|fault| row.fault(fault))
                })?
                .mark
            };
        parsed.files.push(mark);
    }
    let treasury = parties.values().filter(|party| !party.review_only).count() as u64;
    let aliases = parties.values().map(|party| party.aliases.len() as u64).sum();
    let entries = parties.len() as u64;
    parsed.counts =
        Counts::of([("entries", entries), ("treasury", treasury), ("aliases", aliases)]);
    for (key, party) in parties {
        let row = ListRow::new(key, &party);
        let fault = |_row| ListError::new("consolidated", None, ListFault::Encoding);
        parsed.rows.push(row.map_err(fault)?);
    }
    Ok(parsed)
}

fn keep(parties: &mut BTreeMap<String, ListEntry>, given: Given) -> Result<(), ListFault> {
    let name = bare(&given.name);
    if name.is_empty() || given.source.is_empty() {
        return Err(ListFault::Schema);
    }
    let kind = match given.kind.to_lowercase().as_str() {
        "individual" => EntityKind::Individual,
        "vessel" => EntityKind::Vessel,
        "aircraft" => EntityKind::Aircraft,
        "entity" | "" => EntityKind::Entity,
        _ => return Err(ListFault::Schema),
    };
    let treasury = given.source.contains("Treasury");
    let number = given.number.parse::<u64>().ok().filter(|_| treasury);
    let (key, id) = match number {
        Some(number) => (format!("ofac:{number:010}"), PartyId::Number(number)),
        None if given.id.is_empty() => return Err(ListFault::Schema),
        None => (format!("csl:{}", given.id), PartyId::Text(given.id)),
    };
    let aliases = given.others.iter().map(|name| bare(name)).filter(|name| !name.is_empty());
    let party = ListEntry {
        id,
        name,
        kind,
        aliases: aliases.map(|name| Alias { name, quality: NameQuality::Strong }).collect(),
        program: [short(&given.source), given.programs].join(" ").trim().to_owned(),
        addresses: given.addresses,
        review_only: !treasury,
    };
    match parties.get_mut(&key) {
        // OFAC's own lists may share a party: it is one party under both.
        Some(known) if treasury => known.program = format!("{}; {}", known.program, party.program),
        Some(_twice) => return Err(ListFault::Schema),
        None => drop(parties.insert(key, party)),
    }
    Ok(())
}

fn bare(name: &str) -> String {
    let name = name.trim();
    let lower = name.to_lowercase();
    let cut = lower.find(SUCCESSORS).and_then(|at| name.get(..at));
    cut.unwrap_or(name).trim().trim_end_matches(',').to_owned()
}

/// The list's short name, where its long one ends with it: `Denied Persons List (DPL) - ...`.
fn short(source: &str) -> String {
    let inner = source.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    inner.map_or(source, |(short, _)| short).to_owned()
}

fn parts(text: &str) -> Vec<String> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn given(row: &Row<'_>) -> Result<Given, ListError> {
    let addresses = parts(&row.get("addresses")?).into_iter().map(|street| {
        let country = street.rsplit(',').next().unwrap_or_default().trim().to_owned();
        ListAddress { street, city: String::new(), country }
    });
    Ok(Given {
        id: row.get("id")?,
        source: row.get("source")?,
        number: row.get("entitynumber")?,
        kind: row.get("type")?,
        programs: row.get("programs")?,
        name: row.get("name")?,
        others: parts(&row.get("altnames")?),
        addresses: addresses.collect(),
    })
}

#[derive(Deserialize)]
struct Document {
    results: Vec<Party>,
}

#[derive(Deserialize)]
struct Party {
    id: String,
    source: String,
    #[serde(default)]
    entity_number: Value,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    programs: Option<Vec<String>>,
    name: String,
    #[serde(default)]
    alt_names: Option<Vec<String>>,
    #[serde(default)]
    addresses: Option<Vec<Place>>,
}

#[derive(Deserialize)]
struct Place {
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
}

impl Party {
    fn given(self) -> Given {
        let place = |place: Place| {
            let city = [place.city, place.state, place.postal_code];
            ListAddress {
                street: place.address.unwrap_or_default(),
                city: city.into_iter().flatten().collect::<Vec<_>>().join(", "),
                country: place.country.unwrap_or_default(),
            }
        };
        Given {
            id: self.id,
            source: self.source,
            number: match self.entity_number {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                _ => String::new(),
            },
            kind: self.kind.unwrap_or_default(),
            programs: self.programs.unwrap_or_default().join(", "),
            name: self.name,
            others: self.alt_names.unwrap_or_default(),
            addresses: self.addresses.unwrap_or_default().into_iter().map(place).collect(),
        }
    }
}
