//! A switch that answers each call with the bytes it was given, and keeps what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vouch::domain::command::challenge::Channel;
use vouch::domain::pii::Secret;
use vouch::sources::delivery::{
    Delivery, DeliveryError, FolderDelivery, HttpConfig, HttpDelivery, Receipt,
};

type Asked = Arc<Mutex<Vec<String>>>;

/// `None` takes the request and says nothing.
async fn switch(answer: Option<&'static str>) -> (u16, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Asked::default();
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, answer, Arc::clone(&kept)));
        }
    });
    (port, asked)
}

async fn switch_with(answer: &'static str) -> (u16, Asked) {
    switch(Some(answer)).await
}

async fn talk(mut stream: TcpStream, answer: Option<&str>, asked: Asked) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4_096];
    let whole = |request: &[u8]| {
        let text = String::from_utf8_lossy(request).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.to_ascii_lowercase();
        let length = length.split("content-length: ").nth(1)?.split("\r\n").next()?.to_owned();
        (body.len() >= length.parse::<usize>().ok()?).then_some(text)
    };
    let text = loop {
        let n = stream.read(&mut buffer).await?;
        request.extend_from_slice(&buffer[..n]);
        if let Some(text) = whole(&request) {
            break text;
        }
        if n == 0 {
            return Ok(());
        }
    };
    asked.lock().unwrap().push(text);
    match answer {
        Some(answer) => stream.write_all(answer.as_bytes()).await,
        None => std::future::pending().await,
    }
}

fn config(url: String) -> HttpConfig {
    HttpConfig {
        url,
        token: Some(Secret::new(b"s3cret-token".to_vec())),
        provider: "Example Voice".to_owned(),
        timeout: super::given::SHORT,
    }
}

async fn send(port: u16) -> Result<Receipt, DeliveryError> {
    let config = config(format!("http://127.0.0.1:{port}/messages"));
    let http = Delivery::Http(HttpDelivery::new(&config).unwrap());
    http.send(&super::given::message(Channel::Sms, "+12126647665")).await
}

fn http(status: &str, headers: &str, body: &str) -> &'static str {
    let text = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    Box::leak(text.into_boxed_str())
}

#[tokio::test]
async fn a_text_goes_out_once_a_message_id() {
    let (port, asked) = switch_with(http("202 Accepted", "", r#"{"id":"sw-1","more":true}"#)).await;
    let receipt = send(port).await.unwrap();
    assert_eq!(receipt.reference.as_deref(), Some("sw-1"));
    send(port).await.unwrap();
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    let (head, body) = asked[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /messages HTTP/1.1"), "{head}");
    assert!(head.contains("idempotency-key: 018f3f7e-0000-7000-8000-00000000c0de"), "{head}");
    assert!(head.contains("authorization: Bearer s3cret-token"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["to"], "+12126647665");
    assert_eq!(body["code"], "493817");
    assert_eq!(
        asked[0].split_once("\r\n\r\n").unwrap().1,
        asked[1].split_once("\r\n\r\n").unwrap().1
    );
}

#[tokio::test]
async fn every_failure_has_its_word() {
    let html = "<html><body>Please log in</body></html>";
    let cases = [
        (Some(http("429 Too Many Requests", "retry-after: 7\r\n", "")), "RETRY"),
        (Some(http("500 Internal Server Error", "", html)), "RETRY"),
        (Some(http("503 Service Unavailable", "retry-after: 999999\r\n", "")), "RETRY"),
        (Some(http("408 Request Timeout", "", "")), "RETRY"),
        (Some(http("401 Unauthorized", "", "")), "REFUSED"),
        (Some(http("403 Forbidden", "", html)), "REFUSED"),
        (Some(http("404 Not Found", "", html)), "REFUSED"),
        (Some(http("402 Payment Required", "", "")), "QUOTA"),
        (
            Some(http("422 Unprocessable Entity", "", r#"{"error":"no such number"}"#)),
            "UNDELIVERABLE",
        ),
        (Some(http("200 OK", "content-type: text/html\r\n", html)), "SCHEMA"),
        (Some(http("200 OK", "", "")), "SCHEMA"),
        (Some(http("204 No Content", "", "")), "SCHEMA"),
        (Some(http("200 OK", "", r#"{"status":"queued"}"#)), "SCHEMA"),
        (Some(http("200 OK", "", r#"{"id":""}"#)), "SCHEMA"),
        (Some(http("200 OK", "", &format!(r#"{{"id":"{}"}}"#, "x".repeat(70_000)))), "SCHEMA"),
        (Some("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\":"), "RETRY"),
        (Some("not http at all\r\n\r\n"), "RETRY"),
        (Some(""), "RETRY"),
        (None, "RETRY"),
    ];
    for (answer, want) in cases {
        let (port, _) = switch(answer).await;
        let got = send(port).await;
        assert_eq!(got.map_err(DeliveryError::reason), Err(want), "{answer:?}");
    }
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_handed_on_within_bounds() {
    for (header, want) in [("7", Some(7)), ("999999", Some(3_600)), ("soon", None), ("-1", None)] {
        let (port, _) =
            switch_with(http("429 Slow Down", &format!("retry-after: {header}\r\n"), "")).await;
        match send(port).await {
            Err(DeliveryError::Retry { after, .. }) => {
                assert_eq!(after, want.map(Duration::from_secs), "{header}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (inner, seen) = switch_with(http("200 OK", "", r#"{"id":"sw-1"}"#)).await;
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let location = format!("location: http://127.0.0.1:{inner}/admin\r\n");
        let (port, _) = switch_with(http(status, &location, "")).await;
        assert_eq!(send(port).await.map_err(DeliveryError::reason), Err("REFUSED"), "{status}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn only_a_url_that_keeps_the_code_private_is_set_up() {
    let bad = [
        "",
        "switch",
        "ftp://switch.example/",
        "http://switch.example/messages",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "https://user:pass@switch.example/",
        "http://169.254.169.254/latest",
    ];
    for url in bad {
        let got = HttpDelivery::new(&config(url.to_owned())).map(|_| ());
        assert_eq!(got.map_err(DeliveryError::reason), Err("NOT_CONFIGURED"), "{url}");
    }
    for url in ["https://switch.example/messages", "http://localhost:8080/", "http://[::1]:8080/"] {
        assert!(HttpDelivery::new(&config(url.to_owned())).is_ok(), "{url}");
    }
    let token = Some(Secret::new(b"a\r\nx-admin: 1".to_vec()));
    let config = HttpConfig { token, ..config("https://switch.example/".to_owned()) };
    let got = HttpDelivery::new(&config).map(|_| ()).map_err(DeliveryError::reason);
    assert_eq!(got, Err("NOT_CONFIGURED"));
}

#[tokio::test]
async fn a_folder_holds_one_file_a_message() {
    let dir = tempfile::tempdir().unwrap();
    let folder = FolderDelivery::new(&dir.path().join("out"), "Example Voice").unwrap();
    let message = super::given::message(Channel::Voice, "+12126647665");
    let place = folder.place(message.id);
    let delivery = Delivery::Folder(folder);
    delivery.send(&message).await.unwrap();
    delivery.send(&message).await.unwrap();
    assert_eq!(dir.path().join("out").read_dir().unwrap().count(), 1);
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(place).unwrap()).unwrap();
    assert_eq!(file["code"], "493817");
    assert_eq!(file["channel"], "VOICE");
}
