//! Messages as files, for the demo and for machines without a way out.

use std::path::{Path, PathBuf};

use super::message::Message;
use super::outcome::{DeliveryError, Receipt};
use crate::domain::pii::Pii;
use crate::sources::disk;

/// Writes `ID.json`, one a message; sending again writes the same file again.
#[derive(Clone, Debug)]
pub struct FolderDelivery {
    root: PathBuf,
    provider: String,
}

impl FolderDelivery {
    /// Opens the folder, making it when it is not there. `provider` is the name messages go out in.
    pub fn new(root: &Path, provider: &str) -> Result<Self, DeliveryError> {
        disk::private_folder(root)
            .map_err(|_io| DeliveryError::NotConfigured { why: "the folder cannot be made" })?;
        Ok(Self { root: root.to_owned(), provider: provider.to_owned() })
    }

    /// Where a message of this id is, or will be.
    pub fn place(&self, id: uuid::Uuid) -> PathBuf {
        self.root.join(format!("{}.json", id.hyphenated()))
    }

    pub(super) async fn send(&self, message: &Message) -> Result<Receipt, DeliveryError> {
        let schema = DeliveryError::Schema { why: "the code is no text" };
        let text = message.text(&self.provider).ok_or(schema)?;
        let file = serde_json::json!({
            "id": message.id.hyphenated().to_string(),
            "challenge_id": message.challenge.hyphenated().to_string(),
            "channel": message.channel_word(),
            "purpose": message.purpose.word(),
            "to": message.to.expose(),
            "code": message.told_code(),
            "extension": message.extension.as_ref().map(Pii::expose),
            "collect_digits": message.collects(),
            "text": text,
        });
        let (path, bytes) = (self.place(message.id), file.to_string().into_bytes());
        let done = tokio::task::spawn_blocking(move || disk::put_whole(&path, &bytes)).await;
        match done {
            Ok(Ok(())) => Ok(Receipt::default()),
            _ => Err(DeliveryError::retry("the folder cannot be written")),
        }
    }
}
