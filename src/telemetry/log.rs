//! The log: one JSON object a line on stderr, and spans to OpenTelemetry where `OTEL_*` asks.

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use super::trace::{self, Tracing};

/// The log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogFault {
    /// The directives cannot be read.
    #[error("telemetry.log: {0}; write info, or directives such as info,vouch::answer=debug")]
    Directives(#[from] tracing_subscriber::filter::ParseError),
    /// The trace exporter cannot be made.
    #[error("traces cannot be exported: {0}; check the OTEL_EXPORTER_OTLP_* variables")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Another log was set up in this process before.
    #[error("this process has a log already")]
    Again(#[from] tracing_subscriber::util::TryInitError),
}

/// Sets up the log for the whole process. Keep what comes back until the end, then
/// [`Tracing::finish`] sends the spans that wait.
pub fn start(directives: &str, export: bool) -> Result<Tracing, LogFault> {
    let filter = EnvFilter::try_new(directives)?;
    let lines = fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    let tracing = trace::start(export)?;
    let spans = tracing.tracer().map(|t| tracing_opentelemetry::layer().with_tracer(t));
    tracing_subscriber::registry().with(filter).with(lines).with(spans).try_init()?;
    Ok(tracing)
}
