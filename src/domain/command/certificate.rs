//! Calls that prove the key of a delegate certificate.

use super::write::Write;
use crate::domain::ids::{CertificateProofId, CustomerId};
use crate::domain::number::Tn;

/// Begins a proof.
#[derive(Clone, Debug)]
pub struct StartCertificateProof {
    /// Names the write.
    pub write: Write,
    /// For whom.
    pub customer: CustomerId,
    /// 1 to 1,000 numbers that the customer claims, each once.
    pub numbers: Vec<Tn>,
    /// The certificate and its issuers, PEM or DER.
    pub chain: Vec<u8>,
}

/// Ends a proof with a signature.
#[derive(Clone, Debug)]
pub struct SubmitCertificateProof {
    /// Names the write.
    pub write: Write,
    /// Which.
    pub proof: CertificateProofId,
    /// ES256 over the proof's message.
    pub signature: Vec<u8>,
}
