//! `vouch demo`: the main job from an empty profile to a level that a signer uses, driven through
//! gRPC and HTTP against the real service on a new `SQLite` file.

mod cast;
mod desk;
mod fault;
mod passport;
mod portal;
mod run;
mod server;
mod signer;
mod stage;

pub use fault::DemoError;
pub use run::{DemoArgs, run};
