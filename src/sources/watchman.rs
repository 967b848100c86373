//! Watchman: a server that screens names against sanctions lists. An empty answer counts only while
//! its lists are there and fresh.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::yente::screened;
use crate::domain::check::{Failure, Question};
use crate::domain::time::{Span, Ts};

/// The list without which nothing counts as screened.
const EXPECTED: &str = "us_ofac";
/// How old its lists may be.
const MAX_AGE: Span = Span::days(2);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    lists: BTreeMap<String, u64>,
    ended_at: String,
}

#[derive(Deserialize)]
struct Body {
    entities: Vec<Item>,
}

/// Its guide wraps an entity once more.
#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Wrapped { entity: Entity, r#match: f64 },
    Plain(Entity),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    name: String,
    #[serde(rename = "sourceID")]
    source_id: String,
    #[serde(default)]
    r#match: Option<f64>,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let name = question.asked_name().unwrap_or(question.value.expose());
    let info = call.send(Ask::get(call.line.at(&["v2", "listinfo"]))).await?;
    let Info { lists, ended_at } = json(&info)?;
    let loaded = Ts::from_iso(&ended_at).or_else(|| super::reading::day(&ended_at));
    let loaded = loaded.ok_or(Failure::Schema)?;
    let there = lists.get(EXPECTED).is_some_and(|rows| *rows > 0);
    if !there || call.line.clock.now().since(loaded) > MAX_AGE {
        return Err(Failure::Stale);
    }
    let kind = if question.person { "person" } else { "business" };
    // It refuses parameters it does not know.
    let ask = Ask::get(call.line.at(&["v2", "search"]))
        .query("type", kind)
        .query("name", name)
        .query("source", EXPECTED)
        .query("minMatch", "0.85")
        .query("limit", "10");
    let mut seen = read(&call.send(ask).await?, name)?;
    seen.as_of = Some(loaded);
    Ok(seen)
}

fn read(reply: &Reply, name: &str) -> Result<Seen, Failure> {
    let body: Body = json(reply)?;
    let mut hits = Vec::new();
    for item in &body.entities {
        let (entity, score) = match item {
            Item::Wrapped { entity, r#match } => (entity, Some(*r#match)),
            Item::Plain(entity) => (entity, entity.r#match),
        };
        let score = score.ok_or(Failure::Schema)?;
        if !(0.0..=1.0).contains(&score) {
            return Err(Failure::Schema);
        }
        hits.push((entity.source_id.as_str(), entity.name.as_str()));
    }
    Ok(screened(name, hits.into_iter()))
}
