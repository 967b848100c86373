//! One requirement.

use std::fmt;

use crate::domain::agreement::ClauseId;
use crate::domain::check::Kind as CheckKind;
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// Who has to act.
    pub enum Actor as "actor" {
        /// The customer, through the portal.
        Customer = "CUSTOMER",
        /// A reviewer of the provider.
        Reviewer = "REVIEWER",
        /// The provider as a company.
        Provider = "PROVIDER",
        /// Vouch itself: a check is under way or will be repeated.
        System = "SYSTEM",
    }
}

/// What kind of thing is missing; its text is the stable code. The order is that of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The relationship ended; nothing helps.
    Terminated,
    /// A field of the profile.
    FieldRequired,
    /// The profile has to be handed in.
    Submission,
    /// A check has to pass on the live claim.
    Check(CheckKind),
    /// A finding has to be resolved.
    FindingOpen,
    /// A reviewer confirmed a finding that bars.
    FindingConfirmed,
    /// An agreement has to be signed by both sides.
    AgreementExecuted,
    /// The agreement lacks a clause, or has it in a version too old.
    Clause(ClauseId),
    /// Exactly one verified primary traceback contact.
    TracebackContact,
    /// A reviewer has to approve.
    Approval,
    /// Two people have to end the suspension.
    Reinstatement,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Terminated => f.write_str("CUSTOMER_TERMINATED"),
            Self::FieldRequired => f.write_str("FIELD_REQUIRED"),
            Self::Submission => f.write_str("SUBMISSION"),
            Self::Check(kind @ (CheckKind::RmdRecord | CheckKind::FlowDown)) => {
                f.write_str(kind.as_str())
            }
            Self::Check(kind) => write!(f, "CHECK_{kind}"),
            Self::FindingOpen => f.write_str("FINDING_OPEN"),
            Self::FindingConfirmed => f.write_str("FINDING_CONFIRMED"),
            Self::AgreementExecuted => f.write_str("AGREEMENT_EXECUTED"),
            Self::Clause(clause) => write!(f, "CLAUSE_{clause}"),
            Self::TracebackContact => f.write_str("TRACEBACK_CONTACT"),
            Self::Approval => f.write_str("APPROVAL"),
            Self::Reinstatement => f.write_str("REINSTATEMENT"),
        }
    }
}

/// One thing between the customer and activation. Its texts hold no personal data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// What kind of thing.
    pub code: Code,
    /// The field of the profile it is about, such as `profile.legal_name`; empty where none is.
    pub field: String,
    /// What is missing, in one sentence for people.
    pub title: String,
    /// The rule it comes from.
    pub source: String,
    /// Who has to act.
    pub actor: Actor,
    /// What clears it, in one sentence for people.
    pub clears_with: String,
    /// By when, where there is a limit.
    pub due: Option<Ts>,
}
