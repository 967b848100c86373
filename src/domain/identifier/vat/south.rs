//! Cyprus, Greece, Italy, Malta, Portugal, Spain.

use crate::domain::identifier::digits::{exactly, luhn, number, weighted};

/// Eight digits and a letter; the digits in odd places count by a table.
pub(super) fn cy(text: &str) -> Option<String> {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let (body, letter) = text.split_at_checked(8)?;
    let d = exactly::<8>(body)?;
    let mut sum = 0;
    for pair in d.chunks_exact(2) {
        let [odd, even] = pair else { continue };
        sum += ODD.get(usize::try_from(*odd).ok()?)? + even;
    }
    let check = char::from(b'A' + u8::try_from(sum % 26).ok()?);
    let fits = letter.len() == 1 && letter.starts_with(check);
    (fits && !body.starts_with("12")).then(|| text.to_owned())
}

/// Nine digits; older ones have eight and get a zero.
pub(super) fn el(text: &str) -> Option<String> {
    let text = format!("{text:0>9}");
    let d = exactly::<9>(&text)?;
    let sum = weighted(&d[..8], &[256, 128, 64, 32, 16, 8, 4, 2]);
    (number(&d) > 0 && sum % 11 % 10 == d[8]).then_some(text)
}

/// A citizen's, a foreigner's or an organisation's number; offices differ on which organisation
/// has a digit and which a letter at the end, so both are taken.
pub(super) fn es(text: &str) -> Option<String> {
    const PERSON: &str = "TRWAGMYFPDXBNJZSQVHLCKE";
    const ORGANISATION: &str = "JABCDEFGHI";
    let (first, last) = (text.chars().next()?, text.chars().next_back()?);
    if text.len() != 9 {
        return None;
    }
    let of_person = |digits: &str| {
        let d = exactly::<8>(digits)?;
        let letter = usize::try_from(number(&d) % 23).ok()?;
        Some(PERSON.chars().nth(letter)? == last)
    };
    let middle = text.get(1..8)?;
    let fits = match first {
        '0'..='9' => of_person(text.get(..8)?)?,
        'K' | 'L' | 'M' => of_person(&format!("0{middle}"))?,
        'X' | 'Y' | 'Z' => {
            let digit = first as u32 - 'X' as u32;
            of_person(&format!("{digit}{middle}"))?
        }
        'A'..='H' | 'J' | 'N' | 'P'..='S' | 'U' | 'V' | 'W' => {
            let check = (0..10).find(|check| {
                exactly::<8>(&format!("{middle}{check}")).is_some_and(|d| luhn(&d) == 0)
            })?;
            last.to_digit(10).map_or_else(
                || ORGANISATION.chars().nth(check) == Some(last),
                |digit| usize::try_from(digit) == Ok(check),
            )
        }
        _ => false,
    };
    fits.then(|| text.to_owned())
}

/// Seven digits, the office in three, and a Luhn digit.
pub(super) fn it(text: &str) -> Option<String> {
    let d = exactly::<11>(text)?;
    let office = number(&d[7..10]);
    let known = matches!(office, 1..=100 | 120 | 121 | 888 | 999);
    (number(&d[..7]) > 0 && known && luhn(&d) == 0).then(|| text.to_owned())
}

pub(super) fn mt(text: &str) -> Option<String> {
    let d = exactly::<8>(text)?;
    let fits = weighted(&d, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37);
    (d[0] != 0 && fits).then(|| text.to_owned())
}

pub(super) fn pt(text: &str) -> Option<String> {
    let d = exactly::<9>(text)?;
    let lacking = (11 - weighted(&d[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    (d[0] != 0 && lacking == d[8]).then(|| text.to_owned())
}
