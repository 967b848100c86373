//! Austria, Belgium, France, Germany, Ireland, Luxembourg, the Netherlands.

use crate::domain::identifier::digits::{exactly, luhn, mod_11_10, mod_97_10, number, weighted};

pub(super) fn at(text: &str) -> Option<String> {
    let d = exactly::<8>(text.strip_prefix('U')?)?;
    ((luhn(&d[..7]) + d[7]) % 10 == 6).then(|| text.to_owned())
}

/// The last two digits are what the rest lacks to a multiple of 97. Nine digits lack their zero.
pub(super) fn be(text: &str) -> Option<String> {
    let text = format!("{text:0>10}");
    let d = exactly::<10>(&text)?;
    let (rest, check) = (number(&d[..8]), number(&d[8..]));
    (d[0] < 2 && rest + check > 0 && (rest + check).is_multiple_of(97)).then_some(text)
}

pub(super) fn de(text: &str) -> Option<String> {
    let d = exactly::<9>(text)?;
    (d[0] != 0 && mod_11_10(&d)).then(|| text.to_owned())
}

/// A key of two and the SIREN; Monaco's have zeros for a SIREN's first three and no Luhn sum.
pub(super) fn fr(text: &str) -> Option<String> {
    const KEYS: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let (key, siren) = text.split_at_checked(2)?;
    let d = exactly::<9>(siren)?;
    if luhn(&d) != 0 && !siren.starts_with("000") {
        return None;
    }
    let siren = number(&d);
    let fits = if let Some(key) = exactly::<2>(key) {
        number(&key) == (12 + siren * 100) % 97
    } else {
        let mut places = key.chars().map(|c| KEYS.find(c));
        let (first, second) = (places.next()?? as u64, places.next()?? as u64);
        let check = if first < 10 {
            (first * 24 + second).checked_sub(10)?
        } else {
            (first * 34 + second).checked_sub(100)?
        };
        (siren + 1 + check / 11) % 11 == check % 11
    };
    fits.then(|| text.to_owned())
}

/// Seven digits, a check letter, since 2013 another letter; before, a sign stood in second place.
pub(super) fn ie(text: &str) -> Option<String> {
    const LETTERS: &str = "WABCDEFGHIJKLMNOPQRSTUV";
    let (body, tail) = text.split_at_checked(7)?;
    let mut tail = tail.chars();
    let (check, extra) = (tail.next()?, tail.next());
    if tail.next().is_some() {
        return None;
    }
    let (d, extra) = match (exactly::<7>(body), extra) {
        (Some(d), None) => (d, 0),
        (Some(d), Some(extra)) => (d, u32::try_from(LETTERS.find(extra)?).ok()?),
        (None, None) => (old_irish(body)?, 0),
        (None, Some(_)) => return None,
    };
    let sum = weighted(&d, &[8, 7, 6, 5, 4, 3, 2]) + extra * 9;
    (LETTERS.find(check)? == (sum % 23) as usize).then(|| text.to_owned())
}

/// The sign is dropped, the first digit goes to the end, and a zero stands in front.
fn old_irish(body: &str) -> Option<[u32; 7]> {
    let mut chars = body.chars();
    let (first, sign) = (chars.next()?, chars.next()?);
    if !(sign.is_ascii_uppercase() || matches!(sign, '+' | '*')) {
        return None;
    }
    exactly(&format!("0{}{first}", chars.as_str()))
}

pub(super) fn lu(text: &str) -> Option<String> {
    let d = exactly::<8>(text)?;
    (number(&d[..6]) % 89 == number(&d[6..])).then(|| text.to_owned())
}

/// Nine digits with a check digit of their own, or, since 2020, check digits over the whole.
pub(super) fn nl(text: &str) -> Option<String> {
    let (serial, branch) = text.rsplit_once('B')?;
    let serial = format!("{serial:0>9}");
    let (d, b) = (exactly::<9>(&serial)?, exactly::<2>(branch)?);
    let old = weighted(&d[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == d[8];
    let whole = format!("{serial}B{branch}");
    let well = (old && number(&d) > 0 && number(&b) > 0) || mod_97_10(&format!("NL{whole}")) == 1;
    well.then_some(whole)
}
