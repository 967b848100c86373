//! What kind of word it is, and so what it weighs when the other name lacks it.

use serde::{Deserialize, Serialize};

/// What a word is in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Class {
    /// Tells this name from others.
    Core,
    /// A trade, a product or a structure: many firms have it.
    Generic,
    /// A country, a region or a nationality.
    Place,
    /// A number, a roman one too: it tells one of a series from the next.
    Number,
    /// One letter that stands for a person's name.
    Initial,
    /// One letter in a firm's name.
    Letter,
    /// A legal form.
    Form,
    /// A form of address or a rank.
    Title,
    /// "of", "and", "al", "bin", "de".
    Small,
}

impl Class {
    /// Whether it never makes a likeness on its own.
    pub const fn is_minor(self) -> bool {
        matches!(self, Self::Form | Self::Title | Self::Small)
    }

    /// What it costs, in hundredths of a letter, where each name has a word that the other lacks.
    pub(super) const fn conflict(self, length: u32) -> u32 {
        match self {
            Self::Core => {
                let grown = 75 + 75 * length;
                if grown < 350 { grown } else { 350 }
            }
            Self::Generic | Self::Place => 250,
            Self::Initial => 300,
            Self::Letter => 100,
            Self::Title | Self::Small => 15,
            Self::Form => 8,
            // Numbers are counted apart.
            Self::Number => 0,
        }
    }

    /// How many of its letters count when it is asked how long the likeness is, in halves.
    pub(super) const fn halves(self) -> u32 {
        match self {
            Self::Core | Self::Number | Self::Initial | Self::Letter => 2,
            Self::Generic | Self::Place => 1,
            Self::Form | Self::Title | Self::Small => 0,
        }
    }
}
