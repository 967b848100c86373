//! Checks, the documents behind them, challenges, and the traceback contact they verify.

use crate::domain::ids::{ChallengeId, CheckId, CustomerId, DocumentId, EntryId, ProposalId};
use crate::domain::time::Ts;
use crate::queries;

/// A check as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CheckRow {
    /// Its id.
    pub id: CheckId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The kind's word.
    pub kind: String,
    /// Which of several claims of this kind.
    pub subject: String,
    /// The digest of the claim that was checked.
    pub claim_digest: Vec<u8>,
    /// The result's word.
    pub result: String,
    /// The stable reason behind the result.
    pub reason: String,
    /// The method's word.
    pub method: String,
    /// Where the answer came from.
    pub source: String,
    /// Sealed evidence.
    pub evidence: Vec<u8>,
    /// The document behind it, if any.
    pub document_id: Option<DocumentId>,
    /// When it was made.
    pub checked_at: Ts,
    /// From when it no longer counts.
    pub expires_at: Ts,
    /// Who made it.
    pub actor: String,
    /// Until when two people let it pass.
    pub override_until: Option<Ts>,
    /// Their proposal.
    pub override_proposal: Option<ProposalId>,
    /// The entry that ended it, if it is no longer live.
    pub to_entry: Option<EntryId>,
}

/// An uploaded document.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DocumentRow {
    /// Its id.
    pub id: DocumentId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The kind's word.
    pub kind: String,
    /// What it is.
    pub media_type: String,
    /// Its sealed name.
    pub file_name: Vec<u8>,
    /// Its length in bytes.
    pub size: i64,
    /// SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Where the document store keeps it.
    pub blob_key: String,
    /// When it came.
    pub uploaded_at: Ts,
    /// Who brought it.
    pub uploaded_by: String,
}

/// A challenge: a code that only the delivery channel carries.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ChallengeRow {
    /// Its id; also the delivery's message id.
    pub id: ChallengeId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What it proves: a check's kind, or NUMBER.
    pub kind: String,
    /// The contact's id, or the number's.
    pub subject: String,
    /// The digest of the claim it proves.
    pub claim_digest: Vec<u8>,
    /// The channel's word.
    pub channel: String,
    /// Keyed hash of the code.
    pub code_hash: Vec<u8>,
    /// How many codes were tried.
    pub tries: i64,
    /// How often it was sent.
    pub sent: i64,
    /// The state's word.
    pub state: String,
    /// When it was made.
    pub created_at: Ts,
    /// From when no code passes.
    pub expires_at: Ts,
    /// The person keys the code into the call: only the switch can report it.
    pub keyed: bool,
}

/// A traceback contact of a customer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TracebackContactRow {
    /// The contact's id in the profile.
    pub contact_id: String,
    /// Whether it is the one primary contact.
    pub is_primary: bool,
}

/// What `check_add` writes.
#[derive(Clone, Debug)]
pub struct CheckAdd {
    /// Its id.
    pub id: CheckId,
    /// Whose.
    pub customer: CustomerId,
    /// The kind's word.
    pub kind: String,
    /// Which of several of this kind.
    pub subject: String,
    /// The digest of the claim.
    pub digest: Vec<u8>,
    /// The result's word.
    pub result: String,
    /// Why.
    pub reason: String,
    /// The method's word.
    pub method: String,
    /// Where it came from.
    pub source: String,
    /// Sealed evidence.
    pub evidence: Vec<u8>,
    /// The document behind it.
    pub document: Option<DocumentId>,
    /// The time of the command.
    pub at: Ts,
    /// From when it no longer counts.
    pub expires: Ts,
    /// Who did it.
    pub actor: String,
    /// The journal entry that wrote it.
    pub entry: EntryId,
    /// The entry that ends it at once, for a late result.
    pub closed_by: Option<EntryId>,
}

/// What `document_add` writes.
#[derive(Clone, Debug)]
pub struct DocumentAdd {
    /// Its id.
    pub id: DocumentId,
    /// Whose.
    pub customer: CustomerId,
    /// The kind's word.
    pub kind: String,
    /// What the file is.
    pub media: String,
    /// The name.
    pub name: Vec<u8>,
    /// Its length in bytes.
    pub size: i64,
    /// SHA-256 of the content before sealing.
    pub sha256: Vec<u8>,
    /// Where the document store keeps it.
    pub key: String,
    /// The time of the command.
    pub at: Ts,
    /// Who did it.
    pub by: String,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

/// What `challenge_add` writes.
#[derive(Clone, Debug)]
pub struct ChallengeAdd {
    /// Its id.
    pub id: ChallengeId,
    /// Whose.
    pub customer: CustomerId,
    /// The kind's word.
    pub kind: String,
    /// Which of several of this kind.
    pub subject: String,
    /// The digest of the claim.
    pub digest: Vec<u8>,
    /// The channel's word.
    pub channel: String,
    /// Keyed hash of the code.
    pub code_hash: Vec<u8>,
    /// The sealed code, for its delivery.
    pub code_sealed: Vec<u8>,
    /// The time of the command.
    pub at: Ts,
    /// From when it no longer counts.
    pub expires: Ts,
    /// Codes tried of the one before, where this one goes on counting.
    pub tries: i64,
    /// The person keys the code into the call.
    pub keyed: bool,
    /// The journal entry that wrote it.
    pub entry: EntryId,
}

queries! {
    /// Every check of a customer that still stands, newest last.
    pub fn checks_live(id: CustomerId) -> all<CheckRow> =
        "SELECT id, customer_id, kind, subject, claim_digest, result, reason, method, source, evidence, document_id, checked_at,
           expires_at, actor, override_until, override_proposal, to_entry
         FROM check_result WHERE customer_id = $1 AND to_entry IS NULL ORDER BY id";

    /// A page of live checks that wait for a reviewer.
    pub fn checks_in_review(after: CheckId, limit: i64) -> all<CheckRow> =
        "SELECT id, customer_id, kind, subject, claim_digest, result, reason, method, source, evidence, document_id, checked_at,
           expires_at, actor, override_until, override_proposal, to_entry
         FROM check_result WHERE result = 'REVIEW' AND to_entry IS NULL AND id > $1 ORDER BY id LIMIT $2";

    /// A new check; `closed_by` is the entry itself for a late result that counts for nothing.
    pub fn check_add(row: CheckAdd { id: CheckId, customer: CustomerId, kind: String, subject: String, digest: Vec<u8>, result: String, reason: String, method: String, source: String, evidence: Vec<u8>, document: Option<DocumentId>, at: Ts, expires: Ts, actor: String, entry: EntryId, closed_by: Option<EntryId> }) -> exec =
        "INSERT INTO check_result (id, customer_id, kind, subject, claim_digest, result, reason, method, source, evidence, document_id,
           checked_at, expires_at, actor, override_until, override_proposal, from_entry, to_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULL, NULL, $15, $16)";

    /// Ends every live check of this kind and subject but the newest.
    pub fn check_end(customer: CustomerId, kind: &str, subject: &str, newest: CheckId, entry: EntryId) -> exec =
        "UPDATE check_result SET to_entry = $5
         WHERE customer_id = $1 AND kind = $2 AND subject = $3 AND id <> $4 AND to_entry IS NULL";

    /// Lets a check pass until a time, by two people's proposal.
    pub fn check_override(id: CheckId, until: Ts, proposal: ProposalId) -> exec =
        "UPDATE check_result SET override_until = $2, override_proposal = $3 WHERE id = $1 AND to_entry IS NULL";

    /// A new document.
    pub fn document_add(row: DocumentAdd { id: DocumentId, customer: CustomerId, kind: String, media: String, name: Vec<u8>, size: i64, sha256: Vec<u8>, key: String, at: Ts, by: String, entry: EntryId }) -> exec =
        "INSERT INTO document (id, customer_id, kind, media_type, file_name, size, sha256, blob_key, uploaded_at, uploaded_by, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

    /// A document.
    pub fn document(id: DocumentId) -> opt<DocumentRow> =
        "SELECT id, customer_id, kind, media_type, file_name, size, sha256, blob_key, uploaded_at, uploaded_by FROM document WHERE id = $1";

    /// A new challenge.
    pub fn challenge_add(row: ChallengeAdd { id: ChallengeId, customer: CustomerId, kind: String, subject: String, digest: Vec<u8>, channel: String, code_hash: Vec<u8>, code_sealed: Vec<u8>, tries: i64, keyed: bool, at: Ts, expires: Ts, entry: EntryId }) -> exec =
        "INSERT INTO challenge (id, customer_id, kind, subject, claim_digest, channel, code_hash, code_sealed, tries, sent, state,
           keyed, created_at, expires_at, from_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 'OPEN', $10, $11, $12, $13)";

    /// A challenge, locked for this command.
    pub fn challenge_lock(id: ChallengeId) -> opt<ChallengeRow> = sql!(
        "SELECT id, customer_id, kind, subject, claim_digest, channel, code_hash, tries, sent, state, created_at, expires_at, keyed
         FROM challenge WHERE id = $1", pg: " FOR UPDATE");

    /// A challenge.
    pub fn challenge_row(id: ChallengeId) -> opt<ChallengeRow> =
        "SELECT id, customer_id, kind, subject, claim_digest, channel, code_hash, tries, sent, state, created_at, expires_at, keyed
         FROM challenge WHERE id = $1";

    /// The sealed code of an open challenge, for the one job that delivers it.
    pub fn challenge_code(id: ChallengeId) -> opt<(Vec<u8>,)> =
        "SELECT code_sealed FROM challenge WHERE id = $1 AND state = 'OPEN'";

    /// How many challenges of this kind and subject were made since a time.
    pub fn challenges_since(customer: CustomerId, kind: &str, subject: &str, since: Ts) -> one<(i64,)> =
        "SELECT count(*) FROM challenge WHERE customer_id = $1 AND kind = $2 AND subject = $3 AND created_at > $4";

    /// How many challenges of a customer's contacts were made since a time: all but those of `number`,
    /// the kind that goes to claimed numbers.
    pub fn contact_challenges_since(customer: CustomerId, number: &str, since: Ts) -> one<(i64,)> =
        "SELECT count(*) FROM challenge WHERE customer_id = $1 AND kind <> $2 AND created_at > $3";

    /// A challenge after a try.
    pub fn challenge_set(id: ChallengeId, tries: i64, state: &str) -> exec =
        "UPDATE challenge SET tries = $2, state = $3 WHERE id = $1";

    /// Another delivery of the same code; the count of tries stays.
    pub fn challenge_sent(id: ChallengeId) -> exec = "UPDATE challenge SET sent = sent + 1 WHERE id = $1";

    /// Ends every open challenge of this kind and subject: only the newest code passes.
    pub fn challenges_end(customer: CustomerId, kind: &str, subject: &str) -> exec =
        "UPDATE challenge SET state = 'EXPIRED' WHERE customer_id = $1 AND kind = $2 AND subject = $3 AND state = 'OPEN'";

    /// Deletes challenges made before a time, with their sealed codes; at most `limit` a call. What a
    /// passed one proved stands in its check.
    pub fn challenges_sweep(before: Ts, limit: i64) -> exec =
        "DELETE FROM challenge WHERE id IN
         (SELECT id FROM challenge WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

    /// A customer's traceback contacts.
    pub fn traceback_contacts(customer: CustomerId) -> all<TracebackContactRow> =
        "SELECT contact_id, is_primary FROM traceback_contact WHERE customer_id = $1 ORDER BY contact_id";

    /// Another contact becomes the one primary traceback contact.
    pub fn traceback_move(customer: CustomerId, contact: &str, entry: EntryId) -> exec =
        "UPDATE traceback_contact SET contact_id = $2, from_entry = $3 WHERE customer_id = $1 AND is_primary";

    /// The first primary traceback contact.
    pub fn traceback_add(customer: CustomerId, contact: &str, entry: EntryId) -> exec =
        "INSERT INTO traceback_contact (customer_id, contact_id, is_primary, from_entry) VALUES ($1, $2, TRUE, $3)";
}
