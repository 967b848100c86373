//! The geocoder of the Census Bureau. It interpolates along a street: a match proves too little for
//! a pass, and a miss proves nothing.

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::nameless;
use crate::domain::check::{Failure, Place, Question, RecordStanding, Told};

#[derive(Deserialize)]
struct Body {
    result: Outcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    address_matches: Vec<Match>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    matched_address: String,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let url = call.line.at(&["geocoder", "locations", "onelineaddress"]);
    let ask = Ask::get(url)
        .query("address", &line(question))
        .query("benchmark", "Public_AR_Current")
        .query("format", "json");
    read(&call.send(ask).await?, question)
}

/// The address in one line.
pub(super) fn line(question: &Question) -> String {
    question.place.as_ref().map_or_else(|| question.value.expose().clone(), Place::line)
}

fn read(reply: &Reply, question: &Question) -> Result<Seen, Failure> {
    let body: Body = json(reply)?;
    let doubt = |reason, told: &str| {
        let record = nameless(RecordStanding::Doubtful, reason);
        Seen::of(Told::Found(record), told).compare("address", &line(question), told, true)
    };
    Ok(match body.result.address_matches.as_slice() {
        [] => doubt("ADDRESS_NOT_FOUND", ""),
        [only] => doubt("ADDRESS_INTERPOLATED", &only.matched_address),
        [first, ..] => doubt("SEVERAL_CANDIDATES", &first.matched_address),
    })
}
