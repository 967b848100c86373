//! Metrics in the Prometheus text format, named as OpenTelemetry's semantic conventions name
//! them. Every series that a call touches is found before the first call, so that counting costs
//! a few atomic additions.

use std::sync::OnceLock;

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use crate::domain::check::{Breaker, SourceStatus};

/// Seconds; from an answer out of memory to an upload.
const BUCKETS: &[f64] =
    &[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// The words of `rpc.response.status_code`, by their numbers.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Everything this process counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: HistogramVec,
    methods: Vec<Method>,
    lookups: HistogramVec,
    answers: IntCounterVec,
    levels: [OnceLock<IntCounter>; 4],
    answered: IntCounterVec,
    silent: IntGaugeVec,
    list_age: IntGaugeVec,
    list_stale: IntGaugeVec,
    lists_refused: IntCounterVec,
    /// Objections to blocks that wait for a decision.
    pub objections_waiting: IntGauge,
    /// Those of them whose status is overdue.
    pub objections_overdue: IntGauge,
    /// Open connections of the public port.
    pub connections: IntGauge,
    /// Watchers that listen now.
    pub watchers: IntGauge,
    /// Watchers that were cut because they read too slowly.
    pub watchers_cut: IntCounter,
    /// Calls whose credential proved nobody, or whose roles did not allow them.
    pub refused: IntCounter,
    /// Age of what the table knows, in microseconds; as of the last look.
    pub feed_age: IntGauge,
    /// Position of the journal that the table has applied.
    pub feed_position: IntGauge,
    /// How often the table was built since the start.
    pub feed_builds: IntGauge,
}

#[derive(Debug)]
struct Method {
    name: String,
    codes: [OnceLock<Histogram>; CODES.len()],
}

/// A metric was named twice or wrongly: a defect of this file.
#[derive(Debug, thiserror::Error)]
#[error("the metrics cannot be set up: {0}")]
pub struct MetricsFault(#[from] prometheus::Error);

impl Metrics {
    /// Sets up the series of `paths`, each `/service/method`, in the order their numbers will be
    /// given in. The last number stands for every other path.
    pub fn new(paths: &[&str]) -> Result<Self, MetricsFault> {
        let registry = Registry::new();
        let labels = ["rpc_system_name", "rpc_method", "rpc_response_status_code"];
        let calls = HistogramVec::new(
            HistogramOpts::new("rpc_server_call_duration_seconds", "Duration of incoming calls.")
                .buckets(BUCKETS.to_vec()),
            &labels,
        )?;
        let lookups = HistogramVec::new(
            HistogramOpts::new("http_server_request_duration_seconds", "Duration of look-ups.")
                .buckets(BUCKETS.to_vec()),
            &["http_request_method", "http_route", "http_response_status_code"],
        )?;
        let answers = IntCounterVec::new(
            Opts::new("vouch_attestations_total", "Answers by level."),
            &["attest"],
        )?;
        registry.register(Box::new(calls.clone()))?;
        registry.register(Box::new(lookups.clone()))?;
        registry.register(Box::new(answers.clone()))?;
        let answered = IntCounterVec::new(
            Opts::new("vouch_source_answers_total", "Questions to outside parties by outcome."),
            &["source", "outcome"],
        )?;
        let silent = IntGaugeVec::new(
            Opts::new("vouch_source_breaker_open", "Whether a source is not asked for a while."),
            &["source"],
        )?;
        registry.register(Box::new(answered.clone()))?;
        registry.register(Box::new(silent.clone()))?;
        let (list_age, list_stale, lists_refused) = of_lists(&registry)?;
        let gauge = |name: &str, help: &str| -> Result<IntGauge, MetricsFault> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let counter = |name: &str, help: &str| -> Result<IntCounter, MetricsFault> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let names = paths.iter().map(|path| path.trim_start_matches('/')).chain(["_OTHER"]);
        Ok(Self {
            methods: names.map(Method::new).collect(),
            objections_waiting: gauge(
                "vouch_block_objections_waiting",
                "Objections to blocked numbers that wait for a decision.",
            )?,
            objections_overdue: gauge(
                "vouch_block_objections_overdue",
                "Those whose status was due within 24 hours and was not given.",
            )?,
            connections: gauge("vouch_connections", "Open connections of the public port.")?,
            watchers: gauge("vouch_watchers", "Watchers that listen now.")?,
            watchers_cut: counter("vouch_watchers_cut_total", "Watchers cut for reading slowly.")?,
            refused: counter("vouch_refused_total", "Calls without a fitting credential or role.")?,
            feed_age: gauge("vouch_feed_age_microseconds", "Age of what the table knows.")?,
            feed_position: gauge("vouch_feed_position", "Journal position the table has applied.")?,
            feed_builds: gauge("vouch_feed_builds", "Times the table was built since the start.")?,
            levels: std::array::from_fn(|_level| OnceLock::new()),
            list_age,
            list_stale,
            lists_refused,
            registry,
            calls,
            lookups,
            answers,
            answered,
            silent,
        })
    }

    /// Counts one call of the path with this number; `code` is its gRPC status.
    pub fn call(&self, method: usize, code: i32, seconds: f64) {
        let Some(method) = self.methods.get(method).or_else(|| self.methods.last()) else {
            return;
        };
        let code = usize::try_from(code).ok().filter(|code| *code < CODES.len()).unwrap_or(2);
        let word = CODES.get(code).copied().unwrap_or("UNKNOWN");
        if let Some(series) = method.codes.get(code) {
            let labels = ["grpc", method.name.as_str(), word];
            series.get_or_init(|| self.calls.with_label_values(&labels)).observe(seconds);
        }
    }

    /// Counts one HTTP look-up.
    pub fn lookup(&self, status: u16, seconds: f64) {
        let labels = ["GET", "/v1/attestation", &status.to_string()];
        self.lookups.with_label_values(&labels).observe(seconds);
    }

    /// Counts one answer by its level: 0 is A, 1 is B, 2 is C, anything else NONE.
    pub fn answer(&self, level: usize) {
        let word = ["A", "B", "C"].get(level).copied().unwrap_or("NONE");
        if let Some(series) = self.levels.get(level.min(3)) {
            series.get_or_init(|| self.answers.with_label_values(&[word])).inc();
        }
    }

    /// Takes over how the outside parties stand; those that are not set up have no series.
    pub fn sources(&self, all: &[SourceStatus]) {
        for status in all.iter().filter(|status| status.configured) {
            let source = status.source.as_str();
            let open = i64::from(status.breaker != Breaker::Closed);
            self.silent.with_label_values(&[source]).set(open);
            for (outcome, total) in &status.outcomes {
                let counter = self.answered.with_label_values(&[source, outcome.as_str()]);
                counter.inc_by(total.saturating_sub(counter.get()));
            }
        }
    }

    /// How old a list in force is, and whether it is too old to count.
    pub fn list(&self, list: &str, age_seconds: i64, stale: bool) {
        self.list_age.with_label_values(&[list]).set(age_seconds);
        self.list_stale.with_label_values(&[list]).set(i64::from(stale));
    }

    /// A list that has to be there and was never loaded: as bad as one that is too old.
    pub fn list_missing(&self, list: &str) {
        self.list_stale.with_label_values(&[list]).set(1);
    }

    /// How many loads of a list were refused for this reason so far.
    pub fn list_refused(&self, list: &str, reason: &str, total: u64) {
        let counter = self.lists_refused.with_label_values(&[list, reason]);
        counter.inc_by(total.saturating_sub(counter.get()));
    }

    /// Everything, in the Prometheus text format.
    pub fn text(&self) -> Result<String, MetricsFault> {
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }
}

/// The series about lists: age, whether it is too old, refused loads.
fn of_lists(
    registry: &Registry,
) -> Result<(IntGaugeVec, IntGaugeVec, IntCounterVec), MetricsFault> {
    let gauge = |name, help| -> Result<IntGaugeVec, MetricsFault> {
        let gauge = IntGaugeVec::new(Opts::new(name, help), &["list"])?;
        registry.register(Box::new(gauge.clone()))?;
        Ok(gauge)
    };
    let age = gauge("vouch_list_age_seconds", "Age of a list in force by its publisher's date.")?;
    let stale = gauge("vouch_list_stale", "1 where a list is too old to count.")?;
    let refused = IntCounterVec::new(
        Opts::new("vouch_list_refused_total", "Loads of a list that were refused."),
        &["list", "reason"],
    )?;
    registry.register(Box::new(refused.clone()))?;
    Ok((age, stale, refused))
}

impl Method {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), codes: std::array::from_fn(|_code| OnceLock::new()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_under_the_conventions_names() {
        let metrics = Metrics::new(&["/vouch.v1.S/Get"]).expect("set up");
        metrics.call(0, 0, 0.000_2);
        metrics.call(99, 12, 0.000_2);
        metrics.answer(0);
        metrics.answer(7);
        let text = metrics.text().expect("text");
        for line in [
            "rpc_server_call_duration_seconds_count{rpc_method=\"vouch.v1.S/Get\",\
             rpc_response_status_code=\"OK\",rpc_system_name=\"grpc\"} 1",
            "rpc_method=\"_OTHER\",rpc_response_status_code=\"UNIMPLEMENTED\"",
            "vouch_attestations_total{attest=\"A\"} 1",
            "vouch_attestations_total{attest=\"NONE\"} 1",
        ] {
            assert!(text.contains(line), "{line} not in {text}");
        }
    }
}
