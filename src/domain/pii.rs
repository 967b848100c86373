//! Personal data and secrets in types that no log, trace or error can print (rule 11).

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Personal data: no `Display`, and `Debug` shows nothing; [`Pii::expose`] marks every place that reads it.
/// It serialises, because sealed records must hold it; only `store/` and `wire/` may do so.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Wraps a value that names or reaches a person.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; never hand it to a log, an error or a metric.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Pii<String> {
    /// The text, trimmed of nothing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T> std::fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[personal data]")
    }
}

/// A secret: wiped when dropped, compared by callers in constant time, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Wraps secret bytes.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The secret bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}
