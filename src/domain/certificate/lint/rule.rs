//! A rule: its name, to whom it applies, since when, and what it looks at.

use serde::{Deserialize, Serialize};

use crate::domain::certificate::record::Certificate;
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// How grave.
    pub enum Severity as "lint severity" {
        /// Against a rule.
        Error = "error",
        /// Against good practice.
        Warn = "warn",
        /// Worth knowing.
        Notice = "notice",
    }
}

words! {
    /// Where the rule comes from.
    pub enum Source as "lint source" {
        /// ATIS-1000080, the governance model of SHAKEN.
        Atis = "ATIS1000080",
        /// The SHAKEN certificate policy of the United States.
        Policy = "US_SHAKEN_CP",
        /// Certificates of the internet.
        Rfc5280 = "RFC5280",
        /// Good practice of the SHAKEN authorities.
        Practice = "SHAKEN_PKI",
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lint {
    /// The rule's name.
    pub code: String,
    /// How grave.
    pub severity: Severity,
    /// Where the rule comes from.
    pub source: Source,
    /// What is wrong.
    pub details: String,
}

/// Which place in a chain a certificate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Issues nothing.
    End,
    /// Issues, and was issued by another.
    Middle,
    /// Issues, itself too.
    Root,
}

impl Place {
    pub(super) fn of(certificate: &Certificate) -> Self {
        match (certificate.is_ca(), certificate.is_self_issued()) {
            (false, _) => Self::End,
            (true, false) => Self::Middle,
            (true, true) => Self::Root,
        }
    }
}

/// To whom a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Everybody,
    End,
    Issuers,
    Middle,
    Root,
    AllButRoot,
}

impl For {
    pub(super) const fn includes(self, place: Place) -> bool {
        match (self, place) {
            (Self::Everybody, _)
            | (Self::End | Self::AllButRoot, Place::End)
            | (Self::Issuers | Self::Middle | Self::AllButRoot, Place::Middle)
            | (Self::Issuers | Self::Root, Place::Root) => true,
            (
                Self::End | Self::Issuers | Self::Middle | Self::Root | Self::AllButRoot,
                Place::End | Place::Middle | Place::Root,
            ) => false,
        }
    }
}

/// From when a rule held: for issuers at once, for what they issue after they had time to follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    issuers: &'static str,
    ends: &'static str,
}

impl Since {
    pub(super) const ALWAYS: Self = Self { issuers: "1970-01-01", ends: "1970-01-01" };
    /// ATIS-1000080 version 3.
    pub(super) const ATIS_3: Self = Self { issuers: "2020-09-04", ends: "2020-12-03" };
    /// ATIS-1000080 version 4.
    pub(super) const ATIS_4: Self = Self { issuers: "2021-10-18", ends: "2022-01-16" };
    /// ATIS-1000080 version 5.
    pub(super) const ATIS_5: Self = Self { issuers: "2022-12-12", ends: "2023-03-12" };
    /// Certificate policy 1.3.
    pub(super) const POLICY_1_3: Self = Self { issuers: "2021-08-18", ends: "2022-01-10" };
    /// Certificate policy 1.4.
    pub(super) const POLICY_1_4: Self = Self { issuers: "2023-06-06", ends: "2023-09-04" };

    pub(super) fn holds(self, place: Place, issued: Ts) -> bool {
        let from = match place {
            Place::End => self.ends,
            Place::Middle | Place::Root => self.issuers,
        };
        Ts::from_iso(from).is_some_and(|from| from <= issued)
    }
}

/// What a rule says of a certificate; nothing where it holds.
pub(super) type Check = fn(&Certificate) -> Option<String>;

/// A fixed text.
pub(super) fn say(wrong: bool, text: &str) -> Option<String> {
    wrong.then(|| text.to_owned())
}
