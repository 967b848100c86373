//! VIES: VAT numbers of the European Union. A pass proves that a number is active for cross-border
//! trade and bears the name; two member states never tell names.

use serde::Deserialize;
use serde_json::json;

use super::exchange::{Ask, Call, Reply, Seen, json as read_json};
use super::reading::{day, found, nameless, same, spoken};
use crate::domain::check::{Coverage, Failure, Question, RecordStanding, Told};

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Answer(Number),
    Fault(Fault),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the documented answer")]
struct Number {
    country_code: String,
    vat_number: String,
    request_date: String,
    valid: bool,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fault {
    error_wrappers: Vec<Wrapper>,
}

#[derive(Deserialize)]
struct Wrapper {
    error: String,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let bare: String = question
        .value
        .expose()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let Some((country, number)) = split(&bare) else {
        return Ok(Seen::of(Told::Nothing(Coverage::Partial), ""));
    };
    let url = call.line.at(&["check-vat-number"]);
    let ask = Ask::post(url, &json!({ "countryCode": country, "vatNumber": number }));
    let reply = call.send(ask.accept(&[400])).await?;
    read(&reply, country, number, question)
}

/// The two letters of the country in front. Greece is EL there, and Great Britain has left.
fn split(bare: &str) -> Option<(&str, &str)> {
    let (country, number) = bare.split_at_checked(2)?;
    let country = if country == "GR" { "EL" } else { country };
    let there = [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
    ];
    there.contains(&country).then_some((country, number))
}

fn read(reply: &Reply, country: &str, number: &str, question: &Question) -> Result<Seen, Failure> {
    let told = match read_json::<Body>(reply)? {
        Body::Answer(told) => told,
        Body::Fault(fault) => return fault_of(&fault),
    };
    same(&format!("{}{}", told.country_code, told.vat_number), &format!("{country}{number}"))?;
    if !told.valid {
        return Ok(Seen::of(Told::Nothing(Coverage::Complete), ""));
    }
    let id = format!("{country}{number}");
    let bare = told.name.trim();
    let record = if bare.is_empty() || bare.chars().all(|c| c == '-') {
        nameless(RecordStanding::Good, "")
    } else {
        found(bare, RecordStanding::Good, "")?
    };
    let mut seen = spoken(record, &id, question).compare("vat_number", &id, &id, true);
    seen.as_of = day(&told.request_date);
    Ok(seen)
}

fn fault_of(fault: &Fault) -> Result<Seen, Failure> {
    let word = fault.error_wrappers.first().map_or("", |wrapper| wrapper.error.as_str());
    match word {
        "INVALID_INPUT" => Ok(Seen::of(Told::Nothing(Coverage::Complete), "")),
        "SERVICE_UNAVAILABLE"
        | "MS_UNAVAILABLE"
        | "TIMEOUT"
        | "SERVER_BUSY"
        | "GLOBAL_MAX_CONCURRENT_REQ"
        | "GLOBAL_MAX_CONCURRENT_REQ_TIME"
        | "MS_MAX_CONCURRENT_REQ"
        | "MS_MAX_CONCURRENT_REQ_TIME" => Err(Failure::LATER),
        "VAT_BLOCKED" | "IP_BLOCKED" | "INVALID_REQUESTER_INFO" => Err(Failure::Refused),
        _ => Err(Failure::Schema),
    }
}
