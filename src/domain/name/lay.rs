//! Two names laid against each other, word by word.

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::read::{Name, Schema, Span, Token};
use crate::domain::pii::Pii;

/// What became of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum How {
    /// The same on both sides.
    Same,
    /// Read for each other: spelling, sound, a slip.
    Alike,
    /// Written together on one side and apart on the other.
    Joined,
    /// A letter for a name.
    Initial,
    /// The asked name was cut there.
    Cut,
    /// Only in the name that was asked about.
    OnlyAsked,
    /// Only in the other name.
    OnlyOther,
}

/// Why a score is what it is, for one word or pair of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// Of the name asked about.
    pub asked: Option<Pii<String>>,
    /// Of the other name.
    pub other: Option<Pii<String>>,
    /// What became of it.
    pub how: How,
    /// What it is.
    pub class: Class,
    /// What it costs, in hundredths of a letter.
    pub cost: u32,
}

/// Two spans read for each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'n> {
    pub(super) asked: &'n Span,
    pub(super) other: &'n Span,
    pub(super) cost: u32,
    pub(super) how: How,
}

/// Words run together cost a little, so that words one by one are preferred.
const JOIN: u32 = 20;
const INITIAL: u32 = 50;

/// What is laid against what, and what is left.
pub(super) struct Laid<'n> {
    pub(super) pairs: Vec<Pair<'n>>,
    pub(super) asked_left: Vec<&'n Token>,
    pub(super) other_left: Vec<&'n Token>,
}

/// The pairs that save most, one after the other.
pub(super) fn lay<'n>(asked: &'n Name, other: &'n Name) -> Laid<'n> {
    let mut open = possible(asked, other);
    let saved = |pair: &Pair<'_>| {
        let worth = |name: &Name, span: &Span| -> u32 {
            let tokens = name.tokens().get(span.from..span.to).unwrap_or_default();
            tokens.iter().map(|t| if t.class == Class::Number { 350 } else { t.conflict() }).sum()
        };
        (worth(asked, pair.asked) + worth(other, pair.other)).saturating_sub(2 * pair.cost)
    };
    open.sort_by_cached_key(|p| (u32::MAX - saved(p), p.cost, p.asked.from, p.other.from));
    let mut used = (vec![false; asked.tokens().len()], vec![false; other.tokens().len()]);
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    let free = |used: &[bool], span: &Span| {
        used.get(span.from..span.to).is_some_and(|used| used.iter().all(|u| !u))
    };
    let take = |used: &mut [bool], span: &Span| {
        if let Some(used) = used.get_mut(span.from..span.to) {
            used.fill(true);
        }
    };
    for pair in open {
        if free(&used.0, pair.asked) && free(&used.1, pair.other) {
            take(&mut used.0, pair.asked);
            take(&mut used.1, pair.other);
            pairs.push(pair);
        }
    }
    if asked.schema() == Schema::Person && !pairs.is_empty() {
        initials(asked, other, &mut used, &mut pairs);
    }
    let left = |name: &'n Name, used: &[bool]| {
        name.tokens().iter().zip(used).filter(|(_, used)| !**used).map(|(t, _)| t).collect()
    };
    Laid { asked_left: left(asked, &used.0), other_left: left(other, &used.1), pairs }
}

fn possible<'n>(asked: &'n Name, other: &'n Name) -> Vec<Pair<'n>> {
    let mut open = Vec::new();
    for one in asked.spans() {
        let cut = asked.may_be_cut(one);
        for two in other.spans() {
            let (long, wide) = (one.to - one.from, two.to - two.from);
            if one.minor != two.minor || (long > 1 && wide > 1) {
                continue;
            }
            let joined = long > 1 || wide > 1;
            if let Some(cost) = one.word.cost(&two.word) {
                let how = match (joined, cost) {
                    (true, _) => How::Joined,
                    (false, 0) => How::Same,
                    (false, _) => How::Alike,
                };
                let cost = cost + if joined { JOIN } else { 0 };
                open.push(Pair { asked: one, other: two, cost, how });
            } else if cut
                && wide == 1
                && let Some(cost) = one.word.cut_cost(&two.word)
            {
                open.push(Pair { asked: one, other: two, cost, how: How::Cut });
            }
        }
    }
    open
}

/// A letter stands for the first name left that begins with it, on either side.
fn initials<'n>(
    asked: &'n Name,
    other: &'n Name,
    used: &mut (Vec<bool>, Vec<bool>),
    pairs: &mut Vec<Pair<'n>>,
) {
    let fits = |one: &Token, two: &Token| {
        let initial = one.class == Class::Initial || two.class == Class::Initial;
        let name = |t: &Token| matches!(t.class, Class::Core | Class::Initial);
        initial && name(one) && name(two) && one.word.text.get(..1) == two.word.text.get(..1)
    };
    for (at, one) in asked.tokens().iter().enumerate() {
        for (place, two) in other.tokens().iter().enumerate() {
            let (Some(mine), Some(yours)) = (used.0.get_mut(at), used.1.get_mut(place)) else {
                continue;
            };
            if *mine || *yours || !fits(one, two) {
                continue;
            }
            if let (Some(asked), Some(other)) = (asked.spans().get(at), other.spans().get(place)) {
                (*mine, *yours) = (true, true);
                pairs.push(Pair { asked, other, cost: INITIAL, how: How::Initial });
            }
        }
    }
}
