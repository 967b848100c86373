//! Whether a domain takes mail: its mail exchangers, or its own address where it names none.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{RData, RecordType};

use super::exchange::{Call, Seen};
use super::rdap::{plain_host, registrable};
use super::reading::nameless;
use crate::domain::check::{Coverage, Failure, Question, RecordStanding, Remark, Told};

/// Which resolver is asked.
#[derive(Default)]
pub(super) struct Resolver(Option<TokioResolver>);

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[resolver]")
    }
}

const TIMEOUT: Duration = Duration::from_secs(3);

impl Resolver {
    /// `system`, or a resolver's address such as `127.0.0.1:53`.
    pub(super) fn new(url: &str) -> Result<Self, &'static str> {
        let wrong = |_bad| "the system's resolvers cannot be read; give one as address:port";
        let builder = match url {
            "" => return Ok(Self(None)),
            "system" => TokioResolver::builder_tokio().map_err(wrong)?,
            address => {
                let address: SocketAddr = address
                    .trim_start_matches("dns://")
                    .parse()
                    .map_err(|_bad| "the url is system, or a resolver's address:port")?;
                let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                for connection in &mut connections {
                    connection.port = address.port();
                }
                let server = NameServerConfig::new(address.ip(), true, connections.into());
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        let mut builder = builder;
        let options = builder.options_mut();
        options.timeout = TIMEOUT;
        options.attempts = 1;
        // Answers are kept with the others, for as long as the settings say.
        options.cache_size = 0;
        builder.build().map(Some).map(Self).map_err(wrong)
    }
}

pub(super) async fn ask(
    call: &mut Call<'_>,
    question: &Question,
    resolver: &Resolver,
) -> Result<Seen, Failure> {
    let Resolver(Some(resolver)) = resolver else { return Err(Failure::NotConfigured) };
    let told = question.value.expose().rsplit('@').next().unwrap_or_default();
    let Some(text) = plain_host(told).filter(|host| registrable(host).is_some()) else {
        return Ok(Seen::of(Told::Nothing(Coverage::Complete), ""));
    };
    let name = format!("{text}.");
    let line = call.line;
    let within = |kind| {
        let (resolver, name) = (resolver.clone(), name.clone());
        line.within(move || {
            let (resolver, name) = (resolver.clone(), name.clone());
            async move {
                let asked = tokio::time::timeout(line.timeout, resolver.lookup(name, kind)).await;
                records(asked.map_err(|_late| Failure::LATER)?)
            }
        })
    };
    let shown = format!("MX {text}");
    let Some(exchangers) = within(RecordType::MX).await? else {
        call.keep(shown, b"NXDOMAIN".to_vec());
        let mut seen = Seen::of(Told::Nothing(Coverage::Complete), "");
        seen.remarks.push(Remark::NoMail);
        return Ok(seen);
    };
    let exchangers: Vec<String> = exchangers.iter().filter_map(exchanger).collect();
    if exchangers.iter().any(|host| host == ".") {
        call.keep(shown, b"null MX".to_vec());
        let mut seen = Seen::of(Told::Found(nameless(RecordStanding::Ended, "NO_MAIL")), &text);
        seen.remarks.push(Remark::NoMail);
        return Ok(seen.compare("domain", &text, "null MX", false));
    }
    let hosts = if exchangers.is_empty() {
        // Without an exchanger, mail goes to the domain's own address, of either kind.
        let mut own = within(RecordType::A).await?.unwrap_or_default();
        if own.is_empty() {
            own = within(RecordType::AAAA).await?.unwrap_or_default();
        }
        own.iter().map(ToString::to_string).collect()
    } else {
        exchangers
    };
    let told = hosts.join(", ");
    call.keep(shown, told.clone().into_bytes());
    if hosts.is_empty() {
        let mut seen = Seen::of(Told::Found(nameless(RecordStanding::Ended, "NO_MAIL")), &text);
        seen.remarks.push(Remark::NoMail);
        return Ok(seen.compare("domain", &text, "", false));
    }
    let seen = Seen::of(Told::Found(nameless(RecordStanding::Good, "")), &text);
    Ok(seen.compare("domain", &text, &told, true))
}

fn exchanger(data: &RData) -> Option<String> {
    match data {
        RData::MX(mx) => Some(mx.exchange.to_string()),
        _ => None,
    }
}

/// The records; `None` where the domain is none. An error of a server says nothing of the domain.
fn records(
    told: Result<hickory_resolver::lookup::Lookup, NetError>,
) -> Result<Option<Vec<RData>>, Failure> {
    match told {
        Ok(lookup) => Ok(Some(lookup.answers().iter().map(|record| record.data.clone()).collect())),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => match none.response_code {
            ResponseCode::NXDomain => Ok(None),
            ResponseCode::NoError => Ok(Some(Vec::new())),
            _ => Err(Failure::LATER),
        },
        Err(NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused))) => Err(Failure::Refused),
        Err(_silent) => Err(Failure::LATER),
    }
}
