//! Texts and calls through the provider's own switch: one JSON POST a message.
//!
//! The switch gets `{id, challenge_id, channel, to, purpose, provider, code, extension, collect_digits,
//! text}`, with the message's id as `Idempotency-Key`, and answers 2xx with `{"id": "its own reference"}`. Where
//! `collect_digits` is not 0 the code is empty: the switch takes so many digits from the keys and
//! reports them by `ReportKeyedCode`. Only the configured URL is ever called: redirects and proxies
//! are not followed.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use serde::Deserialize;

use super::message::Message;
use super::outcome::{DeliveryError, Receipt};
use crate::domain::pii::{Pii, Secret};

const MAX_ANSWER: usize = 64 << 10;
const MAX_WAIT: u64 = 3_600;

/// A switch and who we are to it.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// `https`, or `http` on this machine.
    pub url: String,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<Secret>,
    /// The name messages go out in.
    pub provider: String,
    /// For one message, connection included.
    pub timeout: Duration,
}

/// A switch, ready to take messages.
#[derive(Clone, Debug)]
pub struct HttpDelivery {
    client: Client,
    url: Url,
    authorization: Option<HeaderValue>,
    provider: String,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
}

impl HttpDelivery {
    /// Checks the settings; connects to nothing yet.
    pub fn new(config: &HttpConfig) -> Result<Self, DeliveryError> {
        let not = |why| DeliveryError::NotConfigured { why };
        let url = Url::parse(&config.url).map_err(|_bad| not("the URL is not valid"))?;
        let host = url.host_str().unwrap_or_default();
        match url.scheme() {
            "https" if !host.is_empty() => {}
            "http" if is_loopback(host) => {}
            _ => return Err(not("the URL must be https, or http on this machine")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(not("the URL holds credentials; give them as a token"));
        }
        if config.provider.trim().is_empty() {
            return Err(not("the provider's name is missing"));
        }
        let authorization = match &config.token {
            Some(token) => {
                let bytes = [b"Bearer ", token.expose()].concat();
                let mut value = HeaderValue::from_bytes(&bytes)
                    .map_err(|_bad| not("the token holds characters no header takes"))?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(config.timeout)
            .user_agent(concat!("vouch/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_bad| not("TLS cannot be set up"))?;
        Ok(Self { client, url, authorization, provider: config.provider.clone() })
    }

    pub(super) async fn send(&self, message: &Message) -> Result<Receipt, DeliveryError> {
        let text = message
            .text(&self.provider)
            .ok_or(DeliveryError::Schema { why: "the code is no text" })?;
        let id = message.id.hyphenated().to_string();
        let mut request = self.client.post(self.url.clone()).header("idempotency-key", &id).json(
            &serde_json::json!({
                "id": id,
                "challenge_id": message.challenge.hyphenated().to_string(),
                "channel": message.channel_word(),
                "to": message.to.expose(),
                "purpose": message.purpose.word(),
                "provider": self.provider,
                "code": message.told_code(),
                "extension": message.extension.as_ref().map(Pii::expose),
                "collect_digits": message.collects(),
                "text": text,
            }),
        );
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = request.send().await.map_err(|e| unreachable(&e))?;
        match response.status() {
            status if status.is_success() => receipt(response).await,
            status => Err(refusal(status, wait(&response))),
        }
    }
}

fn unreachable(error: &reqwest::Error) -> DeliveryError {
    DeliveryError::retry(if error.is_timeout() { "timeout" } else { "connection, TLS or DNS" })
}

fn wait(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    Some(Duration::from_secs(seconds.min(MAX_WAIT)))
}

fn refusal(status: StatusCode, after: Option<Duration>) -> DeliveryError {
    match status.as_u16() {
        408 | 409 | 425 => DeliveryError::Retry { why: "408, 409 or 425", after },
        429 => DeliveryError::Retry { why: "429", after },
        500..=599 => DeliveryError::Retry { why: "5xx", after },
        402 => DeliveryError::Quota,
        401 | 403 | 407 => DeliveryError::Refused { why: "401, 403 or 407" },
        422 => DeliveryError::Undeliverable { why: "422" },
        300..=399 => DeliveryError::Refused { why: "a redirect" },
        _ => DeliveryError::Refused { why: "4xx" },
    }
}

/// A 2xx without the promised answer proves nothing: it may come from a login page.
async fn receipt(mut response: Response) -> Result<Receipt, DeliveryError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| unreachable(&e))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(DeliveryError::Schema { why: "a long answer" });
        }
    }
    let answer: Answer = serde_json::from_slice(&body)
        .map_err(|_bad| DeliveryError::Schema { why: "no JSON with an id" })?;
    let reference: String = answer.id.chars().filter(char::is_ascii_graphic).take(128).collect();
    if reference.is_empty() {
        return Err(DeliveryError::Schema { why: "an empty id" });
    }
    Ok(Receipt { reference: Some(reference) })
}

/// Whether a host is this machine.
pub(in crate::sources) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
