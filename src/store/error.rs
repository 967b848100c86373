//! What can go wrong with the store. The driver's errors are reduced to kinds and to names from one
//! table: database text may repeat a row, and a row may hold personal data (rule 11).

use std::path::PathBuf;

use sqlx::error::DatabaseError;

use super::names;

/// Why the store did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The text names no engine.
    #[error(
        "the database URL names no engine; use sqlite:/path/to/vouch.db or postgres://user@host/name"
    )]
    BadUrl,
    /// The folder of the file is not there.
    #[error("the folder {} does not exist; create it, or name another file", .0.display())]
    MissingFolder(PathBuf),
    /// The file is not there, and was not to be made.
    #[error("there is no store at {}; create it with `vouch migrate`", .0.display())]
    MissingFile(PathBuf),
    /// The file cannot be read or written as asked.
    #[error("the store at {} cannot be opened ({kind}); check its owner and mode", path.display())]
    FileRefused {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// Another process has the file.
    #[error("another process has the store at {} open; stop it first, or use PostgreSQL for several processes", .0.display())]
    InUse(PathBuf),
    /// The linked `SQLite` has known defects.
    #[error(
        "the linked SQLite is {found}; Vouch needs 3.51.3 or later: build with the pinned sqlx"
    )]
    OldSqlite {
        /// The version found.
        found: String,
    },
    /// A later Vouch has changed this store.
    #[error("the store has schema {found}, this Vouch knows {known}; use the newer Vouch")]
    NewerSchema {
        /// The schema's number.
        found: i64,
        /// The highest number this program knows.
        known: i64,
    },
    /// The store was not brought up to date.
    #[error("the store has schema {found}, this Vouch needs {needs}; run `vouch migrate`")]
    OlderSchema {
        /// The schema's number; 0 for an empty database.
        found: i64,
        /// The number this program needs.
        needs: i64,
    },
    /// A migration could not be carried out; the text is Vouch's own.
    #[error("the schema could not be brought to {version}: {why}")]
    Migration {
        /// The number that failed; 0 where none was begun.
        version: i64,
        /// What failed.
        why: &'static str,
    },
    /// The server cannot be reached with this URL.
    #[error("{0}; check the database URL")]
    Unreachable(&'static str),
    /// The key ring is not the one this store was made with.
    #[error("the key ring does not belong to this store; give the file the store was made with")]
    WrongKeys,
    /// The database does not answer, or the connection broke; nothing of the command remains
    /// unless `unknown`.
    #[error("the database is not reachable; the write can be repeated with the same request_id")]
    Unavailable,
    /// The connection broke during the commit of a command that carried no `request_id`.
    #[error("the connection broke while committing; read the state before you repeat the write")]
    Unknown,
    /// Others hold what is needed; nothing was changed.
    #[error("others are writing the same rows; nothing was changed, try again")]
    Busy,
    /// No connection came free in time; nothing was changed.
    #[error("every database connection is in use; nothing was changed, try again")]
    Exhausted,
    /// The disk failed while it wrote. What is on it is not known any more, so nothing more is
    /// written: the process has to end and recover.
    #[error("the disk of the database failed; check it, then start Vouch again")]
    Disk,
    /// The disk of the database is full; nothing was changed.
    #[error("the disk of the database is full; nothing was changed, make room and try again")]
    Full,
    /// A unique key has the value already.
    #[error("the value of {0} is taken")]
    Unique(&'static str),
    /// A check or a gate refused the state.
    #[error("the store refused the change: {0}")]
    Check(&'static str),
    /// A row that the change refers to is not there.
    #[error("the change refers to something that does not exist")]
    ForeignKey,
    /// What is stored cannot be read as what it should be.
    #[error("a stored {0} cannot be read; the store may be damaged, compare it with a backup")]
    Corrupt(&'static str),
    /// The same `request_id` came with another body.
    #[error("this request_id was used with another request; use a new one for each new write")]
    RequestReused,
    /// The write has happened; its answer held a secret that is shown once only.
    #[error("this write has happened and its secret was shown; make a new one if it was lost")]
    AlreadyShown,
    /// The data key of the customer has been erased.
    #[error("the personal data of this customer has been erased")]
    Erased,
    /// A proof was asked for a position or size that the journal does not have.
    #[error("the journal does not reach that far; ask for positions and sizes up to its head")]
    Outside,
    /// A seal does not open: the bytes were changed or moved.
    #[error("a sealed {0} does not open; it was changed or moved since it was written")]
    Seal(&'static str),
    /// A defect of Vouch.
    #[error("the store was used wrongly: {0}")]
    Defect(&'static str),
    /// A statement the engine refuses; the code is SQLSTATE or `SQLite`'s number.
    #[error("a statement failed with code {0}")]
    Statement(String),
}

/// What an error means for the transaction it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Rerunning the whole command may succeed at once.
    Rerun,
    /// The connection is gone; rerun on another one.
    Reconnect,
    /// The same again would fail the same way.
    No,
    /// The disk failed: nothing may be written again by this process.
    Never,
}

impl StoreError {
    /// Reduces a driver's error, and says whether a rerun of the whole may help.
    pub(super) fn from_driver(error: &sqlx::Error) -> (Self, Again) {
        use sqlx::Error as E;
        match error {
            E::Database(e) => from_engine(e.as_ref()),
            E::Io(_) | E::Tls(_) | E::WorkerCrashed | E::BeginFailed | E::Protocol(_) => {
                (Self::Unavailable, Again::Reconnect)
            }
            E::PoolTimedOut => (Self::Exhausted, Again::No),
            E::PoolClosed => (Self::Unavailable, Again::No),
            E::RowNotFound => (Self::Defect("a row that must exist was not found"), Again::No),
            E::ColumnDecode { .. } | E::Decode(_) => (Self::Corrupt("row"), Again::No),
            E::Encode(_) => (Self::Defect("an argument cannot be encoded"), Again::No),
            _ => (Self::Defect("the driver refused the call"), Again::No),
        }
    }

    /// Reduces a driver's error where no rerun is possible.
    pub(super) fn driver(error: &sqlx::Error) -> Self {
        Self::from_driver(error).0
    }
}

fn from_engine(error: &dyn DatabaseError) -> (StoreError, Again) {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        from_sqlite(&code, error.message())
    } else {
        from_postgres(&code, error.constraint().unwrap_or_default())
    }
}

/// Extended result codes: <https://www.sqlite.org/rescode.html>.
fn from_sqlite(code: &str, message: &str) -> (StoreError, Again) {
    let after = |mark: &str| message.split_once(mark).map_or("", |(_, rest)| rest.trim());
    let number: i64 = code.parse().unwrap_or(0);
    match (number, number & 0xff) {
        (1555 | 2067, _) => {
            (StoreError::Unique(names::unique(after("constraint failed:"))), Again::No)
        }
        (275, _) => (StoreError::Check(names::gate(after("constraint failed:"))), Again::No),
        (1811, _) => (StoreError::Check(names::gate(after("gate:"))), Again::No),
        (787, _) => (StoreError::ForeignKey, Again::No),
        (_, 5 | 6) => (StoreError::Busy, Again::Rerun),
        (_, 13) => (StoreError::Full, Again::No),
        (_, 11 | 26) => (StoreError::Corrupt("page"), Again::No),
        (_, 10) => (StoreError::Disk, Again::Never),
        (_, 14) => (StoreError::Unavailable, Again::Reconnect),
        _ => (StoreError::Statement(code.to_owned()), Again::No),
    }
}

/// SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn from_postgres(code: &str, constraint: &str) -> (StoreError, Again) {
    match code {
        "40001" | "40P01" => (StoreError::Busy, Again::Rerun),
        "55P03" | "57014" => (StoreError::Busy, Again::No),
        "23505" => {
            let name = names::unique(constraint);
            // Two commands met a new number, or a list's next version, at once: the one that runs
            // again finds its row.
            let met = matches!(name, "number_state_tn" | "list_version_live");
            let again = if met { Again::Rerun } else { Again::No };
            (StoreError::Unique(name), again)
        }
        "23514" => (StoreError::Check(names::gate(constraint)), Again::No),
        "23503" => (StoreError::ForeignKey, Again::No),
        "53300" => (StoreError::Exhausted, Again::No),
        "53100" => (StoreError::Full, Again::No),
        "XX001" | "XX002" => (StoreError::Corrupt("page"), Again::No),
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => {
            (StoreError::Unavailable, Again::Reconnect)
        }
        _ if code.starts_with("08") => (StoreError::Unavailable, Again::Reconnect),
        _ => (StoreError::Statement(code.to_owned()), Again::No),
    }
}

impl From<crate::domain::facts::BadFacts> for StoreError {
    fn from(_bad: crate::domain::facts::BadFacts) -> Self {
        Self::Corrupt("facts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_table_come_through() {
        let secret = "Jane Doe, +12125551234";
        let (error, again) = from_sqlite("2067", "UNIQUE constraint failed: customer.origid");
        assert_eq!((error, again), (StoreError::Unique("customer_origid"), Again::No));
        let (error, _) = from_sqlite("1811", "gate:activation_facts");
        assert_eq!(error, StoreError::Check("activation_facts"));
        for code in ["275", "1811", "2067", "1", "5", "11"] {
            let text = from_sqlite(code, &format!("failed: {secret} gate:{secret}")).0.to_string();
            assert!(!text.contains("Jane"), "{text}");
        }
        let text = from_postgres("23514", secret).0.to_string();
        assert!(!text.contains("Jane"), "{text}");
        assert_eq!(from_postgres("40001", "").1, Again::Rerun);
        assert_eq!(from_postgres("23505", "number_state_tn").1, Again::Rerun);
        assert_eq!(from_postgres("23505", "list_version_live").1, Again::Rerun);
        assert_eq!(from_postgres("23505", "customer_origid").1, Again::No);
        assert_eq!(from_sqlite("517", "").1, Again::Rerun);
        assert_eq!(from_sqlite("1034", ""), (StoreError::Disk, Again::Never));
    }
}
