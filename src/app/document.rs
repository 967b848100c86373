//! Documents: the bytes go to the document store, the record to the customer's file.

use serde::{Deserialize, Serialize};

use super::change::Changes;
use super::customer::Changed;
use super::error::AppError;
use super::parts::App;
use super::token::ChangeToken;
use crate::domain::access::Principal;
use crate::domain::command::onboarding::UploadDocument;
use crate::domain::customer::State;
use crate::domain::digest::Digest;
use crate::domain::document::{Document, Kind};
use crate::domain::ids::{CustomerId, DocumentId};
use crate::domain::pii::Pii;
use crate::store::change::Fact;
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

/// What the document store took in.
#[derive(Clone, Debug)]
pub struct Received {
    /// Under which id.
    pub id: DocumentId,
    /// What its first bytes say it is.
    pub media_type: &'static str,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

/// Records a document whose bytes the document store has taken in. A retry of the same upload finds
/// the first record; its second copy is of no use and the caller removes it.
pub async fn record(
    app: &App,
    who: &Principal,
    ask: UploadDocument,
    stored: Received,
) -> Result<Uploaded, AppError> {
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let (ask, stored) = (ask.clone(), stored.clone());
        async move {
            let mut draft = turn.draft(ask.customer).await?;
            let record = Document {
                id: stored.id,
                customer: ask.customer,
                kind: ask.kind,
                media_type: stored.media_type.to_owned(),
                size: stored.size,
                sha256: stored.sha256,
                at: turn.tx.at(),
                by: turn.who.actor.to_string(),
            };
            draft.note(Fact::Document {
                document: record,
                file_name: ask.file_name,
                blob_key: stored.id.to_string(),
            });
            let Changed { customer, revision } =
                turn.finish(draft, "customer.document_added").await?;
            Ok(Uploaded { document: stored.id, customer, revision })
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
