//! The loaded lists in memory: what screening asks, and whether it is young enough to be asked.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::error::AppError;
use super::parts::App;
use crate::domain::digest::Digest;
use crate::domain::ids::ListVersionId;
use crate::domain::list::{Counts, List, ListRow, ListVersion, MaxAges};
use crate::domain::name::Unreadable;
use crate::domain::screening::{Hit, ListEntry, ListIndex, Party, Score, each_once};
use crate::domain::time::Ts;
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

/// What a name is screened against.
#[derive(Clone, Debug, Default)]
pub struct Screening {
    /// The lists, in the order of the registry.
    pub asked: Vec<(List, Arc<Loaded>)>,
    /// Lists that are loaded, not required, and too old.
    pub stale: Vec<List>,
}

impl Screening {
    /// The parties of all lists that the name resembles, best first, each once.
    pub fn screen(
        &self,
        name: &str,
        party: Party,
        threshold: Score,
    ) -> Result<Vec<(List, Hit)>, Unreadable> {
        let mut hits = Vec::new();
        for (list, loaded) in &self.asked {
            let found = loaded.index.screen(name, party, threshold)?;
            hits.extend(found.into_iter().map(|hit| (*list, hit)));
        }
        Ok(each_once(hits))
    }
}

/// Every loaded list.
#[derive(Debug)]
pub struct Lists {
    loaded: RwLock<BTreeMap<String, Arc<Loaded>>>,
    max_ages: MaxAges,
    /// The publisher's date of every list in force, screened or not.
    dates: RwLock<BTreeMap<String, Ts>>,
    refused: RwLock<BTreeMap<(List, &'static str), u64>>,
}

impl Lists {
    /// Nothing loaded yet; a list older than its age is not asked.
    pub fn new(max_ages: MaxAges) -> Self {
        let (dates, refused) = (RwLock::default(), RwLock::default());
        Self { loaded: RwLock::default(), max_ages, dates, refused }
    }

    /// The list, if it is loaded and young enough; else the stable reason why it cannot be asked.
    pub fn ready(&self, list: &str, now: Ts) -> Result<Arc<Loaded>, &'static str> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        match loaded.get(list) {
            None => Err("NOT_LOADED"),
            Some(found) if self.max_ages.stale(list, found.as_of, now) => Err("STALE"),
            Some(found) => Ok(Arc::clone(found)),
        }
    }

    /// The lists that a name is screened against: all that are loaded and young enough. The first
    /// of the required ones that cannot be asked is told with its reason instead.
    pub fn screened(&self, required: &[List], now: Ts) -> Result<Screening, (List, &'static str)> {
        let mut screening = Screening::default();
        for list in List::ALL.iter().filter(|list| list.purpose().screens()) {
            match self.ready(list.as_str(), now) {
                Ok(loaded) => screening.asked.push((*list, loaded)),
                Err(reason) if required.contains(list) => return Err((*list, reason)),
                Err("STALE") => screening.stale.push(*list),
                Err(_never_loaded) => {}
            }
        }
        Ok(screening)
    }

    /// How old lists may be.
    pub const fn max_ages(&self) -> &MaxAges {
        &self.max_ages
    }

    /// The date of every list in force, and whether it is too old to count.
    pub fn dates(&self, now: Ts) -> Vec<(String, Ts, bool)> {
        let dates = self.dates.read().unwrap_or_else(PoisonError::into_inner);
        let told = dates.iter();
        told.map(|(list, as_of)| (list.clone(), *as_of, self.max_ages.stale(list, *as_of, now)))
            .collect()
    }

    /// Those of these lists that were never loaded.
    pub fn missing(&self, required: &[List]) -> Vec<List> {
        let dates = self.dates.read().unwrap_or_else(PoisonError::into_inner);
        required.iter().copied().filter(|list| !dates.contains_key(list.as_str())).collect()
    }

    /// Notes that a load was refused; the operator's alarm counts these.
    pub(super) fn refuse(&self, list: List, reason: &'static str) {
        let mut refused = self.refused.write().unwrap_or_else(PoisonError::into_inner);
        *refused.entry((list, reason)).or_default() += 1;
    }

    /// How many loads this instance has refused, by list and reason.
    pub fn refused(&self) -> Vec<(List, &'static str, u64)> {
        let refused = self.refused.read().unwrap_or_else(PoisonError::into_inner);
        refused.iter().map(|((list, reason), count)| (*list, *reason, *count)).collect()
    }

    /// Follows the store: lists that another instance has loaded are read anew.
    pub async fn follow(&self, store: &Store) -> Result<(), AppError> {
        let live = store
            .read::<_, AppError, _, _>(|mut tx| async move { Ok(tx.lists_live().await?) })
            .await?;
        let dates = live.iter().map(|row| (row.list.clone(), row.as_of)).collect();
        *self.dates.write().unwrap_or_else(PoisonError::into_inner) = dates;
        for row in live {
            if !row.list.parse().is_ok_and(|list: List| list.purpose().screens()) {
                continue;
            }
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

/// The list that a difference is made from.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Its load; none where nothing was ever loaded.
    pub(super) version: Option<ListVersionRow>,
    /// What tells its rows apart.
    pub(super) rows: BTreeMap<String, Digest>,
}

impl Known {
    /// The live load of a list and the digests of its rows, of one instant.
    pub(super) async fn read(store: &Store, list: List) -> Result<Self, AppError> {
        store
            .read::<_, AppError, _, _>(move |mut tx| async move {
                let version = tx.list_live(list.as_str()).await?;
                let (mut rows, mut after) = (BTreeMap::new(), String::new());
                loop {
                    let page = tx.list_entries(list.as_str(), &after, PAGE).await?;
                    let Some(end) = page.last() else { return Ok(Self { version, rows }) };
                    after.clone_from(&end.reference);
                    rows.extend(page.into_iter().map(|row| {
                        let row = ListRow::stored(row.reference, &row.body);
                        let digest = row.digest();
                        (row.reference, digest)
                    }));
                }
            })
            .await
    }

    /// What a new load is measured against: what the last one held, or at least how many rows.
    pub(super) fn counts(&self) -> Option<Counts> {
        let version = self.version.as_ref()?;
        let rows = u64::try_from(version.row_count).unwrap_or(0);
        let counts = version.counts.as_ref().map(|counts| counts.0.clone());
        Some(counts.unwrap_or_else(|| Counts::of([("entries", rows)])))
    }
}

/// The lists that the policy in force requires and that were never loaded: nothing can be checked
/// against them.
pub fn missing(app: &App) -> Result<Vec<List>, AppError> {
    let policy = app.policies.at(app.clock.now())?;
    Ok(app.lists.missing(policy.policy.required_lists()))
}

/// The live load of every list.
pub async fn live(app: &App) -> Result<Vec<ListVersion>, AppError> {
    let rows = app
        .store
        .read::<_, AppError, _, _>(|mut tx| async move { Ok(tx.lists_live().await?) })
        .await?;
    let now = app.clock.now();
    rows.into_iter()
        .map(|row| {
            let bad = || AppError::from(StoreError::Corrupt("list"));
            let sha256 = <[u8; 32]>::try_from(row.sha256.as_slice());
            Ok(ListVersion {
                id: row.id,
                stale: app.lists.max_ages().stale(&row.list, row.as_of, now),
                list: row.list,
                as_of: row.as_of,
                loaded: row.loaded_at,
                entries: u64::try_from(row.row_count).map_err(|_negative| bad())?,
                sha256: Digest(sha256.map_err(|_length| bad())?),
            })
        })
        .collect()
}
