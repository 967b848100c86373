//! Why a command did not do what it was asked.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::exit::Exit;
use crate::client::BadSettings;
use crate::config::ConfigFault;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliFault {
    /// The command line or a setting is wrong.
    #[error("{0}")]
    Usage(String),
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigFault),
    /// No connection can be made from these settings.
    #[error("{0}")]
    Settings(#[from] BadSettings),
    /// The service said no.
    #[error("{}", told(.0))]
    Status(Box<Status>),
    /// A proof does not hold, or an answer is no.
    #[error("{0}")]
    Refused(String),
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[source] std::io::Error),
    /// Something that has to be there cannot be reached.
    #[error("{0}")]
    Unavailable(String),
    /// A defect of Vouch.
    #[error("{0}")]
    Internal(String),
}

impl From<Status> for CliFault {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

impl CliFault {
    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::Settings(_) | Self::File { .. } => Exit::Usage,
            Self::Refused(_) => Exit::Refused,
            Self::Unavailable(_) => Exit::Unavailable,
            Self::Output(_) | Self::Internal(_) => Exit::Internal,
            Self::Status(status) => match status.code() {
                Code::Ok => Exit::Done,
                Code::InvalidArgument
                | Code::NotFound
                | Code::AlreadyExists
                | Code::PermissionDenied
                | Code::ResourceExhausted
                | Code::FailedPrecondition
                | Code::Aborted
                | Code::OutOfRange
                | Code::Unauthenticated => Exit::Refused,
                Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Exit::Unavailable,
                Code::Unknown | Code::Unimplemented | Code::Internal | Code::DataLoss => {
                    Exit::Internal
                }
            },
        }
    }
}

/// The status in words, every field and every requirement on a line of its own.
fn told(status: &Status) -> String {
    let mut text = match status.code() {
        Code::Unavailable => format!("the service cannot be reached now: {}", status.message()),
        _ => status.message().to_owned(),
    };
    if let Some(info) = status.get_details_error_info() {
        text.push_str(" (");
        text.push_str(&info.reason);
        text.push(')');
    }
    for fault in status.get_details_bad_request().into_iter().flat_map(|d| d.field_violations) {
        text.push_str(&["\n  ", &fault.field, ": ", &fault.description].concat());
    }
    let unmet = status.get_details_precondition_failure();
    for need in unmet.into_iter().flat_map(|details| details.violations) {
        text.push_str(&["\n  ", &need.r#type, ": ", &need.description].concat());
    }
    text
}
