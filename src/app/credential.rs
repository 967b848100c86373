//! Tokens: how a key's and a session's are made, read and proved.
//!
//! A key's token is `vk_` + key id + `_` + 256 random bits; the store holds their keyed hash only.
//! A session's token is sealed and holds everything itself, so that no instance has to keep it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::clock::{Clock, NoRandomness};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::pii::Secret;
use crate::domain::time::{Span, Ts};

/// How long a session lasts.
pub const SESSION: Span = Span::minutes(15);

const KEY_PREFIX: &str = "vk_";
const SESSION_PREFIX: &str = "vs_";
const ID_LETTERS: usize = 22;
const SECRET_LETTERS: usize = 43;
const SESSION_BYTES: usize = 32;

/// Proves credentials. Made once from the key ring's pepper.
#[derive(Debug)]
pub struct Prover {
    pepper: hmac::Key,
    session: LessSafeKey,
}

/// A new key's secret: its token for the caller, shown once, and the hash that is kept.
pub struct NewSecret {
    /// The whole token.
    pub token: Secret,
    /// What the store keeps.
    pub hash: [u8; 32],
}

impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewSecret")
    }
}

/// A credential as it was sent, taken apart and not yet proved.
#[derive(Debug)]
pub enum Presented {
    /// A key and its secret.
    Key {
        /// Which key it claims to be.
        id: KeyId,
        /// The secret that has to fit.
        secret: [u8; 32],
    },
    /// A session's sealed bytes.
    Session(Vec<u8>),
}

/// What an opened session says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose session it is.
    pub user: UserId,
    /// The user's session epoch when it began; an older one is over.
    pub epoch: u64,
    /// When it ends.
    pub expires: Ts,
}

/// The pepper cannot be used: it is not 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pepper of the key ring is not 32 bytes; restore the key ring from its backup")]
pub struct BadPepper;

impl Prover {
    /// A prover over the pepper of the key ring.
    pub fn new(pepper: &Secret) -> Result<Self, BadPepper> {
        if pepper.expose().len() != 32 {
            return Err(BadPepper);
        }
        let pepper = hmac::Key::new(hmac::HMAC_SHA256, pepper.expose());
        let derived = hmac::sign(&pepper, b"vouch session token v1");
        let session =
            UnboundKey::new(&AES_256_GCM, derived.as_ref()).map_err(|_length| BadPepper)?;
        Ok(Self { pepper, session: LessSafeKey::new(session) })
    }

    /// A password of 128 random bits, to be shown once.
    pub fn new_password(&self, clock: &Clock) -> Result<Secret, NoRandomness> {
        let mut bytes = [0_u8; 16];
        clock.random(&mut bytes)?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes).into_bytes()))
    }

    /// Makes the secret of a new key.
    pub fn new_key(&self, clock: &Clock, id: KeyId) -> Result<NewSecret, NoRandomness> {
        let mut secret = [0_u8; 32];
        clock.random(&mut secret)?;
        let mut token = String::with_capacity(69);
        token.push_str(KEY_PREFIX);
        URL_SAFE_NO_PAD.encode_string(id.0.as_bytes(), &mut token);
        token.push('_');
        URL_SAFE_NO_PAD.encode_string(secret, &mut token);
        Ok(NewSecret { token: Secret::new(token.into_bytes()), hash: self.hash(&secret) })
    }

    /// The keyed hash of a secret or a code.
    pub fn hash(&self, secret: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&self.pepper, secret);
        let mut hash = [0_u8; 32];
        hash.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        hash
    }

    /// Whether `secret` is the one that `hash` was made of; takes the same time either way.
    pub fn fits(&self, secret: &[u8], hash: &[u8; 32]) -> bool {
        hmac::verify(&self.pepper, secret, hash).is_ok()
    }

    /// Makes a session's token.
    pub fn seal_session(&self, clock: &Clock, session: Session) -> Result<Secret, NoRandomness> {
        let mut nonce = [0_u8; NONCE_LEN];
        clock.random(&mut nonce)?;
        let mut sealed = Vec::with_capacity(SESSION_BYTES + 16);
        sealed.extend_from_slice(session.user.0.as_bytes());
        sealed.extend_from_slice(&session.epoch.to_be_bytes());
        sealed.extend_from_slice(&session.expires.0.to_be_bytes());
        let aad = Aad::from(SESSION_PREFIX.as_bytes());
        self.session
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_sealing| NoRandomness)?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Ok(Secret::new([SESSION_PREFIX, &URL_SAFE_NO_PAD.encode(bytes)].concat().into_bytes()))
    }

    /// Opens a session's token; nothing where it was not made here. Its end is for the caller to
    /// look at.
    pub fn open_session(&self, sealed: &[u8]) -> Option<Session> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = sealed.to_vec();
        let aad = Aad::from(SESSION_PREFIX.as_bytes());
        let plain = self.session.open_in_place(nonce, aad, &mut bytes).ok()?;
        let (user, rest) = plain.split_first_chunk::<16>()?;
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let (expires, rest) = rest.split_first_chunk::<8>()?;
        rest.is_empty().then(|| Session {
            user: UserId(Uuid::from_bytes(*user)),
            epoch: u64::from_be_bytes(*epoch),
            expires: Ts(i64::from_be_bytes(*expires)),
        })
    }
}

impl Presented {
    /// Takes a token apart: `vk_...` or `vs_...`.
    pub fn parse(token: &str) -> Option<Self> {
        if let Some(sealed) = token.strip_prefix(SESSION_PREFIX) {
            return URL_SAFE_NO_PAD.decode(sealed).ok().map(Self::Session);
        }
        let rest = token.strip_prefix(KEY_PREFIX)?;
        let (id, secret) = rest.split_at_checked(ID_LETTERS)?;
        Self::parts(id, secret.strip_prefix('_')?)
    }

    /// A key from a user name and a password: the key's id as either form shows it, and its
    /// secret or its whole token.
    pub fn from_basic(name: &str, password: &str) -> Option<Self> {
        let presented = match Self::parse(password) {
            Some(whole) => whole,
            None => Self::parts(name, password)?,
        };
        match presented {
            Self::Key { id, secret } if key_id(name) == Some(id) => Some(Self::Key { id, secret }),
            Self::Key { .. } | Self::Session(_) => None,
        }
    }

    fn parts(id: &str, secret: &str) -> Option<Self> {
        let id = key_id(id)?;
        if secret.len() != SECRET_LETTERS {
            return None;
        }
        let mut bytes = [0_u8; 32];
        let filled = URL_SAFE_NO_PAD.decode_slice(secret, &mut bytes).ok()?;
        (filled == bytes.len()).then_some(Self::Key { id, secret: bytes })
    }
}

/// A key's id: 22 letters as in its token, or as a UUID.
fn key_id(text: &str) -> Option<KeyId> {
    if text.len() != ID_LETTERS {
        return text.parse().ok();
    }
    let mut bytes = [0_u8; 16];
    let filled = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (filled == bytes.len()).then(|| KeyId(Uuid::from_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prover(seed: u8) -> Prover {
        Prover::new(&Secret::new(vec![seed; 32])).expect("32 bytes")
    }

    #[test]
    fn a_key_proves_itself_and_nothing_else() {
        let clock = Clock::system();
        let (ours, theirs) = (prover(1), prover(2));
        for _ in 0..200 {
            let id = KeyId(clock.id());
            let made = ours.new_key(&clock, id).expect("randomness");
            let token = String::from_utf8(made.token.expose().to_vec()).expect("text");
            assert_eq!(token.len(), 69);
            let Some(Presented::Key { id: read, secret }) = Presented::parse(&token) else {
                panic!("not read: {token}");
            };
            assert_eq!(read, id);
            assert!(ours.fits(&secret, &made.hash) && !theirs.fits(&secret, &made.hash));
            let mut wrong = secret;
            wrong[31] ^= 1;
            assert!(!ours.fits(&wrong, &made.hash));
            let letters = token.get(3..25).expect("letters").to_owned();
            for name in [id.to_string(), letters] {
                for password in [token.get(26..).expect("letters"), token.as_str()] {
                    assert!(Presented::from_basic(&name, password).is_some(), "{name}");
                }
            }
            assert!(Presented::from_basic(&KeyId(clock.id()).to_string(), &token).is_none());
        }
        for text in ["", "vk_", "vk_x_y", "Bearer", "vs_!", &"vk_".repeat(40)] {
            assert!(Presented::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_session_opens_only_where_it_was_made() {
        let clock = Clock::movable(Ts(1_000_000));
        let ours = prover(1);
        let session =
            Session { user: UserId(clock.id()), epoch: 3, expires: clock.now().plus(SESSION) };
        let token = ours.seal_session(&clock, session).expect("randomness");
        let text = String::from_utf8(token.expose().to_vec()).expect("text");
        let Some(Presented::Session(sealed)) = Presented::parse(&text) else {
            panic!("not read");
        };
        assert_eq!(ours.open_session(&sealed), Some(session));
        assert_eq!(prover(2).open_session(&sealed), None);
        let mut bent = sealed.clone();
        bent[20] ^= 1;
        assert_eq!(ours.open_session(&bent), None);
    }
}
