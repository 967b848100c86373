//! A vendor that speaks the generic contract: one signed POST a question, described by settings
//! alone.
//!
//! The vendor gets `{request_id, check, subject}` and answers `{request_id, result, reasons, source,
//! source_as_of, evidence}`. Its bytes are signed: `X-Vouch-Signature: v1=` and the HMAC-SHA256 of
//! the body in hexadecimal digits, with the shared key.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use serde::Deserialize;
use serde_json::{Value, json};

use super::exchange::{Ask, Call, Reply, Seen, json as read_json};
use super::reading::{day, nameless, spoken};
use crate::domain::check::{Coverage, Failure, OtherName, Question, RecordStanding, Told};
use crate::domain::digest::Digest;
use crate::domain::pii::Pii;

#[derive(Deserialize)]
struct Body {
    request_id: String,
    result: String,
    #[serde(default)]
    reasons: Vec<String>,
    source: String,
    #[serde(default)]
    source_as_of: Option<String>,
    evidence: BTreeMap<String, Value>,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let request_id = call.line.clock.opaque_id().to_string();
    let body = json!({
        "request_id": request_id,
        "check": if question.place.is_some() { "ADDRESS" } else { "EXISTENCE" },
        "subject": {
            "value": question.value, "name": question.name, "region": question.region,
        },
    });
    let ask = Ask::post(call.line.base.clone(), &body);
    let signature = signature(call.line.key(), body.to_string().as_bytes());
    let ask = ask.header("x-vouch-signature", signature.as_bytes(), true);
    read(&call.send(ask).await?, &request_id, question)
}

fn signature(key: &[u8], body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), body);
    Digest::try_from(tag.as_ref()).map_or_else(|_length| String::new(), |tag| format!("v1={tag}"))
}

fn read(reply: &Reply, request_id: &str, question: &Question) -> Result<Seen, Failure> {
    let body: Body = read_json(reply)?;
    if body.request_id != request_id || body.source.trim().is_empty() {
        return Err(Failure::Schema);
    }
    let text = |field: &str| match body.evidence.get(field) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    };
    let reason = word(body.reasons.first().map_or("", String::as_str));
    let (standing, reason) = match body.result.as_str() {
        "PASS" => (RecordStanding::Good, String::new()),
        "REVIEW" => (RecordStanding::Doubtful, reason),
        "FAIL" if reason == "NOT_FOUND" => {
            return Ok(Seen::of(Told::Nothing(Coverage::Complete), ""));
        }
        "FAIL" => (RecordStanding::Ended, reason),
        "UNAVAILABLE" => return Err(unavailable(&reason)),
        _ => return Err(Failure::Schema),
    };
    let mut record = nameless(standing, &reason);
    record.other_name = OtherName::Fails;
    let name = text("name");
    record.name = (!name.is_empty()).then(|| Pii::new(name));
    let id = text("record_id");
    let mut seen = spoken(record, &id, question);
    seen = seen.compare("source", &body.source, &body.source, true);
    seen.as_of = body.source_as_of.as_deref().and_then(day);
    Ok(seen)
}

fn unavailable(reason: &str) -> Failure {
    match reason {
        "REFUSED" => Failure::Refused,
        "NOT_CONFIGURED" => Failure::NotConfigured,
        "QUOTA" => Failure::Quota,
        "SCHEMA" => Failure::Schema,
        "STALE" => Failure::Stale,
        _ => Failure::LATER,
    }
}

/// A reason as a stable word; a sentence is none.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !text.is_empty() && text.len() <= 64 && text.chars().all(plain) {
        text.to_owned()
    } else {
        "TOLD_BY_VENDOR".to_owned()
    }
}
