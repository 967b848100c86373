//! The loaded lists in memory: what screening asks, and whether it is young enough to be asked.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::error::AppError;
use super::parts::App;
use crate::domain::digest::Digest;
use crate::domain::ids::ListVersionId;
use crate::domain::list::ListVersion;
use crate::domain::list::OFAC_SDN;
use crate::domain::screening::{ListEntry, ListIndex, is_stale};
use crate::domain::time::{Span, Ts};
use crate::store::list::ListVersionRow;
use crate::store::{Store, StoreError};

/// Entries read from the store at a time.
const PAGE: i64 = 2_000;

/// A list as screening uses it.
#[derive(Debug)]
pub struct Loaded {
    /// Which load.
    pub version: ListVersionId,
    /// The publisher's date.
    pub as_of: Ts,
    /// Its names.
    pub index: ListIndex,
}

/// Every loaded list.
#[derive(Debug)]
pub struct Lists {
    loaded: RwLock<BTreeMap<String, Arc<Loaded>>>,
    max_age: Span,
}

impl Lists {
    /// Nothing loaded yet; a list older than `max_age` is not asked.
    pub fn new(max_age: Span) -> Self {
        Self { loaded: RwLock::default(), max_age }
    }

    /// The list, if it is loaded and young enough; else the stable reason why it cannot be asked.
    pub fn ready(&self, list: &str, now: Ts) -> Result<Arc<Loaded>, &'static str> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        match loaded.get(list) {
            None => Err("NOT_LOADED"),
            Some(found) if is_stale(found.as_of, self.max_age, now) => Err("STALE"),
            Some(found) => Ok(Arc::clone(found)),
        }
    }

    /// The oldest list that still counts.
    pub const fn max_age(&self) -> Span {
        self.max_age
    }

    /// Follows the store: lists that another instance has loaded are read anew.
    pub async fn follow(&self, store: &Store) -> Result<(), AppError> {
        let live = store
            .read::<_, AppError, _, _>(|mut tx| async move { Ok(tx.lists_live().await?) })
            .await?;
        for row in live.into_iter().filter(|row| row.list == OFAC_SDN) {
            let known = {
                let held = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
                held.get(&row.list).is_some_and(|list| list.version == row.id)
            };
            if known {
                continue;
            }
            // Another load may have taken its place since: its entries are that one's.
            let (Some(row), listed) = snapshot(store, row.list).await? else { continue };
            let index = ListIndex::build(&listed);
            let list = Arc::new(Loaded { version: row.id, as_of: row.as_of, index });
            let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
            loaded.insert(row.list, list);
        }
        Ok(())
    }
}

/// The live load of a list and every entry of it, of one instant.
pub(super) async fn snapshot(
    store: &Store,
    list: String,
) -> Result<(Option<ListVersionRow>, Vec<ListEntry>), AppError> {
    store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let version = tx.list_live(&list).await?;
            let (mut all, mut after) = (Vec::new(), String::new());
            loop {
                let page = tx.list_entries(&list, &after, PAGE).await?;
                let Some(end) = page.last() else { return Ok((version, all)) };
                after.clone_from(&end.reference);
                for row in page {
                    let listed = serde_json::from_value(row.body.0);
                    all.push(listed.map_err(|_shape| StoreError::Corrupt("list entry"))?);
                }
            }
        })
        .await
}

/// The live load of every list.
pub async fn live(app: &App) -> Result<Vec<ListVersion>, AppError> {
    let rows = app
        .store
        .read::<_, AppError, _, _>(|mut tx| async move { Ok(tx.lists_live().await?) })
        .await?;
    let (now, max_age) = (app.clock.now(), app.lists.max_age());
    rows.into_iter()
        .map(|row| {
            let bad = || AppError::from(StoreError::Corrupt("list"));
            let sha256 = <[u8; 32]>::try_from(row.sha256.as_slice());
            Ok(ListVersion {
                id: row.id,
                list: row.list,
                as_of: row.as_of,
                loaded: row.loaded_at,
                entries: u64::try_from(row.row_count).map_err(|_negative| bad())?,
                sha256: Digest(sha256.map_err(|_length| bad())?),
                stale: is_stale(row.as_of, max_age, now),
            })
        })
        .collect()
}
