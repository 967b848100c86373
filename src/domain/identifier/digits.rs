//! The arithmetic that check digits are made of.

use crate::domain::date;

/// A text without the separators that people write into numbers, in capitals.
pub(super) fn bare(text: &str) -> String {
    let separator = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '-' | '.' | ',' | '/' | ':' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}'
            )
    };
    text.chars().filter(|c| !separator(*c)).map(|c| c.to_ascii_uppercase()).collect()
}

/// Every digit, if there is nothing but ASCII digits.
pub(super) fn digits(text: &str) -> Option<Vec<u32>> {
    let all = text.chars().map(|c| c.to_digit(10)).collect::<Option<Vec<u32>>>()?;
    (!all.is_empty()).then_some(all)
}

/// Exactly so many digits.
pub(super) fn exactly<const N: usize>(text: &str) -> Option<[u32; N]> {
    digits(text)?.try_into().ok()
}

/// The digits as one number; at most eighteen are given.
pub(super) fn number(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |sum, d| sum * 10 + u64::from(*d))
}

/// Each digit times its weight.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum()
}

/// The Luhn sum with the last digit as the check digit; 0 is good.
pub(super) fn luhn(digits: &[u32]) -> u32 {
    let doubled = |d: u32| d * 2 / 10 + d * 2 % 10;
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, d)| if at % 2 == 0 { *d } else { doubled(*d) })
        .sum();
    sum % 10
}

/// ISO 7064 MOD 11,10 over digits with the last as the check digit.
pub(super) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((check, rest)) = digits.split_last() else { return false };
    let product = rest.iter().fold(10, |product, d| {
        let sum = (product + d) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *check
}

/// ISO 7064 MOD 97-10 over digits and letters, which count as 10 to 35; 1 is good.
pub(super) fn mod_97_10(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 }
    })
}

/// Whether the calendar has this day.
pub(super) fn is_date(year: u32, month: u32, day: u32) -> bool {
    date::read(&format!("{year:04}-{month:02}-{day:02}")).is_some()
}
