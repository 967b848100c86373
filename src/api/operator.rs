//! The operator's port: metrics and probes, without a key. Keep it inside.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::watch;

use super::health::Ready;
use crate::telemetry::metrics::Metrics;

#[derive(Clone)]
struct Port {
    metrics: Arc<Metrics>,
    ready: watch::Receiver<Ready>,
}

/// `/metrics`, `/healthz`, `/readyz`.
pub fn router(metrics: Arc<Metrics>, ready: watch::Receiver<Ready>) -> Router {
    Router::new()
        .route("/metrics", get(metrics_text))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .with_state(Port { metrics, ready })
}

async fn metrics_text(State(port): State<Port>) -> Response {
    match port.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
            .into_response(),
        Err(why) => {
            tracing::error!(%why, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn readyz(State(port): State<Port>) -> Response {
    let ready = *port.ready.borrow();
    let status = if ready.all() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(ready)).into_response()
}
