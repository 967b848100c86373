//! `vouch screen`: a name against the lists in a folder. No service is asked, and nothing is kept.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::batch::{input, line, unread};
use super::exit::Exit;
use super::fault::CliFault;
use super::lines::Lines;
use crate::clock::Clock;
use crate::domain::list::List;
use crate::domain::name::Why;
use crate::domain::screening::{ListIndex, NameQuality, Party, PartyId, Score, each_once};
use crate::domain::time::Span;
use crate::sources::list::{ListError, ListExpect, ListFault, load};

/// Whose name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A firm: listed organisations, and listed people whose whole name it bears.
    Business,
    /// A human being: listed people.
    Person,
}

impl Kind {
    const fn party(self) -> Party {
        match self {
            Self::Business => Party::Business,
            Self::Person => Party::Person,
        }
    }
}

/// Names and where the lists are.
#[derive(Debug, Args)]
pub struct ScreenArgs {
    /// Whose name it is.
    #[arg(long = "type", value_enum)]
    kind: Kind,
    /// The name.
    #[arg(required_unless_present = "from", conflicts_with = "from")]
    name: Option<String>,
    /// Names instead, one a line; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The folder with the files of one or more lists, named as they were published, such as
    /// `sdn.csv` and `alt.csv`; `docs/lists.md` names them all.
    #[arg(long, value_name = "DIR")]
    list: PathBuf,
    /// Where a resemblance becomes a hit, from 0 to 1000.
    #[arg(long, default_value_t = Score::DEFAULT_THRESHOLD.0, value_parser = clap::value_parser!(u16).range(1..=1000))]
    threshold: u16,
}

#[derive(Debug, Serialize)]
struct Told<'a> {
    query: &'a str,
    list: String,
    id: PartyId,
    name: String,
    matched: String,
    quality: NameQuality,
    score: f64,
    why: Vec<Why>,
}

#[derive(Debug, Serialize)]
struct Unread<'a> {
    query: &'a str,
    reason: &'static str,
}

struct Lists(Vec<(List, ListIndex)>);

impl Lists {
    /// Every list the folder holds. What the files say is taken as it is: their age is for whoever
    /// keeps the folder to know.
    fn load(folder: &Path) -> Result<Self, CliFault> {
        let now = Clock::system().now();
        let expect = ListExpect { as_of: Some(now), now, max_age: Span::days(36_500), last: None };
        let refused = |why: ListError| CliFault::Refused(format!("{}: {why}", folder.display()));
        let mut lists = Vec::new();
        let mut first = None;
        for list in List::ALL.iter().filter(|list| list.purpose().screens()) {
            // One list may be absent, but what is there must be whole.
            let loaded = load(*list, folder, &expect).or_else(|why| match why.fault {
                // The file says itself of when it is.
                ListFault::AsOf => {
                    load(*list, folder, &ListExpect { as_of: None, ..expect.clone() })
                }
                _ => Err(why),
            });
            match loaded {
                Ok(loaded) => {
                    let parties = loaded.parties().map_err(refused)?;
                    lists.push((*list, ListIndex::build(&parties)));
                }
                Err(why) if has(folder, *list) => return Err(refused(why)),
                Err(why) => first = first.or(Some(why)),
            }
        }
        match first {
            Some(why) if lists.is_empty() => Err(refused(why)),
            _ => Ok(Self(lists)),
        }
    }

    /// One line a hit, the best first; how many there were.
    fn screen(&self, name: &str, party: Party, threshold: Score) -> Result<u64, CliFault> {
        let mut found = Vec::new();
        for (list, index) in &self.0 {
            match index.screen(name, party, threshold) {
                Ok(hits) => found.extend(hits.into_iter().map(|hit| (*list, hit))),
                Err(bad) => {
                    line(&Unread { query: name, reason: bad.reason() })?;
                    return Ok(0);
                }
            }
        }
        let found = each_once(found);
        let hits = found.len() as u64;
        for (list, hit) in found {
            line(&Told {
                query: name,
                list: list.as_str().to_uppercase(),
                id: hit.id,
                name: hit.primary,
                matched: hit.listed,
                quality: hit.quality,
                score: f64::from(hit.score.0) / 1_000.0,
                why: hit.why,
            })?;
        }
        Ok(hits)
    }
}

/// Whether the folder has a file without which there is no list.
fn has(folder: &Path, list: List) -> bool {
    let any = list.files().iter().all(|file| !file.needed);
    let main =
        |name: &str| list.files().iter().any(|file| (any || file.needed) && file.takes(name));
    folder.read_dir().is_ok_and(|mut items| {
        items.any(|item| item.is_ok_and(|item| main(&item.file_name().to_string_lossy())))
    })
}

/// Carries the command out. A single name that hits ends with 1, as an answer that is no.
pub fn run(args: ScreenArgs) -> Result<Exit, CliFault> {
    let ScreenArgs { kind, name, from, list, threshold } = args;
    let lists = Lists::load(&list)?;
    let (party, threshold) = (kind.party(), Score(threshold));
    let Some(from) = from else {
        let hits = lists.screen(&name.unwrap_or_default(), party, threshold)?;
        return Ok(if hits == 0 { Exit::Done } else { Exit::Refused });
    };
    let mut names = Lines::new(input(&from)?);
    while let Some(name) = names.next_line().map_err(|source| unread(&from, source))? {
        lists.screen(unquoted(&name), party, threshold)?;
    }
    Ok(Exit::Done)
}

/// A name that was written as a cell of a CSV file.
fn unquoted(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix('"').and_then(|n| n.strip_suffix('"')).unwrap_or(name)
}
