//! What instances follow through the journal: who may call, and the table that answers.

pub mod credentials;
