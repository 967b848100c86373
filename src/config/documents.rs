//! `[documents]`: where uploaded files are kept, sealed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The document store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// Folder; made when it is missing. Instances on one database share it.
    pub dir: PathBuf,
}

impl Default for Documents {
    fn default() -> Self {
        Self { dir: PathBuf::from("vouch-documents") }
    }
}
