//! Trunks: where calls come in.

use super::attestation::TrunkFacts;
use super::ids::{TrunkId, TrunkUid};
use super::time::Ts;

/// A trunk, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// The name the operator chose.
    pub id: TrunkId,
    /// Its subject in the journal.
    pub uid: TrunkUid,
    /// What the decision reads.
    pub facts: TrunkFacts,
    /// When it went out of use; a trunk out of use is answered as unknown.
    pub retired: Option<Ts>,
    /// The how-manieth change this is.
    pub revision: u64,
    /// When it was created.
    pub created: Ts,
    /// When it was last changed.
    pub changed: Ts,
}
