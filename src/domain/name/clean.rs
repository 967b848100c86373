//! From what people write to plain Latin words.

use unicode_security::confusable_detection::skeleton;

/// The longest name that is compared, in bytes.
pub const MAX_NAME: usize = 1_000;

/// Why a name cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing is left of the name.
    #[error("the name holds no letter or digit that can be compared; ask for its Latin spelling")]
    Empty,
    /// Longer than [`MAX_NAME`] bytes.
    #[error("the name is too long to be compared; at most 1000 bytes are")]
    TooLong,
}

impl Unreadable {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "NAME_EMPTY",
            Self::TooLong => "NAME_TOO_LONG",
        }
    }
}

/// A word in Latin letters, and what was lost on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plain {
    /// Lower-case ASCII letters and digits.
    pub(super) text: String,
    /// The word itself where a sign stands for a syllable: another sign is another word, even if
    /// it sounds the same.
    pub(super) signs: Option<String>,
    /// From a script that writes few vowels.
    pub(super) abjad: bool,
    /// Written as letters with dots between them.
    pub(super) dotted: bool,
}

/// The words of a name. Letters with dots between them are one word if `join`, else one each.
pub(super) fn words(name: &str, join: bool) -> Result<Vec<Plain>, Unreadable> {
    if name.len() > MAX_NAME {
        return Err(Unreadable::TooLong);
    }
    let seen: Vec<char> = name.chars().filter(|c| !is_invisible(*c)).collect();
    let chars = unmasked(&seen);
    let mut words: Vec<Plain> = vec![Plain::default()];
    for (at, c) in chars.iter().enumerate() {
        let after = |n: usize| chars.get(at + n).copied().unwrap_or(' ');
        let Some(word) = words.last_mut() else { break };
        match c {
            '\''
            | '`'
            | '\u{b4}'
            | '\u{2bb}'..='\u{2bf}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{201b}' => {}
            '.' => {
                let one = word.text.len() == 1 || word.dotted;
                let next = after(1).is_alphabetic() && !after(2).is_alphabetic();
                if one && next && join {
                    word.dotted = true;
                } else {
                    words.push(Plain::default());
                }
            }
            '&' | '+' => {
                words.push(Plain { text: "and".to_owned(), ..Plain::default() });
                words.push(Plain::default());
            }
            c if c.is_alphanumeric() || is_mark(*c) => {
                let spelt = any_ascii::any_ascii_char(*c).chars();
                word.abjad |= matches!(c, '\u{590}'..='\u{7bf}' | '\u{8a0}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
                if is_sign(*c) {
                    word.signs.get_or_insert_default().push(*c);
                }
                for letter in spelt {
                    if letter.is_ascii_alphanumeric() {
                        word.text.push(letter.to_ascii_lowercase());
                    }
                }
            }
            _ => words.push(Plain::default()),
        }
    }
    words.retain(|word| !word.text.is_empty());
    if words.is_empty() { Err(Unreadable::Empty) } else { Ok(words) }
}

/// Marks that belong to the letter before them.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{e7f}' | '\u{1780}'..='\u{17ff}' | '\u{64b}'..='\u{65f}')
}

/// A script in which one sign is one syllable: Han, Hangul.
const fn is_sign(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Letters of other alphabets that stand in for Latin ones: in a word that has both, and in whole
/// words of lookalikes in a name that is Latin elsewhere.
fn unmasked(name: &[char]) -> Vec<char> {
    let latin = name.iter().any(|c| is_latin(*c));
    if !latin || !name.iter().any(|c| is_foreign(*c)) {
        return name.to_vec();
    }
    let mut out = Vec::with_capacity(name.len());
    for word in name.split_inclusive(|c| !c.is_alphanumeric()) {
        let mixed = word.iter().any(|c| is_latin(*c));
        let all = || word.iter().all(|c| !is_foreign(*c) || lookalike(*c).is_some());
        let swap = word.iter().any(|c| is_foreign(*c)) && (mixed || all());
        out.extend(word.iter().map(|c| match lookalike(*c) {
            Some(latin) if swap => latin,
            _ => *c,
        }));
    }
    out
}

const fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}')
}

/// Greek, Cyrillic, Armenian, Cherokee, Lisu: alphabets with Latin lookalikes.
const fn is_foreign(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}' | '\u{1f00}'..='\u{1fff}' | '\u{a4d0}'..='\u{a4ff}')
}

fn lookalike(c: char) -> Option<char> {
    if !is_foreign(c) {
        return None;
    }
    let mut text = [0; 4];
    let mut spelt = skeleton(c.encode_utf8(&mut text));
    let (first, more) = (spelt.next()?, spelt.next());
    // The tables take a capital I, a small l and the digit 1 for one sign.
    let first = if first == 'l' && c.is_uppercase() { 'I' } else { first };
    (more.is_none() && first.is_ascii_alphabetic()).then_some(first)
}
