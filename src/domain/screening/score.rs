//! The one function a better matcher replaces: two folded names and what words weigh, to a score
//! and its reasons.

use serde::{Deserialize, Serialize};

use super::fold::Folded;
use crate::domain::pii::Pii;

/// Likeness in thousandths.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Score(pub u16);

impl Score {
    /// The same name.
    pub const FULL: Self = Self(1_000);
    /// Where a resemblance becomes a finding, unless policy says otherwise. Measured on the SDN
    /// list of 2021: 6 in 1,000 unrelated companies reach it, and 9 in 10 listed names that lost
    /// a word still do.
    pub const DEFAULT_THRESHOLD: Self = Self(750);
}

/// What became of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TokenHow {
    /// On both sides.
    Same,
    /// Both names, with their words run together, are this.
    Joined,
    /// Only in the name that was asked about.
    OnlyAsked,
    /// Only in the listed name.
    OnlyListed,
    /// A legal form or small word on one side: counted for nothing.
    Minor,
}

/// Why a score is what it is, for one word. The asked word may be a part of a person's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenWhy {
    /// The word of the name asked about.
    pub asked: Option<Pii<String>>,
    /// The word of the listed name.
    pub listed: Option<String>,
    /// What became of it.
    pub how: TokenHow,
    /// What it weighs; rare words weigh more.
    pub weight: u32,
}

/// The weights a score is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides {
    pub(super) shared: u32,
    pub(super) asked: u32,
    pub(super) listed: u32,
    pub(super) asked_words: usize,
    pub(super) listed_words: usize,
}

impl Sides {
    /// One name inside the other counts for more than an even overlap ("X Airlines of Florida"),
    /// but not when the inner name is a single word: too many names hold one word.
    pub(super) fn score(self) -> Score {
        let cover = |of: u32| (u64::from(self.shared) * 1_000).checked_div(u64::from(of));
        let asked = (cover(self.asked).unwrap_or(0).min(1_000), self.asked_words);
        let listed = (cover(self.listed).unwrap_or(0).min(1_000), self.listed_words);
        let (high, low) = if asked.0 >= listed.0 { (asked, listed) } else { (listed, asked) };
        let mean = if high.1 < 2 { high.0.midpoint(low.0) } else { (3 * high.0 + low.0) / 4 };
        Score(u16::try_from(mean).unwrap_or(0))
    }
}

/// Compares two folded names; `weight` says what a word weighs in the list at hand.
pub fn explain(
    asked: &Folded,
    listed: &Folded,
    weight: impl Fn(&str) -> u32,
) -> (Score, Vec<TokenWhy>) {
    let mut why = Vec::new();
    let mut sides = Sides {
        shared: 0,
        asked: 0,
        listed: 0,
        asked_words: asked.core().count(),
        listed_words: listed.core().count(),
    };
    for (token, minor) in asked.tokens() {
        let listed_minor = listed.tokens().find(|(t, _)| *t == token).map(|(_, m)| m);
        let (how, weight) = match (minor, listed_minor) {
            (_, Some(false)) => (TokenHow::Same, weight(token)),
            (true, _) => (TokenHow::Minor, 0),
            (false, _) => (TokenHow::OnlyAsked, weight(token)),
        };
        if how == TokenHow::Same {
            sides.shared += weight;
        }
        sides.asked += weight;
        why.push(TokenWhy {
            asked: Some(Pii::new(token.to_owned())),
            listed: listed_minor.map(|_| token.to_owned()),
            how,
            weight,
        });
    }
    for (token, minor) in listed.tokens() {
        let weight = if minor { 0 } else { weight(token) };
        sides.listed += weight;
        if !asked.has(token) {
            let how = if minor { TokenHow::Minor } else { TokenHow::OnlyListed };
            why.push(TokenWhy { asked: None, listed: Some(token.to_owned()), how, weight });
        }
    }
    (sides.score(), why)
}
