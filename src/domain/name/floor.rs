//! The most that two names can score when only some of their words can be paired.

use super::class::Class;
use super::compare::{allowed, contradicted, from_cost};
use super::read::Name;

/// What a name's words come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Floor {
    /// What all of its words cost where the other name contradicts them.
    total: u32,
    halves: u32,
    initials: u32,
    repeats: bool,
}

/// A word of a person's name for which an initial of the other may stand.
const NAME: u32 = 350;

impl Floor {
    pub(crate) fn of(name: &Name) -> Self {
        let mut floor = Self::default();
        for (at, token) in name.tokens().iter().enumerate() {
            let earlier = name.tokens().iter().take(at);
            floor.repeats |= earlier.clone().any(|t| t.text() == token.text());
            floor.halves += token.halves();
            floor.initials += u32::from(token.class == Class::Initial);
            if !token.class.is_minor() {
                floor.total += token.conflict();
            }
        }
        floor
    }

    /// No score of these two names is higher, if the words that can be paired are worth `mine` to
    /// this one and `yours` to the other.
    pub(crate) fn best(&self, other: &Self, mine: u32, yours: u32) -> u16 {
        let initials = (self.initials + other.initials) * NAME;
        let mine = self.total.saturating_sub(mine + initials);
        let yours = other.total.saturating_sub(yours + initials);
        let (less, more) = (mine.min(yours), mine.max(yours));
        let allowed = allowed(self.halves.min(other.halves));
        // No class costs less alone than 13 of 100 of what it costs contradicted, but for a word
        // that is there twice. Whole numbers lose up to one each time.
        let alone = if self.repeats || other.repeats { 0 } else { (more - less) * 13 / 100 };
        let cost = contradicted(less, allowed) + alone;
        from_cost(cost.saturating_sub(2), allowed)
    }
}
