//! What a list says of a party, whoever publishes it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::digest::Digest;
use crate::domain::time::{Span, Ts};

/// What a listed name belongs to (`sources.md` A8: SDN type, where null is an entity).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EntityKind {
    /// A person; the list writes "LAST, First".
    Individual,
    /// An organisation.
    Entity,
    /// A ship.
    Vessel,
    /// An aeroplane.
    Aircraft,
}

/// How well the list vouches for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NameQuality {
    /// The entry's own name.
    Primary,
    /// An alias the list stands by.
    Strong,
    /// A broad or generic alias: a hit on it alone says little.
    Weak,
}

/// Another name of a listed party.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alias {
    /// As published.
    pub name: String,
    /// Strong or weak; never primary.
    pub quality: NameQuality,
}

/// An address of a listed party; helps a reviewer tell namesakes apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListAddress {
    /// Street, as published; empty when unknown.
    pub street: String,
    /// City, province and postal code; empty when unknown.
    pub city: String,
    /// Country in English; empty when unknown.
    pub country: String,
}

/// What a list calls one of its parties.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PartyId {
    /// A number, as OFAC's.
    Number(u64),
    /// A text, as `CDi.001` of the United Nations.
    Text(String),
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// One party of a list. Published data, kept as a temporal row of its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// The list's own name for it, unique in the list.
    #[serde(alias = "ent_num")]
    pub id: PartyId,
    /// As published.
    pub name: String,
    /// What it is.
    pub kind: EntityKind,
    /// Other names, in the list's order.
    #[serde(default)]
    pub aliases: Vec<Alias>,
    /// The sanctions programmes, as published.
    #[serde(default)]
    pub program: String,
    /// Known addresses.
    #[serde(default)]
    pub addresses: Vec<ListAddress>,
    /// Being on the list forbids nothing by itself; a person has to look.
    #[serde(default, skip_serializing_if = "is_not")]
    pub review_only: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_not(flag: &bool) -> bool {
    !*flag
}

impl ListEntry {
    /// What tells whether the entry has changed.
    pub fn digest(&self) -> Digest {
        let text = serde_json::to_value(self).map(|value| value.to_string());
        Digest::of(text.unwrap_or_default().as_bytes())
    }
}

/// Whether a list as of `as_of` no longer counts: `max_age` old, or dated more than a day ahead.
/// Screening against a stale list is UNAVAILABLE, never a pass.
pub fn is_stale(as_of: Ts, max_age: Span, now: Ts) -> bool {
    now >= as_of.plus(max_age) || as_of > now.plus(Span::days(1))
}
