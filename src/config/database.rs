//! `[database]`: where everything is stored.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::fault::ConfigFault;
use super::secret::SecretText;

/// The store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` for one process, `postgres://...` for several. May hold a password, so it is
    /// never printed.
    pub url: SecretText,
    /// Most connections of one process to PostgreSQL, or readers of an SQLite file.
    pub max_connections: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: SecretText::new("sqlite:vouch.db".to_owned()), max_connections: 16 }
    }
}

impl Database {
    /// Refuses what no engine can open.
    pub fn check(&self) -> Result<(), ConfigFault> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        let bad = |key: &str, problem: &str, instead: &str| ConfigFault::Bad {
            key: key.to_owned(),
            from: "the settings".to_owned(),
            problem: problem.to_owned(),
            instead: instead.to_owned(),
        };
        if !known.iter().any(|scheme| self.url.expose().starts_with(scheme)) {
            return Err(bad(
                "database.url",
                "names no engine that Vouch knows",
                "sqlite:/var/lib/vouch/vouch.db or postgres://user@host/vouch",
            ));
        }
        if !(2..=1_000).contains(&self.max_connections) {
            return Err(bad("database.max_connections", "out of range", "a number from 2 to 1000"));
        }
        Ok(())
    }

    /// The file of the embedded store; none where the store is a server.
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.url.expose().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _options)| path);
        Some(PathBuf::from(path))
    }
}
