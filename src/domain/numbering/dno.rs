//! Numbers and blocks of numbers that somebody asked to have blocked, or that nobody has: a sorted
//! set of prefixes.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::number::{Category, Tn};

/// The digits of an E.164 number, or its first digits: then it stands for every number that begins
/// with them. A North American one always has its leading 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    length: u8,
    digits: u64,
}

impl std::fmt::Debug for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[prefix]")
    }
}

/// Why a text is neither a number nor the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPrefix {
    /// No digits, or something other than digits and `+ - . ( )` and spaces.
    #[error("give a number or its first digits")]
    NotDigits,
    /// It would block a country.
    #[error("a block begins with an area code at least")]
    TooShort,
    /// More than an E.164 number has.
    #[error("an E.164 number has at most 15 digits")]
    TooLong,
    /// An area or exchange code from 0 or 1.
    #[error("an area code and an exchange code begin with 2 to 9")]
    BadNanp,
}

impl Prefix {
    /// Reads a number or a block. Without a plus sign and without a leading 1, up to ten digits are
    /// North American, as operators write them.
    pub fn parse(text: &str) -> Result<Self, BadPrefix> {
        let text = text.trim();
        let (plus, body) = match text.strip_prefix('+') {
            Some(body) => (true, body),
            None => (false, text),
        };
        let mut digits: u64 = 0;
        let mut length: u8 = 0;
        for c in body.chars() {
            match c {
                '0'..='9' if length == 15 => return Err(BadPrefix::TooLong),
                '0'..='9' => {
                    digits = digits * 10 + u64::from(c) - u64::from('0');
                    length += 1;
                    if digits == 0 {
                        return Err(BadPrefix::NotDigits);
                    }
                }
                ' ' | '-' | '.' | '(' | ')' => {}
                _ => return Err(BadPrefix::NotDigits),
            }
        }
        let led = first(digits) == 1;
        if !plus && !led && length <= 10 && length > 0 {
            digits += 10_u64.pow(u32::from(length));
            length += 1;
        }
        Self { length, digits }.checked()
    }

    /// The prefix that a number's own digits are.
    pub fn of(tn: Tn) -> Self {
        Self { length: count(tn.as_u64()), digits: tn.as_u64() }
    }

    fn checked(self) -> Result<Self, BadPrefix> {
        let Self { length, digits } = self;
        if length == 0 {
            return Err(BadPrefix::NotDigits);
        }
        if first(digits) != 1 {
            return if length < 3 { Err(BadPrefix::TooShort) } else { Ok(self) };
        }
        let digit = |place: u8| {
            let below = u32::from(length.saturating_sub(place));
            (length >= place).then(|| digits / 10_u64.pow(below) % 10)
        };
        match (length, digit(2), digit(5)) {
            (0..=3, ..) => Err(BadPrefix::TooShort),
            (12.., ..) => Err(BadPrefix::TooLong),
            (_, Some(0 | 1), _) | (.., Some(0 | 1)) => Err(BadPrefix::BadNanp),
            _ => Ok(self),
        }
    }

    /// Whether it stands for more than one number.
    pub const fn is_block(self) -> bool {
        if first(self.digits) == 1 { self.length < 11 } else { self.length < 7 }
    }

    /// This prefix and every shorter one.
    pub fn and_shorter(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |prefix| {
            let (length, digits) = (prefix.length.checked_sub(1)?, prefix.digits / 10);
            (length > 0).then_some(Self { length, digits })
        })
    }

    /// The digits.
    pub fn digits(self) -> String {
        self.digits.to_string()
    }

    /// The smallest and the greatest number of a block of the North American plan, or of a number.
    pub fn range(self) -> (u64, u64) {
        let missing = if first(self.digits) == 1 { 11_u8.saturating_sub(self.length) } else { 0 };
        let size = 10_u64.pow(u32::from(missing));
        (self.digits * size, self.digits * size + size - 1)
    }
}

const fn first(mut digits: u64) -> u64 {
    while digits >= 10 {
        digits /= 10;
    }
    digits
}

const fn count(mut digits: u64) -> u8 {
    let mut length = 1;
    while digits >= 10 {
        digits /= 10;
        length += 1;
    }
    length
}

/// What a list says of a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listed {
    /// Its subscriber asked that calls showing it be blocked.
    Subscriber,
    /// No subscriber has it.
    Unused,
}

impl Listed {
    /// By the word of a row's key. That a number is invalid or unallocated follows from the plan and
    /// from allocation files alone: such a row says nothing.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "SUBSCRIBER" => Some(Self::Subscriber),
            "UNUSED" => Some(Self::Unused),
            _ => None,
        }
    }

    /// By what it makes of a number; none for what follows from no such list.
    pub const fn of_category(category: Category) -> Option<Self> {
        match category {
            Category::SubscriberDno => Some(Self::Subscriber),
            Category::Unused => Some(Self::Unused),
            Category::Assignable
            | Category::Invalid
            | Category::Unallocated
            | Category::NotAssignable
            | Category::AllocationUnknown => None,
        }
    }

    /// The word of a row's key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscriber => "SUBSCRIBER",
            Self::Unused => "UNUSED",
        }
    }
}

/// Which list an entry stands on: the same prefix may stand on both, and leaves each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lister {
    /// Requests to block.
    Dno,
    /// Numbers that nobody has.
    Unused,
}

/// An entry that a number falls under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The prefix that is listed.
    pub prefix: Prefix,
    /// On which list.
    pub lister: Lister,
    /// Who listed it.
    pub source: u16,
}

/// Every listed prefix. Who listed it is kept as a small number, whose meaning the caller holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dno {
    entries: BTreeMap<(Prefix, Listed, Lister), u16>,
    /// How many entries of each length there are: only these are looked up.
    lengths: [u32; 16],
    /// Numbers that were taken off by a decision on an objection, each with the entry it lifted.
    excepted: BTreeSet<(Prefix, Listed, Prefix)>,
}

impl Dno {
    /// Lists a prefix. One that is listed already keeps its place and gets the new source.
    pub fn add(&mut self, prefix: Prefix, (word, lister): (Listed, Lister), source: u16) {
        if self.entries.insert((prefix, word, lister), source).is_none()
            && let Some(count) = self.lengths.get_mut(usize::from(prefix.length))
        {
            *count += 1;
        }
    }

    /// Takes a prefix off one list.
    pub fn remove(&mut self, prefix: Prefix, word: Listed, lister: Lister) {
        if self.entries.remove(&(prefix, word, lister)).is_some()
            && let Some(count) = self.lengths.get_mut(usize::from(prefix.length))
        {
            *count -= 1;
        }
    }

    /// From now on the number does not fall under the entries of `block`. What another prefix says
    /// of it counts as before: nobody has decided on that.
    pub fn except(&mut self, number: Prefix, listed: Listed, block: Prefix) {
        self.excepted.insert((number, listed, block));
    }

    /// The exceptions of a number end.
    pub fn no_longer_except(&mut self, number: Prefix, listed: Listed) {
        self.excepted.retain(|(of, word, _)| (*of, *word) != (number, listed));
    }

    /// The longest entry of this kind that a number falls under.
    pub fn find(&self, tn: Tn, listed: Listed) -> Option<Entry> {
        let whole = Prefix::of(tn);
        let mut prefix = whole;
        while prefix.length > 0 {
            let there = self.lengths.get(usize::from(prefix.length)).is_some_and(|n| *n > 0);
            if there
                && (prefix == whole || prefix.is_block())
                && !self.excepted.contains(&(whole, listed, prefix))
            {
                let on = |lister| Some((lister, *self.entries.get(&(prefix, listed, lister))?));
                if let Some((lister, source)) = on(Lister::Dno).or_else(|| on(Lister::Unused)) {
                    return Some(Entry { prefix, lister, source });
                }
            }
            prefix = Prefix { length: prefix.length - 1, digits: prefix.digits / 10 };
        }
        None
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tn(text: &str) -> Tn {
        Tn::parse(text).unwrap()
    }

    const ASKED: (Listed, Lister) = (Listed::Subscriber, Lister::Dno);

    fn prefix(text: &str) -> Prefix {
        Prefix::parse(text).unwrap()
    }

    #[test]
    fn prefixes_are_read_as_operators_write_them() {
        for text in ["+18005551234", "18005551234", "800-555-1234", "(800) 555 1234"] {
            assert_eq!(prefix(text).digits(), "18005551234", "{text}");
            assert!(!prefix(text).is_block());
        }
        assert_eq!(prefix("212").digits(), "1212");
        assert_eq!(prefix("212-664-7").range(), (12_126_647_000, 12_126_647_999));
        assert_eq!(prefix("+4420").digits(), "4420");
        assert_eq!(prefix("442079460000").digits(), "442079460000");
        for (text, why) in [
            ("", BadPrefix::NotDigits),
            ("+", BadPrefix::NotDigits),
            ("0123", BadPrefix::NotDigits),
            ("21x", BadPrefix::NotDigits),
            ("1", BadPrefix::TooShort),
            ("21", BadPrefix::TooShort),
            ("+44", BadPrefix::TooShort),
            ("1112", BadPrefix::BadNanp),
            ("1212164", BadPrefix::BadNanp),
            ("121266476651", BadPrefix::TooLong),
            ("1234567890123456", BadPrefix::TooLong),
        ] {
            assert_eq!(Prefix::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_number_falls_under_its_longest_block() {
        let mut dno = Dno::default();
        dno.add(prefix("212"), ASKED, 1);
        dno.add(prefix("212664"), ASKED, 2);
        dno.add(prefix("2126647665"), (Listed::Unused, Lister::Dno), 3);
        let of = |text: &str, listed| dno.find(tn(text), listed).map(|entry| entry.source);
        assert_eq!(of("+12126647665", Listed::Subscriber), Some(2));
        assert_eq!(of("+12126647665", Listed::Unused), Some(3));
        assert_eq!(of("+12126637665", Listed::Subscriber), Some(1));
        assert_eq!(of("+12136637665", Listed::Subscriber), None);
        assert_eq!((dno.len(), dno.is_empty()), (3, false));
        dno.remove(prefix("212664"), Listed::Subscriber, Lister::Dno);
        let found = dno.find(tn("+12126647665"), Listed::Subscriber);
        assert_eq!(found.map(|entry| entry.source), Some(1));
    }

    #[test]
    fn each_list_lets_go_of_its_own() {
        let mut dno = Dno::default();
        let (mine, block) = (tn("+12126647665"), prefix("212664"));
        dno.add(block, (Listed::Unused, Lister::Dno), 1);
        dno.add(block, (Listed::Unused, Lister::Unused), 2);
        dno.remove(block, Listed::Unused, Lister::Dno);
        let left = Entry { prefix: block, lister: Lister::Unused, source: 2 };
        assert_eq!(dno.find(mine, Listed::Unused), Some(left));
        dno.remove(block, Listed::Unused, Lister::Unused);
        assert_eq!((dno.find(mine, Listed::Unused), dno.lengths), (None, [0; 16]));
    }

    #[test]
    fn an_excepted_number_is_not_listed() {
        let mut dno = Dno::default();
        let (mine, number) = (tn("+12126647665"), prefix("2126647665"));
        dno.add(prefix("212664"), ASKED, 1);
        dno.add(prefix("212664"), (Listed::Unused, Lister::Dno), 1);
        dno.except(number, Listed::Subscriber, prefix("212664"));
        assert_eq!(dno.find(mine, Listed::Subscriber), None);
        assert!(dno.find(mine, Listed::Unused).is_some(), "nobody has decided on that");
        assert!(dno.find(tn("+12126647666"), Listed::Subscriber).is_some());
        // Its next subscriber asks for the number itself.
        dno.add(number, ASKED, 2);
        assert_eq!(dno.find(mine, Listed::Subscriber).map(|entry| entry.source), Some(2));
        dno.remove(number, Listed::Subscriber, Lister::Dno);
        dno.no_longer_except(number, Listed::Subscriber);
        assert!(dno.find(mine, Listed::Subscriber).is_some());
    }

    #[test]
    fn a_whole_number_abroad_is_no_block() {
        let mut dno = Dno::default();
        dno.add(prefix("+4420794600"), ASKED, 1);
        assert_eq!(dno.find(tn("+442079460012"), Listed::Subscriber), None);
        assert!(dno.find(tn("+4420794600"), Listed::Subscriber).is_some());
    }
}
