//! EDGAR: filers of the Securities and Exchange Commission, with their tax number where they gave one.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::exchange::{Ask, Call, Reply, Seen, json};
use super::reading::{day, found, same, spoken};
use crate::domain::check::{
    ChannelKind, Coverage, Failure, HeldChannel, OtherName, Question, RecordStanding, Told,
};
use crate::domain::name::{Name, Schema, resemble};
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::domain::time::{Span, Ts};

/// How long the list of filers is kept.
const KEPT: Span = Span::days(1);
const MAX_INDEX: usize = 16 << 20;
/// How alike a filer's name must be to be the one that is asked about.
const LIKE: u16 = 960;

/// Every filer with its number, as the commission lists them.
#[derive(Debug, Default)]
pub(super) struct Filers(Mutex<Option<(Ts, Arc<Vec<Filer>>)>>);

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Filer {
    cik_str: u64,
    title: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submissions {
    cik: String,
    name: String,
    #[serde(default)]
    ein: Option<String>,
    #[serde(default)]
    former_names: Vec<Former>,
    addresses: Addresses,
    #[serde(default)]
    phone: Option<String>,
    filings: Filings,
}

#[derive(Deserialize)]
struct Former {
    name: String,
}

#[derive(Deserialize)]
struct Addresses {
    #[serde(default)]
    business: Address,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Address {
    street1: Option<String>,
    street2: Option<String>,
    city: Option<String>,
    state_or_country: Option<String>,
    zip_code: Option<String>,
}

#[derive(Deserialize)]
struct Filings {
    recent: Recent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recent {
    #[serde(default)]
    filing_date: Vec<String>,
}

pub(super) async fn ask(
    call: &mut Call<'_>,
    question: &Question,
    filers: &Filers,
) -> Result<Seen, Failure> {
    let text = question.value.expose();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let by_cik = text.to_ascii_uppercase().starts_with("CIK") || digits.len() != 9;
    let (cik, ein) = if by_cik {
        (digits.parse::<u64>().ok(), None)
    } else {
        (filers.find(call, question.asked_name().unwrap_or_default()).await?, Some(digits))
    };
    let Some(cik) = cik else { return Ok(Seen::of(Told::Nothing(Coverage::Partial), "")) };
    let file = format!("CIK{cik:010}.json");
    // A filer's page that is not there is no answer: its number stands in the commission's own list.
    let ask = known(Ask::get(call.line.at(&["submissions", &file])), call);
    let reply = call.send(ask).await?;
    read(&reply, cik, ein.as_deref(), question)
}

/// The commission asks for a contact in the name of the program.
fn known(ask: Ask, call: &Call<'_>) -> Ask {
    let agent = format!("vouch/{} {}", env!("CARGO_PKG_VERSION"), call.line.user);
    ask.header("user-agent", agent.as_bytes(), false)
}

impl Filers {
    /// The number of the one filer that bears the name.
    async fn find(&self, call: &mut Call<'_>, name: &str) -> Result<Option<u64>, Failure> {
        let Ok(asked) = Name::read(name, Schema::Firm) else { return Ok(None) };
        let all = self.all(call).await?;
        let mut alike = all.iter().filter(|filer| {
            let read = Name::read(&filer.title, Schema::Firm);
            read.is_ok_and(|read| resemble(&asked, &read).score >= LIKE)
        });
        let first = alike.next().map(|filer| filer.cik_str);
        // A filer with several kinds of shares is listed several times.
        let alone = alike.all(|filer| Some(filer.cik_str) == first);
        Ok(first.filter(|_| alone))
    }

    async fn all(&self, call: &mut Call<'_>) -> Result<Arc<Vec<Filer>>, Failure> {
        let now = call.line.clock.now();
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, all)) = kept
            && now.since(at) < KEPT
        {
            return Ok(all);
        }
        // The list lies on the commission's other host.
        let mut url = call.line.at(&["files", "company_tickers.json"]);
        if url.host_str() == Some("data.sec.gov") && url.set_host(Some("www.sec.gov")).is_err() {
            return Err(Failure::Schema);
        }
        let ask = known(Ask::get(url), call).up_to(MAX_INDEX);
        let rows: std::collections::BTreeMap<String, Filer> = json(&call.send(ask).await?)?;
        let all = Arc::new(rows.into_values().collect::<Vec<_>>());
        if all.is_empty() {
            return Err(Failure::Schema);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((now, Arc::clone(&all)));
        Ok(all)
    }
}

fn read(reply: &Reply, cik: u64, ein: Option<&str>, question: &Question) -> Result<Seen, Failure> {
    let filer: Submissions = json(reply)?;
    let number = filer.cik.trim_start_matches('0');
    same(number, &cik.to_string())?;
    let told = filer.ein.as_deref().unwrap_or_default().replace('-', "");
    // Half of the small filers gave no number: that is no answer about it.
    let given = told.len() == 9 && told != "000000000";
    if ein.is_some() && !given {
        return Ok(Seen::of(Told::Nothing(Coverage::Partial), ""));
    }
    let mut record = found(&filer.name, RecordStanding::Good, "")?;
    record.other_name = OtherName::IsReviewed;
    record.other_names = filer.former_names.iter().map(|f| Pii::new(f.name.clone())).collect();
    let mut seen = spoken(record, &format!("CIK{cik:010}"), question);
    seen = match ein {
        Some(asked) => seen.compare("ein", asked, &told, asked == told),
        None => seen.compare("cik", &cik.to_string(), number, true),
    };
    let latest = filer.filings.recent.filing_date.iter().filter_map(|date| day(date)).max();
    seen.as_of = latest;
    seen.channels = channels(&filer, latest);
    Ok(seen)
}

/// What the latest filing names: it was there on that day at the latest.
fn channels(filer: &Submissions, since: Option<Ts>) -> Vec<HeldChannel> {
    let mut held = Vec::new();
    if let Some(phone) = filer.phone.as_deref().and_then(e164) {
        held.push(HeldChannel { kind: ChannelKind::Phone, value: Pii::new(phone), since });
    }
    let a = &filer.addresses.business;
    let parts = [&a.street1, &a.street2, &a.city, &a.state_or_country, &a.zip_code];
    let line: Vec<&str> = parts.into_iter().flatten().map(|part| part.trim()).collect();
    if a.street1.is_some() && a.city.is_some() {
        let value = Pii::new(line.join(", "));
        held.push(HeldChannel { kind: ChannelKind::Post, value, since });
    }
    held
}

/// A number of the North American plan as registers write it.
pub(super) fn e164(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = if digits.len() == 10 { format!("1{digits}") } else { digits };
    Tn::parse(&format!("+{digits}")).ok().map(Tn::e164)
}
