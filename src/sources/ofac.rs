//! OFAC's sanctions lists in their CSV form (`sources.md` A8; public domain, no key).
//!
//! A list is a folder of files without header: the parties, their aliases, their addresses, and
//! remarks that did not fit. A load is whole or nothing: any doubt refuses it, and the list loaded
//! before stays in force. Reading blocks; call it from a blocking task.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use sha2::{Digest, Sha256};

use super::bounded::{Bounded, END_MARK, Limits, text};
use super::list::{FileMark, ListError, ListExpect, ListFault, ListLoad};
use crate::domain::screening::{
    Alias, EntityKind, ListAddress, ListCounts, ListEntry, NameQuality,
};

/// Which of OFAC's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfacList {
    /// Specially Designated Nationals and blocked persons.
    Sdn,
    /// The consolidated non-SDN lists.
    Consolidated,
}

impl OfacList {
    /// The list's word in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sdn => "OFAC_SDN",
            Self::Consolidated => "OFAC_CONS",
        }
    }

    /// The file that makes the list: without it there is none.
    pub const fn main_file(self) -> &'static str {
        match self {
            Self::Sdn => "sdn.csv",
            Self::Consolidated => "cons_prim.csv",
        }
    }

    const fn files(self) -> [&'static str; 4] {
        match self {
            Self::Sdn => ["sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"],
            Self::Consolidated => {
                ["cons_prim.csv", "cons_alt.csv", "cons_add.csv", "cons_comments.csv"]
            }
        }
    }
}

/// The SDN list is 2 MB and 9,000 rows; remarks reach 1,000 characters.
const LIMITS: Limits = Limits { file: 64 << 20, line: 64 << 10, rows: 1_000_000 };

/// Loads a list from the folder its files were saved in, their names in any case. Only the file of
/// parties must be there; but a list that had aliases cannot come back without them.
pub fn load(dir: &Path, list: OfacList, expect: &ListExpect) -> Result<ListLoad, ListError> {
    expect.check_age(list.name())?;
    let [main, alt, add, comments] = list.files();
    let mut load = Load::default();
    if let Some(path) = find(dir, comments)? {
        load.file(comments, &path, 2, Load::comment)?;
    }
    let path = find(dir, main)?.ok_or_else(|| ListError::new(main, None, ListFault::Unreadable))?;
    load.file(main, &path, 12, Load::party)?;
    let parties = load.parties.len() as u64;
    if let Some(path) = find(dir, alt)? {
        load.file(alt, &path, 5, Load::alias)?;
    }
    if let Some(path) = find(dir, add)? {
        load.file(add, &path, 6, Load::address)?;
    }
    load.same_ending(comments)?;
    let rows: Vec<ListEntry> = load.parties.into_values().collect();
    // Aliases whose party is missing became parties: they must not hide that parties are missing.
    let counts = ListCounts { entries: parties, ..ListCounts::of(&rows) };
    expect.check_counts(main, counts)?;
    Ok(ListLoad {
        list: list.name(),
        sha256: manifest(&load.files),
        as_of: expect.as_of,
        rows,
        counts,
        files: load.files,
    })
}

fn find(dir: &Path, name: &'static str) -> Result<Option<PathBuf>, ListError> {
    let unreadable = || ListError::new(name, None, ListFault::Unreadable);
    let mut found = None;
    for item in dir.read_dir().map_err(|_io| unreadable())? {
        let item = item.map_err(|_io| unreadable())?;
        if item.file_name().eq_ignore_ascii_case(name) && found.replace(item.path()).is_some() {
            return Err(unreadable());
        }
    }
    Ok(found)
}

/// The hash of what `sha256sum` prints of the files in order of name: anyone can make it again.
fn manifest(files: &[FileMark]) -> [u8; 32] {
    let mut lines: Vec<String> =
        files.iter().map(|f| format!("{}  {}\n", hex(&f.sha256), f.name)).collect();
    lines.sort_by(|a, b| a.get(64..).cmp(&b.get(64..)));
    Sha256::digest(lines.concat()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        for half in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(u32::from(half), 16));
        }
        hex
    })
}

#[derive(Default)]
struct Load {
    parties: BTreeMap<u64, ListEntry>,
    comments: BTreeMap<u64, String>,
    files: Vec<FileMark>,
}

struct Row<'a> {
    file: &'static str,
    line: u64,
    record: &'a ByteRecord,
}

impl Row<'_> {
    fn fault(&self, fault: ListFault) -> ListError {
        ListError::new(self.file, Some(self.line), fault)
    }

    /// A field's text; `-0-` is the list's null.
    fn field(&self, index: usize) -> Result<Option<String>, ListError> {
        let bytes = self.record.get(index).unwrap_or_default();
        let text = text(bytes).ok_or_else(|| self.fault(ListFault::Encoding))?;
        let text = text.trim();
        Ok(if text.is_empty() || text == "-0-" { None } else { Some(text.to_owned()) })
    }

    fn ent_num(&self) -> Result<u64, ListError> {
        let text = self.field(0)?.unwrap_or_default();
        text.parse().map_err(|_not_a_number| self.fault(ListFault::Schema))
    }
}

impl Load {
    fn file(
        &mut self,
        name: &'static str,
        path: &Path,
        columns: usize,
        take: impl Fn(&mut Self, &Row<'_>) -> Result<(), ListError>,
    ) -> Result<(), ListError> {
        let fault = |line, fault| ListError::new(name, line, fault);
        let file = File::open(path).map_err(|_io| fault(None, ListFault::Unreadable))?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(Bounded::new(file, LIMITS));
        let mut record = ByteRecord::new();
        let mut rows = 0_u64;
        let mut wrong: Option<ListError> = None;
        loop {
            let more = reader.read_byte_record(&mut record).map_err(|_io| {
                let large = reader.get_ref().too_large();
                fault(None, if large { ListFault::TooLarge } else { ListFault::Unreadable })
            })?;
            if !more || (record.len() == 1 && record.get(0) == Some(&[END_MARK])) {
                break;
            }
            if let Some(error) = wrong.take() {
                return Err(error);
            }
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != columns {
                wrong = Some(fault(Some(line), ListFault::Columns { got: record.len(), columns }));
                if rows == 0 {
                    break;
                }
                continue;
            }
            rows += 1;
            if rows > LIMITS.rows {
                return Err(fault(Some(line), ListFault::TooLarge));
            }
            take(self, &Row { file: name, line, record: &record })?;
        }
        let rest = reader.read_byte_record(&mut record).unwrap_or(true);
        let seen = reader.get_ref();
        match wrong {
            // Only the last row is wrong: the file stops inside it.
            Some(error) if rows > 0 => return Err(fault(error.line, ListFault::Cut)),
            Some(error) => return Err(error),
            None if rows == 0 => return Err(fault(None, ListFault::Empty)),
            None if rest || seen.inside_quotes() || !seen.line_ended() => {
                return Err(fault(None, ListFault::Cut));
            }
            None => {}
        }
        self.files.push(FileMark {
            name,
            sha256: seen.sha256(),
            bytes: seen.bytes(),
            rows,
            end_mark: seen.end_mark(),
        });
        Ok(())
    }

    /// The files of parties, aliases and addresses all carry the end mark or none does: one
    /// without it was cut between two rows. Comments are published apart, with or without it.
    fn same_ending(&self, comments: &str) -> Result<(), ListError> {
        let marked = self.files.iter().any(|f| f.end_mark && f.name != comments);
        match self.files.iter().find(|f| marked && !f.end_mark && f.name != comments) {
            Some(file) => Err(ListError::new(file.name, None, ListFault::Cut)),
            None => Ok(()),
        }
    }

    fn comment(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let bytes = row.record.get(1).unwrap_or_default();
        let more = text(bytes).ok_or_else(|| row.fault(ListFault::Encoding))?;
        self.comments.entry(row.ent_num()?).or_default().push_str(&more);
        Ok(())
    }

    fn party(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let ent_num = row.ent_num()?;
        let name = row.field(1)?.ok_or_else(|| row.fault(ListFault::Schema))?;
        let kind = match row.field(2)?.as_deref() {
            None => EntityKind::Entity,
            Some("individual") => EntityKind::Individual,
            Some("vessel") => EntityKind::Vessel,
            Some("aircraft") => EntityKind::Aircraft,
            Some(_) => return Err(row.fault(ListFault::Schema)),
        };
        let mut remarks = row.field(11)?.unwrap_or_default();
        remarks.push_str(self.comments.get(&ent_num).map_or("", String::as_str));
        let entry = ListEntry {
            ent_num,
            name,
            kind,
            aliases: weak_aliases(&remarks),
            program: row.field(3)?.unwrap_or_default(),
            addresses: Vec::new(),
        };
        match self.parties.insert(ent_num, entry) {
            None => Ok(()),
            Some(_twice) => Err(row.fault(ListFault::Schema)),
        }
    }

    /// An alias whose party is missing stands for the party itself, so that no name is lost.
    fn alias(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let ent_num = row.ent_num()?;
        match row.field(2)?.as_deref() {
            Some("aka" | "fka" | "nka") => {}
            _ => return Err(row.fault(ListFault::Schema)),
        }
        let name = row.field(3)?.ok_or_else(|| row.fault(ListFault::Schema))?;
        if let Some(party) = self.parties.get_mut(&ent_num) {
            party.aliases.push(Alias { name, quality: NameQuality::Strong });
        } else {
            let entry = ListEntry {
                ent_num,
                name,
                kind: EntityKind::Entity,
                aliases: Vec::new(),
                program: String::new(),
                addresses: Vec::new(),
            };
            self.parties.insert(ent_num, entry);
        }
        Ok(())
    }

    fn address(&mut self, row: &Row<'_>) -> Result<(), ListError> {
        let ent_num = row.ent_num()?;
        let address = ListAddress {
            street: row.field(2)?.unwrap_or_default(),
            city: row.field(3)?.unwrap_or_default(),
            country: row.field(4)?.unwrap_or_default(),
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
