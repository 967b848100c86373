//! A deployment for one test: one store, the real service on real sockets (two instances of it where
//! the store is PostgreSQL), and the world that codes go to.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tonic::transport::Channel;
use vouch::boot::{self, Running};
use vouch::clock::Clock;
use vouch::config::{Config, Given};
use vouch::store::EngineKind;

use super::post::Post;
use super::{pg, stores};

/// How long a service may take to become ready on a busy machine.
const READY: Duration = Duration::from_mins(1);

/// The deployment.
pub(crate) struct Site {
    /// The time that every instance sees.
    pub(crate) clock: Clock,
    /// Where codes arrive.
    pub(crate) post: Post,
    /// The store.
    pub(crate) url: String,
    /// The one key of the new store.
    pub(crate) bootstrap: String,
    instances: Vec<Running>,
    given: Given,
    database: Option<String>,
    _folder: TempDir,
}

impl Site {
    /// A new store and its instances on the machine's clock.
    pub(crate) async fn open(kind: EngineKind) -> Self {
        Self::with(kind, Clock::system(), |_given| {}).await
    }

    /// The same on another clock and with other settings.
    pub(crate) async fn with(
        kind: EngineKind,
        clock: Clock,
        change: impl FnOnce(&mut Given),
    ) -> Self {
        let (folder, post) = (tempfile::tempdir().unwrap(), Post::open().await);
        let mut given = Given::default();
        let (url, database, count) = match kind {
            EngineKind::Sqlite => {
                (format!("sqlite:{}", folder.path().join("vouch.db").display()), None, 1)
            }
            EngineKind::Postgres => {
                let cluster = pg::cluster();
                let name = cluster.database().await;
                let keys = cluster.keys_file().display().to_string();
                given.flag("keys.file", Some(keys));
                (cluster.url(&name), Some(name), 2)
            }
        };
        settings(&mut given, &url, folder.path(), &post);
        change(&mut given);
        let mut site = Self {
            clock,
            post,
            url,
            bootstrap: String::new(),
            instances: Vec::new(),
            given,
            database,
            _folder: folder,
        };
        for _ in 0..count {
            let running = site.start().await;
            site.instances.push(running);
        }
        let shown: Vec<_> = site.instances.iter().filter_map(Running::bootstrap).collect();
        assert_eq!(shown.len(), 1, "a new store shows one key, once");
        site.bootstrap = String::from_utf8(shown[0].expose().to_vec()).unwrap();
        site
    }

    async fn start(&self) -> Running {
        let config = Config::load(&self.given).unwrap();
        let mut running = boot::start(config, self.clock.clone(), false).await.unwrap();
        assert!(running.until_ready(READY).await, "not ready");
        running
    }

    /// Stops every instance, and starts them again on the same store.
    pub(crate) async fn restart(&mut self) {
        let count = self.instances.len();
        for running in self.instances.drain(..) {
            running.stop().await;
        }
        for _ in 0..count {
            let running = self.start().await;
            assert!(running.bootstrap().is_none(), "the key of a store is shown once");
            self.instances.push(running);
        }
    }

    /// The instances.
    pub(crate) fn instances(&self) -> &[Running] {
        &self.instances
    }

    /// The last instance: another one than the first wherever there are two.
    pub(crate) fn other(&self) -> usize {
        self.instances.len() - 1
    }

    /// Where an instance serves gRPC and HTTP.
    pub(crate) fn address(&self, instance: usize) -> SocketAddr {
        self.instances[instance].address
    }

    /// A new connection to an instance.
    pub(crate) async fn channel(&self, instance: usize) -> Channel {
        let url = format!("http://{}", self.address(instance));
        Channel::from_shared(url).unwrap().connect().await.unwrap()
    }

    /// One number out of the store, past the service.
    pub(crate) async fn number(&self, text: &str) -> i64 {
        stores::number(&self.url, text).await
    }

    /// Stops everything and removes what was stored.
    pub(crate) async fn close(self) {
        for running in self.instances {
            running.stop().await;
        }
        if let Some(name) = &self.database {
            pg::cluster().drop_database(name).await;
        }
    }
}

fn settings(given: &mut Given, url: &str, folder: &Path, post: &Post) {
    given.flag("database.url", Some(url));
    given.flag("database.max_connections", Some(8_u64));
    given.flag("server.provider", Some("Lakeside Telephone Company"));
    given.flag("server.listen", Some("127.0.0.1:0"));
    given.flag("server.admin_listen", Some("127.0.0.1:0"));
    given.flag("limits.drain_seconds", Some(2_u64));
    given.flag("documents.dir", Some(folder.join("documents").display().to_string()));
    given.flag("delivery.smtp_url", Some(post.smtp_url()));
    given.flag("delivery.smtp_from", Some("codes@lakeside.example"));
    given.flag("delivery.http_url", Some(post.http_url()));
    given.flag("delivery.http_token", Some("the switch's token"));
}

/// Asks again until there is an answer, for at most half a minute.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    ask: impl FnMut() -> F,
) -> T {
    within(Duration::from_secs(30), what, ask).await
}

/// Asks again until there is an answer, for at most so long.
pub(crate) async fn within<T, F: Future<Output = Option<T>>>(
    limit: Duration,
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let look = async {
        let mut pace = tokio::time::interval(Duration::from_millis(10));
        loop {
            pace.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    let found = tokio::time::timeout(limit, look).await;
    found.unwrap_or_else(|_late| panic!("{what}: not within {limit:?}"))
}
