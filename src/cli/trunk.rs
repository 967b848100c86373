//! `vouch trunk`: where calls come in.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::connect::{Reach, request_id};
use super::fault::CliFault;
use super::output::Output;
use super::words::short;
use crate::wire::pb;
use crate::wire::pb::admin_service_client::AdminServiceClient;

/// What to do with trunks.
#[derive(Debug, Subcommand)]
pub enum TrunkCommand {
    /// Create a trunk.
    Add {
        /// Its name: 1 to 64 of `a-z 0-9 . _ -`.
        trunk_id: String,
        /// The customer that answers for it.
        #[arg(long)]
        owner: String,
        /// Where its calls come from.
        #[arg(long, value_enum, default_value_t = Kind::Customer)]
        kind: Kind,
        /// How they are authenticated.
        #[arg(long, value_enum)]
        auth: Auth,
        /// Whether the signer acts on the answers.
        #[arg(long, value_enum, default_value_t = Mode::Shadow)]
        mode: Mode,
        /// Calls enter from abroad.
        #[arg(long)]
        foreign: bool,
    },
    /// List trunks.
    List,
}

/// Where calls come from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// A customer directly.
    Customer,
    /// A reseller for its customers.
    Reseller,
    /// Another provider.
    ProviderIngress,
    /// A gateway.
    GatewayIngress,
}

/// How calls are authenticated.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Auth {
    /// SIP digest.
    Digest,
    /// Client certificate.
    Mtls,
    /// A list of source addresses.
    IpList,
    /// Not recorded: no level until it is.
    None,
}

/// Whether the signer acts on the answers.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Mode {
    /// For comparison only.
    Shadow,
    /// The signer does what it is told.
    Enforce,
}

impl From<Kind> for pb::TrunkKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Customer => Self::Customer,
            Kind::Reseller => Self::Reseller,
            Kind::ProviderIngress => Self::ProviderIngress,
            Kind::GatewayIngress => Self::GatewayIngress,
        }
    }
}

impl From<Auth> for pb::TrunkAuth {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Digest => Self::Digest,
            Auth::Mtls => Self::Mtls,
            Auth::IpList => Self::IpList,
            Auth::None => Self::None,
        }
    }
}

impl From<Mode> for pb::TrunkMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Shadow => Self::Shadow,
            Mode::Enforce => Self::Enforce,
        }
    }
}

/// Carries the command out.
pub async fn run(command: TrunkCommand, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let mut admin = AdminServiceClient::new(reach.service()?);
    match command {
        TrunkCommand::Add { trunk_id, owner, kind, auth, mode, foreign } => {
            let request = pb::CreateTrunkRequest {
                request_id: request_id(),
                trunk_id,
                kind: pb::TrunkKind::from(kind).into(),
                auth: pb::TrunkAuth::from(auth).into(),
                owner_id: owner,
                foreign,
                mode: pb::TrunkMode::from(mode).into(),
            };
            let trunk = admin.create_trunk(request).await?.into_inner().trunk.unwrap_or_default();
            out.value(&json!({ "trunk_id": trunk.trunk_id, "origid": trunk.origid }))?;
            out.line(&format!("trunk {}, origid {}", trunk.trunk_id, trunk.origid))
        }
        TrunkCommand::List => {
            let mut rows = Vec::new();
            let mut page_token = String::new();
            loop {
                let request =
                    pb::ListTrunksRequest { page_size: 500, page_token, owner_id: String::new() };
                let page = admin.list_trunks(request).await?.into_inner();
                rows.extend(page.trunks.iter().map(|trunk| {
                    vec![
                        trunk.trunk_id.clone(),
                        short(trunk.kind().as_str_name(), "TRUNK_KIND_"),
                        short(trunk.auth().as_str_name(), "TRUNK_AUTH_"),
                        short(trunk.mode().as_str_name(), "TRUNK_MODE_"),
                        short(trunk.state().as_str_name(), "TRUNK_STATE_"),
                        trunk.owner_id.clone(),
                    ]
                }));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            out.rows(&["trunk_id", "kind", "auth", "mode", "state", "owner_id"], &rows)
        }
    }
}
