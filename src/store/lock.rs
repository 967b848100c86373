//! The lock that keeps a second process off an `SQLite` file. The system drops it with the process,
//! however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// An exclusive lock on `<database>.lock`, held as long as the value lives.
#[derive(Debug)]
pub(super) struct FileLock(#[expect(dead_code, reason = "held, never read")] File);

impl FileLock {
    /// Takes the lock at once, or says who has it.
    pub(super) fn take(database: &Path) -> Result<Self, StoreError> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let refused = |error: &std::io::Error| StoreError::FileRefused {
            path: path.clone(),
            kind: error.kind(),
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| refused(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(database.to_owned())),
            Err(TryLockError::Error(error)) => Err(refused(&error)),
        }
    }
}
