//! What every loader of a published list promises: parse all, refuse on any doubt, remember what
//! was loaded and of when it is.

use crate::domain::screening::{ListCounts, ListEntry, is_stale};
use crate::domain::time::{Span, Ts};

/// A file of a load, as evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMark {
    /// Its published name.
    pub name: &'static str,
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
    /// The list's word in the store.
    pub list: &'static str,
    /// Of the lines `sha256sum` prints for the files, in order of name.
    pub sha256: [u8; 32],
    /// What the publisher says it is of.
    pub as_of: Ts,
    /// Every listed party, in order of its number.
    pub rows: Vec<ListEntry>,
    /// What the next load is measured against.
    pub counts: ListCounts,
    /// The files it came from.
    pub files: Vec<FileMark>,
}

/// What a load must live up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListExpect {
    /// What the publisher says the files are of. The files themselves do not say, and a file's
    /// time on disk says when it was copied.
    pub as_of: Ts,
    /// The present.
    pub now: Ts,
    /// The oldest list that still counts.
    pub max_age: Span,
    /// The counts of the list in force, if any.
    pub last: Option<ListCounts>,
}

impl ListExpect {
    pub(super) fn check_age(&self, list: &'static str) -> Result<(), ListError> {
        if is_stale(self.as_of, self.max_age, self.now) {
            Err(ListError::new(list, None, ListFault::Stale))
        } else {
            Ok(())
        }
    }

    pub(super) fn check_counts(
        &self,
        file: &'static str,
        new: ListCounts,
    ) -> Result<(), ListError> {
        let Some(last) = self.last else { return Ok(()) };
        let pairs = [
            (last.entries, new.entries),
            (last.aliases, new.aliases),
            (last.addresses, new.addresses),
        ];
        match pairs.into_iter().find(|(had, has)| has.saturating_mul(10) < had.saturating_mul(9)) {
            Some((had, has)) => Err(ListError::new(file, None, ListFault::Shrunk { had, has })),
            None => Ok(()),
        }
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
    #[error("it is not text; fetch it again as CSV")]
    Encoding,
    /// Beyond the limits on bytes, lines or rows.
    #[error("it is longer than any true copy; check that it is the right file")]
    TooLarge,
    /// Older than the policy allows, or of a time yet to come.
    #[error("it is older than max_age, or dated in the future; fetch a current one")]
    Stale,
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
            Self::Schema => "SCHEMA",
            Self::Unreadable => "UNREADABLE",
        }
    }
}

/// A refused load. The list in force stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {fault}", .line.map(|l| format!(", line {l}")).unwrap_or_default())]
pub struct ListError {
    /// The file, or the list where it is about all of it.
    pub file: &'static str,
    /// The line, where there is one.
    pub line: Option<u64>,
    /// What is wrong.
    pub fault: ListFault,
}

impl ListError {
    /// The one reason word of `ErrorInfo`.
    pub const REASON: &'static str = "LIST_REJECTED";

    pub(super) const fn new(file: &'static str, line: Option<u64>, fault: ListFault) -> Self {
        Self { file, line, fault }
    }
}
