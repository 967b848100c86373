//! The United Kingdom, and Northern Ireland under its own prefix.

use crate::domain::identifier::digits::{bare, exactly, number as value, weighted};
use crate::domain::identifier::form::BadForm;

pub(in crate::domain::identifier) fn uk(text: &str) -> Result<String, BadForm> {
    let code = bare(text);
    number(code.strip_prefix("GB").unwrap_or(&code)).ok_or(BadForm::new(
        "UK_VAT_CHECK",
        "nine or twelve digits whose check digits fit, or GD or HA and three digits",
    ))
}

/// Nine digits, or twelve for a branch; a government department or a health authority has a
/// number of its own, which may come in the long form with 8888.
pub(super) fn number(text: &str) -> Option<String> {
    let well = match text.split_at_checked(2) {
        Some((office @ ("GD" | "HA"), rest)) => of_office(office, rest),
        _ => match text.len() {
            9 => standard(text),
            12 => text.get(..9).is_some_and(standard) && exactly::<12>(text).is_some(),
            _ => false,
        },
    };
    well.then(|| text.to_owned())
}

/// The sum is a multiple of 97, or is 55 more since 2010; the lowest numbers know the first only.
fn standard(text: &str) -> bool {
    let Some(d) = exactly::<9>(text) else { return false };
    let rest = weighted(&d, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
    rest == 0 || (value(&d[..3]) >= 100 && (rest == 42 || rest == 55))
}

fn of_office(office: &str, rest: &str) -> bool {
    let (serial, check) = match rest.strip_prefix("8888") {
        Some(long) if rest.len() == 9 => match long.split_at_checked(3) {
            Some((serial, check)) => (serial, Some(check)),
            None => return false,
        },
        _ => (rest, None),
    };
    let Some(serial) = exactly::<3>(serial).map(|d| value(&d)) else { return false };
    let own = if office == "GD" { serial < 500 } else { serial >= 500 };
    let fits = match check {
        None => true,
        Some(check) => exactly::<2>(check).is_some_and(|d| value(&d) == serial % 97),
    };
    own && fits
}
