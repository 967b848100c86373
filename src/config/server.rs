//! `[server]`: where Vouch listens, and how the line is protected.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::fault::ConfigFault;
use crate::domain::number_event::RespOrg;

/// Where Vouch listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The provider's legal name, as it stands in agreements and messages.
    pub provider: String,
    /// The ids under which the provider controls toll-free numbers.
    pub resporgs: Vec<RespOrg>,
    /// gRPC, gRPC-Web and the HTTP look-up, on one port.
    pub listen: SocketAddr,
    /// `/metrics`, `/healthz`, `/readyz`; without a key, so keep it inside.
    pub admin_listen: SocketAddr,
    /// PEM file with the certificate chain; read again when it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the private key of the first certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// Plaintext on an address that others can reach. For trials only.
    pub insecure_dev: bool,
    /// Web origins that may call with gRPC-Web; empty means none, `*` any.
    pub cors_origins: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            provider: "the Provider".to_owned(),
            resporgs: Vec::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 7443)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 9443)),
            tls_cert: None,
            tls_key: None,
            insecure_dev: false,
            cors_origins: Vec::new(),
        }
    }
}

/// How the public port speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// TLS with a chain and a key, read from these files.
    Tls {
        /// The certificate chain.
        cert: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// No TLS: on the loopback, or because the operator said so.
    Plain,
}

impl Server {
    /// How the public port speaks; plaintext beyond the loopback needs a word from the operator.
    pub fn line(&self) -> Result<Line, ConfigFault> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Ok(Line::Tls { cert: cert.clone(), key: key.clone() }),
            (None, None) if self.listen.ip().is_loopback() || self.insecure_dev => Ok(Line::Plain),
            (None, None) => Err(ConfigFault::Together {
                keys: "server.listen, server.tls_cert, server.tls_key",
                problem: format!(
                    "{} can be reached from other machines and has no TLS: give --tls-cert and \
                     --tls-key, or listen on 127.0.0.1, or say --insecure-dev for a trial",
                    self.listen
                ),
            }),
            (Some(_), None) | (None, Some(_)) => Err(ConfigFault::Together {
                keys: "server.tls_cert, server.tls_key",
                problem: "one of them is missing: give both or none".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plaintext_stays_on_the_loopback() {
        let mut server = Server::default();
        assert_eq!(server.line().ok(), Some(Line::Plain));
        server.listen = SocketAddr::from(([0, 0, 0, 0], 7443));
        let said = server.line().expect_err("refused").to_string();
        assert!(said.contains("--tls-cert") && said.contains("--insecure-dev"), "{said}");
        server.insecure_dev = true;
        assert_eq!(server.line().ok(), Some(Line::Plain));
        server.tls_cert = Some("cert.pem".into());
        assert!(server.line().is_err());
    }
}
