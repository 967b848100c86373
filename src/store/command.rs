//! Commands: one transaction each, in a task that outlives the caller, run again whole when others
//! were in the way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::engine::{Mode, Store, take_home};
use super::error::{Again, StoreError};
use super::failpoint::failpoint;
use super::idempotency::Claim;
use super::tx::{Conn, Course, Home, Tx};
use crate::domain::access::Principal;
use crate::domain::command::write::Write;
use crate::domain::time::{Span, Ts};

/// How often a command is run again because others were in the way.
const RERUNS: u32 = 5;

/// How often it is run again because it met a row later than its own instant.
const OUTRUNS: u32 = 12;

/// Names one write for [`Store::command`].
#[derive(Clone, Debug)]
pub struct Meta {
    actor: String,
    key: Option<Key>,
    validate_only: bool,
}

/// The idempotency key, within its principal.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) call: &'static str,
    pub(super) request_id: String,
    pub(super) body: [u8; 32],
    pub(super) secret: bool,
}

impl Meta {
    /// A write that a caller asked for.
    pub fn write(who: &Principal, write: &Write) -> Self {
        let key = Key {
            call: write.call,
            request_id: write.request_id.clone(),
            body: write.body,
            secret: false,
        };
        Self {
            actor: who.actor.to_string(),
            key: (!write.validate_only && !write.request_id.is_empty()).then_some(key),
            validate_only: write.validate_only,
        }
    }

    /// A write of one of the service's own jobs, such as `expiry`. It can be repeated without harm
    /// by itself, so it has no key.
    pub fn system(job: &'static str) -> Self {
        Self { actor: Principal::system(job).actor.to_string(), key: None, validate_only: false }
    }

    /// A write that goes on with what somebody asked for before, in that one's name. It can be
    /// repeated without harm by itself, so it has no key.
    pub fn on_behalf(actor: &str) -> Self {
        Self { actor: actor.to_owned(), key: None, validate_only: false }
    }

    /// Whether nothing of it will stay: what is written is taken back.
    pub const fn is_dry(&self) -> bool {
        self.validate_only
    }

    /// The answer holds a secret that is shown once: a retry is told so instead.
    #[must_use]
    pub fn secret(mut self) -> Self {
        if let Some(key) = &mut self.key {
            key.secret = true;
        }
        self
    }
}

/// What a closure said of one run; its typed result lies in a slot beside.
enum Said {
    /// An answer, with the bytes to keep where the write has a key.
    Answer(Result<Vec<u8>, StoreError>),
    /// A refusal.
    Refusal,
}

/// A closure without its types: the machinery below is compiled once, not once a use case.
type Body = Box<dyn Fn(Tx) -> BoxFuture<'static, Said> + Send + Sync>;

/// How a command ended.
enum Ended {
    /// The closure's own result stands.
    Said,
    /// The same write happened before; the bytes of its answer.
    Happened(Vec<u8>),
}

/// Why one run did not end the command.
enum Stop {
    /// Running it again may help.
    Again(StoreError),
    /// A row later than the command's instant was met: begin again after it.
    Outrun(Ts),
    /// It would not.
    Failed(StoreError),
}

type Slot<R> = Arc<Mutex<Option<R>>>;

fn put<R>(slot: &Slot<R>, result: R) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
}

fn take<R>(slot: &Slot<R>) -> Result<R, StoreError> {
    let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    result.ok_or(StoreError::Defect("a command gave no result"))
}

impl Store {
    /// Runs `run` in one transaction and commits it with its idempotency key and journal entries.
    ///
    /// It runs to its end even when the caller hangs up. `run` is called again, from nothing, when
    /// the database says that others were in the way; it must do nothing outside of its
    /// transaction. What it returns as an error is rolled back and not remembered.
    pub async fn command<T, E, F, Fut>(&self, meta: Meta, run: F) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let slot: Slot<Result<T, E>> = Slot::default();
        let said = Arc::clone(&slot);
        let kept = meta.key.as_ref().is_some_and(|key| !key.secret);
        let body: Body = Box::new(move |tx| {
            let (said, running) = (Arc::clone(&said), run(tx));
            Box::pin(async move {
                let done = running.await;
                let heard = match &done {
                    Ok(answer) if kept => Said::Answer(
                        serde_json::to_vec(answer)
                            .map_err(|_shape| StoreError::Defect("an answer cannot be kept")),
                    ),
                    Ok(_) => Said::Answer(Ok(Vec::new())),
                    Err(_) => Said::Refusal,
                };
                put(&said, done);
                heard
            })
        });
        match self.run_detached(meta, body).await? {
            Ended::Said => take(&slot)?,
            Ended::Happened(bytes) => {
                Ok(serde_json::from_slice(&bytes)
                    .map_err(|_shape| StoreError::Corrupt("answer"))?)
            }
        }
    }

    /// Reads in one snapshot. `run` is called once; its transaction changes nothing.
    pub async fn read<T, E, F, Fut>(&self, run: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let slot: Slot<Result<T, E>> = Slot::default();
        let said = Arc::clone(&slot);
        let body = Box::new(move |tx| -> BoxFuture<'static, ()> {
            let running = run(tx);
            Box::pin(async move { put(&said, running.await) })
        });
        self.read_detached(body).await?;
        take(&slot)?
    }

    async fn run_detached(&self, meta: Meta, body: Body) -> Result<Ended, StoreError> {
        let store = self.clone();
        let task = async move { store.rerun(&meta, &body).await };
        let joined = tokio::spawn(task.in_current_span()).await;
        joined.unwrap_or(Err(StoreError::Defect("a command did not end")))
    }

    async fn read_detached(
        &self,
        body: Box<dyn FnOnce(Tx) -> BoxFuture<'static, ()> + Send>,
    ) -> Result<(), StoreError> {
        let store = self.clone();
        let task = async move {
            let begun = store.begin(Mode::Snapshot, "system:read".to_owned(), Ts::NEVER).await;
            let (tx, home) = begun.map_err(|(error, _)| error)?;
            body(tx).await;
            store.roll_back(&home).await;
            Ok(())
        };
        let joined = tokio::spawn(task.in_current_span()).await;
        joined.unwrap_or(Err(StoreError::Defect("a read did not end")))
    }

    async fn rerun(&self, meta: &Meta, body: &Body) -> Result<Ended, StoreError> {
        let mut floor = Ts::NEVER;
        let (mut reruns, mut outruns) = (0, 0);
        loop {
            match self.run_once(meta, body, floor).await {
                Ok(ended) => return Ok(ended),
                Err(Stop::Failed(error)) => {
                    self.note_disk(&error);
                    return Err(error);
                }
                // An instance whose clock is behind follows the others' instants; each time it
                // leaps a little further, so that it gets in front of them.
                Err(Stop::Outrun(seen)) if outruns < OUTRUNS => {
                    floor = floor.max(seen).plus(Span::micros(1_000 << outruns));
                    outruns += 1;
                }
                Err(Stop::Again(_)) if reruns < RERUNS => {
                    reruns += 1;
                    tokio::time::sleep(self.pause(reruns)).await;
                }
                Err(Stop::Outrun(_)) => return Err(StoreError::Busy),
                Err(Stop::Again(error)) => return Err(error),
            }
        }
    }

    /// Grows with the attempt, and differs between those that met.
    fn pause(&self, attempt: u32) -> Duration {
        let mut jitter = [0_u8; 1];
        let scale = match self.0.clock.random(&mut jitter) {
            Ok(()) => 64 + u64::from(jitter[0]),
            Err(_) => 128,
        };
        Duration::from_micros((scale << attempt.min(8)) * 16)
    }

    async fn run_once(&self, meta: &Meta, body: &Body, floor: Ts) -> Result<Ended, Stop> {
        let begun = self.begin(Mode::Write, meta.actor.clone(), floor).await;
        let (mut tx, home) = begun.map_err(|(error, again)| stopped(error, again))?;
        failpoint!(self.0.failpoints, Begun);
        if let Some(key) = &meta.key {
            let claimed = tx.claim(&meta.actor, key).await;
            if !matches!(claimed, Ok(Claim::Fresh)) {
                let again = tx.may_help();
                drop(tx);
                self.roll_back(&home).await;
                return match claimed {
                    Ok(Claim::Happened(bytes)) => Ok(Ended::Happened(bytes)),
                    Ok(Claim::Fresh) => Err(Stop::Failed(StoreError::Busy)),
                    Err(error) => Err(stopped(error, again)),
                };
            }
        }
        failpoint!(self.0.failpoints, KeyClaimed);
        let said = body(tx).await;
        let (conn, course) = take_home(&home).map_err(Stop::Failed)?;
        let ready = match settle(said, &course, meta) {
            Ok(bytes) => bytes,
            Err(stop) => {
                // A connection that cannot end its transaction is closed by its lease.
                drop(conn.end("ROLLBACK").await);
                return stop.map_or(Ok(Ended::Said), Err);
            }
        };
        failpoint!(self.0.failpoints, StateWritten);
        let entries = course.written.len();
        let mut tx = self.resume(conn, course, &home);
        if let Some(key) = &meta.key
            && let Err(error) = tx.remember(&meta.actor, key, &ready).await
        {
            let again = tx.may_help();
            drop(tx);
            self.roll_back(&home).await;
            return Err(stopped(error, again));
        }
        drop(tx);
        failpoint!(self.0.failpoints, AnswerKept);
        self.commit(meta, &home).await?;
        failpoint!(self.0.failpoints, Committed);
        if entries > 0 {
            self.0.wake.committed();
        }
        Ok(Ended::Said)
    }

    async fn commit(&self, meta: &Meta, home: &Home) -> Result<(), Stop> {
        let (conn, _course) = take_home(home).map_err(Stop::Failed)?;
        conn.end("COMMIT").await.map_err(|(error, again)| match again {
            // Whether it was committed is not known. With a key the next run finds out; without
            // one only the caller can.
            Again::Reconnect if meta.key.is_none() => Stop::Failed(StoreError::Unknown),
            again => stopped(error, again),
        })
    }

    fn resume(&self, conn: Conn, course: Course, home: &Home) -> Tx {
        Tx {
            conn,
            course: Some(course),
            clock: self.0.clock.clone(),
            sealer: Arc::clone(&self.0.sealer),
            data_keys: std::collections::BTreeMap::new(),
            home: Arc::clone(home),
            #[cfg(feature = "failpoints")]
            failpoints: Arc::clone(&self.0.failpoints),
        }
    }

    async fn roll_back(&self, home: &Home) {
        if let Ok((conn, _course)) = take_home(home) {
            // A connection that cannot end its transaction is closed by its lease.
            drop(conn.end("ROLLBACK").await);
        }
    }
}

/// What follows from a run: the bytes to keep with the key, or nothing to commit and why; `None`
/// where the closure's own result stands all the same.
fn settle(said: Said, course: &Course, meta: &Meta) -> Result<Vec<u8>, Option<Stop>> {
    match course.again {
        Some(Again::Rerun) => return Err(Some(Stop::Again(StoreError::Busy))),
        Some(Again::Reconnect) => {
            return Err(Some(Stop::Again(StoreError::Unavailable)));
        }
        Some(Again::Never) => return Err(Some(Stop::Failed(StoreError::Disk))),
        Some(Again::No) | None => {}
    }
    if course.outrun {
        return Err(Some(Stop::Outrun(course.seen)));
    }
    match said {
        Said::Refusal => Err(None),
        Said::Answer(_) if course.failed => {
            Err(Some(Stop::Failed(StoreError::Defect("a failed statement was passed over"))))
        }
        Said::Answer(_) if meta.validate_only => Err(None),
        Said::Answer(bytes) => bytes.map_err(|error| Some(Stop::Failed(error))),
    }
}

fn stopped(error: StoreError, again: Again) -> Stop {
    match again {
        Again::Rerun | Again::Reconnect => Stop::Again(error),
        Again::No | Again::Never => Stop::Failed(error),
    }
}
