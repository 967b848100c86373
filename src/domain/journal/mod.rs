//! The journal: the append-only, ordered, Merkle-hashed record of everything that happened.

mod checkpoint;
mod entry;
mod merkle;

pub use checkpoint::{BadCheckpoint, Checkpoint, signer_key, verifier_key};
pub use entry::{Entry, SubjectKind};
pub use merkle::{BadProof, Edge, Hash, Hashes, Proof, check_consistency, check_inclusion};
