//! The policies a table knows; swapped as one pointer, so that an answer is made under one.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::domain::attestation::AttestationPolicy;
use crate::domain::facts::PolicyFacts;
use crate::domain::ids::PolicyId;
use crate::domain::time::Ts;

/// Every policy, the latest in force last.
pub(super) struct Policies {
    initial: AttestationPolicy,
    dated: ArcSwap<Vec<PolicyFacts>>,
}

/// The policies as they stood when an ask began.
pub(super) struct Standing<'a> {
    initial: &'a AttestationPolicy,
    dated: Guard<Arc<Vec<PolicyFacts>>>,
}

impl Policies {
    pub(super) fn new(initial: AttestationPolicy) -> Self {
        Self { initial, dated: ArcSwap::default() }
    }

    pub(super) fn standing(&self) -> Standing<'_> {
        Standing { initial: &self.initial, dated: self.dated.load() }
    }

    /// Adds a policy or replaces its facts; one writer at a time.
    pub(super) fn set(&self, policy: PolicyFacts) {
        let mut dated = Vec::clone(&self.dated.load());
        dated.retain(|known| known.policy != policy.policy);
        dated.push(policy);
        dated.sort_unstable_by_key(|p| (p.effective_from, p.policy));
        self.dated.store(Arc::new(dated));
    }
}

impl Standing<'_> {
    /// The policy in force at `now`, with its name once one has come.
    pub(super) fn at(&self, now: Ts) -> (Option<PolicyId>, &AttestationPolicy) {
        let current = self.dated.iter().rev().find(|p| p.effective_from <= now);
        current.map_or((None, self.initial), |p| (Some(p.policy), &p.attestation))
    }
}
