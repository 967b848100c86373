//! Twilio Lookup: what kind of number it is, what name it shows, and whether it changed hands.

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::{nameless, same};
use super::secret::basic;
use crate::domain::check::{Coverage, Failure, Question, RecordStanding, Remark, Told};
use crate::domain::pii::Pii;

#[derive(Deserialize)]
struct Body {
    phone_number: String,
    valid: bool,
    line_type_intelligence: Option<LineType>,
    caller_name: Option<CallerName>,
    #[serde(default)]
    reassigned_number: Option<Reassigned>,
}

#[derive(Deserialize)]
struct LineType {
    r#type: Option<String>,
    error_code: Option<u32>,
}

#[derive(Deserialize)]
struct CallerName {
    caller_name: Option<String>,
    error_code: Option<u32>,
}

#[derive(Deserialize)]
struct Reassigned {
    is_number_reassigned: Option<String>,
    error_code: Option<u32>,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let url = call.line.at(&["v2", "PhoneNumbers", question.value.expose()]);
    let credential = basic(call.line.user.as_bytes(), call.line.key());
    let ask = Ask::get(url)
        .query("Fields", "line_type_intelligence,caller_name")
        .header("authorization", &credential, true)
        .accept(&[404]);
    read(&call.send(ask).await?, question)
}

fn read(reply: &Reply, question: &Question) -> Result<Seen, Failure> {
    if reply.status == 404 {
        return Ok(Seen::of(Told::Nothing(Coverage::Partial), ""));
    }
    let body: Body = json(reply)?;
    same(&body.phone_number, question.value.expose())?;
    let line = body.line_type_intelligence.ok_or(Failure::Schema)?;
    // A part that carries an error was not looked up, whatever the rest says.
    let errors = [
        line.error_code,
        body.caller_name.as_ref().and_then(|name| name.error_code),
        body.reassigned_number.as_ref().and_then(|number| number.error_code),
    ];
    if errors.iter().any(Option::is_some) {
        return Err(Failure::LATER);
    }
    let kind = line_type(line.r#type.as_deref())?;
    let reassigned = match body.reassigned_number.and_then(|n| n.is_number_reassigned).as_deref() {
        Some("yes") => true,
        Some("no" | "no_data_available") | None => false,
        Some(_) => return Err(Failure::Schema),
    };
    let (standing, reason) = match (body.valid, reassigned) {
        (false, _) => (RecordStanding::Ended, "NUMBER_INVALID"),
        (true, true) => (RecordStanding::Doubtful, "NUMBER_REASSIGNED"),
        (true, false) => (RecordStanding::Good, ""),
    };
    let mut record = nameless(standing, reason);
    record.name = body.caller_name.and_then(|name| name.caller_name).map(Pii::new);
    let mut seen = super::reading::spoken(record, &body.phone_number, question);
    seen = seen.compare("phone_number", question.value.expose(), &body.phone_number, true);
    seen = seen.compare("line_type", "", kind, true);
    seen.remarks.extend(reassigned.then_some(Remark::Reassigned));
    Ok(seen)
}

fn line_type(word: Option<&str>) -> Result<&'static str, Failure> {
    let known = [
        "landline",
        "mobile",
        "fixedVoip",
        "nonFixedVoip",
        "personal",
        "tollFree",
        "premium",
        "sharedCost",
        "uan",
        "voicemail",
        "pager",
        "unknown",
    ];
    let word = word.unwrap_or("unknown");
    known.into_iter().find(|known| *known == word).ok_or(Failure::Schema)
}
