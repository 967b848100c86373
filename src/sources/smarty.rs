//! Smarty: addresses of the United States. It says what the Postal Service's data say.

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::nameless;
use crate::domain::check::{Failure, Question, RecordStanding, Remark, Told};

#[derive(Deserialize)]
struct Candidate {
    delivery_line_1: String,
    last_line: String,
    analysis: Analysis,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the documented answer")]
struct Analysis {
    dpv_match_code: Option<String>,
    #[serde(default)]
    dpv_cmra: Option<String>,
    #[serde(default)]
    dpv_vacant: Option<String>,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let url = call.line.at(&["street-address"]);
    let line = super::census::line(question);
    let ask = match &question.place {
        Some(place) => Ask::get(url)
            .query("street", place.street.expose())
            .query("secondary", place.unit.expose())
            .query("city", place.city.expose())
            .query("state", place.region.expose())
            .query("zipcode", place.postal_code.expose()),
        None => Ask::get(url).query("street", &line),
    };
    let ask = ask
        .query("match", "strict")
        .secret_query("auth-id", call.line.user.as_bytes())
        .secret_query("auth-token", call.line.key());
    read(&call.send(ask).await?, &line)
}

fn read(reply: &Reply, asked: &str) -> Result<Seen, Failure> {
    let candidates: Vec<Candidate> = json(reply)?;
    let seen = |standing, reason, told: &str| {
        let found = nameless(standing, reason);
        Seen::of(Told::Found(found), told).compare("address", asked, told, true)
    };
    let Some(first) = candidates.first() else {
        return Ok(seen(RecordStanding::Doubtful, "ADDRESS_NOT_FOUND", ""));
    };
    let told = format!("{}, {}", first.delivery_line_1, first.last_line);
    let yes = |flag: &Option<String>| match flag.as_deref() {
        Some("Y") => Ok(true),
        Some("N" | "") | None => Ok(false),
        Some(_) => Err(Failure::Schema),
    };
    let (drop, vacant) = (yes(&first.analysis.dpv_cmra)?, yes(&first.analysis.dpv_vacant)?);
    let confirmed = match first.analysis.dpv_match_code.as_deref() {
        Some("Y") => true,
        Some("S" | "D" | "N") => false,
        Some(_) | None => return Err(Failure::Schema),
    };
    let doubts = [
        (candidates.len() > 1, "SEVERAL_CANDIDATES"),
        (drop, "MAIL_DROP"),
        (vacant, "VACANT"),
        (!confirmed, "ADDRESS_NOT_CONFIRMED"),
    ];
    let doubt = doubts.into_iter().find(|(is_so, _)| *is_so);
    let mut seen = match doubt {
        Some((_, reason)) => seen(RecordStanding::Doubtful, reason, &told),
        None => seen(RecordStanding::Good, "", &told),
    };
    seen.remarks.extend(drop.then_some(Remark::MailDrop));
    seen.remarks.extend(vacant.then_some(Remark::Vacant));
    Ok(seen)
}
