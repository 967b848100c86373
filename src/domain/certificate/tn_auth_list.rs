//! The numbers and provider codes that a certificate speaks for (RFC 8226 section 9).

use serde::{Deserialize, Serialize};

use crate::domain::number::Tn;
use crate::domain::words::words;

words! {
    /// Why the bytes of a `TNAuthList` are not one. Stable reasons.
    pub enum BadTnAuthList as "TNAuthList fault" {
        /// Not DER, or not the structure of RFC 8226.
        Malformed = "TNAUTH_MALFORMED",
        /// No entry: RFC 8226 wants at least one.
        Empty = "TNAUTH_EMPTY",
        /// More entries than anybody needs.
        TooMany = "TNAUTH_TOO_MANY",
        /// An entry of a kind that RFC 8226 does not have.
        Choice = "TNAUTH_CHOICE",
        /// A provider code that is empty or no text of 32 characters at most.
        Spc = "TNAUTH_SPC",
        /// A number of other than 1 to 15 of the characters `0`-`9`, `#` and `*`.
        Number = "TNAUTH_NUMBER",
        /// A range with a count below 2, or one that leaves the length of its first number.
        Count = "TNAUTH_COUNT",
        /// A range with anything behind its one start and its one count: writers that put a second
        /// pair there mean two ranges, and readers of RFC 8226 see one.
        TwoPairs = "TNAUTH_TWO_PAIRS",
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum TnEntry {
    /// All numbers of a provider, by its code.
    Spc {
        /// The code as it is written.
        value: String,
    },
    /// Numbers in a row.
    Range {
        /// The first.
        start: String,
        /// How many.
        count: u64,
    },
    /// One number.
    One {
        /// The number.
        value: String,
    },
}

impl TnEntry {
    /// A code, with what RFC 8226 leaves open held within bounds.
    pub fn spc(text: &str) -> Result<Self, BadTnAuthList> {
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self::Spc { value: text.to_owned() }) } else { Err(BadTnAuthList::Spc) }
    }

    /// One number.
    pub fn one(text: &str) -> Result<Self, BadTnAuthList> {
        number(text)?;
        Ok(Self::One { value: text.to_owned() })
    }

    /// A range, whose last number is as long as its first.
    pub fn range(start: &str, count: u64) -> Result<Self, BadTnAuthList> {
        number(start)?;
        let entry = Self::Range { start: start.to_owned(), count };
        match entry.span() {
            Some(_) if count >= 2 => Ok(entry),
            Some(_) | None => Err(BadTnAuthList::Count),
        }
    }

    /// First and last number, where the entry names numbers that E.164 has.
    fn span(&self) -> Option<(u64, u64)> {
        let (text, count) = match self {
            Self::Spc { .. } => return None,
            Self::Range { start, count } => (start, *count),
            Self::One { value } => (value, 1),
        };
        if text.starts_with('0') {
            return None;
        }
        let first: u64 = text.parse().ok()?;
        let last = first.checked_add(count.checked_sub(1)?)?;
        (last.checked_ilog10() == first.checked_ilog10()).then_some((first, last))
    }
}

fn number(text: &str) -> Result<(), BadTnAuthList> {
    let fits = (1..=15).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'#' | b'*'));
    if fits { Ok(()) } else { Err(BadTnAuthList::Number) }
}

/// A `TNAuthList` that was read whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TnAuthList(pub Vec<TnEntry>);

impl TnAuthList {
    /// The provider codes.
    pub fn spcs(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|entry| match entry {
            TnEntry::Spc { value } => Some(value.as_str()),
            TnEntry::Range { .. } | TnEntry::One { .. } => None,
        })
    }

    /// The code of a list that is one code and nothing else, as those of providers are.
    pub fn only_spc(&self) -> Option<&str> {
        match self.0.as_slice() {
            [TnEntry::Spc { value }] => Some(value),
            _ => None,
        }
    }

    /// Whether a number is named, by itself or in a range. A provider code names no number of a
    /// customer.
    pub fn covers(&self, tn: Tn) -> bool {
        let covers = |(first, last)| (first..=last).contains(&tn.as_u64());
        self.0.iter().filter_map(TnEntry::span).any(covers)
    }

    /// Whether everything named here is named by the issuer's list too (RFC 9060 section 4). The
    /// code of a provider stands for its numbers there: a provider that issues to its customers
    /// answers for them. A code comes from the very same code only.
    pub fn within(&self, issuer: &Self) -> bool {
        let codes: Vec<&str> = issuer.spcs().collect();
        let rows = issuer.rows();
        self.0.iter().all(|entry| match entry {
            TnEntry::Spc { value } => codes.contains(&value.as_str()),
            TnEntry::Range { .. } | TnEntry::One { .. } => {
                !codes.is_empty()
                    || issuer.0.contains(entry)
                    || entry.span().is_some_and(|(first, last)| {
                        rows.iter().any(|(from, to)| *from <= first && last <= *to)
                    })
            }
        })
    }

    /// The numbers named, with rows that touch joined.
    fn rows(&self) -> Vec<(u64, u64)> {
        let mut spans: Vec<_> = self.0.iter().filter_map(TnEntry::span).collect();
        spans.sort_unstable();
        let mut rows: Vec<(u64, u64)> = Vec::new();
        for (first, last) in spans {
            match rows.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                Some(_) | None => rows.push((first, last)),
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[TnEntry]) -> TnAuthList {
        TnAuthList(entries.to_vec())
    }

    fn one(tn: &str) -> TnEntry {
        TnEntry::one(tn).unwrap()
    }

    fn range(start: &str, count: u64) -> TnEntry {
        TnEntry::range(start, count).unwrap()
    }

    #[test]
    fn numbers_and_ranges_cover_and_codes_do_not() {
        let tn = |text| Tn::parse(text).unwrap();
        let codes = list(&[TnEntry::spc("709J").unwrap()]);
        assert!(!codes.covers(tn("+12155551000")));
        let rows = list(&[range("12155551000", 100), one("12155551200")]);
        for (text, covered) in [
            ("+12155550999", false),
            ("+12155551000", true),
            ("+12155551099", true),
            ("+12155551100", false),
            ("+12155551200", true),
        ] {
            assert_eq!(rows.covers(tn(text)), covered, "{text}");
        }
    }

    #[test]
    fn a_child_stays_within_its_issuer() {
        let halves = list(&[range("12155551000", 50), range("12155551050", 50)]);
        assert!(list(&[range("12155551000", 100)]).within(&halves), "rows that touch are one");
        assert!(list(&[one("12155551099")]).within(&halves));
        assert!(!list(&[range("12155551099", 2)]).within(&halves));
        assert!(!list(&[TnEntry::spc("709J").unwrap()]).within(&halves));
        let provider = list(&[TnEntry::spc("709J").unwrap()]);
        assert!(list(&[one("12155551099")]).within(&provider));
        assert!(!list(&[TnEntry::spc("709j").unwrap()]).within(&provider));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(TnEntry::range("12155551000", 1), Err(BadTnAuthList::Count));
        assert_eq!(TnEntry::range("99999999999", 2), Err(BadTnAuthList::Count));
        assert_eq!(TnEntry::range("999999999999999", u64::MAX), Err(BadTnAuthList::Count));
        assert_eq!(TnEntry::range("*69", 2), Err(BadTnAuthList::Count));
        assert_eq!(TnEntry::one("+12155551000"), Err(BadTnAuthList::Number));
        assert_eq!(TnEntry::one("1234567890123456"), Err(BadTnAuthList::Number));
        assert_eq!(TnEntry::spc(""), Err(BadTnAuthList::Spc));
        assert!(TnEntry::one("*69").is_ok(), "of the grammar, though no customer's");
    }
}
