//! What the tests of sources share.

use std::path::PathBuf;
use std::time::Duration;

use vouch::domain::command::challenge::Channel;
use vouch::domain::pii::{Pii, Secret};
use vouch::domain::time::Ts;
use vouch::sources::delivery::{Message, Purpose};

/// The real data, where it is: `VOUCH_DATA`, else beside the repository.
pub(super) fn data(folder: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests find the real data by this variable")]
    let named = std::env::var_os("VOUCH_DATA").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let path = named.clone().unwrap_or(beside).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    assert!(named.is_none(), "VOUCH_DATA has no {folder}");
    println!("skipped: no VOUCH_DATA");
    None
}

pub(super) fn message(channel: Channel, to: &str) -> Message {
    Message {
        id: "018f3f7e-0000-7000-8000-00000000c0de".parse().unwrap(),
        challenge: "018f3f7e-0000-7000-8000-00000000c0de".parse().unwrap(),
        made_at: Ts::from_iso("2026-11-24T16:00:00Z").unwrap(),
        channel,
        to: Pii::new(to.to_owned()),
        purpose: Purpose::ContactEmail,
        firm: Pii::new("Éclair & Söhne https://evil.example".to_owned()),
        code: Secret::new(b"493817".to_vec()),
        valid_minutes: 10,
        extension: None,
        keyed: false,
    }
}

pub(super) const SHORT: Duration = Duration::from_millis(700);
