//! Why a text cannot be an identifier of its kind.

/// A text that cannot be an identifier of its kind. It never holds the text: that may be a
/// person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadForm {
    /// The stable reason.
    pub reason: &'static str,
    /// What to give instead.
    pub message: &'static str,
}

impl BadForm {
    pub(super) const fn new(reason: &'static str, message: &'static str) -> Self {
        Self { reason, message }
    }
}
