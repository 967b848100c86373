//! Trunks by their name.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashMap;

use crate::domain::attestation::TrunkView;
use crate::domain::ids::TrunkId;

/// Every trunk that is not retired.
#[derive(Default)]
pub(super) struct Trunks {
    by_name: RwLock<HashMap<String, TrunkView<u32>>>,
}

impl Trunks {
    pub(super) fn get(&self, name: &str) -> Option<TrunkView<u32>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    /// Puts a trunk in place; `None` takes it away.
    pub(super) fn set(&self, name: TrunkId, trunk: Option<TrunkView<u32>>) {
        let mut by_name = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        match trunk {
            Some(trunk) => by_name.insert(name.into(), trunk),
            None => by_name.remove(name.as_str()),
        };
    }
}
