//! What every use case and every service shares.

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::credential::Prover;
use super::password::Passwords;
use crate::answer::credentials::Credentials;
use crate::answer::live::Live;
use crate::clock::Clock;
use crate::store::Store;

/// The running service. Cloning is cheap; clones are the same service.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of the running service.
#[derive(Debug)]
pub struct Parts {
    /// Time and randomness.
    pub clock: Clock,
    /// Makes and proves tokens.
    pub prover: Prover,
    /// Verifies passwords.
    pub passwords: Passwords,
    /// Everything that is stored.
    pub store: Store,
    /// Keys and users as this instance knows them.
    pub credentials: Arc<Credentials>,
    /// The table that answers.
    pub live: Arc<Live>,
    /// Cancelled when this instance is told to stop: what has no end of its own ends then.
    pub stopping: CancellationToken,
}

impl App {
    /// The service made of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
