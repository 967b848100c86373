//! Telnyx number look-up: the carrier, the name shown, and the port.

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::{day, nameless, same, spoken};
use super::secret::bearer;
use crate::domain::check::{Coverage, Failure, Question, RecordStanding, Told};
use crate::domain::pii::Pii;

#[derive(Deserialize)]
struct Body {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    phone_number: String,
    #[serde(default)]
    valid_number: Option<bool>,
    carrier: Carrier,
    #[serde(default)]
    caller_name: Option<CallerName>,
    portability: Portability,
}

#[derive(Deserialize)]
struct Carrier {
    name: Option<String>,
    #[serde(default)]
    error_code: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct CallerName {
    caller_name: Option<String>,
    #[serde(default)]
    error_code: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Portability {
    #[serde(default)]
    spid: Option<String>,
    #[serde(default)]
    ocn: Option<String>,
    ported_status: Option<String>,
    #[serde(default)]
    ported_date: Option<String>,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let url = call.line.at(&["v2", "number_lookup", question.value.expose()]);
    let ask = Ask::get(url)
        .query("type", "carrier")
        .query("type", "caller-name")
        .header("authorization", &bearer(call.line.key()), true)
        .accept(&[404]);
    read(&call.send(ask).await?, question)
}

fn read(reply: &Reply, question: &Question) -> Result<Seen, Failure> {
    if reply.status == 404 {
        return Ok(Seen::of(Told::Nothing(Coverage::Partial), ""));
    }
    let Data { phone_number, valid_number, carrier, caller_name, portability } =
        json::<Body>(reply)?.data;
    same(&phone_number, question.value.expose())?;
    let errors = [&carrier.error_code, &caller_name.as_ref().and_then(|n| n.error_code.clone())]
        .into_iter()
        .flatten()
        .any(|code| !code.is_null() && code.as_str() != Some(""));
    if errors {
        return Err(Failure::LATER);
    }
    match portability.ported_status.as_deref() {
        Some("Y" | "N" | "") | None => {}
        Some(_) => return Err(Failure::Schema),
    }
    let is_carried = carrier.name.as_deref().is_some_and(|name| !name.trim().is_empty());
    let (standing, reason) = match valid_number {
        Some(false) => (RecordStanding::Ended, "NUMBER_INVALID"),
        Some(true) if is_carried => (RecordStanding::Good, ""),
        Some(true) => (RecordStanding::Doubtful, "CARRIER_NOT_TOLD"),
        None => (RecordStanding::Doubtful, "VALIDITY_NOT_TOLD"),
    };
    let mut record = nameless(standing, reason);
    let shown =
        caller_name.and_then(|name| name.caller_name).filter(|name| !name.trim().is_empty());
    record.name = shown.map(Pii::new);
    let mut seen = spoken(record, &phone_number, question);
    seen = seen.compare("phone_number", question.value.expose(), &phone_number, true);
    let text = |part: Option<String>| part.unwrap_or_default();
    seen = seen.compare("carrier", "", &text(carrier.name), true);
    seen = seen.compare("spid", "", &text(portability.spid), true);
    seen = seen.compare("ocn", "", &text(portability.ocn), true);
    seen.changed = portability.ported_date.as_deref().and_then(day);
    Ok(seen)
}
