//! TLS of the public port: read from PEM files, read again when they change.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file cannot be read, or is no PEM.
    #[error("{key} ({}): {why}; give a PEM file that this user can read", path.display())]
    Pem {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The key does not fit the certificate, or neither can be used.
    #[error(
        "server.tls_cert, server.tls_key: {0}; give the chain and the key of its first certificate"
    )]
    Pair(#[from] rustls::Error),
}

/// The TLS settings in force, and the files they came from.
#[derive(Debug)]
pub struct Tls {
    cert: PathBuf,
    key: PathBuf,
    seen: ArcSwap<Stamp>,
    config: ArcSwap<ServerConfig>,
}

type Stamp = (Option<SystemTime>, Option<SystemTime>);

impl Tls {
    /// Reads chain and key.
    pub fn load(cert: PathBuf, key: PathBuf) -> Result<Self, TlsFault> {
        let seen = stamp(&cert, &key);
        let config = read(&cert, &key)?;
        Ok(Self {
            cert,
            key,
            seen: ArcSwap::from_pointee(seen),
            config: ArcSwap::from_pointee(config),
        })
    }

    /// Takes a new connection with the settings in force now.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }

    /// Reads the files again if they changed; whether new settings are in force. What is wrong
    /// with new files leaves the old settings in force.
    pub fn refresh(&self) -> Result<bool, TlsFault> {
        let now = stamp(&self.cert, &self.key);
        if **self.seen.load() == now {
            return Ok(false);
        }
        let config = read(&self.cert, &self.key)?;
        self.config.store(Arc::new(config));
        self.seen.store(Arc::new(now));
        Ok(true)
    }
}

fn stamp(cert: &PathBuf, key: &PathBuf) -> Stamp {
    let at = |path: &PathBuf| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    (at(cert), at(key))
}

fn read(cert: &PathBuf, key: &PathBuf) -> Result<ServerConfig, TlsFault> {
    let pem = |key: &'static str, path: &PathBuf, why: String| TlsFault::Pem {
        key,
        path: path.clone(),
        why,
    };
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|why| pem("server.tls_cert", cert, why.to_string()))?;
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|why| pem("server.tls_key", key, why.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
