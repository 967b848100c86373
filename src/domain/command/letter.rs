//! Calls about letters of authorisation, bills and bundles.

use super::write::Write;
use crate::domain::evidence::{CarrierOfRecord, LetterDecision, LetterFault, Reading};
use crate::domain::ids::{ContactId, CustomerId, EvidenceId};
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

/// Who has the numbers, where it is not the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscriber {
    /// Its legal name.
    pub name: Pii<String>,
    /// Its service address.
    pub address: Vec<Pii<String>>,
    /// Who signs for it.
    pub signer: Pii<String>,
    /// As what.
    pub title: Pii<String>,
}

/// Asks for a letter to be printed.
#[derive(Clone, Debug)]
pub struct RenderLoa {
    /// For whom.
    pub customer: CustomerId,
    /// 1 to 1,000 numbers that the customer claims.
    pub numbers: Vec<Tn>,
    /// Who has them; the customer itself where nobody is named.
    pub subscriber: Option<Subscriber>,
    /// Which contact signs, where the customer is the subscriber.
    pub contact: Option<ContactId>,
    /// The number that is billed.
    pub billing_number: Option<Tn>,
    /// Who serves the numbers.
    pub carrier: String,
    /// The account there.
    pub account: Pii<String>,
    /// When the authorisation ends.
    pub ends: Option<Ts>,
}

/// Says what a reviewer made of a letter.
#[derive(Clone, Debug)]
pub struct ReviewLoa {
    /// Names the write.
    pub write: Write,
    /// The letter as it was handed in, for one number.
    pub evidence: EvidenceId,
    /// Whether it counts.
    pub decision: LetterDecision,
    /// What speaks against it; with a rejection only.
    pub reasons: Vec<LetterFault>,
    /// What was read.
    pub reading: Reading,
    /// What the reviewer saw.
    pub note: Pii<String>,
}

/// Says who serves a number.
#[derive(Clone, Debug)]
pub struct RecordCarrier {
    /// Names the write.
    pub write: Write,
    /// Which number.
    pub number: Tn,
    /// Who serves it, and who says so.
    pub carrier: CarrierOfRecord,
}

/// Proposes that a letter, a bill and a call-back count together.
#[derive(Clone, Debug)]
pub struct ProposeBundle {
    /// Names the write.
    pub write: Write,
    /// Whose.
    pub customer: CustomerId,
    /// On which number.
    pub number: Tn,
    /// The three.
    pub members: Vec<EvidenceId>,
    /// Why.
    pub reason: Pii<String>,
}
