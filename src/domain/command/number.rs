//! Calls of the number service that change something.

use super::write::Write;
use crate::domain::attestation::EvidenceKind;
use crate::domain::ids::{CustomerId, DelegationId, DocumentId, EvidenceId, OperationId};
use crate::domain::number::{BadTn, Tn};
use crate::domain::number_import::Terms;
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

/// One number of a list: each gets its own result, so a bad one does not refuse the others.
#[derive(Clone, Debug)]
pub struct GivenNumber {
    /// As it was given, cut at 64 characters.
    pub given: Pii<String>,
    /// What it names.
    pub tn: Result<Tn, BadTn>,
}

/// Claims numbers, or gives them back.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// Names the write.
    pub write: Write,
    /// For whom.
    pub customer: CustomerId,
    /// 1 to 1,000 numbers.
    pub numbers: Vec<GivenNumber>,
}

/// Adds evidence to a claimed number.
#[derive(Clone, Debug)]
pub struct AddEvidence {
    /// Names the write.
    pub write: Write,
    /// For whom.
    pub customer: CustomerId,
    /// On which number.
    pub number: Tn,
    /// What it is: a letter, a bill, or the customer's own word.
    pub kind: EvidenceKind,
    /// The document it rests on; there with a letter or a bill.
    pub document: Option<DocumentId>,
    /// Its reference.
    pub reference: Pii<String>,
    /// When it was signed or dated; there with a letter or a bill.
    pub signed: Option<Ts>,
    /// Who signed the letter, or the name on the bill; there with both.
    pub party: Pii<String>,
    /// The carrier that issued the bill; there with a bill.
    pub carrier: String,
    /// The account on it; empty if not said.
    pub account: Pii<String>,
}

/// Comes before the rows of an import.
#[derive(Clone, Debug)]
pub struct ImportNumbers {
    /// Names the write. Its digest covers the header only.
    pub write: Write,
    /// What all rows have in common.
    pub terms: Terms,
}

/// Wants long work to end.
#[derive(Clone, Debug)]
pub struct CancelOperation {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub operation: OperationId,
}

/// Takes evidence back.
#[derive(Clone, Debug)]
pub struct RevokeEvidence {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub evidence: EvidenceId,
    /// Why.
    pub reason: Pii<String>,
}

/// Lends a number to another customer.
#[derive(Clone, Debug)]
pub struct DelegateNumber {
    /// Names the write.
    pub write: Write,
    /// Who lends.
    pub holder: CustomerId,
    /// Which number.
    pub number: Tn,
    /// Who borrows; another customer.
    pub delegate: CustomerId,
}

/// Takes a loan back.
#[derive(Clone, Debug)]
pub struct RevokeDelegation {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub delegation: DelegationId,
}
