//! Numbers of persons: of an SSN or ITIN nothing is kept but a keyed token, which tells two equal
//! ones, and the last four digits, which people recognise (R3-20, R6-02). The form is judged while
//! the number is whole; afterwards nobody can.

use super::Profile;
use super::provider::OrganizationKind;
use super::record::Identifier;
use crate::domain::fault::FieldFault;
use crate::domain::identifier::{self, Kind};
use crate::domain::pii::Pii;

/// What stands for the digits that nobody is shown.
const MASK: &str = "***-**-";

/// The last four digits, if it is a masked number as Vouch shows it.
pub(super) fn last_four(text: &str) -> Option<&str> {
    let four = text.trim().strip_prefix(MASK)?;
    (four.len() == 4 && four.bytes().all(|b| b.is_ascii_digit())).then_some(four)
}

impl Identifier {
    /// What may be shown: of a person's number only the last four digits.
    pub fn shown(&self) -> String {
        let value = self.value.expose();
        if !self.kind.is_personal() {
            return value.clone();
        }
        let skipped = value.chars().count().saturating_sub(4);
        format!("{MASK}{}", value.chars().skip(skipped).collect::<String>())
    }

    /// Whether it may be stored: a person's number has its token and four digits, and no more.
    pub fn is_storable(&self) -> bool {
        let four = self.value.expose().len() == 4 && !self.token.expose().is_empty();
        !self.kind.is_personal() || four
    }
}

impl Profile {
    /// Puts tokens in the place of persons' numbers. A masked number keeps the token that the `live`
    /// profile has for it; a number that is no sole proprietor's is refused.
    pub fn tokenise(
        &mut self,
        live: Option<&Self>,
        token: impl Fn(Kind, &str) -> String,
    ) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        let alone = self.organization_kind == Some(OrganizationKind::SoleProprietor);
        for (index, id) in self.identifiers.iter_mut().enumerate() {
            let Some(kind) = id.kind.form().filter(|kind| kind.is_personal()) else { continue };
            let mut fault = |field: &str, reason, message| {
                let path = format!("identifiers[{index}].{field}");
                faults.push(FieldFault::new(path, reason, message));
            };
            if !alone {
                fault("kind", "PERSON_NUMBER_NOT_ALLOWED", SOLE);
            }
            if !id.token.expose().is_empty() {
                continue;
            }
            let whole = id.value.expose();
            if let Some(four) = last_four(whole) {
                let known = live.map_or(&[][..], |p| &p.identifiers);
                let same =
                    |known: &&Identifier| known.kind == id.kind && known.value.expose() == four;
                match known.iter().find(same) {
                    Some(known) => *id = known.clone(),
                    None => fault("value", "UNKNOWN_NUMBER", AGAIN),
                }
            } else if let Ok(normal) = identifier::normal(kind, whole) {
                let four: String = normal.chars().skip(normal.len().saturating_sub(4)).collect();
                id.token = Pii::new(token(kind, &normal));
                id.value = Pii::new(four);
            } else {
                fault("value", "BAD_NUMBER", AGAIN);
            }
        }
        faults
    }
}

const SOLE: &str = "only a SOLE_PROPRIETOR is known by a person's number; give the EIN";
const AGAIN: &str = "send all nine digits, or the value exactly as Vouch returned it";

#[cfg(test)]
mod tests {
    use super::super::IdentifierKind;
    use super::*;
    use crate::domain::fixture::text;

    fn proprietor(value: &str) -> Profile {
        Profile {
            organization_kind: Some(OrganizationKind::SoleProprietor),
            identifiers: vec![Identifier {
                kind: IdentifierKind::Ssn,
                value: text(value),
                issuing_region: String::new(),
                token: Pii::default(),
            }],
            ..Profile::default()
        }
    }

    fn token(kind: Kind, number: &str) -> String {
        format!("{kind}:{}", number.len())
    }

    #[test]
    fn a_number_becomes_a_token_and_four_digits() {
        let mut p = proprietor("219-09-1234");
        assert!(!p.identifiers[0].is_storable());
        assert_eq!(p.tokenise(None, token), []);
        let id = &p.identifiers[0];
        assert_eq!((id.value.expose().as_str(), id.token.expose().as_str()), ("1234", "SSN:9"));
        assert!(id.is_storable());
        assert_eq!(id.shown(), "***-**-1234");
        let stored = serde_json::to_string(&p).unwrap();
        assert!(!stored.contains("21909") && !stored.contains("219-09"));
        let live = p.clone();
        assert_eq!(p.tokenise(Some(&live), token), [], "once is enough");
        assert_eq!(p, live);
    }

    #[test]
    fn a_masked_number_keeps_its_token() {
        let mut live = proprietor("219-09-1234");
        live.tokenise(None, token);
        let mut again = proprietor("***-**-1234");
        assert_eq!(again.tokenise(Some(&live), token), []);
        assert_eq!(again, live);
        for (sent, known) in [("***-**-9999", Some(&live)), ("***-**-1234", None)] {
            let told = proprietor(sent).tokenise(known, token);
            assert_eq!(told.len(), 1);
            assert_eq!(told[0].reason, "UNKNOWN_NUMBER");
        }
    }

    #[test]
    fn only_a_sole_proprietor_is_known_by_it() {
        let mut firm = proprietor("219-09-1234");
        firm.organization_kind = Some(OrganizationKind::Corporation);
        let told = firm.tokenise(None, token);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].path, "identifiers[0].kind");
        assert!(firm.identifiers[0].is_storable(), "not even a refused one stays whole");
        assert!(!format!("{firm:?} {told:?}").contains("21909"));
    }
}
