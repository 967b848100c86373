//! yente: a server that screens names against sanctions data. An answer counts only while its index
//! is fresh.

use serde::Deserialize;
use serde_json::json;

use super::exchange::{Ask, Call, Reply, Seen, json as read_json};
use super::reading::nameless;
use crate::domain::check::{Failure, Question, RecordStanding, Remark, Told};

/// From here on a candidate is told, in hundredths.
const THRESHOLD: &str = "0.7";

#[derive(Deserialize)]
struct Catalog {
    outdated: Vec<String>,
    index_stale: bool,
    datasets: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Body {
    responses: Responses,
}

#[derive(Deserialize)]
struct Responses {
    asked: Answered,
}

#[derive(Deserialize)]
struct Answered {
    status: u16,
    results: Vec<Hit>,
    total: Total,
    query: Query,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

#[derive(Deserialize)]
struct Query {
    properties: std::collections::BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Hit {
    id: String,
    caption: String,
    score: f64,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let name = question.asked_name().unwrap_or(question.value.expose());
    let catalog = with_key(Ask::get(call.line.at(&["catalog"])), call);
    let catalog: Catalog = read_json(&call.send(catalog).await?)?;
    if catalog.index_stale || !catalog.outdated.is_empty() || catalog.datasets.is_empty() {
        return Err(Failure::Stale);
    }
    let schema = if question.person { "Person" } else { "Company" };
    let body =
        json!({ "queries": { "asked": { "schema": schema, "properties": { "name": [name] } } } });
    let url = call.line.at(&["match", "default"]);
    let mut ask = Ask::post(url, &body);
    for (part, value) in
        [("algorithm", "best"), ("threshold", THRESHOLD), ("limit", "5"), ("topics", "sanction")]
    {
        ask = ask.query(part, value);
    }
    let ask = with_key(ask, call);
    read(&call.send(ask).await?, name)
}

fn with_key(ask: Ask, call: &Call<'_>) -> Ask {
    if call.line.key().is_empty() {
        return ask;
    }
    ask.header("authorization", &[b"Apikey ", call.line.key()].concat(), true)
}

fn read(reply: &Reply, name: &str) -> Result<Seen, Failure> {
    let Answered { status, results, total, query } = read_json::<Body>(reply)?.responses.asked;
    // A name that the server dropped was not screened, and hits that it did not send were not seen.
    let asked = query.properties.get("name").is_some_and(|names| names.iter().any(|n| n == name));
    if status != 200 || !asked || (results.is_empty() && total.value > 0) {
        return Err(Failure::Schema);
    }
    if results.iter().any(|hit| !(0.0..=1.0).contains(&hit.score)) {
        return Err(Failure::Schema);
    }
    let hits = results.iter().map(|hit| (hit.id.as_str(), hit.caption.as_str()));
    Ok(screened(name, hits))
}

/// What a screening by an outside engine comes to: no candidate passes, any is for a reviewer.
pub(super) fn screened<'h>(name: &str, hits: impl Iterator<Item = (&'h str, &'h str)>) -> Seen {
    let hits: Vec<_> = hits.collect();
    match hits.first() {
        None => {
            let clear = nameless(RecordStanding::Good, "");
            Seen::of(Told::Found(clear), "no candidate").compare("name", name, "no candidate", true)
        }
        Some((id, _)) => {
            let record = nameless(RecordStanding::Doubtful, "HIT");
            let mut seen = Seen::of(Told::Found(record), id);
            for (_, caption) in &hits {
                seen = seen.compare("name", name, caption, true);
            }
            seen.remarks.push(Remark::Listed);
            seen
        }
    }
}
