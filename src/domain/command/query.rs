//! What queries share.

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many at most; 1 to 500.
    pub size: u32,
    /// The opaque token of the page before; bound to the filter.
    pub token: Option<String>,
}
