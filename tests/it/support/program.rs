//! The real program: `vouch` with its arguments and its environment, and nothing of ours inside.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long the program may take on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Done {
    /// Its exit code.
    pub(crate) code: i32,
    /// Its standard output.
    pub(crate) out: String,
    /// Its standard error.
    pub(crate) err: String,
}

impl Done {
    /// The output as one JSON value.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The program in an environment that holds only what it is given.
fn program(env: &[(&str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouch"));
    command.env_clear().envs(env.iter().map(|(name, value)| (*name, value.as_str())));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub(crate) async fn run(env: &[(&str, String)], args: &[&str]) -> Done {
    let ended = program(env).args(args).output();
    tokio::time::timeout(LIMIT, ended).await.expect("the command ends").unwrap().into()
}

/// Runs a command that is fed from standard input.
pub(crate) async fn fed(env: &[(&str, String)], args: &[&str], input: &[u8]) -> Done {
    let mut child = program(env).args(args).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feed = tokio::spawn(async move {
        stdin.write_all(&input).await.unwrap();
    });
    let ended = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
    feed.await.unwrap();
    ended.expect("the command ends").unwrap().into()
}

/// A service in a process of its own, over a new SQLite file.
pub(crate) struct Served {
    child: Child,
    folder: TempDir,
    listen: u16,
    admin: u16,
    /// What it said on standard output before it was ready.
    pub(crate) said: Vec<String>,
    /// The key of the new store.
    pub(crate) bootstrap: String,
}

impl Served {
    /// Starts the service on a new store.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (listen, admin) = (free_port(), free_port());
        let env = settings(folder.path(), listen, admin);
        let mut child = program(&env).arg("serve").stderr(Stdio::null()).spawn().unwrap();
        let (said, bootstrap) = first_words(&mut child).await;
        let served = Self { child, folder, listen, admin, said, bootstrap };
        served.until_ready().await;
        served
    }

    /// Stops it and starts it again on the same store.
    pub(crate) async fn again(mut self) -> (Self, Vec<String>) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let status = tokio::time::timeout(LIMIT, self.child.wait()).await.unwrap().unwrap();
        assert!(status.success(), "{status}");
        let env = settings(self.folder.path(), self.listen, self.admin);
        self.child = program(&env).arg("serve").stderr(Stdio::null()).spawn().unwrap();
        let stdout = self.child.stdout.take().unwrap();
        self.until_ready().await;
        let mut lines = BufReader::new(stdout).lines();
        let mut said = Vec::new();
        let quiet = Duration::from_millis(500);
        while let Ok(Ok(Some(line))) = tokio::time::timeout(quiet, lines.next_line()).await {
            said.push(line);
        }
        (self, said)
    }

    /// The environment of a second `serve` on the same store, on ports of its own.
    pub(crate) fn beside(&self) -> Vec<(&'static str, String)> {
        settings(self.folder.path(), free_port(), free_port())
    }

    /// The folder of the store.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The service's address, as the commands want it.
    pub(crate) fn server(&self) -> String {
        format!("http://127.0.0.1:{}", self.listen)
    }

    /// Where metrics and probes are.
    pub(crate) fn admin(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin)
    }

    /// Runs a command against the service with this key, which comes from a file.
    pub(crate) async fn run(&self, key: &str, args: &[&str]) -> Done {
        let file = self.folder.path().join("key");
        std::fs::write(&file, key).unwrap();
        let env = [("VOUCH_SERVER", self.server()), ("VOUCH_KEY_FILE", file.display().to_string())];
        run(&env, args).await
    }

    async fn until_ready(&self) {
        let url = format!("{}/readyz", self.admin());
        super::server::until("the service is ready", || async {
            let reply = reqwest::get(&url).await.ok()?;
            reply.status().is_success().then_some(())
        })
        .await;
    }
}

/// Reads what a new store's service says, up to its key.
async fn first_words(child: &mut Child) -> (Vec<String>, String) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let read = async {
        let mut said = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            said.push(line.clone());
            if line.starts_with("vk_") {
                return (said, line);
            }
        }
        panic!("it ended without a key: {said:?}");
    };
    let found = tokio::time::timeout(LIMIT, read).await.expect("a key");
    tokio::spawn(async move { while let Ok(Some(_line)) = lines.next_line().await {} });
    found
}

/// The settings of a service over the SQLite file of a folder.
pub(crate) fn settings(folder: &Path, listen: u16, admin: u16) -> Vec<(&'static str, String)> {
    let path = |name: &str| folder.join(name).display().to_string();
    vec![
        ("VOUCH_LISTEN", format!("127.0.0.1:{listen}")),
        ("VOUCH_ADMIN_LISTEN", format!("127.0.0.1:{admin}")),
        ("VOUCH_DATABASE_URL", format!("sqlite:{}", path("vouch.db"))),
        ("VOUCH_DOCUMENTS_DIR", path("documents")),
        ("VOUCH_DELIVERY_FOLDER", path("outbox")),
    ]
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A file of a folder with this text.
pub(crate) fn file(folder: &Path, name: &str, text: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}
