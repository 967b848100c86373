//! Mail through the provider's own server (RFC 5321). A plain connection is used to this machine
//! only; a server that does not offer what was configured gets no message.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{Address, AsyncTransport, Tokio1Executor};
use reqwest::Url;

use super::message::Message;
use super::outcome::{DeliveryError, Receipt};
use crate::domain::command::challenge::Channel;
use crate::domain::pii::Secret;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (usually port 465).
    Tls,
    /// STARTTLS, and nothing is sent without it (usually port 587).
    StartTls,
    /// None; refused unless the server is on this machine.
    Plaintext,
}

/// A mail server and who we are to it.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// The address messages come from; its domain stands in their ids.
    pub from: String,
    /// The name messages go out in.
    pub provider: String,
    /// User name and password.
    pub credentials: Option<(String, Secret)>,
    /// For one message, connection included.
    pub timeout: Duration,
}

impl SmtpConfig {
    /// The longest one message may take, connection included.
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    /// Settings from `smtps://user:password@host:port` (TLS) or `smtp://...` (STARTTLS; to this
    /// machine, none). Without a port it is 465, 587 or 25. User and password may be
    /// percent-encoded.
    pub fn from_url(url: &str, from: &str, provider: &str) -> Result<Self, DeliveryError> {
        let not = |why| DeliveryError::NotConfigured { why };
        let url = Url::parse(url).map_err(|_bad| not("the mail server's URL is not valid"))?;
        let host = url.host_str().ok_or(not("the mail server's URL names no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (security, port) = match url.scheme() {
            "smtps" => (SmtpSecurity::Tls, 465),
            "smtp" if super::http::is_loopback(&host) => (SmtpSecurity::Plaintext, 25),
            "smtp" => (SmtpSecurity::StartTls, 587),
            _ => return Err(not("the mail server's URL must begin with smtps:// or smtp://")),
        };
        let bad = not("the mail server's user or password is not percent-encoded as it should be");
        let credentials = match (url.username(), url.password()) {
            ("", _) => None,
            (user, password) => {
                let user = String::from_utf8(unescape(user).ok_or(bad)?).map_err(|_bad| bad)?;
                Some((user, Secret::new(unescape(password.unwrap_or_default()).ok_or(bad)?)))
            }
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(port),
            security,
            from: from.to_owned(),
            provider: provider.to_owned(),
            credentials,
            timeout: Self::TIMEOUT,
        })
    }
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
                let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
                high << 4 | low
            }
            byte => byte,
        });
    }
    Some(out)
}

/// A mail server, ready to take messages.
#[derive(Clone, Debug)]
pub struct SmtpDelivery {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
    provider: String,
    timeout: Duration,
}

impl SmtpDelivery {
    /// Checks the settings; connects to nothing yet.
    pub fn new(config: &SmtpConfig) -> Result<Self, DeliveryError> {
        let not = |why| DeliveryError::NotConfigured { why };
        let from: Address =
            config.from.parse().map_err(|_bad| not("the sender is no e-mail address"))?;
        if config.provider.trim().is_empty() {
            return Err(not("the provider's name is missing"));
        }
        let parameters = || {
            TlsParameters::new(config.host.clone())
                .map_err(|_bad| not("the host name is not valid"))
        };
        let tls = match config.security {
            SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
            SmtpSecurity::StartTls => Tls::Required(parameters()?),
            SmtpSecurity::Plaintext if super::http::is_loopback(&config.host) => Tls::None,
            SmtpSecurity::Plaintext => return Err(not("plaintext goes to this machine only")),
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(config.host.clone())
                .port(config.port)
                .tls(tls)
                .hello_name(ClientId::Domain(from.domain().to_owned()))
                .timeout(Some(config.timeout));
        if let Some((user, password)) = &config.credentials {
            let password = std::str::from_utf8(password.expose())
                .map_err(|_bad| not("the password is no text"))?;
            builder = builder.credentials(Credentials::new(user.clone(), password.to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            from,
            provider: config.provider.clone(),
            timeout: config.timeout,
        })
    }

    pub(super) async fn send(&self, message: &Message) -> Result<Receipt, DeliveryError> {
        if message.channel != Channel::Email {
            return Err(DeliveryError::NotConfigured { why: "mail carries no calls or texts" });
        }
        let mail = self.mail(message)?;
        match tokio::time::timeout(self.timeout, self.transport.send(mail)).await {
            Ok(Ok(_reply)) => Ok(Receipt::default()),
            Ok(Err(error)) => Err(outcome(&error)),
            Err(_elapsed) => Err(DeliveryError::retry("timeout")),
        }
    }

    fn mail(&self, message: &Message) -> Result<lettre::Message, DeliveryError> {
        let to: Address = message
            .to
            .expose()
            .parse()
            .map_err(|_bad| DeliveryError::Undeliverable { why: "no e-mail address" })?;
        let text = message
            .text(&self.provider)
            .ok_or(DeliveryError::Schema { why: "the code is no text" })?;
        let seconds = u64::try_from(message.made_at.unix_seconds()).unwrap_or(0);
        let id = format!("<{}@{}>", message.id.hyphenated(), self.from.domain());
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        MessageBuilder::new()
            .from(Mailbox::new(Some(self.provider.clone()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(format!("Your code from {}", self.provider))
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(id))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(|_bad| DeliveryError::Schema { why: "the message cannot be written" })
    }
}

/// RFC 5321 section 4.2: 4yz may pass later, 5yz will not. 5yz about us is told from 5yz about the
/// mailbox by the code.
fn outcome(error: &SmtpError) -> DeliveryError {
    let code = error.status().map(|code| code.to_string());
    match code.as_deref() {
        Some("421") => DeliveryError::retry("421, the service is closing"),
        Some("450" | "451" | "452" | "454") => DeliveryError::retry("45x, not now"),
        Some("550" | "551" | "553" | "556") => {
            DeliveryError::Undeliverable { why: "55x, no such mailbox" }
        }
        Some("552") => DeliveryError::Undeliverable { why: "552, the mailbox is full" },
        Some("530" | "534" | "535" | "538") => {
            DeliveryError::Refused { why: "53x, we are not let in" }
        }
        Some(_) if error.is_transient() => DeliveryError::retry("4xx"),
        Some(_) => DeliveryError::Refused { why: "5xx" },
        None if hung_up(error) => DeliveryError::retry("connection closed"),
        None if error.is_response() => DeliveryError::Schema { why: "no SMTP reply" },
        None if error.is_client() => {
            DeliveryError::Refused { why: "the server does not offer what is configured" }
        }
        None if error.is_tls() => DeliveryError::retry("TLS"),
        None => DeliveryError::retry("connection"),
    }
}

/// lettre reports a connection that ends before a reply as a reply it cannot read.
fn hung_up(error: &SmtpError) -> bool {
    std::error::Error::source(error).is_some_and(|e| e.to_string() == "incomplete response")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Option<(String, u16, SmtpSecurity)> {
        let config = SmtpConfig::from_url(url, "a@b.example", "P").ok()?;
        Some((config.host, config.port, config.security))
    }

    #[test]
    fn urls_name_server_and_protection() {
        let want = |host: &str, port, security| Some((host.to_owned(), port, security));
        assert_eq!(read("smtps://mail.example"), want("mail.example", 465, SmtpSecurity::Tls));
        assert_eq!(read("smtp://mail.example"), want("mail.example", 587, SmtpSecurity::StartTls));
        let local = want("127.0.0.1", 2525, SmtpSecurity::Plaintext);
        assert_eq!(read("smtp://127.0.0.1:2525"), local);
        assert_eq!(read("smtp://[::1]"), want("::1", 25, SmtpSecurity::Plaintext));
        for bad in ["", "mail.example", "http://mail.example", "smtps://", "smtps://u:%zz@h"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let config = SmtpConfig::from_url("smtps://me%40x:p%2Fw@h", "a@b.example", "P").unwrap();
        let (user, password) = config.credentials.unwrap();
        assert_eq!((user.as_str(), password.expose()), ("me@x", &b"p/w"[..]));
    }
}
