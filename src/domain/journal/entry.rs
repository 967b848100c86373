//! One entry: what is hashed, byte for byte.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::merkle::Hash;
use crate::domain::ids::{CommandId, CustomerId, EntryId};
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// What an entry is about.
    pub enum SubjectKind as "subject kind" {
        /// A customer with its profile, checks, findings and agreements.
        Customer = "CUSTOMER",
        /// A number with its claims, evidence and delegations.
        Number = "NUMBER",
        /// A trunk.
        Trunk = "TRUNK",
        /// A policy.
        Policy = "POLICY",
        /// One load of a list or inventory.
        List = "LIST",
        /// An API key.
        Key = "KEY",
        /// A person who logs in.
        User = "USER",
        /// A portal client.
        Client = "CLIENT",
        /// Long work with progress.
        Operation = "OPERATION",
        /// The store itself.
        Store = "STORE",
        /// An objection to the blocking of a number.
        Objection = "OBJECTION",
    }
}

impl SubjectKind {
    /// The number in the store and under the hash; never changes.
    pub const fn number(self) -> i16 {
        match self {
            Self::Customer => 1,
            Self::Number => 2,
            Self::Trunk => 3,
            Self::Policy => 4,
            Self::List => 5,
            Self::Key => 6,
            Self::User => 7,
            Self::Client => 8,
            Self::Operation => 9,
            Self::Store => 10,
            Self::Objection => 11,
        }
    }

    /// The kind with that number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }
}

/// An entry as stored. `facts` and `detail` are sealed: the hash is over the sealed bytes, so that an
/// auditor without any key can check the journal, also after an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its own id.
    pub id: EntryId,
    /// What it is about.
    pub subject_kind: SubjectKind,
    /// Which one.
    pub subject: Uuid,
    /// 1, 2, 3 ... for each subject.
    pub subject_rev: u64,
    /// When the command ran; later than everything the command read.
    pub at: Ts,
    /// What happened, such as `customer.suspended`.
    pub kind: String,
    /// Who did it, such as `user:ID`.
    pub actor: String,
    /// The command: its entries stand side by side.
    pub command: CommandId,
    /// The customer whose key seals `detail`; none for the store key.
    pub owner: Option<CustomerId>,
    /// What the attestation table needs of the subject after the change; sealed with the store key.
    pub facts: Option<Vec<u8>>,
    /// Everything that changed, with every value written; sealed.
    pub detail: Vec<u8>,
}

impl Entry {
    /// The bytes under the hash: every field, those of variable length with their length in front.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160 + self.detail.len());
        out.extend_from_slice(b"vouch-entry-v1\n");
        out.extend_from_slice(self.id.0.as_bytes());
        out.extend_from_slice(&self.subject_kind.number().to_be_bytes());
        out.extend_from_slice(self.subject.as_bytes());
        out.extend_from_slice(&self.subject_rev.to_be_bytes());
        out.extend_from_slice(&self.at.0.to_be_bytes());
        sized(&mut out, self.kind.as_bytes());
        sized(&mut out, self.actor.as_bytes());
        out.extend_from_slice(self.command.0.as_bytes());
        optional(&mut out, self.owner.as_ref().map(|id| id.0.as_bytes().as_slice()));
        optional(&mut out, self.facts.as_deref());
        sized(&mut out, &self.detail);
        out
    }

    /// The leaf of the Merkle tree: SHA-256 of a zero byte and the canonical bytes (RFC 6962
    /// section 2.1).
    pub fn leaf(&self) -> Hash {
        Hash::of_leaf(&self.canonical_bytes())
    }
}

impl Hash {
    /// The leaf hash of canonical bytes (RFC 6962 section 2.1).
    pub fn of_leaf(input: &[u8]) -> Self {
        let mut hash = Sha256::new_with_prefix([0_u8]);
        hash.update(input);
        Self(hash.finalize().into())
    }
}

fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn optional(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => out.push(0),
        Some(bytes) => {
            out.push(1);
            sized(out, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            id: EntryId(Uuid::from_u128(1)),
            subject_kind: SubjectKind::Customer,
            subject: Uuid::from_u128(2),
            subject_rev: 3,
            at: Ts(4),
            kind: "a".to_owned(),
            actor: "bc".to_owned(),
            command: CommandId(Uuid::from_u128(5)),
            owner: Some(CustomerId(Uuid::from_u128(6))),
            facts: Some(vec![7]),
            detail: vec![8, 9],
        }
    }

    #[test]
    fn every_field_is_under_the_hash() {
        let whole = entry().leaf();
        let changes: [fn(&mut Entry); 12] = [
            |e| e.id = EntryId(Uuid::nil()),
            |e| e.subject_kind = SubjectKind::Number,
            |e| e.subject = Uuid::nil(),
            |e| e.subject_rev = 4,
            |e| e.at = Ts(5),
            |e| e.kind = "b".to_owned(),
            |e| e.actor = "b".to_owned(),
            |e| e.command = CommandId(Uuid::nil()),
            |e| e.owner = None,
            |e| e.facts = None,
            |e| e.detail = vec![8],
            // The same bytes, cut elsewhere.
            |e| (e.kind, e.actor) = ("ab".to_owned(), "c".to_owned()),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut other = entry();
            change(&mut other);
            assert_ne!(other.leaf(), whole, "change {n}");
        }
    }

    #[test]
    fn kinds_keep_their_numbers() {
        for kind in SubjectKind::ALL {
            assert_eq!(SubjectKind::from_number(kind.number()), Some(*kind));
        }
        assert_eq!(SubjectKind::from_number(0), None);
    }
}
