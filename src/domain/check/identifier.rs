//! The form of identifiers (R6-01 to R6-06). A good form says nothing about who owns the number.

use super::form::FormResult;
use crate::domain::profile::{Identifier, IdentifierKind};

/// Prefixes that the IRS has assigned (R6-01). It adds some now and then, so another one is for a
/// person to look at.
const EIN_PREFIXES: [(u8, u8); 10] = [
    (1, 6),
    (10, 16),
    (20, 27),
    (30, 48),
    (50, 68),
    (71, 77),
    (80, 88),
    (90, 95),
    (98, 98),
    (99, 99),
];

/// Whether an identifier has the form of its kind.
pub fn identifier_form(id: &Identifier) -> FormResult {
    let bare: String = id.value.expose().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let digits = |n: usize| bare.len() == n && bare.bytes().all(|b| b.is_ascii_digit());
    match id.kind {
        IdentifierKind::Ein => ein(&bare),
        IdentifierKind::Lei => lei(&bare),
        IdentifierKind::Duns => shape(digits(9), "DUNS_FORM", "nine digits"),
        IdentifierKind::Frn => shape(digits(10), "FRN_FORM", "ten digits, leading zeros kept"),
        IdentifierKind::Filer499 => shape(digits(6), "FILER_499_FORM", "six digits"),
        IdentifierKind::Rmd => {
            let number = bare.strip_prefix("RMD").unwrap_or_default();
            let well = number.len() == 7 && number.bytes().all(|b| b.is_ascii_digit());
            shape(well, "RMD_FORM", "RMD and seven digits")
        }
        IdentifierKind::Ocn => {
            let well = bare.len() == 4 && bare.bytes().all(|b| b.is_ascii_alphanumeric());
            shape(well, "OCN_FORM", "four letters or digits")
        }
        IdentifierKind::StateRegistration
        | IdentifierKind::ForeignRegistration
        | IdentifierKind::ForeignTaxId => {
            let some = bare.bytes().any(|b| b.is_ascii_alphanumeric() && b != b'0');
            shape(
                some && bare.chars().count() >= 2,
                "REGISTRATION_FORM",
                "as the register wrote it",
            )
        }
    }
}

fn shape(well: bool, reason: &'static str, message: &'static str) -> FormResult {
    if well { FormResult::PASS } else { FormResult::bad(reason, message) }
}

fn ein(bare: &str) -> FormResult {
    if bare.len() != 9 || !bare.bytes().all(|b| b.is_ascii_digit()) {
        return FormResult::bad("EIN_FORM", "nine digits, such as 12-3456789");
    }
    let Ok(number) = bare.parse::<u32>() else {
        return FormResult::bad("EIN_FORM", "nine digits, such as 12-3456789");
    };
    if number % 10_000_000 == 0 {
        return FormResult::bad("EIN_ZERO", "an EIN does not end in seven zeros");
    }
    let prefix = number / 10_000_000;
    let known = EIN_PREFIXES.iter().any(|(a, b)| (u32::from(*a)..=u32::from(*b)).contains(&prefix));
    if known { FormResult::PASS } else { FormResult::PREFIX }
}

/// ISO 17442: 18 letters or digits and two check digits; letters count as 10 to 35, and the whole
/// number leaves 1 when divided by 97.
fn lei(bare: &str) -> FormResult {
    let upper = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase();
    let tail = bare.bytes().rev().take(2).all(|b| b.is_ascii_digit());
    if bare.len() != 20 || !bare.bytes().all(upper) || !tail {
        return FormResult::bad("LEI_FORM", "20 capital letters and digits, two digits at the end");
    }
    let rest = bare.chars().filter_map(|c| c.to_digit(36)).fold(0_u32, |rest, value| {
        if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 }
    });
    shape(
        rest == 1,
        "LEI_CHECK_DIGITS",
        "the check digits do not fit; compare it with the register",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Verdict;
    use crate::domain::pii::Pii;

    fn form(kind: IdentifierKind, value: &str) -> (Verdict, &'static str) {
        let value = Pii::new(value.to_owned());
        let result = identifier_form(&Identifier { kind, value, issuing_region: String::new() });
        (result.result, result.reason)
    }

    #[test]
    fn ein_prefixes() {
        let unassigned = [0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97];
        let verdict = |p: u32| form(IdentifierKind::Ein, &format!("{p:02}-1234567")).0;
        let odd: Vec<u32> = (0..100).filter(|p| verdict(*p) == Verdict::Review).collect();
        assert_eq!(odd, unassigned);
        assert!((0..100).all(|p| verdict(p) != Verdict::Fail));
        assert_eq!(form(IdentifierKind::Ein, "00-0000000"), (Verdict::Fail, "EIN_ZERO"));
        assert_eq!(form(IdentifierKind::Ein, "12-345678"), (Verdict::Fail, "EIN_FORM"));
        assert_eq!(form(IdentifierKind::Ein, "12-345678\u{661}"), (Verdict::Fail, "EIN_FORM"));
    }

    #[test]
    fn lei_check_digits() {
        for good in ["549300GFX6WN7JDUSN34", "213800KUD8LAJWSQ9D15"] {
            assert_eq!(form(IdentifierKind::Lei, good).0, Verdict::Pass);
            for at in 0..20 {
                let mut bytes = good.as_bytes().to_vec();
                bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
                let changed = String::from_utf8(bytes).unwrap();
                assert_eq!(form(IdentifierKind::Lei, &changed).0, Verdict::Fail, "{changed}");
            }
        }
    }

    #[test]
    fn others() {
        assert_eq!(form(IdentifierKind::Rmd, "RMD0001410").0, Verdict::Pass);
        assert_eq!(form(IdentifierKind::Frn, "0018570812").0, Verdict::Pass);
        assert_eq!(form(IdentifierKind::Frn, "18570812").0, Verdict::Fail);
        assert_eq!(form(IdentifierKind::Ocn, "123A").0, Verdict::Pass);
        assert_eq!(form(IdentifierKind::StateRegistration, "000").0, Verdict::Fail);
    }
}
