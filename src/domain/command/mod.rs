//! What may be asked of Vouch, read and typed: one struct for each call that changes something,
//! and the queries that take more than an id. `wire/` makes them, `app/` carries them out.

pub mod admin;
pub mod agreement;
pub mod number;
pub mod onboarding;
pub mod query;
pub mod review;
pub mod write;
