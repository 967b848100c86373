//! Where Vouch is, and who we are to it.

use std::net::IpAddr;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Uri};

use crate::domain::attestation::OnStale;
use crate::domain::pii::Secret;

/// How the connection is protected.
#[derive(Clone, Debug)]
pub enum Transport {
    /// TLS; the server's certificate must chain to one of these (PEM).
    Tls {
        /// Certificates of the authorities.
        roots: Vec<u8>,
        /// The name the certificate must carry, where it differs from the host.
        name: Option<String>,
    },
    /// None; refused unless the server is on this machine.
    Loopback,
}

/// What a client needs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://host:port`, or `http://127.0.0.1:port`.
    pub endpoint: String,
    /// How the connection is protected.
    pub transport: Transport,
    /// The API key or session token; sent with every call.
    pub key: Secret,
    /// An answer later than this counts for nothing. A signer has its own caller waiting.
    pub deadline: Duration,
    /// What the policy says to do while nothing is known; the library cannot ask for it then.
    pub on_stale: OnStale,
}

impl Settings {
    /// The deadline of [`Settings::deadline`] unless told otherwise: 200 ms.
    pub const DEADLINE: Duration = Duration::from_millis(200);

    /// Settings with the default deadline, refusing calls while nothing is known.
    pub const fn new(endpoint: String, transport: Transport, key: Secret) -> Self {
        Self { endpoint, transport, key, deadline: Self::DEADLINE, on_stale: OnStale::Reject }
    }

    pub(super) fn endpoint(&self) -> Result<Endpoint, BadSettings> {
        let uri: Uri = self.endpoint.parse().map_err(|_bad| BadSettings::Endpoint)?;
        let host = uri.host().ok_or(BadSettings::Endpoint)?.to_owned();
        let endpoint = Endpoint::from(uri.clone())
            .connect_timeout(Duration::from_secs(1))
            .http2_keep_alive_interval(Duration::from_secs(5))
            .keep_alive_timeout(Duration::from_secs(2))
            .keep_alive_while_idle(true)
            .user_agent(concat!("vouch-client/", env!("CARGO_PKG_VERSION")))
            .map_err(|_bad| BadSettings::Endpoint)?;
        match (&self.transport, uri.scheme_str()) {
            (Transport::Loopback, Some("http")) if is_loopback(&host) => Ok(endpoint),
            (Transport::Loopback, _) => Err(BadSettings::Plaintext),
            (Transport::Tls { roots, name }, Some("https")) => {
                let tls = ClientTlsConfig::new()
                    .ca_certificate(Certificate::from_pem(roots))
                    .domain_name(name.clone().unwrap_or(host));
                endpoint.tls_config(tls).map_err(|_bad| BadSettings::Roots)
            }
            (Transport::Tls { .. }, _) => Err(BadSettings::Endpoint),
        }
    }

    pub(super) fn authorization(&self) -> Result<MetadataValue<Ascii>, BadSettings> {
        let bytes = [b"Bearer ", self.key.expose()].concat();
        let mut value = MetadataValue::try_from(bytes).map_err(|_bad| BadSettings::Key)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Why a client cannot be made. Nothing was connected yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    /// No address of a server.
    #[error("the server's address must be https://host:port, or http://127.0.0.1:port")]
    Endpoint,
    /// A key in the clear across a network.
    #[error("without TLS only a server on this machine is called; use https and its roots")]
    Plaintext,
    /// The roots are not PEM certificates.
    #[error("the roots are not certificates in PEM; give the authority's certificate")]
    Roots,
    /// The key is no text.
    #[error("the key holds characters no header takes; copy it as it was printed")]
    Key,
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(endpoint: &str, transport: Transport) -> Settings {
        Settings::new(endpoint.to_owned(), transport, Secret::new(b"vk_x_y".to_vec()))
    }

    #[test]
    fn a_key_never_crosses_a_network_in_the_clear() {
        let tls = || Transport::Tls { roots: Vec::new(), name: None };
        let cases = [
            ("http://127.0.0.1:7443", Transport::Loopback, None),
            ("http://localhost:7443", Transport::Loopback, None),
            ("http://[::1]:7443", Transport::Loopback, None),
            ("http://vouch.example:7443", Transport::Loopback, Some(BadSettings::Plaintext)),
            ("http://127.0.0.1.example", Transport::Loopback, Some(BadSettings::Plaintext)),
            ("https://127.0.0.1:7443", Transport::Loopback, Some(BadSettings::Plaintext)),
            ("http://vouch.example:7443", tls(), Some(BadSettings::Endpoint)),
            ("vouch", tls(), Some(BadSettings::Endpoint)),
            ("", Transport::Loopback, Some(BadSettings::Endpoint)),
        ];
        for (endpoint, transport, want) in cases {
            assert_eq!(settings(endpoint, transport).endpoint().err(), want, "{endpoint}");
        }
    }

    #[test]
    fn a_key_with_a_line_feed_is_no_key() {
        let key = Secret::new(b"vk_x\r\nx-admin: 1".to_vec());
        let settings = Settings { key, ..settings("http://localhost", Transport::Loopback) };
        assert_eq!(settings.authorization().err(), Some(BadSettings::Key));
    }
}
