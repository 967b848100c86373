//! Evidence on numbers, and the grant that one customer's evidence on one number adds up to.

use serde::{Deserialize, Serialize};

use super::letter::Reading;
use crate::domain::attestation::EvidenceKind;
use crate::domain::ids::{CustomerId, DocumentId, EvidenceId, NumberId};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::domain::words::words;

/// What an evidence is, in the words of the decision.
pub type Kind = EvidenceKind;

words! {
    /// Whether evidence counts.
    pub enum State as "evidence state" {
        /// Counts.
        Live = "LIVE",
        /// Handed in, not yet verified by a reviewer; counts for nothing.
        Pending = "PENDING",
        /// Ran out.
        Expired = "EXPIRED",
        /// Taken back.
        Revoked = "REVOKED",
    }
}

/// What links a number to a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// On which number.
    pub number: NumberId,
    /// Whose.
    pub customer: CustomerId,
    /// What it is.
    pub kind: Kind,
    /// Where it comes from: `OWN_OCN` or `WHOLESALE` with its carrier, or a person.
    pub source: String,
    /// What was seen, and what the rules compare.
    pub detail: Detail,
    /// The document it rests on.
    pub document: Option<DocumentId>,
    /// When it was verified; [`Ts::NEVER`] while it waits for a reviewer.
    pub verified_at: Ts,
    /// From when on it no longer counts.
    pub expires_at: Ts,
    /// When it was taken back.
    pub revoked_at: Option<Ts>,
    /// The principal that verified it, or handed it in.
    pub by: String,
}

/// What the rules compare of a piece of evidence. Sealed at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// Reference at the source, such as an order number.
    pub reference: Pii<String>,
    /// LOA: when it was signed. BILL: its date. Of a feed: since when it is so.
    pub signed_at: Option<Ts>,
    /// LOA: who signed it. BILL: the name on it.
    pub party: Pii<String>,
    /// BILL: the carrier that issued it.
    pub carrier: Pii<String>,
    /// LOA, BILL: the account on it.
    pub account: Pii<String>,
    /// LOA: what a reviewer read on the signed letter.
    pub reading: Option<Reading>,
    /// The reviewers' approval that lets LOA, BILL and CALLBACK count together.
    pub approval: Option<Approval>,
}

/// Two people agreed that LOA, BILL and CALLBACK of one customer on one number belong together:
/// the bill's carrier is the carrier of record, its name the verified legal name. It replaces no
/// member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The pieces that were looked at: exactly these.
    pub members: Vec<EvidenceId>,
    /// Until when it holds.
    pub until: Ts,
}

impl Evidence {
    /// Since when it is so, which an event has to be later than to end it: what the paper or the
    /// feed says, else when it was verified.
    pub fn since(&self) -> Ts {
        self.detail.signed_at.unwrap_or(self.verified_at)
    }

    /// Whether it counts at `now`.
    pub fn state(&self, now: Ts) -> State {
        if self.revoked_at.is_some_and(|at| at <= now) {
            State::Revoked
        } else if self.verified_at == Ts::NEVER {
            State::Pending
        } else if now >= self.expires_at {
            State::Expired
        } else {
            State::Live
        }
    }
}
