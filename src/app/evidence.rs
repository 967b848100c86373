//! Evidence on numbers that people hand in and take back. What a portal hands in waits for a
//! reviewer and counts for nothing until then; the grants of the number follow in the same command.

use super::error::AppError;
use super::number::OnNumber;
use super::number_draft::{NumberDraft, not_ended, owner_draft};
use super::parts::App;
use crate::domain::access::{Principal, Role};
use crate::domain::command::number::{AddEvidence, RevokeEvidence};
use crate::domain::document;
use crate::domain::evidence::{
    BillFault, CarrierOfRecord, Detail, Evidence, EvidenceRefusal, Kind, bill_faults, expires,
    letter_kind,
};
use crate::domain::fault::FieldFault;
use crate::domain::ids::{CustomerId, DocumentId, EvidenceId};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;
use crate::store::{Meta, Tx};

/// Adds evidence to a number that the customer claims.
pub async fn add(app: &App, who: &Principal, ask: AddEvidence) -> Result<OnNumber, AppError> {
    let meta = Meta::write(who, &ask.write);
    let id = EvidenceId(app.clock.id());
    let (shared, who) = (app.clone(), *who);
    app.store
        .command(meta, move |mut tx| {
            let (app, ask) = (shared.clone(), ask.clone());
            async move { add_in(&app, &mut tx, &who, ask, id).await }
        })
        .await
}

async fn add_in(
    app: &App,
    tx: &mut Tx,
    who: &Principal,
    ask: AddEvidence,
    id: EvidenceId,
) -> Result<OnNumber, AppError> {
    let owner = owner_draft(app, tx, who, ask.customer).await?;
    not_ended(&owner)?;
    let mut draft = NumberDraft::open_claimed(tx, ask.number, ask.customer).await?;
    if let Some(document) = ask.document {
        check_document(tx, ask.customer, document, ask.kind).await?;
    }
    let legal_name = owner.file.profile.legal_name.as_str();
    let kind = match ask.kind {
        Kind::Loa => letter_kind(ask.party.as_str(), legal_name),
        other => other,
    };
    let now = tx.now();
    let detail = Detail {
        reference: ask.reference,
        signed_at: ask.signed,
        party: ask.party,
        carrier: Pii::new(ask.carrier),
        account: ask.account,
        ..Detail::default()
    };
    if kind == Kind::Bill && vouches(who, kind) {
        let carrier = tx.carrier_of(draft.file.id).await?.map(CarrierOfRecord::from);
        check_bill(&detail, legal_name, carrier.as_ref())?;
    }
    let (verified_at, expires_at) = match expires(kind, &detail, &owner.policy.policy.evidence, now)
    {
        Ok(until) if vouches(who, kind) => (now, until),
        Ok(until) => (Ts::NEVER, until),
        // Recorded, because it was said; it gives nothing.
        Err(EvidenceRefusal::SelfCertified) => (Ts::NEVER, Ts::FOREVER),
        Err(refusal) => return Err(refused(refusal)),
    };
    draft.add(
        Evidence {
            id,
            number: draft.file.id,
            customer: ask.customer,
            kind,
            source: who.actor.to_string(),
            detail,
            document: ask.document,
            verified_at,
            expires_at,
            revoked_at: None,
            by: who.actor.to_string(),
        },
        now,
    );
    let written = draft.write(tx, "number.evidence_added", Some(ask.customer)).await?;
    Ok(OnNumber { customer: ask.customer, written })
}

/// Whether this caller's word makes a piece verified: it looked at it for the provider. Machines read
/// no papers: a letter or a bill that one hands in waits for a reviewer.
fn vouches(who: &Principal, kind: Kind) -> bool {
    let paper = matches!(kind, Kind::Loa | Kind::Bill);
    let machine = who.roles.has(Role::Provisioning) && !paper;
    who.client.is_none() && (who.roles.has(Role::Reviewer) || machine)
}

/// A bill that counts is made out to the customer, by the carrier that serves the number where that is
/// known. Where it is not, the bill is PARTIAL all the same, and joins no bundle.
fn check_bill(
    bill: &Detail,
    legal_name: &str,
    carrier: Option<&CarrierOfRecord>,
) -> Result<(), AppError> {
    let fault = |fault: BillFault| match fault {
        BillFault::CarrierUnknown => None,
        BillFault::CarrierMismatch => Some(FieldFault::new(
            "carrier",
            "CARRIER_MISMATCH",
            "another carrier serves the number; ask for a bill of that one",
        )),
        BillFault::NameMismatch => Some(FieldFault::new(
            "party",
            "NAME_MISMATCH",
            "the bill is made out to another name than the customer's legal name",
        )),
    };
    let faults: Vec<FieldFault> =
        bill_faults(bill, legal_name, carrier).into_iter().filter_map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults)) }
}

fn refused(refusal: EvidenceRefusal) -> AppError {
    let field = match refusal {
        EvidenceRefusal::NoDate | EvidenceRefusal::Future | EvidenceRefusal::TooOld => "sign_time",
        EvidenceRefusal::SelfCertified | EvidenceRefusal::NotHandedIn => "kind",
    };
    AppError::field(field, refusal.reason(), refusal.to_string())
}

/// The document must be this customer's, and be what the evidence says it is.
pub(super) async fn check_document(
    tx: &mut Tx,
    customer: CustomerId,
    id: DocumentId,
    kind: Kind,
) -> Result<(), AppError> {
    let row = tx.document(id).await?.filter(|row| row.customer_id == customer);
    let row = row.ok_or_else(|| {
        AppError::field("document_id", "NOT_FOUND", "name a document of this customer")
    })?;
    let wanted = match kind {
        Kind::Loa => Some(document::Kind::LetterOfAuthorization),
        Kind::Bill => Some(document::Kind::PhoneBill),
        Kind::AssignedByUs
        | Kind::RangeAllocated
        | Kind::PortedToUs
        | Kind::TollfreeResporg
        | Kind::DelegateCert
        | Kind::Callback
        | Kind::PortedOut
        | Kind::CustomerSelfCert => None,
    };
    match wanted {
        Some(wanted) if row.kind != wanted.as_str() => {
            let message = "an LOA rests on a LETTER_OF_AUTHORIZATION, a BILL on a PHONE_BILL";
            Err(AppError::field("document_id", "DOCUMENT_KIND", message))
        }
        Some(_) | None => Ok(()),
    }
}

/// Takes evidence back at once.
pub async fn revoke(app: &App, who: &Principal, ask: RevokeEvidence) -> Result<OnNumber, AppError> {
    let meta = Meta::write(who, &ask.write);
    let dry = meta.is_dry();
    let (who, id) = (*who, ask.evidence);
    let customer = app
        .store
        .read::<_, AppError, _, _>(move |mut tx| async move { owner_of(&mut tx, &who, id).await })
        .await?;
    let shared = app.clone();
    let command = async move {
        shared
            .store
            .command(meta, move |mut tx| {
                let ask = ask.clone();
                async move { revoke_in(&mut tx, &who, ask).await }
            })
            .await
    };
    app.taking(customer, dry, command).await
}

/// The customer of a piece of evidence, if the caller may see it.
async fn owner_of(tx: &mut Tx, who: &Principal, id: EvidenceId) -> Result<CustomerId, AppError> {
    let missing = AppError::NotFound { what: "evidence" };
    let Some(row) = tx.evidence_row(id).await? else { return Err(missing) };
    match tx.customer(row.customer_id).await? {
        Some(owner) if who.sees(Some(owner.client_id)) => Ok(row.customer_id),
        Some(_) | None => Err(missing),
    }
}

async fn revoke_in(
    tx: &mut Tx,
    who: &Principal,
    ask: RevokeEvidence,
) -> Result<OnNumber, AppError> {
    let customer = owner_of(tx, who, ask.evidence).await?;
    let missing = AppError::NotFound { what: "evidence" };
    let Some(row) = tx.evidence_row(ask.evidence).await? else { return Err(missing) };
    let Some(mut draft) = NumberDraft::open_id(tx, row.number_id).await? else {
        return Err(missing);
    };
    draft.end_where(|piece| piece.id == ask.evidence);
    if !draft.is_changed() {
        return Err(AppError::refused("EVIDENCE_ENDED", "this evidence has ended already"));
    }
    draft.because(ask.reason);
    let written = draft.write(tx, "number.evidence_revoked", Some(customer)).await?;
    Ok(OnNumber { customer, written })
}
