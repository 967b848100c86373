//! What instances follow through the journal: who may call, and the table that answers.

pub mod ask;
pub mod credentials;
pub mod feed;
pub mod live;
pub mod numbering;
pub mod receipt;
pub mod replay;
pub mod watch;
