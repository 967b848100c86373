//! One watcher: first what it missed, then what happens.

use std::sync::Arc;

use futures_util::Stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::Sender;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::attestation::AttestationApi;
use super::status;
use crate::answer::watch::{Change, Event, ResumeToken};
use crate::app::AppError;
use crate::domain::number::Tn;
use crate::telemetry::metrics::Metrics;
use crate::wire::pb;
use crate::wire::pb::watch_changes_response::Event as Told;

/// Entries that are read again for a watcher that comes back; one that missed more begins anew.
const MOST_MISSED: u64 = 10_000;
/// Entries of one read.
const PAGE: u32 = 500;
/// Messages that may wait for the watcher's connection beside the ring.
const SEND: usize = 16;
/// Most trunks that one watcher may name.
const MOST_TRUNKS: usize = 1_000;

type Messages = Sender<Result<pb::WatchChangesResponse, Status>>;

/// The watcher is gone.
struct Gone;

/// Begins to watch.
pub fn open(
    api: AttestationApi,
    request: pb::WatchChangesRequest,
) -> Result<impl Stream<Item = Result<pb::WatchChangesResponse, Status>> + Send, Status> {
    let resume = match request.resume_token.as_str() {
        "" => None,
        text => Some(text.parse::<ResumeToken>().map_err(|why| {
            status::of(AppError::field("resume_token", "BAD_TOKEN", why.to_string()))
        })?),
    };
    if request.trunks.len() > MOST_TRUNKS {
        let fault = AppError::field("trunks", "TOO_MANY", "name at most 1,000 trunks, or none");
        return Err(status::of(fault));
    }
    let events = api.app.live.hub.listen();
    let (messages, stream) = tokio::sync::mpsc::channel(SEND);
    let watcher = Watcher { api, trunks: request.trunks, messages, position: 0 };
    tokio::spawn(async move {
        let metrics = Arc::clone(&watcher.api.metrics);
        metrics.watchers.inc();
        // The watcher went away or was cut: there is nobody left to tell.
        drop(watcher.run(resume, events).await);
        metrics.watchers.dec();
    });
    Ok(ReceiverStream::new(stream))
}

struct Watcher {
    api: AttestationApi,
    trunks: Vec<String>,
    messages: Messages,
    /// Everything up to here was told.
    position: u64,
}

impl Watcher {
    async fn run(
        mut self,
        resume: Option<ResumeToken>,
        mut events: Receiver<Event>,
    ) -> Result<(), Gone> {
        self.position = self.api.app.live.table().position();
        if let Some(resume) = resume {
            self.catch_up(resume).await?;
        }
        self.tell(Told::Beat(pb::Beat { age: self.age() })).await?;
        let stopping = self.api.app.stopping.clone();
        loop {
            let event = tokio::select! {
                () = self.messages.closed() => return Err(Gone),
                () = stopping.cancelled() => return self.leave().await,
                event = events.recv() => event,
            };
            match event {
                Ok(event) => self.pass_on(event).await?,
                Err(RecvError::Closed) => return Ok(()),
                Err(RecvError::Lagged(_missed)) => return self.cut(&self.api.metrics).await,
            }
        }
    }

    /// Tells what happened since the token, or that everything must be dropped.
    async fn catch_up(&mut self, resume: ResumeToken) -> Result<(), Gone> {
        let now = self.position;
        if resume.epoch != self.api.app.live.epoch() || resume.position > now {
            return self.reset("OTHER_STORE").await;
        }
        if now - resume.position > MOST_MISSED {
            return self.reset("TOKEN_TOO_OLD").await;
        }
        let mut cursor = resume.position;
        while cursor < now {
            let Ok(page) = self.api.app.store.facts_after(cursor, PAGE).await else {
                return self.reset("STORE_UNREACHABLE").await;
            };
            let Some(last) = page.last() else { break };
            cursor = last.seq;
            let at = self.api.app.live.now(self.api.app.clock.now());
            for entry in page.iter().filter(|entry| entry.seq <= now) {
                self.position = entry.seq;
                if let Some(event) = Event::of(entry, at) {
                    self.show(event.change).await?;
                }
            }
        }
        self.position = now;
        Ok(())
    }

    async fn pass_on(&mut self, event: Event) -> Result<(), Gone> {
        match event.change {
            // The store may have been put back to an earlier state: what comes now is new again.
            Change::Reset => self.position = event.position,
            Change::Beat(_) => self.position = self.position.max(event.position),
            _ if event.position <= self.position => return Ok(()),
            _ => self.position = event.position,
        }
        self.show(event.change).await
    }

    async fn show(&self, change: Change) -> Result<(), Gone> {
        let told = match change {
            Change::Customer(customer, active) => Told::CustomerChanged(pb::CustomerChanged {
                customer_id: customer.to_string(),
                active,
            }),
            Change::Number(tn) => Told::NumberChanged(pb::NumberChanged { tn: Tn::digits(tn) }),
            Change::Trunk(trunk) => {
                let wanted =
                    self.trunks.is_empty() || self.trunks.iter().any(|name| name == trunk.as_str());
                if !wanted {
                    return Ok(());
                }
                Told::TrunkChanged(pb::TrunkChanged { trunk_id: trunk.to_string() })
            }
            Change::Policy(policy) => {
                Told::PolicyChanged(pb::PolicyChanged { policy: policy.to_string() })
            }
            Change::List(list) => Told::ListChanged(pb::ListChanged { list }),
            Change::Beat(age) => Told::Beat(pb::Beat { age: age.0 }),
            Change::Reset => {
                Told::ResetRequired(pb::ResetRequired { reason: "REBUILT".to_owned() })
            }
        };
        self.tell(told).await
    }

    async fn reset(&self, reason: &str) -> Result<(), Gone> {
        self.tell(Told::ResetRequired(pb::ResetRequired { reason: reason.to_owned() })).await
    }

    /// The watcher reads too slowly: it is told so, with the place to go on from.
    async fn cut(&self, metrics: &Metrics) -> Result<(), Gone> {
        metrics.watchers_cut.inc();
        self.reset("WATCHER_TOO_SLOW").await?;
        let fault = AppError::Exhausted {
            reason: "WATCHER_TOO_SLOW",
            message: "you fell behind by more than 1,024 changes; go on from the last \
                      resume_token"
                .into(),
            retry: crate::domain::time::Span::millis(100),
        };
        self.messages.send(Err(status::of(fault))).await.map_err(|_gone| Gone)
    }

    /// The instance stops: the watcher is sent to another one.
    async fn leave(&self) -> Result<(), Gone> {
        let fault = AppError::Unavailable {
            reason: "CLOSING",
            message: "this instance is closing; go on with another one from the last resume_token"
                .into(),
        };
        self.messages.send(Err(status::of(fault))).await.map_err(|_gone| Gone)
    }

    async fn tell(&self, event: Told) -> Result<(), Gone> {
        let token = ResumeToken { epoch: self.api.app.live.epoch(), position: self.position };
        let message = pb::WatchChangesResponse {
            resume_token: token.to_string(),
            position: self.position,
            event: Some(event),
        };
        self.messages.send(Ok(message)).await.map_err(|_gone| Gone)
    }

    fn age(&self) -> i64 {
        self.api.app.live.table().freshness(self.api.app.clock.mono()).age.0
    }
}
