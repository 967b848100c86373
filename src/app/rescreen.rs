//! What a changed list means for the book: one pass over all customers, against what changed alone.
//! Those it touches get their checks made again by the ordinary job.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::check::RUN_CHECKS;
use super::error::AppError;
use super::operation;
use super::parts::App;
use crate::domain::blast::Lowers;
use crate::domain::check::Kind;
use crate::domain::ids::{CustomerId, JobId, OperationId};
use crate::domain::list::{Difference, List, Purpose};
use crate::domain::profile::{IdentifierKind, Profile, claims};
use crate::domain::screening::{ListEntry, ListIndex, Party, Score};
use crate::domain::time::{Span, Ts};
use crate::store::rescreen::NamedRow;
use crate::store::{StoreError, Tx};

/// Customers of one page.
const PAGE: i64 = 1_000;
/// Clocks of instances may differ by this much.
const SKEW: Span = Span::secs(60);

/// What of a profile a changed list is about.
enum Touch {
    /// Names that resemble an entry that is new or altered.
    Names { index: Box<ListIndex>, threshold: Score },
    /// FCC registration numbers whose row is new, altered or gone.
    Frns(BTreeSet<String>),
}

/// What the pass found.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    /// Whose checks have to be made again.
    pub(super) customers: BTreeSet<CustomerId>,
    /// Those of them that are ACTIVE and may be lowered.
    pub(super) active: BTreeSet<CustomerId>,
    /// How many customers were looked at.
    pub(super) seen: u64,
    /// When the pass began.
    pub(super) began: Ts,
}

/// Looks through all customers for those whom the change touches; nothing where the list is none
/// that customers are checked against by their names or numbers.
pub(super) async fn look(
    app: &App,
    list: List,
    change: &Difference,
    follow: OperationId,
) -> Result<Reach, AppError> {
    let mut reach = Reach { began: app.clock.now(), ..Reach::default() };
    let Some(touch) = touch(app, list, change)? else { return Ok(reach) };
    let touch = Arc::new(touch);
    let (total, listed) = app
        .store
        .read::<_, AppError, _, _>(|mut tx| async move {
            Ok((tx.customers_count().await?.0, tx.findings_listed().await?))
        })
        .await?;
    let total = u64::try_from(total).unwrap_or(0);
    let mut after = CustomerId(uuid::Uuid::nil());
    while let Some((rows, last)) = page(app, after).await? {
        after = last;
        reach.seen += rows.len() as u64;
        let (store, touch) = (app.store.clone(), Arc::clone(&touch));
        let touched = tokio::task::spawn_blocking(move || {
            let of = |row: &NamedRow| store.open_named(row).map(|profile| touch.touches(&profile));
            let each = rows.into_iter().map(|row| of(&row).map(|hit| (row, hit)));
            each.collect::<Result<Vec<_>, StoreError>>()
        });
        let touched = touched.await.map_err(|panic| AppError::bug(&app.clock, &panic))??;
        for (row, _) in touched.into_iter().filter(|(_, hit)| *hit) {
            if row.state == "ACTIVE" {
                reach.active.insert(row.id);
            }
            reach.customers.insert(row.id);
        }
        operation::progress(app, follow, reach.seen, total.max(reach.seen)).await?;
    }
    if !change.gone.is_empty() {
        // What an ended entry raised is judged again.
        let mark = format!("#{list}:");
        let open = listed.into_iter().filter(|found| found.subject.contains(&mark));
        reach.customers.extend(open.map(|found| found.customer_id));
    }
    Ok(reach)
}

type Page = Option<(Vec<NamedRow>, CustomerId)>;

async fn page(app: &App, after: CustomerId) -> Result<Page, AppError> {
    let rows = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.named(after, PAGE).await?) })
        .await?;
    let last = rows.last().map(|row| row.id);
    Ok(last.map(|last| (rows, last)))
}

fn touch(app: &App, list: List, change: &Difference) -> Result<Option<Touch>, AppError> {
    match (list.purpose(), list) {
        (Purpose::Sanctions | Purpose::Debarment, _) => {
            let entries: Result<Vec<ListEntry>, _> =
                change.come.iter().map(|row| serde_json::from_str(&row.body)).collect();
            let entries = entries.map_err(|_shape| StoreError::Corrupt("list entry"))?;
            let threshold = app.policies.at(app.clock.now())?.policy.screening_threshold();
            Ok(Some(Touch::Names { index: Box::new(ListIndex::build(&entries)), threshold }))
        }
        (Purpose::Register, List::Rmd | List::RmdRemovals) => {
            let come = change.come.iter().map(|row| row.reference.clone());
            Ok(Some(Touch::Frns(come.chain(change.gone.iter().cloned()).collect())))
        }
        _ => Ok(None),
    }
}

impl Touch {
    fn touches(&self, profile: &Profile) -> bool {
        match self {
            Self::Names { index, .. } if index.is_empty() => false,
            Self::Names { index, threshold } => {
                let names = claims(profile).into_iter().filter(|c| c.kind == Kind::Sanctions);
                names.into_iter().any(|claim| {
                    let party = Party::named_by(&claim.subject);
                    // What cannot be read is no pass: its own check says so.
                    index
                        .screen(claim.text.expose(), party, *threshold)
                        .is_ok_and(|h| !h.is_empty())
                })
            }
            Self::Frns(changed) => {
                let frns = profile.identifiers.iter().filter(|id| id.kind == IdentifierKind::Frn);
                frns.into_iter().any(|id| changed.contains(&frn(id.value.expose())))
            }
        }
    }
}

/// The ten digits that the register's rows go by.
pub(super) fn frn(value: &str) -> String {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    format!("{digits:0>10}")
}

impl Reach {
    /// Whether nobody was looked at, because the list is none that customers are checked against
    /// in the whole.
    pub(super) const fn is_idle(&self) -> bool {
        self.seen == 0
    }

    /// Asks for the checks of everybody whom the change touches, and of those who changed while the
    /// pass went on; in the transaction that puts the list into force.
    pub(super) async fn request(&self, tx: &mut Tx) -> Result<u64, AppError> {
        let mut all = self.customers.clone();
        let since = tx.customers_since(self.began.minus(SKEW)).await?;
        all.extend(since.into_iter().map(|(id,)| id));
        for id in &all {
            let (waiting,) = tx.job_waits(RUN_CHECKS, id.0).await?;
            if waiting == 0 {
                let (job, now) = (JobId(tx.clock().id()), tx.now());
                tx.job_add(job, RUN_CHECKS, id.0, now, now).await?;
            }
        }
        Ok(all.len() as u64)
    }
}

/// What the change would lower: the ACTIVE customers it touches, and the numbers they claim. A single
/// customer is one event, however many numbers it has.
pub(super) async fn lowers(app: &App, reach: &Reach) -> Result<Lowers, AppError> {
    let active = reach.active.clone();
    let customers = active.len() as u64;
    if customers < 2 {
        return Ok(Lowers { numbers: 0, customers });
    }
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let mut numbers = 0;
            for customer in active {
                numbers += tx.numbers_claimed(customer).await?.0;
            }
            Ok(Lowers { numbers: u64::try_from(numbers).unwrap_or(0), customers })
        })
        .await
}
