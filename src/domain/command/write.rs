//! What every write carries beside its own fields.

/// Names one write, so that a retry of it happens once (rule 12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The call, such as `CreateCustomer`; part of the scope of `request_id`.
    pub call: &'static str,
    /// The caller's name for this write, 1 to 64 visible ASCII characters.
    pub request_id: String,
    /// SHA-256 of the whole request: the same `request_id` with another body is refused. Key it
    /// before it is stored, because a body may be guessed.
    pub body: [u8; 32],
    /// The revision of the resource that the caller saw; refuse if it is another now. Absent means
    /// do not look.
    pub etag: Option<u64>,
    /// Only say what would be refused.
    pub validate_only: bool,
}

/// The etag of a resource at `revision`, as callers see it.
pub fn etag_of(revision: u64) -> String {
    format!("r{revision}")
}

/// The revision that an etag names, if it is one that [`etag_of`] makes.
pub fn revision_of(etag: &str) -> Option<u64> {
    let digits = etag.strip_prefix('r')?;
    let revision = digits.parse().ok()?;
    (etag_of(revision) == etag).then_some(revision)
}
