//! Mail exchangers, from a resolver on the loopback that answers every question alike.

use tokio::net::UdpSocket;
use vouch::domain::check::{Question, Remark, Source, Verdict};

use super::outside::{Says, hearing, sources, verdict};

/// Answers with a response code, with exchangers to the MX questions, and with one address of the
/// sixth version where it has one.
async fn resolver(code: u8, exchangers: &'static [&'static str], sixth: bool) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut buffer = [0; 1_500];
        while let Ok((n, peer)) = socket.recv_from(&mut buffer).await {
            let answer = reply(&buffer[..n], code, exchangers, sixth);
            drop(socket.send_to(&answer, peer).await);
        }
    });
    port
}

fn reply(query: &[u8], code: u8, exchangers: &[&str], sixth: bool) -> Vec<u8> {
    let mut end = 12;
    while query[end] != 0 {
        end += 1 + usize::from(query[end]);
    }
    let question = &query[12..end + 5];
    let kind = question[question.len() - 3];
    let told = if kind == 15 { exchangers } else { &[] };
    let address = u8::from(sixth && kind == 28);
    let mut out = query[..2].to_vec();
    let count = u8::try_from(told.len()).unwrap() + address;
    out.extend([0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
    out.extend(question);
    for host in told {
        let mut data = vec![0, 10];
        for label in host.split('.').filter(|label| !label.is_empty()) {
            data.push(u8::try_from(label.len()).unwrap());
            data.extend(label.as_bytes());
        }
        data.push(0);
        out.extend([0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).unwrap()]);
        out.extend(data);
    }
    if address == 1 {
        out.extend([0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16]);
        out.extend(std::net::Ipv6Addr::LOCALHOST.octets());
    }
    out
}

#[tokio::test]
async fn a_domain_takes_mail_or_does_not() {
    const REFUSED: u8 = 5;
    let cases: [(u8, &[&str], Verdict, &str); 7] = [
        (0, &["mx1.example.net", "mx2.example.net"], Verdict::Pass, "MATCHED"),
        (0, &["."], Verdict::Fail, "NO_MAIL"),
        (0, &[], Verdict::Fail, "NO_MAIL"),
        (0, &[], Verdict::Pass, "MATCHED"),
        (3, &[], Verdict::Fail, "NOT_FOUND"),
        (2, &[], Verdict::Unavailable, "RETRY"),
        (REFUSED, &[], Verdict::Unavailable, "REFUSED"),
    ];
    for (code, exchangers, result, reason) in cases {
        // A domain without exchangers takes mail at its own address.
        let sixth = exchangers.is_empty() && result == Verdict::Pass;
        let port = resolver(code, exchangers, sixth).await;
        let question = Question::of("sales@example.com");
        let sources = sources(Source::Dns, format!("127.0.0.1:{port}"));
        let answer = sources.ask(Source::Dns, &question).await;
        assert_eq!(
            verdict(&answer, &question),
            (result, reason.to_owned()),
            "{code} {exchangers:?}"
        );
        // One that is none takes no mail either.
        let takes_none = matches!(reason, "NO_MAIL" | "NOT_FOUND");
        assert_eq!(answer.remarks.contains(&Remark::NoMail), takes_none, "{reason}");
    }
}

#[tokio::test]
async fn a_domain_in_letters_beyond_ascii_is_asked_in_its_own_form() {
    let port = resolver(0, &["mx1.example.net"], false).await;
    let question = Question::of("verkauf@bücher.de");
    let answer =
        sources(Source::Dns, format!("127.0.0.1:{port}")).ask(Source::Dns, &question).await;
    assert_eq!(verdict(&answer, &question), (Verdict::Pass, "MATCHED".to_owned()));
    assert_eq!(answer.evidence.request.expose(), "MX xn--bcher-kva.de");
}

#[tokio::test]
async fn a_resolver_that_is_silent_says_nothing_of_the_domain() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let question = Question::of("example.com");
    let url = socket.local_addr().unwrap().to_string();
    let answer = hearing(Source::Dns, url, &Says::Silence).ask(Source::Dns, &question).await;
    assert_eq!(verdict(&answer, &question), (Verdict::Unavailable, "RETRY".to_owned()));
}
