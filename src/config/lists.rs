//! `[lists]`: how old a list may be before nothing is screened against it.

use serde::{Deserialize, Serialize};

use super::fault::ConfigFault;
use crate::domain::time::Span;

/// Age of lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// A list older than this many days is refused when loaded and counts as missing later.
    pub max_age_days: u32,
}

impl Default for Lists {
    fn default() -> Self {
        Self { max_age_days: 14 }
    }
}

impl Lists {
    /// How old a list may be.
    pub fn max_age(&self) -> Span {
        Span::days(i64::from(self.max_age_days))
    }

    /// Refuses an age that would switch screening off.
    pub fn check(&self) -> Result<(), ConfigFault> {
        if (1..=90).contains(&self.max_age_days) {
            return Ok(());
        }
        Err(ConfigFault::Bad {
            key: "lists.max_age_days".to_owned(),
            from: "the settings".to_owned(),
            problem: "out of range".to_owned(),
            instead: "a number from 1 to 90".to_owned(),
        })
    }
}
