//! US tax numbers (R6-01 to R6-03).

use super::digits::digits;
use super::form::BadForm;

/// Prefixes that the IRS has assigned, first and last of each run.
const EIN_PREFIXES: [(u32, u32); 9] =
    [(1, 6), (10, 16), (20, 27), (30, 48), (50, 68), (71, 77), (80, 88), (90, 95), (98, 99)];

/// Numbers that were printed in advertisements and then used by thousands.
const SSN_PRINTED: [&str; 3] = ["078051120", "219099999", "457555462"];

/// The digits, if they are written together or in groups of the lengths given.
fn grouped(text: &str, groups: &[usize]) -> Option<String> {
    let parts: Vec<&str> = text.split(['-', ' ']).collect();
    let whole: String = parts.concat();
    let right = parts.len() == 1 || parts.iter().map(|p| p.len()).eq(groups.iter().copied());
    let length = groups.iter().sum::<usize>();
    (right && whole.len() == length && digits(&whole).is_some()).then_some(whole)
}

fn part(number: &str, from: usize, to: usize) -> u32 {
    number.get(from..to).and_then(|p| p.parse().ok()).unwrap_or_default()
}

pub(super) fn ein(text: &str) -> Result<String, BadForm> {
    let number = grouped(text, &[2, 7])
        .ok_or(BadForm::new("EIN_FORM", "nine digits, such as 12-3456789"))?;
    if part(&number, 2, 9) == 0 {
        return Err(BadForm::new("EIN_ZERO", "an EIN does not end in seven zeros"));
    }
    let prefix = part(&number, 0, 2);
    if !EIN_PREFIXES.iter().any(|(first, last)| (*first..=*last).contains(&prefix)) {
        return Err(BadForm::new(
            "EIN_PREFIX_UNASSIGNED",
            "the IRS is not known to have assigned this prefix",
        ));
    }
    Ok(number)
}

pub(super) fn ssn(text: &str) -> Result<String, BadForm> {
    let number = grouped(text, &[3, 2, 4])
        .ok_or(BadForm::new("SSN_FORM", "nine digits, such as 123-45-6789"))?;
    let area = part(&number, 0, 3);
    if area == 0 || area == 666 || area >= 900 {
        return Err(BadForm::new("SSN_AREA", "no SSN begins with 000, 666 or 9"));
    }
    if part(&number, 3, 5) == 0 || part(&number, 5, 9) == 0 {
        return Err(BadForm::new("SSN_ZERO", "no group of an SSN is all zeros"));
    }
    if SSN_PRINTED.contains(&number.as_str()) {
        return Err(BadForm::new("SSN_PRINTED", "this number was an example in print"));
    }
    Ok(number)
}

/// The groups are those that the IRS has opened: 50 to 65 came in 2013.
pub(super) fn itin(text: &str) -> Result<String, BadForm> {
    let number = grouped(text, &[3, 2, 4])
        .ok_or(BadForm::new("ITIN_FORM", "nine digits, such as 912-70-1234"))?;
    if part(&number, 0, 3) < 900 {
        return Err(BadForm::new("ITIN_AREA", "an ITIN begins with 9"));
    }
    if !matches!(part(&number, 3, 5), 50..=65 | 70..=88 | 90..=92 | 94..=99) {
        return Err(BadForm::new("ITIN_GROUP", "the IRS gives no ITIN with these middle digits"));
    }
    Ok(number)
}
