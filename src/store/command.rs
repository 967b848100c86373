//! Commands: one transaction each, in a task that outlives the caller, run again whole when others
//! were in the way.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::engine::{Mode, Store, take_home};
use super::error::{Again, StoreError};
use super::idempotency::Claim;
use super::tx::Tx;
use crate::domain::access::Principal;
use crate::domain::command::write::Write;
use crate::domain::time::Ts;

/// How often a command is begun before it gives up.
const ATTEMPTS: u32 = 6;

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

    /// The answer holds a secret that is shown once: a retry is told so instead.
    #[must_use]
    pub fn secret(mut self) -> Self {
        if let Some(key) = &mut self.key {
            key.secret = true;
        }
        self
    }
}

/// How one run of a command ended.
enum Run<T, E> {
    Done(T),
    Refused(E),
    Again { error: StoreError, floor: Ts },
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
        let store = self.clone();
        let task = async move { store.rerun(&meta, &run).await };
        let joined = tokio::spawn(task.in_current_span()).await;
        joined.unwrap_or_else(|_panic| Err(StoreError::Defect("a command did not end").into()))
    }

    /// Reads in one snapshot. `run` is called once; its transaction changes nothing.
    pub async fn read<T, E, F, Fut>(&self, run: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(Tx) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let store = self.clone();
        let task = async move {
            let begun = store.begin(Mode::Snapshot, "system:read".to_owned(), Ts::NEVER).await;
            let (tx, home) = begun.map_err(|(error, _)| error)?;
            let done = run(tx).await;
            // A connection that cannot end its transaction is closed by its lease.
            drop(take_home(&home)?.0.end("ROLLBACK").await);
            done
        };
        let joined = tokio::spawn(task.in_current_span()).await;
        joined.unwrap_or_else(|_panic| Err(StoreError::Defect("a read did not end").into()))
    }

    async fn rerun<T, E, F, Fut>(&self, meta: &Meta, run: &F) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<StoreError>,
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let mut floor = Ts::NEVER;
        let mut last = StoreError::Busy;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(self.pause(attempt)).await;
            }
            match self.run_once(meta, run, floor).await {
                Run::Done(answer) => return Ok(answer),
                Run::Refused(refusal) => return Err(refusal),
                Run::Again { error, floor: seen } => {
                    last = error;
                    floor = floor.max(seen);
                }
            }
        }
        Err(last.into())
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

    async fn run_once<T, E, F, Fut>(&self, meta: &Meta, run: &F, floor: Ts) -> Run<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<StoreError>,
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let (mut tx, home) = match self.begin(Mode::Write, meta.actor.clone(), floor).await {
            Ok(begun) => begun,
            Err((error, again)) => return stopped(error, again, floor),
        };
        if let Some(key) = &meta.key {
            match tx.claim(&meta.actor, key).await {
                Ok(Claim::Fresh) => {}
                Ok(Claim::Happened(bytes)) => {
                    drop(tx);
                    self.roll_back(&home).await;
                    return serde_json::from_slice(&bytes).map_or_else(
                        |_shape| Run::Refused(StoreError::Corrupt("answer").into()),
                        Run::Done,
                    );
                }
                Err(error) => {
                    let again = tx.course.as_ref().and_then(|c| c.again).unwrap_or(Again::No);
                    drop(tx);
                    self.roll_back(&home).await;
                    return stopped(error, again, floor);
                }
            }
        }
        let done = run(tx).await;
        let (conn, course) = match take_home(&home) {
            Ok(ended) => ended,
            Err(kept) => return Run::Refused(kept.into()),
        };
        if let Some(again) = course.again {
            drop(conn.end("ROLLBACK").await);
            let error =
                if again == Again::Rerun { StoreError::Busy } else { StoreError::Unavailable };
            return Run::Again { error, floor };
        }
        if course.outrun {
            drop(conn.end("ROLLBACK").await);
            return Run::Again { error: StoreError::Busy, floor: course.seen };
        }
        let answer = match done {
            Ok(answer) if !course.failed && !meta.validate_only => answer,
            Ok(answer) => {
                drop(conn.end("ROLLBACK").await);
                return if course.failed {
                    Run::Refused(StoreError::Defect("a failed statement was passed over").into())
                } else {
                    Run::Done(answer)
                };
            }
            Err(refusal) => {
                drop(conn.end("ROLLBACK").await);
                return Run::Refused(refusal);
            }
        };
        let entries = course.entries;
        let mut tx = self.resume(conn, course, &home);
        if let Some(key) = &meta.key {
            let bytes = serde_json::to_vec(&answer)
                .map_err(|_shape| StoreError::Defect("an answer cannot be kept"));
            let kept = match bytes {
                Ok(bytes) => tx.remember(&meta.actor, key, &bytes).await,
                Err(error) => Err(error),
            };
            if let Err(error) = kept {
                let again = tx.course.as_ref().and_then(|c| c.again).unwrap_or(Again::No);
                drop(tx);
                self.roll_back(&home).await;
                return stopped(error, again, floor);
            }
        }
        drop(tx);
        self.commit(meta, &home, entries, floor)
            .await
            .map_or_else(|run| run, |()| Run::Done(answer))
    }

    async fn commit<T, E: From<StoreError>>(
        &self,
        meta: &Meta,
        home: &super::tx::Home,
        entries: u32,
        floor: Ts,
    ) -> Result<(), Run<T, E>> {
        let (conn, _course) = take_home(home).map_err(|kept| Run::Refused(kept.into()))?;
        match conn.end("COMMIT").await {
            Ok(()) => {
                if entries > 0 {
                    self.0.wake.committed();
                }
                Ok(())
            }
            // Whether it was committed is not known. With a key the next run finds out; without
            // one only the caller can.
            Err((_, Again::Reconnect)) if meta.key.is_none() => {
                Err(Run::Refused(StoreError::Unknown.into()))
            }
            Err((error, again)) => Err(stopped(error, again, floor)),
        }
    }

    fn resume(
        &self,
        conn: super::tx::Conn,
        course: super::tx::Course,
        home: &super::tx::Home,
    ) -> Tx {
        Tx {
            conn,
            course: Some(course),
            clock: self.0.clock.clone(),
            sealer: Arc::clone(&self.0.sealer),
            data_keys: std::collections::BTreeMap::new(),
            home: Arc::clone(home),
        }
    }

    async fn roll_back(&self, home: &super::tx::Home) {
        if let Ok((conn, _course)) = take_home(home) {
            // A connection that cannot end its transaction is closed by its lease.
            drop(conn.end("ROLLBACK").await);
        }
    }
}

fn stopped<T, E: From<StoreError>>(error: StoreError, again: Again, floor: Ts) -> Run<T, E> {
    match again {
        Again::Rerun | Again::Reconnect => Run::Again { error, floor },
        Again::No => Run::Refused(error.into()),
    }
}
