//! `vouch customer`: where a customer stands, and what is missing.

use clap::Subcommand;
use serde_json::json;

use super::connect::Reach;
use super::fault::CliFault;
use super::output::Output;
use super::words::{short, time};
use crate::wire::pb;
use crate::wire::pb::onboarding_service_client::OnboardingServiceClient;

/// What to do with customers.
#[derive(Debug, Subcommand)]
pub enum CustomerCommand {
    /// Show where a customer stands and everything that is missing.
    Show {
        /// The customer.
        customer_id: String,
    },
}

/// Carries the command out.
pub async fn run(command: CustomerCommand, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let CustomerCommand::Show { customer_id } = command;
    let mut onboarding = OnboardingServiceClient::new(reach.service()?);
    let request = pb::EvaluateCustomerRequest { customer_id, change_token: String::new() };
    let told = onboarding.evaluate_customer(request).await?.into_inner();
    let customer = told.customer.unwrap_or_default();
    let state = short(customer.state().as_str_name(), "CUSTOMER_STATE_");
    let role = short(customer.role().as_str_name(), "CUSTOMER_ROLE_");
    let until = customer.active.as_ref().map(|a| time(a.active_until.as_ref()));
    let missing: Vec<_> = told
        .requirements
        .iter()
        .map(|need| {
            json!({
                "code": need.code,
                "field": need.field,
                "title": need.title,
                "actor": short(need.actor().as_str_name(), "ACTOR_"),
                "clears_with": need.clears_with,
            })
        })
        .collect();
    out.value(&json!({
        "customer_id": customer.customer_id,
        "role": role,
        "state": state,
        "active_until": until,
        "profile_revision": customer.profile_revision,
        "policy": told.policy,
        "requirements": missing,
    }))?;
    out.line(&format!("customer {} ({role})", customer.customer_id))?;
    out.strong(&match until {
        Some(until) => format!("{state} until {until}"),
        None => state,
    })?;
    out.line(&format!("profile revision {}, policy {}", customer.profile_revision, told.policy))?;
    if told.requirements.is_empty() {
        return out.line("nothing stands between it and activation");
    }
    for need in &told.requirements {
        let actor = short(need.actor().as_str_name(), "ACTOR_");
        out.line(&format!("  {} {} [{actor}] {}", need.code, need.field, need.clears_with))?;
    }
    Ok(())
}
