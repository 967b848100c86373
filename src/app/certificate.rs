//! Delegate certificates of customers: a proof is begun, its message is signed with the
//! certificate's key, and evidence comes of it. The certificate alone is a public file and shows
//! nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::access::Written;
use super::certificate_trust::{not_revoked, path_of};
use super::change::{Changes, Turn};
use super::customer::Changed;
use super::draft::Draft;
use super::error::AppError;
use super::number_draft::{NumberDraft, not_ended};
use super::parts::App;
use super::token::ChangeToken;
use crate::domain::access::Principal;
use crate::domain::certificate::{
    Certificate, DelegateRefusal, Lint, ProofTerms, current, judge, root_key, until,
};
use crate::domain::command::certificate::{StartCertificateProof, SubmitCertificateProof};
use crate::domain::digest::Digest;
use crate::domain::evidence::{Detail, Evidence, Kind};
use crate::domain::ids::{CertificateId, CertificateProofId, CustomerId, EvidenceId, NumberId};
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::domain::time::{Span, Ts};
use crate::sources::certificate::signed_by;
use crate::store::certificate::{CertificateAdd, CertificateProofAdd, CertificateProofRow};
use crate::store::{Meta, StoreError, Tx};

/// How long a proof is open.
const OPEN: Span = Span::minutes(10);
/// Proofs that one customer may begin in a day.
const A_DAY: i64 = 1_000;

/// A proof as its owner may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofStarted {
    /// Its id.
    pub proof: CertificateProofId,
    /// Whose.
    pub customer: CustomerId,
    /// The customer's revision.
    pub revision: u64,
    /// SHA-256 of the certificate whose key has to sign.
    pub sha256: Digest,
    /// What has to be signed.
    pub message: Vec<u8>,
    /// From when no signature passes.
    pub expires: Ts,
    /// What is odd about the certificate; it refuses nothing.
    pub lints: Vec<Lint>,
}

impl ProofStarted {
    /// The token with which a query waits for this write.
    pub fn token(&self, app: &App) -> String {
        let (subject, revision) = (self.customer.0, self.revision);
        ChangeToken { epoch: app.store.epoch(), subject, revision }.to_string()
    }
}

/// What came of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProofTried {
    /// It fits, and evidence came of it.
    Passed {
        /// Whose.
        customer: CustomerId,
        /// The numbers' rows, in the order of the digits.
        numbers: Vec<NumberId>,
        /// The changed number that tables apply last.
        last: Option<Written>,
        /// From when the evidence no longer counts.
        expires: Ts,
    },
    /// It does not fit; the proof is over.
    Wrong,
    /// No signature passes here any more.
    Closed,
}

impl Changes for ProofStarted {
    fn changed(&self) -> Option<Changed> {
        Some(Changed { customer: self.customer, revision: self.revision })
    }
}

impl Changes for ProofTried {
    fn changed(&self) -> Option<Changed> {
        None
    }
}

/// What is sealed of a proof.
#[derive(Clone, Serialize, Deserialize)]
struct Subject {
    chain: Vec<u8>,
    numbers: Vec<Tn>,
}

/// Begins a proof: everything but the key is looked at now, so that nobody signs for nothing.
pub async fn start(
    app: &App,
    who: &Principal,
    ask: StartCertificateProof,
) -> Result<ProofStarted, AppError> {
    super::customer::get(app, who, ask.customer).await?;
    let path = path_of(app, &ask.chain).await?;
    let id = CertificateProofId(app.clock.id());
    let mut nonce = vec![0; 32];
    app.clock.random(&mut nonce).map_err(|error| AppError::bug(&app.clock, &error))?;
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let (ask, path, nonce) = (ask.clone(), path.clone(), nonce.clone());
        async move {
            let draft = turn.draft(ask.customer).await?;
            not_ended(&draft)?;
            stands(&mut turn.tx, &draft, &path, &ask.numbers).await?;
            let now = turn.tx.now();
            let (began,) =
                turn.tx.certificate_proofs_since(ask.customer, now.minus(Span::days(1))).await?;
            if began >= A_DAY {
                return Err(AppError::Exhausted {
                    reason: "TOO_MANY_PROOFS",
                    message: "too many proofs were begun within a day; try again tomorrow".into(),
                    retry: Span::hours(24),
                });
            }
            for (at, tn) in in_order(&ask.numbers) {
                claimed(&mut turn.tx, ask.customer, tn, at).await?;
            }
            begin(&mut turn, draft, ask, &path, (id, nonce)).await
        }
    })
    .await
}

async fn begin(
    turn: &mut Turn,
    draft: Draft,
    ask: StartCertificateProof,
    path: &[Certificate],
    (id, nonce): (CertificateProofId, Vec<u8>),
) -> Result<ProofStarted, AppError> {
    let own = path.first().ok_or(DelegateRefusal::NoPath)?;
    let (customer, sha256) = (ask.customer, own.sha256);
    let terms = ProofTerms {
        store: turn.app.store.epoch(),
        proof: id,
        customer,
        certificate: sha256,
        numbers: &ask.numbers,
        nonce: &nonce,
    };
    let message = terms.message();
    let subject = Subject { chain: ask.chain, numbers: ask.numbers };
    let plain = serde_json::to_vec(&subject)
        .map_err(|_shape| StoreError::Defect("a value cannot be encoded"))?;
    let cell = id.0;
    let sealed =
        turn.tx.seal_for(customer, "certificate_proof", "subject", cell.as_bytes(), &plain).await?;
    let written = turn.write(draft, "customer.certificate_proof_started").await?;
    let (at, expires) = (turn.tx.now(), turn.tx.now().plus(OPEN));
    turn.tx
        .certificate_proof_add(&CertificateProofAdd {
            id,
            customer,
            sha256: sha256.as_bytes().to_vec(),
            subject: sealed,
            nonce,
            at,
            expires,
            entry: written.entry,
        })
        .await?;
    Ok(ProofStarted {
        proof: id,
        customer,
        revision: written.revision,
        sha256,
        message,
        expires,
        lints: current(own),
    })
}

/// The numbers in the order of their digits, so that commands lock rows in one order; each with its
/// place in the request.
fn in_order(numbers: &[Tn]) -> Vec<(usize, Tn)> {
    let mut order: Vec<_> = numbers.iter().copied().enumerate().collect();
    order.sort_by_key(|(_, tn)| *tn);
    order
}

/// Whether the path holds now and names every number; says until when it is known to be revoked
/// nowhere.
async fn stands(
    tx: &mut Tx,
    draft: &Draft,
    path: &[Certificate],
    numbers: &[Tn],
) -> Result<Ts, AppError> {
    let covered = judge(path, tx.now())?;
    let known = not_revoked(tx, path, draft.policy.policy.evidence.crl_max_age()).await?;
    if let Some(at) = numbers.iter().position(|tn| !covered.covers(*tn)) {
        let refusal = DelegateRefusal::NotCovered;
        return Err(AppError::field(format!("numbers[{at}]"), refusal.as_str(), refusal.message()));
    }
    Ok(known)
}

/// The number's file, if the customer claims it.
async fn claimed(
    tx: &mut Tx,
    customer: CustomerId,
    tn: Tn,
    at: usize,
) -> Result<NumberDraft, AppError> {
    let known = NumberDraft::open(tx, tn).await?.filter(|draft| draft.file.claimed_by(customer));
    known.ok_or_else(|| {
        let message = "the customer claims no such number; claim it";
        AppError::field(format!("numbers[{at}]"), "NOT_CLAIMED", message)
    })
}

/// Ends a proof with a signature. One that does not fit is written too: a nonce is used once.
pub async fn submit(
    app: &App,
    who: &Principal,
    ask: SubmitCertificateProof,
) -> Result<ProofTried, AppError> {
    let (caller, id) = (*who, ask.proof);
    let (row, subject) = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { opened(&mut tx, &caller, id).await })
        .await?;
    let path = path_of(app, &subject.chain).await?;
    let certificate = CertificateId(app.clock.id());
    let ids: Vec<EvidenceId> = subject.numbers.iter().map(|_| EvidenceId(app.clock.id())).collect();
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let (ask, path) = (ask.clone(), path.clone());
        let (subject, ids, customer) = (subject.clone(), ids.clone(), row.customer_id);
        async move {
            let draft = turn.draft(customer).await?;
            let (row, _) = opened_lock(&mut turn, ask.proof).await?;
            if row.state != "OPEN" || row.expires_at <= turn.tx.now() {
                return Ok(ProofTried::Closed);
            }
            if !fits(&turn.app, &row, &subject, &path, &ask.signature)? {
                turn.tx.certificate_proof_set(row.id, "FAILED").await?;
                return Ok(ProofTried::Wrong);
            }
            not_ended(&draft)?;
            let known = stands(&mut turn.tx, &draft, &path, &subject.numbers).await?;
            pass(&mut turn, draft, &path, Passing { row, certificate, ids, subject, known }).await
        }
    })
    .await
}

/// A proof that the caller may see, with what is sealed of it.
async fn opened(
    tx: &mut Tx,
    who: &Principal,
    id: CertificateProofId,
) -> Result<(CertificateProofRow, Subject), AppError> {
    let missing = AppError::NotFound { what: "certificate proof" };
    let Some(row) = tx.certificate_proof(id).await? else { return Err(missing) };
    match tx.customer(row.customer_id).await? {
        Some(owner) if who.sees(Some(owner.client_id)) => {}
        Some(_) | None => return Err(missing),
    }
    let cell = row.id.0;
    let subject = tx
        .open_json(row.customer_id, "certificate_proof", "subject", cell.as_bytes(), &row.subject)
        .await?;
    Ok((row, subject))
}

async fn opened_lock(
    turn: &mut Turn,
    id: CertificateProofId,
) -> Result<(CertificateProofRow, Subject), AppError> {
    if turn.tx.certificate_proof_lock(id).await?.is_none() {
        return Err(AppError::NotFound { what: "certificate proof" });
    }
    let who = turn.who;
    opened(&mut turn.tx, &who, id).await
}

/// Whether the signature is one of the certificate's key over this proof's message.
fn fits(
    app: &App,
    row: &CertificateProofRow,
    subject: &Subject,
    path: &[Certificate],
    signature: &[u8],
) -> Result<bool, AppError> {
    let own = path.first().ok_or(DelegateRefusal::NoPath)?;
    let bound = Digest::try_from(row.sha256.as_slice())
        .map_err(|_length| StoreError::Corrupt("certificate proof"))?;
    let terms = ProofTerms {
        store: app.store.epoch(),
        proof: row.id,
        customer: row.customer_id,
        certificate: bound,
        numbers: &subject.numbers,
        nonce: &row.nonce,
    };
    Ok(own.sha256 == bound && signed_by(own, &terms.message(), signature))
}

/// What a proof that passed needs to become evidence.
struct Passing {
    row: CertificateProofRow,
    certificate: CertificateId,
    ids: Vec<EvidenceId>,
    subject: Subject,
    /// Until when the list of revoked certificates may be rested on.
    known: Ts,
}

async fn pass(
    turn: &mut Turn,
    draft: Draft,
    path: &[Certificate],
    passing: Passing,
) -> Result<ProofTried, AppError> {
    let Passing { row, certificate, ids, subject, known } = passing;
    let customer = row.customer_id;
    let now = turn.tx.now();
    let expires = until(path, now, draft.policy.policy.evidence.delegate_proof_days);
    turn.tx.certificate_proof_set(row.id, "PASSED").await?;
    let entry = turn.write(draft, "customer.certificate_proved").await?.entry;
    let add =
        CertificateAdd { id: certificate, customer, sha256: row.sha256, at: now, expires, entry };
    turn.tx.certificate_add(&add).await?;
    // Each list of revoked certificates that is loaded moves this on, up to the proof's own end.
    let expires = expires.min(known);
    let root = path.last().map(|root| root_key(&root.sha256.to_string()));
    let links: BTreeSet<String> =
        path.iter().map(Certificate::revocation_key).chain(root).collect();
    for link in &links {
        turn.tx.certificate_link_add(certificate, link).await?;
    }
    let reference = Digest::try_from(add.sha256.as_slice())
        .map_err(|_length| StoreError::Corrupt("certificate proof"))?
        .to_string();
    let by = turn.who.actor.to_string();
    let (mut numbers, mut last) = (Vec::new(), None::<Written>);
    for ((at, tn), id) in in_order(&subject.numbers).into_iter().zip(ids) {
        let mut number = claimed(&mut turn.tx, customer, tn, at).await?;
        number.end_where(|old| {
            let same = old.customer == customer && old.kind == Kind::DelegateCert;
            same && old.detail.reference.as_str() == reference
        });
        let evidence = Evidence {
            id,
            number: number.file.id,
            customer,
            kind: Kind::DelegateCert,
            source: "proof of the certificate's key".to_owned(),
            detail: Detail { reference: Pii::new(reference.clone()), ..Detail::default() },
            document: None,
            verified_at: now,
            expires_at: expires,
            revoked_at: None,
            by: by.clone(),
        };
        number.add(evidence, now);
        let written =
            number.write(&mut turn.tx, "number.certificate_proved", Some(customer)).await?;
        turn.tx.certificate_evidence_add(certificate, id).await?;
        numbers.push(NumberId(written.subject));
        // Entries of one command are ordered by their subjects.
        last = last.filter(|before| before.subject > written.subject).or(Some(written));
    }
    Ok(ProofTried::Passed { customer, numbers, last, expires })
}
