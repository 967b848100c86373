//! The form of identifiers (R6-01 to R6-06). A good form says nothing about who owns the number.

use super::form::FormResult;
use crate::domain::identifier::{BadForm, normal};
use crate::domain::profile::Identifier;

/// Whether an identifier has the form of its kind.
pub fn identifier_form(id: &Identifier) -> FormResult {
    let value = id.value.expose();
    let Some(kind) = id.kind.form() else { return registration(value) };
    // The form of a person's number was judged before it became a token; a masked one is looked
    // up among the tokens.
    if kind.is_personal() && (!id.token.expose().is_empty() || value.starts_with("***-**-")) {
        return FormResult::PASS;
    }
    match normal(kind, value) {
        Ok(_) => FormResult::PASS,
        // The IRS adds some now and then, so another one is for a person to look at.
        Err(BadForm { reason: "EIN_PREFIX_UNASSIGNED", .. }) => FormResult::PREFIX,
        Err(BadForm { reason, message }) => FormResult::bad(reason, message),
    }
}

/// Registers number as they like.
fn registration(text: &str) -> FormResult {
    let bare = text.chars().filter(|c| !matches!(c, ' ' | '-'));
    let some = bare.clone().any(|c| c.is_ascii_alphanumeric() && c != '0');
    if some && bare.count() >= 2 {
        FormResult::PASS
    } else {
        FormResult::bad("REGISTRATION_FORM", "as the register wrote it")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::Verdict;
    use crate::domain::pii::Pii;
    use crate::domain::profile::IdentifierKind;

    fn form(kind: IdentifierKind, value: &str) -> (Verdict, &'static str) {
        let value = Pii::new(value.to_owned());
        let result = identifier_form(&Identifier {
            kind,
            value,
            issuing_region: String::new(),
            token: Pii::default(),
        });
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
