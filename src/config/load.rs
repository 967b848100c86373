//! Layers the settings: flags, then `VOUCH_*`, then the file, then the defaults.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::Value;
use serde::{Deserialize, Serialize};

use super::database::Database;
use super::delivery::Delivery;
use super::documents::Documents;
use super::fault::ConfigFault;
use super::geo::Geo;
use super::keys::Keys;
use super::limits::Limits;
use super::lists::Lists;
use super::policy::Policy;
use super::server::Server;
use super::settings::{Kind, OTHERS, Setting, all, by_key};
use super::sources::Sources;
use super::telemetry::Telemetry;

/// Everything the service is told from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to stop: only in builds for tests.
    #[cfg(feature = "failpoints")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failpoint: Option<String>,
    /// Where Vouch listens.
    pub server: Server,
    /// The store.
    pub database: Database,
    /// The key ring.
    pub keys: Keys,
    /// The document store.
    pub documents: Documents,
    /// How codes reach people.
    pub delivery: Delivery,
    /// The log.
    pub telemetry: Telemetry,
    /// How much and how long.
    pub limits: Limits,
    /// Age of lists.
    pub lists: Lists,
    /// The address database.
    pub geo: Geo,
    /// The outside parties that may be asked.
    #[serde(default)]
    pub sources: Sources,
    /// The rules a new store begins with.
    pub policy: Policy,
}

/// What was given from outside, before it is understood.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The settings file.
    pub file: Option<PathBuf>,
    /// Flags: key and value.
    pub flags: Vec<(&'static str, Value)>,
    /// The environment; only `VOUCH_*` is looked at.
    pub env: BTreeMap<String, String>,
}

impl Given {
    /// The environment of this process, without flags.
    pub fn from_environment() -> Self {
        let env: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _value)| name.starts_with("VOUCH_"))
            .collect();
        let file = env.get("VOUCH_CONFIG").map(PathBuf::from);
        Self { file, flags: Vec::new(), env }
    }

    /// Adds a flag where it was given.
    pub fn flag(&mut self, key: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.flags.push((key, value.into()));
        }
    }
}

impl Config {
    /// Layers what was given over the defaults and checks the whole.
    pub fn load(given: &Given) -> Result<Self, ConfigFault> {
        let mut layers = Figment::from(Serialized::defaults(plain_defaults()));
        let mut from: BTreeMap<String, String> = BTreeMap::new();
        if let Some(path) = &given.file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigFault::Unreadable { path: path.clone(), source })?;
            toml::from_str::<toml::Table>(&text).map_err(|why| ConfigFault::NotToml {
                path: path.clone(),
                message: why.message().to_owned(),
            })?;
            layers = layers.merge(Toml::string(&text));
        }
        for (setting, name, value) in environment(&given.env)? {
            layers = layers.merge(Serialized::default(setting.key, value));
            from.insert(setting.key.to_owned(), name);
        }
        for (key, value) in &given.flags {
            layers = layers.merge(Serialized::default(key, value.clone()));
            from.insert((*key).to_owned(), "the flags".to_owned());
        }
        let config: Self = layers.extract().map_err(|why| explain(given, &from, &why))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigFault> {
        self.server.line()?;
        self.database.check()?;
        self.delivery.check()?;
        self.limits.check()?;
        self.lists.check()?;
        self.sources.check()
    }
}

/// The defaults as plain values: the secret among them is a default everybody knows.
fn plain_defaults() -> BTreeMap<&'static str, Value> {
    let config = Config::default();
    let mut sections = BTreeMap::new();
    let mut add = |name, section: Result<Value, figment::Error>| {
        if let Ok(section) = section {
            sections.insert(name, section);
        }
    };
    add("server", Value::serialize(&config.server));
    add("keys", Value::serialize(&config.keys));
    add("documents", Value::serialize(&config.documents));
    add("delivery", Value::serialize(&config.delivery));
    add("telemetry", Value::serialize(&config.telemetry));
    add("limits", Value::serialize(&config.limits));
    add("lists", Value::serialize(&config.lists));
    add("geo", Value::serialize(&config.geo));
    add("sources", Value::serialize(&config.sources));
    add("policy", Value::serialize(&config.policy));
    let database: BTreeMap<&str, Value> = BTreeMap::from([
        ("url", Value::from(config.database.url.expose())),
        ("max_connections", Value::from(config.database.max_connections)),
    ]);
    add("database", Value::serialize(database));
    sections
}

/// A setting, the variable it came from, and its value.
type FromEnvironment = (&'static Setting, String, Value);

/// The settings that the environment gives, with the variable each came from.
fn environment(env: &BTreeMap<String, String>) -> Result<Vec<FromEnvironment>, ConfigFault> {
    let mut found = Vec::new();
    for (name, text) in env {
        if OTHERS.contains(&name.as_str()) {
            continue;
        }
        if let Some(setting) = all().find(|setting| setting.env == name) {
            found.push((setting, name.clone(), read(setting, name, text)?));
            continue;
        }
        let secret = all().find(|setting| {
            setting.kind == Kind::Secret && name.strip_suffix("_FILE") == Some(setting.env)
        });
        let Some(setting) = secret else {
            return Err(ConfigFault::UnknownVariable { name: name.clone() });
        };
        if env.contains_key(setting.env) {
            return Err(ConfigFault::Twice { name: setting.env });
        }
        let text = std::fs::read_to_string(text)
            .map_err(|source| ConfigFault::SecretFile { name: name.clone(), source })?;
        found.push((setting, name.clone(), Value::from(text.trim_end_matches(['\n', '\r']))));
    }
    Ok(found)
}

fn read(setting: &Setting, name: &str, text: &str) -> Result<Value, ConfigFault> {
    let bad = |problem: &str| ConfigFault::Bad {
        key: setting.key.to_owned(),
        from: name.to_owned(),
        problem: problem.to_owned(),
        instead: setting.instead.to_owned(),
    };
    match setting.kind {
        Kind::Text | Kind::Secret => Ok(Value::from(text)),
        Kind::Number => {
            text.parse::<u64>().map(Value::from).map_err(|_nan| bad("is no whole number"))
        }
        Kind::Flag => {
            text.parse::<bool>().map(Value::from).map_err(|_word| bad("is neither true nor false"))
        }
        Kind::Texts => Ok(Value::from(
            text.split(',').map(str::trim).filter(|t| !t.is_empty()).collect::<Vec<_>>(),
        )),
    }
}

/// Turns what the layers say into a fault with the key and what to write instead.
fn explain(given: &Given, from: &BTreeMap<String, String>, why: &figment::Error) -> ConfigFault {
    use figment::error::Kind as Why;
    let key = why.path.join(".");
    let file =
        || given.file.as_ref().map_or("the defaults".to_owned(), |f| f.display().to_string());
    let problem = match &why.kind {
        Why::UnknownField(field, _known) => {
            let key = if key.is_empty() { field.clone() } else { format!("{key}.{field}") };
            return ConfigFault::Bad {
                key,
                from: file(),
                problem: "is no setting of Vouch".to_owned(),
                instead: "one of the keys that `vouch config print` shows".to_owned(),
            };
        }
        Why::MissingField(_) => "is missing".to_owned(),
        Why::InvalidType(_, wanted) | Why::InvalidLength(_, wanted) => {
            format!("is of the wrong kind, {wanted} is wanted")
        }
        Why::InvalidValue(..)
        | Why::UnknownVariant(..)
        | Why::DuplicateField(_)
        | Why::ISizeOutOfRange(_)
        | Why::USizeOutOfRange(_)
        | Why::Unsupported(_)
        | Why::UnsupportedKey(..)
        | Why::Message(_) => "cannot be read".to_owned(),
    };
    let instead = by_key(&key).map_or("what `vouch config print` shows", |s| s.instead);
    ConfigFault::Bad {
        from: from.get(&key).cloned().unwrap_or_else(file),
        problem,
        instead: instead.to_owned(),
        key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(env: &[(&str, &str)]) -> Given {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Given { env, ..Given::default() }
    }

    fn said(given: &Given) -> String {
        Config::load(given).expect_err("refused").to_string()
    }

    #[test]
    fn the_defaults_stand() {
        assert_eq!(Config::load(&Given::default()).ok(), Some(Config::default()));
    }

    #[test]
    fn flag_beats_environment_beats_file() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("vouch.toml");
        std::fs::write(&file, "[limits]\nmax_streams = 7\ncall_millis = 900\ndrain_seconds = 1\n")
            .expect("written");
        let mut given = given(&[("VOUCH_MAX_STREAMS", "8"), ("VOUCH_CALL_MILLIS", "800")]);
        given.file = Some(file);
        given.flag("limits.max_streams", Some(9));
        let limits = Config::load(&given).expect("settings").limits;
        assert_eq!((limits.max_streams, limits.call_millis, limits.drain_seconds), (9, 800, 1));
    }

    #[test]
    fn faults_name_the_key_and_what_to_write() {
        let wrong = said(&given(&[("VOUCH_LISTEN", "here")]));
        assert!(wrong.contains("server.listen") && wrong.contains("127.0.0.1:7443"), "{wrong}");
        assert!(wrong.contains("VOUCH_LISTEN"), "{wrong}");
        let wrong = said(&given(&[("VOUCH_LISTN", "127.0.0.1:1")]));
        assert!(wrong.contains("VOUCH_LISTN"), "{wrong}");
        let wrong = said(&given(&[("VOUCH_DATABASE_URL", "mysql://u:hidden@h/d")]));
        assert!(wrong.contains("database.url") && !wrong.contains("hidden"), "{wrong}");
        let wrong = said(&given(&[("VOUCH_MAX_STREAMS", "many")]));
        assert!(wrong.contains("limits.max_streams"), "{wrong}");
        let wrong = said(&given(&[("VOUCH_LISTEN", "0.0.0.0:7443")]));
        assert!(wrong.contains("--insecure-dev"), "{wrong}");
    }

    #[test]
    fn an_unknown_key_in_the_file_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("vouch.toml");
        std::fs::write(&file, "[server]\nlisten_on = \"127.0.0.1:1\"\n").expect("written");
        let given = Given { file: Some(file), ..Given::default() };
        assert!(said(&given).contains("server.listen_on"), "{}", said(&given));
    }

    #[test]
    fn secrets_come_from_files_and_stay_hidden() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("url");
        std::fs::write(&file, "postgres://vouch:hidden@db/vouch\n").expect("written");
        let path = file.display().to_string();
        let given = given(&[("VOUCH_DATABASE_URL_FILE", path.as_str())]);
        let config = Config::load(&given).expect("settings");
        assert_eq!(config.database.url.expose(), "postgres://vouch:hidden@db/vouch");
        assert!(!format!("{config:?}").contains("hidden"));
        assert!(!super::super::print::toml(&config).contains("hidden"));
        assert!(config.keys.path(&config.database).is_err());
    }
}
