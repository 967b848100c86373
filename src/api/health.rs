//! Whether this instance may be asked: for load balancers by gRPC, for Kubernetes on the
//! operator's port.

use serde::Serialize;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use super::services::NAMES;

/// The service that signers ask: it needs a fresh table, the others need the database.
const ANSWERS: &str = "vouch.v1.AttestationService";

/// What has to hold before this instance may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is one line of /readyz")]
pub struct Ready {
    /// The database answers.
    pub database: bool,
    /// The key ring is the store's.
    pub keys: bool,
    /// The table is loaded.
    pub table: bool,
    /// The table knows everything up to less than `a_bound` ago.
    pub feed: bool,
    /// The service was not told to stop.
    pub running: bool,
}

impl Ready {
    /// Whether traffic may come.
    pub const fn all(self) -> bool {
        self.database && self.keys && self.table && self.feed && self.running
    }
}

/// Tells load balancers, service by service.
#[derive(Clone, Debug)]
pub struct Health(HealthReporter);

impl Health {
    /// Nothing is serving yet.
    pub async fn new() -> Self {
        let health = Self(HealthReporter::new());
        health.tell(Ready::default()).await;
        health
    }

    /// The gRPC service.
    pub fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.0.clone()))
    }

    /// Says how things stand.
    pub async fn tell(&self, ready: Ready) {
        let word = |serving: bool| {
            if serving { ServingStatus::Serving } else { ServingStatus::NotServing }
        };
        let store = ready.running && ready.database && ready.keys;
        self.0.set_service_status("", word(ready.all())).await;
        for name in NAMES {
            let serving = if *name == ANSWERS { ready.all() } else { store };
            self.0.set_service_status(name, word(serving)).await;
        }
    }
}
