//! Checkpoints: the size and root of the journal, signed, in the format that witnesses and
//! transparency tools read (C2SP tlog-checkpoint and signed-note).

use ed25519_dalek::{Signer as _, SigningKey};
use signed_note::{Note, Signer, StandardVerifier, VerifierList};

use super::merkle::Hash;
use tlog_tiles::{checkpoint, tlog};

/// The size and root of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which journal, such as `vouch.example.com/journal`.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a checkpoint cannot be made or trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// The origin is empty, or has spaces, plus signs or control characters.
    #[error("the origin of a checkpoint must be a name without spaces and plus signs")]
    Origin,
    /// The text is not a checkpoint.
    #[error("this is not a checkpoint; give the whole text as Vouch returned it")]
    Malformed,
    /// The key is not a verifier key.
    #[error("this is not a verifier key; give it as `vouch journal key` printed it")]
    Key,
    /// Nobody trusted has signed it.
    #[error("the checkpoint is not signed by the given key")]
    Signature,
}

struct NoteSigner<'a> {
    name: &'a str,
    id: u32,
    key: &'a SigningKey,
}

impl Signer for NoteSigner<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, ed25519_dalek::SignatureError> {
        Ok(self.key.sign(text).to_vec())
    }
}

/// The signing key from its seed.
pub fn signer_key(seed: &[u8; 32]) -> SigningKey {
    SigningKey::from_bytes(seed)
}

/// The text by which others verify checkpoints of `origin`: name, key id, key.
pub fn verifier_key(origin: &str, key: &SigningKey) -> Result<String, BadCheckpoint> {
    if !signed_note::is_key_name_valid(origin) {
        return Err(BadCheckpoint::Origin);
    }
    Ok(signed_note::new_ed25519_verifier_key(origin, &key.verifying_key()))
}

impl Checkpoint {
    /// Signs the checkpoint.
    pub fn sign(&self, key: &SigningKey) -> Result<String, BadCheckpoint> {
        if !signed_note::is_key_name_valid(&self.origin) {
            return Err(BadCheckpoint::Origin);
        }
        let root = tlog::Hash(self.root.0);
        let text = checkpoint::Checkpoint::new(&self.origin, self.size, root, "")
            .map_err(|_shape| BadCheckpoint::Origin)?
            .to_bytes();
        // Algorithm 1 of signed notes is Ed25519.
        let public = [&[1_u8], key.verifying_key().to_bytes().as_slice()].concat();
        let id = signed_note::key_id(&self.origin, &public);
        let mut note = Note::new(&text, &[]).map_err(|_shape| BadCheckpoint::Origin)?;
        note.add_sigs(&[&NoteSigner { name: &self.origin, id, key }])
            .map_err(|_shape| BadCheckpoint::Origin)?;
        String::from_utf8(note.to_bytes()).map_err(|_shape| BadCheckpoint::Malformed)
    }

    /// Reads a signed checkpoint, and checks the signature of `verifier`.
    pub fn verify(note: &str, verifier: &str) -> Result<Self, BadCheckpoint> {
        let key = StandardVerifier::new(verifier).map_err(|_shape| BadCheckpoint::Key)?;
        let note = Note::from_bytes(note.as_bytes()).map_err(|_shape| BadCheckpoint::Malformed)?;
        note.verify(&VerifierList::new(vec![Box::new(key)]))
            .map_err(|_why| BadCheckpoint::Signature)?;
        let read = checkpoint::Checkpoint::from_bytes(note.text())
            .map_err(|_shape| BadCheckpoint::Malformed)?;
        let origin = read.origin().to_owned();
        Ok(Self { origin, size: read.size(), root: Hash(read.hash().0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_verifies_with_its_key_only() {
        let key = signer_key(&[7; 32]);
        let origin = "vouch.example.com/journal";
        let made = Checkpoint { origin: origin.to_owned(), size: 5, root: Hash([9; 32]) };
        let note = made.sign(&key).unwrap();
        let verifier = verifier_key(origin, &key).unwrap();
        assert_eq!(Checkpoint::verify(&note, &verifier), Ok(made.clone()));

        let other = verifier_key(origin, &signer_key(&[8; 32])).unwrap();
        assert_eq!(Checkpoint::verify(&note, &other), Err(BadCheckpoint::Signature));
        let forged = note.replacen("\n5\n", "\n6\n", 1);
        assert_ne!(forged, note);
        assert_eq!(Checkpoint::verify(&forged, &verifier), Err(BadCheckpoint::Signature));
        assert_eq!(Checkpoint::verify("", &verifier), Err(BadCheckpoint::Malformed));
        assert_eq!(Checkpoint::verify(&note, "x"), Err(BadCheckpoint::Key));
        let spaced = Checkpoint { origin: "a b".to_owned(), ..made };
        assert_eq!(spaced.sign(&key), Err(BadCheckpoint::Origin));
    }
}
