//! Which web pages may call with gRPC-Web.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

const ALLOWED: &str =
    "content-type, x-grpc-web, x-user-agent, grpc-timeout, authorization, traceparent, tracestate";
const EXPOSED: &str = "grpc-status, grpc-message, grpc-status-details-bin";

/// The origins that may call.
#[derive(Clone, Debug)]
pub struct Cors(Vec<String>);

impl Cors {
    /// Allows these origins; `*` allows any.
    pub const fn new(origins: Vec<String>) -> Self {
        Self(origins)
    }

    /// The origin of a request, where it may call.
    pub fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let known = self.0.iter().any(|allowed| allowed == "*" || allowed == origin);
        known.then(|| origin.clone())
    }

    /// Answers a browser that asks whether a page may call.
    pub fn preflight<B: Default>(&self, headers: &HeaderMap) -> Response<B> {
        let mut reply = Response::new(B::default());
        *reply.status_mut() = StatusCode::NO_CONTENT;
        if let Some(origin) = self.allowed(headers) {
            Self::mark(reply.headers_mut(), origin);
            let set = reply.headers_mut();
            set.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
            set.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED));
            set.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        }
        reply
    }

    /// Lets the page read the reply.
    pub fn mark(headers: &mut HeaderMap, origin: HeaderValue) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}
