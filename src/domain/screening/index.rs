//! A list made ready for look-ups, and what a look-up finds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fold::{Folded, NameKind, Unscreenable, fold};
use super::list::{EntityKind, ListEntry, NameQuality};
use super::score::{Score, Sides, TokenHow, TokenWhy, explain};
use crate::domain::pii::Pii;

/// How a hit was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MatchKind {
    /// The same words in any order, or the same letters with the words joined otherwise.
    Exact,
    /// Enough of the words, by weight.
    Tokens,
}

/// One listed party that a name resembles: its best matching name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The list's own number.
    pub ent_num: u64,
    /// What it is.
    pub kind: EntityKind,
    /// The entry's primary name, as published.
    pub primary: String,
    /// The name that matched, as published.
    pub listed: String,
    /// How well the list vouches for that name.
    pub quality: NameQuality,
    /// How it was found.
    pub matched: MatchKind,
    /// 0 to 1000.
    pub score: Score,
    /// Word by word.
    pub why: Vec<TokenWhy>,
}

#[derive(Clone, Debug)]
struct Party {
    ent_num: u64,
    kind: EntityKind,
    primary: String,
}

#[derive(Clone, Debug)]
pub(super) struct Name {
    party: u32,
    pub(super) text: String,
    quality: NameQuality,
    pub(super) folded: Folded,
    total: u32,
}

/// A list made ready for look-ups by word: screening a name touches the names that share a word
/// with it and no others.
#[derive(Clone, Debug, Default)]
pub struct ListIndex {
    parties: Vec<Party>,
    pub(super) names: Vec<Name>,
    postings: BTreeMap<String, Vec<u32>>,
    joined: BTreeMap<String, Vec<u32>>,
}

impl ListIndex {
    /// Folds every name of a list. Names that fold to nothing cannot be found and are counted by
    /// [`ListIndex::names`] only when they can.
    pub fn build<'a>(entries: impl IntoIterator<Item = &'a ListEntry>) -> Self {
        let mut index = Self::default();
        for entry in entries {
            let Ok(party) = u32::try_from(index.parties.len()) else { break };
            let kind = match entry.kind {
                EntityKind::Individual => NameKind::Person,
                EntityKind::Entity | EntityKind::Vessel | EntityKind::Aircraft => NameKind::Any,
            };
            index.parties.push(Party {
                ent_num: entry.ent_num,
                kind: entry.kind,
                primary: entry.name.clone(),
            });
            index.add(party, &entry.name, NameQuality::Primary, kind);
            for alias in &entry.aliases {
                index.add(party, &alias.name, alias.quality, kind);
            }
        }
        let totals: Vec<u32> = index.names.iter().map(|n| index.total(&n.folded)).collect();
        for (name, total) in index.names.iter_mut().zip(totals) {
            name.total = total;
        }
        index
    }

    fn add(&mut self, party: u32, text: &str, quality: NameQuality, kind: NameKind) {
        let Ok(id) = u32::try_from(self.names.len()) else { return };
        let Ok(folded) = fold(text, kind) else { return };
        for token in folded.core() {
            self.postings.entry(token.to_owned()).or_default().push(id);
        }
        self.joined.entry(folded.joined()).or_default().push(id);
        self.names.push(Name { party, text: text.to_owned(), quality, folded, total: 0 });
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

    /// What a word weighs: 1 for one that most names hold, more for each halving of their number.
    pub fn weight(&self, token: &str) -> u32 {
        let holders = self.postings.get(token).map_or(1, Vec::len).max(1);
        (self.names.len() / holders).max(1).ilog2() + 1
    }

    fn total(&self, folded: &Folded) -> u32 {
        folded.core().map(|t| self.weight(t)).sum()
    }

    /// The listed parties that `name` resembles by at least `threshold`, best first, each once.
    pub fn screen(&self, name: &str, threshold: Score) -> Result<Vec<Hit>, Unscreenable> {
        let asked = fold(name, NameKind::Any)?;
        let mut best: BTreeMap<u32, Hit> = BTreeMap::new();
        for id in self.candidates(&asked, threshold) {
            let Some(hit) = self.hit(&asked, id) else { continue };
            if hit.1.score < threshold {
                continue;
            }
            let rank = |h: &Hit| (h.score, h.quality != NameQuality::Weak);
            match best.get(&hit.0) {
                Some(old) if rank(old) >= rank(&hit.1) => {}
                _ => {
                    best.insert(hit.0, hit.1);
                }
            }
        }
        let mut hits: Vec<Hit> = best.into_values().collect();
        hits.sort_by(|a, b| b.score.cmp(&a.score).then(a.ent_num.cmp(&b.ent_num)));
        Ok(hits)
    }

    /// Names that can still reach the threshold, from the weights of the shared words alone.
    pub(super) fn candidates(&self, asked: &Folded, threshold: Score) -> BTreeSet<u32> {
        let mut shared: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for (token, minor) in asked.tokens() {
            let weight = self.weight(token);
            for id in self.postings.get(token).into_iter().flatten() {
                let sums = shared.entry(*id).or_default();
                sums.0 += weight;
                sums.1 += if minor { weight } else { 0 };
            }
        }
        let asked_total = self.total(asked);
        let asked_core = asked.core().count();
        let mut found: BTreeSet<u32> = shared
            .into_iter()
            .filter_map(|(id, (weight, minor))| {
                let listed = self.names.get(usize::try_from(id).ok()?)?;
                let sides = Sides {
                    shared: weight,
                    asked: asked_total + minor,
                    listed: listed.total,
                    asked_words: asked_core,
                    listed_words: listed.folded.core().count(),
                };
                (sides.score() >= threshold).then_some(id)
            })
            .collect();
        found.extend(self.joined.get(&asked.joined()).into_iter().flatten());
        found
    }

    fn hit(&self, asked: &Folded, id: u32) -> Option<(u32, Hit)> {
        let name = self.names.get(usize::try_from(id).ok()?)?;
        let party = self.parties.get(usize::try_from(name.party).ok()?)?;
        let (mut score, mut why) = explain(asked, &name.folded, |t| self.weight(t));
        let mut matched = if score == Score::FULL { MatchKind::Exact } else { MatchKind::Tokens };
        if matched == MatchKind::Tokens && asked.joined() == name.folded.joined() {
            let joined = asked.joined();
            matched = MatchKind::Exact;
            score = Score::FULL;
            why = vec![TokenWhy {
                weight: self.weight(&joined),
                asked: Some(Pii::new(joined.clone())),
                listed: Some(joined),
                how: TokenHow::Joined,
            }];
        }
        let hit = Hit {
            ent_num: party.ent_num,
            kind: party.kind,
            primary: party.primary.clone(),
            listed: name.text.clone(),
            quality: name.quality,
            matched,
            score,
            why,
        };
        Some((name.party, hit))
    }
}
