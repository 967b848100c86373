//! OFAC's sanctions lists in their CSV form (`sources.md` A8; public domain, no key).
//!
//! A list is a folder of files without header: the parties, their aliases, their addresses, and
//! remarks that did not fit. Only the file of parties must be there; but a list that had aliases
//! cannot come back without them.

use std::collections::BTreeMap;

use super::bounded::Limits;
use super::list::{FileMark, Folder, ListError, ListFault, Parsed};
use super::table::{Head, Row, Shape, read as read_table};
use crate::domain::list::{Counts, List, ListRow};
use crate::domain::screening::{Alias, EntityKind, ListAddress, ListEntry, NameQuality, PartyId};

/// Parties, aliases, addresses, comments.
const fn files(list: List) -> [&'static str; 4] {
    if matches!(list, List::OfacCons) {
        ["cons_prim.csv", "cons_alt.csv", "cons_add.csv", "cons_comments.csv"]
    } else {
        ["sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"]
    }
}

/// The SDN list is 2 MB and 9,000 rows; remarks reach 1,000 characters.
const LIMITS: Limits = Limits { file: 64 << 20, line: 64 << 10, rows: 1_000_000 };

/// Reads a list's files.
pub(super) fn read(list: List, folder: &Folder) -> Result<Parsed, ListError> {
    let [main, alt, add, comments] = files(list);
    let mut load = Load::default();
    load.files(folder, comments, 2, Load::comment)?;
    load.files(folder, main, 12, Load::party)?;
    let parties = load.parties.len() as u64;
    load.files(folder, alt, 5, Load::alias)?;
    load.files(folder, add, 6, Load::address)?;
    load.same_ending(comments)?;
    let of = |quality: NameQuality| {
        let all = load.parties.values().flat_map(|party| &party.aliases);
        all.filter(|alias| alias.quality == quality).count() as u64
    };
    // Weak ones apart: they stand in the remarks. What did not fit there is a file of its own, which
    // may be missing alone.
    let (aliases, weak) = (of(NameQuality::Strong), of(NameQuality::Weak));
    let addresses = load.parties.values().map(|p| p.addresses.len()).sum::<usize>() as u64;
    let bad = |_row| ListError::new(main, None, ListFault::Encoding);
    // Padded, so that the order of text is the order of numbers.
    let row = |(number, party): (&u64, &ListEntry)| ListRow::new(format!("{number:010}"), party);
    let rows: Result<Vec<_>, _> =
        load.parties.iter().map(|party| row(party).map_err(bad)).collect();
    Ok(Parsed {
        rows: rows?,
        // Aliases whose party is missing became parties: they must not hide that parties are missing.
        counts: Counts::of([
            ("entries", parties),
            ("aliases", aliases),
            ("weak_aliases", weak),
            // A handful of rows: whether there are any, not how many.
            ("comments", u64::from(!load.comments.is_empty())),
            ("addresses", addresses),
        ]),
        files: load.files,
        as_of: None,
    })
}

#[derive(Default)]
struct Load {
    parties: BTreeMap<u64, ListEntry>,
    comments: BTreeMap<u64, String>,
    files: Vec<FileMark>,
}

/// A field's text; `-0-` is the list's null.
fn field(row: &Row<'_>, index: usize) -> Result<Option<String>, ListError> {
    let text = row.at(index)?;
    Ok(if text.is_empty() || text == "-0-" { None } else { Some(text) })
}

fn ent_num(row: &Row<'_>) -> Result<u64, ListError> {
    let text = field(row, 0)?.unwrap_or_default();
    text.parse().map_err(|_not_a_number| row.fault(ListFault::Schema))
}

impl Load {
    fn files(
        &mut self,
        folder: &Folder,
        name: &str,
        columns: usize,
        take: impl Fn(&mut Self, &Row<'_>) -> Result<(), ListError>,
    ) -> Result<(), ListError> {
        let shape = Shape { head: Head::Columns(columns), delimiter: b',', limits: LIMITS };
        for file in folder.under(name) {
            let table = read_table(file, shape, |row| take(self, row))?;
            self.files.push(table.mark);
        }
        Ok(())
    }

    /// The files of parties, aliases and addresses all carry the end mark or none does: one
    /// without it was cut between two rows. Comments are published apart, with or without it.
    fn same_ending(&self, comments: &str) -> Result<(), ListError> {
        let marked = self.files.iter().any(|f| f.end_mark && f.name != comments);
        match self.files.iter().find(|f| marked && !f.end_mark && f.name != comments) {
            Some(file) => Err(ListError::new(&file.name, None, ListFault::Cut)),
            None => Ok(()),
        }
    }

    fn comment(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let more = row.raw(1)?;
        self.comments.entry(ent_num(row)?).or_default().push_str(&more);
        Ok(())
    }

    fn party(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let ent_num = ent_num(row)?;
        let name = field(row, 1)?.ok_or_else(|| row.fault(ListFault::Schema))?;
        let kind = match field(row, 2)?.as_deref() {
            None => EntityKind::Entity,
            Some("individual") => EntityKind::Individual,
            Some("vessel") => EntityKind::Vessel,
            Some("aircraft") => EntityKind::Aircraft,
            Some(_) => return Err(row.fault(ListFault::Schema)),
        };
        let mut remarks = field(row, 11)?.unwrap_or_default();
        remarks.push_str(self.comments.get(&ent_num).map_or("", String::as_str));
        let entry = ListEntry {
            id: PartyId::Number(ent_num),
            name,
            kind,
            aliases: weak_aliases(&remarks),
            program: field(row, 3)?.unwrap_or_default(),
            addresses: Vec::new(),
            review_only: false,
        };
        match self.parties.insert(ent_num, entry) {
            None => Ok(()),
            Some(_twice) => Err(row.fault(ListFault::Schema)),
        }
    }

    /// An alias whose party is missing stands for the party itself, so that no name is lost.
    fn alias(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let ent_num = ent_num(row)?;
        match field(row, 2)?.as_deref() {
            Some("aka" | "fka" | "nka") => {}
            _ => return Err(row.fault(ListFault::Schema)),
        }
        let name = field(row, 3)?.ok_or_else(|| row.fault(ListFault::Schema))?;
        if let Some(party) = self.parties.get_mut(&ent_num) {
            party.aliases.push(Alias { name, quality: NameQuality::Strong });
        } else {
            let entry = ListEntry {
                id: PartyId::Number(ent_num),
                name,
                kind: EntityKind::Entity,
                aliases: Vec::new(),
                program: String::new(),
                addresses: Vec::new(),
                review_only: false,
            };
            self.parties.insert(ent_num, entry);
        }
        Ok(())
    }

    fn address(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let ent_num = ent_num(row)?;
        let address = ListAddress {
            street: field(row, 2)?.unwrap_or_default(),
            city: field(row, 3)?.unwrap_or_default(),
            country: field(row, 4)?.unwrap_or_default(),
        };
        match self.parties.get_mut(&ent_num) {
            Some(party) if address != ListAddress::default() => party.addresses.push(address),
            _ => {}
        }
        Ok(())
    }
}

/// Weak aliases stand in the remarks, as `a.k.a. 'NAME';`.
fn weak_aliases(remarks: &str) -> Vec<Alias> {
    remarks
        .split(';')
        .filter_map(|part| {
            let part = part.trim().trim_end_matches('.');
            let name =
                ["a.k.a. '", "f.k.a. '", "n.k.a. '"].iter().find_map(|p| part.strip_prefix(p))?;
            let name = name.strip_suffix('\'')?.trim();
            (!name.is_empty()).then(|| Alias { name: name.to_owned(), quality: NameQuality::Weak })
        })
        .collect()
}
