//! Denmark, Estonia, Finland, Latvia, Lithuania, Sweden.

use super::person;
use crate::domain::identifier::digits::{digits, exactly, luhn, number, weighted};

pub(super) fn dk(text: &str) -> Option<String> {
    let d = exactly::<8>(text)?;
    let fits = weighted(&d, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11);
    (d[0] != 0 && fits).then(|| text.to_owned())
}

pub(super) fn ee(text: &str) -> Option<String> {
    let d = exactly::<9>(text)?;
    weighted(&d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10).then(|| text.to_owned())
}

pub(super) fn fi(text: &str) -> Option<String> {
    let d = exactly::<8>(text)?;
    weighted(&d, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11).then(|| text.to_owned())
}

/// Companies begin with 4 or more; below that it is a person's.
pub(super) fn lv(text: &str) -> Option<String> {
    const WEIGHTS: [u32; 11] = [9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1];
    let d = exactly::<11>(text)?;
    let well = if d[0] > 3 { weighted(&d, &WEIGHTS) % 11 == 3 } else { person::lv(d) };
    well.then(|| text.to_owned())
}

/// Nine digits, or twelve for those registered for a time; the last but one is 1. Where the first
/// round of weights leaves 10, a second round counts.
pub(super) fn lt(text: &str) -> Option<String> {
    let d = digits(text)?;
    let (check, rest) = d.split_last()?;
    if !matches!(d.len(), 9 | 12) || rest.last() != Some(&1) {
        return None;
    }
    let round = |shift: u32| {
        let weights = (0..).map(|at| 1 + (at + shift) % 9);
        rest.iter().zip(weights).map(|(d, w)| d * w).sum::<u32>() % 11
    };
    let first = round(0);
    let fits = if first == 10 { round(2) % 10 } else { first };
    (fits == *check).then(|| text.to_owned())
}

/// The organisation's number and a count from 01 to 94.
pub(super) fn se(text: &str) -> Option<String> {
    let d = exactly::<12>(text)?;
    let count = number(&d[10..]);
    (luhn(&d[..10]) == 0 && (1..=94).contains(&count)).then(|| text.to_owned())
}
