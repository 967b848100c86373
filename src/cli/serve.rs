//! `vouch serve` and `vouch migrate`.

use super::fault::CliFault;
use super::output::Output;
use super::settings::SettingFlags;
use crate::boot::{self, BootFault};
use crate::clock::Clock;
use crate::config::Config;
use crate::telemetry::log;
use crate::telemetry::trace::Tracing;

/// Runs the service until it is told to stop.
pub async fn serve(flags: SettingFlags, out: &Output) -> Result<(), CliFault> {
    let config = flags.load()?;
    let tracing = start_log(&config)?;
    let running = boot::start(config, Clock::system(), tracing.on()).await?;
    if let Some(token) = running.bootstrap() {
        let token = String::from_utf8_lossy(token.expose());
        out.raw("This store is new. Its one key, for an operator, shown this once:")?;
        out.raw(&token)?;
    }
    let broken = tokio::select! {
        stopped = stop_signal() => stopped.map(|()| None)?,
        why = running.until_broken() => Some(why),
    };
    running.stop().await;
    tracing.finish();
    broken.map_or(Ok(()), |why| Err(CliFault::Internal(why.to_string())))
}

/// Brings the store's schema up to date.
pub async fn migrate(flags: SettingFlags, out: &Output) -> Result<(), CliFault> {
    let config = flags.load()?;
    let tracing = start_log(&config)?;
    boot::migrate(&config, Clock::system()).await?;
    tracing.finish();
    out.line("the schema is up to date")
}

fn start_log(config: &Config) -> Result<Tracing, CliFault> {
    log::start(&config.telemetry.log, traces_wanted())
        .map_err(|why| CliFault::Usage(why.to_string()))
}

#[expect(clippy::disallowed_methods, reason = "OpenTelemetry's own variables decide")]
fn traces_wanted() -> bool {
    let given = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let off = std::env::var("OTEL_SDK_DISABLED").is_ok_and(|word| word == "true")
        || std::env::var("OTEL_TRACES_EXPORTER").is_ok_and(|word| word == "none");
    !off && (given("OTEL_EXPORTER_OTLP_ENDPOINT") || given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
}

async fn stop_signal() -> Result<(), CliFault> {
    use tokio::signal::unix::{SignalKind, signal};
    let fault = |why: std::io::Error| CliFault::Internal(format!("no signals: {why}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(fault)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fault)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

impl From<BootFault> for CliFault {
    fn from(fault: BootFault) -> Self {
        let text = fault.to_string();
        if fault.is_passing() { Self::Unavailable(text) } else { Self::Usage(text) }
    }
}
