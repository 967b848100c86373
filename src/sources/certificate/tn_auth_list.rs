//! The extension of RFC 8226, byte by byte. A writer's mistake is refused and named: a list that
//! was read otherwise than it was meant would speak for somebody else's numbers.

use der::asn1::AnyRef;
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

use crate::domain::certificate::{BadTnAuthList, TnAuthList, TnEntry};

/// The most entries that are read.
const MAX_ENTRIES: usize = 10_000;

/// Reads the value of the extension.
pub fn tn_auth_list(bytes: &[u8]) -> Result<TnAuthList, BadTnAuthList> {
    let whole = any(bytes)?;
    if whole.tag() != Tag::Sequence {
        return Err(BadTnAuthList::Malformed);
    }
    let mut entries = Vec::new();
    for part in parts(whole.value())? {
        if entries.len() == MAX_ENTRIES {
            return Err(BadTnAuthList::TooMany);
        }
        entries.push(entry(part)?);
    }
    if entries.is_empty() {
        return Err(BadTnAuthList::Empty);
    }
    Ok(TnAuthList(entries))
}

/// One value and nothing behind it.
pub(super) fn any(bytes: &[u8]) -> Result<AnyRef<'_>, BadTnAuthList> {
    AnyRef::from_der(bytes).map_err(|_der| BadTnAuthList::Malformed)
}

/// The values in a row.
pub(super) fn parts(bytes: &[u8]) -> Result<Vec<AnyRef<'_>>, BadTnAuthList> {
    let malformed = |_der| BadTnAuthList::Malformed;
    let mut reader = SliceReader::new(bytes).map_err(malformed)?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        if parts.len() > MAX_ENTRIES {
            return Err(BadTnAuthList::TooMany);
        }
        parts.push(AnyRef::decode(&mut reader).map_err(malformed)?);
    }
    Ok(parts)
}

/// The number behind an explicit tag.
pub(super) fn choice(part: AnyRef<'_>) -> Option<u32> {
    match part.tag() {
        Tag::ContextSpecific { constructed: true, number: TagNumber(number) } => Some(number),
        _ => None,
    }
}

pub(super) fn ia5(part: AnyRef<'_>) -> Result<&str, BadTnAuthList> {
    if part.tag() != Tag::Ia5String || !part.value().is_ascii() {
        return Err(BadTnAuthList::Malformed);
    }
    std::str::from_utf8(part.value()).map_err(|_text| BadTnAuthList::Malformed)
}

fn entry(part: AnyRef<'_>) -> Result<TnEntry, BadTnAuthList> {
    match choice(part) {
        Some(0) => TnEntry::spc(ia5(any(part.value())?)?),
        Some(1) => range(any(part.value())?),
        Some(2) => TnEntry::one(ia5(any(part.value())?)?),
        Some(_) => Err(BadTnAuthList::Choice),
        None => Err(BadTnAuthList::Malformed),
    }
}

fn range(row: AnyRef<'_>) -> Result<TnEntry, BadTnAuthList> {
    if row.tag() != Tag::Sequence {
        return Err(BadTnAuthList::Malformed);
    }
    match parts(row.value())?.as_slice() {
        [start, count] => TnEntry::range(ia5(*start)?, whole_number(*count)?),
        [_, _, _, ..] => Err(BadTnAuthList::TwoPairs),
        [] | [_] => Err(BadTnAuthList::Malformed),
    }
}

fn whole_number(part: AnyRef<'_>) -> Result<u64, BadTnAuthList> {
    if part.tag() != Tag::Integer {
        return Err(BadTnAuthList::Malformed);
    }
    match part.value() {
        [] => Err(BadTnAuthList::Malformed),
        [0, next, ..] if *next < 0x80 => Err(BadTnAuthList::Malformed),
        [first, ..] if *first >= 0x80 => Err(BadTnAuthList::Count),
        digits if digits.len() > 8 => Err(BadTnAuthList::Count),
        digits => Ok(digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u8::try_from(body.len()).unwrap();
        assert!(length < 128, "short enough for one byte");
        [&[tag, length], body].concat()
    }

    fn text(value: &str) -> Vec<u8> {
        wrap(0x16, value.as_bytes())
    }

    fn listed(entries: &[Vec<u8>]) -> Result<Vec<TnEntry>, BadTnAuthList> {
        tn_auth_list(&wrap(0x30, &entries.concat())).map(|list| list.0)
    }

    fn row(parts: &[Vec<u8>]) -> Vec<u8> {
        wrap(0xa1, &wrap(0x30, &parts.concat()))
    }

    fn count(n: u8) -> Vec<u8> {
        wrap(0x02, &[n])
    }

    #[test]
    fn every_kind_of_entry_is_read() {
        let entries = [
            wrap(0xa0, &text("709J")),
            row(&[text("12155551000"), count(100)]),
            wrap(0xa2, &text("12155551212")),
        ];
        let read = listed(&entries).unwrap();
        assert_eq!(
            read,
            [
                TnEntry::spc("709J").unwrap(),
                TnEntry::range("12155551000", 100).unwrap(),
                TnEntry::one("12155551212").unwrap(),
            ]
        );
    }

    #[test]
    fn odd_codes_are_read_as_they_stand() {
        for code in ["709j", "LUP01", "67J"] {
            assert_eq!(listed(&[wrap(0xa0, &text(code))]).unwrap(), [TnEntry::spc(code).unwrap()]);
        }
    }

    #[test]
    fn what_is_no_list_is_refused_and_named() {
        let number = || text("12155551000");
        for (entries, fault) in [
            (vec![], BadTnAuthList::Empty),
            (vec![row(&[number(), count(5), number(), count(5)])], BadTnAuthList::TwoPairs),
            (vec![row(&[number(), count(1)])], BadTnAuthList::Count),
            (vec![row(&[number(), count(0x80)])], BadTnAuthList::Count),
            (vec![row(&[number()])], BadTnAuthList::Malformed),
            (vec![row(&[count(5), number()])], BadTnAuthList::Malformed),
            (vec![row(&[number(), wrap(0x02, &[0, 5])])], BadTnAuthList::Malformed),
            (vec![row(&[number(), wrap(0x02, &[1; 9])])], BadTnAuthList::Count),
            (vec![wrap(0xa3, &number())], BadTnAuthList::Choice),
            (vec![wrap(0x80, b"709J")], BadTnAuthList::Malformed),
            (vec![text("709J")], BadTnAuthList::Malformed),
            (vec![wrap(0xa0, &[number(), number()].concat())], BadTnAuthList::Malformed),
            (vec![wrap(0xa2, &text("+12155551000"))], BadTnAuthList::Number),
            (vec![wrap(0xa0, &text(""))], BadTnAuthList::Spc),
        ] {
            assert_eq!(listed(&entries), Err(fault), "{entries:02x?}");
        }
        let trailing = [wrap(0x30, &wrap(0xa0, &text("709J"))), vec![0]].concat();
        assert_eq!(tn_auth_list(&trailing), Err(BadTnAuthList::Malformed));
        // A code whose length byte was left out, as one was issued.
        assert_eq!(
            tn_auth_list(&[0x30, 0x08, 0xa0, 0x06, 0x16, 0x38, 0x36, 0x37, 0x4a]),
            Err(BadTnAuthList::Malformed)
        );
    }
}
