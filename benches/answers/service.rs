//! The two servers under measurement, each a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use prost::Message as _;
use vouch::wire::pb;

use super::meter::children;

/// A running server.
pub(super) struct Running {
    child: Child,
    /// Kept, so that the server can go on printing.
    _out: BufReader<ChildStdout>,
    pub(super) pid: u32,
    pub(super) address: String,
    pub(super) token: String,
    /// A call that gets A.
    pub(super) call: pb::Call,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.pid != self.child.id() {
            // The service is a child of the demonstration; it ends by the signal of its own.
            let _ended = Command::new("kill").arg(self.pid.to_string()).status();
        }
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Starts Vouch with a customer that is active and a number that gets A: the demonstration's own,
/// left running before its suspension.
pub(super) fn vouch(folder: &Path) -> anyhow::Result<Running> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vouch"))
        .args(["demo", "--keep", "--active", "--folder"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("start vouch demo")?;
    let mut out = BufReader::new(child.stdout.take().context("its output")?);
    let mut seen = String::new();
    let line = loop {
        let mut line = String::new();
        if out.read_line(&mut line)? == 0 {
            bail!("vouch demo ended before it was ready:\n{seen}");
        }
        if line.contains("curl") && line.contains("/v1/attestation") {
            break line;
        }
        seen.push_str(&line);
    };
    let word = |head: &str, end: char| {
        let after = line.split(head).nth(1)?;
        after.split(end).next().map(str::to_owned)
    };
    let token = word("Bearer ", '\'').context("the key in the line to try")?;
    let address = word("http://", '/').context("the address in the line to try")?;
    let field = |name: &str| {
        let after = line.split(&format!("{name}=")).nth(1)?;
        after.split(['&', '\'']).next().map(str::to_owned)
    };
    let call = pb::Call {
        trunk: field("trunk").context("the trunk in the line to try")?,
        orig: format!("+{}", field("tn").context("the number in the line to try")?),
        dest: format!("+{}", field("dest").context("the destination in the line to try")?),
        diverting: String::new(),
        signed: false,
    };
    let services = children(child.id())?;
    ensure!(services.len() == 1, "{} services run, one was expected", services.len());
    let pid = services.first().copied().context("the service")?;
    Ok(Running { child, _out: out, pid, address, token, call })
}

/// Starts the echo with the answers it gives.
pub(super) fn echo(
    call: &pb::Call,
    unary: &pb::Attestation,
    stream: &pb::Attestation,
) -> anyhow::Result<Running> {
    let hex = |answer: &pb::Attestation| {
        answer.encode_to_vec().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    };
    let mut child = Command::new(std::env::current_exe()?)
        .args(["echo", &hex(unary), &hex(stream)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("start the echo")?;
    let mut out = BufReader::new(child.stdout.take().context("its output")?);
    let mut address = String::new();
    out.read_line(&mut address)?;
    let pid = child.id();
    let address = address.trim().to_owned();
    // As long as a key, so that both read headers of one size.
    let token = "x".repeat(69);
    Ok(Running { child, _out: out, pid, address, token, call: call.clone() })
}
