//! How secrets go out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// `Authorization: Basic` with these two.
pub(super) fn basic(user: &[u8], password: &[u8]) -> Vec<u8> {
    let pair = [user, b":", password].concat();
    format!("Basic {}", STANDARD.encode(pair)).into_bytes()
}

/// `Authorization: Bearer` with this token.
pub(super) fn bearer(token: &[u8]) -> Vec<u8> {
    [b"Bearer ", token].concat()
}
