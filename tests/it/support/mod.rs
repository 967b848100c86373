//! What tests share: real databases, running services, and the world around them.

pub(crate) mod apps;
pub(crate) mod authority;
pub(crate) mod campaign;
pub(crate) mod cast;
pub(crate) mod data;
pub(crate) mod mmdb;
pub(crate) mod pg;
pub(crate) mod post;
pub(crate) mod program;
pub(crate) mod raw;
pub(crate) mod server;
pub(crate) mod stores;
pub(crate) mod walk;
