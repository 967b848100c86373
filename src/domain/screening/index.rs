//! A list made ready for look-ups, and what a look-up finds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::candidate::Candidates;
use super::list::{EntityKind, ListEntry, NameQuality, PartyId};
use super::score::Score;
use crate::domain::digest::Digest;
use crate::domain::name::{How, Name, Schema, Unreadable, Why, compare};

/// What is known of the party whose name is screened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A human being: people are looked through.
    Person,
    /// A firm: firms are looked through, and people, for a firm may bear its owner's name.
    Business,
    /// Not known: everything is looked through.
    Any,
}

impl Party {
    /// Whose name a claim of the profile gives: the customer's own names are a firm's, an owner may
    /// be a person or a firm.
    pub fn named_by(subject: &str) -> Self {
        let own = ["legal_name", "trade_names", "previous_names"];
        if own.iter().any(|field| subject.starts_with(field)) { Self::Business } else { Self::Any }
    }

    const fn looks_through(self, kind: EntityKind) -> bool {
        match self {
            Self::Person => matches!(kind, EntityKind::Individual),
            Self::Business => matches!(kind, EntityKind::Individual | EntityKind::Entity),
            Self::Any => true,
        }
    }
}

/// One listed party that a name resembles: its best matching name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The list's own name for the party.
    pub id: PartyId,
    /// What tells whether its entry has changed since.
    pub entry: Digest,
    /// Being on the list forbids nothing by itself.
    pub review_only: bool,
    /// What it is.
    pub kind: EntityKind,
    /// The entry's primary name, as published.
    pub primary: String,
    /// The name that matched, as published.
    pub listed: String,
    /// How well the list vouches for that name.
    pub quality: NameQuality,
    /// 0 to 1000.
    pub score: Score,
    /// Word by word.
    pub why: Vec<Why>,
}

impl Hit {
    /// Whether the asked name has every word of the listed one that tells it from others.
    pub fn is_whole(&self) -> bool {
        self.why.iter().all(|why| why.how != How::OnlyOther || why.class.is_minor())
    }
}

#[derive(Clone, Debug)]
struct Listed {
    id: PartyId,
    entry: Digest,
    review_only: bool,
    kind: EntityKind,
    primary: String,
}

#[derive(Clone, Debug)]
struct ListedName {
    party: u32,
    text: String,
    quality: NameQuality,
    name: Name,
}

/// A list made ready for look-ups by word: screening a name compares it with the names that share
/// enough words with it and no others.
#[derive(Clone, Debug, Default)]
pub struct ListIndex {
    parties: Vec<Listed>,
    names: Vec<ListedName>,
    people: Candidates,
    firms: Candidates,
}

impl ListIndex {
    /// Reads every name of a list. Names that hold nothing to compare cannot be found and are not
    /// counted by [`ListIndex::names`].
    pub fn build<'a>(entries: impl IntoIterator<Item = &'a ListEntry>) -> Self {
        let mut index = Self::default();
        for entry in entries {
            let Ok(party) = u32::try_from(index.parties.len()) else { break };
            index.parties.push(Listed {
                id: entry.id.clone(),
                entry: entry.digest(),
                review_only: entry.review_only,
                kind: entry.kind,
                primary: entry.name.clone(),
            });
            index.add(party, &entry.name, NameQuality::Primary, entry.kind);
            for alias in &entry.aliases {
                index.add(party, &alias.name, alias.quality, entry.kind);
            }
        }
        let mut of = |schema| {
            let names = index.names.iter_mut().zip(0..).map(|(n, id)| (id, &mut n.name));
            Candidates::build(names.filter(|(_, name)| name.schema() == schema))
        };
        (index.people, index.firms) = (of(Schema::Person), of(Schema::Firm));
        index
    }

    fn add(&mut self, party: u32, text: &str, quality: NameQuality, kind: EntityKind) {
        let schema = match kind {
            EntityKind::Individual => Schema::Person,
            EntityKind::Entity | EntityKind::Vessel | EntityKind::Aircraft => Schema::Firm,
        };
        if let Ok(name) = Name::read(text, schema) {
            self.names.push(ListedName { party, text: text.to_owned(), quality, name });
        }
    }

    /// How many names can be found.
    pub const fn names(&self) -> usize {
        self.names.len()
    }

    /// Whether nothing can be found: an empty list is no list, and screening against it is no
    /// check.
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The listed parties that `name` resembles by at least `threshold`, best first, each once.
    pub fn screen(
        &self,
        name: &str,
        party: Party,
        threshold: Score,
    ) -> Result<Vec<Hit>, Unreadable> {
        self.look(name, party, threshold, |asked| self.candidates(asked, threshold))
    }

    fn candidates(&self, asked: &Name, threshold: Score) -> Vec<u32> {
        match asked.schema() {
            Schema::Person => self.people.of(asked, threshold),
            Schema::Firm => self.firms.of(asked, threshold),
        }
    }

    /// The same by comparing with every name: what a look-up by word must agree with.
    pub fn scan(&self, name: &str, party: Party, threshold: Score) -> Result<Vec<Hit>, Unreadable> {
        let all = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.look(name, party, threshold, |_| (0..all).collect())
    }

    fn look(
        &self,
        name: &str,
        party: Party,
        threshold: Score,
        candidates: impl Fn(&Name) -> Vec<u32>,
    ) -> Result<Vec<Hit>, Unreadable> {
        let mut best: BTreeMap<u32, (Score, bool, u32)> = BTreeMap::new();
        let person = Name::read(name, Schema::Person)?;
        let firm = Name::read(name, Schema::Firm)?;
        for asked in [&person, &firm] {
            if asked.schema() == Schema::Firm && party == Party::Person {
                continue;
            }
            for id in candidates(asked) {
                let Some((listed, of)) = self.listed(id) else { continue };
                if listed.name.schema() != asked.schema() || !party.looks_through(of.kind) {
                    continue;
                }
                let score = Score::of(asked, &listed.name);
                let rank = (score, listed.quality != NameQuality::Weak, u32::MAX - id);
                if score >= threshold && best.get(&listed.party).is_none_or(|old| rank > *old) {
                    best.insert(listed.party, rank);
                }
            }
        }
        let asked = |schema| if schema == Schema::Person { &person } else { &firm };
        let mut hits: Vec<Hit> =
            best.values().filter_map(|rank| self.hit(u32::MAX - rank.2, asked)).collect();
        // A firm may bear a listed person's name; a part of that name says nothing.
        hits.retain(|hit| {
            party != Party::Business || hit.kind != EntityKind::Individual || hit.is_whole()
        });
        hits.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        Ok(hits)
    }

    fn listed(&self, id: u32) -> Option<(&ListedName, &Listed)> {
        let name = self.names.get(usize::try_from(id).ok()?)?;
        Some((name, self.parties.get(usize::try_from(name.party).ok()?)?))
    }

    fn hit<'n>(&self, id: u32, asked: impl Fn(Schema) -> &'n Name) -> Option<Hit> {
        let (name, party) = self.listed(id)?;
        let compared = compare(asked(name.name.schema()), &name.name);
        Some(Hit {
            id: party.id.clone(),
            entry: party.entry,
            review_only: party.review_only,
            kind: party.kind,
            primary: party.primary.clone(),
            listed: name.text.clone(),
            quality: name.quality,
            score: Score(compared.score),
            why: compared.why,
        })
    }
}
