//! The only wiring: settings in, a running service out.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::credentials::Credentials;
use crate::answer::feed::Feed;
use crate::answer::live::Live;
use crate::api::cors::Cors;
use crate::api::door::{Door, Grpc};
use crate::api::health::{Health, Ready};
use crate::api::serve::{Port, Stop};
use crate::api::services::{self, ApiFault};
use crate::api::tls::{Tls, TlsFault};
use crate::api::{http_lookup, operator, roles};
use crate::app::credential::{BadPepper, Prover};
use crate::app::lists::{self, Lists};
use crate::app::parts::Parts;
use crate::app::password::Passwords;
use crate::app::policies::Policies;
use crate::app::publish::{self, BadPolicyFile};
use crate::app::{App, AppError, access, objection};
use crate::clock::Clock;
use crate::config::server::Line;
use crate::config::{Config, ConfigFault};
use crate::domain::pii::Secret;
use crate::jobs::worker::Lane;
use crate::jobs::{expiry, follow, import, renewal, retention, sequencer, worker};
use crate::sources::delivery::{
    Deliveries, Delivery, DeliveryError, FolderDelivery, HttpConfig, HttpDelivery, SmtpConfig,
    SmtpDelivery,
};
use crate::sources::documents::{DocumentError, DocumentStore};
use crate::sources::exchange::{NotSetUp, SourceSettings, Sources};
use crate::sources::geo::{BadGeo, Geo};
use crate::store::keyring::KeyRingError;
use crate::store::{KeyRing, OpenStore, Store, StoreError};
use crate::telemetry::metrics::{Metrics, MetricsFault};

/// How often readiness is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long one message to the provider's switch may take.
const SEND: Duration = Duration::from_secs(10);
/// How often what waits for people is counted.
const COUNT: Duration = Duration::from_secs(5);
/// How long the database may take to answer a probe.
const PROBE: Duration = Duration::from_secs(2);

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum BootFault {
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigFault),
    /// The store cannot be opened.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The key ring cannot be used.
    #[error("{0}")]
    Keys(#[from] KeyRingError),
    /// The key ring's pepper cannot be used.
    #[error("{0}")]
    Pepper(#[from] BadPepper),
    /// The certificate cannot be used.
    #[error("{0}")]
    Tls(#[from] TlsFault),
    /// An address cannot be listened on.
    #[error("{key} {address}: {source}; give an address of this machine that is free")]
    Listen {
        /// The setting.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The document folder cannot be used.
    #[error("documents.dir {}: {source}; give a folder that this user can write", path.display())]
    Documents {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A first write failed.
    #[error("{0}")]
    App(#[from] AppError),
    /// A policy or its clauses cannot be used.
    #[error("{0}")]
    Policy(#[from] BadPolicyFile),
    /// The policy file cannot be read.
    #[error("policy.file {}: {source}; give a file that this user can read", path.display())]
    PolicyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address database cannot be read.
    #[error("geo.file {}: {source}; give an mmdb file of countries", path.display())]
    Geo {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: BadGeo,
    },
    /// The document store cannot be used.
    #[error("{0}")]
    DocumentStore(#[from] DocumentError),
    /// A channel of delivery cannot be used.
    #[error("{0}")]
    Delivery(#[from] DeliveryError),
    /// A source cannot be asked with its settings.
    #[error("{0}")]
    Source(#[from] NotSetUp),
    /// The API cannot be described.
    #[error(transparent)]
    Api(#[from] ApiFault),
    /// The metrics cannot be set up.
    #[error(transparent)]
    Metrics(#[from] MetricsFault),
}

impl BootFault {
    /// Whether the same start may succeed later without any change of settings.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Store(
                StoreError::Unavailable
                    | StoreError::Unreachable(_)
                    | StoreError::Busy
                    | StoreError::Exhausted
                    | StoreError::InUse(_)
            )
        )
    }
}

/// A running service.
#[derive(Debug)]
pub struct Running {
    /// Where gRPC, gRPC-Web and HTTP are served.
    pub address: SocketAddr,
    /// Where metrics and probes are served.
    pub admin_address: SocketAddr,
    /// What every use case shares.
    pub app: App,
    bootstrap: Option<Secret>,
    ready: watch::Receiver<Ready>,
    drain: Duration,
    stop: Stop,
    last: CancellationToken,
    serving: TaskTracker,
    working: TaskTracker,
}

/// Brings the store's schema up to date.
pub async fn migrate(config: &Config, clock: Clock) -> Result<(), BootFault> {
    let store = open(config, &clock, true).await?.0;
    store.close().await;
    Ok(())
}

/// Makes the key ring of a new store; a file that is there is never overwritten.
pub fn new_keyring(path: &Path, clock: &Clock) -> Result<(), BootFault> {
    KeyRing::create(path, clock)?;
    Ok(())
}

/// Starts the service; it serves when this returns, and is ready once its table is.
pub async fn start(config: Config, clock: Clock, export: bool) -> Result<Running, BootFault> {
    let embedded = config.database.file().is_some();
    let (store, keys) = open(&config, &clock, embedded).await?;
    #[cfg(feature = "failpoints")]
    arm(&config, &store)?;
    let stop = Stop::default();
    let app = assemble(&config, store, &keys, &stop)?;
    rules(&app, &config).await?;
    let paths: Vec<_> = roles::CALLS.iter().map(|call| call.path).collect();
    let metrics = Arc::new(Metrics::new(&paths)?);
    let health = Health::new().await;
    let (port, admin) = ports(&config, &app, &health, &metrics, export).await?;
    let listen = |key, address| move |source| BootFault::Listen { key, address, source };
    let address = port.address().map_err(listen("server.listen", config.server.listen))?;
    let admin_address =
        admin.local_addr().map_err(listen("server.admin_listen", config.server.admin_listen))?;
    // Made last, when nothing can fail any more: a key that nobody was shown shuts everybody out.
    let bootstrap = access::bootstrap(&app).await?;
    let (last, working, serving) =
        (CancellationToken::new(), TaskTracker::new(), TaskTracker::new());
    work(&app, &working, &last);
    let (tell, ready) = watch::channel(Ready::default());
    working.spawn(look(app.clone(), health, Arc::clone(&metrics), tell, stop.clone()));
    working.spawn(tell_of_objections(app.clone(), Arc::clone(&metrics), stop.clone()));
    serving.spawn(port.serve(stop.clone()));
    let router = operator::router(metrics, ready.clone());
    let until = last.clone();
    working.spawn(async move {
        let served = axum::serve(admin, router).with_graceful_shutdown(until.cancelled_owned());
        if let Err(why) = served.await {
            tracing::error!(%why, "the operator's port failed");
        }
    });
    tracing::info!(%address, %admin_address, "serving");
    let drain = config.limits.drain();
    Ok(Running {
        address,
        admin_address,
        app,
        bootstrap,
        ready,
        drain,
        stop,
        last,
        serving,
        working,
    })
}

/// Arms the failpoint that the settings name.
#[cfg(feature = "failpoints")]
fn arm(config: &Config, store: &Store) -> Result<(), ConfigFault> {
    use crate::store::failpoint::Failpoint;
    let Some(text) = &config.failpoint else { return Ok(()) };
    let (point, nth) = Failpoint::parse(text).ok_or_else(|| {
        let names: Vec<_> = Failpoint::ALL.iter().map(|point| point.name()).collect();
        ConfigFault::Bad {
            key: "failpoint".to_owned(),
            from: "the settings".to_owned(),
            problem: "is no failpoint".to_owned(),
            instead: format!("one of these, or name:nth: {}", names.join(", ")),
        }
    })?;
    // Nobody lets it go on: it is there to be killed.
    drop(store.failpoints().arm(point, nth));
    Ok(())
}

/// What every use case shares, made from the settings.
fn assemble(config: &Config, store: Store, keys: &KeyRing, stop: &Stop) -> Result<App, BootFault> {
    folder(&config.documents.dir)?;
    let clock = store.clock().clone();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(App::new(Parts {
        prover: Prover::new(&keys.pepper())?,
        passwords: Passwords::new(clock.clone(), cores.saturating_sub(1))?,
        policies: Policies::default(),
        clauses: publish::read_clauses(publish::CLAUSES_2026)?,
        lists: Lists::new(config.lists.max_ages()),
        geo: match &config.geo.file {
            None => Geo::default(),
            Some(path) => {
                Geo::open(path).map_err(|source| BootFault::Geo { path: path.clone(), source })?
            }
        },
        documents: DocumentStore::folder(&config.documents.dir)?,
        documents_dir: config.documents.dir.clone(),
        deliveries: deliveries(config)?,
        sources: sources(config, &clock)?,
        provider: config.server.provider.clone(),
        resporgs: config.server.resporgs.clone(),
        credentials: Arc::new(Credentials::default()),
        live: Arc::new(Live::new(store.epoch())),
        stopping: stop.drain.clone(),
        store,
        clock,
    }))
}

/// Starts every loop; each ends when `last` is cancelled.
fn work(app: &App, working: &TaskTracker, last: &CancellationToken) {
    let (store, clock) = (app.store.clone(), app.clock.clone());
    working.spawn(sequencer::run(store.clone(), clock.clone(), last.clone()));
    working.spawn(sequencer::listen(store.clone(), last.clone()));
    let feed = Feed::new(store, clock.clone(), Arc::clone(&app.live), Arc::clone(&app.credentials));
    working.spawn(feed.run(last.clone()));
    working.spawn(follow::run(app.clone(), last.clone()));
    for lane in Lane::ALL {
        let name = clock.opaque_id().to_string();
        working.spawn(worker::run(app.clone(), name, lane, last.clone()));
    }
    working.spawn(import::run(app.clone(), last.clone()));
    working.spawn(expiry::run(app.clone(), last.clone()));
    working.spawn(renewal::run(app.clone(), last.clone()));
    working.spawn(retention::run(app.clone(), last.clone()));
}

impl Running {
    /// Waits until the service cannot go on: the disk under its store failed.
    pub async fn until_broken(&self) -> BootFault {
        self.app.store.until_broken().await;
        BootFault::Store(StoreError::Disk)
    }

    /// The one key of a new store, which is shown once.
    pub const fn bootstrap(&self) -> Option<&Secret> {
        self.bootstrap.as_ref()
    }

    /// Waits until the service may be asked; `false` where it does not come to that in time.
    pub async fn until_ready(&mut self, limit: Duration) -> bool {
        let ready = self.ready.wait_for(|ready| ready.all());
        tokio::time::timeout(limit, ready).await.is_ok_and(|ready| ready.is_ok())
    }

    /// Stops: takes nothing new, lets what was begun end for a while, then cuts.
    pub async fn stop(self) {
        tracing::info!("stopping");
        self.stop.drain.cancel();
        self.serving.close();
        if tokio::time::timeout(self.drain, self.serving.wait()).await.is_err() {
            tracing::warn!("some calls did not end in time and are cut");
        }
        self.stop.cut.cancel();
        self.serving.wait().await;
        self.last.cancel();
        self.working.close();
        self.working.wait().await;
        self.app.store.close().await;
    }
}

/// Publishes the policy a new store begins with, and reads every policy and list there is.
async fn rules(app: &App, config: &Config) -> Result<(), BootFault> {
    let text = match &config.policy.file {
        None => publish::CURRENT_2026.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|source| BootFault::PolicyFile { path: path.clone(), source })?,
    };
    let (written, policy) = publish::read_policy(&text)?;
    publish::publish(app, &text, written, policy).await?;
    for policy in publish::load_all(&app.store).await? {
        app.policies.add(policy);
    }
    Ok(app.lists.follow(&app.store).await?)
}

/// The outside parties, as the settings name them.
pub fn sources(config: &Config, clock: &Clock) -> Result<Sources, BootFault> {
    let given = config.sources.given().map(|(source, said)| {
        let key = said.key.as_ref().map(|key| Secret::new(key.expose().as_bytes().to_vec()));
        let settings = SourceSettings {
            url: said.url.clone().unwrap_or_default(),
            user: said.user.clone().unwrap_or_default(),
            key,
            timeout: said.timeout(),
            max_age: said.max_age(),
            per_minute: said.per_minute,
        };
        (source, settings)
    });
    Ok(Sources::new(&given.collect(), clock)?)
}

/// The adapter of each channel, as the settings name it: a folder stands in for what is not set.
fn deliveries(config: &Config) -> Result<Deliveries, BootFault> {
    let (given, provider) = (&config.delivery, config.server.provider.as_str());
    let folder = match &given.folder {
        Some(path) => Some(Delivery::Folder(FolderDelivery::new(path, provider)?)),
        None => None,
    };
    let email = match (&given.smtp_url, &given.smtp_from) {
        (Some(url), Some(from)) => {
            let smtp = SmtpConfig::from_url(url.expose(), from, provider)?;
            Some(Delivery::Smtp(SmtpDelivery::new(&smtp)?))
        }
        (Some(_) | None, _) => folder.clone(),
    };
    let switch = match &given.http_url {
        Some(url) => {
            let token =
                given.http_token.as_ref().map(|t| Secret::new(t.expose().as_bytes().to_vec()));
            let http = HttpConfig {
                url: url.clone(),
                token,
                provider: provider.to_owned(),
                timeout: SEND,
            };
            Some(Delivery::Http(HttpDelivery::new(&http)?))
        }
        None => folder,
    };
    Ok(Deliveries { email, sms: switch.clone(), voice: switch })
}

async fn ports(
    config: &Config,
    app: &App,
    health: &Health,
    metrics: &Arc<Metrics>,
    export: bool,
) -> Result<(Port, TcpListener), BootFault> {
    let limits = config.limits.clone();
    let routes = services::routes(app, health, metrics, limits.max_message_bytes)?;
    let grpc = Grpc::new(app.clone(), routes, Arc::clone(metrics), &limits, export);
    let http = http_lookup::router(app.clone(), Arc::clone(metrics), limits.lookup());
    let door = Door::new(grpc, http, Cors::new(config.server.cors_origins.clone()));
    let tls = match config.server.line()? {
        Line::Tls { cert, key } => Some(Tls::load(cert, key)?),
        Line::Plain => None,
    };
    let listen = |key, address| move |source| BootFault::Listen { key, address, source };
    let address = config.server.listen;
    let port = Port::bind(address, tls, door, limits, Arc::clone(metrics))
        .await
        .map_err(listen("server.listen", address))?;
    let address = config.server.admin_listen;
    let admin = TcpListener::bind(address).await.map_err(listen("server.admin_listen", address))?;
    Ok((port, admin))
}

/// Opens the store, and makes the key ring of a new embedded one. A server's schema is changed by
/// `vouch migrate` only, under a role of its own.
async fn open(
    config: &Config,
    clock: &Clock,
    migrate: bool,
) -> Result<(Store, KeyRing), BootFault> {
    let path = config.keys.path(&config.database)?;
    let file = config.database.file();
    let folder = file.as_deref().and_then(Path::parent).filter(|f| !f.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(StoreError::MissingFolder(folder.to_owned()).into());
    }
    let new = file.is_some_and(|file| !file.exists());
    let keys = match KeyRing::load(&path) {
        Err(KeyRingError::Missing(_)) if new => KeyRing::create(&path, clock)?,
        loaded => loaded?,
    };
    let how = OpenStore {
        url: config.database.url.expose(),
        max_connections: config.database.max_connections,
        migrate,
        sandbox: false,
        keys: &keys,
        clock: clock.clone(),
    };
    Ok((Store::open(how).await?, keys))
}

fn folder(path: &Path) -> Result<(), BootFault> {
    std::fs::create_dir_all(path)
        .map_err(|source| BootFault::Documents { path: path.to_owned(), source })
}

/// How lists stand, for the operator's alarms.
fn tell_of_lists(app: &App, metrics: &Metrics) {
    let now = app.clock.now();
    for (list, as_of, stale) in app.lists.dates(now) {
        metrics.list(&list, now.since(as_of).0 / 1_000_000, stale);
    }
    // A policy that cannot be told is told of elsewhere.
    for list in lists::missing(app).unwrap_or_default() {
        metrics.list_missing(list.as_str());
    }
    for (list, reason, total) in app.lists.refused() {
        metrics.list_refused(list.as_str(), reason, total);
    }
}

/// How many objections wait, for the operator's alarms; where the store cannot be asked, the last
/// figures stand. A loop of its own: readiness waits for no count.
async fn tell_of_objections(app: App, metrics: Arc<Metrics>, stop: Stop) {
    let mut tick = tokio::time::interval(COUNT);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.drain.cancelled() => return,
        }
        let asked = tokio::time::timeout(PROBE, objection::waiting(&app)).await;
        if let Ok(Ok((waiting, overdue))) = asked {
            metrics.objections_waiting.set(waiting);
            metrics.objections_overdue.set(overdue);
        }
    }
}

/// Looks at what has to hold before this instance may be asked, and tells everyone.
async fn look(
    app: App,
    health: Health,
    metrics: Arc<Metrics>,
    tell: watch::Sender<Ready>,
    stop: Stop,
) {
    let mut tick = tokio::time::interval(LOOK);
    loop {
        let running = !stop.drain.is_cancelled();
        let head = tokio::time::timeout(PROBE, app.store.head()).await;
        let table = app.live.table();
        let freshness = table.freshness(app.clock.mono());
        let bound = table.policy(app.clock.now()).1.a_bound;
        metrics.feed_age.set(freshness.age.0);
        metrics.feed_builds.set(i64::try_from(app.live.builds()).unwrap_or(i64::MAX));
        metrics.feed_position.set(i64::try_from(table.position()).unwrap_or(i64::MAX));
        drop(table);
        metrics.sources(&app.sources.status());
        tell_of_lists(&app, &metrics);
        let ready = Ready {
            database: matches!(head, Ok(Ok(_))),
            keys: true,
            table: freshness.loaded,
            feed: freshness.age < bound,
            running,
        };
        let changed = tell.send_if_modified(|told| std::mem::replace(told, ready) != ready);
        if changed {
            health.tell(ready).await;
        }
        if !running {
            return;
        }
        tokio::select! {
            _ = tick.tick() => {}
            () = stop.drain.cancelled() => {}
        }
    }
}
