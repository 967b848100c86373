//! `vouch numbers`: what a customer needs for its numbers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::connect::Reach;
use super::fault::CliFault;
use super::number_import::{self, ImportArgs};
use super::output::Output;
use crate::wire::pb;
use crate::wire::pb::number_service_client::NumberServiceClient;

/// What to do with numbers.
#[derive(Debug, Subcommand)]
pub enum NumbersCommand {
    /// Print a letter of authorisation for claimed numbers, filled in from the record.
    Loa(Box<LoaArgs>),
    /// Import a file of numbers, and follow the import to its end.
    Import(Box<ImportArgs>),
    /// Print the result file of an import: one line for each number.
    ImportResult {
        /// The import's operation.
        operation: String,
    },
    /// Have an import end; what was written stays.
    Cancel {
        /// The import's operation.
        operation: String,
    },
}

/// What the letter says beside the record.
#[derive(Debug, Args)]
pub struct LoaArgs {
    /// The customer.
    pub customer_id: String,
    /// Its claimed numbers.
    #[arg(required = true)]
    pub numbers: Vec<String>,
    /// The PDF to write.
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// Who has the numbers; without it the letter is the customer's own word, which is no evidence.
    #[arg(long, value_name = "NAME")]
    pub subscriber: Option<String>,
    /// The subscriber's service address, once for each line.
    #[arg(long, value_name = "LINE", requires = "subscriber")]
    pub address: Vec<String>,
    /// Who signs for the subscriber.
    #[arg(long, value_name = "NAME", requires = "subscriber")]
    pub signer: Option<String>,
    /// As what.
    #[arg(long, value_name = "TITLE", requires = "subscriber")]
    pub title: Option<String>,
    /// Who serves the numbers.
    #[arg(long, value_name = "NAME")]
    pub carrier: Option<String>,
    /// The account there.
    #[arg(long)]
    pub account: Option<String>,
    /// The number that is billed.
    #[arg(long, value_name = "NUMBER")]
    pub billing_number: Option<String>,
}

/// Carries the command out.
pub async fn run(command: NumbersCommand, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    match command {
        NumbersCommand::Loa(args) => loa(*args, reach, out).await,
        NumbersCommand::Import(args) => number_import::import(*args, reach, out).await,
        NumbersCommand::ImportResult { operation } => number_import::result(operation, reach).await,
        NumbersCommand::Cancel { operation } => number_import::cancel(operation, reach, out).await,
    }
}

async fn loa(args: LoaArgs, reach: &Reach, out: &Output) -> Result<(), CliFault> {
    let mut numbers = NumberServiceClient::new(reach.service()?);
    let LoaArgs { address, signer, title, .. } = args;
    let subscriber = args.subscriber.map(|name| pb::LoaSubscriber {
        name,
        address,
        signer: signer.unwrap_or_default(),
        title: title.unwrap_or_default(),
    });
    let ask = pb::RenderLoaRequest {
        customer_id: args.customer_id,
        numbers: args.numbers,
        subscriber,
        contact_id: String::new(),
        billing_number: args.billing_number.unwrap_or_default(),
        carrier: args.carrier.unwrap_or_default(),
        account: args.account.unwrap_or_default(),
        end_time: None,
    };
    let told = numbers.render_loa(ask).await?.into_inner();
    let path = args.file.display().to_string();
    std::fs::write(&args.file, &told.pdf)
        .map_err(|source| CliFault::File { path: path.clone(), source })?;
    out.value(&json!({
        "reference": told.reference,
        "file": path,
        "bytes": told.pdf.len(),
        "self_certified": told.self_certified,
    }))?;
    out.strong(&format!("letter {} written to {path}", told.reference))?;
    if told.self_certified {
        out.line("it is the customer's own word: no evidence; name who has the numbers")?;
    }
    Ok(())
}
