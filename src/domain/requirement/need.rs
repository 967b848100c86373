//! One requirement.

use std::fmt;

use crate::domain::agreement::ClauseId;
use crate::domain::check::Kind as CheckKind;
use crate::domain::customer::Refusal;
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

impl Code {
    /// Whether it is about who the customer is: what a reviewer's approval rests on.
    pub const fn concerns_identity(self) -> bool {
        match self {
            Self::Terminated
            | Self::FieldRequired
            | Self::Submission
            | Self::Check(_)
            | Self::FindingOpen
            | Self::FindingConfirmed => true,
            Self::AgreementExecuted
            | Self::Clause(_)
            | Self::TracebackContact
            | Self::Approval
            | Self::Reinstatement => false,
        }
    }
}

impl Requirement {
    pub(in crate::domain) fn new(code: Code, actor: Actor, title: &str, clears_with: &str) -> Self {
        Self {
            code,
            field: String::new(),
            title: title.to_owned(),
            source: String::new(),
            actor,
            clears_with: clears_with.to_owned(),
            due: None,
        }
    }

    /// A step that is not open, as a requirement.
    pub(in crate::domain) fn of_refusal(refusal: &Refusal) -> Self {
        let (code, actor, clears) = match refusal {
            Refusal::Terminated => {
                (Code::Terminated, Actor::Customer, "Nothing; create a new customer")
            }
            Refusal::WrongState { .. } => {
                (Code::Submission, Actor::Customer, "Submit the customer, then try again")
            }
            Refusal::NeedsReinstatement { .. } | Refusal::NotOverridable { .. } => {
                (Code::Reinstatement, Actor::Reviewer, "Two people reinstate it")
            }
        };
        Self::new(code, actor, &refusal.to_string(), clears)
    }
}
