//! Numbers of persons that some states take for VAT as well: a date of birth and a check digit.

use crate::domain::identifier::digits::{exactly, is_date, number, weighted};

/// Bulgaria: the month tells the century.
pub(super) fn bg_citizen(d: [u32; 10]) -> bool {
    const WEIGHTS: [u32; 9] = [2, 4, 8, 5, 10, 9, 7, 3, 6];
    let (year, month, day) = (d[0] * 10 + d[1], d[2] * 10 + d[3], d[4] * 10 + d[5]);
    let (century, month) = match month {
        41.. => (2000, month - 40),
        21.. => (1800, month - 20),
        _ => (1900, month),
    };
    is_date(century + year, month, day) && weighted(&d, &WEIGHTS) % 11 % 10 == d[9]
}

/// Bulgaria: foreigners.
pub(super) fn bg_foreigner(d: [u32; 10]) -> bool {
    weighted(&d, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == d[9]
}

/// Czechia and Slovakia: women's months are 50 more, and 20 more where a day ran out of numbers.
/// Nine digits until 1953, which have no check digit.
pub(super) fn birth_number(text: &str) -> bool {
    let Some(date) = text.get(..6).and_then(exactly::<6>) else { return false };
    let (year, month, day) =
        (date[0] * 10 + date[1], date[2] * 10 + date[3], date[4] * 10 + date[5]);
    let month = match month % 50 {
        late @ 21.. => late - 20,
        month => month,
    };
    if let Some(nine) = exactly::<9>(text) {
        return year < 54 && is_date(1900 + year, month, day) && nine[..] != [0; 9];
    }
    let Some(ten) = exactly::<10>(text) else { return false };
    let century = if year < 54 { 2000 } else { 1900 };
    let rest = number(&ten[..9]) % 11;
    let check = if century + year < 1985 { rest % 10 } else { rest };
    is_date(century + year, month, day) && check == u64::from(ten[9])
}

/// Latvia: day, month, year, century; those since 2017 begin with 32 and hold no date.
pub(super) fn lv(d: [u32; 11]) -> bool {
    const WEIGHTS: [u32; 10] = [10, 5, 8, 4, 2, 1, 6, 3, 7, 9];
    let undated = d[0] == 3 && d[1] == 2;
    let year = 1800 + d[6] * 100 + d[4] * 10 + d[5];
    (undated || is_date(year, d[2] * 10 + d[3], d[0] * 10 + d[1]))
        && (1 + weighted(&d, &WEIGHTS)) % 11 % 10 == d[10]
}

/// Romania: sex and century, date, county, serial.
pub(super) fn ro(d: [u32; 13]) -> bool {
    const WEIGHTS: [u32; 12] = [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9];
    let century = match d[0] {
        3 | 4 => 1800,
        5 | 6 => 2000,
        1 | 2 | 7..=9 => 1900,
        _ => return false,
    };
    let county = d[7] * 10 + d[8];
    let known = matches!(county, 1..=48 | 51 | 52 | 70 | 80..=83);
    let rest = weighted(&d, &WEIGHTS) % 11;
    is_date(century + d[1] * 10 + d[2], d[3] * 10 + d[4], d[5] * 10 + d[6])
        && known
        && (if rest == 10 { 1 } else { rest }) == d[12]
}
