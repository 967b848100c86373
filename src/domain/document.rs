//! Uploaded files that support a claim.

use serde::Serialize;

use super::digest::Digest;
use super::ids::{CustomerId, DocumentId};
use super::time::Ts;
use super::words::words;

words! {
    /// What a document is.
    pub enum Kind as "document kind" {
        /// Certificate of formation, articles, extract of a register.
        FormationRecord = "FORMATION_RECORD",
        /// Certificate of good standing.
        GoodStanding = "GOOD_STANDING",
        /// IRS CP-575 or 147C, or a foreign tax authority's letter.
        TaxIdLetter = "TAX_ID_LETTER",
        /// Proof that a person may act for the customer.
        AuthorityToSign = "AUTHORITY_TO_SIGN",
        /// A letter of authorisation for numbers.
        LetterOfAuthorization = "LETTER_OF_AUTHORIZATION",
        /// A telephone bill.
        PhoneBill = "PHONE_BILL",
        /// Proof of the physical address.
        AddressProof = "ADDRESS_PROOF",
        /// Anything else that supports a claim.
        Other = "OTHER",
    }
}

/// What is known of an uploaded file; its bytes lie in the document store, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Whose.
    pub customer: CustomerId,
    /// What it is.
    pub kind: Kind,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of the bytes as they were uploaded.
    pub sha256: Digest,
    /// When it was uploaded.
    pub at: Ts,
    /// The principal that uploaded it.
    pub by: String,
}
