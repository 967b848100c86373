//! The library a signer links: one connection, and an answer to every call whatever happens to it.
//!
//! No method that asks for a call can fail. Where Vouch is dead or late the answer is NONE with
//! reason UNAVAILABLE, and a call to an emergency number goes out (rule 13).

mod connection;
mod settings;
mod stream;
mod told;
mod watch;

pub use connection::{Bearer, Client, Service};
pub use settings::{BadSettings, Settings, Transport};
pub use stream::AnswerStream;
pub use told::{Seen, Silence, Told};
pub use watch::{Change, Watch};
