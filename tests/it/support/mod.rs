//! What tests share: real databases, one for each test.

pub(crate) mod apps;
pub(crate) mod pg;
pub(crate) mod stores;
