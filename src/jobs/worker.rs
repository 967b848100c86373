//! Runs what commands asked for: checks and deliveries. A job is claimed for a lease; a worker that
//! dies leaves it to another one.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::challenge::DELIVER;
use crate::app::check::{ASK_SOURCES, CHECK_ENDED, RUN_CHECKS};
use crate::app::delegation::{self, RELINK};
use crate::app::operation::{self, WATCH};
use crate::app::recategorise::{self, RECATEGORISE};
use crate::app::{App, AppError, check, deliver};
use crate::domain::ids::{CustomerId, ListVersionId, OperationId};
use crate::domain::time::Span;
use crate::store::Meta;
use crate::store::job::JobRow;

/// How often an idle worker looks.
const LOOK: Duration = Duration::from_millis(250);
/// How long a job may take before another worker takes it over.
const LEASE: Span = Span::secs(60);
/// Tries before a job is given up.
const TRIES: i64 = 8;
/// The pause after the first failure; it doubles.
const PAUSE: Span = Span::secs(2);

/// What became of a job.
enum Ending {
    Done(&'static str),
    Again(&'static str),
    Failed(&'static str),
}

/// Which jobs a worker takes. Deliveries and sources wait for other machines: nothing that lowers
/// trust may wait for those, nor a code for a slow register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Deliveries only.
    Deliveries,
    /// Questions to outside parties only.
    Sources,
    /// Everything else.
    Rest,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Self; 3] = [Self::Deliveries, Self::Sources, Self::Rest];

    /// The word that the statements know it by.
    const fn word(self) -> &'static str {
        match self {
            Self::Deliveries => "DELIVERIES",
            Self::Sources => "SOURCES",
            Self::Rest => "REST",
        }
    }
}

/// Works until it is told to stop.
pub async fn run(app: App, name: String, lane: Lane, stop: CancellationToken) {
    let mut commits = app.store.wake().commits();
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        match step(&app, &name, lane).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(why) => tracing::warn!(%why, "a job could not be taken or reported"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            _ = commits.changed() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Does one job; `false` when none waits.
async fn step(app: &App, name: &str, lane: Lane) -> Result<bool, AppError> {
    let (now, worker) = (app.clock.now(), name.to_owned());
    let lane = lane.word();
    let waits = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { Ok(tx.jobs_ready(now, lane).await?) })
        .await?;
    if waits.0 == 0 {
        return Ok(false);
    }
    let claimed = app
        .store
        .command(Meta::system("worker"), move |mut tx| {
            let worker = worker.clone();
            async move {
                let lease = now.plus(LEASE);
                Ok::<_, AppError>(tx.job_claim(now, &worker, lease, lane).await?)
            }
        })
        .await?;
    let Some(job) = claimed else { return Ok(false) };
    let ending = work(app, &job).await;
    report(app, job, ending).await?;
    Ok(true)
}

async fn work(app: &App, job: &JobRow) -> Ending {
    let Some(subject) = job.subject else { return Ending::Failed("NO_SUBJECT") };
    match job.kind.as_str() {
        RUN_CHECKS => {
            if let Err(why) = app.lists.follow(&app.store).await {
                tracing::warn!(%why, "the lists could not be followed");
            }
            match check::run(app, CustomerId(subject)).await {
                Ok(()) => Ending::Done("RUN"),
                Err(why) => {
                    tracing::warn!(%why, "checks could not be run");
                    Ending::Again("CHECKS_FAILED")
                }
            }
        }
        ASK_SOURCES => {
            told(check::ask_sources(app, CustomerId(subject)).await, "ASKED", "SOURCES_FAILED")
        }
        CHECK_ENDED => told(check::ended(app, CustomerId(subject)).await, "LOOKED", "LOOK_FAILED"),
        DELIVER => match deliver::deliver(app, subject).await {
            Ok(Ok(())) => Ending::Done("SENT"),
            Ok(Err(error)) if error.may_retry() => Ending::Again(error.reason()),
            Ok(Err(error)) => {
                tracing::warn!(reason = error.reason(), "a code could not be delivered");
                Ending::Failed(error.reason())
            }
            Err(why) => {
                tracing::warn!(%why, "a code could not be prepared");
                Ending::Again("PREPARATION_FAILED")
            }
        },
        RELINK => {
            let relinked = delegation::relink_after(app, CustomerId(subject)).await;
            told(relinked, "RELINKED", "RELINK_FAILED")
        }
        WATCH => {
            told(operation::give_up(app, OperationId(subject)).await, "WATCHED", "WATCH_FAILED")
        }
        RECATEGORISE => match recategorise::run(app, ListVersionId(subject)).await {
            Ok(false) => Ending::Again("NOT_FOLLOWED"),
            judged => told(judged, "RECATEGORISED", "RECATEGORISE_FAILED"),
        },
        _ => Ending::Failed("UNKNOWN_KIND"),
    }
}

/// A job that is tried again where it fails.
fn told<T>(ended: Result<T, AppError>, done: &'static str, failed: &'static str) -> Ending {
    match ended {
        Ok(_ended) => Ending::Done(done),
        Err(why) => {
            tracing::warn!(%why, job = failed, "a job failed and is tried again");
            Ending::Again(failed)
        }
    }
}

async fn report(app: &App, job: JobRow, ending: Ending) -> Result<(), AppError> {
    let now = app.clock.now();
    app.store
        .command(Meta::system("worker"), move |mut tx| {
            let (id, fence) = (job.id, job.fence);
            let (state, outcome) = match ending {
                Ending::Done(outcome) => ("DONE", outcome),
                Ending::Failed(outcome) => ("FAILED", outcome),
                Ending::Again(outcome) if job.attempts >= TRIES => ("FAILED", outcome),
                Ending::Again(outcome) => ("READY", outcome),
            };
            let pause = Span(PAUSE.0 << job.attempts.clamp(1, TRIES));
            async move {
                if state == "READY" {
                    tx.job_again(id, fence, now.plus(pause), outcome).await?;
                } else {
                    tx.job_end(id, fence, state, outcome, now).await?;
                }
                Ok::<_, AppError>(())
            }
        })
        .await
}
