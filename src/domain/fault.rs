//! What is wrong with one field of a request: all of them are told at once.

use std::borrow::Cow;

/// One violated field. Its texts never repeat the value that was sent (rule 11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The field, as a path such as `profile.contacts[1].email`.
    pub path: String,
    /// Stable reason, such as `REQUIRED`.
    pub reason: Cow<'static, str>,
    /// What to send instead, for people.
    pub message: Cow<'static, str>,
}

impl FieldFault {
    /// A fault of the field at `path`.
    pub fn new(
        path: impl Into<String>,
        reason: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { path: path.into(), reason: reason.into(), message: message.into() }
    }
}
