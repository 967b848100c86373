//! An outside party on the loopback: it answers each path with the bytes it was given, and keeps
//! what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use vouch::clock::Clock;
use vouch::domain::check::{Answer, Likeness, Question, Source, Verdict, judge};
use vouch::domain::date;
use vouch::domain::pii::Secret;
use vouch::sources::exchange::{SourceSettings, Sources};

/// What a path answers with.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// A status and a body of JSON.
    Json(u16, String),
    /// The same, with the `request_id` of the question in place of `REQUEST_ID`.
    Echo(String),
    /// A body of JSON that changes from question to question.
    Changing(Arc<Mutex<Vec<u8>>>),
    /// The whole answer as it stands.
    Bytes(String),
    /// A body of JSON, once it is let go.
    Held(String, Arc<Notify>),
    /// Nothing, and the connection stays.
    Silence,
    /// The connection is closed.
    HangUp,
}

/// The party: its port, and what it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) port: u16,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

type Book = Arc<BTreeMap<String, Says>>;

impl Party {
    /// Answers the paths that begin so; `PORT` in a body is the party's own port, `TODAY` this day.
    pub(crate) async fn new(book: &[(&str, Says)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let today = format!("{}T00:00:00Z", date::write(Clock::system().now()));
        let own = |says: &Says| match says {
            Says::Json(status, body) => {
                let body = body.replace("PORT", &port.to_string()).replace("TODAY", &today);
                Says::Json(*status, body)
            }
            other => other.clone(),
        };
        let book: Book =
            Arc::new(book.iter().map(|(path, says)| ((*path).to_owned(), own(says))).collect());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&book), Arc::clone(&kept)));
            }
        });
        Self { port, asked }
    }
}

async fn talk(
    mut stream: TcpStream,
    book: Book,
    asked: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 8_192];
    let text = loop {
        let n = stream.read(&mut buffer).await?;
        request.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1);
            let length =
                length.and_then(|rest| rest.split("\r\n").next()?.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                break text;
            }
        }
        if n == 0 {
            return Ok(());
        }
    };
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().unwrap().push(text.clone());
    let says = book.iter().filter(|(begin, _)| path.starts_with(begin.as_str()));
    match says.max_by_key(|(begin, _)| begin.len()).map(|(_, says)| says) {
        Some(Says::Json(status, body)) => stream.write_all(json(*status, body).as_bytes()).await,
        Some(Says::Held(body, go)) => {
            go.notified().await;
            stream.write_all(json(200, body).as_bytes()).await
        }
        Some(Says::Echo(body)) => {
            let body = body.replace("REQUEST_ID", &request_id(&text));
            stream.write_all(json(200, &body).as_bytes()).await
        }
        Some(Says::Changing(body)) => {
            let body = body.lock().unwrap().clone();
            let head = json(200, "").replace("length: 0", &format!("length: {}", body.len()));
            stream.write_all(&[head.as_bytes(), &body].concat()).await
        }
        Some(Says::Bytes(bytes)) => stream.write_all(bytes.as_bytes()).await,
        Some(Says::Silence) => std::future::pending().await,
        Some(Says::HangUp) => Ok(()),
        None => stream.write_all(json(404, "{}").as_bytes()).await,
    }
}

fn request_id(text: &str) -> String {
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let asked: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    asked["request_id"].as_str().unwrap_or_default().to_owned()
}

fn json(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Settings that lead to the party.
pub(crate) fn settings(url: String) -> SourceSettings {
    SourceSettings {
        url,
        user: "tester@example.com".to_owned(),
        key: Some(Secret::new(b"k3y-s3cret".to_vec())),
        timeout: Some(Duration::from_secs(20)),
        max_age: None,
        per_minute: Some(60_000),
    }
}

/// The one source at this address.
pub(crate) fn sources(source: Source, url: String) -> Sources {
    asked_with(source, settings(url))
}

/// The same, for a party that says this: only silence is not waited for.
pub(crate) fn hearing(source: Source, url: String, says: &Says) -> Sources {
    let silent = matches!(says, Says::Silence);
    let timeout =
        if silent { Some(Duration::from_millis(300)) } else { settings(String::new()).timeout };
    asked_with(source, SourceSettings { timeout, ..settings(url) })
}

fn asked_with(source: Source, given: SourceSettings) -> Sources {
    Sources::new(&BTreeMap::from([(source, given)]), &Clock::system()).unwrap()
}

/// What an answer comes to.
pub(crate) fn verdict(answer: &Answer, question: &Question) -> (Verdict, String) {
    let asked = question.asked_name();
    let now = Clock::system().now();
    let judged = judge(&answer.told, &answer.evidence, asked, Likeness::default(), now);
    (judged.verdict, judged.reason.to_owned())
}
