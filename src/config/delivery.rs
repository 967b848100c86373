//! `[delivery]`: how codes reach people. A channel that is not set up delivers nothing, and the
//! checks that need it are UNAVAILABLE.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::fault::ConfigFault;
use super::secret::SecretText;

/// How messages leave. Mail goes by SMTP where that is set, else by HTTP, else into the folder;
/// calls and texts by HTTP, else into the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// `smtps://user:password@host` or `smtp://host:25`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_url: Option<SecretText>,
    /// The sender of mail, such as `vouch@example.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_from: Option<String>,
    /// An endpoint that takes one JSON object a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_url: Option<String>,
    /// Sent to that endpoint as `authorization: Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_token: Option<SecretText>,
    /// A folder where each message becomes a file. For demos and trials: whoever reads the folder
    /// reads the codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

impl Delivery {
    /// Refuses halves.
    pub fn check(&self) -> Result<(), ConfigFault> {
        let problem = match (&self.smtp_url, &self.smtp_from, &self.http_url, &self.http_token) {
            (Some(_), None, _, _) => "mail needs a sender: set delivery.smtp_from",
            (None, Some(_), _, _) => "a sender alone sends nothing: set delivery.smtp_url too",
            (_, _, None, Some(_)) => "a token alone sends nothing: set delivery.http_url too",
            (_, _, Some(url), _) if !url.starts_with("https://") && !loopback(url) => {
                "delivery.http_url carries codes: write an https:// address"
            }
            _ => return Ok(()),
        };
        Err(ConfigFault::Together { keys: "delivery", problem: problem.to_owned() })
    }
}

fn loopback(url: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]", "http://localhost"].iter().any(|local| {
        url.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    })
}
