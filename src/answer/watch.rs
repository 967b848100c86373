//! Who is told of changes: every watcher of this instance, from one ring of events. A watcher that
//! falls behind by more than the ring holds is cut and told where to go on.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::domain::facts::Facts;
use crate::domain::ids::{CustomerId, EpochId, PolicyId, TrunkId};
use crate::domain::number::Tn;
use crate::domain::time::{Span, Ts};
use crate::store::feed::FactsEntry;

/// Most events a watcher may be behind.
pub const QUEUE: usize = 1_024;

/// One thing that signers may have cached and must drop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A customer, and whether it may originate calls now.
    Customer(CustomerId, bool),
    /// A number.
    Number(Tn),
    /// A trunk.
    Trunk(TrunkId),
    /// Another policy is in force, or will be.
    Policy(PolicyId),
    /// Another version of a list.
    List(String),
    /// Nothing; everything up to the position is known, and this old.
    Beat(Span),
    /// Everything: the table was built anew.
    Reset,
}

/// A change with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Position in the journal.
    pub position: u64,
    /// What changed.
    pub change: Change,
}

impl Event {
    /// Whether policies or lists may have changed.
    pub const fn concerns_rules(&self) -> bool {
        matches!(self.change, Change::Policy(_) | Change::List(_) | Change::Reset)
    }

    /// What watchers are told of an entry; nothing of keys, users and the like.
    pub fn of(entry: &FactsEntry, now: Ts) -> Option<Self> {
        let change = match entry.facts.as_ref()? {
            Facts::Customer { customer, facts } => {
                Change::Customer(*customer, facts.is_effective(now))
            }
            Facts::Number { tn, .. } => Change::Number(*tn),
            Facts::Trunk { trunk, .. } => Change::Trunk(trunk.clone()),
            Facts::Policy(policy) => Change::Policy(policy.policy),
            Facts::List(list) => Change::List(list.list.clone()),
            Facts::Key(_)
            | Facts::User(_)
            | Facts::Client { .. }
            | Facts::Operation { .. }
            | Facts::Store { .. } => return None,
        };
        Some(Self { position: entry.seq, change })
    }
}

/// The ring that every watcher reads.
#[derive(Debug)]
pub struct Hub(broadcast::Sender<Event>);

impl Default for Hub {
    fn default() -> Self {
        Self(broadcast::Sender::new(QUEUE))
    }
}

impl Hub {
    /// Tells every watcher.
    pub fn tell(&self, event: Event) {
        // Nobody watches: nobody is told.
        drop(self.0.send(event));
    }

    /// Begins to listen.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    /// How many listen now.
    pub fn watchers(&self) -> usize {
        self.0.receiver_count()
    }
}

/// Where a watcher goes on: a position in one incarnation of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumeToken {
    /// The store's incarnation.
    pub epoch: EpochId,
    /// Everything up to here is known to the watcher.
    pub position: u64,
}

/// The text is not a resume token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a resume token; send the last one received, or nothing to begin now")]
pub struct BadResumeToken;

impl std::fmt::Display for ResumeToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [self.epoch.0.as_bytes().as_slice(), &self.position.to_be_bytes()].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for ResumeToken {
    type Err = BadResumeToken;

    fn from_str(text: &str) -> Result<Self, BadResumeToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_letters| BadResumeToken)?;
        let (epoch, position) = bytes.split_first_chunk::<16>().ok_or(BadResumeToken)?;
        let position = <[u8; 8]>::try_from(position).map_err(|_length| BadResumeToken)?;
        Ok(Self {
            epoch: EpochId(Uuid::from_bytes(*epoch)),
            position: u64::from_be_bytes(position),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_there_and_back() {
        let token = ResumeToken { epoch: EpochId(Uuid::from_u128(5)), position: 77 };
        assert_eq!(token.to_string().parse(), Ok(token));
        for text in ["", "x", "AAAA", &"A".repeat(64)] {
            assert_eq!(text.parse::<ResumeToken>(), Err(BadResumeToken));
        }
    }

    #[tokio::test]
    async fn a_slow_watcher_is_told_that_it_lost_events() {
        let hub = Hub::default();
        let mut slow = hub.listen();
        for position in 0..=QUEUE as u64 {
            hub.tell(Event { position, change: Change::Beat(Span::ZERO) });
        }
        assert!(matches!(slow.recv().await, Err(broadcast::error::RecvError::Lagged(1))));
    }
}
