//! `vouch check`: what a text alone can show. No service is asked, and nothing is kept.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use super::batch::{each, line};
use super::cert;
use super::exit::Exit;
use super::fault::CliFault;
use super::number::{self, NumberArgs};
use crate::domain::identifier::{Kind, normal};

/// What to check.
#[derive(Debug, Subcommand)]
pub enum CheckCommand {
    /// The form of an identifier, and its normal form. A good form says nothing about its owner.
    Id {
        /// `EIN`, `SSN`, `ITIN`, `LEI`, `CA_BN`, `UK_CRN`, `UK_VAT`, `EU_VAT`, `AU_ABN`, `AU_ACN`,
        /// `DUNS`, `UEI`, `FRN`, `RMD`, `FILER_499`, `OCN`, `SPC` or `RESPORG`.
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        kind: Option<Kind>,
        /// The identifier.
        #[arg(required_unless_present = "from", allow_hyphen_values = true)]
        value: Option<String>,
        /// CSV lines `kind,value` instead; `-` is standard input.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// The form, region and category of a telephone number, with the reason.
    Number(NumberArgs),
    /// What certificates say and what is odd about them, a JSON line each. What is odd is a warning:
    /// it refuses nothing, and a certificate proves nothing about who shows it.
    Cert {
        /// PEM or DER.
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        file: Option<PathBuf>,
        /// JSON lines instead, each with the certificate in `der_b64` or `pem`; `-` is standard
        /// input.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
}

#[derive(Debug, Serialize)]
struct Told {
    kind: String,
    input: String,
    normal: Option<String>,
    form: &'static str,
    reason: &'static str,
}

fn told(kind: &str, input: &str) -> Told {
    let judged = match kind.trim().to_ascii_uppercase().parse::<Kind>() {
        Ok(kind) => normal(kind, input).map_err(|bad| bad.reason),
        Err(_) => Err("KIND_UNKNOWN"),
    };
    let (normal, form, reason) = match judged {
        Ok(normal) => (Some(normal), "OK", ""),
        Err(reason) => (None, "BAD", reason),
    };
    Told { kind: kind.to_owned(), input: input.to_owned(), normal, form, reason }
}

/// Carries the command out.
pub fn run(command: CheckCommand) -> Result<Exit, CliFault> {
    match command {
        CheckCommand::Id { kind, value, from } => identifier(kind, value, from),
        CheckCommand::Number(args) => number::run(args),
        CheckCommand::Cert { file, from } => cert::run(file.as_deref(), from.as_deref()),
    }
}

fn identifier(
    kind: Option<Kind>,
    value: Option<String>,
    from: Option<PathBuf>,
) -> Result<Exit, CliFault> {
    if let Some(from) = from {
        each(&from, |cells| match cells {
            ["kind", "value"] | [] => None,
            // A comma inside of an identifier that nobody quoted belongs to it.
            [kind, value @ ..] => Some(told(kind, &value.join(","))),
        })?;
        return Ok(Exit::Done);
    }
    let (kind, value) = (kind.map_or("", Kind::as_str), value.unwrap_or_default());
    let told = told(kind, &value);
    line(&told)?;
    Ok(if told.form == "OK" { Exit::Done } else { Exit::Refused })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_every_field() {
        let json = |kind, value| serde_json::to_string(&told(kind, value)).unwrap();
        assert_eq!(
            json("EIN", "91-1144442"),
            r#"{"kind":"EIN","input":"91-1144442","normal":"911144442","form":"OK","reason":""}"#
        );
        assert_eq!(
            json("EIN", "1"),
            r#"{"kind":"EIN","input":"1","normal":null,"form":"BAD","reason":"EIN_FORM"}"#
        );
        assert!(json("PASSPORT", "1").contains("KIND_UNKNOWN"));
    }
}
