//! The real service as a child process on a new `SQLite` file.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tonic::transport::Channel;

use super::fault::DemoError;

/// How long the service may take to become ready on a slow machine.
const START_LIMIT: Duration = Duration::from_mins(1);

/// A running service and how to reach it.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    folder: PathBuf,
    listen: u16,
    admin: u16,
    bootstrap: String,
}

impl Server {
    /// Starts this very program as `serve` on a new store in `folder` and waits until it is ready.
    pub(super) async fn start(folder: &Path) -> Result<Self, DemoError> {
        let (listen, admin) = (free_port()?, free_port()?);
        let program = std::env::current_exe().map_err(DemoError::io("find this program"))?;
        let log = std::fs::File::create(folder.join("service.log"))
            .map_err(DemoError::io("create the service's log"))?;
        let mut child = Command::new(program)
            .arg("serve")
            .env("VOUCH_LISTEN", format!("127.0.0.1:{listen}"))
            .env("VOUCH_ADMIN_LISTEN", format!("127.0.0.1:{admin}"))
            .env("VOUCH_DATABASE_URL", format!("sqlite:{}", folder.join("vouch.sqlite").display()))
            .env("VOUCH_KEYS_FILE", folder.join("vouch.keys"))
            .env("VOUCH_DOCUMENTS_DIR", folder.join("documents"))
            .env("VOUCH_DELIVERY_FOLDER", folder.join("outbox"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(DemoError::io("start the service"))?;
        let bootstrap = read_bootstrap_key(&mut child).await?;
        let server = Self { child, folder: folder.to_owned(), listen, admin, bootstrap };
        server.wait_ready().await?;
        Ok(server)
    }

    /// The key that a new store prints once.
    pub(super) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Where the service listens.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.listen)
    }

    /// Where metrics and probes are.
    pub(super) fn admin_address(&self) -> String {
        format!("127.0.0.1:{}", self.admin)
    }

    /// The folder that holds the store, documents, outbox and log.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A connection for gRPC.
    pub(super) async fn channel(&self) -> Result<Channel, DemoError> {
        Channel::from_shared(format!("http://{}", self.address()))
            .map_err(|e| DemoError::Server(e.to_string()))?
            .connect()
            .await
            .map_err(|e| DemoError::Server(e.to_string()))
    }

    /// Asks the service to drain and waits for its end.
    pub(super) async fn stop(mut self) -> Result<(), DemoError> {
        self.child.kill().await.map_err(DemoError::io("stop the service"))
    }

    /// Lets the service run on after this program.
    pub(super) async fn wait(mut self) -> Result<(), DemoError> {
        self.child.wait().await.map(|_status| ()).map_err(DemoError::io("wait for the service"))
    }

    async fn wait_ready(&self) -> Result<(), DemoError> {
        let url = format!("http://{}/readyz", self.admin_address());
        let probe = async {
            let mut pace = tokio::time::interval(Duration::from_millis(50));
            loop {
                pace.tick().await;
                if let Ok(answer) = reqwest::get(&url).await
                    && answer.status().is_success()
                {
                    return;
                }
            }
        };
        tokio::time::timeout(START_LIMIT, probe)
            .await
            .map_err(|_late| DemoError::Server("it was not ready within a minute".to_owned()))
    }
}

/// The store is new, so the service prints its one bootstrap key on standard output.
async fn read_bootstrap_key(child: &mut Child) -> Result<String, DemoError> {
    let Some(stdout) = child.stdout.take() else {
        return Err(DemoError::Server("it has no standard output".to_owned()));
    };
    let mut lines = BufReader::new(stdout).lines();
    let find = async {
        while let Some(line) = lines.next_line().await.map_err(DemoError::io("read its output"))? {
            if let Some(key) = line.split_whitespace().find(|word| word.starts_with("vk_")) {
                return Ok(key.to_owned());
            }
        }
        Err(DemoError::Server("it ended; see service.log".to_owned()))
    };
    let key = tokio::time::timeout(START_LIMIT, find)
        .await
        .map_err(|_late| DemoError::Server("it printed no bootstrap key".to_owned()))??;
    tokio::spawn(async move { while let Ok(Some(_line)) = lines.next_line().await {} });
    Ok(key)
}

fn free_port() -> Result<u16, DemoError> {
    let listener =
        TcpListener::bind("127.0.0.1:0").map_err(DemoError::io("look for a free port"))?;
    Ok(listener.local_addr().map_err(DemoError::io("look for a free port"))?.port())
}
