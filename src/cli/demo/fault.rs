//! What can go wrong in a demonstration.

use tonic_types::StatusExt as _;

/// Why the demonstration stopped. Every variant says which step did not do what it must.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file, folder or child process.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The service did not become ready, or ended early.
    #[error("the service did not start: {0}")]
    Server(String),
    /// A call was refused that had to work.
    #[error("{call} was refused: {code:?}: {message}")]
    Call {
        /// The RPC.
        call: &'static str,
        /// The gRPC code.
        code: tonic::Code,
        /// The message.
        message: String,
    },
    /// An answer was not the one this step exists to show.
    #[error("expected {expected}, and got {got}")]
    Unexpected {
        /// What the step must show.
        expected: String,
        /// What came.
        got: String,
    },
    /// The HTTP look-up failed.
    #[error("the HTTP look-up failed: {0}")]
    Http(String),
    /// A `PASSporT` could not be made or verified.
    #[error("PASSporT: {0}")]
    Passport(String),
}

impl DemoError {
    /// For `map_err` on file work.
    pub(super) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }

    /// For `map_err` on a call that had to work.
    pub(super) fn call(call: &'static str) -> impl FnOnce(tonic::Status) -> Self {
        move |status| Self::Call { call, code: status.code(), message: told(&status) }
    }

    /// A step that did not show what it must.
    pub(super) fn unexpected(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::Unexpected { expected: expected.into(), got: got.into() }
    }
}

/// The message with every violated field behind it.
fn told(status: &tonic::Status) -> String {
    let details = status.get_error_details();
    let fields = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
    let fields: Vec<_> = fields.map(|f| format!("{}: {}", f.field, f.description)).collect();
    let behind =
        if fields.is_empty() { String::new() } else { format!(" ({})", fields.join("; ")) };
    format!("{}{behind}", status.message())
}
