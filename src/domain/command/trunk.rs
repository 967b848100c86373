//! Calls about trunks that change something.

use super::write::Write;
use crate::domain::attestation::{TrunkAuth, TrunkKind, TrunkMode};
use crate::domain::ids::{CustomerId, TrunkId};

/// Creates a trunk.
#[derive(Clone, Debug)]
pub struct CreateTrunk {
    /// Names the write.
    pub write: Write,
    /// Its name.
    pub trunk: TrunkId,
    /// Where its calls come from.
    pub kind: TrunkKind,
    /// How they are authenticated.
    pub auth: TrunkAuth,
    /// The customer that answers for it.
    pub owner: CustomerId,
    /// Calls enter from abroad.
    pub foreign: bool,
    /// Whether the signer acts on the answers.
    pub mode: TrunkMode,
}

/// Changes a trunk; what is absent stays as it is.
#[derive(Clone, Debug)]
pub struct UpdateTrunk {
    /// Names the write.
    pub write: Write,
    /// Which trunk.
    pub trunk: TrunkId,
    /// Its new mode.
    pub mode: Option<TrunkMode>,
    /// Its new authentication.
    pub auth: Option<TrunkAuth>,
    /// Whether it is in use.
    pub enabled: Option<bool>,
}
