//! `[policy]`: the rules a new store begins with.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where policies come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// A policy file to publish on a new store instead of the built-in `CURRENT_2026`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}
