//! Delegate certificates whose keys were proved, and proofs that are open.

use crate::domain::ids::{
    CertificateId, CertificateProofId, CustomerId, EntryId, EvidenceId, NumberId,
};
use crate::domain::number::Tn;
use crate::domain::time::Ts;
use crate::queries;

/// A proof as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CertificateProofRow {
    /// Its id.
    pub id: CertificateProofId,
    /// Whose.
    pub customer_id: CustomerId,
    /// SHA-256 of the certificate whose key signs.
    pub sha256: Vec<u8>,
    /// Sealed: the chain and the numbers.
    pub subject: Vec<u8>,
    /// What nobody could know before.
    pub nonce: Vec<u8>,
    /// The state's word.
    pub state: String,
    /// From when no signature passes.
    pub expires_at: Ts,
}

/// A piece of evidence that a certificate carries.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct CarriedRow {
    /// The certificate.
    pub certificate_id: CertificateId,
    /// The evidence.
    pub evidence_id: EvidenceId,
    /// The number's row.
    pub number_id: NumberId,
    /// The number.
    pub tn: Tn,
    /// Whose.
    pub customer_id: CustomerId,
}

/// What `certificate_proof_add` writes.
#[derive(Clone, Debug)]
pub struct CertificateProofAdd {
    /// Its id.
    pub id: CertificateProofId,
    /// Whose.
    pub customer: CustomerId,
    /// SHA-256 of the certificate.
    pub sha256: Vec<u8>,
    /// Sealed: the chain and the numbers.
    pub subject: Vec<u8>,
    /// The nonce.
    pub nonce: Vec<u8>,
    /// The time of the command.
    pub at: Ts,
    /// From when no signature passes.
    pub expires: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `certificate_add` writes.
#[derive(Clone, Debug)]
pub struct CertificateAdd {
    /// Its id.
    pub id: CertificateId,
    /// Whose.
    pub customer: CustomerId,
    /// SHA-256 of the certificate.
    pub sha256: Vec<u8>,
    /// When its key was proved.
    pub at: Ts,
    /// From when the proof no longer counts.
    pub expires: Ts,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// A new proof.
    pub fn certificate_proof_add(row: CertificateProofAdd { id: CertificateProofId, customer: CustomerId, sha256: Vec<u8>, subject: Vec<u8>, nonce: Vec<u8>, at: Ts, expires: Ts, entry: EntryId }) -> exec =
        "INSERT INTO certificate_proof (id, customer_id, sha256, subject, nonce, state, created_at, expires_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, 'OPEN', $6, $7, $8)";

    /// A proof, locked for this command.
    pub fn certificate_proof_lock(id: CertificateProofId) -> opt<CertificateProofRow> = sql!(
        "SELECT id, customer_id, sha256, subject, nonce, state, expires_at FROM certificate_proof WHERE id = $1",
        pg: " FOR UPDATE");

    /// A proof.
    pub fn certificate_proof(id: CertificateProofId) -> opt<CertificateProofRow> =
        "SELECT id, customer_id, sha256, subject, nonce, state, expires_at FROM certificate_proof WHERE id = $1";

    /// A proof after its one try.
    pub fn certificate_proof_set(id: CertificateProofId, state: &str) -> exec =
        "UPDATE certificate_proof SET state = $2 WHERE id = $1 AND state = 'OPEN'";

    /// How many proofs a customer began since a time.
    pub fn certificate_proofs_since(customer: CustomerId, since: Ts) -> one<(i64,)> =
        "SELECT count(*) FROM certificate_proof WHERE customer_id = $1 AND created_at > $2";

    /// Deletes proofs made before a time; at most `limit` a call. What a passed one gave stands in its
    /// evidence.
    pub fn certificate_proofs_sweep(before: Ts, limit: i64) -> exec =
        "DELETE FROM certificate_proof WHERE id IN
         (SELECT id FROM certificate_proof WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

    /// A certificate whose key was proved.
    pub fn certificate_add(row: CertificateAdd { id: CertificateId, customer: CustomerId, sha256: Vec<u8>, at: Ts, expires: Ts, entry: EntryId }) -> exec =
        "INSERT INTO number_certificate (id, customer_id, sha256, proved_at, expires_at, from_entry, to_entry)
         VALUES ($1, $2, $3, $4, $5, $6, NULL)";

    /// One certificate of its chain.
    pub fn certificate_link_add(certificate: CertificateId, key: &str) -> exec =
        "INSERT INTO number_certificate_link (certificate_id, revocation_key) VALUES ($1, $2)";

    /// Evidence that it carries.
    pub fn certificate_evidence_add(certificate: CertificateId, evidence: EvidenceId) -> exec =
        "INSERT INTO number_certificate_evidence (certificate_id, evidence_id) VALUES ($1, $2)";

    /// Live certificates, by id.
    pub fn certificates_live(after: CertificateId, now: Ts, limit: i64) -> all<(CertificateId, Ts)> =
        "SELECT id, expires_at FROM number_certificate WHERE id > $1 AND to_entry IS NULL AND expires_at > $2 ORDER BY id LIMIT $3";

    /// Ends a certificate.
    pub fn certificate_end(id: CertificateId, entry: EntryId) -> exec =
        "UPDATE number_certificate SET to_entry = $2 WHERE id = $1 AND to_entry IS NULL";

    /// Live certificates with this one in their chain.
    pub fn certificates_over(key: &str) -> all<(CertificateId,)> =
        "SELECT c.id FROM number_certificate c JOIN number_certificate_link l ON l.certificate_id = c.id
         WHERE l.revocation_key = $1 AND c.to_entry IS NULL ORDER BY c.id";

    /// Live evidence that a certificate carries, by digits.
    pub fn certificate_carries(certificate: CertificateId) -> all<CarriedRow> =
        "SELECT p.certificate_id, e.id AS evidence_id, n.id AS number_id, n.tn, e.customer_id FROM number_certificate_evidence p
         JOIN evidence e ON e.id = p.evidence_id JOIN number_state n ON n.id = e.number_id
         WHERE p.certificate_id = $1 AND e.to_entry IS NULL ORDER BY n.tn";

    /// Whether a list has a live entry under this reference.
    pub fn list_holds(list: &str, reference: &str) -> opt<(EntryId,)> =
        "SELECT from_entry FROM list_entry WHERE list = $1 AND ref = $2 AND to_entry IS NULL";
}
