//! An agreement and its two signatures.

use serde::{Deserialize, Serialize};

use super::clause::ClauseId;
use crate::domain::access::Actor;
use crate::domain::digest::Digest;
use crate::domain::ids::{AgreementId, ContactId};
use crate::domain::pii::Pii;
use crate::domain::profile::Profile;
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// Where an agreement stands, without its data.
    pub enum AgreementWord as "agreement state" {
        /// Written, unsigned.
        Prepared = "PREPARED",
        /// Signed by the customer.
        Signed = "SIGNED",
        /// Signed by both.
        Executed = "EXECUTED",
        /// Ended by someone.
        Terminated = "TERMINATED",
        /// Ended by time.
        Lapsed = "LAPSED",
    }
}

impl AgreementWord {
    /// Which step of an agreement's life this is, from 1. Each change enters another state, so it
    /// serves as the revision that an etag names.
    pub const fn step(self) -> u64 {
        self as u64 + 1
    }
}

/// The customer's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The authorised signer.
    pub contact: ContactId,
    /// The name as typed.
    pub name: Pii<String>,
    /// Where the signer came from.
    pub ip: Pii<String>,
    /// The principal that brought it.
    pub by: String,
    /// When.
    pub at: Ts,
}

/// The provider's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countersignature {
    /// The name as typed.
    pub name: Pii<String>,
    /// The person's principal.
    pub by: String,
    /// When.
    pub at: Ts,
}

/// Where an agreement stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgreementState {
    /// Written, unsigned.
    Prepared {
        /// When.
        at: Ts,
        /// Until when it can be signed by both.
        expires: Ts,
    },
    /// Signed by the customer.
    Signed {
        /// Until when it can be countersigned.
        expires: Ts,
        /// The customer's signature.
        signature: Signature,
    },
    /// Signed by both.
    Executed {
        /// When.
        at: Ts,
        /// Until when it holds.
        until: Ts,
        /// The customer's signature.
        signature: Signature,
        /// The provider's.
        countersignature: Countersignature,
    },
    /// Ended by someone; why lies sealed in the journal.
    Terminated {
        /// When.
        at: Ts,
        /// The principal that ended it.
        by: String,
    },
    /// Ended by time.
    Lapsed {
        /// When.
        at: Ts,
    },
}

/// A signed or unsigned instance of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// What it was made from.
    pub template: String,
    /// The clauses it holds, with their versions.
    pub clauses: Vec<(ClauseId, u32)>,
    /// SHA-256 of the exact copy.
    pub sha256: Digest,
    /// When it was written.
    pub prepared_at: Ts,
    /// Where it stands.
    pub state: AgreementState,
}

/// Why an agreement cannot be signed, countersigned or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignRefusal {
    /// It is not in the state this step starts from.
    #[error("the agreement is {state}; this step is not open")]
    WrongState {
        /// Where it stands.
        state: AgreementWord,
    },
    /// Too late.
    #[error("the agreement was not signed in time; prepare a new one")]
    Expired,
    /// Another copy was seen.
    #[error("the digest is not that of the copy; show the copy to the signer again")]
    OtherCopy,
    /// The contact may not sign.
    #[error("the contact is not an authorised signer of the live profile")]
    NotAuthorized,
    /// The typed name is empty.
    #[error("type the name of the person who signs")]
    NoName,
    /// The customer's side cannot countersign.
    #[error("the countersignature needs another person than the signature, of the provider")]
    SamePerson,
}

impl SignRefusal {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::WrongState { .. } => "AGREEMENT_WRONG_STATE",
            Self::Expired => "AGREEMENT_EXPIRED",
            Self::OtherCopy => "AGREEMENT_OTHER_COPY",
            Self::NotAuthorized => "SIGNER_NOT_AUTHORIZED",
            Self::NoName => "SIGNER_NAME_REQUIRED",
            Self::SamePerson => "SECOND_PERSON_REQUIRED",
        }
    }
}

/// A signature as it is offered.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The contact that signs.
    pub contact: ContactId,
    /// SHA-256 of the copy that was seen.
    pub seen: Digest,
    /// The name as typed.
    pub name: Pii<String>,
    /// Where the signer came from.
    pub ip: Pii<String>,
}

impl AgreementState {
    /// The state without its data.
    pub const fn word(&self) -> AgreementWord {
        match self {
            Self::Prepared { .. } => AgreementWord::Prepared,
            Self::Signed { .. } => AgreementWord::Signed,
            Self::Executed { .. } => AgreementWord::Executed,
            Self::Terminated { .. } => AgreementWord::Terminated,
            Self::Lapsed { .. } => AgreementWord::Lapsed,
        }
    }

    /// Until when it holds, if it is EXECUTED: the column `valid_until`.
    pub const fn valid_until(&self) -> Option<Ts> {
        match self {
            Self::Executed { until, .. } => Some(*until),
            Self::Prepared { .. }
            | Self::Signed { .. }
            | Self::Terminated { .. }
            | Self::Lapsed { .. } => None,
        }
    }
}

impl Agreement {
    /// Records the customer's signature under the very copy that was shown.
    pub fn sign(
        self,
        profile: &Profile,
        offer: Offer,
        by: Actor,
        now: Ts,
    ) -> Result<Self, SignRefusal> {
        let AgreementState::Prepared { expires, .. } = self.state else {
            return Err(SignRefusal::WrongState { state: self.state.word() });
        };
        if now >= expires {
            return Err(SignRefusal::Expired);
        }
        if offer.seen != self.sha256 {
            return Err(SignRefusal::OtherCopy);
        }
        if !profile.contact(offer.contact).is_some_and(|c| c.authorized_signer) {
            return Err(SignRefusal::NotAuthorized);
        }
        if offer.name.expose().trim().is_empty() {
            return Err(SignRefusal::NoName);
        }
        let signature = Signature {
            contact: offer.contact,
            name: offer.name,
            ip: offer.ip,
            by: by.to_string(),
            at: now,
        };
        Ok(Self { state: AgreementState::Signed { expires, signature }, ..self })
    }

    /// Records the provider's signature: a person, and not the one who brought the other.
    pub fn countersign(
        self,
        name: Pii<String>,
        by: Actor,
        until: Ts,
        now: Ts,
    ) -> Result<Self, SignRefusal> {
        let (expires, signature) = match self.state {
            AgreementState::Signed { expires, signature } => (expires, signature),
            AgreementState::Prepared { .. }
            | AgreementState::Executed { .. }
            | AgreementState::Terminated { .. }
            | AgreementState::Lapsed { .. } => {
                return Err(SignRefusal::WrongState { state: self.state.word() });
            }
        };
        if now >= expires {
            return Err(SignRefusal::Expired);
        }
        if !matches!(by, Actor::User(_)) || signature.by == by.to_string() {
            return Err(SignRefusal::SamePerson);
        }
        if name.expose().trim().is_empty() {
            return Err(SignRefusal::NoName);
        }
        let countersignature = Countersignature { name, by: by.to_string(), at: now };
        let state = AgreementState::Executed { at: now, until, signature, countersignature };
        Ok(Self { state, ..self })
    }

    /// Ends it.
    pub fn terminate(self, by: Actor, now: Ts) -> Result<Self, SignRefusal> {
        match self.state.word() {
            AgreementWord::Prepared | AgreementWord::Signed | AgreementWord::Executed => {
                let state = AgreementState::Terminated { at: now, by: by.to_string() };
                Ok(Self { state, ..self })
            }
            state @ (AgreementWord::Terminated | AgreementWord::Lapsed) => {
                Err(SignRefusal::WrongState { state })
            }
        }
    }

    /// Marks it as ended by time, if time has ended it.
    pub fn lapse(self, now: Ts) -> Result<Self, SignRefusal> {
        let over = match &self.state {
            AgreementState::Prepared { expires, .. } | AgreementState::Signed { expires, .. } => {
                now >= *expires
            }
            AgreementState::Executed { until, .. } => now >= *until,
            AgreementState::Terminated { .. } | AgreementState::Lapsed { .. } => false,
        };
        if over {
            Ok(Self { state: AgreementState::Lapsed { at: now }, ..self })
        } else {
            Err(SignRefusal::WrongState { state: self.state.word() })
        }
    }
}
