//! What the tests of sources share.

use std::time::Duration;

use vouch::domain::command::challenge::Channel;
use vouch::domain::pii::{Pii, Secret};
use vouch::domain::time::Ts;
use vouch::sources::delivery::{Message, Purpose};

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
