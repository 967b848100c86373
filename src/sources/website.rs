//! Whether a website answers. Whoever fills in a profile chooses what is fetched, so nothing but
//! public addresses is ever connected to: names are resolved here and checked, the peer that was
//! reached is checked again, and a redirect is a new question with the same checks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::LOCATION;
use reqwest::{Client, Url, redirect};

use super::exchange::{Call, Seen, body};
use super::reading::nameless;
use crate::domain::check::{Coverage, Failure, Question, RecordStanding, Told};

/// Redirects that are followed.
const HOPS: usize = 3;

/// What may be connected to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing: not set up.
    #[default]
    Nothing,
    /// Public addresses.
    Public,
    /// Those, and this machine: for trials and tests.
    Loopback,
}

impl Reach {
    /// `public`, or `loopback` to reach this machine too.
    pub(super) fn new(url: &str) -> Result<Self, &'static str> {
        match url {
            "" => Ok(Self::Nothing),
            "public" => Ok(Self::Public),
            "loopback" => Ok(Self::Loopback),
            _ => Err("the url is public, or loopback to reach this machine too"),
        }
    }

    fn allows(self, ip: IpAddr) -> bool {
        is_public(ip) || (self == Self::Loopback && ip.is_loopback())
    }
}

/// Whether an address belongs to the open internet: no private, local, shared, documentation,
/// multicast or reserved range, nor an IPv4 address of one of these inside of an IPv6 address.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    match s {
        // NAT64, 6to4 and Teredo carry an IPv4 address.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(v4(high, low))
        }
        [0x2001, 0, .., high, low] => is_public_v4(v4(!high, !low)),
        [0x2001, 0x0db8, ..] | [0x2001, 0x0002, 0, ..] | [0x3fff, ..] => false,
        // What is in use of the global unicast range; everything else is local, multicast or unused.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// Gives out only addresses that may be connected to, so that a name cannot lead elsewhere between
/// the check and the connection.
#[derive(Clone, Copy)]
struct Checked(Reach);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|addr| reach.allows(addr.ip())).collect();
            if allowed.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no public address")]
struct NotPublic;

pub(super) async fn ask(
    call: &mut Call<'_>,
    question: &Question,
    reach: &Reach,
) -> Result<Seen, Failure> {
    if *reach == Reach::Nothing {
        return Err(Failure::NotConfigured);
    }
    let text = question.value.expose().trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let not_one = || Ok(Seen::of(Told::Nothing(Coverage::Complete), ""));
    let Ok(mut url) = Url::parse(&full) else { return not_one() };
    let line = call.line;
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(line.timeout)
        .dns_resolver(Arc::new(Checked(*reach)))
        .user_agent(concat!("vouch/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_bad| Failure::NotConfigured)?;
    for _hop in 0..=HOPS {
        if !may_be_asked(&url, *reach) {
            return not_one();
        }
        let told = line.within(|| fetch(&client, line, &url, *reach)).await?;
        match told {
            Fetched::Answered(status, bytes) => {
                call.keep(format!("GET {}", shown(&url)), bytes);
                return Ok(answered(text, &url, status));
            }
            Fetched::Elsewhere(next) => {
                url = url.join(&next).map_err(|_bad| Failure::Schema)?;
            }
            Fetched::NotPublic => return not_one(),
        }
    }
    call.keep(format!("GET {}", shown(&url)), b"too many redirects".to_vec());
    let record = nameless(RecordStanding::Doubtful, "TOO_MANY_REDIRECTS");
    Ok(Seen::of(Told::Found(record), shown(&url).as_str()).compare(
        "website",
        text,
        &shown(&url),
        true,
    ))
}

/// A site that answers with an error of its own is there, but shows nothing.
fn answered(asked: &str, url: &Url, status: u16) -> Seen {
    let (standing, reason) = match status {
        200..=299 => (RecordStanding::Good, ""),
        404 | 410 => (RecordStanding::Doubtful, "PAGE_NOT_FOUND"),
        _ => (RecordStanding::Doubtful, "SITE_ERROR"),
    };
    let host = url.host_str().unwrap_or_default();
    let record = nameless(standing, reason);
    Seen::of(Told::Found(record), host).compare("website", asked, host, true)
}

fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}{}", url.scheme(), url.path())
}

/// Only the web's own ports, and no credentials. An address instead of a name skips the resolver, so
/// it is checked here.
fn may_be_asked(url: &Url, reach: Reach) -> bool {
    let port = url.port_or_known_default();
    let web = matches!(url.scheme(), "http" | "https");
    let usual = matches!(port, Some(80 | 443)) || reach == Reach::Loopback;
    let plain = url.username().is_empty() && url.password().is_none();
    let host = match url.host_str() {
        None => false,
        Some(host) => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            bare.parse::<IpAddr>().map_or(!host.is_empty(), |ip| reach.allows(ip))
        }
    };
    web && usual && plain && host
}

enum Fetched {
    Answered(u16, Vec<u8>),
    Elsewhere(String),
    NotPublic,
}

async fn fetch(
    client: &Client,
    line: &super::exchange::Line,
    url: &Url,
    reach: Reach,
) -> Result<Fetched, Failure> {
    let response = match client.get(url.clone()).send().await {
        Ok(response) => response,
        Err(why) if says_not_public(&why) => return Ok(Fetched::NotPublic),
        Err(_silent) => return Err(Failure::LATER),
    };
    // The peer that was reached, whatever was resolved: without one, nothing is believed.
    if !response.remote_addr().is_some_and(|peer| reach.allows(peer.ip())) {
        return Ok(Fetched::NotPublic);
    }
    let status = response.status();
    if status.is_redirection() {
        let next = response.headers().get(LOCATION).and_then(|next| next.to_str().ok());
        return Ok(Fetched::Elsewhere(next.ok_or(Failure::Schema)?.to_owned()));
    }
    if status.is_server_error() || status.as_u16() == 429 {
        return Err(Failure::LATER);
    }
    if matches!(status.as_u16(), 401 | 403) {
        return Err(Failure::Refused);
    }
    let bytes = body(response, line.max_body).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::Schema);
    }
    Ok(Fetched::Answered(status.as_u16(), bytes))
}

fn says_not_public(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_is_public() {
        let closed = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::1",
            "2001:0:0:0:0:0:5601:5601",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "::10.0.0.1",
        ];
        for text in closed {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn only_the_web_is_asked() {
        let may = |text: &str, reach| may_be_asked(&Url::parse(text).unwrap(), reach);
        assert!(may("https://example.com/", Reach::Public));
        assert!(may("http://127.0.0.1:8080/", Reach::Loopback));
        let bad = [
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://2130706433/",
            "http://0x7f.1/",
            "https://example.com:22/",
            "ftp://example.com/",
            "https://u:p@example.com/",
            "http://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
        ];
        for text in bad {
            assert!(!may(text, Reach::Public), "{text}");
        }
    }
}
