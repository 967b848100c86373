//! What an adapter is told, and what holds where it is not told.

use std::time::Duration;

use reqwest::Url;

use crate::domain::check::Source;
use crate::domain::pii::Secret;
use crate::domain::time::Span;
use crate::sources::delivery::is_loopback;

/// What the settings say about a source.
#[derive(Clone, Debug, Default)]
pub struct SourceSettings {
    /// Where it is; see [`Terms::public`].
    pub url: String,
    /// Who we are to it: an account, a client id, a contact.
    pub user: String,
    /// Its key.
    pub key: Option<Secret>,
    /// How long one request may take.
    pub timeout: Option<Duration>,
    /// How long an answer counts.
    pub max_age: Option<Span>,
    /// How many requests a minute.
    pub per_minute: Option<u32>,
}

/// What holds for a source unless the settings say otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Its public address; empty where there is none.
    pub public: &'static str,
    /// Whether it takes no question without a key.
    pub needs_key: bool,
    /// Whether it takes no question without a name of ours.
    pub needs_user: bool,
    /// How many requests an hour; what it allows, or half of that.
    pub per_hour: u32,
    /// How many of them at once.
    pub burst: u32,
    /// How long an answer counts, in hours.
    pub max_age_hours: i64,
    /// Largest body, in bytes.
    pub max_body: usize,
}

const OPEN: Terms = Terms {
    public: "",
    needs_key: false,
    needs_user: false,
    per_hour: 3_600,
    burst: 10,
    max_age_hours: 24,
    max_body: 1 << 20,
};

/// The terms of a source.
pub const fn terms(source: Source) -> Terms {
    const WEEK: i64 = 7 * 24;
    const STATE: Terms = Terms { per_hour: 1_000, ..OPEN };
    match source {
        Source::Gleif => Terms { public: "https://api.gleif.org", max_age_hours: WEEK, ..OPEN },
        Source::CompaniesHouse => Terms {
            public: "https://api.company-information.service.gov.uk",
            needs_key: true,
            per_hour: 7_200,
            max_age_hours: WEEK,
            ..OPEN
        },
        Source::Vies => Terms {
            public: "https://ec.europa.eu/taxation_customs/vies/rest-api",
            burst: 2,
            max_age_hours: WEEK,
            ..OPEN
        },
        Source::UsCo => Terms { public: "https://data.colorado.gov", ..STATE },
        Source::UsCt => Terms { public: "https://data.ct.gov", ..STATE },
        Source::UsNy => Terms { public: "https://data.ny.gov", ..STATE },
        Source::UsOr => Terms { public: "https://data.oregon.gov", ..STATE },
        Source::UsPa => Terms { public: "https://data.pa.gov", ..STATE },
        Source::UsTx => Terms { public: "https://data.texas.gov", ..STATE },
        Source::SecEdgar => Terms {
            public: "https://data.sec.gov",
            needs_user: true,
            per_hour: 18_000,
            burst: 5,
            max_body: 4 << 20,
            ..OPEN
        },
        Source::Census => Terms { public: "https://geocoding.geo.census.gov", ..OPEN },
        Source::Usps => Terms {
            public: "https://apis.usps.com",
            needs_key: true,
            needs_user: true,
            per_hour: 60,
            max_age_hours: 30 * 24,
            ..OPEN
        },
        Source::Rdap => Terms { public: "https://data.iana.org", per_hour: 1_800, ..OPEN },
        Source::Dns => Terms { public: "system", max_age_hours: 1, ..OPEN },
        Source::Website => Terms { public: "public", burst: 4, max_body: 256 << 10, ..OPEN },
        Source::Twilio => Terms {
            public: "https://lookups.twilio.com",
            needs_key: true,
            needs_user: true,
            ..OPEN
        },
        Source::Telnyx => Terms { public: "https://api.telnyx.com", needs_key: true, ..OPEN },
        Source::Smarty => Terms {
            public: "https://us-street.api.smarty.com",
            needs_key: true,
            needs_user: true,
            max_age_hours: 30 * 24,
            ..OPEN
        },
        Source::Yente | Source::Watchman => {
            Terms { per_hour: 36_000, burst: 50, max_age_hours: 4, ..OPEN }
        }
        Source::Generic => Terms { needs_key: true, ..OPEN },
    }
}

/// Why a source cannot be asked with these settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sources.{source_key}: {why}")]
pub struct NotSetUp {
    /// The source's key in the settings.
    pub source_key: &'static str,
    /// What is wrong and what to do.
    pub why: &'static str,
}

/// A base address that keeps what is asked private: https, or this machine.
pub(super) fn base(url: &str) -> Result<Url, &'static str> {
    let url = Url::parse(url).map_err(|_bad| "the url is not valid")?;
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" if !host.is_empty() => {}
        "http" if is_loopback(host) => {}
        _ => return Err("the url must be https, or http on this machine"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the url holds credentials; give them as user and key");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the url ends with its path; leave out the query");
    }
    Ok(url)
}
