//! The Postal Service's addresses. A pass proves that mail is delivered there and that it is no mail
//! drop; not that the firm is there.

use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::exchange::{Ask, Call, Reply, Seen, json as read_json};
use super::reading::{nameless, same_place};
use super::secret::bearer;
use crate::domain::check::{Failure, Place, Question, RecordStanding, Remark, Told};
use crate::domain::pii::Secret;
use crate::domain::time::{Span, Ts};

/// The one token of this key: a new one would cancel it, so everybody waits for the one who asks.
#[derive(Debug, Default)]
pub(super) struct Token(Mutex<Option<(Secret, Ts)>>);

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Found(Box<Delivery>),
    Fault(Fault),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    address: Address,
    additional_info: Info,
    #[serde(default)]
    matches: Vec<Match>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the documented answer")]
struct Address {
    street_address: String,
    #[serde(default)]
    secondary_address: String,
    city: String,
    state: String,
    #[serde(rename = "ZIPCode")]
    zip: String,
}

#[derive(Deserialize)]
struct Info {
    #[serde(rename = "DPVConfirmation")]
    confirmation: String,
    #[serde(rename = "DPVCMRA")]
    mail_drop: String,
    vacant: String,
}

#[derive(Deserialize)]
struct Match {
    code: String,
}

#[derive(Deserialize)]
struct Fault {
    error: Told404,
}

#[derive(Deserialize)]
struct Told404 {
    code: String,
}

pub(super) async fn ask(
    call: &mut Call<'_>,
    question: &Question,
    token: &Token,
) -> Result<Seen, Failure> {
    let Some(place) = &question.place else {
        return Ok(doubt("ADDRESS_NOT_READ", question));
    };
    let held = token.held(call).await?;
    match call.send(address(call, place, &held)).await {
        // Somebody else asked for a token with the same key, or it ran out early.
        Err(Failure::Refused) => {
            token.drop_if(&held).await;
            let held = token.held(call).await?;
            read(&call.send(address(call, place, &held)).await?, question)
        }
        told => read(&told?, question),
    }
}

fn address(call: &Call<'_>, place: &Place, token: &Secret) -> Ask {
    let zip = place.postal_code.expose();
    let mut ask = Ask::get(call.line.at(&["addresses", "v3", "address"]))
        .header("authorization", &bearer(token.expose()), true)
        .query("streetAddress", place.street.expose());
    if !place.unit.expose().is_empty() {
        ask = ask.query("secondaryAddress", place.unit.expose());
    }
    ask.query("city", place.city.expose())
        .query("state", place.region.expose())
        .query("ZIPCode", zip.get(..5).unwrap_or(zip))
        .accept(&[404])
}

impl Token {
    async fn held(&self, call: &mut Call<'_>) -> Result<Secret, Failure> {
        let mut kept = self.0.lock().await;
        let now = call.line.clock.now();
        if let Some((token, until)) = kept.as_ref()
            && now < *until
        {
            return Ok(token.clone());
        }
        let url = call.line.at(&["oauth2", "v3", "token"]);
        let key = String::from_utf8_lossy(call.line.key()).into_owned();
        let body = json!({
            "grant_type": "client_credentials", "client_id": call.line.user, "client_secret": key,
        });
        let reply = call.send_secret(Ask::post(url, &body)).await?;
        let granted: Granted = read_json(&reply)?;
        let token = Secret::new(granted.access_token.into_bytes());
        // Renewed a minute early, so that it does not end under way.
        let life = Span::secs(granted.expires_in.saturating_sub(60).max(0));
        *kept = Some((token.clone(), now.plus(life)));
        Ok(token)
    }

    async fn drop_if(&self, held: &Secret) {
        let mut kept = self.0.lock().await;
        if kept.as_ref().is_some_and(|(token, _)| token.expose() == held.expose()) {
            *kept = None;
        }
    }
}

fn doubt(reason: &str, question: &Question) -> Seen {
    let line = super::census::line(question);
    let record = nameless(RecordStanding::Doubtful, reason);
    Seen::of(Told::Found(record), "").compare("address", &line, "", true)
}

fn read(reply: &Reply, question: &Question) -> Result<Seen, Failure> {
    let delivery = match (read_json::<Body>(reply)?, reply.status) {
        (Body::Found(delivery), 200) => delivery,
        (Body::Fault(fault), 404) if fault.error.code == "404" => {
            return Ok(doubt("ADDRESS_NOT_FOUND", question));
        }
        _ => return Err(Failure::Schema),
    };
    let Address { street_address, secondary_address, city, state, zip } = delivery.address;
    let text = format!("{street_address} {secondary_address}, {city}, {state} {zip}");
    let yes = |flag: &str| match flag {
        "Y" => Ok(true),
        "N" | "" => Ok(false),
        _ => Err(Failure::Schema),
    };
    let Info { mail_drop, vacant, .. } = &delivery.additional_info;
    let untold = mail_drop.is_empty() || vacant.is_empty();
    let (drop, vacant) = (yes(mail_drop)?, yes(vacant)?);
    let exact = !delivery.matches.is_empty() && delivery.matches.iter().all(|one| one.code == "31");
    let confirmed = match delivery.additional_info.confirmation.as_str() {
        "Y" => true,
        "S" | "D" | "N" => false,
        _ => return Err(Failure::Schema),
    };
    let doubts = [
        (drop, "MAIL_DROP"),
        (vacant, "VACANT"),
        (!confirmed, "ADDRESS_NOT_CONFIRMED"),
        (!exact, "ADDRESS_NOT_EXACT"),
        (untold, "FLAG_NOT_TOLD"),
    ];
    let doubt = doubts.into_iter().find(|(is_so, _)| *is_so);
    let (standing, reason) =
        doubt.map_or((RecordStanding::Good, ""), |(_, reason)| (RecordStanding::Doubtful, reason));
    let record = nameless(standing, reason);
    let line = super::census::line(question);
    let agrees = same_place(question.place.as_ref(), &street_address, &state, &zip);
    let mut seen =
        Seen::of(Told::Found(record), text.trim()).compare("address", &line, &text, agrees);
    seen.remarks.extend(drop.then_some(Remark::MailDrop));
    seen.remarks.extend(vacant.then_some(Remark::Vacant));
    Ok(seen)
}
