//! The service without its ports, over a test's store: the use cases as the API calls them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vouch::answer::credentials::Credentials;
use vouch::answer::feed::Feed;
use vouch::answer::live::Live;
use vouch::app::credential::Prover;
use vouch::app::lists::Lists;
use vouch::app::parts::Parts;
use vouch::app::password::Passwords;
use vouch::app::policies::Policies;
use vouch::app::{App, access, customer, publish};
use vouch::clock::Clock;
use vouch::domain::access::{Actor, Principal, Role, Roles};
use vouch::domain::command::admin::CreateClient;
use vouch::domain::command::onboarding::CreateCustomer;
use vouch::domain::command::write::Write;
use vouch::domain::customer::Role as CustomerRole;
use vouch::domain::ids::{ClientId, CustomerId, KeyId, UserId};
use vouch::domain::list::MaxAges;
use vouch::domain::pii::Pii;
use vouch::domain::profile::Profile;
use vouch::domain::time::Span;
use vouch::jobs::sequencer;
use vouch::sources::delivery::{Deliveries, Delivery, FolderDelivery};
use vouch::sources::documents::DocumentStore;
use vouch::sources::exchange::Sources;
use vouch::sources::geo::Geo;

use super::stores::TestStore;

/// The service over one store, with one portal client.
pub(crate) struct TestApp {
    /// The use cases.
    pub(crate) app: App,
    /// The portal's client.
    pub(crate) client: ClientId,
    /// Where delivered codes lie.
    pub(crate) outbox: FolderDelivery,
    stop: CancellationToken,
    numbering: Mutex<CancellationToken>,
    asked: AtomicU64,
    folder: TempDir,
}

impl TestApp {
    /// A service whose journal is numbered and whose table follows.
    pub(crate) async fn new(test: &TestStore) -> Self {
        Self::with_clock(test, Clock::system()).await
    }

    /// The same on a clock of the test's own.
    pub(crate) async fn with_clock(test: &TestStore, clock: Clock) -> Self {
        Self::with_geo(test, clock, Geo::default()).await
    }

    /// The same with an address database.
    pub(crate) async fn with_geo(test: &TestStore, clock: Clock, geo: Geo) -> Self {
        let sources = Sources::none(&clock);
        Self::made(test, clock, geo, sources).await
    }

    /// The same with outside parties to ask, on the store's clock.
    pub(crate) async fn asking(test: &TestStore, sources: Sources) -> Self {
        Self::made(test, test.store.clock().clone(), Geo::default(), sources).await
    }

    /// The same with everything that may stand beside it.
    pub(crate) async fn made(test: &TestStore, clock: Clock, geo: Geo, sources: Sources) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let outbox = FolderDelivery::new(&folder.path().join("outbox"), "Test Telephone").unwrap();
        let delivery = Some(Delivery::Folder(outbox.clone()));
        let stop = CancellationToken::new();
        let app = App::new(Parts {
            clock: clock.clone(),
            prover: Prover::new(&test.keys.pepper()).unwrap(),
            passwords: Passwords::new(clock.clone(), 1).unwrap(),
            store: test.store.clone(),
            policies: Policies::default(),
            clauses: publish::read_clauses(publish::CLAUSES_2026).unwrap(),
            lists: Lists::new(MaxAges { screened: Some(Span::days(30)), ..MaxAges::default() }),
            geo,
            documents: DocumentStore::folder(folder.path()).unwrap(),
            documents_dir: folder.path().to_owned(),
            deliveries: Deliveries {
                email: delivery.clone(),
                sms: delivery.clone(),
                voice: delivery,
            },
            sources,
            provider: "Test Telephone".to_owned(),
            resporgs: vec!["ABC01".parse().unwrap()],
            credentials: Arc::new(Credentials::default()),
            live: Arc::new(Live::new(test.store.epoch())),
            stopping: stop.clone(),
        });
        let (written, policy) = publish::read_policy(publish::CURRENT_2026).unwrap();
        publish::publish(&app, publish::CURRENT_2026, written, policy).await.unwrap();
        for policy in publish::load_all(&app.store).await.unwrap() {
            app.policies.add(policy);
        }
        let (live, credentials) = (Arc::clone(&app.live), Arc::clone(&app.credentials));
        tokio::spawn(Feed::new(app.store.clone(), clock, live, credentials).run(stop.clone()));
        let asked = AtomicU64::new(1);
        let client = ClientId(Uuid::nil());
        let numbering = Mutex::new(stop.child_token());
        let mut made = Self { app, client, outbox, stop, numbering, asked, folder };
        made.number_again();
        made.client = made.new_client("portal").await;
        made
    }

    /// Another portal client.
    pub(crate) async fn new_client(&self, name: &str) -> ClientId {
        let ask = CreateClient { write: self.write("CreateClient"), name: name.to_owned() };
        let made = access::create_client(&self.app, &self.operator(), ask).await.unwrap();
        ClientId(made.subject)
    }

    /// Names one write of its own.
    pub(crate) fn write(&self, call: &'static str) -> Write {
        let nth = self.asked.fetch_add(1, Ordering::SeqCst);
        let request_id = format!("test-{nth}");
        Write { call, request_id, body: [7; 32], etag: None, validate_only: false }
    }

    /// The portal.
    pub(crate) fn portal(&self) -> Principal {
        Self::portal_of(self.client)
    }

    /// The portal of a client.
    pub(crate) fn portal_of(client: ClientId) -> Principal {
        let actor = Actor::Key(KeyId(Uuid::from_u128(1)));
        Principal { actor, client: Some(client), roles: Roles::of(&[Role::Portal]) }
    }

    /// The operator's key.
    #[expect(clippy::unused_self, reason = "asked like the portal, of a service")]
    pub(crate) fn operator(&self) -> Principal {
        let actor = Actor::Key(KeyId(Uuid::from_u128(2)));
        Principal { actor, client: None, roles: Roles::of(&[Role::Operator]) }
    }

    /// A reviewer.
    #[expect(clippy::unused_self, reason = "asked like the portal, of a service")]
    pub(crate) fn reviewer(&self) -> Principal {
        Self::person(3)
    }

    /// Another reviewer.
    #[expect(clippy::unused_self, reason = "asked like the portal, of a service")]
    pub(crate) fn second(&self) -> Principal {
        Self::person(4)
    }

    fn person(nth: u128) -> Principal {
        let actor = Actor::User(UserId(Uuid::from_u128(nth)));
        Principal { actor, client: None, roles: Roles::of(&[Role::Reviewer]) }
    }

    /// Stops the numbering of the journal: from here on nothing proves that the table is fresh.
    pub(crate) fn stop_numbering(&self) {
        self.numbering.lock().unwrap().cancel();
    }

    /// Starts it.
    pub(crate) fn number_again(&self) {
        let stop = self.stop.child_token();
        tokio::spawn(sequencer::run(self.app.store.clone(), self.app.clock.clone(), stop.clone()));
        *self.numbering.lock().unwrap() = stop;
    }

    /// The folder of documents and delivered codes.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A new customer of the portal, in DRAFT.
    pub(crate) async fn customer(&self, name: &str, role: CustomerRole) -> CustomerId {
        let profile = Profile {
            legal_name: Pii::new(name.to_owned()),
            alternate_phone: Pii::new("+15072849999".to_owned()),
            ..Profile::default()
        };
        let ask =
            CreateCustomer { write: self.write("CreateCustomer"), role, parent: None, profile };
        customer::create(&self.app, &self.portal(), ask).await.unwrap().customer
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
