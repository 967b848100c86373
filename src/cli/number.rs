//! `vouch check number`: what can be said of a telephone number without a service.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::batch::{input, line, unread};
use super::exit::Exit;
use super::fault::CliFault;
use super::lines::Lines;
use crate::clock::Clock;
use crate::domain::list::List;
use crate::domain::number::{Category, Tn};
use crate::domain::numbering::{Book, InForce, Judged, Stocked, judge};
use crate::domain::time::{Span, Ts};
use crate::sources::list::{ListExpect, load};
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
    /// A folder with numbering lists, under their publishers' names: `npa_report*.csv`,
    /// `CoCodeAssignment*`, `ThousandsBlockAssignment*`, `dno*.csv`, `unused*.csv`.
    #[arg(long, value_name = "DIR")]
    list: Option<PathBuf>,
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
#[derive(Default)]
struct Ground {
    book: Book,
}

impl Ground {
    /// Every list the folder holds. What the files say is taken as it is: their age is for whoever
    /// keeps the folder to know.
    fn of(folder: &Path, now: Ts) -> Result<Self, CliFault> {
        let mut ground = Self::default();
        let refused =
            |why: &dyn std::fmt::Display| CliFault::Refused(format!("LIST_REJECTED: {why}"));
        for list in [List::Npa, List::CoCodes, List::Blocks, List::Dno, List::Unused] {
            if !held(folder, list)? {
                continue;
            }
            // The report of area codes is dated by itself; the others are not.
            let as_of = (list != List::Npa).then_some(now);
            let expect = ListExpect { as_of, now, max_age: Span::days(36_500), last: None };
            let loaded = load(list, folder, &expect).map_err(|why| refused(&why))?;
            ground.book.turn(list, InForce { as_of: loaded.as_of, aged: false });
            for row in loaded.rows {
                let body = serde_json::from_str(&row.body).map_err(|why| refused(&why))?;
                ground.book.come(list, &row.reference, &body).map_err(|why| refused(&why))?;
            }
        }
        Ok(ground)
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
        let judged = Tn::parse(&read.e164).map_or(Judged::NONE, |tn| {
            judge(tn, Some(read.valid), Stocked::No, &self.book.known())
        });
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

/// Whether a folder has a file of this list.
fn held(folder: &Path, list: List) -> Result<bool, CliFault> {
    for item in folder.read_dir().map_err(|why| unread(folder, why))? {
        let name = item.map_err(|why| unread(folder, why))?.file_name();
        if list.files().iter().any(|file| file.takes(&name.to_string_lossy())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Carries the command out.
pub fn run(args: NumberArgs) -> Result<Exit, CliFault> {
    let ground = match &args.list {
        Some(folder) => Ground::of(folder, Clock::system().now())?,
        None => Ground::default(),
    };
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
        serde_json::to_string(&Ground::default().told(region, input)).unwrap()
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
