//! The policies that were published, and the one in force.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::error::AppError;
use crate::domain::ids::PolicyId;
use crate::domain::policy::Policy;
use crate::domain::time::Ts;

/// A published policy.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Its id.
    pub id: PolicyId,
    /// Its rules.
    pub policy: Policy,
}

/// Every published policy, by id.
#[derive(Debug, Default)]
pub struct Policies(RwLock<BTreeMap<PolicyId, Arc<InForce>>>);

impl Policies {
    /// Adds a published policy.
    pub fn add(&self, policy: InForce) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(policy.id, Arc::new(policy));
    }

    /// The policy in force at `now`: the last one that took effect.
    pub fn at(&self, now: Ts) -> Result<Arc<InForce>, AppError> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.values()
            .filter(|p| p.policy.effective_from <= now)
            .max_by_key(|p| (p.policy.effective_from, p.policy.version, p.id))
            .cloned()
            .ok_or(AppError::Unavailable {
                reason: "NO_POLICY",
                message: "no policy is in force; publish one and try again".into(),
            })
    }

    /// A policy by its id.
    pub fn get(&self, id: PolicyId) -> Option<Arc<InForce>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}
