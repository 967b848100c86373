//! A mail server that answers as RFC 5321 says, and in every way it says a server may fail.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use vouch::domain::command::challenge::Channel;
use vouch::domain::pii::Secret;
use vouch::sources::delivery::{
    Deliveries, Delivery, DeliveryError, Receipt, SmtpConfig, SmtpDelivery, SmtpSecurity,
};

/// Where the server leaves the good path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Never,
    Greeting(&'static str),
    Mail(&'static str),
    Rcpt(&'static str),
    Auth(&'static str),
    AfterData(&'static str),
    /// Takes the whole message and hangs up without a word.
    Drop,
    /// Says nothing at all.
    Silence,
}

type Mails = Arc<Mutex<Vec<String>>>;

async fn sink(turn: Turn) -> (u16, Mails) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails = Mails::default();
    let kept = Arc::clone(&mails);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, turn, Arc::clone(&kept)));
        }
    });
    (port, mails)
}

async fn talk(stream: TcpStream, turn: Turn, mails: Mails) -> std::io::Result<()> {
    if turn == Turn::Silence {
        std::future::pending::<()>().await;
    }
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let greeting = if let Turn::Greeting(reply) = turn { reply } else { "220 sink ready" };
    write.write_all(format!("{greeting}\r\n").as_bytes()).await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
        let reply = match (verb.as_str(), turn) {
            ("EHLO", Turn::Auth(_)) => "250-sink\r\n250 AUTH PLAIN LOGIN",
            ("EHLO", _) => "250-sink\r\n250 8BITMIME",
            ("AUTH", Turn::Auth(reply))
            | ("MAIL", Turn::Mail(reply))
            | ("RCPT", Turn::Rcpt(reply)) => reply,
            ("MAIL" | "RCPT" | "RSET" | "NOOP", _) => "250 OK",
            ("DATA", _) => {
                write.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                mails.lock().unwrap().push(mail);
                match turn {
                    Turn::Drop => return Ok(()),
                    Turn::AfterData(reply) => reply,
                    _ => "250 kept",
                }
            }
            ("QUIT", _) => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "500 what?",
        };
        write.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn config(port: u16, security: SmtpSecurity) -> SmtpConfig {
    SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        from: "codes@voice.example".to_owned(),
        provider: "Example Voice".to_owned(),
        credentials: None,
        timeout: super::given::SHORT,
    }
}

async fn send(config: &SmtpConfig) -> Result<Receipt, DeliveryError> {
    let smtp = Delivery::Smtp(SmtpDelivery::new(config).unwrap());
    smtp.send(&super::given::message(Channel::Email, "ada@customer.example")).await
}

#[tokio::test]
async fn a_mail_arrives_with_its_id_and_without_links() {
    let (port, mails) = sink(Turn::Never).await;
    for _ in 0..2 {
        send(&config(port, SmtpSecurity::Plaintext)).await.unwrap();
    }
    let mails = mails.lock().unwrap();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0], mails[1], "sent again, it is the same mail");
    let mail = &mails[0];
    let header = "Message-ID: <018f3f7e-0000-7000-8000-00000000c0de@voice.example>";
    assert!(mail.contains(header), "{mail}");
    assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    assert!(mail.contains("Date: Tue, 24 Nov 2026 16:00:00 +0000"), "{mail}");
    assert!(mail.contains("493817") && mail.contains("Example Voice"), "{mail}");
    assert!(!mail.contains("://") && !mail.contains("evil.example"), "{mail}");
}

#[tokio::test]
async fn every_failure_has_its_word() {
    let cases = [
        (Turn::Greeting("421 closing"), "RETRY"),
        (Turn::Greeting("554 no service"), "REFUSED"),
        (Turn::Mail("451 not now"), "RETRY"),
        (Turn::Mail("452 full"), "RETRY"),
        (Turn::Rcpt("451 greylisted"), "RETRY"),
        (Turn::Rcpt("450 busy"), "RETRY"),
        (Turn::Rcpt("421 closing"), "RETRY"),
        (Turn::Rcpt("550 no such user"), "UNDELIVERABLE"),
        (Turn::Rcpt("552 mailbox full"), "UNDELIVERABLE"),
        (Turn::Mail("530 log in first"), "REFUSED"),
        (Turn::AfterData("451 later"), "RETRY"),
        (Turn::AfterData("554 spam"), "REFUSED"),
        (Turn::Drop, "RETRY"),
        (Turn::Silence, "RETRY"),
        (Turn::Greeting("HTTP/1.1 400 Bad Request"), "SCHEMA"),
    ];
    for (turn, want) in cases {
        let (port, _) = sink(turn).await;
        let got = send(&config(port, SmtpSecurity::Plaintext)).await;
        assert_eq!(got.map_err(DeliveryError::reason), Err(want), "{turn:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let (port, mails) = sink(Turn::Auth("535 wrong")).await;
    let credentials = Some(("user".to_owned(), Secret::new(b"password".to_vec())));
    let config = SmtpConfig { credentials, ..config(port, SmtpSecurity::Plaintext) };
    assert_eq!(send(&config).await.map_err(DeliveryError::reason), Err("REFUSED"));
    assert!(mails.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_stripped_starttls_lets_nothing_out() {
    let (port, mails) = sink(Turn::Never).await;
    let got = send(&config(port, SmtpSecurity::StartTls)).await;
    assert_eq!(got.map_err(DeliveryError::reason), Err("REFUSED"));
    let got = send(&config(port, SmtpSecurity::Tls)).await;
    assert_eq!(got.map_err(DeliveryError::reason), Err("RETRY"));
    assert!(mails.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let got = send(&config(port, SmtpSecurity::Plaintext)).await;
    assert_eq!(got.map_err(DeliveryError::reason), Err("RETRY"));
}

#[tokio::test]
async fn what_cannot_be_meant_is_not_set_up() {
    let ok = config(25, SmtpSecurity::Plaintext);
    let bad = [
        SmtpConfig { host: "mail.example".to_owned(), ..ok.clone() },
        SmtpConfig { host: "127.0.0.1.evil.example".to_owned(), ..ok.clone() },
        SmtpConfig { from: "nobody".to_owned(), ..ok.clone() },
        SmtpConfig { provider: " ".to_owned(), ..ok.clone() },
    ];
    for config in &bad {
        let got = SmtpDelivery::new(config).map(|_| ()).map_err(DeliveryError::reason);
        assert_eq!(got, Err("NOT_CONFIGURED"), "{}", config.host);
    }
    let smtp = Delivery::Smtp(SmtpDelivery::new(&ok).unwrap());
    let deliveries = Deliveries { email: None, sms: Some(smtp.clone()), voice: None };
    for (channel, to) in [(Channel::Email, "a@b.example"), (Channel::Sms, "+12126647665")] {
        let got = deliveries.send(&super::given::message(channel, to)).await;
        assert_eq!(got.map_err(DeliveryError::reason), Err("NOT_CONFIGURED"), "{channel:?}");
    }
    for to in ["", "no address", "a@b\r\nRCPT TO:<x@y>", "+12126647665"] {
        let got = smtp.send(&super::given::message(Channel::Email, to)).await;
        assert_eq!(got.map_err(DeliveryError::reason), Err("UNDELIVERABLE"), "{to}");
    }
}
