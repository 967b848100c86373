//! Following what changes: the follower connects again by itself and goes on where it was, so that
//! a signer that caches hears of every loss of trust, or is told that it may have missed one.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tonic::Streaming;

use super::connection::Service;
use super::told::Silence;
use crate::clock::Clock;
use crate::domain::pii::Pii;
use crate::domain::time::Span;
use crate::wire::pb;
use crate::wire::pb::attestation_service_client::AttestationServiceClient;
use crate::wire::pb::watch_changes_response::Event;

/// A sign of life comes every second; a stream without one for this long is dead.
const SILENT: Duration = Duration::from_secs(3);
const CONNECT: Duration = Duration::from_secs(2);
const FIRST_PAUSE: u64 = 50;
const LONGEST_PAUSE: u64 = 2_000;
const HELD: usize = 1_024;

/// What a follower hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A customer changed: drop every cached answer on its trunks and numbers.
    Customer {
        /// Who.
        id: String,
        /// Whether it may originate calls now.
        active: bool,
    },
    /// A number changed: drop every cached answer for it.
    Number {
        /// Digits only.
        tn: Pii<String>,
    },
    /// A trunk changed: drop every cached answer on it.
    Trunk {
        /// Which.
        id: String,
    },
    /// Another policy is in force: drop every cached answer.
    Policy {
        /// The policy now in force.
        policy: String,
    },
    /// Another version of a list is in force: drop every cached answer.
    List {
        /// Which list.
        list: String,
    },
    /// Nothing happened, and everything is known.
    Beat {
        /// How old the sender's knowledge is.
        age: Span,
    },
    /// Changes may have been missed: drop everything cached.
    Reset {
        /// The server's stable reason, or `NO_TOKEN` where the stream broke before its first word.
        reason: String,
    },
    /// The stream broke; it is being opened again. Cached answers live on to their `valid_until`
    /// and no longer.
    Lost(Silence),
}

/// Follows changes until dropped.
#[derive(Debug)]
pub struct Watch {
    changes: mpsc::Receiver<Change>,
    task: JoinHandle<()>,
}

impl Watch {
    pub(super) fn start(
        client: AttestationServiceClient<Service>,
        trunks: Vec<String>,
        clock: Clock,
    ) -> Self {
        let (tell, changes) = mpsc::channel(HELD);
        let follower = Follower { client, trunks, clock, tell, token: String::new(), failures: 0 };
        Self { changes, task: tokio::spawn(follower.follow()) }
    }

    /// The next change. Waits as long as it takes; safe to cancel.
    pub async fn next(&mut self) -> Change {
        match self.changes.recv().await {
            Some(change) => change,
            // The follower never ends by itself; where its runtime is being torn down there is
            // nothing more to hear.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Follower {
    client: AttestationServiceClient<Service>,
    trunks: Vec<String>,
    clock: Clock,
    tell: mpsc::Sender<Change>,
    token: String,
    failures: u32,
}

/// The consumer dropped its end.
struct Gone;

impl Follower {
    async fn follow(mut self) {
        let mut began = false;
        loop {
            let why = match self.open().await {
                Ok(stream) => {
                    // A stream that broke before its first word left no place to go on from.
                    if began && self.token.is_empty() {
                        let reset = Change::Reset { reason: "NO_TOKEN".to_owned() };
                        if self.tell.send(reset).await.is_err() {
                            return;
                        }
                    }
                    began = true;
                    match self.listen(stream).await {
                        Ok(why) => why,
                        Err(Gone) => return,
                    }
                }
                Err(why) => why,
            };
            // One word for one outage, however often opening it again fails.
            if self.failures == 0 && self.tell.send(Change::Lost(why)).await.is_err() {
                return;
            }
            self.failures = self.failures.saturating_add(1);
            tokio::time::sleep(self.pause()).await;
        }
    }

    async fn open(&mut self) -> Result<Streaming<pb::WatchChangesResponse>, Silence> {
        let request = pb::WatchChangesRequest {
            resume_token: self.token.clone(),
            trunks: self.trunks.clone(),
        };
        match tokio::time::timeout(CONNECT, self.client.watch_changes(request)).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(Silence::of(&status)),
            Err(_elapsed) => Err(Silence::Late),
        }
    }

    async fn listen(
        &mut self,
        mut stream: Streaming<pb::WatchChangesResponse>,
    ) -> Result<Silence, Gone> {
        loop {
            let message = match tokio::time::timeout(SILENT, stream.message()).await {
                Ok(Ok(Some(message))) => message,
                Ok(Ok(None)) => return Ok(Silence::Unreachable),
                Ok(Err(status)) => return Ok(Silence::of(&status)),
                Err(_elapsed) => return Ok(Silence::Late),
            };
            // A change this library does not know may be any change.
            let change = message.event.map_or_else(unknown, heard);
            self.tell.send(change).await.map_err(|_closed| Gone)?;
            self.failures = 0;
            // Only what was handed on counts as heard.
            if !message.resume_token.is_empty() {
                self.token = message.resume_token;
            }
        }
    }

    /// Doubles up to two seconds, then a random part of it, so that a thousand signers do not
    /// come back in one instant.
    fn pause(&self) -> Duration {
        let full = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(LONGEST_PAUSE);
        let mut byte = [0_u8; 1];
        let share = match self.clock.random(&mut byte) {
            Ok(()) => u64::from(byte[0]),
            Err(_none) => 255,
        };
        Duration::from_millis(full / 2 + full / 2 * share / 255)
    }
}

fn unknown() -> Change {
    Change::Reset { reason: "UNKNOWN_CHANGE".to_owned() }
}

fn heard(event: Event) -> Change {
    match event {
        Event::CustomerChanged(c) => Change::Customer { id: c.customer_id, active: c.active },
        Event::NumberChanged(n) => Change::Number { tn: Pii::new(n.tn) },
        Event::TrunkChanged(t) => Change::Trunk { id: t.trunk_id },
        Event::PolicyChanged(p) => Change::Policy { policy: p.policy },
        Event::ListChanged(l) => Change::List { list: l.list },
        Event::Beat(b) => Change::Beat { age: Span::micros(b.age) },
        Event::ResetRequired(r) => Change::Reset { reason: r.reason },
    }
}
