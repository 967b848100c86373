//! Bulgaria, Croatia, Czechia, Hungary, Poland, Romania, Slovakia, Slovenia.

use super::person;
use crate::domain::identifier::digits::{digits, exactly, mod_11_10, number, weighted};

/// Nine digits for companies, ten for citizens, foreigners and others.
pub(super) fn bg(text: &str) -> Option<String> {
    let well = if let Some(d) = exactly::<9>(text) {
        let first = weighted(&d[..8], &[1, 2, 3, 4, 5, 6, 7, 8]) % 11;
        let second = weighted(&d[..8], &[3, 4, 5, 6, 7, 8, 9, 10]) % 11;
        (if first == 10 { second % 10 } else { first }) == d[8]
    } else {
        let d = exactly::<10>(text)?;
        let rest = weighted(&d[..9], &[4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
        let other = (11 - rest) % 11 == d[9];
        other || person::bg_citizen(d) || person::bg_foreigner(d)
    };
    well.then(|| text.to_owned())
}

pub(super) fn hr(text: &str) -> Option<String> {
    let d = exactly::<11>(text)?;
    mod_11_10(&d).then(|| text.to_owned())
}

/// Eight digits for companies; nine that begin with 6 for some others; else a birth number.
pub(super) fn cz(text: &str) -> Option<String> {
    const WEIGHTS: [u32; 7] = [8, 7, 6, 5, 4, 3, 2];
    let well = if let Some(d) = exactly::<8>(text) {
        let lacking = (11 - weighted(&d[..7], &WEIGHTS) % 11) % 11;
        d[0] != 9 && (if lacking == 0 { 1 } else { lacking % 10 }) == d[7]
    } else if let (Some(d), true) = (exactly::<9>(text), text.starts_with('6')) {
        let rest = weighted(&d[1..8], &WEIGHTS) % 11;
        // Eight less what the rest lacks to ten; a rest of ten lacks nothing.
        (18 - (21 - rest) % 11) % 10 == d[8]
    } else {
        person::birth_number(text)
    };
    well.then(|| text.to_owned())
}

pub(super) fn hu(text: &str) -> Option<String> {
    let d = exactly::<8>(text)?;
    weighted(&d, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10).then(|| text.to_owned())
}

pub(super) fn pl(text: &str) -> Option<String> {
    let d = exactly::<10>(text)?;
    (weighted(&d[..9], &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == d[9]).then(|| text.to_owned())
}

/// Two to ten digits, or a person's thirteen.
pub(super) fn ro(text: &str) -> Option<String> {
    let well = if let Some(d) = exactly::<13>(text) {
        person::ro(d)
    } else {
        let short = digits(text).is_some_and(|d| (2..=10).contains(&d.len()));
        let d = exactly::<10>(&format!("{text:0>10}"))?;
        let sum = weighted(&d[..9], &[7, 5, 3, 2, 1, 7, 5, 3, 2]);
        short && !text.starts_with('0') && sum * 10 % 11 % 10 == d[9]
    };
    well.then(|| text.to_owned())
}

pub(super) fn si(text: &str) -> Option<String> {
    let d = exactly::<8>(text)?;
    let lacking = 11 - weighted(&d[..7], &[8, 7, 6, 5, 4, 3, 2]) % 11;
    (d[0] != 0 && (if lacking == 10 { 0 } else { lacking }) == d[7]).then(|| text.to_owned())
}

/// Ten digits, a multiple of eleven; persons may have their birth number.
pub(super) fn sk(text: &str) -> Option<String> {
    let d = exactly::<10>(text)?;
    let company = d[0] != 0 && matches!(d[2], 2 | 3 | 4 | 7..=9) && number(&d).is_multiple_of(11);
    (company || person::birth_number(text)).then(|| text.to_owned())
}
