//! Traces: W3C context in, OTLP out, and nothing at all where no endpoint is set.

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The exporter of this process, if there is one.
#[derive(Debug, Default)]
pub struct Tracing(Option<SdkTracerProvider>);

impl Tracing {
    /// Whether spans go anywhere.
    pub const fn on(&self) -> bool {
        self.0.is_some()
    }

    /// Where spans are made.
    pub fn tracer(&self) -> Option<SdkTracer> {
        self.0.as_ref().map(|provider| provider.tracer("vouch"))
    }

    /// Sends what waits; call it once, at the end.
    pub fn finish(&self) {
        if let Some(Err(why)) = self.0.as_ref().map(SdkTracerProvider::shutdown) {
            tracing::warn!(%why, "the last spans were not sent");
        }
    }
}

/// Makes the exporter where `export` is set; endpoint, headers and sampler follow `OTEL_*`.
pub fn start(export: bool) -> Result<Tracing, opentelemetry_otlp::ExporterBuildError> {
    if !export {
        return Ok(Tracing(None));
    }
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().build()?;
    let resource = opentelemetry_sdk::Resource::builder().with_service_name("vouch").build();
    let provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    Ok(Tracing(Some(provider)))
}

/// Whether the caller's context asks for this call to be traced.
pub fn sampled(headers: &HeaderMap) -> bool {
    headers
        .get("traceparent")
        .and_then(|value| value.as_bytes().last_chunk::<2>())
        .is_some_and(|flags| matches!(flags, [_, b'1' | b'3' | b'5' | b'7' | b'9']))
}

/// Makes the caller's context the parent of `span`.
pub fn adopt(span: &Span, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&Headers(headers));
    if span.set_parent(context).is_err() {
        tracing::debug!("the caller's trace context was not taken over");
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
