//! Codes and notices on their way to people: mail, text message, voice call. An effect outside is
//! an intent committed before it is sent, so the same message may be sent twice, always under the
//! same id and with the same code.

mod adapter;
mod folder;
mod http;
mod message;
mod outcome;
mod smtp;

pub use adapter::{Deliveries, Delivery};
pub use folder::FolderDelivery;
pub(in crate::sources) use http::is_loopback;
pub use http::{HttpConfig, HttpDelivery};
pub use message::{Message, Purpose};
pub use outcome::{DeliveryError, Receipt};
pub use smtp::{SmtpConfig, SmtpDelivery, SmtpSecurity};
