//! A temporary PostgreSQL cluster for a run of the tests, from the installed server programs.
//!
//! The first test process that needs it makes the cluster, under a lock; others find it. A watcher
//! (a small shell loop, and the server's parent) stops the server and removes the folder when no
//! test process has used it for some seconds, however those processes ended.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use vouch::clock::Clock;
use vouch::domain::digest::Digest;
use vouch::store::{KeyRing, OpenStore, Store};

const MISSING: &str = "The programs of the PostgreSQL server were not found (initdb, postgres). \
                       Install them with:  apt-get install -y postgresql";

/// Starts the server, waits until no test process is left for six seconds, stops it.
const WATCHER: &str = r#"
run=$1; bin=$2; port=$3; as=$4
sync=${VOUCH_PG_SYNC:-off}
$as "$bin/postgres" -D "$run/data" -p "$port" -k "$run/socket" -h 127.0.0.1 \
  -c fsync=$sync -c synchronous_commit=$sync -c full_page_writes=$sync -c max_connections=400 -c shared_buffers=64MB \
  -c log_min_messages=fatal -c max_wal_size=256MB -c deadlock_timeout=200ms >"$run/log" 2>&1 &
server=$!
idle=0
while kill -0 $server 2>/dev/null; do
  sleep 1
  idle=$((idle + 1))
  for user in "$run"/users/*; do
    [ -e "$user" ] || continue
    if kill -0 "${user##*/}" 2>/dev/null; then idle=0; else rm -f "$user"; fi
  done
  [ $idle -ge 6 ] && touch "$run/stopping"
  [ $idle -ge 8 ] && break
done
kill -INT $server 2>/dev/null
wait $server
rm -rf "$run"
"#;

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    run: PathBuf,
    port: u16,
    template: String,
    keys: KeyRing,
}

/// The cluster of this run of the tests.
pub(crate) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        // A runtime of its own: the caller's may be of any kind.
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(find_or_start())
        })
        .join()
        .unwrap()
    })
}

impl Cluster {
    /// The URL of a database of this cluster.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://vouch@127.0.0.1:{}/{database}", self.port)
    }

    /// The folder of the server's socket: small writes through it wait for no acknowledgement.
    pub(crate) fn socket(&self) -> PathBuf {
        self.run.join("socket")
    }

    /// The key ring the template was made with.
    pub(crate) fn keys(&self) -> KeyRing {
        self.keys.clone()
    }

    /// The file of that key ring, for a process or an instance of its own.
    pub(crate) fn keys_file(&self) -> PathBuf {
        self.run.join("keys.json")
    }

    /// A new migrated database; its epoch is its own.
    pub(crate) async fn database(&self) -> String {
        let name = format!("t_{}", Clock::system().opaque_id().simple());
        let mut admin = self.connect("postgres").await;
        let text = format!("CREATE DATABASE {name} TEMPLATE {}", self.template);
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut admin).await.unwrap();
        let mut own = self.connect(&name).await;
        sqlx::raw_sql("UPDATE store_meta SET epoch = gen_random_uuid()")
            .execute(&mut own)
            .await
            .unwrap();
        name
    }

    /// A new database without any table.
    pub(crate) async fn empty_database(&self) -> String {
        let name = format!("e_{}", Clock::system().opaque_id().simple());
        let mut admin = self.connect("postgres").await;
        let text = format!("CREATE DATABASE {name}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut admin).await.unwrap();
        name
    }

    /// Removes a database, whoever is still connected.
    pub(crate) async fn drop_database(&self, name: &str) {
        let mut admin = self.connect("postgres").await;
        let text = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut admin).await.unwrap();
    }

    async fn connect(&self, database: &str) -> PgConnection {
        PgConnection::connect(&self.url(database)).await.unwrap()
    }
}

async fn find_or_start() -> Cluster {
    let name = Digest::of(env!("CARGO_MANIFEST_DIR").as_bytes()).to_string();
    let base = std::env::temp_dir().join(format!("vouch-pg-{}", name.get(..12).unwrap()));
    fs::create_dir_all(&base).unwrap();
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(base.join("lock"));
    let lock = lock.unwrap();
    lock.lock().unwrap();
    let found = fs::read_to_string(base.join("current")).ok();
    let (run, port) = match found.and_then(|text| running(&text)) {
        Some(found) => found,
        None => start(&base, &lock).await,
    };
    let keys = KeyRing::load(&run.join("keys.json")).unwrap();
    let mut cluster = Cluster { run, port, template: String::new(), keys };
    cluster.template = template(&cluster).await;
    cluster
}

/// The cluster that `current` names, if it may still be used; this process is noted as its user.
/// A machine that went down leaves a folder without its server, so the port is asked too.
fn running(current: &str) -> Option<(PathBuf, u16)> {
    let (port, run) = current.trim().split_once(' ')?;
    let run = PathBuf::from(run);
    let port = port.parse().ok()?;
    note_user(&run)?;
    let alive = run.join("data/postmaster.pid").exists() && !run.join("stopping").exists();
    (alive && TcpStream::connect(("127.0.0.1", port)).is_ok()).then_some((run, port))
}

fn note_user(run: &Path) -> Option<()> {
    fs::write(run.join("users").join(std::process::id().to_string()), "").ok()
}

/// The folder of the server programs: the newest installed, or what PATH finds.
fn programs() -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for versions in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let bin = versions.path().join("bin");
        let version = versions.file_name().to_string_lossy().parse().unwrap_or(0);
        if bin.join("initdb").exists() && bin.join("postgres").exists() {
            found.push((version, bin));
        }
    }
    if let Some((_, bin)) = found.into_iter().max() {
        return bin;
    }
    let asked = Command::new("pg_config").arg("--bindir").output();
    let bin = asked.map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
    bin.ok().filter(|bin| bin.join("initdb").exists()).expect(MISSING)
}

/// The prefix that drops root's rights, which the server refuses to run with.
fn unprivileged() -> &'static [&'static str] {
    if !rustix::process::geteuid().is_root() {
        return &[];
    }
    let there = |program| Command::new(program).arg("--version").output().is_ok();
    if there("setpriv") {
        &["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    } else {
        &["runuser", "-u", "postgres", "--"]
    }
}

#[expect(clippy::zombie_processes, reason = "the watcher outlives this process on purpose")]
async fn start(base: &Path, _held: &File) -> (PathBuf, u16) {
    let bin = programs();
    let clock = Clock::system();
    let run = base.join(format!("run-{}", clock.opaque_id().simple()));
    for folder in ["users", "socket"] {
        fs::create_dir_all(run.join(folder)).unwrap();
    }
    note_user(&run).unwrap();
    let as_user = unprivileged();
    if !as_user.is_empty() {
        let owned =
            Command::new("chown").arg("postgres").arg(&run).arg(run.join("socket")).status();
        assert!(owned.unwrap().success(), "the cluster's folder could not be given to postgres");
    }
    let initdb = bin.join("initdb");
    let mut line = as_user.iter().map(std::ffi::OsStr::new).chain([initdb.as_os_str()]);
    let made = Command::new(line.next().unwrap())
        .args(line)
        .arg("-D")
        .arg(run.join("data"))
        .args(["-U", "vouch", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"])
        .current_dir(&run)
        .output()
        .unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    Command::new("sh")
        .args(["-c", WATCHER, "vouch-pg-watcher"])
        .arg(&run)
        .arg(&bin)
        .arg(port.to_string())
        .arg(as_user.join(" "))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .process_group(0)
        .spawn()
        .unwrap();
    let url = format!("postgres://vouch@127.0.0.1:{port}/postgres");
    for attempt in 0.. {
        if let Ok(conn) = PgConnection::connect(&url).await {
            drop(conn.close().await);
            break;
        }
        let log = || fs::read_to_string(run.join("log")).unwrap_or_default();
        assert!(attempt < 300, "the PostgreSQL server did not come up: {}", log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    KeyRing::create(&run.join("keys.json"), &clock).unwrap();
    let mut current = File::create(base.join("current")).unwrap();
    writeln!(current, "{port} {}", run.display()).unwrap();
    (run, port)
}

/// The migrated database that tests copy; made anew when a migration changed.
async fn template(cluster: &Cluster) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let texts: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let digest = Digest::of_parts(texts.iter().map(Vec::as_slice)).to_string();
    let name = format!("template_{}", digest.get(..12).unwrap());
    let mut admin = cluster.connect("postgres").await;
    let there: Option<(i32,)> = sqlx::query_as("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut admin)
        .await
        .unwrap();
    if there.is_some() {
        return name;
    }
    let half = format!("half_{name}");
    for text in [format!("DROP DATABASE IF EXISTS {half}"), format!("CREATE DATABASE {half}")] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut admin).await.unwrap();
    }
    let how = OpenStore {
        url: &cluster.url(&half),
        max_connections: 2,
        migrate: true,
        sandbox: false,
        keys: &cluster.keys,
        clock: Clock::system(),
    };
    Store::open(how).await.unwrap().close().await;
    let text = format!("ALTER DATABASE {half} RENAME TO {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut admin).await.unwrap();
    name
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(fs::remove_file(self.run.join("users").join(std::process::id().to_string())));
    }
}
