//! Policies on the wire.

use crate::domain::digest::Digest;
use crate::domain::ids::PolicyId;
use crate::domain::policy::Policy;
use crate::wire::pb;
use crate::wire::time::to_timestamp;

impl pb::Policy {
    /// A policy by its id in the store, with the digest of its text.
    pub fn of(policy: &Policy, id: PolicyId, sha256: Digest, in_force: bool) -> Self {
        Self {
            policy_id: id.to_string(),
            name: policy.name.clone(),
            version: policy.version,
            effective_time: Some(to_timestamp(policy.effective_from)),
            in_force,
            sha256: sha256.as_bytes().to_vec().into(),
        }
    }
}
