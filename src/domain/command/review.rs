//! Calls of the review service that change something.

use super::write::Write;
use crate::domain::check::Kind as CheckKind;
use crate::domain::finding::Resolution;
use crate::domain::ids::{CustomerId, DocumentId, FindingId, ProposalId};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

/// Resolves a finding.
#[derive(Clone, Debug)]
pub struct ResolveFinding {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub finding: FindingId,
    /// How.
    pub resolution: Resolution,
    /// Why.
    pub reason: Pii<String>,
}

/// What a reviewer's check rests on.
#[derive(Clone, Debug)]
pub enum Basis {
    /// An uploaded document of the customer.
    Document(DocumentId),
    /// A call-back through a channel that was not taken from the profile.
    Callback {
        /// Where the number or address came from.
        channel_source: String,
        /// The number or address that was used.
        reached_at: Pii<String>,
        /// Who was spoken to.
        spoken_to: Pii<String>,
        /// When.
        at: Ts,
    },
}

/// Records a check a reviewer made.
#[derive(Clone, Debug)]
pub struct RecordCheck {
    /// Names the write.
    pub write: Write,
    /// Whose claim.
    pub customer: CustomerId,
    /// What was looked at.
    pub kind: CheckKind,
    /// Whether the claim holds.
    pub passed: bool,
    /// The revision of the profile that was looked at.
    pub profile_revision: u64,
    /// What it rests on.
    pub basis: Basis,
    /// What the reviewer saw.
    pub reason: Pii<String>,
}

/// Proposes that an override stand in for a check.
#[derive(Clone, Debug)]
pub struct ProposeOverride {
    /// Names the write.
    pub write: Write,
    /// For whom.
    pub customer: CustomerId,
    /// Which check.
    pub kind: CheckKind,
    /// Why.
    pub reason: Pii<String>,
    /// Until when it would last.
    pub expires: Ts,
}

/// A decision about a customer that needs a reason: approval, refusal, suspension, termination,
/// a proposal to reinstate.
#[derive(Clone, Debug)]
pub struct DecideCustomer {
    /// Names the write.
    pub write: Write,
    /// Who.
    pub customer: CustomerId,
    /// Why.
    pub reason: Pii<String>,
}

/// Confirms a proposal.
#[derive(Clone, Debug)]
pub struct ConfirmProposal {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub proposal: ProposalId,
}

/// Turns a proposal down.
#[derive(Clone, Debug)]
pub struct RejectProposal {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub proposal: ProposalId,
    /// Why.
    pub reason: Pii<String>,
}
