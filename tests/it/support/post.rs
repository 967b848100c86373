//! The world that codes go to: a mail server and a telephone switch on the loopback. Both keep what
//! they are told.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a code may take to arrive on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// One message that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// The id it bears: the challenge's.
    pub(crate) id: String,
    /// EMAIL, SMS or VOICE.
    pub(crate) channel: String,
    /// Where it went.
    pub(crate) to: String,
    /// The code it carries; empty where it has to be keyed.
    pub(crate) code: String,
    /// What is said.
    pub(crate) text: String,
    /// What is dialled behind the number.
    pub(crate) extension: String,
    /// The challenge whose code it is.
    pub(crate) challenge: String,
    /// How many digits are taken from the keys.
    pub(crate) collects: u64,
}

type Kept = Arc<watch::Sender<Vec<Letter>>>;

/// The mail server and the switch.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    mail: u16,
    switch: u16,
    kept: Kept,
}

impl Post {
    /// Opens both on ports of their own.
    pub(crate) async fn open() -> Self {
        let kept: Kept = Arc::new(watch::Sender::new(Vec::new()));
        let mail = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let switch = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ports = (mail.local_addr().unwrap().port(), switch.local_addr().unwrap().port());
        let letters = Arc::clone(&kept);
        tokio::spawn(async move {
            while let Ok((stream, _)) = mail.accept().await {
                tokio::spawn(take_mail(stream, Arc::clone(&letters)));
            }
        });
        let router =
            Router::new().route("/messages", post(take_call)).with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(switch, router).await });
        Self { mail: ports.0, switch: ports.1, kept }
    }

    /// The mail server, as a setting.
    pub(crate) fn smtp_url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.mail)
    }

    /// The switch, as a setting.
    pub(crate) fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}/messages", self.switch)
    }

    /// The message of a challenge; waits until it arrives.
    pub(crate) async fn letter(&self, challenge: &str) -> Letter {
        let mut seen = self.kept.subscribe();
        let arrived = seen.wait_for(|all| all.iter().any(|one| one.id == challenge));
        let all = tokio::time::timeout(LIMIT, arrived).await.expect("no code came").unwrap();
        all.iter().find(|one| one.id == challenge).cloned().unwrap()
    }
}

impl Post {
    /// The messages of a challenge, once there are that many.
    pub(crate) async fn messages(&self, challenge: &str, count: usize) -> Vec<Letter> {
        let of = |all: &Vec<Letter>| -> Vec<Letter> {
            all.iter().filter(|one| one.challenge == challenge).cloned().collect()
        };
        let mut seen = self.kept.subscribe();
        let arrived = seen.wait_for(|all| of(all).len() >= count);
        let all = tokio::time::timeout(LIMIT, arrived).await.expect("no code came").unwrap();
        of(&all)
    }
}

async fn take_call(State(kept): State<Kept>, Json(told): Json<Value>) -> Json<Value> {
    let word = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let letter = Letter {
        id: word("id"),
        channel: word("channel"),
        to: word("to"),
        code: word("code"),
        text: word("text"),
        extension: word("extension"),
        challenge: word("challenge_id"),
        collects: told["collect_digits"].as_u64().unwrap_or_default(),
    };
    kept.send_modify(|all| all.push(letter));
    Json(json!({ "id": "switch-1" }))
}

/// Speaks SMTP as far as a sender needs it, and keeps each message.
async fn take_mail(stream: TcpStream, kept: Kept) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    write.write_all(b"220 post ready\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let reply: &[u8] = match verb.as_str() {
            "EHLO" => b"250-post\r\n250 8BITMIME\r\n",
            "RCPT" => {
                to = between(&line, "<", ">");
                b"250 OK\r\n"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                let letter = Letter {
                    id: between(&mail, "Message-ID: <", "@"),
                    channel: "EMAIL".to_owned(),
                    to: to.clone(),
                    code: between(&mail, "Your code is ", "\n"),
                    challenge: between(&mail, "Message-ID: <", "@"),
                    text: mail,
                    extension: String::new(),
                    collects: 0,
                };
                kept.send_modify(|all| all.push(letter));
                b"250 kept\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 OK\r\n",
        };
        write.write_all(reply).await?;
    }
    Ok(())
}

fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text.split_once(before).map(|(_, rest)| rest).unwrap_or_default();
    rest.split(after).next().unwrap_or_default().trim().to_owned()
}

/// Another code than this one, of the same length.
pub(crate) fn wrong(code: &str, nth: u32) -> String {
    let value: u32 = code.parse().unwrap();
    format!("{:06}", (value + nth) % 1_000_000)
}
