//! What every loader of a published list promises: parse all, refuse on any doubt, remember what
//! was loaded and of when it is.
//!
//! A load is whole or nothing: any doubt refuses it, and the list loaded before stays in force.
//! Reading blocks; call it from a blocking task.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{csl, disposable, dno, ein, form_499, nanpa, ofac, rmd, sam, uk, un};
use crate::domain::date;
use crate::domain::digest::Digest;
use crate::domain::list::{Counts, List, ListFile, ListRow};
use crate::domain::screening::{ListEntry, is_stale};
use crate::domain::time::{Span, Ts};

/// A file of a load, as evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMark {
    /// Its name in lower case.
    pub name: String,
    /// Of its bytes.
    pub sha256: [u8; 32],
    /// Its length.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// Whether its last byte is 0x1A.
    pub end_mark: bool,
}

/// A list, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListLoad {
    /// Which.
    pub list: List,
    /// Of the lines `sha256sum` prints for the files, in order of name.
    pub sha256: [u8; 32],
    /// What the publisher says it is of.
    pub as_of: Ts,
    /// Every row, in order of its key.
    pub rows: Vec<ListRow>,
    /// What the next load is measured against.
    pub counts: Counts,
    /// The files it came from.
    pub files: Vec<FileMark>,
}

impl ListLoad {
    /// The rows of a list that is screened, as parties.
    pub fn parties(&self) -> Result<Vec<ListEntry>, ListError> {
        let read = |row: &ListRow| serde_json::from_str(&row.body);
        let parties: Result<_, _> = self.rows.iter().map(read).collect();
        parties.map_err(|_shape| ListError::new(self.list.as_str(), None, ListFault::Schema))
    }
}

/// What a loader made of the files.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// In any order.
    pub(super) rows: Vec<ListRow>,
    pub(super) counts: Counts,
    pub(super) files: Vec<FileMark>,
    /// The date that the files themselves give.
    pub(super) as_of: Option<Ts>,
}

/// What a load must live up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListExpect {
    /// What the publisher says the files are of. Most files do not say, and a file's time on disk
    /// says when it was copied.
    pub as_of: Option<Ts>,
    /// The present.
    pub now: Ts,
    /// The oldest list that still counts.
    pub max_age: Span,
    /// The counts of the list in force, if any.
    pub last: Option<Counts>,
}

/// Loads a list from the folder its files were saved in, their names in any case.
pub fn load(list: List, dir: &Path, expect: &ListExpect) -> Result<ListLoad, ListError> {
    if expect.as_of.is_some_and(|as_of| is_stale(as_of, expect.max_age, expect.now)) {
        return Err(ListError::new(list.as_str(), None, ListFault::Stale));
    }
    let folder = Folder::open(list, dir)?;
    let parsed = match list {
        List::OfacSdn | List::OfacCons => ofac::read(list, &folder)?,
        List::Un => un::read(&folder)?,
        List::Uk => uk::read(&folder)?,
        List::UsCsl => csl::read(&folder)?,
        List::Sam => sam::read(&folder)?,
        List::Rmd => rmd::read(&folder)?,
        List::RmdRemovals => rmd::read_removals(&folder)?,
        List::Form499 => form_499::read(&folder)?,
        List::Sec | List::EoBmf | List::Form5500 => ein::read(list, &folder)?,
        List::Disposable => disposable::read(&folder)?,
        // They are read with the certificates that sign them.
        List::StiRoots | List::StiCrl => {
            return Err(ListError::new(list.as_str(), None, ListFault::Schema));
        }
        List::Npa | List::CoCodes | List::Blocks => nanpa::read(list, &folder)?,
        List::Dno | List::Unused => dno::read(list, &folder)?,
        List::DnoExceptions => {
            return Err(ListError::new(list.as_str(), None, ListFault::Unreadable));
        }
    };
    finish(list, parsed, expect)
}

fn finish(list: List, parsed: Parsed, expect: &ListExpect) -> Result<ListLoad, ListError> {
    let Parsed { mut rows, counts, files, as_of: own } = parsed;
    let main = list.files().first().map_or(list.as_str(), |file| file.name);
    let fault = |fault| ListError::new(main, None, fault);
    let as_of = match (own, expect.as_of) {
        (Some(own), Some(told)) if own.since(told).0.abs() >= Span::days(2).0 => {
            return Err(fault(ListFault::AsOf));
        }
        (Some(own), _) => own,
        (None, Some(told)) => told,
        (None, None) => return Err(fault(ListFault::Undated)),
    };
    if is_stale(as_of, expect.max_age, expect.now) {
        return Err(fault(ListFault::Stale));
    }
    if rows.is_empty() {
        return Err(fault(ListFault::Empty));
    }
    rows.sort();
    if rows.windows(2).any(|pair| matches!(pair, [a, b] if a.reference == b.reference)) {
        return Err(fault(ListFault::Schema));
    }
    if let Some((had, has)) = expect.last.as_ref().and_then(|last| counts.fallen_from(last)) {
        return Err(fault(ListFault::Shrunk { had, has }));
    }
    Ok(ListLoad { list, sha256: manifest(&files), as_of, rows, counts, files })
}

/// The hash of what `sha256sum` prints of the files in order of name: anyone can make it again.
fn manifest(files: &[FileMark]) -> [u8; 32] {
    let mut lines: Vec<_> =
        files.iter().map(|f| (&f.name, format!("{}  {}\n", Digest(f.sha256), f.name))).collect();
    lines.sort();
    let lines: String = lines.into_iter().map(|(_, line)| line).collect();
    Sha256::digest(lines).into()
}

/// What a publisher means by a date in figures alone whose year comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figures {
    /// The day stands before the month, as in the United Kingdom.
    DayFirst,
    /// The month stands before the day, as in the United States.
    MonthFirst,
    /// Nobody knows: such a date is none.
    Unknown,
}

/// The first date in a text, as publishers write it: `2026-01-28`, `28-Jan-2026`, and, as `figures`
/// says, `28/01/2026` or `01/28/2026`.
pub(super) fn date_in(text: &str, figures: Figures) -> Option<Ts> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let apart = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '/');
    text.split(apart).find_map(|word| {
        let day = word.get(..10).unwrap_or(word);
        if let Some(date) = date::read(day) {
            return Some(date);
        }
        let parts: Vec<&str> = word.split(['-', '/']).collect();
        let [first, second, year] = parts.as_slice() else { return None };
        let named = MONTHS.iter().position(|name| second.to_lowercase().starts_with(name));
        let (day, month) = match (named, figures) {
            (Some(at), _) => (*first, format!("{:02}", at + 1)),
            (None, Figures::DayFirst) => (*first, (*second).to_owned()),
            (None, Figures::MonthFirst) => (*second, (*first).to_owned()),
            (None, Figures::Unknown) => return None,
        };
        date::read(&format!("{year}-{month:0>2}-{day:0>2}"))
    })
}

/// The files of one list in a folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// The published name, the file's own in lower case, and where it is; in order of name.
    files: Vec<(ListFile, String, PathBuf)>,
}

impl Folder {
    fn open(list: List, dir: &Path) -> Result<Self, ListError> {
        let main = list.files().first().map_or(list.as_str(), |file| file.name);
        let unreadable = |name: &str| ListError::new(name, None, ListFault::Unreadable);
        let mut files: Vec<(ListFile, String, PathBuf)> = Vec::new();
        for item in dir.read_dir().map_err(|_io| unreadable(main))? {
            let item = item.map_err(|_io| unreadable(main))?;
            let name = item.file_name().to_string_lossy().to_ascii_lowercase();
            let Some(file) = list.files().iter().find(|file| file.takes(&name)) else { continue };
            if files.iter().any(|(_, known, _)| *known == name) {
                return Err(unreadable(&name));
            }
            files.push((*file, name, item.path()));
        }
        files.sort_by(|a, b| a.1.cmp(&b.1));
        if files.is_empty() {
            return Err(unreadable(main));
        }
        let missing = list
            .files()
            .iter()
            .find(|file| file.needed && !files.iter().any(|(found, ..)| found.name == file.name));
        match missing {
            Some(file) => Err(unreadable(file.name)),
            None => Ok(Self { files }),
        }
    }

    /// Every file: their own names and where they are.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.files.iter().map(|(_, own, path)| (own.as_str(), path.as_path()))
    }

    /// The files under a published name: their own names and where they are.
    pub(super) fn under(&self, name: &str) -> impl Iterator<Item = (&str, &Path)> {
        let found = self.files.iter().filter(move |(file, ..)| file.name == name);
        found.map(|(_, own, path)| (own.as_str(), path.as_path()))
    }
}

/// Why a list was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// No rows.
    #[error("it holds no rows; fetch it again")]
    Empty,
    /// It stops inside a row, inside quotes, or without the end its sister files have.
    #[error("it stops before its end; fetch it again")]
    Cut,
    /// Fewer than 90 % of the rows of the list in force.
    #[error("it has {has} rows where {had} are in force; fetch it again, or ask the publisher")]
    Shrunk {
        /// Rows in force.
        had: u64,
        /// Rows in this load.
        has: u64,
    },
    /// A row of another width: another file, or an error page.
    #[error("a row has {got} columns where {columns} belong; check that it is the right file")]
    Columns {
        /// Columns found.
        got: usize,
        /// Columns published.
        columns: usize,
    },
    /// Control characters: UTF-16, or not text.
    #[error("it is not text; fetch it again in the form that is loaded")]
    Encoding,
    /// Beyond the limits on bytes, lines, rows or depth.
    #[error("it is larger or deeper than any true copy; check that it is the right file")]
    TooLarge,
    /// Older than the policy allows, or of a time yet to come.
    #[error("it is older than max_age, or dated in the future; fetch a current one")]
    Stale,
    /// Neither the file nor the one who loads it says of when it is.
    #[error("it does not say of when it is; give the publisher's date")]
    Undated,
    /// The file says another date than the one who loads it.
    #[error("it gives another date than you do; check that it is the right file")]
    AsOf,
    /// A number that is none, a name missing or given twice, an unknown kind.
    #[error("a row does not say what its column promises; check that it is the right file")]
    Schema,
    /// Missing, doubled, or not to be read.
    #[error("it cannot be read; check the folder and its permissions")]
    Unreadable,
}

impl ListFault {
    /// The stable reason; goes out under `LIST_REJECTED`.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::Cut => "CUT",
            Self::Shrunk { .. } => "SHRUNK",
            Self::Columns { .. } => "COLUMNS",
            Self::Encoding => "ENCODING",
            Self::TooLarge => "TOO_LARGE",
            Self::Stale => "STALE",
            Self::Undated => "UNDATED",
            Self::AsOf => "AS_OF",
            Self::Schema => "SCHEMA",
            Self::Unreadable => "UNREADABLE",
        }
    }
}

/// A refused load. The list in force stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {fault}", .line.map(|l| format!(", line {l}")).unwrap_or_default())]
pub struct ListError {
    /// The file, or the list where it is about all of it.
    pub file: String,
    /// The line, where there is one.
    pub line: Option<u64>,
    /// What is wrong.
    pub fault: ListFault,
}

impl ListError {
    /// The one reason word of `ErrorInfo`.
    pub const REASON: &'static str = "LIST_REJECTED";

    pub(super) fn new(file: &str, line: Option<u64>, fault: ListFault) -> Self {
        Self { file: file.to_owned(), line, fault }
    }
}
