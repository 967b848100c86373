//! `[geo]`: the address database that says in which country an IP address is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the address database lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geo {
    /// An mmdb file of countries. Without one nobody's country is known, and no finding rests on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}
