//! The flags of `vouch serve` and its like, and the settings they make.

use std::path::PathBuf;

use clap::Args;

use super::fault::CliFault;
use crate::config::{Config, Given};

/// Flags over the environment and the file.
#[derive(Args, Clone, Debug, Default)]
pub struct SettingFlags {
    /// Settings file (TOML).
    #[arg(long, env = "VOUCH_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen for gRPC, gRPC-Web and HTTP [env: `VOUCH_LISTEN`] [default: 127.0.0.1:7443]
    #[arg(long, value_name = "ADDRESS", help_heading = "Network")]
    listen: Option<String>,
    /// Where to listen for metrics and probes [env: `VOUCH_ADMIN_LISTEN`] [default: 127.0.0.1:9443]
    #[arg(long, value_name = "ADDRESS", help_heading = "Network")]
    admin_listen: Option<String>,
    /// PEM file with the certificate chain [env: `VOUCH_TLS_CERT`]
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    tls_cert: Option<String>,
    /// PEM file with its private key [env: `VOUCH_TLS_KEY`]
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    tls_key: Option<String>,
    /// Plaintext on an address that others can reach, for trials [env: `VOUCH_INSECURE_DEV`]
    #[arg(long, help_heading = "Network")]
    insecure_dev: bool,
    /// The embedded store's file; a URL with a password belongs into `VOUCH_DATABASE_URL_FILE`
    /// [env: `VOUCH_DATABASE_URL`] [default: vouch.db]
    #[arg(long, value_name = "FILE", help_heading = "Store")]
    sqlite: Option<String>,
    /// The key ring [env: `VOUCH_KEYS_FILE`] [default: beside the embedded store]
    #[arg(long, value_name = "FILE", help_heading = "Store")]
    keys_file: Option<String>,
    /// Where uploaded files are kept, sealed [env: `VOUCH_DOCUMENTS_DIR`] [default: vouch-documents]
    #[arg(long, value_name = "FOLDER", help_heading = "Store")]
    documents_dir: Option<String>,
    /// Write codes into files of this folder, for trials [env: `VOUCH_DELIVERY_FOLDER`]
    #[arg(long, value_name = "FOLDER", help_heading = "Delivery")]
    delivery_folder: Option<String>,
    /// What to log [env: `VOUCH_LOG`] [default: info]
    #[arg(long, value_name = "DIRECTIVES", help_heading = "Telemetry")]
    log: Option<String>,
}

impl SettingFlags {
    /// The settings in force.
    pub fn load(self) -> Result<Config, CliFault> {
        let mut given = Given::from_environment();
        given.file = self.config.or(given.file);
        given.flag("server.listen", self.listen);
        given.flag("server.admin_listen", self.admin_listen);
        given.flag("server.tls_cert", self.tls_cert);
        given.flag("server.tls_key", self.tls_key);
        given.flag("server.insecure_dev", self.insecure_dev.then_some(true));
        given.flag("database.url", self.sqlite.map(|file| format!("sqlite:{file}")));
        given.flag("keys.file", self.keys_file);
        given.flag("documents.dir", self.documents_dir);
        given.flag("delivery.folder", self.delivery_folder);
        given.flag("telemetry.log", self.log);
        Ok(Config::load(&given)?)
    }
}
