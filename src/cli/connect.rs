//! The connection of the operator's commands to a running service.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::fault::CliFault;
use crate::client::{Client, Service, Settings, Transport};
use crate::clock::Clock;
use crate::domain::pii::Secret;

/// How to reach the service.
#[derive(Args, Clone, Debug)]
pub struct Reach {
    /// The service: https://host:port, or `http://127.0.0.1:port`.
    #[arg(
        long,
        global = true,
        env = "VOUCH_SERVER",
        default_value = "http://127.0.0.1:7443",
        value_name = "URL"
    )]
    pub server: String,
    /// PEM file with the authorities that the service's certificate must chain to; needed with
    /// https.
    #[arg(long, global = true, env = "VOUCH_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

impl Reach {
    /// A connection that carries the key of the environment.
    pub fn client(&self) -> Result<Client, CliFault> {
        let transport = match &self.ca {
            Some(path) => Transport::Tls { roots: read(path)?, name: None },
            None if self.server.starts_with("https://") => {
                return Err(CliFault::Usage(
                    "https needs --ca: the PEM file of the authority that signed the service's \
                     certificate"
                        .to_owned(),
                ));
            }
            None => Transport::Loopback,
        };
        let mut settings = Settings::new(self.server.clone(), transport, key()?);
        settings.deadline = Duration::from_secs(10);
        Ok(Client::new(&settings, Clock::system())?)
    }

    /// The same, for the generated client of any service.
    pub fn service(&self) -> Result<Service, CliFault> {
        Ok(self.client()?.service())
    }
}

/// Reads a file that the command line names.
pub fn read(path: &PathBuf) -> Result<Vec<u8>, CliFault> {
    std::fs::read(path)
        .map_err(|source| CliFault::File { path: path.display().to_string(), source })
}

/// Names a write, so that a retry of the same command line is told from a new one.
pub fn request_id() -> String {
    Clock::system().opaque_id().to_string()
}

#[expect(clippy::disallowed_methods, reason = "the key of a command comes from its environment")]
fn key() -> Result<Secret, CliFault> {
    if let Ok(key) = std::env::var("VOUCH_KEY") {
        return Ok(Secret::new(key.trim().as_bytes().to_vec()));
    }
    let Ok(path) = std::env::var("VOUCH_KEY_FILE") else {
        return Err(CliFault::Usage(
            "no key: set VOUCH_KEY_FILE to a file with the key, or VOUCH_KEY to the key itself"
                .to_owned(),
        ));
    };
    let text = read(&PathBuf::from(path))?;
    Ok(Secret::new(text.trim_ascii().to_vec()))
}
