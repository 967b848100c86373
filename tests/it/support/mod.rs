//! What tests share: real databases, one for each test.

pub mod pg;
pub mod stores;
