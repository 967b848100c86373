//! Raises of trust by hand: one person proposes, another confirms, and what comes of it ends
//! (rule 8).

use serde::{Deserialize, Serialize};

use super::access::Actor;
use super::check::Kind as CheckKind;
use super::digest::Digest;
use super::ids::{CheckId, EvidenceId, NumberId, ProposalId};
use super::pii::Pii;
use super::time::Ts;
use super::words::words;

words! {
    /// What a proposal would do, without its data.
    pub enum Kind as "proposal kind" {
        /// Let an override stand in for a check.
        Override = "OVERRIDE",
        /// Let a suspended customer back.
        Reinstatement = "REINSTATEMENT",
        /// Let a letter, a bill and a call-back count together.
        Bundle = "BUNDLE",
    }
}

words! {
    /// Where a proposal stands, without its data: the column `state`.
    pub enum Standing as "proposal state" {
        /// Waits for its second person.
        Open = "OPEN",
        /// Confirmed and done.
        Confirmed = "CONFIRMED",
        /// Turned down.
        Rejected = "REJECTED",
        /// Nobody confirmed it in time.
        Expired = "EXPIRED",
    }
}

/// What a proposal would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Proposed {
    /// Let an override stand in for one check, of one claim.
    Override {
        /// The check as it ended.
        check: CheckId,
        /// What it looked at.
        check_kind: CheckKind,
        /// The claim; another one is not overridden.
        claim_digest: Digest,
        /// Until when.
        until: Ts,
    },
    /// Let a suspended customer back.
    Reinstatement,
    /// Let a letter, a bill and a call-back of the customer count together.
    Bundle {
        /// On which number.
        number: NumberId,
        /// The three pieces that were looked at.
        members: Vec<EvidenceId>,
    },
}

impl Proposed {
    /// The kind without its data.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Override { .. } => Kind::Override,
            Self::Reinstatement => Kind::Reinstatement,
            Self::Bundle { .. } => Kind::Bundle,
        }
    }
}

/// Where a proposal stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProposalState {
    /// Waits for its second person.
    Open,
    /// Confirmed and done.
    Confirmed {
        /// The second person.
        by: String,
        /// When.
        at: Ts,
    },
    /// Turned down.
    Rejected {
        /// Who turned it down.
        by: String,
        /// When.
        at: Ts,
    },
    /// Nobody confirmed it in time.
    Expired,
}

/// A raise of trust that waits, or waited, for its second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// What it would do.
    pub proposed: Proposed,
    /// Why.
    pub reason: Pii<String>,
    /// Who proposed it.
    pub by: String,
    /// When.
    pub at: Ts,
    /// Until when it can be confirmed.
    pub expires: Ts,
    /// Where it stands.
    pub state: ProposalState,
}

/// Why a proposal cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposalRefusal {
    /// It was decided before.
    #[error("the proposal was decided already")]
    Decided,
    /// Too late.
    #[error("the proposal ran out; propose again")]
    Expired,
    /// The proposer cannot confirm, and a program never can.
    #[error("another person than the proposer has to confirm")]
    SecondPerson,
}

impl ProposalRefusal {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Decided => "PROPOSAL_DECIDED",
            Self::Expired => "PROPOSAL_EXPIRED",
            Self::SecondPerson => "SECOND_PERSON_REQUIRED",
        }
    }
}

impl ProposalState {
    /// The state without its data.
    pub const fn standing(&self) -> Standing {
        match self {
            Self::Open => Standing::Open,
            Self::Confirmed { .. } => Standing::Confirmed,
            Self::Rejected { .. } => Standing::Rejected,
            Self::Expired => Standing::Expired,
        }
    }
}

impl Proposal {
    fn open(&self, now: Ts) -> Result<(), ProposalRefusal> {
        match self.state.standing() {
            Standing::Open if now < self.expires => Ok(()),
            Standing::Open | Standing::Expired => Err(ProposalRefusal::Expired),
            Standing::Confirmed | Standing::Rejected => Err(ProposalRefusal::Decided),
        }
    }

    /// Confirms it: a person, and another one than the proposer.
    pub fn confirm(self, by: Actor, now: Ts) -> Result<Self, ProposalRefusal> {
        self.open(now)?;
        if !matches!(by, Actor::User(_)) || self.by == by.to_string() {
            return Err(ProposalRefusal::SecondPerson);
        }
        Ok(Self { state: ProposalState::Confirmed { by: by.to_string(), at: now }, ..self })
    }

    /// Turns it down; anybody who may decide can, the proposer too.
    pub fn reject(self, by: Actor, now: Ts) -> Result<Self, ProposalRefusal> {
        self.open(now)?;
        Ok(Self { state: ProposalState::Rejected { by: by.to_string(), at: now }, ..self })
    }

    /// Whether two people agreed to let the suspended customer back, for the suspension that
    /// began at `since`.
    pub fn reinstates(&self, since: Ts) -> bool {
        self.proposed == Proposed::Reinstatement
            && self.at >= since
            && self.state.standing() == Standing::Confirmed
    }
}
