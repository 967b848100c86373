//! `[limits]`: how much one caller may ask at once, and how long anything may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::ConfigFault;

/// Limits of the public port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Largest message, in bytes.
    pub max_message_bytes: usize,
    /// Most calls at a time on one connection.
    pub max_streams: u32,
    /// Most bytes of all headers of one call.
    pub max_header_bytes: u32,
    /// Most connections at a time; further ones wait to be accepted.
    pub max_connections: usize,
    /// After this many seconds a connection is asked to close, so that load spreads again.
    pub connection_age_seconds: u64,
    /// How long calls may go on after the service was told to stop.
    pub drain_seconds: u64,
    /// Longest time of one call that is not a stream, in milliseconds; a caller may ask for less.
    pub call_millis: u64,
    /// Longest time of one HTTP look-up, in milliseconds.
    pub lookup_millis: u64,
    /// Most documents, lists and inventories that are received at a time; each is held in memory.
    pub max_uploads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 1 << 20,
            max_streams: 128,
            max_header_bytes: 16 << 10,
            max_connections: 4_096,
            connection_age_seconds: 30 * 60,
            drain_seconds: 20,
            call_millis: 15_000,
            lookup_millis: 150,
            max_uploads: 8,
        }
    }
}

impl Limits {
    /// How long calls may go on after the service was told to stop.
    pub const fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }

    /// Longest time of one call that is not a stream.
    pub const fn call(&self) -> Duration {
        Duration::from_millis(self.call_millis)
    }

    /// Longest time of one HTTP look-up.
    pub const fn lookup(&self) -> Duration {
        Duration::from_millis(self.lookup_millis)
    }

    /// How long a connection lives before it is asked to close.
    pub const fn connection_age(&self) -> Duration {
        Duration::from_secs(self.connection_age_seconds)
    }

    /// Refuses figures with which the service could not serve.
    pub fn check(&self) -> Result<(), ConfigFault> {
        let message = u64::try_from(self.max_message_bytes).unwrap_or(u64::MAX);
        let connections = u64::try_from(self.max_connections).unwrap_or(u64::MAX);
        let uploads = u64::try_from(self.max_uploads).unwrap_or(u64::MAX);
        let ranges = [
            ("limits.max_message_bytes", message, 65_536, 64 << 20),
            ("limits.max_streams", u64::from(self.max_streams), 1, 65_536),
            ("limits.max_header_bytes", u64::from(self.max_header_bytes), 4_096, 1 << 20),
            ("limits.max_connections", connections, 1, 1_000_000),
            ("limits.connection_age_seconds", self.connection_age_seconds, 1, 7 * 86_400),
            ("limits.drain_seconds", self.drain_seconds, 0, 3_600),
            ("limits.call_millis", self.call_millis, 100, 600_000),
            ("limits.lookup_millis", self.lookup_millis, 10, 10_000),
            ("limits.max_uploads", uploads, 1, 1_024),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(ConfigFault::Bad {
                    key: key.to_owned(),
                    from: "the settings".to_owned(),
                    problem: "out of range".to_owned(),
                    instead: format!("a number from {least} to {most}"),
                });
            }
        }
        Ok(())
    }
}
