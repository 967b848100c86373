//! The key ring: five keys of 32 bytes in one file of mode 0600. Without it a backup of the
//! database tells nothing about any person.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::clock::{Clock, NoRandomness};
use crate::domain::pii::Secret;

/// Why there is no key ring.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// The file is not there.
    #[error("there is no key ring at {}; restore it from where it is kept, or make one for a new store", .0.display())]
    Missing(PathBuf),
    /// The file is there already.
    #[error("there is a key ring at {} already; it is never overwritten", .0.display())]
    Exists(PathBuf),
    /// Others may read the file.
    #[error("the key ring at {} may be read by others; run chmod 600 on it", .0.display())]
    Open(PathBuf),
    /// The file cannot be used.
    #[error("the key ring at {} cannot be used ({kind}); check its owner and mode", path.display())]
    Refused {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// The text is not a key ring.
    #[error(
        "the key ring is not one: it must be JSON with kek, pepper, receipt, signing and index, each 64 hexadecimal digits"
    )]
    Malformed,
    /// No keys can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// The five keys.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyRing {
    /// Wraps the customers' data keys; the store key comes from it too.
    pub(super) kek: [u8; 32],
    /// Keys the hashes of API key secrets and session tokens.
    pub(super) pepper: [u8; 32],
    /// Seals decision ids.
    pub(super) receipt: [u8; 32],
    /// Ed25519 seed of checkpoints.
    pub(super) signing: [u8; 32],
    /// Keys the hashes by which sealed values are found again.
    pub(super) index: [u8; 32],
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[key ring]")
    }
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Text {
    kek: String,
    pepper: String,
    receipt: String,
    signing: String,
    index: String,
}

impl KeyRing {
    /// New random keys.
    pub fn generate(clock: &Clock) -> Result<Self, KeyRingError> {
        let mut ring = Self {
            kek: [0; 32],
            pepper: [0; 32],
            receipt: [0; 32],
            signing: [0; 32],
            index: [0; 32],
        };
        let Self { kek, pepper, receipt, signing, index } = &mut ring;
        for key in [kek, pepper, receipt, signing, index] {
            clock.random(key)?;
        }
        Ok(ring)
    }

    /// Keys the hashes of API key secrets, and with them the tokens of sessions.
    pub fn pepper(&self) -> Secret {
        Secret::new(self.pepper.to_vec())
    }

    /// Reads the text of a key ring.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let text: Text = serde_json::from_str(text).map_err(|_where| KeyRingError::Malformed)?;
        let key = |hex: &str| from_hex(hex).ok_or(KeyRingError::Malformed);
        Ok(Self {
            kek: key(&text.kek)?,
            pepper: key(&text.pepper)?,
            receipt: key(&text.receipt)?,
            signing: key(&text.signing)?,
            index: key(&text.index)?,
        })
    }

    /// The text of this key ring.
    pub fn text(&self) -> Zeroizing<String> {
        let text = Text {
            kek: hex(&self.kek),
            pepper: hex(&self.pepper),
            receipt: hex(&self.receipt),
            signing: hex(&self.signing),
            index: hex(&self.index),
        };
        Zeroizing::new(serde_json::to_string_pretty(&text).unwrap_or_default())
    }

    /// Reads the file; nobody but its owner may be able to. One exception: a secret volume of a
    /// pod belongs to another user and is given to the service's group, for reading only (0440).
    pub fn load(path: &Path) -> Result<Self, KeyRingError> {
        let refused = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => KeyRingError::Missing(path.to_owned()),
            kind => KeyRingError::Refused { path: path.to_owned(), kind },
        };
        let mut file = std::fs::File::open(path).map_err(refused)?;
        let mode = file.metadata().map_err(refused)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 && mode != 0o440 {
            return Err(KeyRingError::Open(path.to_owned()));
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(refused)?;
        Self::parse(&text)
    }

    /// Makes a new key ring in a new file of mode 0600, on the disk when this returns.
    pub fn create(path: &Path, clock: &Clock) -> Result<Self, KeyRingError> {
        let refused = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => KeyRingError::Exists(path.to_owned()),
            kind => KeyRingError::Refused { path: path.to_owned(), kind },
        };
        let ring = Self::generate(clock)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(refused)?;
        file.write_all(ring.text().as_bytes()).map_err(refused)?;
        file.sync_all().map_err(refused)?;
        Ok(ring)
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != key.len() || !rest.is_empty() {
        return None;
    }
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        *byte = digit(*high)? * 16 + digit(*low)?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_comes_back_from_its_file_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let clock = Clock::system();
        assert_eq!(KeyRing::load(&path).unwrap_err(), KeyRingError::Missing(path.clone()));
        let made = KeyRing::create(&path, &clock).unwrap();
        assert_eq!(KeyRing::load(&path).unwrap().kek, made.kek);
        assert_eq!(KeyRing::create(&path, &clock).unwrap_err(), KeyRingError::Exists(path.clone()));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(KeyRing::load(&path).unwrap_err(), KeyRingError::Open(path.clone()));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
        assert_eq!(KeyRing::load(&path).unwrap().kek, made.kek);
        assert_eq!(KeyRing::parse("{}").unwrap_err(), KeyRingError::Malformed);
        assert!(!format!("{made:?}").contains(&hex(&made.kek)));
    }
}
