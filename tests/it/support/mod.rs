//! What tests share: real databases, one for each test.

pub(crate) mod apps;
#[cfg(feature = "failpoints")]
pub(crate) mod campaign;
pub(crate) mod pg;
pub(crate) mod stores;
pub(crate) mod walk;
