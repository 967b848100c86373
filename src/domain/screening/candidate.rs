//! Which listed names can reach a threshold at all, from the words they share with the asked one.
//!
//! The comparison pairs two words only if they have a key in common or one is the beginning of the
//! other, and every word that is left unpaired has its price. So the words that can be paired, found
//! by key, give each listed name a price it cannot fall below, and names whose lowest price is too
//! high need no comparison. No name that would reach the threshold is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::score::Score;
use crate::domain::name::{CUT_OFF, Floor, Look, Name, Span, Word};

/// The words of a list, found by key and by beginning.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidates {
    words: Vec<Listed>,
    /// Sorted: a key and a word that has it.
    by_key: Vec<(u32, u32)>,
    /// Where each value of a key's upper half begins in `by_key`.
    steps: Vec<u32>,
    /// What a glance tells of each word, close together.
    looks: Vec<Look>,
    /// Single words in order of their letters.
    by_letters: Vec<u32>,
    floors: Vec<Floor>,
    /// The number of each name in its list.
    ids: Vec<u32>,
    /// Every letter of each name, sorted.
    whole: Vec<(String, u32)>,
}

#[derive(Clone, Debug)]
struct Listed {
    word: Arc<Word>,
    /// The names that have it, and what it is worth there.
    names: Vec<(u32, u16)>,
}

/// What the words found so far are worth to a listed name.
#[derive(Clone, Copy, Default)]
struct Found {
    asked: u16,
    listed: u16,
    /// The asked span that added last, plus one.
    by: u16,
}

impl Candidates {
    /// The names with their numbers.
    pub(super) fn build<'a>(names: impl Iterator<Item = (u32, &'a mut Name)>) -> Self {
        let mut all = Self::default();
        let mut ids: BTreeMap<Arc<Word>, u32> = BTreeMap::new();
        let mut single = Vec::new();
        for ((number, name), id) in names.zip(0..) {
            all.ids.push(number);
            all.floors.push(Floor::of(name));
            all.whole.push((name.letters().to_owned(), id));
            let worth: Vec<u16> = name.spans().iter().map(|s| short(name.worth(s))).collect();
            for (span, worth) in name.spans_mut().iter_mut().zip(worth) {
                let at = if let Some((word, at)) = ids.get_key_value(&span.word) {
                    span.word = Arc::clone(word);
                    *at
                } else {
                    let next = u32::try_from(all.words.len()).unwrap_or(u32::MAX);
                    ids.insert(Arc::clone(&span.word), next);
                    all.words.push(Listed { word: Arc::clone(&span.word), names: Vec::new() });
                    single.push(false);
                    next
                };
                if span.minor {
                    continue;
                }
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                if let (Some(listed), Some(single)) = (all.words.get_mut(at), single.get_mut(at)) {
                    listed.names.push((id, worth));
                    *single |= span.to == span.from + 1;
                }
            }
            name.share_words();
        }
        all.whole.sort_unstable();
        all.order(&single);
        all
    }

    fn order(&mut self, single: &[bool]) {
        let numbered = || self.words.iter().zip(0_u32..).filter(|(w, _)| !w.names.is_empty());
        let mut by_key: Vec<(u32, u32)> = numbered()
            .flat_map(|(w, id)| w.word.keys().iter().map(move |key| (*key, id)))
            .collect();
        by_key.sort_unstable();
        let alone = |id: u32| single.get(id as usize).copied().unwrap_or(false);
        let mut letters: Vec<(&str, u32)> =
            numbered().filter(|(_, id)| alone(*id)).map(|(w, id)| (w.word.text(), id)).collect();
        letters.sort_unstable();
        let by_letters = letters.into_iter().map(|(_, id)| id).collect();
        let mut steps = vec![0; (1 << 16) + 1];
        for (key, _) in &by_key {
            if let Some(step) = steps.get_mut((key >> 16) as usize + 1) {
                *step += 1;
            }
        }
        let mut sum = 0;
        for step in &mut steps {
            sum += *step;
            *step = sum;
        }
        self.looks = self.words.iter().map(|w| w.word.look()).collect();
        self.by_key = by_key;
        self.by_letters = by_letters;
        self.steps = steps;
    }

    /// The names that may reach the threshold, in order.
    pub(super) fn of(&self, asked: &Name, threshold: Score) -> Vec<u32> {
        let mut found = vec![Found::default(); self.floors.len()];
        let mut touched: Vec<u32> = Vec::new();
        let mut like: Vec<u32> = Vec::new();
        let mut seen = vec![0; self.words.len()];
        for (span, by) in asked.spans().iter().zip(1_u16..) {
            if span.minor {
                continue;
            }
            let worth = short(asked.worth(span));
            like.clear();
            self.like(span, &mut seen, by, &mut like);
            self.longer(asked, span, &mut seen, by, &mut like);
            for word in &like {
                let Some(listed) = self.words.get(*word as usize) else { continue };
                for (name, theirs) in &listed.names {
                    let Some(sums) = found.get_mut(*name as usize) else { continue };
                    if sums.by == 0 {
                        touched.push(*name);
                    }
                    if sums.by != by {
                        sums.asked = sums.asked.saturating_add(worth);
                        sums.by = by;
                    }
                    sums.listed = sums.listed.saturating_add(*theirs);
                }
            }
        }
        let mine = Floor::of(asked);
        touched.retain(|name| {
            let (floor, sums) = (self.floors.get(*name as usize), found.get(*name as usize));
            floor.zip(sums).is_some_and(|(theirs, sums)| {
                mine.best(theirs, sums.asked.into(), sums.listed.into()) >= threshold.0
            })
        });
        if asked.may_be_cut_off() && CUT_OFF >= threshold.0 {
            let from =
                self.whole.partition_point(|(letters, _)| letters.as_str() < asked.letters());
            let longer = self.whole.get(from..).unwrap_or_default();
            let cut = longer.iter().take_while(|(letters, _)| letters.starts_with(asked.letters()));
            touched.extend(cut.map(|(_, name)| *name));
        }
        let number = |name: &u32| self.ids.get(*name as usize).copied();
        let mut names: Vec<u32> = touched.iter().filter_map(number).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The listed words that a span can be read for.
    fn like(&self, span: &Span, seen: &mut [u16], by: u16, like: &mut Vec<u32>) {
        let look = span.word.look();
        for key in span.word.keys() {
            let step = (key >> 16) as usize;
            let from = self.steps.get(step).map_or(0, |s| *s as usize);
            let to = self.steps.get(step + 1).map_or(0, |s| *s as usize);
            let bucket = self.by_key.get(from..to).unwrap_or_default();
            let start = bucket.partition_point(|(k, _)| k < key);
            for (_, id) in bucket.iter().skip(start).take_while(|(k, _)| k == key) {
                let at = *id as usize;
                let Some(mark) = seen.get_mut(at).filter(|mark| **mark != by) else { continue };
                *mark = by;
                if self.looks.get(at).is_some_and(|theirs| look.may_be_like(*theirs))
                    && self.words.get(at).is_some_and(|w| span.word.met_cost(&w.word).is_some())
                {
                    like.push(*id);
                }
            }
        }
    }

    /// The listed words that begin with a span that may be cut.
    fn longer(&self, asked: &Name, span: &Span, seen: &mut [u16], by: u16, like: &mut Vec<u32>) {
        if !asked.may_be_cut(span) {
            return;
        }
        let text = span.word.text();
        let word = |id: u32| self.words.get(id as usize).map(|w| &w.word);
        let from = self.by_letters.partition_point(|id| word(*id).is_some_and(|w| w.text() < text));
        for id in self.by_letters.get(from..).unwrap_or_default() {
            let Some(word) = word(*id).filter(|w| w.text().starts_with(text)) else { break };
            let known = like.contains(id);
            if !known && span.word.cut_cost(word).is_some() {
                like.push(*id);
            }
            if let Some(mark) = seen.get_mut(*id as usize) {
                *mark = by;
            }
        }
    }
}

fn short(worth: u32) -> u16 {
    u16::try_from(worth).unwrap_or(u16::MAX)
}
