//! Proofs of a certificate's key on the wire.

use std::collections::BTreeSet;

use crate::domain::certificate::Lint;
use crate::domain::command::certificate::{StartCertificateProof, SubmitCertificateProof};
use crate::domain::number::Tn;
use crate::wire::pb;
use crate::wire::validate::{Faults, Reader};

/// Most numbers of one proof.
const MAX_NUMBERS: usize = 1_000;
/// The longest chain, in bytes.
const MAX_CHAIN: usize = 256 << 10;
/// The longest signature: two numbers of 33 bytes in DER have 72.
const MAX_SIGNATURE: usize = 80;

/// The numbers as they were given, each once.
fn numbers(r: &mut Reader, texts: Vec<String>) -> Vec<Tn> {
    if texts.is_empty() {
        r.required("numbers");
    }
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, text) in r.list("numbers", texts, MAX_NUMBERS).iter().enumerate() {
        let field = format!("numbers[{at}]");
        match r.tn(&field, text) {
            Some(tn) if seen.insert(tn) => found.push(tn),
            Some(_) => r.fault(&field, "REPEATED", "name each number once"),
            None => {}
        }
    }
    found
}

impl TryFrom<pb::StartCertificateProofRequest> for StartCertificateProof {
    type Error = Faults;

    fn try_from(m: pb::StartCertificateProofRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("StartCertificateProof", &m.request_id, &m);
        let customer = r.id("customer_id", &m.customer_id);
        if m.chain.is_empty() {
            r.required("chain");
        }
        if m.chain.len() > MAX_CHAIN {
            r.fault("chain", "TOO_LONG", "at most 256 KiB");
        }
        let chain = m.chain.to_vec();
        let numbers = numbers(&mut r, m.numbers);
        r.finish(customer.map(|customer| Self { write, customer, numbers, chain }))
    }
}

impl TryFrom<pb::SubmitCertificateProofRequest> for SubmitCertificateProof {
    type Error = Faults;

    fn try_from(m: pb::SubmitCertificateProofRequest) -> Result<Self, Faults> {
        let mut r = Reader::new();
        let write = r.write("SubmitCertificateProof", &m.request_id, &m);
        let proof = r.id("proof_id", &m.proof_id);
        if m.signature.is_empty() {
            r.required("signature");
        }
        if m.signature.len() > MAX_SIGNATURE {
            r.fault("signature", "TOO_LONG", "64 bytes as in a JWS, or DER");
        }
        let signature = m.signature.to_vec();
        r.finish(proof.map(|proof| Self { write, proof, signature }))
    }
}

impl pb::CertificateLint {
    /// A lint as callers see it.
    pub fn of(lint: &Lint) -> Self {
        Self {
            code: lint.code.clone(),
            severity: lint.severity.as_str().to_owned(),
            source: lint.source.as_str().to_owned(),
            details: lint.details.clone(),
        }
    }
}
