//! GLEIF: legal entity identifiers. A pass proves that the firm exists, as a local operating unit
//! has checked it against its register.

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::{day, found, same, spoken};
use crate::domain::check::{Coverage, Failure, Question, RecordStanding, Told};
use crate::domain::pii::Pii;
use crate::domain::time::Ts;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    meta: Meta,
    data: Data,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    golden_copy: GoldenCopy,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GoldenCopy {
    publish_date: String,
}

#[derive(Deserialize)]
struct Data {
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    lei: String,
    entity: Entity,
    registration: Registration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    legal_name: EntityName,
    #[serde(default)]
    other_names: Vec<EntityName>,
    jurisdiction: String,
    status: String,
    #[serde(default)]
    creation_date: Option<String>,
    #[serde(default)]
    event_groups: Vec<EventGroup>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EventGroup {
    events: Vec<Event>,
}

/// What happened to the firm: another name, another address, a merger.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    recorded_date: Option<String>,
    effective_date: Option<String>,
}

#[derive(Deserialize)]
struct EntityName {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    status: String,
    corroboration_level: String,
}

/// What the register says of a number that is none.
#[derive(Deserialize)]
struct Faults {
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    status: String,
}

pub(super) async fn ask(call: &mut Call<'_>, question: &Question) -> Result<Seen, Failure> {
    let lei = question.value.expose().to_ascii_uppercase();
    let url = call.line.at(&["api", "v1", "lei-records", &lei]);
    let ask = Ask::get(url).header("accept", b"application/vnd.api+json", false).accept(&[404]);
    read(&call.send(ask).await?, question)
}

fn read(reply: &Reply, question: &Question) -> Result<Seen, Failure> {
    if reply.status == 404 {
        // Any gateway says 404 of a path that it does not know; only the register says it so.
        let none = json::<Faults>(reply)?.errors.iter().any(|fault| fault.status == "404");
        let nothing = Seen::of(Told::Nothing(Coverage::Complete), "");
        return if none { Ok(nothing) } else { Err(Failure::Schema) };
    }
    let body: Body = json(reply)?;
    let Attributes { lei, entity, registration } = body.data.attributes;
    same(&lei, question.value.expose())?;
    let (mut standing, mut reason) = standing(&entity.status, &registration)?;
    if question.region.is_empty() && standing == RecordStanding::Good {
        // A number proves who it names, and where: without the one it proves less.
        (standing, reason) = (RecordStanding::Doubtful, "JURISDICTION_NOT_ASKED");
    }
    let mut record = found(&entity.legal_name.name, standing, reason)?;
    let others = entity.other_names.iter();
    record.other_names = others.map(|other| Pii::new(other.name.clone())).collect();
    let mut seen =
        spoken(record, &lei, question).compare("lei", question.value.expose(), &lei, true);
    if !question.region.is_empty() {
        let agrees = jurisdictions_agree(&question.region, &entity.jurisdiction);
        seen = seen.compare("jurisdiction", &question.region, &entity.jurisdiction, agrees);
    }
    seen.as_of = day(&body.meta.golden_copy.publish_date);
    // The dates of the LEI's own record are not the firm's: an old firm may get its LEI today, and
    // each renewal updates the record.
    seen.since = entity.creation_date.as_deref().and_then(day);
    seen.changed = changed(&entity.event_groups);
    Ok(seen)
}

/// When something of the firm was changed last, as far as the record tells what happened to it.
fn changed(groups: &[EventGroup]) -> Option<Ts> {
    let events = groups.iter().flat_map(|group| &group.events);
    let told = events.filter_map(|event| {
        event.recorded_date.as_deref().or(event.effective_date.as_deref()).and_then(day)
    });
    told.max()
}

/// A register may name a country where the claim names a part of it.
fn jurisdictions_agree(asked: &str, told: &str) -> bool {
    let country = |text: &str| text.split('-').next().unwrap_or_default().to_ascii_uppercase();
    let part = |text: &str| text.contains('-');
    asked.eq_ignore_ascii_case(told)
        || (country(asked) == country(told) && !(part(asked) && part(told)))
}

fn standing(
    entity: &str,
    registration: &Registration,
) -> Result<(RecordStanding, &'static str), Failure> {
    use RecordStanding::{Doubtful, Ended, Good};
    let entity = match entity {
        "ACTIVE" => (Good, ""),
        "INACTIVE" => (Ended, "ENTITY_INACTIVE"),
        _ => return Err(Failure::Schema),
    };
    let of_lei = match registration.status.as_str() {
        "ISSUED" => (Good, ""),
        "LAPSED" => (Doubtful, "LEI_LAPSED"),
        "PENDING_TRANSFER" | "PENDING_ARCHIVAL" | "PENDING_VALIDATION" | "TRANSFERRED" => {
            (Doubtful, "LEI_PENDING")
        }
        "MERGED" => (Ended, "LEI_MERGED"),
        "RETIRED" => (Ended, "LEI_RETIRED"),
        "DUPLICATE" | "ANNULLED" | "CANCELLED" => (Ended, "LEI_ANNULLED"),
        _ => return Err(Failure::Schema),
    };
    let proof = match registration.corroboration_level.as_str() {
        "FULLY_CORROBORATED" => (Good, ""),
        "PARTIALLY_CORROBORATED" | "PENDING" | "ENTITY_SUPPLIED_ONLY" => {
            (Doubtful, "LEI_NOT_CORROBORATED")
        }
        _ => return Err(Failure::Schema),
    };
    let worst = |standing: RecordStanding| {
        [entity, of_lei, proof].into_iter().find(|(found, _)| *found == standing)
    };
    Ok(worst(Ended).or_else(|| worst(Doubtful)).unwrap_or((Good, "")))
}
