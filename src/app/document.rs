//! Documents: the bytes go to the document store, the record to the customer's file.

use serde::{Deserialize, Serialize};

use super::change::Changes;
use super::customer::Changed;
use super::error::AppError;
use super::parts::App;
use super::token::ChangeToken;
use crate::domain::access::Principal;
use crate::domain::command::onboarding::UploadDocument;
use crate::domain::command::write::Write;
use crate::domain::customer::State;
use crate::domain::digest::Digest;
use crate::domain::document::{Document, Kind};
use crate::domain::ids::{CustomerId, DocumentId};
use crate::domain::pii::Pii;
use crate::sources::documents::{DEFAULT_LIMIT, DocumentError, Upload, Whole};
use crate::store::change::Fact;
use crate::store::seal::{Cell, DataKey};
use crate::store::{Meta, StoreError};

/// A document that was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Its id.
    pub document: DocumentId,
    /// Whose.
    pub customer: CustomerId,
    /// The customer's revision.
    pub revision: u64,
}

impl Changes for Uploaded {
    fn changed(&self) -> Option<Changed> {
        Some(Changed { customer: self.customer, revision: self.revision })
    }
}

impl Uploaded {
    /// The token with which a query waits for this write.
    pub fn token(&self, app: &App) -> String {
        ChangeToken { epoch: app.store.epoch(), subject: self.customer.0, revision: self.revision }
            .to_string()
    }
}

/// Whether `who` may add a document to this customer; asked before its bytes are taken in.
pub async fn may_upload(app: &App, who: &Principal, id: CustomerId) -> Result<(), AppError> {
    let file = super::customer::get(app, who, id).await?;
    match file.customer.state {
        State::Terminated { .. } | State::Rejected { .. } => Err(AppError::refused(
            "WRONG_STATE",
            "a TERMINATED or REJECTED customer takes no documents",
        )),
        State::Draft
        | State::Submitted { .. }
        | State::InReview { .. }
        | State::Verified { .. }
        | State::Active(_)
        | State::Suspended { .. }
        | State::Legacy => Ok(()),
    }
}

/// A document on its way in, bounded in size.
#[derive(Debug)]
pub struct Intake(Upload);

impl Default for Intake {
    fn default() -> Self {
        Self(Upload::new(DEFAULT_LIMIT))
    }
}

impl Intake {
    /// Takes in the next bytes.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), AppError> {
        self.0.push(chunk).map_err(|error| refused(&error))
    }
}

fn refused(error: &DocumentError) -> AppError {
    AppError::field("chunk", error.reason(), error.to_string())
}

/// Seals and keeps the bytes, then records them. Bytes that were certainly not recorded are removed;
/// where that is not certain they stay, because a record without its bytes is worse than bytes
/// without a record.
pub async fn keep(
    app: &App,
    who: &Principal,
    ask: UploadDocument,
    intake: Intake,
) -> Result<Uploaded, AppError> {
    let whole = intake.0.finish().map_err(|error| refused(&error))?;
    let id = DocumentId(app.clock.id());
    let customer = ask.customer;
    // With the customer's own key, so that erasing it makes the document unreadable too.
    let key = app
        .store
        .read::<_, AppError, _, _>(
            move |mut tx| async move { Ok(tx.take_data_key(customer).await?) },
        )
        .await?;
    put(app, &key, id, &whole).await.map_err(|error| refused(&error))?;
    let recorded = record(app, who, ask, id, &whole).await;
    let unwanted = match &recorded {
        Ok(uploaded) if uploaded.document == id => false,
        // The first try was recorded; its bytes may have been lost since, and these are the same.
        Ok(uploaded) => match put(app, &key, uploaded.document, &whole).await {
            Ok(()) | Err(DocumentError::Exists) => true,
            Err(error) => return Err(refused(&error)),
        },
        Err(error) if is_certain(error) => true,
        Err(_unknown) => {
            tracing::warn!(document = %id, "the bytes of a document stay; it may be recorded");
            false
        }
    };
    if unwanted && let Err(why) = app.documents.remove(id).await {
        tracing::warn!(%why, "a document that was not recorded could not be removed");
    }
    recorded
}

/// Keeps the bytes under this id, sealed for it.
async fn put(app: &App, key: &DataKey, id: DocumentId, whole: &Whole) -> Result<(), DocumentError> {
    let cell = Cell { table: "document", column: "blob", row: id.0.as_bytes() };
    app.documents.put(id, whole, |bytes| key.seal(cell, bytes, &app.clock).ok()).await
}

/// Whether nothing was written for certain. A fault of the store leaves open whether its commit came
/// through.
pub(super) const fn is_certain(error: &AppError) -> bool {
    match error {
        AppError::Invalid(_)
        | AppError::NotFound { .. }
        | AppError::Unauthenticated { .. }
        | AppError::Denied { .. }
        | AppError::Refused { .. }
        | AppError::Unmet(_)
        | AppError::Conflict { .. }
        | AppError::RequestReused
        | AppError::NotBuilt { .. } => true,
        AppError::Busy { .. }
        | AppError::Exhausted { .. }
        | AppError::Unavailable { .. }
        | AppError::Internal { .. } => false,
    }
}

/// Records a document whose bytes are kept. A retry of the same upload finds the first record.
async fn record(
    app: &App,
    who: &Principal,
    ask: UploadDocument,
    id: DocumentId,
    whole: &Whole,
) -> Result<Uploaded, AppError> {
    let (media_type, size) = (whole.media_type.word(), whole.size() as u64);
    let sha256 = Digest(whole.sha256);
    // The same request with other bytes is another write.
    let body = Digest::of_parts([ask.write.body.as_slice(), sha256.as_bytes()]);
    let write = Write { body: *body.as_bytes(), ..ask.write.clone() };
    app.change(who, Meta::write(who, &write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let mut draft = turn.draft(ask.customer).await?;
            let record = Document {
                id,
                customer: ask.customer,
                kind: ask.kind,
                media_type: media_type.to_owned(),
                size,
                sha256,
                at: turn.tx.at(),
                by: turn.who.actor.to_string(),
            };
            draft.note(Fact::Document {
                document: record,
                file_name: ask.file_name,
                blob_key: id.to_string(),
            });
            let Changed { customer, revision } =
                turn.finish(draft, "customer.document_added").await?;
            Ok(Uploaded { document: id, customer, revision })
        }
    })
    .await
}

/// A document with its name, for those who may see its customer.
pub async fn get(
    app: &App,
    who: &Principal,
    id: DocumentId,
) -> Result<(Document, Pii<String>), AppError> {
    let who = *who;
    app.store
        .read::<_, AppError, _, _>(move |mut tx| async move {
            let missing = AppError::NotFound { what: "document" };
            let Some(row) = tx.document(id).await? else { return Err(missing) };
            let owner = tx.customer(row.customer_id).await?;
            if !owner.is_some_and(|owner| who.sees(Some(owner.client_id))) {
                return Err(missing);
            }
            let name = tx
                .open_json(
                    row.customer_id,
                    "document",
                    "file_name",
                    id.0.as_bytes(),
                    &row.file_name,
                )
                .await?;
            let corrupt = || AppError::from(StoreError::Corrupt("document"));
            let sha256 = <[u8; 32]>::try_from(row.sha256.as_slice());
            let document = Document {
                id,
                customer: row.customer_id,
                kind: row.kind.parse::<Kind>().map_err(|_word| corrupt())?,
                media_type: row.media_type,
                size: u64::try_from(row.size).map_err(|_range| corrupt())?,
                sha256: Digest(sha256.map_err(|_length| corrupt())?),
                at: row.uploaded_at,
                by: row.uploaded_by,
            };
            Ok((document, name))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    #[test]
    fn only_a_refusal_is_certain() {
        for error in [StoreError::Unknown, StoreError::Unavailable, StoreError::Busy] {
            assert!(!is_certain(&error.clone().into()), "{error}");
        }
        let retry = Span::secs(1);
        let full = AppError::Exhausted { reason: "STORE_FULL", message: "full".into(), retry };
        assert!(!is_certain(&full));
        assert!(is_certain(&StoreError::RequestReused.into()));
        assert!(is_certain(&AppError::refused("WRONG_STATE", "no")));
        assert!(is_certain(&AppError::NotFound { what: "customer" }));
    }
}
