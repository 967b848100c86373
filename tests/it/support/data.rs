//! The real data that tests are given.

use std::path::PathBuf;

/// A file or folder of the real data; `None` where there is none and `VOUCH_DATA` names nothing. What
/// the variable names has to be there.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests find the real data by this variable")]
    let named = std::env::var_os("VOUCH_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let is_named = named.is_some();
    let found = named.unwrap_or(beside).join(path);
    assert!(!is_named || found.exists(), "VOUCH_DATA has no {path}");
    if found.exists() {
        Some(found)
    } else {
        println!("skipped: no {}", found.display());
        None
    }
}
