//! `vouch match`: whether two names may name one party, and why. No service is asked.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::batch::{each, line};
use super::exit::Exit;
use super::fault::CliFault;
use crate::domain::name::{Name, Schema, Why, resemble};
use crate::domain::screening::Score;

/// What the names belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Of {
    /// A human being.
    #[value(name = "Person")]
    Person,
    /// A company.
    #[value(name = "Company")]
    Company,
    /// An organisation.
    #[value(name = "Organization")]
    Organization,
    /// Any legal entity.
    #[value(name = "LegalEntity")]
    LegalEntity,
}

impl Of {
    const fn schema(self) -> Schema {
        match self {
            Self::Person => Schema::Person,
            Self::Company | Self::Organization | Self::LegalEntity => Schema::Firm,
        }
    }
}

/// Two names, or lines of them.
#[derive(Debug, Args)]
pub struct MatchArgs {
    /// What the names belong to.
    #[arg(
        value_enum,
        ignore_case = true,
        required_unless_present = "from",
        conflicts_with = "from"
    )]
    schema: Option<Of>,
    /// One name.
    #[arg(required_unless_present = "from")]
    one: Option<String>,
    /// The other.
    #[arg(required_unless_present = "from")]
    other: Option<String>,
    /// CSV lines `schema,name1,name2` instead; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

#[derive(Debug, Default, Serialize)]
struct Told {
    score: f64,
    r#match: bool,
    why: Vec<Why>,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'static str,
}

fn told(of: Of, one: &str, other: &str) -> Told {
    let read = |name| Name::read(name, of.schema());
    match (read(one), read(other)) {
        (Ok(one), Ok(other)) => {
            let compared = resemble(&one, &other);
            Told {
                score: f64::from(compared.score) / 1_000.0,
                r#match: compared.score >= Score::DEFAULT_THRESHOLD.0,
                why: compared.why,
                reason: "",
            }
        }
        (Err(bad), _) | (_, Err(bad)) => Told { reason: bad.reason(), ..Told::default() },
    }
}

/// Carries the command out.
pub fn run(args: MatchArgs) -> Result<Exit, CliFault> {
    let MatchArgs { schema, one, other, from } = args;
    if let Some(from) = from {
        each(&from, |cells| match cells {
            ["schema", "name1", "name2", ..] => None,
            [schema, one, other, ..] => Some(match Of::from_str(schema.trim(), true) {
                Ok(of) => told(of, one, other),
                Err(_) => Told { reason: "SCHEMA_UNKNOWN", ..Told::default() },
            }),
            _ => Some(Told { reason: "THREE_CELLS", ..Told::default() }),
        })?;
        return Ok(Exit::Done);
    }
    let schema = schema.unwrap_or(Of::LegalEntity);
    let told = told(schema, &one.unwrap_or_default(), &other.unwrap_or_default());
    line(&told)?;
    Ok(if told.r#match { Exit::Done } else { Exit::Refused })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_the_score_and_every_word() {
        let yes = told(Of::Company, "Cimex S.A.", "CIMEX");
        assert!(yes.r#match && yes.score > 0.9 && yes.reason.is_empty());
        let json = serde_json::to_value(&yes).unwrap();
        assert_eq!(json["why"][0]["asked"], "cimex");
        let no = told(Of::Person, "Boris Netanyahu", "Benjamin Netanyahu");
        assert!(!no.r#match && no.score < 0.72);
        assert_eq!(told(Of::Person, "", "x").reason, "NAME_EMPTY");
        assert_eq!(Of::from_str("legalentity", true), Ok(Of::LegalEntity));
    }
}
