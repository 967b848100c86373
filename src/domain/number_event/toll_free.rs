//! What the toll-free registry knows of a number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::words::words;

words! {
    /// The status of a toll-free number; calls reach a subscriber only while it is WORKING.
    pub enum TollFreeStatus as "toll-free status" {
        /// In service.
        Working = "WORKING",
        /// Held for a subscriber, not in service.
        Reserved = "RESERVED",
        /// Given a carrier, not in service.
        Assigned = "ASSIGNED",
        /// Taken out of service by the registry.
        Suspended = "SUSPENDED",
        /// Given up; rests.
        Disconnect = "DISCONNECT",
        /// Comes into service.
        Transitional = "TRANSITIONAL",
        /// Free.
        Spare = "SPARE",
        /// Cannot be had.
        Unavailable = "UNAVAILABLE",
    }
}

/// An organisation that may reserve and control toll-free numbers: five letters or digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RespOrg([u8; 5]);

/// The text names no such organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a RespOrg id has five capital letters or digits, such as ABC01")]
pub struct BadRespOrg;

impl FromStr for RespOrg {
    type Err = BadRespOrg;

    fn from_str(text: &str) -> Result<Self, BadRespOrg> {
        let id = <[u8; 5]>::try_from(text.as_bytes()).map_err(|_length| BadRespOrg)?;
        let known = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if id.iter().all(known) { Ok(Self(id)) } else { Err(BadRespOrg) }
    }
}

impl fmt::Display for RespOrg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| fmt::Write::write_char(f, char::from(*b)))
    }
}

impl fmt::Debug for RespOrg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for RespOrg {
    type Error = BadRespOrg;

    fn try_from(text: String) -> Result<Self, BadRespOrg> {
        text.parse()
    }
}

impl From<RespOrg> for String {
    fn from(id: RespOrg) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_five_letters_or_digits() {
        assert_eq!("ABC01".parse::<RespOrg>().map(|id| id.to_string()).as_deref(), Ok("ABC01"));
        for bad in ["", "ABC0", "ABC012", "abc01", "AB 01", "\u{00c4}BC0"] {
            assert_eq!(bad.parse::<RespOrg>(), Err(BadRespOrg), "{bad}");
        }
    }
}
