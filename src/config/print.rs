//! Shows the settings in force, without the secrets.

use super::load::Config;
use super::settings::{Kind, all};

/// The settings as a TOML file, secrets redacted.
pub fn toml(config: &Config) -> String {
    toml::to_string_pretty(config).unwrap_or_default()
}

/// The settings as one JSON object, secrets redacted.
pub fn json(config: &Config) -> String {
    serde_json::to_string_pretty(config).unwrap_or_default()
}

/// Every setting with its variable, for the help text.
pub fn variables() -> String {
    let width = all().map(|s| s.env.len()).max().unwrap_or(0);
    let mut text = String::from("Settings (variable, key in the file, what to write):\n");
    for s in all() {
        let file = if s.kind == Kind::Secret { " (or the same with _FILE)" } else { "" };
        let line =
            ["  ", s.env, &" ".repeat(width - s.env.len() + 2), s.key, ": ", s.instead, file];
        text.push_str(&line.concat());
        text.push('\n');
    }
    text
}
