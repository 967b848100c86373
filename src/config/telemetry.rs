//! `[telemetry]`: what is logged. Traces follow the `OTEL_*` variables of OpenTelemetry.

use serde::{Deserialize, Serialize};

/// The log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// What to log: `info`, or directives such as `info,vouch::answer=debug`.
    pub log: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { log: "info".to_owned() }
    }
}
