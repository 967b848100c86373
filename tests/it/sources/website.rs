//! Websites: whoever fills in a profile chooses what is fetched, and reaches nothing but the open
//! internet with it.

use vouch::domain::check::{Question, Source, Verdict};

use super::outside::{Party, Says, hearing, verdict};

async fn ends(url: &str, reach: &str) -> (Verdict, String) {
    heard(url, reach, &Says::HangUp).await
}

async fn heard(url: &str, reach: &str, says: &Says) -> (Verdict, String) {
    let question = Question::of(url);
    let sources = hearing(Source::Website, reach.to_owned(), says);
    verdict(&sources.ask(Source::Website, &question).await, &question)
}

fn page(status: &str, headers: &str) -> Says {
    let body = "<html>hello</html>";
    Says::Bytes(format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ))
}

#[tokio::test]
async fn a_site_answers_or_does_not() {
    let cases = [
        (page("200 OK", ""), Verdict::Pass, "MATCHED"),
        (page("404 Not Found", ""), Verdict::Review, "PAGE_NOT_FOUND"),
        (page("403 Forbidden", ""), Verdict::Unavailable, "REFUSED"),
        (page("503 Service Unavailable", ""), Verdict::Unavailable, "RETRY"),
        (page("302 Found", ""), Verdict::Unavailable, "SCHEMA"),
        (page("302 Found", "location: /\r\n"), Verdict::Review, "TOO_MANY_REDIRECTS"),
        (Says::Json(200, String::new()), Verdict::Unavailable, "SCHEMA"),
        (Says::Json(200, "x".repeat(300 << 10)), Verdict::Unavailable, "SCHEMA"),
        (Says::HangUp, Verdict::Unavailable, "RETRY"),
        (Says::Silence, Verdict::Unavailable, "RETRY"),
    ];
    for (says, result, reason) in cases {
        let shown = format!("{says:.60?}");
        let party = Party::new(&[("/", says.clone())]).await;
        let got = heard(&format!("http://127.0.0.1:{}/", party.port), "loopback", &says).await;
        assert_eq!(got, (result, reason.to_owned()), "{shown}");
    }
}

#[tokio::test]
async fn nothing_inside_is_reached() {
    let inside = Party::new(&[("/", page("200 OK", ""))]).await;
    let port = inside.port;
    let not_there = (Verdict::Fail, "NOT_FOUND".to_owned());
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://[::1]:{port}/"),
        "http://localhost/".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://2130706433/".to_owned(),
        "http://[::ffff:127.0.0.1]/".to_owned(),
        "https://user:pass@example.com/".to_owned(),
        "https://example.com:6443/".to_owned(),
        "gopher://example.com/".to_owned(),
        "no site at all".to_owned(),
    ] {
        assert_eq!(ends(&url, "public").await, not_there, "{url}");
    }
    assert!(inside.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_redirect_is_checked_like_a_question() {
    for inner in ["http://169.254.169.254/latest", "http://10.0.0.1/", "file:///etc/passwd"] {
        let headers = format!("location: {inner}\r\n");
        let party = Party::new(&[("/", page("302 Found", &headers))]).await;
        let got = ends(&format!("http://127.0.0.1:{}/", party.port), "loopback").await;
        assert_eq!(got, (Verdict::Fail, "NOT_FOUND".to_owned()), "{inner}");
    }
    let book = [("/", page("301 Moved", "location: /home\r\n")), ("/home", page("200 OK", ""))];
    let party = Party::new(&book).await;
    let got = ends(&format!("http://127.0.0.1:{}/", party.port), "loopback").await;
    assert_eq!(got, (Verdict::Pass, "MATCHED".to_owned()));
}
