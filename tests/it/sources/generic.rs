//! The generic contract: a vendor that is described by settings alone, signed questions, and answers
//! of which nothing passes without its evidence.

use aws_lc_rs::hmac;
use serde_json::Value;
use vouch::domain::check::{Answer, Question, Source, Verdict};
use vouch::domain::digest::hex;

use super::outside::{Party, Says, hearing, sources, verdict};

const GOOD: &str = r#"{"request_id":"REQUEST_ID","result":"PASS","reasons":[],"source":"ACME KYB","source_as_of":"2026-11-20","evidence":{"record_id":"A-77","name":"EXAMPLE WIDGETS LLC"}}"#;

fn question() -> Question {
    Question::of("20201234567").named("Example Widgets, L.L.C.").within("US-CO")
}

async fn told(says: Says, question: &Question) -> (Answer, Vec<String>) {
    let party = Party::new(&[("/kyb", says.clone())]).await;
    let url = format!("http://127.0.0.1:{}/kyb", party.port);
    let answer = hearing(Source::Generic, url, &says).ask(Source::Generic, question).await;
    let asked = party.asked.lock().unwrap().clone();
    (answer, asked)
}

#[tokio::test]
async fn a_question_is_signed_and_its_answer_is_evidence() {
    let (answer, asked) = told(Says::Echo(GOOD.to_owned()), &question()).await;
    assert_eq!(verdict(&answer, &question()), (Verdict::Pass, "MATCHED".to_owned()));
    assert_eq!(answer.evidence.record.expose(), "A-77");
    assert_eq!(answer.evidence.source_as_of, vouch::domain::time::Ts::from_iso("2026-11-20"));
    let [request] = asked.as_slice() else { panic!("{asked:?}") };
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /kyb "), "{head}");
    let signature =
        head.lines().find_map(|line| line.strip_prefix("x-vouch-signature: v1=")).unwrap();
    let tag = |key: &[u8], body: &str| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), body.as_bytes());
        hex(tag.as_ref())
    };
    assert_eq!(signature, tag(b"k3y-s3cret", body), "of the bytes as they were sent");
    let sent: Value = serde_json::from_str(body).unwrap();
    assert!(sent["request_id"].as_str().unwrap().len() >= 16, "{sent}");
    assert_eq!(sent["check"], "EXISTENCE");
    let subject = serde_json::json!({
        "value": "20201234567", "name": "Example Widgets, L.L.C.", "region": "US-CO",
    });
    assert_eq!(sent["subject"], subject);
    let (_, asked) =
        told(Says::Echo(GOOD.to_owned()), &Question::of("1 M St, Denver, CO 80202")).await;
    assert!(asked[0].contains(r#""check":"ADDRESS""#), "{asked:?}");
}

/// The good answer with one thing changed.
fn said(from: &str, to: &str) -> Says {
    assert!(GOOD.contains(from), "{from}");
    Says::Echo(GOOD.replacen(from, to, 1))
}

#[tokio::test]
async fn what_the_vendor_says_ends_as_the_contract_has_it() {
    let result = |word: &str, reason: &str| {
        let both = format!("\"result\":\"{word}\",\"reasons\":[\"{reason}\"]");
        said("\"result\":\"PASS\",\"reasons\":[]", &both)
    };
    let rows = [
        // Nothing passes without its evidence.
        (said(r#""record_id":"A-77","#, ""), "UNAVAILABLE", "SCHEMA"),
        (said("\"A-77\"", "\" \""), "UNAVAILABLE", "SCHEMA"),
        (said("\"A-77\"", "{}"), "UNAVAILABLE", "SCHEMA"),
        (said(r#","name":"EXAMPLE WIDGETS LLC""#, ""), "REVIEW", "NAME_NOT_TOLD"),
        (said("EXAMPLE WIDGETS LLC", "NORRLANDS GULDSMIDE AB"), "FAIL", "NAME_MISMATCH"),
        (
            said(r#"{"record_id":"A-77","name":"EXAMPLE WIDGETS LLC"}"#, "{}"),
            "REVIEW",
            "NAME_NOT_TOLD",
        ),
        (
            said(r#","evidence":{"record_id":"A-77","name":"EXAMPLE WIDGETS LLC"}"#, ""),
            "UNAVAILABLE",
            "SCHEMA",
        ),
        // An answer to another question, and one of nobody.
        (said("REQUEST_ID", "0123456789abcdef"), "UNAVAILABLE", "SCHEMA"),
        (said("REQUEST_ID", ""), "UNAVAILABLE", "SCHEMA"),
        (said("ACME KYB", " "), "UNAVAILABLE", "SCHEMA"),
        // Words of the contract and others.
        (result("REVIEW", "LATE_REPORT"), "REVIEW", "LATE_REPORT"),
        (result("REVIEW", "they are late, it seems"), "REVIEW", "TOLD_BY_VENDOR"),
        (result("FAIL", "DISSOLVED"), "FAIL", "DISSOLVED"),
        (result("FAIL", "NOT_FOUND"), "FAIL", "NOT_FOUND"),
        (result("UNAVAILABLE", "QUOTA"), "UNAVAILABLE", "QUOTA"),
        (result("UNAVAILABLE", "STALE"), "UNAVAILABLE", "STALE"),
        (result("UNAVAILABLE", "SOMETHING_NEW"), "UNAVAILABLE", "RETRY"),
        (result("OK", ""), "UNAVAILABLE", "SCHEMA"),
    ];
    for (says, result, reason) in rows {
        let shown = format!("{says:?}");
        let (answer, _) = told(says, &question()).await;
        let (got, why) = verdict(&answer, &question());
        assert_eq!((got.as_str(), why.as_str()), (result, reason), "{shown}");
        let evidence = serde_json::to_string(&answer).unwrap();
        assert!(!evidence.contains("s3cret"), "{evidence}");
    }
    let unnamed = Question::of("20201234567");
    let (answer, _) = told(said(r#""record_id":"A-77","#, ""), &unnamed).await;
    assert_ne!(verdict(&answer, &unnamed).0, Verdict::Pass);
}

#[tokio::test]
async fn every_failure_of_the_vendor_is_unavailable() {
    let head = |status: &str| {
        Says::Bytes(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    };
    let json = |status, body: &str| Says::Json(status, body.to_owned());
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>";
    let cut: String = GOOD.chars().take(GOOD.len() / 2).collect();
    let rows = [
        (json(401, "{}"), "REFUSED"),
        (json(403, "{}"), "REFUSED"),
        (json(402, "{}"), "QUOTA"),
        (json(404, "{}"), "SCHEMA"),
        (json(400, "{}"), "SCHEMA"),
        (head("429 Slow Down\r\nretry-after: 7"), "RETRY"),
        (json(500, "{}"), "RETRY"),
        (json(503, GOOD), "RETRY"),
        (Says::Silence, "RETRY"),
        (Says::HangUp, "RETRY"),
        (head("302 Found\r\nlocation: http://127.0.0.1:1/"), "SCHEMA"),
        (Says::Bytes(page.to_owned()), "SCHEMA"),
        (json(200, ""), "SCHEMA"),
        (json(200, "{}"), "SCHEMA"),
        (json(200, "[]"), "SCHEMA"),
        (Says::Echo(cut), "SCHEMA"),
        (json(200, &format!("[\"{}\"]", "x".repeat(2 << 20))), "SCHEMA"),
    ];
    for (says, reason) in rows {
        let shown = format!("{:.80}", format!("{says:?}"));
        let (answer, _) = told(says, &question()).await;
        assert_eq!(
            verdict(&answer, &question()),
            (Verdict::Unavailable, reason.to_owned()),
            "{shown}"
        );
    }
    let nobody = sources(Source::Generic, "http://127.0.0.1:9/kyb".to_owned());
    let answer = nobody.ask(Source::Generic, &question()).await;
    assert_eq!(verdict(&answer, &question()).1, "RETRY");
}
