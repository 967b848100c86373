//! Keeps the table in step with the journal: loads it, follows every entry by position, and proves
//! how fresh it is by the beat.
//!
//! Loading needs no long snapshot: the journal only grows, and of each subject the latest entry
//! with a position is read, page after page; what is numbered meanwhile comes later in the order.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::credentials::Credentials;
use super::live::Live;
use super::numbering;
use super::watch::{Change, Event};
use crate::clock::Clock;
use crate::domain::access::{KeyFacts, UserFacts};
use crate::domain::attestation::AttestationPolicy;
use crate::domain::facts::Facts;
use crate::domain::ids::EpochId;
use crate::domain::numbering::Book;
use crate::domain::time::Mono;
use crate::store::feed::FactsEntry;
use crate::store::{Store, StoreError};
use crate::table::{Applied, Table, TableEvent};

/// Entries of one read.
const PAGE: u32 = 1_000;
/// How often the head is looked at where nobody says that it moved.
const LOOK: Duration = Duration::from_millis(200);
/// How often watchers hear a sign of life.
const BEAT: Duration = Duration::from_millis(500);
/// How long to wait after the store could not be read.
const RETRY: Duration = Duration::from_millis(250);

/// What the feed needs.
#[derive(Debug)]
pub struct Feed {
    store: Store,
    clock: Clock,
    live: Arc<Live>,
    credentials: Arc<Credentials>,
}

/// Where one table stands.
struct Course {
    table: Arc<Table>,
    epoch: EpochId,
    cursor: u64,
    /// What numbering lists say at the cursor; the table holds a copy.
    book: Book,
    /// The beat seen last, and when it was looked at.
    beat: Option<(u64, Mono)>,
    beat_told: Option<Mono>,
}

/// Why a course ends.
enum Ended {
    /// The store could not be read.
    Store(StoreError),
    /// The store is another one, or the table cannot take it: begin anew.
    Rebuild(&'static str),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Feed {
    /// A feed from `store` into `live` and `credentials`.
    pub const fn new(
        store: Store,
        clock: Clock,
        live: Arc<Live>,
        credentials: Arc<Credentials>,
    ) -> Self {
        Self { store, clock, live, credentials }
    }

    /// Follows the journal until told to stop. A store that cannot be read leaves the table as it
    /// is: it grows old, and says so.
    pub async fn run(self, stop: CancellationToken) {
        let mut first = true;
        loop {
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                ended = self.course(first) => ended,
            };
            first = false;
            match ended {
                Ended::Store(why) => tracing::warn!(%why, "the table could not be loaded"),
                Ended::Rebuild(why) => tracing::warn!(why, "the table is built anew"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// One table from its first entry to its end.
    async fn course(&self, first: bool) -> Ended {
        let mut course = match self.load().await {
            Ok(course) => course,
            Err(ended) => return ended,
        };
        self.live.replace(Arc::clone(&course.table), course.epoch);
        if !first {
            self.live.hub.tell(Event { position: course.cursor, change: Change::Reset });
        }
        tracing::info!(position = course.cursor, "the table is loaded");
        let mut head = self.store.wake().head();
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            match self.follow(&mut course).await {
                Ok(()) => {}
                Err(Ended::Store(why)) => {
                    tracing::warn!(%why, "the journal could not be read; the table grows old");
                    tokio::time::sleep(RETRY).await;
                }
                Err(ended @ Ended::Rebuild(_)) => return ended,
            }
            self.beat(&mut course);
            tokio::select! {
                _ = tick.tick() => {}
                moved = head.changed() => {
                    if moved.is_err() {
                        return Ended::Rebuild("the store was closed");
                    }
                }
            }
        }
    }

    /// Builds a table from the latest facts of every subject, and catches up to the head seen
    /// after that.
    async fn load(&self) -> Result<Course, Ended> {
        let epoch = self.store.head().await?.epoch;
        let table = Arc::new(Table::new(AttestationPolicy::default()));
        let book = Book::default();
        let mut course = Course { table, epoch, cursor: 0, book, beat: None, beat_told: None };
        let (mut keys, mut users) = (Vec::new(), Vec::new());
        let mut lists = numbering::Turns::default();
        loop {
            let page = self.store.latest_facts_after(course.cursor, PAGE).await?;
            let Some(last) = page.last() else { break };
            course.cursor = last.seq;
            for entry in page {
                remember(&entry, &mut keys, &mut users);
                lists.see(&entry);
                fit(&course.table, entry)?;
            }
        }
        self.credentials.replace(keys, users);
        let head = self.store.head().await?;
        while course.cursor < head.seq {
            let page = self.store.facts_after(course.cursor, PAGE).await?;
            let Some(last) = page.last() else { break };
            course.cursor = last.seq;
            for entry in page {
                lists.see(&entry);
                self.take(&course, entry)?;
            }
        }
        course.book = numbering::build(&self.store, lists, course.cursor).await?;
        course.table.begin_with(Arc::new(course.book.clone()));
        self.live.now(self.clock.now().max(head.sequenced_at));
        course.table.mark_loaded(course.cursor);
        Ok(course)
    }

    /// Applies everything up to the head, and takes the beat as proof.
    async fn follow(&self, course: &mut Course) -> Result<(), Ended> {
        let looked = self.clock.mono();
        let head = self.store.head().await?;
        if head.epoch != course.epoch {
            return Err(Ended::Rebuild("the store has another epoch"));
        }
        if head.seq < course.cursor {
            return Err(Ended::Rebuild("the journal is shorter than it was"));
        }
        let now = self.live.now(self.clock.now().max(head.sequenced_at));
        while course.cursor < head.seq {
            let page = self.store.facts_after(course.cursor, PAGE).await?;
            let Some(last) = page.last() else { break };
            let reached = last.seq;
            let events: Vec<_> = page.iter().filter_map(|entry| Event::of(entry, now)).collect();
            for entry in page {
                if let Some(turn) = numbering::turn_of(&entry) {
                    numbering::follow(&self.store, &mut course.book, &entry, turn).await?;
                    let book = Arc::new(course.book.clone());
                    turned(&course.table, entry, book);
                } else {
                    self.take(course, entry)?;
                }
            }
            course.cursor = reached;
            course.table.mark_loaded(reached);
            self.live.moved(reached);
            for event in events {
                self.live.hub.tell(event);
            }
        }
        // The beat grew at some time after the look before this one; nothing later is proved by it.
        match course.beat {
            Some((beat, before)) if head.beat > beat => {
                course.table.mark_fresh(course.cursor, before);
                self.live.moved(course.cursor);
                course.beat = Some((head.beat, looked));
            }
            Some((beat, _before)) => course.beat = Some((beat, looked)),
            None => course.beat = Some((head.beat, looked)),
        }
        Ok(())
    }

    fn take(&self, course: &Course, entry: FactsEntry) -> Result<(), Ended> {
        match &entry.facts {
            Some(Facts::Key(key)) => self.credentials.apply_key(key.clone()),
            Some(Facts::User(user)) => self.credentials.apply_user(user.clone()),
            Some(_) | None => {}
        }
        fit(&course.table, entry)
    }

    /// A sign of life for watchers, with the age of what they were told.
    fn beat(&self, course: &mut Course) {
        let now = self.clock.mono();
        let due = course.beat_told.is_none_or(|told| {
            now.since(told).0 >= i64::try_from(BEAT.as_micros()).unwrap_or(i64::MAX)
        });
        if due {
            course.beat_told = Some(now);
            let age = course.table.freshness(now).age;
            self.live.hub.tell(Event { position: course.cursor, change: Change::Beat(age) });
        }
    }
}

fn remember(entry: &FactsEntry, keys: &mut Vec<KeyFacts>, users: &mut Vec<UserFacts>) {
    match &entry.facts {
        Some(Facts::Key(key)) => keys.push(key.clone()),
        Some(Facts::User(user)) => users.push(user.clone()),
        Some(_) | None => {}
    }
}

fn turned(table: &Table, entry: FactsEntry, book: Arc<Book>) {
    let FactsEntry { seq, subject, revision, facts, .. } = entry;
    let Some(facts) = facts else { return };
    table.apply_book(&TableEvent { position: seq, subject, revision, facts }, book);
}

fn fit(table: &Table, entry: FactsEntry) -> Result<(), Ended> {
    let FactsEntry { seq, subject, revision, facts, .. } = entry;
    let Some(facts) = facts else { return Ok(()) };
    match table.apply(&TableEvent { position: seq, subject, revision, facts }) {
        Applied::Changed | Applied::Known => Ok(()),
        Applied::Unfit => Err(Ended::Rebuild("the table has no room left")),
    }
}
