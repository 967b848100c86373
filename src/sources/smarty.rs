//! Smarty: addresses of the United States. It says what the Postal Service's data say.

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::{nameless, same_place};
use crate::domain::check::{Failure, Question, RecordStanding, Remark, Told};

#[derive(Deserialize)]
struct Candidate {
    delivery_line_1: String,
    last_line: String,
    analysis: Analysis,
}

#[derive(Deserialize)]
struct Analysis {
    dpv_match_code: Option<String>,
    #[serde(default)]
    dpv_cmra: Option<String>,
    #[serde(default)]
    dpv_vacant: Option<String>,
    #[serde(default)]
    dpv_no_stat: Option<String>,
    #[serde(default)]
    active: Option<String>,
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
    read(&call.send(ask).await?, &line, question)
}

fn read(reply: &Reply, asked: &str, question: &Question) -> Result<Seen, Failure> {
    let candidates: Vec<Candidate> = json(reply)?;
    let seen = |standing, reason, told: &str, agrees| {
        let found = nameless(standing, reason);
        Seen::of(Told::Found(found), told).compare("address", asked, told, agrees)
    };
    let Some(first) = candidates.first() else {
        return Ok(seen(RecordStanding::Doubtful, "ADDRESS_NOT_FOUND", "", false));
    };
    // City, state and postal code, parted by blanks alone.
    let mut last = first.last_line.split_whitespace().rev();
    let (zip, state) = (last.next().unwrap_or_default(), last.next().unwrap_or_default());
    let agrees = same_place(question.place.as_ref(), &first.delivery_line_1, state, zip);
    let told = format!("{}, {}", first.delivery_line_1, first.last_line);
    let yes = |flag: &Option<String>| match flag.as_deref() {
        Some("Y") => Ok(true),
        Some("N" | "") | None => Ok(false),
        Some(_) => Err(Failure::Schema),
    };
    let analysis = &first.analysis;
    let (drop, vacant) = (yes(&analysis.dpv_cmra)?, yes(&analysis.dpv_vacant)?);
    let without_mail = yes(&analysis.dpv_no_stat)?;
    let passive = analysis.active.is_some() && !yes(&analysis.active)?;
    let told_of = |flag: &Option<String>| flag.as_deref().is_some_and(|flag| !flag.is_empty());
    let untold = !told_of(&analysis.dpv_cmra) || !told_of(&analysis.dpv_vacant);
    let confirmed = match analysis.dpv_match_code.as_deref() {
        Some("Y") => true,
        Some("S" | "D" | "N") => false,
        Some(_) | None => return Err(Failure::Schema),
    };
    let doubts = [
        (candidates.len() > 1, "SEVERAL_CANDIDATES"),
        (drop, "MAIL_DROP"),
        (vacant, "VACANT"),
        (!confirmed, "ADDRESS_NOT_CONFIRMED"),
        (without_mail, "NO_MAIL_DELIVERED"),
        (passive, "ADDRESS_NOT_ACTIVE"),
        (untold, "FLAG_NOT_TOLD"),
    ];
    let doubt = doubts.into_iter().find(|(is_so, _)| *is_so);
    let mut seen = match doubt {
        Some((_, reason)) => seen(RecordStanding::Doubtful, reason, &told, agrees),
        None => seen(RecordStanding::Good, "", &told, agrees),
    };
    seen.remarks.extend(drop.then_some(Remark::MailDrop));
    seen.remarks.extend(vacant.then_some(Remark::Vacant));
    Ok(seen)
}
