//! Registers of US states as open data: one adapter, and a table of what the states call things.

use serde_json::{Map, Value};

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::{day, found, same, spoken};
use crate::domain::check::{Coverage, Failure, Question, RecordStanding, Source, Told};
use crate::domain::pii::Pii;

/// How the word of a set's status column stands; none for a word that is not documented.
type ReadStatus = fn(&str) -> Option<(RecordStanding, &'static str)>;

struct Register {
    dataset: &'static str,
    id: &'static str,
    name: &'static str,
    /// Absent where the set holds active firms only.
    status: Option<(&'static str, ReadStatus)>,
    formed: &'static str,
    coverage: Coverage,
}

fn register(source: Source) -> Option<Register> {
    let active_only = Register {
        dataset: "",
        id: "",
        name: "business_name",
        status: None,
        formed: "",
        coverage: Coverage::Partial,
    };
    Some(match source {
        Source::UsCo => Register {
            dataset: "4ykn-tg5h",
            id: "entityid",
            name: "entityname",
            status: Some(("entitystatus", common)),
            formed: "entityformdate",
            coverage: Coverage::Complete,
        },
        Source::UsCt => Register {
            dataset: "n7gp-d28j",
            id: "accountnumber",
            name: "name",
            status: Some(("status", common)),
            formed: "date_registration",
            coverage: Coverage::Complete,
        },
        Source::UsNy => Register {
            dataset: "n9v6-gdp6",
            id: "dos_id",
            name: "current_entity_name",
            formed: "initial_dos_filing_date",
            ..active_only
        },
        Source::UsOr => Register {
            dataset: "tckn-sxa6",
            id: "registry_number",
            formed: "registry_date",
            ..active_only
        },
        Source::UsPa => Register {
            dataset: "xvd7-5r2c",
            id: "filing_number",
            formed: "creationdate",
            ..active_only
        },
        Source::UsTx => Register {
            dataset: "9cir-efmm",
            id: "secretary_of_state_sos_or_coa_file_number",
            name: "taxpayer_name",
            status: Some(("right_to_transact_business_code", texas)),
            formed: "sos_charter_date",
            ..active_only
        },
        _ => return None,
    })
}

/// The words of Colorado and Connecticut.
fn common(word: &str) -> Option<(RecordStanding, &'static str)> {
    use RecordStanding::{Doubtful, Ended, Good};
    let lower = word.to_ascii_lowercase();
    let ends = [
        ("dissolved", "DISSOLVED"),
        ("dissolution", "DISSOLVED"),
        ("revoked", "REVOKED"),
        ("forfeited", "FORFEITED"),
        ("withdrawn", "WITHDRAWN"),
        ("cancelled", "CANCELLED"),
        ("terminated", "TERMINATED"),
        ("expired", "EXPIRED"),
        ("merged", "MERGED"),
        ("converted", "CONVERTED"),
        ("consolidated", "MERGED"),
        ("renounced", "WITHDRAWN"),
        ("relinquished", "WITHDRAWN"),
    ];
    match lower.as_str() {
        "good standing" | "active" | "exists" => return Some((Good, "")),
        "delinquent" | "noncompliant" | "past due" | "not in good standing" => {
            return Some((Doubtful, "DELINQUENT"));
        }
        _ => {}
    }
    let end = ends.into_iter().find(|(part, _)| lower.contains(part));
    end.map(|(_, reason)| (Ended, reason))
}

/// The codes of the Texas Comptroller.
fn texas(code: &str) -> Option<(RecordStanding, &'static str)> {
    match code {
        "A" => Some((RecordStanding::Good, "")),
        "D" | "U" => Some((RecordStanding::Doubtful, "RIGHT_TO_TRANSACT_UNCLEAR")),
        "F" | "I" | "N" => Some((RecordStanding::Ended, "FORFEITED")),
        _ => None,
    }
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let register = register(call.line.source).ok_or(Failure::NotConfigured)?;
    let url = call.line.at(&["resource", &format!("{}.json", register.dataset)]);
    let value = question.value.expose();
    let mut ask = Ask::get(url).query(register.id, value).query("$limit", "50");
    if !call.line.key().is_empty() {
        ask = ask.header("x-app-token", call.line.key(), true);
    }
    read(&call.send(ask).await?, &register, question)
}

fn read(reply: &Reply, register: &Register, question: &Question) -> Result<Seen, Failure> {
    let rows: Vec<Map<String, Value>> = json(reply)?;
    let Some(first) = rows.first() else {
        return Ok(Seen::of(Told::Nothing(register.coverage), ""));
    };
    let id = cell(first, register.id)?;
    let name = cell(first, register.name)?;
    let mut others = Vec::new();
    let mut worst = (RecordStanding::Good, "");
    for row in &rows {
        same(&cell(row, register.id)?, question.value.expose())?;
        let other = cell(row, register.name)?;
        if other != name && !others.contains(&other) {
            others.push(other);
        }
        if let Some((field, meaning)) = register.status {
            let told = meaning(cell(row, field)?.trim()).ok_or(Failure::Schema)?;
            worst = worse(worst, told);
        }
    }
    let mut record = found(&name, worst.0, worst.1)?;
    record.other_names = others.into_iter().map(Pii::new).collect();
    let mut seen =
        spoken(record, &id, question).compare(register.id, question.value.expose(), &id, true);
    seen.since = first.get(register.formed).and_then(Value::as_str).and_then(day);
    Ok(seen)
}

fn worse(
    one: (RecordStanding, &'static str),
    other: (RecordStanding, &'static str),
) -> (RecordStanding, &'static str) {
    let rank = |standing| match standing {
        RecordStanding::Good => 0,
        RecordStanding::Doubtful => 1,
        RecordStanding::Ended => 2,
    };
    if rank(other.0) > rank(one.0) { other } else { one }
}

/// A cell that has to be there; some sets write ids as numbers.
fn cell(row: &Map<String, Value>, field: &str) -> Result<String, Failure> {
    let text = match row.get(field) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            return Err(Failure::Schema);
        }
    };
    if text.is_empty() { Err(Failure::Schema) } else { Ok(text) }
}
