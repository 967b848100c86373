//! Which adapter carries which channel.

use super::folder::FolderDelivery;
use super::http::HttpDelivery;
use super::message::Message;
use super::outcome::{DeliveryError, Receipt};
use super::smtp::SmtpDelivery;
use crate::domain::command::challenge::Channel;

/// A way out.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A mail server.
    Smtp(SmtpDelivery),
    /// The provider's own switch, over HTTP.
    Http(HttpDelivery),
    /// A folder that a person or a demo reads.
    Folder(FolderDelivery),
}

impl Delivery {
    /// Sends a message once. Never call it inside a transaction.
    pub async fn send(&self, message: &Message) -> Result<Receipt, DeliveryError> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await,
            Self::Http(http) => http.send(message).await,
            Self::Folder(folder) => folder.send(message).await,
        }
    }
}

/// The adapter of each channel.
#[derive(Clone, Debug, Default)]
pub struct Deliveries {
    /// Mail.
    pub email: Option<Delivery>,
    /// Text messages.
    pub sms: Option<Delivery>,
    /// Voice calls.
    pub voice: Option<Delivery>,
}

impl Deliveries {
    /// Sends a message by its channel.
    pub async fn send(&self, message: &Message) -> Result<Receipt, DeliveryError> {
        let adapter = match message.channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
            Channel::Voice => &self.voice,
        };
        match adapter {
            Some(adapter) => adapter.send(message).await,
            None => Err(DeliveryError::NotConfigured { why: "no adapter for this channel" }),
        }
    }
}
