//! Identifiers. Each is a newtype, so that a customer's id can never stand where a trunk's belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not an identifier of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind} id; send the id exactly as Vouch returned it")]
pub struct BadId {
    /// What the id was meant to name.
    pub kind: &'static str,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(s: &str) -> Result<Self, BadId> {
                Uuid::try_parse(s).map(Self).map_err(|_ignored| BadId { kind: $kind })
            }
        }
    )*};
}

uuid_ids! {
    /// The portal client that owns customers; keys belong to it.
    ClientId = "client";
    /// A commercial organisation that wants service.
    CustomerId = "customer";
    /// An uploaded file that supports a claim.
    DocumentId = "document";
    /// One verification of one claim by one method.
    CheckId = "check";
    /// A red flag.
    FindingId = "finding";
    /// A contact person or line of a customer.
    ContactId = "contact";
    /// A challenge code sent to a contact or a number.
    ChallengeId = "challenge";
    /// One message that carried a code to a number.
    CallId = "call";
    /// What a reviewer said of a letter.
    LoaReviewId = "letter review";
    /// A proof of the key of a delegate certificate, while it is open.
    CertificateProofId = "certificate proof";
    /// A delegate certificate whose key was proved for a customer.
    CertificateId = "certificate";
    /// A signed instance of a template.
    AgreementId = "agreement";
    /// A telephone number's row; never derived from the number.
    NumberId = "number";
    /// A dispute of a number.
    DisputeId = "dispute";
    /// What links a number to a customer.
    EvidenceId = "evidence";
    /// A recorded loan of a grant to another customer.
    DelegationId = "delegation";
    /// A trunk's subject in the journal.
    TrunkUid = "trunk";
    /// A dated set of rules.
    PolicyId = "policy";
    /// One load of a list.
    ListVersionId = "list version";
    /// One line of the journal.
    EntryId = "journal entry";
    /// One command: every entry it wrote carries it.
    CommandId = "command";
    /// An API key.
    KeyId = "key";
    /// A person who logs in.
    UserId = "user";
    /// Long work with progress.
    OperationId = "operation";
    /// A piece of work done outside of any transaction.
    JobId = "job";
    /// An objection to the blocking of a number.
    ObjectionId = "objection";
    /// A raise of trust that waits for its second person.
    ProposalId = "proposal";
    /// The store's incarnation; positions of two epochs never compare.
    EpochId = "store epoch";
    /// The opaque id that groups calls in a PASSporT (RFC 8588 `origid`).
    Origid = "origid";
}

/// A trunk's name as the operator chose it: 1 to 64 of `a-z 0-9 . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrunkId(String);

impl TrunkId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TrunkId {
    type Err = BadId;

    fn from_str(s: &str) -> Result<Self, BadId> {
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        if (1..=64).contains(&s.len()) && s.bytes().all(known) {
            Ok(Self(s.to_owned()))
        } else {
            Err(BadId { kind: "trunk" })
        }
    }
}

impl TryFrom<String> for TrunkId {
    type Error = BadId;

    fn try_from(s: String) -> Result<Self, BadId> {
        s.parse()
    }
}

impl From<TrunkId> for String {
    fn from(id: TrunkId) -> Self {
        id.0
    }
}

impl fmt::Display for TrunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
