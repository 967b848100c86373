//! A running service for one test, with keys and facts put into its journal.

use std::time::Duration;

use tempfile::TempDir;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use uuid::Uuid;

use vouch::boot::{self, Running};
use vouch::clock::Clock;
use vouch::config::{Config, Given};
use vouch::domain::access::{KeyFacts, Role, Roles};
use vouch::domain::attestation::{
    Cap, CustomerFacts, EvidenceKind, Grant, NumberFacts, TrunkAuth, TrunkFacts, TrunkKind,
    TrunkMode,
};
use vouch::domain::facts::Facts;
use vouch::domain::ids::{CustomerId, KeyId, Origid};
use vouch::domain::journal::SubjectKind;
use vouch::domain::number::{Category, Tn};
use vouch::domain::time::Ts;
use vouch::store::StoreError;
use vouch::store::command::Meta;
use vouch::store::journal::EntryDraft;

/// The number that the house's one customer may show.
pub(super) const OURS: &str = "+12126647665";
/// The trunk of that customer.
pub(super) const TRUNK: &str = "edge-1";

/// A running service, and the folder it lives in.
pub(super) struct House {
    pub(super) running: Running,
    pub(super) customer: CustomerId,
    _folder: TempDir,
}

/// A key that was let in.
pub(super) struct Key {
    pub(super) facts: KeyFacts,
    pub(super) token: String,
}

impl House {
    /// Starts a service with one active customer, its trunk and its number.
    pub(super) async fn open() -> Self {
        Self::open_with(|_config| {}).await
    }

    /// The same, with other settings.
    pub(super) async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut given = Given::default();
        let file = folder.path().join("vouch.db").display().to_string();
        given.flag("database.url", Some(format!("sqlite:{file}")));
        given.flag("server.listen", Some("127.0.0.1:0"));
        given.flag("server.admin_listen", Some("127.0.0.1:0"));
        given.flag("limits.drain_seconds", Some(5_u64));
        given.flag("documents.dir", Some(folder.path().join("documents").display().to_string()));
        let mut config = Config::load(&given).expect("settings");
        config.server.cors_origins = vec!["https://portal.example".to_owned()];
        change(&mut config);
        let clock = Clock::system();
        let mut running = boot::start(config, clock.clone(), false).await.expect("started");
        assert!(running.until_ready(Duration::from_secs(30)).await, "not ready");
        let house = Self { running, customer: CustomerId(clock.id()), _folder: folder };
        house.furnish().await;
        house
    }

    async fn furnish(&self) {
        self.set_active(1, true).await;
        let trunk = TrunkFacts {
            kind: TrunkKind::Customer,
            auth: TrunkAuth::Digest,
            owner: self.customer,
            foreign: false,
            mode: TrunkMode::Enforce,
            origid: Origid(Uuid::from_u128(2)),
        };
        let facts = Facts::Trunk { trunk: TRUNK.parse().expect("a name"), facts: Some(trunk) };
        self.write(SubjectKind::Trunk, Uuid::from_u128(3), 1, facts).await;
        let grant = Grant {
            holder: self.customer,
            kinds: [EvidenceKind::AssignedByUs].into_iter().collect(),
            full_until: Ts::FOREVER,
            partial_until: Ts::FOREVER,
            delegated_to: Vec::new(),
        };
        let facts = Facts::Number {
            tn: Tn::parse(OURS).expect("a number"),
            facts: NumberFacts {
                category: Category::Assignable,
                foreign: false,
                cap: Cap::A,
                grants: vec![grant],
            },
        };
        let subject = Uuid::from_u128(4);
        self.write(SubjectKind::Number, subject, 1, facts).await;
        let live = &self.running.app.live;
        assert!(live.wait_for(subject, 1, Duration::from_secs(5)).await, "not applied");
    }

    /// Writes the customer's state as its change number `revision`.
    pub(super) async fn set_active(&self, revision: u64, active: bool) {
        let facts = CustomerFacts {
            active,
            active_until: Ts::FOREVER,
            uncapped_until: Ts::FOREVER,
            cap: Cap::A,
            origid: Origid(Uuid::from_u128(1)),
        };
        let facts = Facts::Customer { customer: self.customer, facts };
        self.write(SubjectKind::Customer, self.customer.0, revision, facts).await;
    }

    /// Lets a key with this role in, and waits until it is known.
    pub(super) async fn key(&self, role: Role) -> Key {
        let app = &self.running.app;
        let id = KeyId(app.clock.id());
        let made = app.prover.new_key(&app.clock, id).expect("a key");
        let facts = KeyFacts {
            key: id,
            client: None,
            roles: Roles::of(&[role]),
            secret_hash: made.hash,
            expires: Ts::FOREVER,
            revoked: false,
            revision: 1,
        };
        self.write(SubjectKind::Key, id.0, 1, Facts::Key(facts.clone())).await;
        for _ in 0..500 {
            if app.credentials.key(id).is_some() {
                let token = String::from_utf8(made.token.expose().to_vec()).expect("text");
                return Key { facts, token };
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the key never came");
    }

    /// Ends a key.
    pub(super) async fn revoke(&self, key: &Key) {
        let facts = KeyFacts { revoked: true, revision: 2, ..key.facts.clone() };
        self.write(SubjectKind::Key, facts.key.0, 2, Facts::Key(facts)).await;
    }

    async fn write(&self, kind: SubjectKind, subject: Uuid, rev: u64, facts: Facts) {
        let facts = facts.encode().expect("facts");
        let written: Result<(), StoreError> = self
            .running
            .app
            .store
            .command(Meta::system("test"), move |mut tx| {
                let draft = EntryDraft {
                    kind,
                    subject,
                    rev,
                    word: "test.changed",
                    facts: Some(facts.clone()),
                    detail: serde_json::json!({}),
                    owner: None,
                };
                async move { tx.journal(draft).await.map(drop) }
            })
            .await;
        written.expect("written");
    }

    /// A connection for gRPC.
    pub(super) async fn channel(&self) -> Channel {
        let url = format!("http://{}", self.running.address);
        Channel::from_shared(url).expect("a URL").connect().await.expect("connected")
    }

    /// A URL of the public port.
    pub(super) fn url(&self, rest: &str) -> String {
        format!("http://{}{rest}", self.running.address)
    }
}

/// A request that carries a key.
pub(super) fn with_key<T>(key: &Key, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value: MetadataValue<Ascii> = format!("Bearer {}", key.token).parse().expect("text");
    request.metadata_mut().insert("authorization", value);
    request
}
