//! What operators see: the log, the traces, the metrics. Nothing here takes personal data.

pub mod log;
pub mod metrics;
pub mod trace;
