//! `decision_id`: everything that an answer was made from, sealed. Whoever holds it can hand it
//! back and have the very same answer derived again; nobody can read it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::attestation::{Call, Freshness, Shown};
use crate::domain::ids::PolicyId;
use crate::domain::number::Tn;
use crate::domain::time::{Span, Ts};
use crate::store::{Store, StoreError};
use crate::table::Told;

const VERSION: u8 = 1;
/// Longest trunk and destination that are kept; a longer one is no trunk and no emergency.
const LONGEST: usize = 65;

/// What one answer was made from.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The instant.
    pub now: Ts,
    /// How fresh the table was.
    pub freshness: Freshness,
    /// The journal position the table stood at.
    pub position: u64,
    /// The policy in force.
    pub policy: Option<PolicyId>,
    /// The trunk's name, as given.
    pub trunk: String,
    /// The number that would be signed.
    pub orig: Shown,
    /// The destination, as dialled.
    pub dest: String,
    /// The diverting number.
    pub diverting: Option<Shown>,
    /// A valid Identity came in.
    pub signed: bool,
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receipt").field("position", &self.position).finish_non_exhaustive()
    }
}

/// The text is no receipt of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decision_id of this service; send it exactly as the answer carried it")]
pub struct BadReceipt;

impl Receipt {
    /// What `told` was made from.
    pub fn of(call: &Call<'_>, told: &Told, now: Ts) -> Self {
        Self {
            now,
            freshness: told.freshness,
            position: told.position,
            policy: told.policy,
            trunk: cut(call.trunk),
            orig: call.orig,
            dest: cut(call.dest),
            diverting: call.diverting,
            signed: call.signed,
        }
    }

    /// The call again.
    pub fn call(&self) -> Call<'_> {
        Call {
            trunk: &self.trunk,
            orig: self.orig,
            dest: &self.dest,
            diverting: self.diverting,
            signed: self.signed,
        }
    }

    /// The sealed text.
    pub fn seal(&self, store: &Store, clock: &Clock) -> Result<String, StoreError> {
        let sealed = store.sealer().seal_receipt(&self.to_bytes(), clock)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a sealed text.
    pub fn open(text: &str, store: &Store) -> Result<Self, BadReceipt> {
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_letters| BadReceipt)?;
        let plain = store.sealer().open_receipt(&sealed).map_err(|_seal| BadReceipt)?;
        Self::from_bytes(&plain).ok_or(BadReceipt)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        let flags = u8::from(self.freshness.loaded)
            | u8::from(self.signed) << 1
            | u8::from(self.policy.is_some()) << 2
            | u8::from(self.diverting.is_some()) << 3;
        out.extend_from_slice(&[VERSION, flags]);
        out.extend_from_slice(&self.now.0.to_be_bytes());
        out.extend_from_slice(&self.freshness.age.0.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
        if let Some(policy) = self.policy {
            out.extend_from_slice(policy.0.as_bytes());
        }
        out.extend_from_slice(&digits(self.orig).to_be_bytes());
        if let Some(diverting) = self.diverting {
            out.extend_from_slice(&digits(diverting).to_be_bytes());
        }
        for text in [&self.trunk, &self.dest] {
            out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[version, flags], mut rest) = bytes.split_first_chunk::<2>()?;
        if version != VERSION {
            return None;
        }
        let flag = |bit: u8| flags >> bit & 1 == 1;
        let now = Ts(i64::from_be_bytes(take(&mut rest)?));
        let age = Span(i64::from_be_bytes(take(&mut rest)?));
        let position = u64::from_be_bytes(take(&mut rest)?);
        let policy =
            if flag(2) { Some(PolicyId(Uuid::from_bytes(take(&mut rest)?))) } else { None };
        let orig = shown(u64::from_be_bytes(take(&mut rest)?))?;
        let diverting =
            if flag(3) { Some(shown(u64::from_be_bytes(take(&mut rest)?))?) } else { None };
        let trunk = text(&mut rest)?;
        let dest = text(&mut rest)?;
        rest.is_empty().then_some(Self {
            now,
            freshness: Freshness { loaded: flag(0), age },
            position,
            policy,
            trunk,
            orig,
            dest,
            diverting,
            signed: flag(1),
        })
    }
}

/// The beginning of a text; it ends where a character does.
fn cut(text: &str) -> String {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().to_owned()
}

fn digits(shown: Shown) -> u64 {
    shown.tn().map_or(0, Tn::as_u64)
}

fn shown(digits: u64) -> Option<Shown> {
    match digits {
        0 => Some(Shown::Unreadable),
        digits => Tn::from_digits(digits).ok().map(Shown::Number),
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let [length] = take::<1>(rest)?;
    let (head, tail) = rest.split_at_checked(usize::from(length))?;
    *rest = tail;
    String::from_utf8(head.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_there_and_back() {
        let tn = |text: &str| Shown::read(text);
        for diverting in [None, Some(tn("+12125551212")), Some(Shown::Unreadable)] {
            for policy in [None, Some(PolicyId(Uuid::from_u128(3)))] {
                let receipt = Receipt {
                    now: Ts(1_795_532_381_000_001),
                    freshness: Freshness { loaded: true, age: Span(i64::MAX) },
                    position: 12,
                    policy,
                    trunk: "edge-1".to_owned(),
                    orig: tn("12126647665"),
                    dest: "911".to_owned(),
                    diverting,
                    signed: true,
                };
                let bytes = receipt.to_bytes();
                assert_eq!(Receipt::from_bytes(&bytes), Some(receipt));
                assert_eq!(Receipt::from_bytes(&bytes[..bytes.len() - 1]), None);
            }
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut(&"\u{e9}".repeat(60)).len(), 64);
        assert_eq!(cut("911"), "911");
    }
}
