//! Calls of the agreement service that change something.

use std::net::IpAddr;

use super::write::Write;
use crate::domain::ids::{AgreementId, ContactId, CustomerId};
use crate::domain::pii::Pii;

/// Writes an agreement for a customer from a template.
#[derive(Clone, Debug)]
pub struct PrepareAgreement {
    /// Names the write.
    pub write: Write,
    /// For whom.
    pub customer: CustomerId,
    /// From which template.
    pub template: String,
}

/// Signs for the customer.
#[derive(Clone, Debug)]
pub struct SignAgreement {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub agreement: AgreementId,
    /// The contact that signs.
    pub contact: ContactId,
    /// SHA-256 of the copy the signer saw.
    pub sha256: [u8; 32],
    /// The signer's name as typed.
    pub name: Pii<String>,
    /// Where the signer came from.
    pub ip: Pii<IpAddr>,
}

/// Signs for the provider.
#[derive(Clone, Debug)]
pub struct CountersignAgreement {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub agreement: AgreementId,
    /// The name of who signs, as typed.
    pub name: Pii<String>,
}

/// Ends an agreement.
#[derive(Clone, Debug)]
pub struct TerminateAgreement {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub agreement: AgreementId,
    /// Why.
    pub reason: Pii<String>,
}
