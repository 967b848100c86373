//! The real `vouch serve` as a process of its own, to be killed, stopped and continued.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use vouch::store::failpoint::Failpoint;

use super::ground::Ground;

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_mins(1);
/// How long a new store's key may come after the address.
const TELLING: Duration = Duration::from_secs(4);
/// Lines of the log that are kept to explain a failure.
const KEPT: usize = 60;

/// What the process has said so far.
#[derive(Clone, Debug, Default)]
struct Said {
    address: Option<SocketAddr>,
    bootstrap: Option<String>,
    stopped_at: Option<String>,
}

type Log = Arc<Mutex<VecDeque<String>>>;

/// One running process. Dropped, it is killed.
pub(crate) struct Instance {
    child: Child,
    pid: Pid,
    said: watch::Receiver<Said>,
    readers: [JoinHandle<()>; 2],
    log: Log,
}

impl Instance {
    /// Starts the service on a store, to stop at a failpoint where one is named.
    pub(crate) fn start(ground: &Ground, at: Option<(Failpoint, u32)>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
        // The process is told nothing that the tests were told.
        for (name, _value) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VOUCH_") {
                command.env_remove(name);
            }
        }
        if let Some((point, nth)) = at {
            command.env("VOUCH_FAILPOINT", format!("{}:{nth}", point.name()));
        }
        let mut child = command
            .arg("serve")
            .env("VOUCH_LISTEN", "127.0.0.1:0")
            .env("VOUCH_ADMIN_LISTEN", "127.0.0.1:0")
            .env("VOUCH_DATABASE_URL", &ground.url)
            .env("VOUCH_KEYS_FILE", &ground.keys_file)
            .env("VOUCH_DOCUMENTS_DIR", ground.folder().join("documents"))
            .env("VOUCH_DELIVERY_FOLDER", ground.folder().join("outbox"))
            .env("VOUCH_DRAIN_SECONDS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
        let (tell, said) = watch::channel(Said::default());
        let (tell, log) = (Arc::new(tell), Log::default());
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let readers = [
            tokio::spawn(read(out, Arc::clone(&tell), Log::clone(&log))),
            tokio::spawn(read(err, tell, Log::clone(&log))),
        ];
        Self { child, pid, said, readers, log }
    }

    /// Waits until the process has said this.
    async fn wait<T>(&mut self, what: &str, said: impl Fn(&Said) -> Option<T>) -> T {
        let heard = self.said.wait_for(|now| said(now).is_some());
        let found = match tokio::time::timeout(START, heard).await {
            Ok(Ok(now)) => said(&now),
            Ok(Err(_)) | Err(_) => None,
        };
        found.unwrap_or_else(|| panic!("no {what}: {:#?}", self.log.lock().unwrap()))
    }

    /// Where it serves; none where it stopped at a failpoint on its way there.
    pub(crate) async fn address(&mut self) -> Option<SocketAddr> {
        self.wait("address", |now| {
            let stopped = now.stopped_at.is_some();
            now.address.map(Some).or(stopped.then_some(None))
        })
        .await
    }

    /// The one key of a new store.
    pub(crate) async fn bootstrap(&mut self) -> String {
        self.wait("bootstrap key", |now| now.bootstrap.clone()).await
    }

    /// Waits a while for that key, which is told after the address; whether it was told.
    pub(crate) async fn told_key(&mut self) -> bool {
        let heard = self.said.wait_for(|now| now.bootstrap.is_some());
        matches!(tokio::time::timeout(TELLING, heard).await, Ok(Ok(_)))
    }

    /// Waits until it stops at its failpoint.
    pub(crate) async fn stopped(&mut self) -> String {
        self.wait("stop at the failpoint", |now| now.stopped_at.clone()).await
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// SIGKILL, and waits until the process is gone; the key of a new store, where it told one.
    pub(crate) async fn kill(mut self) -> Option<String> {
        self.signal(Signal::KILL);
        let status = self.child.wait().await.unwrap();
        assert!(status.code().is_none(), "it ended by itself: {status}, {:#?}", self.log);
        for reader in self.readers {
            reader.await.unwrap();
        }
        self.said.borrow().bootstrap.clone()
    }
}

async fn read(from: impl AsyncRead + Unpin, tell: Arc<watch::Sender<Said>>, log: Log) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let told: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let field = |name: &str| told.get(name).and_then(|value| value.as_str());
        let key = line.split_whitespace().find(|word| word.starts_with("vk_"));
        tell.send_modify(|said| {
            if field("message") == Some("serving") {
                said.address = field("address").and_then(|text| text.parse().ok());
            }
            if let Some(point) = field("failpoint") {
                said.stopped_at = Some(point.to_owned());
            }
            if let Some(key) = key.filter(|_| told.is_null()) {
                said.bootstrap = Some(key.to_owned());
            }
        });
        let mut log = log.lock().unwrap();
        log.push_back(line);
        if log.len() > KEPT {
            log.pop_front();
        }
    }
}

/// A connection that speaks with a key.
#[derive(Clone)]
pub(crate) struct Caller {
    address: SocketAddr,
    channel: Channel,
    bearer: MetadataValue<Ascii>,
}

/// Adds the key to every call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Bearer {
    fn call(
        &mut self,
        mut request: tonic::Request<()>,
    ) -> Result<tonic::Request<()>, tonic::Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// What the clients are made over.
pub(crate) type With = tonic::service::interceptor::InterceptedService<Channel, Bearer>;

impl Caller {
    /// A connection of its own to this address; it is made with the first call.
    pub(crate) fn new(address: SocketAddr, token: &str) -> Self {
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        Self { address, channel, bearer: format!("Bearer {token}").parse().unwrap() }
    }

    /// The same over a connection of its own.
    pub(crate) fn again(&self) -> Self {
        let channel = Channel::from_shared(format!("http://{}", self.address)).unwrap();
        Self { channel: channel.connect_lazy(), ..self.clone() }
    }

    /// What a client is made of.
    pub(crate) fn parts(&self) -> (Channel, Bearer) {
        (self.channel.clone(), Bearer(self.bearer.clone()))
    }
}
