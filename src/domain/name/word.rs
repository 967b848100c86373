//! One word, or several run together, ready to be compared.

use super::clean::Plain;
use super::edit;
use super::key::{self, keys};
use super::variant::variant;

/// A word ready to be compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    pub(super) text: String,
    signs: Option<String>,
    abjad: bool,
    keys: Vec<u32>,
    look: Look,
    /// The word without its vowels.
    bones: String,
}

/// What a glance tells of a word: which letters it has, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Look {
    /// A bit for each letter that is no vowel.
    consonants: u32,
    length: u8,
    /// Whether it was written without vowels.
    no_vowels: bool,
    /// The name that it is a spelling of, plus one.
    variant: u16,
}

impl Look {
    fn of(text: &str, variant: Option<u16>) -> Self {
        let letter = |b: u8| match b {
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'h' | b'w' => 31,
            b'a'..=b'z' => b - b'a',
            _ => 26 + b % 5,
        };
        Self {
            consonants: text.bytes().fold(0, |letters, b| letters | 1 << letter(b)) & !(1 << 31),
            length: u8::try_from(text.len()).unwrap_or(u8::MAX),
            no_vowels: edit::has_no_vowels(text),
            variant: variant.map_or(0, |id| id + 1),
        }
    }

    /// Whether two words are worth comparing: spellings of one name, or words of much the same
    /// letters.
    pub(crate) const fn may_be_like(self, other: Self) -> bool {
        if self.variant > 0 && self.variant == other.variant {
            return true;
        }
        let short = if self.length < other.length { self.length } else { other.length };
        let (letters, longer) = if short > 5 { (4, 4) } else { (3, 2) };
        let bare = self.no_vowels || other.no_vowels;
        (self.consonants ^ other.consonants).count_ones() <= letters
            && (bare || self.length.abs_diff(other.length) <= longer)
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[word]")
    }
}

impl Word {
    pub(super) fn new(plain: Plain) -> Self {
        let variant = variant(&plain.text);
        let keys = keys(&plain.text, variant);
        let look = Look::of(&plain.text, variant);
        Self { keys, look, signs: plain.signs, abjad: plain.abjad, ..Self::bare(plain.text) }
    }

    /// Words run together: only the very same letters are like them.
    pub(super) fn joined(text: String) -> Self {
        let variant = variant(&text);
        let look = Look::of(&text, variant);
        let mut keys = vec![key::exact(&text)];
        keys.extend(variant.map(key::of_variant));
        keys.sort_unstable();
        Self { keys, look, ..Self::bare(text) }
    }

    fn bare(text: String) -> Self {
        Self {
            look: Look::of(&text, None),
            bones: edit::bones(&text),
            signs: None,
            abjad: false,
            keys: Vec::new(),
            text,
        }
    }

    pub(crate) const fn look(&self) -> Look {
        self.look
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn keys(&self) -> &[u32] {
        &self.keys
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    fn meets(&self, other: &Self) -> bool {
        self.keys.iter().any(|k| other.keys.binary_search(k).is_ok())
    }

    /// What it costs to read one for the other, in hundredths of a letter; `None` if they are two
    /// words.
    pub(crate) fn cost(&self, other: &Self) -> Option<u32> {
        if self.look.may_be_like(other.look) && self.meets(other) {
            self.met_cost(other)
        } else {
            None
        }
    }

    /// The same for words that are known to share a key and to look alike.
    pub(crate) fn met_cost(&self, other: &Self) -> Option<u32> {
        if let (Some(one), Some(two)) = (&self.signs, &other.signs) {
            return (one == two).then_some(0);
        }
        if self.text == other.text {
            return Some(0);
        }
        if self.look.variant > 0 && self.look.variant == other.look.variant {
            return Some(edit::VARIANT);
        }
        if self.look.no_vowels && self.bones.len() > 1 && self.bones == other.bones {
            return Some(edit::NO_VOWELS);
        }
        edit::cost(&self.text, &other.text, self.abjad || other.abjad)
    }

    /// The cost of reading this word as the beginning of the other, as in a field that was cut.
    pub(crate) fn cut_cost(&self, other: &Self) -> Option<u32> {
        let missing = other.len().checked_sub(self.len())?;
        (self.len() >= edit::SHORTEST_CUT && missing > 0 && other.text.starts_with(&self.text))
            .then(|| (missing * 25).min(120))
    }
}
