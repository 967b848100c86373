//! What became of a message, in the words of `sources.md` section 0.

use std::time::Duration;

/// The other side took the message. That is not yet proof that anybody read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The other side's own reference, at most 128 printable ASCII characters.
    pub reference: Option<String>,
}

/// Why a message was not taken. Holds neither address nor code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// 429, 5xx, a timeout, a broken connection, TLS or DNS: the same message may go later.
    #[error("the provider cannot take messages now ({why}); the message will be tried again")]
    Retry {
        /// What was seen.
        why: &'static str,
        /// How long the other side asks to wait.
        after: Option<Duration>,
    },
    /// The other side does not take messages from us; nothing goes until an operator acts.
    #[error("the provider refuses our messages ({why}); check the account and its credentials")]
    Refused {
        /// What was seen.
        why: &'static str,
    },
    /// Credit or quota is used up.
    #[error("the provider's quota is used up; raise it, then send again")]
    Quota,
    /// This address or number takes no messages; others may.
    #[error("this contact cannot be reached ({why}); ask for another")]
    Undeliverable {
        /// What was seen.
        why: &'static str,
    },
    /// An answer that is none: whether the message was taken is not known.
    #[error("the provider answered with something else than promised ({why}); check its URL")]
    Schema {
        /// What was seen.
        why: &'static str,
    },
    /// No adapter for this channel, or one that may not be used as it is set up.
    #[error("this channel cannot be used ({why}); set it up in the delivery settings")]
    NotConfigured {
        /// What is missing.
        why: &'static str,
    },
}

impl DeliveryError {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Retry { .. } => "RETRY",
            Self::Refused { .. } => "REFUSED",
            Self::Quota => "QUOTA",
            Self::Undeliverable { .. } => "UNDELIVERABLE",
            Self::Schema { .. } => "SCHEMA",
            Self::NotConfigured { .. } => "NOT_CONFIGURED",
        }
    }

    /// Whether the same message may simply be sent again later.
    pub const fn may_retry(self) -> bool {
        matches!(self, Self::Retry { .. })
    }

    pub(super) const fn retry(why: &'static str) -> Self {
        Self::Retry { why, after: None }
    }
}
