//! `vouch check number`: what can be said of a telephone number without a service.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::batch::{input, line, unread};
use super::exit::Exit;
use super::fault::CliFault;
use super::lines::Lines;
use crate::clock::Clock;
use crate::domain::number::{Category, Tn};
use crate::domain::numbering::{Allocation, AreaCodes, Dno, Judged, Known, Stocked, judge};
use crate::domain::time::Ts;
use crate::sources::numbering::read;

/// A number, and how to read it.
#[derive(Debug, Args)]
pub struct NumberArgs {
    /// The number as somebody wrote it.
    #[arg(required_unless_present = "from", conflicts_with = "from", allow_hyphen_values = true)]
    value: Option<String>,
    /// The country whose people write it so, such as `US`; without one the number names its own.
    #[arg(long, default_value = "")]
    region: String,
    /// CSV lines `region,value` instead; `-` is standard input. A line without a region has that
    /// of `--region`.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    input: &'a str,
    e164: Option<String>,
    valid: bool,
    region: String,
    category: Category,
    reason: &'static str,
}

/// What is known on this machine.
struct Ground {
    area_codes: AreaCodes,
    allocation: Allocation,
    dno: Dno,
    now: Ts,
}

impl Ground {
    fn bare(now: Ts) -> Self {
        Self {
            area_codes: AreaCodes::built_in(),
            allocation: Allocation::default(),
            dno: Dno::default(),
            now,
        }
    }

    fn told<'a>(&self, region: &str, input: &'a str) -> Told<'a> {
        let read = match read(input, region) {
            Ok(read) => read,
            Err(bad) => {
                let (region, category) = (String::new(), Category::Invalid);
                let reason = bad.reason();
                return Told { input, e164: None, valid: false, region, category, reason };
            }
        };
        let known =
            Known { area_codes: &self.area_codes, allocation: &self.allocation, dno: &self.dno };
        let judged = Tn::parse(&read.e164)
            .map_or(Judged::NONE, |tn| judge(tn, Some(read.valid), Stocked::No, &known, self.now));
        Told {
            input,
            e164: Some(read.e164),
            valid: read.valid,
            region: read.region,
            category: judged.category,
            reason: judged.reason.as_str(),
        }
    }
}

/// Carries the command out.
pub fn run(args: NumberArgs) -> Result<Exit, CliFault> {
    let ground = Ground::bare(Clock::system().now());
    if let Some(from) = args.from {
        batch(&ground, &args.region, &from)?;
        return Ok(Exit::Done);
    }
    let value = args.value.unwrap_or_default();
    let told = ground.told(&args.region, &value);
    line(&told)?;
    let open = matches!(told.category, Category::Assignable | Category::AllocationUnknown);
    Ok(if open { Exit::Done } else { Exit::Refused })
}

fn batch(ground: &Ground, region: &str, from: &Path) -> Result<(), CliFault> {
    let mut lines = Lines::new(input(from)?);
    let mut first = true;
    while let Some(cells) = lines.next_cells().map_err(|why| unread(from, why))? {
        let heads = std::mem::take(&mut first) && cells == ["region", "value"];
        if heads {
            continue;
        }
        let (of, value) = match cells.split_first() {
            // A comma inside of a number that nobody quoted belongs to it.
            Some((of, rest)) if !rest.is_empty() => (of.as_str(), rest.join(",")),
            Some((value, _)) => ("", value.clone()),
            None => continue,
        };
        let of = if of.trim().is_empty() { region } else { of };
        line(&ground.told(of, &value))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(region: &str, input: &str) -> String {
        serde_json::to_string(&Ground::bare(Ts(0)).told(region, input)).unwrap()
    }

    #[test]
    fn an_answer_has_every_field() {
        assert_eq!(
            json("us", "(800) 662-6305"),
            r#"{"input":"(800) 662-6305","e164":"+18006626305","valid":true,"region":"US","category":"ASSIGNABLE","reason":"TOLL_FREE"}"#
        );
        assert_eq!(
            json("", "(800) 662-6305"),
            r#"{"input":"(800) 662-6305","e164":null,"valid":false,"region":"","category":"INVALID","reason":"INVALID_COUNTRY_CODE"}"#
        );
    }

    #[test]
    fn nothing_is_too_odd_for_an_answer() {
        let long = "9".repeat(100_000);
        for (region, input) in [
            ("", ""),
            ("US", ""),
            ("US", "+"),
            ("US", "\u{feff}\0\u{202e}"),
            ("ZZ", "+12126647665"),
            ("\"", "\""),
            ("US", "tel:;phone-context="),
            ("US", "12345678901234567890"),
            ("US", &long),
            ("US", &"+1".repeat(120)),
        ] {
            assert!(json(region, input).contains("\"category\":\""), "{region} {input}");
        }
        assert!(json("US", &long).contains("TOO_LONG"));
        assert!(json("US", "４１５-６６６-７７７７").contains("+14156667777"));
        assert!(json("US", "404-286-1778 ext. 42").contains("\"+14042861778\""));
    }
}
