//! Counts a call when it ends: with its trailers, with a status in its headers, or because the
//! caller went away.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Code;
use tonic::body::Body;

use crate::clock::Clock;
use crate::domain::time::Mono;
use crate::telemetry::metrics::Metrics;

/// What one call is counted with.
#[derive(Debug)]
pub struct Meter {
    metrics: Arc<Metrics>,
    clock: Clock,
    method: usize,
    began: Mono,
}

/// A body that counts its call once it ends.
#[derive(Debug)]
pub struct Metered {
    body: Body,
    meter: Option<Meter>,
}

impl Meter {
    /// Begins to measure a call of the path with this number.
    pub fn start(metrics: &Arc<Metrics>, clock: &Clock, method: usize) -> Self {
        Self { metrics: Arc::clone(metrics), clock: clock.clone(), method, began: clock.mono() }
    }

    /// Follows a reply to its end.
    pub fn follow(self, reply: Response<Body>) -> Response<Metered> {
        let early = code_of(reply.headers());
        let meter = match early {
            Some(code) => {
                self.count(code);
                None
            }
            None => Some(self),
        };
        reply.map(|body| Metered { body, meter })
    }

    fn count(&self, code: i32) {
        let micros = self.clock.mono().since(self.began).0;
        let micros = u32::try_from(micros).unwrap_or(u32::MAX);
        self.metrics.call(self.method, code, f64::from(micros) / 1e6);
    }
}

fn code_of(headers: &HeaderMap) -> Option<i32> {
    headers.get("grpc-status").map(|value| i32::from(Code::from_bytes(value.as_bytes())))
}

impl HttpBody for Metered {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let code = match &polled {
            Poll::Ready(Some(Ok(frame))) => frame.trailers_ref().and_then(code_of),
            Poll::Ready(Some(Err(status))) => Some(i32::from(status.code())),
            Poll::Ready(None) => Some(i32::from(Code::Ok)),
            Poll::Pending => None,
        };
        if let Some(code) = code
            && let Some(meter) = self.meter.take()
        {
            meter.count(code);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        if let Some(meter) = self.meter.take() {
            meter.count(i32::from(Code::Cancelled));
        }
    }
}
