//! A customer's own row.

use serde::{Deserialize, Serialize};

use super::State;
use crate::domain::ids::{ClientId, CustomerId, Origid, PolicyId};
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// What a customer is to the provider; it decides which checks and clauses are needed.
    pub enum Role as "customer role" {
        /// Places calls for itself.
        EndUser = "END_USER",
        /// Sells the service on.
        Reseller = "RESELLER",
        /// A voice service provider of the United States.
        VoiceProvider = "VOICE_PROVIDER",
        /// Carries calls of others.
        Intermediate = "INTERMEDIATE",
        /// A provider from abroad.
        ForeignProvider = "FOREIGN_PROVIDER",
    }
}

/// A commercial organisation that wants service, without what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The portal client it belongs to.
    pub client: ClientId,
    /// Its reseller, where it has one.
    pub parent: Option<CustomerId>,
    /// What it is to the provider.
    pub role: Role,
    /// Where it stands.
    pub state: State,
    /// What its calls are signed with.
    pub origid: Origid,
    /// Number of the live profile revision, from 1.
    pub profile_rev: u64,
    /// The policy it was last judged by.
    pub policy: Option<PolicyId>,
    /// How often it was changed; the etag.
    pub revision: u64,
    /// When it was last changed.
    pub last_at: Ts,
    /// When it was created.
    pub created_at: Ts,
}

impl Customer {
    /// Whether it may originate calls at `now` (rule 2).
    pub fn effectively_active(&self, now: Ts) -> bool {
        self.state.effectively_active(now)
    }
}
