//! The consolidated list of the UN Security Council in its XML form (`sources.md` A10).

use super::bounded::Limits;
use super::list::{Folder, ListError, ListFault, Parsed};
use super::xml::{self, Node};
use crate::domain::list::{Counts, ListRow};
use crate::domain::screening::{Alias, EntityKind, ListAddress, ListEntry, NameQuality, PartyId};
use crate::domain::time::Ts;

/// The list is 2 MB and 1,000 records; lines do not matter to it.
const LIMITS: Limits = Limits { file: 128 << 20, line: 128 << 20, rows: 200_000 };

/// Reads the file.
pub(super) fn read(folder: &Folder) -> Result<Parsed, ListError> {
    let mut parsed = Parsed::default();
    let [mut people, mut entities, mut aliases] = [0_u64; 3];
    for file in folder.all() {
        let document =
            xml::read(file, LIMITS, ("CONSOLIDATED_LIST", &["INDIVIDUAL", "ENTITY"]), |record| {
                let party = party(record)?;
                *(if party.kind == EntityKind::Individual {
                    &mut people
                } else {
                    &mut entities
                }) += 1;
                aliases += party.aliases.len() as u64;
                let row = ListRow::new(party.id.to_string(), &party);
                parsed.rows.push(row.map_err(|_row| ListFault::Encoding)?);
                Ok(())
            })?;
        let date = document.root.attribute("dateGenerated");
        let undated = || ListError::new(file.0, None, ListFault::Undated);
        parsed.as_of = Some(Ts::from_iso(date.get(..10).unwrap_or_default()).ok_or_else(undated)?);
        parsed.files.push(document.mark);
    }
    parsed.counts =
        Counts::of([("individuals", people), ("entities", entities), ("aliases", aliases)]);
    Ok(parsed)
}

fn party(record: &Node) -> Result<ListEntry, ListFault> {
    let person = record.name == "INDIVIDUAL";
    let parts = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"];
    let name = parts.map(|part| record.of(part)).join(" ");
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let id = record.of("REFERENCE_NUMBER");
    if name.is_empty() || id.is_empty() {
        return Err(ListFault::Schema);
    }
    let (alias, address) = if person {
        ("INDIVIDUAL_ALIAS", "INDIVIDUAL_ADDRESS")
    } else {
        ("ENTITY_ALIAS", "ENTITY_ADDRESS")
    };
    Ok(ListEntry {
        id: PartyId::Text(id.to_owned()),
        name,
        kind: if person { EntityKind::Individual } else { EntityKind::Entity },
        aliases: record.all(alias).flat_map(names).collect(),
        program: record.of("UN_LIST_TYPE").to_owned(),
        addresses: record.all(address).filter_map(place).collect(),
        review_only: false,
    })
}

/// One element may hold several names.
fn names(alias: &Node) -> Vec<Alias> {
    let weak = alias.of("QUALITY").eq_ignore_ascii_case("low");
    let quality = if weak { NameQuality::Weak } else { NameQuality::Strong };
    let names = alias.of("ALIAS_NAME").split(';').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| Alias { name: name.to_owned(), quality }).collect()
}

fn place(address: &Node) -> Option<ListAddress> {
    let city = ["CITY", "STATE_PROVINCE", "ZIP_CODE"].map(|part| address.of(part));
    let city: Vec<&str> = city.into_iter().filter(|part| !part.is_empty()).collect();
    let place = ListAddress {
        street: address.of("STREET").to_owned(),
        city: city.join(", "),
        country: address.of("COUNTRY").to_owned(),
    };
    (place != ListAddress::default()).then_some(place)
}
