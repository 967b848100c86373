//! `[sources]`: the outside parties that may be asked. A source without a URL is not set up, and
//! what it would prove is UNAVAILABLE.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::ConfigFault;
use super::secret::SecretText;
use crate::domain::check::Source;
use crate::domain::time::Span;

/// What is said about one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who we are to it: an account, a client id, a contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<SecretText>,
    /// How long one request may take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How long an answer counts, in hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_hours: Option<u32>,
    /// How many requests a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
}

impl SourceConfig {
    /// How long one request may take.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }

    /// How long an answer counts.
    pub fn max_age(&self) -> Option<Span> {
        self.max_age_hours.map(|hours| Span::hours(i64::from(hours)))
    }
}

/// Every source that something is said about, by its name in small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sources(pub BTreeMap<String, SourceConfig>);

impl Sources {
    /// What is said about each source.
    pub fn given(&self) -> impl Iterator<Item = (Source, &SourceConfig)> {
        self.0.iter().filter_map(|(name, said)| Some((named(name)?, said)))
    }

    /// Refuses unknown sources and figures with which none could be asked.
    pub fn check(&self) -> Result<(), ConfigFault> {
        for (name, said) in &self.0 {
            let bad = |key: &str, problem: &str, instead: &str| ConfigFault::Bad {
                key: format!("sources.{name}{key}"),
                from: "the settings".to_owned(),
                problem: problem.to_owned(),
                instead: instead.to_owned(),
            };
            if named(name).is_none() {
                let known: Vec<String> =
                    Source::ALL.iter().map(|s| s.as_str().to_ascii_lowercase()).collect();
                return Err(bad("", "is no source", &known.join(", ")));
            }
            let ranges = [
                (".timeout_ms", said.timeout_ms, 100, 60_000),
                (".max_age_hours", said.max_age_hours.map(u64::from), 1, 8_760),
                (".per_minute", said.per_minute.map(u64::from), 1, 60_000),
            ];
            for (key, value, least, most) in ranges {
                if value.is_some_and(|value| !(least..=most).contains(&value)) {
                    let instead = format!("a number from {least} to {most}");
                    return Err(bad(key, "out of range", &instead));
                }
            }
        }
        Ok(())
    }
}

fn named(name: &str) -> Option<Source> {
    let upper = name.to_ascii_uppercase();
    if name.chars().any(|c| c.is_ascii_uppercase()) { None } else { upper.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Given};

    fn load(env: &[(&str, &str)]) -> Result<Config, ConfigFault> {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::load(&Given { env, ..Given::default() })
    }

    #[test]
    fn a_source_is_set_up_from_the_environment_and_its_key_is_hidden() {
        let config = load(&[
            ("VOUCH_SOURCES_COMPANIES_HOUSE_URL", "https://api.example"),
            ("VOUCH_SOURCES_COMPANIES_HOUSE_KEY", "hidden"),
            ("VOUCH_SOURCES_COMPANIES_HOUSE_TIMEOUT_MS", "2500"),
        ])
        .unwrap();
        let given: Vec<_> = config.sources.given().collect();
        assert_eq!(given.len(), 1);
        assert_eq!(given[0].0, Source::CompaniesHouse);
        assert_eq!(given[0].1.timeout(), Some(Duration::from_millis(2_500)));
        assert!(!format!("{config:?}").contains("hidden"));
        assert!(!crate::config::print::toml(&config).contains("hidden"));
    }

    #[test]
    fn what_is_no_source_is_refused() {
        assert!(load(&[("VOUCH_SOURCES_EQUIFAX_URL", "https://x.example")]).is_err());
        let wrong = load(&[("VOUCH_SOURCES_GLEIF_TIMEOUT_MS", "5")]).unwrap_err().to_string();
        assert!(wrong.contains("sources.gleif.timeout_ms"), "{wrong}");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("vouch.toml");
        std::fs::write(&file, "[sources.equifax]\nurl = \"https://x.example\"\n").unwrap();
        let wrong = Config::load(&Given { file: Some(file), ..Given::default() }).unwrap_err();
        assert!(wrong.to_string().contains("gleif"), "{wrong}");
    }

    #[test]
    fn every_source_has_its_settings() {
        let all: Vec<_> = crate::config::settings::all().map(|setting| setting.key).collect();
        for source in Source::ALL {
            let key = format!("sources.{}.url", source.as_str().to_ascii_lowercase());
            assert!(all.contains(&key.as_str()), "{key}");
        }
    }
}
