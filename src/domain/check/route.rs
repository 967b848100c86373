//! Which source is asked about which claim.

use super::party::{Place, Question, Source};
use super::record::Kind;
use crate::domain::pii::Pii;
use crate::domain::profile::{Address, Identifier, IdentifierKind, Profile};

/// What to ask about a claim of this kind. Nothing where no source covers what the profile gives.
pub fn questions(kind: Kind, profile: &Profile) -> Vec<(Source, Question)> {
    match kind {
        Kind::Existence => {
            profile.identifiers.iter().filter_map(|id| registered(id, profile)).collect()
        }
        Kind::TaxIdToName => {
            profile.tax_id().and_then(|id| taxed(id, profile)).into_iter().collect()
        }
        Kind::AddressKind => delivered(profile),
        Kind::ContactEmail => mailboxes(profile),
        Kind::IdentifierForm
        | Kind::Sanctions
        | Kind::ContactPhone
        | Kind::AlternatePhone
        | Kind::Representation
        | Kind::CallerName
        | Kind::RmdRecord
        | Kind::FlowDown => Vec::new(),
    }
}

fn named(id: &Identifier, profile: &Profile) -> Question {
    Question::of(id.value.expose()).named(profile.legal_name.expose())
}

/// The register that an identifier of the organisation comes from.
fn registered(id: &Identifier, profile: &Profile) -> Option<(Source, Question)> {
    let source = match (id.kind, id.issuing_region.as_str()) {
        (IdentifierKind::Lei, _) => {
            let question = named(id, profile).within(&profile.incorporation_jurisdiction);
            return Some((Source::Gleif, question));
        }
        (IdentifierKind::StateRegistration, state) => Source::of_state(state)?,
        (IdentifierKind::UkCrn, _) | (IdentifierKind::ForeignRegistration, "GB") => {
            Source::CompaniesHouse
        }
        // No source that is asked holds the others.
        _ => return None,
    };
    Some((source, named(id, profile)))
}

/// Who knows a tax number with the name.
fn taxed(id: &Identifier, profile: &Profile) -> Option<(Source, Question)> {
    if id.kind == IdentifierKind::Ein {
        return Some((Source::SecEdgar, named(id, profile)));
    }
    let value = id.value.expose();
    let country = match (id.kind, id.issuing_region.as_str()) {
        (IdentifierKind::ForeignTaxId, country) if is_european(country) => country,
        (IdentifierKind::EuVat, country) => country,
        _ => return None,
    };
    let prefixed = value.get(..2).is_some_and(|head| head.chars().all(char::is_alphabetic));
    let value = if prefixed { value.clone() } else { format!("{country}{value}") };
    Some((Source::Vies, Question::of(&value).named(profile.legal_name.expose())))
}

/// Whether VIES knows numbers of the country; Northern Ireland is XI there.
fn is_european(country: &str) -> bool {
    [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
    ]
    .contains(&country)
}

/// Who delivers to the physical address: the first of these that is set up is asked.
fn delivered(profile: &Profile) -> Vec<(Source, Question)> {
    let Some(address) = profile.physical_address.as_ref().filter(|a| a.country == "US") else {
        return Vec::new();
    };
    let place = place(address);
    let question = Question { place: Some(place.clone()), ..Question::of(&place.line()) };
    [Source::Usps, Source::Smarty].map(|source| (source, question.clone())).into()
}

fn place(address: &Address) -> Place {
    let mut lines = address.lines.iter().map(|line| line.expose().as_str());
    let street = Pii::new(lines.next().unwrap_or_default().to_owned());
    Place {
        street,
        unit: Pii::new(lines.collect::<Vec<_>>().join(" ")),
        city: address.city.clone(),
        region: address.region.clone(),
        postal_code: address.postal_code.clone(),
    }
}

/// The domains of the contacts' mailboxes, each once.
fn mailboxes(profile: &Profile) -> Vec<(Source, Question)> {
    let mut domains: Vec<String> = profile
        .contacts
        .iter()
        .filter_map(|contact| Some(contact.email.expose().rsplit_once('@')?.1.to_ascii_lowercase()))
        .collect();
    domains.sort_unstable();
    domains.dedup();
    domains.iter().map(|domain| (Source::Dns, Question::of(domain))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{profile, text};

    fn asked(kind: Kind, profile: &Profile) -> Vec<Source> {
        questions(kind, profile).into_iter().map(|(source, _)| source).collect()
    }

    #[test]
    fn each_identifier_goes_to_its_register() {
        use Source::{CompaniesHouse, Gleif, UsCo, Vies};
        let mut p = profile();
        let id = |kind, value: &str, region: &str| Identifier {
            kind,
            value: text(value),
            issuing_region: region.to_owned(),
            token: text(""),
        };
        p.identifiers = vec![
            id(IdentifierKind::StateRegistration, "20201234567", "US-CO"),
            id(IdentifierKind::StateRegistration, "7654321", "US-DE"),
            id(IdentifierKind::Lei, "549300GFX6WN7JDUSN34", ""),
            id(IdentifierKind::ForeignRegistration, "12345678", "GB"),
            id(IdentifierKind::ForeignTaxId, "6388047V", "IE"),
        ];
        assert_eq!(asked(Kind::Existence, &p), [UsCo, Gleif, CompaniesHouse]);
        assert_eq!(asked(Kind::TaxIdToName, &p), [Vies]);
        let question = &questions(Kind::TaxIdToName, &p)[0].1;
        assert_eq!(question.value.expose(), "IE6388047V");
        assert_eq!(asked(Kind::Representation, &p), []);
    }
}
