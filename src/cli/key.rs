//! `vouch key`: API keys.

use clap::Subcommand;
use serde_json::json;

use super::connect::{Reach, request_id};
use super::fault::CliFault;
use super::output::Output;
use super::words::{read_time, role_words, roles, short, time};
use crate::wire::pb;
use crate::wire::pb::admin_service_client::AdminServiceClient;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key and show its token, this once.
    Add {
        /// What it is for.
        name: String,
        /// What it may do: portal, signer, provisioning, auditor, operator.
        #[arg(long, required = true, value_delimiter = ',')]
        roles: Vec<String>,
        /// The portal client it belongs to; `new:NAME` creates one.
        #[arg(long)]
        client: Option<String>,
        /// When it runs out.
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// Create a second key with the same rights and show its token, this once.
    Rotate {
        /// The key to replace.
        key_id: String,
        /// When the old key runs out; it lives on where this is not given.
        #[arg(long, value_name = "TIME")]
        retire: Option<String>,
    },
    /// End a key at once, on every instance.
    Revoke {
        /// The key.
        key_id: String,
    },
    /// List keys.
    List,
}

/// Carries the command out.
pub async fn run(command: KeyCommand, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let mut admin = AdminServiceClient::new(reach.service()?);
    match command {
        KeyCommand::Add { name, roles: words, client, expires } => {
            let client_id = match client {
                Some(text) => match text.strip_prefix("new:") {
                    Some(name) => {
                        let request = pb::CreateClientRequest {
                            request_id: request_id(),
                            name: name.to_owned(),
                        };
                        let made = admin.create_client(request).await?.into_inner();
                        made.client.unwrap_or_default().client_id
                    }
                    None => text,
                },
                None => String::new(),
            };
            let request = pb::CreateKeyRequest {
                request_id: request_id(),
                client_id,
                name,
                roles: roles(&words)?,
                expire_time: expires.as_deref().map(read_time).transpose()?,
            };
            let made = admin.create_key(request).await?.into_inner();
            shown(out, &made.key.unwrap_or_default(), &made.token)
        }
        KeyCommand::Rotate { key_id, retire } => {
            let retire_time = retire.as_deref().map(read_time).transpose()?;
            let request = pb::RotateKeyRequest { request_id: request_id(), key_id, retire_time };
            let made = admin.rotate_key(request).await?.into_inner();
            shown(out, &made.key.unwrap_or_default(), &made.token)
        }
        KeyCommand::Revoke { key_id } => {
            let request = pb::RevokeKeyRequest { request_id: request_id(), key_id };
            let key = admin.revoke_key(request).await?.into_inner().key.unwrap_or_default();
            out.value(&json!({ "key_id": key.key_id, "state": "REVOKED" }))?;
            out.line(&format!("{} is revoked", key.key_id))
        }
        KeyCommand::List => list(&mut admin, out).await,
    }
}

async fn list(
    admin: &mut AdminServiceClient<crate::client::Service>,
    out: &Output,
) -> Result<(), CliFault> {
    let mut rows = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListKeysRequest { page_size: 500, page_token };
        let page = admin.list_keys(request).await?.into_inner();
        rows.extend(page.keys.iter().map(|key| {
            vec![
                key.key_id.clone(),
                key.name.clone(),
                role_words(key.roles()),
                short(key.state().as_str_name(), "ACCESS_STATE_"),
                key.client_id.clone(),
                time(key.expire_time.as_ref()),
            ]
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    out.rows(&["key_id", "name", "roles", "state", "client_id", "expires"], &rows)
}

fn shown(out: &Output, key: &pb::ApiKey, token: &str) -> Result<(), CliFault> {
    out.value(&json!({
        "key_id": key.key_id,
        "client_id": key.client_id,
        "roles": role_words(key.roles()),
        "token": token,
    }))?;
    out.line(&format!("key {} ({})", key.key_id, role_words(key.roles())))?;
    if !key.client_id.is_empty() {
        out.line(&format!("client {}", key.client_id))?;
    }
    out.line("its token, shown this once:")?;
    out.strong(token)
}
