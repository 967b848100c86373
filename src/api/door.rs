//! The one door: tells gRPC, gRPC-Web and HTTP apart, asks who calls before a byte of the message
//! is read, and counts what goes out.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{Layer as _, Service, ServiceExt as _};
use tracing::Instrument as _;

use super::attestation::AttestationApi;
use super::auth;
use super::cors::Cors;
use super::meter::{Meter, Metered};
use super::roles::{self, Call};
use super::services::Services;
use super::status;
use super::upload::{self, Uploads};
use crate::app::App;
use crate::config::limits::Limits;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::trace;
use crate::wire::pb::attestation_service_server::AttestationServiceServer;

/// How the paths of the service for signers begin.
const SIGNERS: &str = "/vouch.v1.AttestationService/";

/// A future that the door returns.
pub type Opened<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Infallible>> + Send>>;

/// Everything behind the public port.
#[derive(Clone, Debug)]
pub struct Door(Arc<Behind>);

#[derive(Debug)]
struct Behind {
    grpc: Grpc,
    http: Router,
    cors: Cors,
}

impl Door {
    /// A door to the gRPC services and the HTTP routes.
    pub fn new(grpc: Grpc, http: Router, cors: Cors) -> Self {
        Self(Arc::new(Behind { grpc, http, cors }))
    }
}

/// The gRPC services, with their guard.
#[derive(Clone, Debug)]
pub struct Grpc {
    app: App,
    signers: AttestationServiceServer<AttestationApi>,
    rest: Routes,
    metrics: Arc<Metrics>,
    call: Duration,
    uploads: Uploads,
    export: bool,
}

impl Grpc {
    /// The services behind the door, within the limits; `export` says whether spans go anywhere.
    pub fn new(
        app: App,
        services: Services,
        metrics: Arc<Metrics>,
        limits: &Limits,
        export: bool,
    ) -> Self {
        let Services { signers, rest } = services;
        let (call, uploads) = (limits.call(), Uploads::new(limits.max_uploads));
        Self { app, signers, rest, metrics, call, uploads, export }
    }

    /// Guards one call and hands it on.
    async fn handle(self, mut request: Request<Body>) -> Response<Metered> {
        let found = roles::find(request.uri().path());
        let index = found.map_or(usize::MAX, |(index, _call)| index);
        let meter = Meter::start(&self.metrics, &self.app.clock, index);
        let Some((index, call)) = found else {
            return meter.follow(status::unknown_call().into_http());
        };
        match auth::admit(&self.app, call, request.headers()) {
            Ok(Some(principal)) => {
                request.extensions_mut().insert(principal);
            }
            Ok(None) => {}
            Err(refused) => {
                self.metrics.refused.inc();
                return meter.follow(refused.into_http());
            }
        }
        let hot = roles::is_hot(index);
        if hot && !(self.export && trace::sampled(request.headers())) {
            return meter.follow(self.route(request).await);
        }
        let span = tracing::info_span!(
            "rpc",
            otel.name = call.path,
            otel.kind = "server",
            rpc.system.name = "grpc",
            rpc.method = call.path.trim_start_matches('/'),
        );
        if self.export {
            trace::adopt(&span, request.headers());
        }
        let place = match call.upload.then(|| self.uploads.place()).transpose() {
            Ok(place) => place,
            Err(full) => return meter.follow(full.into_http()),
        };
        let limit = self.limit(call, request.headers());
        let answered = async {
            match limit {
                Some(limit) => match tokio::time::timeout(limit, self.route(request)).await {
                    Ok(reply) => reply,
                    Err(_elapsed) => status::deadline().into_http(),
                },
                None => self.route(request).await,
            }
        };
        let answered = answered.instrument(span).await;
        drop(place);
        meter.follow(answered)
    }

    /// Signers' calls go straight to their service; the others are looked up.
    async fn route(&self, request: Request<Body>) -> Response<Body> {
        let answered = if request.uri().path().starts_with(SIGNERS) {
            self.signers.clone().call(request).await
        } else {
            self.rest.clone().oneshot(request).await
        };
        match answered {
            Ok(reply) => reply,
            Err(never) => match never {},
        }
    }

    /// How long a call may take: what the caller says, and for calls with a fixed end never more
    /// than the settings say.
    fn limit(&self, call: &Call, headers: &HeaderMap) -> Option<Duration> {
        let asked = headers.get("grpc-timeout").and_then(|value| timeout(value.as_bytes()));
        let ours = match call {
            Call { upload: true, .. } => Some(upload::WHOLE),
            Call { stream: true, .. } => None,
            Call { .. } => Some(self.call),
        };
        match (asked, ours) {
            (Some(asked), Some(ours)) => Some(asked.min(ours)),
            (asked, ours) => asked.or(ours),
        }
    }
}

/// Reads `grpc-timeout`: at most eight digits and a unit.
fn timeout(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let count: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    match unit {
        b'H' => Some(Duration::from_secs(count * 3_600)),
        b'M' => Some(Duration::from_secs(count * 60)),
        b'S' => Some(Duration::from_secs(count)),
        b'm' => Some(Duration::from_millis(count)),
        b'u' => Some(Duration::from_micros(count)),
        b'n' => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

impl Service<Request<Body>> for Grpc {
    type Response = Response<Metered>;
    type Error = Infallible;
    type Future = Opened<Metered>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { Ok(this.handle(request).await) })
    }
}

/// What one request is spoken in.
enum Tongue {
    Grpc,
    GrpcWeb,
    Preflight,
    Http,
}

fn tongue(request: &Request<Incoming>) -> Tongue {
    let kind = request.headers().get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    match kind {
        Some(kind) if kind.starts_with(b"application/grpc-web") => Tongue::GrpcWeb,
        Some(kind) if kind.starts_with(b"application/grpc") => Tongue::Grpc,
        _ if request.method() == Method::OPTIONS => Tongue::Preflight,
        _ => Tongue::Http,
    }
}

impl hyper::service::Service<Request<Incoming>> for Door {
    type Response = Response<Reply>;
    type Error = Infallible;
    type Future = Opened<Reply>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let behind = Arc::clone(&self.0);
        match tongue(&request) {
            Tongue::Grpc if request.method() == Method::POST => Box::pin(async move {
                let reply = behind.grpc.clone().handle(request.map(Body::new)).await;
                Ok(reply.map(Reply::Grpc))
            }),
            Tongue::GrpcWeb => Box::pin(async move {
                let origin = behind.cors.allowed(request.headers());
                let web = tonic_web::GrpcWebLayer::new().layer(behind.grpc.clone());
                let mut reply = web.oneshot(request).await?.map(Reply::Web);
                if let Some(origin) = origin {
                    Cors::mark(reply.headers_mut(), origin);
                }
                Ok(reply)
            }),
            Tongue::Preflight => Box::pin(async move {
                Ok(behind.cors.preflight::<Body>(request.headers()).map(Reply::Web))
            }),
            Tongue::Grpc => Box::pin(async {
                let mut reply = Response::new(Reply::Web(Body::empty()));
                *reply.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
                Ok(reply)
            }),
            Tongue::Http => Box::pin(async move {
                let reply = behind.http.clone().oneshot(request).await?;
                Ok(reply.map(Reply::Http))
            }),
        }
    }
}

/// The body of whatever goes out.
#[derive(Debug)]
pub enum Reply {
    /// gRPC, counted.
    Grpc(Metered),
    /// gRPC-Web, counted inside.
    Web(Body),
    /// HTTP.
    Http(axum::body::Body),
}

impl HttpBody for Reply {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.get_mut() {
            Self::Grpc(body) => Pin::new(body).poll_frame(cx),
            Self::Web(body) => Pin::new(body).poll_frame(cx),
            Self::Http(body) => {
                Pin::new(body).poll_frame(cx).map_err(|why| Status::from_error(Box::new(why)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Grpc(body) => body.is_end_stream(),
            Self::Web(body) => body.is_end_stream(),
            Self::Http(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Grpc(body) => body.size_hint(),
            Self::Web(body) => body.size_hint(),
            Self::Http(body) => body.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts() {
        assert_eq!(timeout(b"250m"), Some(Duration::from_millis(250)));
        assert_eq!(timeout(b"1S"), Some(Duration::from_secs(1)));
        assert!(timeout(b"99999999H").is_some());
        for wrong in [&b""[..], b"m", b"123456789m", b"1x", b"-1S"] {
            assert_eq!(timeout(wrong), None);
        }
    }
}
