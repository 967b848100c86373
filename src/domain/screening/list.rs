//! What a list says of a party, whoever publishes it.

use serde::{Deserialize, Serialize};

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

/// One party of a list. Published data, kept as a temporal row of its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// The list's own number for it, unique in the list.
    pub ent_num: u64,
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
}

/// How many rows a load had; the next load must have at least 90 % of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCounts {
    /// Listed parties.
    pub entries: u64,
    /// Strong aliases; weak ones come with their party's own row.
    pub aliases: u64,
    /// Addresses.
    pub addresses: u64,
}

impl ListCounts {
    /// The counts of a loaded list.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a ListEntry>) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            counts.entries += 1;
            let strong = entry.aliases.iter().filter(|a| a.quality == NameQuality::Strong);
            counts.aliases += strong.count() as u64;
            counts.addresses += entry.addresses.len() as u64;
        }
        counts
    }
}

/// Whether a list as of `as_of` no longer counts: `max_age` old, or dated more than a day ahead.
/// Screening against a stale list is UNAVAILABLE, never a pass.
pub fn is_stale(as_of: Ts, max_age: Span, now: Ts) -> bool {
    now >= as_of.plus(max_age) || as_of > now.plus(Span::days(1))
}
