//! RDAP: since when a domain is registered.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use serde::Deserialize;

use super::delivery::is_loopback;
use super::exchange::{Ask, Call, Reply, Seen, below, json};
use super::reading::{nameless, same};
use crate::domain::check::{
    ChannelKind, Coverage, Failure, HeldChannel, Question, RecordStanding, Told,
};
use crate::domain::pii::Pii;
use crate::domain::time::{Span, Ts};

const KEPT: Span = Span::days(1);

/// Which server knows which top level domain.
#[derive(Debug, Default)]
pub(super) struct Bootstrap(Mutex<Option<(Ts, Arc<Services>)>>);

#[derive(Debug, Deserialize)]
struct Services {
    services: Vec<(Vec<String>, Vec<String>)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    ldh_name: String,
    #[serde(default)]
    status: Vec<String>,
    events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_action: String,
    event_date: String,
}

pub(super) async fn ask(
    call: &mut Call<'_>,
    question: &Question,
    bootstrap: &Bootstrap,
) -> Result<Seen, Failure> {
    let none = || Ok(Seen::of(Told::Nothing(Coverage::Partial), ""));
    let Some(domain) = registrable(question.value.expose()) else { return none() };
    let services = bootstrap.all(call).await?;
    let top = domain.rsplit('.').next().unwrap_or_default();
    let served = services.services.iter().find(|(tops, _)| tops.iter().any(|t| t == top));
    let Some((_, addresses)) = served else { return none() };
    let local = is_loopback(call.line.base.host_str().unwrap_or_default());
    let usable = |url: &Url| match url.scheme() {
        "https" => true,
        "http" => local && is_loopback(url.host_str().unwrap_or_default()),
        _ => false,
    };
    let base = addresses.iter().filter_map(|text| Url::parse(text).ok()).find(usable);
    let base = base.ok_or(Failure::Schema)?;
    let ask = Ask::get(below(&base, &["domain", &domain]))
        .header("accept", b"application/rdap+json", false)
        .accept(&[404]);
    let reply = call.send(ask).await?;
    read(&reply, &domain)
}

/// The domain that was registered, of a host, an address or a URL.
pub(super) fn registrable(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let host = text.rsplit('@').next()?.split("://").last()?;
    let host = plain_host(host.split(['/', ':', '?', '#']).next()?)?;
    psl::domain_str(&host).map(str::to_owned)
}

/// A host as the domain name system writes it: letters beyond ASCII in their encoded form.
pub(super) fn plain_host(text: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{}/", text.trim_end_matches('.'))).ok()?;
    let host = url.host_str()?.to_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (!host.is_empty() && host.len() <= 253 && host.chars().all(plain)).then_some(host)
}

impl Bootstrap {
    async fn all(&self, call: &mut Call<'_>) -> Result<Arc<Services>, Failure> {
        let now = call.line.clock.now();
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, all)) = kept
            && now.since(at) < KEPT
        {
            return Ok(all);
        }
        let ask = Ask::get(call.line.at(&["rdap", "dns.json"]));
        let all: Arc<Services> = Arc::new(json(&call.send(ask).await?)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((now, Arc::clone(&all)));
        Ok(all)
    }
}

fn read(reply: &Reply, domain: &str) -> Result<Seen, Failure> {
    if reply.status == 404 {
        return Ok(Seen::of(Told::Nothing(Coverage::Complete), ""));
    }
    let told: Domain = json(reply)?;
    same(&told.ldh_name, domain)?;
    let event = |action: &str| -> Option<Ts> {
        let event = told.events.iter().find(|event| event.event_action == action)?;
        Ts::from_iso(&event.event_date).or_else(|| super::reading::day(&event.event_date))
    };
    // A domain that does not say since when it is registered proves nothing of its age.
    let since = event("registration").ok_or(Failure::Schema)?;
    let held = ["client hold", "server hold", "pending delete", "redemption period", "inactive"];
    let doubt = told.status.iter().any(|status| held.contains(&status.as_str()));
    let over = event("expiration").is_some_and(|end| end <= reply.at);
    let (standing, reason) = match (over, doubt) {
        (true, _) => (RecordStanding::Doubtful, "DOMAIN_EXPIRED"),
        (false, true) => (RecordStanding::Doubtful, "DOMAIN_ON_HOLD"),
        (false, false) => (RecordStanding::Good, ""),
    };
    let mut seen = Seen::of(Told::Found(nameless(standing, reason)), domain);
    seen = seen.compare("domain", domain, &told.ldh_name.to_ascii_lowercase(), true);
    seen.since = Some(since);
    seen.changed = event("last changed");
    let value = Pii::new(domain.to_owned());
    seen.channels.push(HeldChannel { kind: ChannelKind::Domain, value, since: Some(since) });
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_that_was_registered() {
        let cases = [
            ("https://www.example.co.uk/about?x=1", Some("example.co.uk")),
            ("info@mail.example.com", Some("example.com")),
            ("EXAMPLE.com.", Some("example.com")),
            ("com", None),
            ("", None),
            ("exa mple.com", None),
            ("info@bücher.example.de", Some("example.de")),
            ("https://bücher.de/", Some("xn--bcher-kva.de")),
        ];
        for (text, domain) in cases {
            assert_eq!(registrable(text).as_deref(), domain, "{text}");
        }
    }
}
