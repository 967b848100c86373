//! `vouch attest`: asks for one call, as a signer does.

use clap::Args;
use serde_json::json;

use super::connect::Reach;
use super::fault::CliFault;
use super::output::Output;
use super::words::short;
use crate::wire::pb;
use crate::wire::pb::attestation_service_client::AttestationServiceClient;

/// The call.
#[derive(Args, Debug)]
pub struct AttestArgs {
    /// The trunk it comes in on.
    trunk: String,
    /// The number that will be signed.
    number: String,
    /// The number called.
    #[arg(default_value = "")]
    dest: String,
    /// The diverting number.
    #[arg(long, default_value = "")]
    diverting: String,
    /// A valid Identity came in with the call.
    #[arg(long)]
    signed: bool,
    /// The token of a write that has to be seen.
    #[arg(long, default_value = "")]
    after: String,
}

/// Carries the command out.
pub async fn run(args: AttestArgs, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let mut signer = AttestationServiceClient::new(reach.service()?);
    let request = pb::GetAttestationRequest {
        call: Some(pb::Call {
            trunk: args.trunk,
            orig: args.number,
            dest: args.dest,
            diverting: args.diverting,
            signed: args.signed,
        }),
        wait: !args.after.is_empty(),
        change_token: args.after,
    };
    let told = signer.get_attestation(request).await?.into_inner().attestation.unwrap_or_default();
    let attest = short(told.attest().as_str_name(), "ATTEST_LEVEL_");
    let disposition = short(told.disposition().as_str_name(), "DISPOSITION_");
    let reasons: Vec<_> =
        told.reasons().map(|reason| short(reason.as_str_name(), "REASON_")).collect();
    out.value(&json!({
        "attest": attest,
        "disposition": disposition,
        "reasons": reasons,
        "origid": told.origid,
        "orig_tn": told.orig_tn,
        "valid_until": told.valid_until,
        "enforced": told.enforced,
        "decision_id": told.decision_id,
        "policy": told.policy,
    }))?;
    out.strong(&format!("{attest}  {disposition}"))?;
    out.line(&format!("because {}", reasons.join(", ")))?;
    if !told.origid.is_empty() {
        out.line(&format!("origid {}", told.origid))?;
    }
    out.line(&format!("policy {}", told.policy))?;
    out.line(&format!("decision_id {}", told.decision_id))
}
