//! What every use case and every service shares.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::credential::Prover;
use super::lists::Lists;
use super::password::Passwords;
use super::policies::Policies;
use crate::answer::credentials::Credentials;
use crate::answer::live::Live;
use crate::clock::Clock;
use crate::domain::agreement::ClauseBook;
use crate::domain::number_event::RespOrg;
use crate::sources::delivery::Deliveries;
use crate::sources::documents::DocumentStore;
use crate::sources::exchange::Sources;
use crate::sources::geo::Geo;
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
    /// The published policies.
    pub policies: Policies,
    /// The clauses and templates that agreements are made of.
    pub clauses: ClauseBook,
    /// The lists that screening asks.
    pub lists: Lists,
    /// In which country an IP address is.
    pub geo: Geo,
    /// Where documents are kept.
    pub documents: DocumentStore,
    /// The folder of the document store; received files wait in it for their load.
    pub documents_dir: PathBuf,
    /// The outside parties that may be asked.
    pub sources: Sources,
    /// How codes reach people.
    pub deliveries: Deliveries,
    /// The provider's legal name, as it stands in agreements and messages.
    pub provider: String,
    /// The ids under which the provider controls toll-free numbers.
    pub resporgs: Vec<RespOrg>,
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
