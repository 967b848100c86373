//! The outside parties that may be asked about a claim.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::source::{Evidence, Failure, Told};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// An outside party. The set is closed: each has its adapter, its terms and its settings.
    pub enum Source as "source" {
        /// Legal entity identifiers.
        Gleif = "GLEIF",
        /// The register of companies of the United Kingdom.
        CompaniesHouse = "COMPANIES_HOUSE",
        /// VAT numbers of the European Union.
        Vies = "VIES",
        /// Colorado's register, as open data.
        UsCo = "US_CO",
        /// Connecticut's register, as open data.
        UsCt = "US_CT",
        /// New York's register of active corporations, as open data.
        UsNy = "US_NY",
        /// Oregon's register of active businesses, as open data.
        UsOr = "US_OR",
        /// Pennsylvania's register, as open data.
        UsPa = "US_PA",
        /// Texas' active franchise tax payers, as open data.
        UsTx = "US_TX",
        /// Filers of the Securities and Exchange Commission.
        SecEdgar = "SEC_EDGAR",
        /// The geocoder of the Census Bureau.
        Census = "CENSUS",
        /// Addresses of the Postal Service.
        Usps = "USPS",
        /// Registration data of domains.
        Rdap = "RDAP",
        /// Mail exchangers of domains.
        Dns = "DNS",
        /// Whether a website answers.
        Website = "WEBSITE",
        /// Twilio Lookup.
        Twilio = "TWILIO",
        /// Telnyx number look-up.
        Telnyx = "TELNYX",
        /// Smarty's addresses of the United States.
        Smarty = "SMARTY",
        /// A yente server with its sanctions data.
        Yente = "YENTE",
        /// A Watchman server with its sanctions lists.
        Watchman = "WATCHMAN",
        /// A vendor that speaks the generic contract.
        Generic = "GENERIC",
    }
}

impl Source {
    /// The register of a US state, where it can be asked without a contract.
    pub fn of_state(region: &str) -> Option<Self> {
        let state = region.strip_prefix("US-").unwrap_or(region);
        match state {
            "CO" => Some(Self::UsCo),
            "CT" => Some(Self::UsCt),
            "NY" => Some(Self::UsNy),
            "OR" => Some(Self::UsOr),
            "PA" => Some(Self::UsPa),
            "TX" => Some(Self::UsTx),
            _ => None,
        }
    }
}

words! {
    /// Whether a source is asked.
    pub enum Breaker as "breaker state" {
        /// It is asked.
        Closed = "CLOSED",
        /// It did not answer several times and is not asked.
        Open = "OPEN",
        /// One question is let through to see.
        Trying = "TRYING",
    }
}

words! {
    /// What came of a question.
    pub enum Outcome as "outcome" {
        /// A record was told.
        Found = "FOUND",
        /// There is none.
        Nothing = "NOTHING",
        /// We are not let in.
        Refused = "REFUSED",
        /// It is not set up.
        NotConfigured = "NOT_CONFIGURED",
        /// What we may ask is used up.
        Quota = "QUOTA",
        /// No answer.
        Retry = "RETRY",
        /// No answer of the known shape.
        Schema = "SCHEMA",
        /// What it holds is too old.
        Stale = "STALE",
    }
}

impl Outcome {
    /// What came of a question that was answered so.
    pub const fn of(told: &Told) -> Self {
        match told {
            Told::Found(_) => Self::Found,
            Told::Nothing(_) => Self::Nothing,
            Told::Failed(failure) => match failure {
                Failure::Refused => Self::Refused,
                Failure::NotConfigured => Self::NotConfigured,
                Failure::Quota => Self::Quota,
                Failure::Retry { .. } => Self::Retry,
                Failure::Schema => Self::Schema,
                Failure::Stale => Self::Stale,
            },
        }
    }
}

/// How a source stands, as one instance sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// Which.
    pub source: Source,
    /// Whether it is set up.
    pub configured: bool,
    /// When it answered last.
    pub last_success: Option<Ts>,
    /// When it last gave no answer, and why.
    pub last_failure: Option<(Ts, Outcome)>,
    /// Whether it is asked.
    pub breaker: Breaker,
    /// How often each outcome came.
    pub outcomes: BTreeMap<Outcome, u64>,
}

words! {
    /// What a source remarked about a record besides its answer.
    pub enum Remark as "remark" {
        /// The address is a commercial mail receiving agency.
        MailDrop = "MAIL_DROP",
        /// Nobody is at the address.
        Vacant = "VACANT",
        /// The domain says that it takes no mail.
        NoMail = "NO_MAIL",
        /// The number was given up by its holder since the date that was asked about.
        Reassigned = "REASSIGNED",
        /// A name resembles a listed party.
        Listed = "LISTED",
    }
}

words! {
    /// How the firm is reached through what a register holds.
    pub enum ChannelKind as "channel" {
        /// A mailbox.
        Mail = "MAIL",
        /// A telephone number.
        Phone = "PHONE",
        /// A postal address.
        Post = "POST",
        /// A domain: any mailbox of it.
        Domain = "DOMAIN",
    }
}

/// A channel to the firm that a register holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldChannel {
    /// What it is.
    pub kind: ChannelKind,
    /// Where it leads.
    pub value: Pii<String>,
    /// From when on the register is known to hold it; `None` where it does not say.
    pub since: Option<Ts>,
}

/// What a source answered, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What it said.
    pub told: Told,
    /// What that rests on.
    pub evidence: Evidence,
    /// What it remarked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// Channels to the firm that it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<HeldChannel>,
    /// Since when the record exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Ts>,
    /// When the record was changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Ts>,
}

/// A place, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Street and number.
    pub street: Pii<String>,
    /// Apartment, suite or floor; empty if none.
    pub unit: Pii<String>,
    /// City.
    pub city: Pii<String>,
    /// State, two letters.
    pub region: Pii<String>,
    /// Postal code.
    pub postal_code: Pii<String>,
}

impl Place {
    /// Reads `street, [unit,] city, ST ZIP`.
    pub fn read(line: &str) -> Option<Self> {
        let mut parts: Vec<&str> = line.split(',').map(str::trim).collect();
        let (region, zip) = parts.pop()?.split_once(' ')?;
        let city = parts.pop()?;
        let mut parts = parts.into_iter();
        let text = |text: &str| Pii::new(text.trim().to_owned());
        let place = Self {
            street: text(parts.next()?),
            unit: text(&parts.collect::<Vec<_>>().join(" ")),
            city: text(city),
            region: text(region),
            postal_code: text(zip),
        };
        (!place.street.expose().is_empty() && !city.is_empty()).then_some(place)
    }

    /// The place in one line.
    pub fn line(&self) -> String {
        let parts = [&self.street, &self.unit, &self.city].map(|part| part.expose().as_str());
        let mut told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let end = [self.region.expose().as_str(), self.postal_code.expose()].join(" ");
        told.push(end.trim());
        told.join(", ")
    }
}

/// What a source is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The identifier, number, domain or address.
    pub value: Pii<String>,
    /// The name that the record has to bear.
    pub name: Option<Pii<String>>,
    /// Where the record has to be: `US-DE` or a country; empty if not said.
    pub region: String,
    /// The value as a place, where it is one.
    pub place: Option<Place>,
    /// Whether the name is a person's.
    pub person: bool,
}

impl Question {
    /// A question about one value.
    pub fn of(value: &str) -> Self {
        let value = Pii::new(value.trim().to_owned());
        Self { place: Place::read(value.expose()), value, ..Self::default() }
    }

    /// The same about a record that has to bear this name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: Some(Pii::new(name.to_owned())), ..self }
    }

    /// The same about a record that has to be there.
    #[must_use]
    pub fn within(self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self }
    }

    /// The name, if one was given.
    pub fn asked_name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.expose().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_a_place() {
        let place = Place::read("3120 M St NW, Suite 4, Washington, DC 20007").unwrap();
        assert_eq!(place.unit.expose(), "Suite 4");
        assert_eq!(place.region.expose(), "DC");
        assert_eq!(place.line(), "3120 M St NW, Suite 4, Washington, DC 20007");
        assert_eq!(Place::read("Washington"), None);
        assert_eq!(Question::of("636700STJZG4U8W2I596").place, None);
    }
}
