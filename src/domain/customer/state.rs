//! Where a customer stands: each state carries its own data, and each step takes the state and
//! gives the next one or says why not.

use serde::{Deserialize, Serialize};

use crate::domain::attestation::Cap;
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// A state without its data.
    pub enum StateWord as "customer state" {
        /// Being filled in.
        Draft = "DRAFT",
        /// Submitted; checks run.
        Submitted = "SUBMITTED",
        /// A reviewer has to act.
        InReview = "IN_REVIEW",
        /// Approved; the gate has not been passed.
        Verified = "VERIFIED",
        /// May originate calls.
        Active = "ACTIVE",
        /// Outbound service withheld.
        Suspended = "SUSPENDED",
        /// Turned down.
        Rejected = "REJECTED",
        /// The relationship ended.
        Terminated = "TERMINATED",
        /// Taken over from an existing book and not yet vetted.
        Legacy = "LEGACY",
    }
}

words! {
    /// Something that holds of an ACTIVE customer beside its state.
    pub enum Condition as "condition" {
        /// A check ran out: nothing above B until it is renewed.
        ReverifyDue = "REVERIFY_DUE",
        /// A clause is older than the version that will be enforced.
        RepaperDue = "REPAPER_DUE",
        /// Nothing above B by an open finding.
        Restricted = "RESTRICTED",
    }
}

words! {
    /// Why outbound service is withheld.
    pub enum SuspendReason as "suspension reason" {
        /// A claim that a required check covers was changed.
        ProfileChanged = "PROFILE_CHANGED",
        /// A required check, or its override, ran out.
        CheckExpired = "CHECK_EXPIRED",
        /// The agreement ended, ran out, or lacks a clause now required.
        AgreementEnded = "AGREEMENT_ENDED",
        /// No verified primary traceback contact.
        ContactLost = "CONTACT_LOST",
        /// A required check no longer passes.
        CheckFailed = "CHECK_FAILED",
        /// A finding that suspends by policy.
        Finding = "FINDING",
        /// A reviewer's decision.
        Reviewer = "REVIEWER",
        /// A request of law enforcement.
        LawEnforcement = "LAW_ENFORCEMENT",
        /// A sanctions match that a reviewer confirmed.
        SanctionsConfirmed = "SANCTIONS_CONFIRMED",
        /// Removed from the Robocall Mitigation Database.
        RmdRemoved = "RMD_REMOVED",
        /// An order of the FCC.
        FccOrder = "FCC_ORDER",
    }
}

impl SuspendReason {
    /// Whether curing the cause is enough to pass the gate again. Every other suspension is ended
    /// by two people (rule 8).
    pub const fn lifts_by_facts(self) -> bool {
        match self {
            Self::ProfileChanged
            | Self::CheckExpired
            | Self::AgreementEnded
            | Self::ContactLost => true,
            Self::CheckFailed
            | Self::Finding
            | Self::Reviewer
            | Self::LawEnforcement
            | Self::SanctionsConfirmed
            | Self::RmdRemoved
            | Self::FccOrder => false,
        }
    }

    /// Whether two people may end it while its cause stands (rule 8).
    pub const fn overridable(self) -> bool {
        !matches!(self, Self::SanctionsConfirmed | Self::RmdRemoved | Self::FccOrder)
    }
}

/// What ACTIVE carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Active {
    /// The highest level.
    pub cap: Cap,
    /// Nothing above B from this instant on.
    pub uncapped_until: Ts,
    /// No level at all from this instant on.
    pub active_until: Ts,
    /// What holds beside it, in the order of [`Condition::ALL`].
    pub conditions: Vec<Condition>,
}

impl Active {
    /// The conditions that hold at `now`: time adds `REVERIFY_DUE`.
    pub fn conditions_at(&self, now: Ts) -> Vec<Condition> {
        let due = now >= self.uncapped_until;
        Condition::ALL
            .iter()
            .copied()
            .filter(|c| self.conditions.contains(c) || due && *c == Condition::ReverifyDue)
            .collect()
    }
}

/// Where a customer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Being filled in.
    Draft,
    /// Submitted; checks run.
    Submitted {
        /// When.
        at: Ts,
        /// The profile revision that was submitted.
        profile_rev: u64,
    },
    /// A reviewer has to act.
    InReview {
        /// Since when.
        since: Ts,
    },
    /// Approved; the gate has not been passed.
    Verified {
        /// When.
        at: Ts,
        /// When the first of its checks runs out.
        kyc_expires_at: Ts,
    },
    /// May originate calls.
    Active(Active),
    /// Outbound service withheld.
    Suspended {
        /// Since when.
        since: Ts,
        /// Why; the gravest reason given since.
        reason: SuspendReason,
        /// What it was before, if it was ACTIVE.
        was: Option<Active>,
    },
    /// Turned down; the reason lies sealed in the journal.
    Rejected {
        /// When.
        at: Ts,
    },
    /// The relationship ended.
    Terminated {
        /// When.
        at: Ts,
    },
    /// Taken over from an existing book and not yet vetted.
    Legacy,
}

/// A step that is not open from where the customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The state does not allow it.
    #[error("a customer in {state} cannot {step}")]
    WrongState {
        /// Where it stands.
        state: StateWord,
        /// What was asked.
        step: &'static str,
    },
    /// The relationship ended.
    #[error("the customer is TERMINATED; create a new one")]
    Terminated,
    /// The suspension is ended by two people.
    #[error("the customer was suspended ({reason}); two people have to reinstate it")]
    NeedsReinstatement {
        /// Why it was suspended.
        reason: SuspendReason,
    },
    /// Nobody may end the suspension while its cause stands.
    #[error("a suspension for {reason} ends with its cause; it cannot be overridden")]
    NotOverridable {
        /// Why it was suspended.
        reason: SuspendReason,
    },
}

impl Refusal {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::WrongState { .. } => "WRONG_STATE",
            Self::Terminated => "CUSTOMER_TERMINATED",
            Self::NeedsReinstatement { .. } => "NEEDS_REINSTATEMENT",
            Self::NotOverridable { .. } => "NOT_OVERRIDABLE",
        }
    }
}

impl State {
    /// The state without its data.
    pub const fn word(&self) -> StateWord {
        match self {
            Self::Draft => StateWord::Draft,
            Self::Submitted { .. } => StateWord::Submitted,
            Self::InReview { .. } => StateWord::InReview,
            Self::Verified { .. } => StateWord::Verified,
            Self::Active(_) => StateWord::Active,
            Self::Suspended { .. } => StateWord::Suspended,
            Self::Rejected { .. } => StateWord::Rejected,
            Self::Terminated { .. } => StateWord::Terminated,
            Self::Legacy => StateWord::Legacy,
        }
    }

    /// What ACTIVE carries, if it is ACTIVE.
    pub const fn active(&self) -> Option<&Active> {
        match self {
            Self::Active(active) => Some(active),
            Self::Draft
            | Self::Submitted { .. }
            | Self::InReview { .. }
            | Self::Verified { .. }
            | Self::Suspended { .. }
            | Self::Rejected { .. }
            | Self::Terminated { .. }
            | Self::Legacy => None,
        }
    }

    /// Whether it may originate calls at `now` (rule 2).
    pub fn effectively_active(&self, now: Ts) -> bool {
        self.active().is_some_and(|active| now < active.active_until)
    }

    const fn refuse(&self, step: &'static str) -> Refusal {
        if matches!(self, Self::Terminated { .. }) {
            Refusal::Terminated
        } else {
            Refusal::WrongState { state: self.word(), step }
        }
    }

    /// Hands the profile in. A customer that was turned down may try again.
    pub fn submit(self, profile_rev: u64, now: Ts) -> Result<Self, Refusal> {
        match self.word() {
            StateWord::Draft
            | StateWord::Submitted
            | StateWord::InReview
            | StateWord::Rejected
            | StateWord::Legacy => Ok(Self::Submitted { at: now, profile_rev }),
            StateWord::Verified
            | StateWord::Active
            | StateWord::Suspended
            | StateWord::Terminated => Err(self.refuse("be submitted")),
        }
    }

    /// Puts it before a reviewer.
    pub fn review(self, now: Ts) -> Result<Self, Refusal> {
        match self.word() {
            StateWord::Submitted => Ok(Self::InReview { since: now }),
            StateWord::InReview => Ok(self),
            StateWord::Draft
            | StateWord::Verified
            | StateWord::Active
            | StateWord::Suspended
            | StateWord::Rejected
            | StateWord::Terminated
            | StateWord::Legacy => Err(self.refuse("be reviewed")),
        }
    }

    /// Records a reviewer's approval; `activation::approve` looks at the facts first.
    pub(in crate::domain) fn verify(self, kyc_expires_at: Ts, now: Ts) -> Result<Self, Refusal> {
        match self.word() {
            StateWord::Submitted | StateWord::InReview => {
                Ok(Self::Verified { at: now, kyc_expires_at })
            }
            StateWord::Draft
            | StateWord::Verified
            | StateWord::Active
            | StateWord::Suspended
            | StateWord::Rejected
            | StateWord::Terminated
            | StateWord::Legacy => Err(self.refuse("be approved")),
        }
    }

    /// Whether the gate is open from here, facts aside.
    pub fn may_activate(&self) -> Result<(), Refusal> {
        match self {
            Self::Verified { .. } | Self::Active(_) => Ok(()),
            Self::Suspended { reason, .. } if reason.lifts_by_facts() => Ok(()),
            Self::Suspended { reason, .. } => Err(Refusal::NeedsReinstatement { reason: *reason }),
            Self::Draft
            | Self::Submitted { .. }
            | Self::InReview { .. }
            | Self::Rejected { .. }
            | Self::Terminated { .. }
            | Self::Legacy => Err(self.refuse("be activated")),
        }
    }

    /// Whether two people may let it back, facts aside.
    pub fn may_reinstate(&self) -> Result<(), Refusal> {
        match self {
            Self::Suspended { reason, .. } if reason.overridable() => Ok(()),
            Self::Suspended { reason, .. } => Err(Refusal::NotOverridable { reason: *reason }),
            Self::Draft
            | Self::Submitted { .. }
            | Self::InReview { .. }
            | Self::Verified { .. }
            | Self::Active(_)
            | Self::Rejected { .. }
            | Self::Terminated { .. }
            | Self::Legacy => Err(self.refuse("be reinstated")),
        }
    }

    /// Withholds outbound service. A graver reason replaces a lighter one, never the reverse.
    pub fn suspend(self, why: SuspendReason, now: Ts) -> Result<Self, Refusal> {
        match self {
            Self::Active(active) => {
                Ok(Self::Suspended { since: now, reason: why, was: Some(active) })
            }
            Self::Suspended { since, reason, was } => {
                Ok(Self::Suspended { since, reason: reason.max(why), was })
            }
            Self::Verified { .. } | Self::Legacy => {
                Ok(Self::Suspended { since: now, reason: why, was: None })
            }
            Self::Draft
            | Self::Submitted { .. }
            | Self::InReview { .. }
            | Self::Rejected { .. }
            | Self::Terminated { .. } => Err(self.refuse("be suspended")),
        }
    }

    /// Turns it down.
    pub fn reject(self, now: Ts) -> Result<Self, Refusal> {
        match self.word() {
            StateWord::Submitted
            | StateWord::InReview
            | StateWord::Verified
            | StateWord::Legacy => Ok(Self::Rejected { at: now }),
            StateWord::Draft
            | StateWord::Active
            | StateWord::Suspended
            | StateWord::Rejected
            | StateWord::Terminated => Err(self.refuse("be turned down")),
        }
    }

    /// Ends the relationship.
    pub fn terminate(self, now: Ts) -> Result<Self, Refusal> {
        match self.word() {
            StateWord::Terminated => Err(Refusal::Terminated),
            StateWord::Draft
            | StateWord::Submitted
            | StateWord::InReview
            | StateWord::Verified
            | StateWord::Active
            | StateWord::Suspended
            | StateWord::Rejected
            | StateWord::Legacy => Ok(Self::Terminated { at: now }),
        }
    }
}
