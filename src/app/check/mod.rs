//! Checks: requested by a command, run by a job outside of any transaction, and recorded against
//! the digest of the claim that was checked.

mod commit;
mod ended;
mod listed;
mod record;
mod registry;
mod run;
mod screen;

pub(super) use commit::{put, raise_of};
pub use ended::{CHECK_ENDED, ended};
pub use record::record;
pub use registry::{ASK_SOURCES, ask_sources};
pub(super) use run::request;
pub use run::{Found, RUN_CHECKS, look, run, tell};
