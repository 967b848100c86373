//! The record of a check, and what it is worth.

use serde::{Deserialize, Serialize};

use crate::domain::digest::Digest;
use crate::domain::ids::{CheckId, DocumentId, ProposalId};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// What a check looks at.
    pub enum Kind as "check kind" {
        /// Identifiers have the right form. Never satisfies a requirement.
        IdentifierForm = "IDENTIFIER_FORM",
        /// Names against sanctions lists.
        Sanctions = "SANCTIONS",
        /// The physical address is a place of business. Never satisfies a requirement.
        AddressKind = "ADDRESS_KIND",
        /// A contact reads mail at its address.
        ContactEmail = "CONTACT_EMAIL",
        /// A contact answers at its number.
        ContactPhone = "CONTACT_PHONE",
        /// The alternate number is another one than the contacts' and the claimed numbers, and
        /// answers.
        AlternatePhone = "ALTERNATE_PHONE",
        /// The organisation exists.
        Existence = "EXISTENCE",
        /// The tax number belongs to the legal name.
        TaxIdToName = "TAX_ID_TO_NAME",
        /// Who speaks for the organisation may do so.
        Representation = "REPRESENTATION",
        /// The caller name is a name of the organisation. Never satisfies a requirement.
        CallerName = "CALLER_NAME",
        /// The filing in the Robocall Mitigation Database is there and live.
        RmdRecord = "RMD_RECORD",
        /// A reseller's own customers are bound by the same clauses.
        FlowDown = "FLOW_DOWN",
    }
}

impl Kind {
    /// Whether it looks at the form of a text alone. Such a check runs, is recorded and raises
    /// findings, but never satisfies a requirement.
    pub const fn is_form(self) -> bool {
        matches!(self, Self::IdentifierForm | Self::AddressKind | Self::CallerName)
    }
}

words! {
    /// How a check ended.
    pub enum Verdict as "check result" {
        /// The claim holds.
        Pass = "PASS",
        /// The claim does not hold.
        Fail = "FAIL",
        /// A person has to look.
        Review = "REVIEW",
        /// The method could not be used; never a pass.
        Unavailable = "UNAVAILABLE",
        /// The claim was changed while it was checked; counts for nothing.
        Superseded = "SUPERSEDED",
    }
}

words! {
    /// By what method a claim was checked.
    pub enum Method as "check method" {
        /// Rules about the text alone.
        Form = "FORM",
        /// A list that was loaded.
        List = "LIST",
        /// A code sent and given back.
        Challenge = "CHALLENGE",
        /// A document a reviewer read.
        Document = "DOCUMENT",
        /// A call-back a reviewer made through a channel that is not of the profile.
        Callback = "CALLBACK",
        /// A registry that was asked.
        Registry = "REGISTRY",
    }
}

words! {
    /// Whether a check still speaks about the live claim.
    pub enum Standing as "check standing" {
        /// Speaks about the live claim and has not run out.
        Live = "LIVE",
        /// Ran out.
        Expired = "EXPIRED",
        /// The claim was changed; counts for nothing.
        Superseded = "SUPERSEDED",
    }
}

/// Stands in for a pass: proposed by one person, confirmed by another, until it ends (rule 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// When it ends.
    pub until: Ts,
    /// The confirmed proposal, which names both people.
    pub proposal: ProposalId,
}

/// One verification of one claim by one method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its id.
    pub id: CheckId,
    /// What was looked at.
    pub kind: Kind,
    /// Which of several claims of that kind.
    pub subject: String,
    /// The claim that was checked, and no other.
    pub claim_digest: Digest,
    /// How it ended.
    pub result: Verdict,
    /// Stable reason, such as `EIN_PREFIX_UNASSIGNED`; empty with a plain pass.
    pub reason: String,
    /// By what method.
    pub method: Method,
    /// What was asked: a list and its version, a register, a reviewer's channel.
    pub source: String,
    /// What was seen.
    pub evidence: Pii<serde_json::Value>,
    /// The document it rests on.
    pub document: Option<DocumentId>,
    /// When it was made.
    pub at: Ts,
    /// From when on it no longer counts.
    pub expires_at: Ts,
    /// The principal that made it.
    pub by: String,
    /// What stands in for a pass.
    pub overridden: Option<Override>,
}

impl Check {
    /// Whether it speaks about the claim with that digest at `now`.
    pub fn standing(&self, live: Option<Digest>, now: Ts) -> Standing {
        if live != Some(self.claim_digest) || self.result == Verdict::Superseded {
            Standing::Superseded
        } else if now >= self.expires_at {
            Standing::Expired
        } else {
            Standing::Live
        }
    }

    /// Whether `new` takes its place. A source that could not be asked says nothing, so its result
    /// never replaces an answer about the same claim: what the end of that answer's life does is said
    /// by the policy, and by nothing else.
    pub fn gives_way_to(&self, new: &Self) -> bool {
        let same = self.claim_digest == new.claim_digest;
        let stands = self.result != Verdict::Unavailable;
        !(new.result == Verdict::Unavailable && same && stands) && new.result != Verdict::Superseded
    }

    /// Until when it counts as passed; `None` if it does not at all. An override counts only where
    /// `overridable`, and only where there is no pass.
    pub fn passed_until(&self, overridable: bool) -> Option<Ts> {
        match (self.result, self.overridden) {
            (Verdict::Pass, _) => Some(self.expires_at),
            (Verdict::Fail | Verdict::Review | Verdict::Unavailable, Some(o)) if overridable => {
                Some(o.until)
            }
            (Verdict::Fail | Verdict::Review | Verdict::Unavailable | Verdict::Superseded, _) => {
                None
            }
        }
    }
}
