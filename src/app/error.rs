//! What a use case may say instead of its result. `api/status.rs` turns each into a status; a
//! text here says what to do next and never holds personal data.

use std::borrow::Cow;

use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::agreement::{CopyRefusal, SignRefusal};
use crate::domain::customer::Refusal as CustomerRefusal;
use crate::domain::facts::BadFacts;
use crate::domain::fault::FieldFault;
use crate::domain::finding::ResolveRefusal;
use crate::domain::proposal::ProposalRefusal;
use crate::domain::requirement::Requirement;
use crate::domain::time::Span;
use crate::store::StoreError;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    /// Fields that cannot stand; every one of them.
    #[error("{} field(s) of the request are wrong; see the field violations", .0.len())]
    Invalid(Vec<FieldFault>),
    /// Nothing of that kind with that id, or nothing the caller may see: the two look the same.
    #[error("no such {what}; check the id, and that it belongs to your client")]
    NotFound {
        /// What was looked for, such as `customer`.
        what: &'static str,
    },
    /// The credential proves nobody.
    #[error("{message}")]
    Unauthenticated {
        /// Stable reason, such as `LOGIN_FAILED`.
        reason: &'static str,
        /// What to do.
        message: &'static str,
    },
    /// The caller is known and may not do this.
    #[error("{message}")]
    Denied {
        /// Stable reason, such as `SECOND_PERSON_REQUIRED`.
        reason: &'static str,
        /// Who may, and how.
        message: Cow<'static, str>,
    },
    /// The rules refuse it as things stand.
    #[error("{message}")]
    Refused {
        /// Stable reason, such as `CUSTOMER_TERMINATED`.
        reason: &'static str,
        /// What has to change first.
        message: Cow<'static, str>,
    },
    /// The gate stays shut: everything that is missing.
    #[error("{} requirement(s) are not met; see the precondition violations", .0.len())]
    Unmet(Vec<Requirement>),
    /// The thing has changed since the caller read it.
    #[error("it has changed since you read it; read it again and repeat the change with its etag")]
    Conflict {
        /// The etag now; empty where there is none to tell.
        etag: String,
    },
    /// The same `request_id` came with another body.
    #[error("this request_id was used with another request; use a new one for each new write")]
    RequestReused,
    /// Others write the same thing; nothing was changed.
    #[error("others are writing the same thing; nothing was changed, try again")]
    Busy {
        /// When to try again.
        retry: Span,
    },
    /// A limit is reached.
    #[error("{message}")]
    Exhausted {
        /// Stable reason, such as `LOGIN_QUEUE_FULL`.
        reason: &'static str,
        /// Which limit.
        message: Cow<'static, str>,
        /// When to try again.
        retry: Span,
    },
    /// Something this needs is not there now.
    #[error("{message}")]
    Unavailable {
        /// Stable reason, such as `STORE_UNREACHABLE`.
        reason: &'static str,
        /// What is missing.
        message: Cow<'static, str>,
    },
    /// This build was made without it.
    #[error("{message}")]
    NotBuilt {
        /// Stable reason, such as `PDF_NOT_BUILT`.
        reason: &'static str,
        /// How to get it.
        message: &'static str,
    },
    /// A defect of Vouch; the log holds the cause under this id.
    #[error("Vouch made a mistake; nothing was changed. Report the id {bug} to the operator")]
    Internal {
        /// Names the line of the log.
        bug: Uuid,
    },
}

impl AppError {
    /// One wrong field.
    pub fn field(
        path: impl Into<String>,
        reason: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldFault::new(path, reason, message)])
    }

    /// A refusal of the rules.
    pub fn refused(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused { reason, message: message.into() }
    }

    /// A refusal for want of a right.
    pub fn denied(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Denied { reason, message: message.into() }
    }

    /// A defect: logs `cause` once, here, under the id that the caller is given. The cause's text
    /// must not hold personal data.
    pub fn bug(clock: &Clock, cause: &dyn std::error::Error) -> Self {
        let bug = clock.opaque_id();
        let mut chain = cause.to_string();
        let mut next = cause.source();
        while let Some(source) = next {
            chain.push_str(": ");
            chain.push_str(&source.to_string());
            next = source.source();
        }
        tracing::error!(%bug, cause = chain, "a defect was met");
        Self::Internal { bug }
    }
}

macro_rules! refusals {
    ($($refusal:ty),+ $(,)?) => {$(
        impl From<$refusal> for AppError {
            fn from(refusal: $refusal) -> Self {
                Self::refused(refusal.reason(), refusal.to_string())
            }
        }
    )+};
}

refusals!(CustomerRefusal, ResolveRefusal, ProposalRefusal, SignRefusal, CopyRefusal);

impl From<BadFacts> for AppError {
    fn from(bad: BadFacts) -> Self {
        Self::from(StoreError::from(bad))
    }
}

impl From<StoreError> for AppError {
    /// What the caller can do about a fault of the store; what only the operator can is logged.
    fn from(error: StoreError) -> Self {
        let unreachable = |reason| Self::Unavailable { reason, message: error.to_string().into() };
        match &error {
            StoreError::Unavailable | StoreError::Unreachable(_) => {
                unreachable("STORE_UNREACHABLE")
            }
            StoreError::Unknown => unreachable("COMMIT_UNKNOWN"),
            StoreError::Disk => unreachable("STORE_DISK"),
            StoreError::Full => Self::Exhausted {
                reason: "STORE_FULL",
                message: error.to_string().into(),
                retry: Span::secs(30),
            },
            StoreError::Exhausted => Self::Exhausted {
                reason: "STORE_CONNECTIONS",
                message: error.to_string().into(),
                retry: Span::millis(500),
            },
            StoreError::Busy => Self::Busy { retry: Span::millis(200) },
            StoreError::RequestReused => Self::RequestReused,
            StoreError::AlreadyShown => Self::refused("SECRET_SHOWN", error.to_string()),
            StoreError::Erased => Self::refused("ERASED", error.to_string()),
            StoreError::Outside => Self::field("position", "OUT_OF_RANGE", error.to_string()),
            StoreError::BadUrl
            | StoreError::MissingFolder(_)
            | StoreError::MissingFile(_)
            | StoreError::FileRefused { .. }
            | StoreError::InUse(_)
            | StoreError::OldSqlite { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::OlderSchema { .. }
            | StoreError::Migration { .. }
            | StoreError::WrongKeys
            | StoreError::Unique(_)
            | StoreError::Check(_)
            | StoreError::ForeignKey
            | StoreError::Corrupt(_)
            | StoreError::Seal(_)
            | StoreError::Defect(_)
            | StoreError::Statement(_) => Self::bug(&Clock::system(), &error),
        }
    }
}
