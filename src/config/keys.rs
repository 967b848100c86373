//! `[keys]`: the file that holds the keys of the store.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::database::Database;
use super::fault::ConfigFault;

/// Where the key ring is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// JSON file, mode 0600. Made beside a new SQLite store where it is not given; PostgreSQL
    /// needs it, the same on every instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

impl Keys {
    /// The key ring's file: the one given, or the one beside the SQLite file.
    pub fn path(&self, database: &Database) -> Result<PathBuf, ConfigFault> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        let Some(path) = database.file() else {
            return Err(ConfigFault::Together {
                keys: "keys.file, database.url",
                problem: "PostgreSQL needs the key ring given, the same on every instance: set \
                          VOUCH_KEYS_FILE to a file of mode 0600; `vouch keyring new FILE` makes one"
                    .to_owned(),
            });
        };
        Ok(PathBuf::from(format!("{}.keys.json", path.display())))
    }
}
