//! `vouch user`: people who log in.

use clap::Subcommand;
use serde_json::json;

use super::connect::{Reach, request_id};
use super::fault::CliFault;
use super::output::Output;
use super::words::{role_words, roles, short};
use crate::wire::pb;
use crate::wire::pb::admin_service_client::AdminServiceClient;

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user and show the first password, this once.
    Add {
        /// The name to log in with: 1 to 64 of `a-z 0-9 . _ - @`.
        login: String,
        /// What the user may do: reviewer, auditor, provisioning, operator.
        #[arg(long, required = true, value_delimiter = ',')]
        roles: Vec<String>,
    },
    /// End a user's access at once, on every instance.
    Disable {
        /// The user.
        user_id: String,
    },
    /// List users.
    List,
}

/// Carries the command out.
pub async fn run(command: UserCommand, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let mut admin = AdminServiceClient::new(reach.service()?);
    match command {
        UserCommand::Add { login, roles: words } => {
            let request =
                pb::CreateUserRequest { request_id: request_id(), login, roles: roles(&words)? };
            let made = admin.create_user(request).await?.into_inner();
            let user = made.user.unwrap_or_default();
            out.value(&json!({
                "user_id": user.user_id,
                "login": user.login,
                "roles": role_words(user.roles()),
                "password": made.password,
            }))?;
            out.line(&format!("user {} ({})", user.user_id, role_words(user.roles())))?;
            out.line("the first password, shown this once:")?;
            out.strong(&made.password)
        }
        UserCommand::Disable { user_id } => {
            let request = pb::DisableUserRequest { request_id: request_id(), user_id };
            let user = admin.disable_user(request).await?.into_inner().user.unwrap_or_default();
            out.value(&json!({ "user_id": user.user_id, "state": "REVOKED" }))?;
            out.line(&format!("{} may not log in any more", user.user_id))
        }
        UserCommand::List => {
            let mut rows = Vec::new();
            let mut page_token = String::new();
            loop {
                let request = pb::ListUsersRequest { page_size: 500, page_token };
                let page = admin.list_users(request).await?.into_inner();
                rows.extend(page.users.iter().map(|user| {
                    vec![
                        user.user_id.clone(),
                        user.login.clone(),
                        role_words(user.roles()),
                        short(user.state().as_str_name(), "ACCESS_STATE_"),
                    ]
                }));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            out.rows(&["user_id", "login", "roles", "state"], &rows)
        }
    }
}
