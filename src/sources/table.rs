//! Published tables: lines of columns, with or without a line of names, read to their end or refused.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use csv::ByteRecord;

use super::bounded::{Bounded, END_MARK, Limits, text};
use super::list::{FileMark, ListError, ListFault};

/// What the lines of a table look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// How its columns are found.
    pub(super) head: Head,
    /// What stands between columns.
    pub(super) delimiter: u8,
    /// How much of it is taken.
    pub(super) limits: Limits,
}

/// How the columns of a table are found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Head {
    /// By their place: every row has this many.
    Columns(usize),
    /// By their names, which stand in a line behind so many others.
    Names {
        /// Lines in front of the names.
        skip: usize,
        /// The names without which it is another file, in the form of [`plain`].
        needed: &'static [&'static str],
    },
    /// As [`Head::Names`], of a publisher who does not quote all commas: a row may be longer or
    /// shorter than the line of names, but no shorter than this.
    Ragged {
        /// Lines in front of the names.
        skip: usize,
        /// The names without which it is another file, in the form of [`plain`].
        needed: &'static [&'static str],
        /// How many columns a row has at least.
        least: usize,
    },
}

/// A table that was read to its end.
#[derive(Debug)]
pub(super) struct Table {
    /// What to remember of the file.
    pub(super) mark: FileMark,
    /// The lines in front of the names.
    pub(super) before: Vec<String>,
}

/// A row under way.
pub(super) struct Row<'a> {
    file: &'a str,
    line: u64,
    record: &'a ByteRecord,
    names: &'a BTreeMap<String, usize>,
}

impl Row<'_> {
    /// A fault of this row.
    pub(super) fn fault(&self, fault: ListFault) -> ListError {
        ListError::new(self.file, Some(self.line), fault)
    }

    /// The text at a place, without white space around it.
    pub(super) fn at(&self, index: usize) -> Result<String, ListError> {
        let text = self.raw(index)?;
        Ok(text.trim().to_owned())
    }

    /// The text at a place as it is.
    pub(super) fn raw(&self, index: usize) -> Result<String, ListError> {
        let bytes = self.record.get(index).unwrap_or_default();
        text(bytes).ok_or_else(|| self.fault(ListFault::Encoding))
    }

    /// The text of a named column; empty where the table has none of that name.
    pub(super) fn get(&self, name: &str) -> Result<String, ListError> {
        self.names.get(name).map_or(Ok(String::new()), |index| self.at(*index))
    }

    /// The same where it must not be empty.
    pub(super) fn must(&self, name: &str) -> Result<String, ListError> {
        let text = self.get(name)?;
        if text.is_empty() { Err(self.fault(ListFault::Schema)) } else { Ok(text) }
    }
}

/// A column's name as it is compared: letters and digits, in lower case.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Reads a whole table, row by row.
pub(super) fn read(
    file: (&str, &Path),
    shape: Shape,
    mut take: impl FnMut(&Row<'_>) -> Result<(), ListError>,
) -> Result<Table, ListError> {
    let (name, path) = file;
    let fault = |line, fault| ListError::new(name, line, fault);
    let file = File::open(path).map_err(|_io| fault(None, ListFault::Unreadable))?;
    let mut lines = Lines {
        name,
        reader: csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(shape.delimiter)
            .from_reader(Bounded::new(file, shape.limits)),
        record: ByteRecord::new(),
    };
    let head = lines.head(shape.head)?;
    let mut rows = 0_u64;
    let mut wrong: Option<ListError> = None;
    while lines.next()? {
        if let Some(error) = wrong.take() {
            return Err(error);
        }
        let line = lines.line();
        let got = lines.record.len();
        if !head.fits(got) {
            let columns = head.columns;
            wrong = Some(fault(Some(line), ListFault::Columns { got, columns }));
            if rows == 0 {
                break;
            }
            continue;
        }
        rows += 1;
        if rows > shape.limits.rows {
            return Err(fault(Some(line), ListFault::TooLarge));
        }
        take(&Row { file: name, line, record: &lines.record, names: &head.names })?;
    }
    match wrong {
        // Only the last row is wrong: the file stops inside it.
        Some(error) if rows > 0 => return Err(fault(error.line, ListFault::Cut)),
        Some(error) => return Err(error),
        None if rows == 0 => return Err(fault(None, ListFault::Empty)),
        None => {}
    }
    Ok(Table { mark: lines.finish(rows)?, before: head.before })
}

struct Lines<'a> {
    name: &'a str,
    reader: csv::Reader<Bounded<File>>,
    record: ByteRecord,
}

struct Heading {
    columns: usize,
    /// The fewest that a row may have, where rows are ragged.
    least: Option<usize>,
    names: BTreeMap<String, usize>,
    before: Vec<String>,
}

impl Heading {
    fn fits(&self, got: usize) -> bool {
        self.least.map_or(got == self.columns, |least| got >= least)
    }
}

impl Lines<'_> {
    fn fault(&self, line: Option<u64>, fault: ListFault) -> ListError {
        ListError::new(self.name, line, fault)
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    /// Reads the next line; `false` at the end, or at the mark that stands for it.
    fn next(&mut self) -> Result<bool, ListError> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(more) => {
                let mark = self.record.len() == 1 && self.record.get(0) == Some(&[END_MARK]);
                Ok(more && !mark)
            }
            Err(_io) if self.reader.get_ref().too_large() => {
                Err(self.fault(None, ListFault::TooLarge))
            }
            Err(_io) => Err(self.fault(None, ListFault::Unreadable)),
        }
    }

    fn head(&mut self, head: Head) -> Result<Heading, ListError> {
        let (skip, needed, least) = match head {
            Head::Columns(columns) => {
                let names = BTreeMap::new();
                return Ok(Heading { columns, least: None, names, before: Vec::new() });
            }
            Head::Names { skip, needed } => (skip, needed, None),
            Head::Ragged { skip, needed, least } => (skip, needed, Some(least)),
        };
        let mut before = Vec::new();
        for _line in 0..skip {
            if !self.next()? {
                return Err(self.fault(None, ListFault::Empty));
            }
            let cells: Vec<_> = self.record.iter().filter_map(text).collect();
            before.push(cells.join(","));
        }
        if !self.next()? {
            return Err(self.fault(None, ListFault::Empty));
        }
        let width = self.record.len();
        let cells = self.record.iter().map(|cell| plain(&text(cell).unwrap_or_default()));
        let names: BTreeMap<String, usize> = cells.zip(0..).collect();
        if needed.iter().any(|name| !names.contains_key(*name)) {
            let fault = ListFault::Columns { got: width, columns: needed.len() };
            return Err(self.fault(Some(self.line()), fault));
        }
        Ok(Heading { columns: width, least, names, before })
    }

    fn finish(mut self, rows: u64) -> Result<FileMark, ListError> {
        let rest = self.reader.read_byte_record(&mut self.record).unwrap_or(true);
        let seen = self.reader.get_ref();
        if rest || seen.inside_quotes() || !seen.line_ended() {
            return Err(self.fault(None, ListFault::Cut));
        }
        Ok(FileMark {
            name: self.name.to_owned(),
            sha256: seen.sha256(),
            bytes: seen.bytes(),
            rows,
            end_mark: seen.end_mark(),
        })
    }
}
