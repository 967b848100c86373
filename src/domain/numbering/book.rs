//! Everything that lists say about numbers, in memory: built row by row, asked by every answer.

use serde_json::Value;

use super::allocation::{Allocation, Block, InForce};
use super::dno::{Dno, Listed, Lister, Prefix};
use super::judge::{Judged, Known, Stocked, judge};
use super::npa::{AreaCodes, Use};
use super::reason::Reason;
use super::row::{BlockRow, CodeRow, DnoRow, ExceptionRow, NpaRow};
use crate::domain::list::List;
use crate::domain::number::{Category, Tn};

/// The numbering lists in force.
#[derive(Clone, Debug)]
pub struct Book {
    area_codes: AreaCodes,
    allocation: Allocation,
    dno: Dno,
    /// What the small numbers of `dno` stand for.
    sources: Vec<String>,
    source_numbers: std::collections::BTreeMap<String, u16>,
    dates: std::collections::BTreeMap<List, InForce>,
}

impl Default for Book {
    /// No list is loaded: the area codes that were known when this was built.
    fn default() -> Self {
        Self {
            area_codes: AreaCodes::built_in(),
            allocation: Allocation::default(),
            dno: Dno::default(),
            sources: Vec::new(),
            source_numbers: std::collections::BTreeMap::new(),
            dates: std::collections::BTreeMap::new(),
        }
    }
}

/// The source of what is not told apart.
const OTHERS: u16 = u16::MAX;

/// A row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row of a numbering list cannot be read")]
pub struct BadRow;

/// Where lists and inventory put a number: what its row holds that follows from no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What the number gate knows.
    pub category: Category,
    /// Not of the United States.
    pub foreign: bool,
}

impl From<Judged> for Placed {
    fn from(Judged { category, foreign, .. }: Judged) -> Self {
        Self { category, foreign }
    }
}

/// What is said of a number to somebody who may block it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Category and reason.
    pub judged: Judged,
    /// Which list says so, and of when it is; none where the plan itself or our inventory does.
    pub list: Option<(List, InForce)>,
    /// Who put the number on that list; empty where it is no list of requests.
    pub source: String,
}

impl Checked {
    /// Whether a call that shows the number has to be blocked (47 CFR 64.1200(o)): the categories a
    /// Do-Not-Originate list may hold, and numbers that no caller can have.
    pub const fn blocked(&self) -> bool {
        match self.judged.category {
            Category::Assignable | Category::AllocationUnknown => false,
            Category::Invalid
            | Category::Unallocated
            | Category::Unused
            | Category::SubscriberDno
            | Category::NotAssignable => true,
        }
    }
}

impl Book {
    /// Whether a list says something about numbers.
    pub const fn takes(list: List) -> bool {
        matches!(
            list,
            List::Npa
                | List::CoCodes
                | List::Blocks
                | List::Dno
                | List::Unused
                | List::DnoExceptions
        )
    }

    /// Another load of a list is in force, or the one that is has grown too old.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others say nothing of allocation")]
    pub fn turn(&mut self, list: List, file: InForce) {
        if list == List::Npa && self.dates.insert(list, file).is_none() {
            // What is known from a list takes the place of what was built in, whole.
            self.area_codes = AreaCodes::none();
        }
        self.dates.insert(list, file);
        match list {
            List::CoCodes => self.allocation.codes_of(file),
            List::Blocks => self.allocation.blocks_of(file),
            _ => {}
        }
    }

    /// A row came.
    pub fn come(&mut self, list: List, key: &str, body: &Value) -> Result<(), BadRow> {
        self.set(list, key, Some(body))
    }

    /// A row went.
    pub fn go(&mut self, list: List, key: &str) -> Result<(), BadRow> {
        self.set(list, key, None)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "other lists say nothing of numbers")]
    fn set(&mut self, list: List, key: &str, body: Option<&Value>) -> Result<(), BadRow> {
        match list {
            List::Npa => {
                let row: Option<NpaRow> = body.map(read).transpose()?;
                self.area_codes.set(number(key)?, row.map_or(Use::None, |row| row.used));
            }
            List::CoCodes => {
                let row: Option<CodeRow> = body.map(read).transpose()?;
                let code: u32 = number(key)?;
                let (npa, nxx) = halves(code)?;
                self.allocation.set_code(npa, nxx, row.is_some());
            }
            List::Blocks => {
                let row: Option<BlockRow> = body.map(read).transpose()?;
                let code: u32 = number(key)?;
                let (npa, nxx) = halves(code / 10)?;
                let x = u8::try_from(code % 10).map_err(|_range| BadRow)?;
                let block = Block::of(npa, nxx, x).ok_or(BadRow)?;
                self.allocation.set_block(block, row.map(|row| row.allocated));
            }
            List::Dno | List::Unused => {
                let (prefix, word) = split(key)?;
                let Some(listed) = Listed::of_word(word) else { return Ok(()) };
                let on = if list == List::Dno { Lister::Dno } else { Lister::Unused };
                match body {
                    None => self.dno.remove(prefix, listed, on),
                    Some(body) => {
                        let row: DnoRow = read(body)?;
                        let source = self.source_index(row.source);
                        self.dno.add(prefix, (listed, on), source);
                    }
                }
            }
            List::DnoExceptions => {
                let (number, word) = split(key)?;
                let Some(listed) = Listed::of_word(word) else { return Ok(()) };
                self.dno.no_longer_except(number, listed);
                if let Some(body) = body {
                    for digits in read::<ExceptionRow>(body)?.lifts {
                        let block =
                            Prefix::parse(&format!("+{digits}")).map_err(|_number| BadRow)?;
                        self.dno.except(number, listed, block);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The small number of a source. Sources are few: where a file names more of them than there are
    /// small numbers, the later ones are not told apart.
    fn source_index(&mut self, source: String) -> u16 {
        if let Some(known) = self.source_numbers.get(&source) {
            return *known;
        }
        match u16::try_from(self.sources.len()) {
            Ok(index) if index < OTHERS => {
                self.source_numbers.insert(source.clone(), index);
                self.sources.push(source);
                index
            }
            Ok(_) | Err(_) => OTHERS,
        }
    }

    /// The prefix under which a number is listed.
    pub fn listed(&self, tn: Tn, listed: Listed) -> Option<Prefix> {
        self.dno.find(tn, listed).map(|entry| entry.prefix)
    }

    /// The lists in force as the rules ask them.
    pub const fn known(&self) -> Known<'_> {
        Known { area_codes: &self.area_codes, allocation: &self.allocation, dno: &self.dno }
    }

    /// The date of a list, and whether it has grown too old.
    pub fn dated(&self, list: List) -> Option<InForce> {
        self.dates.get(&list).copied()
    }

    /// The category of a number that is stored with one: a request to block it holds at once,
    /// whatever was stored.
    pub fn gate(&self, tn: Tn, stored: Category) -> Category {
        match stored {
            Category::Invalid | Category::NotAssignable | Category::SubscriberDno => stored,
            Category::Assignable
            | Category::Unallocated
            | Category::Unused
            | Category::AllocationUnknown => {
                let listed = self.dno.find(tn, Listed::Subscriber).is_some();
                if listed { Category::SubscriberDno } else { stored }
            }
        }
    }

    /// What is known of a number of which nothing is stored.
    pub fn unstored(&self, tn: Tn) -> Placed {
        judge(tn, None, Stocked::No, &self.known()).into()
    }

    /// What a number is stored with.
    pub fn placed(&self, tn: Tn, library: bool, stocked: Stocked) -> Placed {
        judge(tn, Some(library), stocked, &self.known()).into()
    }

    /// What is said of a number to somebody who may block it. `stored` is the category that is
    /// stored, and whether our own feeds say that a customer has it.
    pub fn check(&self, tn: Tn, library: bool, stored: Option<(Category, bool)>) -> Checked {
        let listed = self.dno.find(tn, Listed::Unused).is_some();
        let stocked = match stored {
            Some((_, true)) => Stocked::Assigned,
            Some((Category::Unused, false)) if !listed => Stocked::Free,
            Some(_) | None => Stocked::No,
        };
        let judged = judge(tn, Some(library), stocked, &self.known());
        let list = self.list_of(tn, judged.reason).and_then(|list| {
            let file = self.dated(list)?;
            Some((list, file))
        });
        Checked { list, source: self.source_of(tn, judged.reason), judged }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "every other reason has no source")]
    fn source_of(&self, tn: Tn, reason: Reason) -> String {
        let listed = match reason {
            Reason::DnoListed => Listed::Subscriber,
            Reason::UnusedListed => Listed::Unused,
            _ => return String::new(),
        };
        let found = self.dno.find(tn, listed);
        let source = found.and_then(|entry| self.sources.get(usize::from(entry.source)));
        source.cloned().unwrap_or_default()
    }

    /// Which list a reason comes from.
    fn list_of(&self, tn: Tn, reason: Reason) -> Option<List> {
        let lister = || self.dno.find(tn, Listed::Unused).map(|entry| entry.lister);
        match list_of(reason) {
            Some(List::Unused) if lister() == Some(Lister::Dno) => Some(List::Dno),
            list => list,
        }
    }
}

/// Which list a reason comes from.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other reason comes from no list")]
const fn list_of(reason: Reason) -> Option<List> {
    match reason {
        Reason::DnoListed => Some(List::Dno),
        Reason::UnusedListed => Some(List::Unused),
        Reason::BlockAllocated | Reason::BlockNotAllocated => Some(List::Blocks),
        Reason::CodeAllocated | Reason::CodeNotAllocated | Reason::AllocationStale => {
            Some(List::CoCodes)
        }
        Reason::NpaNotAssigned | Reason::NpaNotInTable => Some(List::Npa),
        _ => None,
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &Value) -> Result<T, BadRow> {
    <T as serde::Deserialize>::deserialize(body).map_err(|_shape| BadRow)
}

fn number<T: std::str::FromStr>(key: &str) -> Result<T, BadRow> {
    key.parse().map_err(|_digits| BadRow)
}

/// Area code and exchange code.
fn halves(code: u32) -> Result<(u16, u16), BadRow> {
    let half = |code: u32| u16::try_from(code).map_err(|_range| BadRow);
    Ok((half(code / 1_000)?, half(code % 1_000)?))
}

fn split(key: &str) -> Result<(Prefix, &str), BadRow> {
    let (digits, word) = key.split_once('/').ok_or(BadRow)?;
    let prefix = Prefix::parse(&format!("+{digits}")).map_err(|_digits| BadRow)?;
    Ok((prefix, word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::time::Ts;

    fn tn(text: &str) -> Tn {
        Tn::parse(text).unwrap()
    }

    const FILE: InForce = InForce { as_of: Ts(7), aged: false };

    #[test]
    fn digits_alone_give_a_shape() {
        let of = |text| {
            let Placed { category, foreign } = Book::default().unstored(tn(text));
            (category, foreign)
        };
        assert_eq!(of("+12126647665"), (Category::AllocationUnknown, false));
        assert_eq!(of("+18007654321"), (Category::Assignable, false));
        assert_eq!(of("+12125550123"), (Category::NotAssignable, false));
        assert_eq!(of("+12129111234"), (Category::NotAssignable, false));
        assert_eq!(of("+19112345678"), (Category::Invalid, false));
        assert_eq!(of("+14165641234"), (Category::Assignable, true));
        assert_eq!(of("+442079460000"), (Category::Assignable, true));
    }

    #[test]
    fn rows_come_and_go() {
        let mut book = Book::default();
        let mine = tn("+12126647665");
        book.turn(List::CoCodes, FILE);
        assert_eq!(book.unstored(mine).category, Category::Unallocated);
        let code = json!({"ocn": "1234"});
        book.come(List::CoCodes, "212664", &code).unwrap();
        assert_eq!(book.unstored(mine).category, Category::Assignable);
        book.turn(List::Blocks, FILE);
        let free = json!({"allocated": false, "ocn": ""});
        book.come(List::Blocks, "2126647", &free).unwrap();
        assert_eq!(book.unstored(mine).category, Category::Unallocated);
        book.go(List::Blocks, "2126647").unwrap();
        assert_eq!(book.unstored(mine).category, Category::Assignable);
        book.turn(List::CoCodes, InForce { aged: true, ..FILE });
        assert_eq!(book.unstored(mine).category, Category::AllocationUnknown);
        assert_eq!(book.dated(List::CoCodes).map(|file| file.aged), Some(true));
    }

    #[test]
    fn a_request_to_block_holds_at_once_and_names_its_source() {
        let mut book = Book::default();
        let mine = tn("+12126647665");
        let row = json!({"prefix": "1212664", "category": "SUBSCRIBER", "requester": "A bank",
            "added_on": "2026-01-02", "source": "operator"});
        book.turn(List::Dno, FILE);
        book.come(List::Dno, "1212664/SUBSCRIBER", &row).unwrap();
        assert_eq!(book.gate(mine, Category::Assignable), Category::SubscriberDno);
        assert_eq!(book.gate(mine, Category::Invalid), Category::Invalid);
        assert_eq!(book.unstored(mine).category, Category::SubscriberDno);
        let checked = book.check(mine, true, Some((Category::Assignable, true)));
        assert!(checked.blocked());
        assert_eq!((checked.source.as_str(), checked.list), ("operator", Some((List::Dno, FILE))));
        let off = json!({"lifts": ["1212664"], "decided_on": "", "source": "objection"});
        book.come(List::DnoExceptions, "12126647665/SUBSCRIBER", &off).unwrap();
        assert_eq!(book.gate(mine, Category::Assignable), Category::Assignable);
        assert_eq!(book.gate(tn("+12126647666"), Category::Assignable), Category::SubscriberDno);
        book.go(List::DnoExceptions, "12126647665/SUBSCRIBER").unwrap();
        book.go(List::Dno, "1212664/SUBSCRIBER").unwrap();
        assert_eq!(book.gate(mine, Category::Assignable), Category::Assignable);
    }

    #[test]
    fn a_loaded_table_of_area_codes_takes_the_place_of_the_built_in_one() {
        let mut book = Book::default();
        assert_eq!(book.unstored(tn("+12226647665")).category, Category::Invalid);
        book.turn(List::Npa, FILE);
        book.come(List::Npa, "222", &json!({"use": "DOMESTIC"})).unwrap();
        assert_eq!(book.unstored(tn("+12226647665")).category, Category::AllocationUnknown);
        book.come(List::Npa, "223", &json!({"use": "CANADA"})).unwrap();
        let abroad = book.placed(tn("+12236647665"), true, Stocked::Assigned);
        assert_eq!(abroad, Placed { category: Category::Assignable, foreign: true });
        // The table says no and the library yes; both say no.
        assert_eq!(book.unstored(tn("+12126647665")).category, Category::AllocationUnknown);
        assert_eq!(book.unstored(tn("+12246647665")).category, Category::AllocationUnknown);
        assert_eq!(book.unstored(tn("+12986647665")).category, Category::Invalid);
        assert!(book.come(List::Npa, "x", &json!({"use": "DOMESTIC"})).is_err());
        assert!(book.come(List::Npa, "222", &json!({"use": "TEA"})).is_err());
    }

    #[test]
    fn sources_beyond_the_small_numbers_are_not_told_apart() {
        let mut book = Book::default();
        let first = book.source_index("first".to_owned());
        for nth in 0..70_000 {
            book.source_index(nth.to_string());
        }
        assert_eq!((first, book.source_index("first".to_owned())), (0, 0));
        assert_eq!(book.source_index("last".to_owned()), OTHERS);
        assert_eq!(book.sources.len(), usize::from(OTHERS));
    }

    #[test]
    fn each_list_is_named_for_what_it_says() {
        let mut book = Book::default();
        let row = json!({"prefix": "1212664", "category": "UNUSED", "requester": "",
            "added_on": "", "source": "operator"});
        for list in [List::Dno, List::Unused] {
            book.turn(list, FILE);
            book.come(list, "1212664/UNUSED", &row).unwrap();
        }
        let told = |book: &Book| {
            let told = book.check(tn("+12126647665"), true, None);
            (told.judged.category, told.list.map(|(list, _)| list))
        };
        assert_eq!(told(&book), (Category::Unused, Some(List::Dno)));
        book.go(List::Dno, "1212664/UNUSED").unwrap();
        assert_eq!(told(&book), (Category::Unused, Some(List::Unused)));
        book.go(List::Unused, "1212664/UNUSED").unwrap();
        assert_eq!(told(&book).0, Category::AllocationUnknown);
    }

    #[test]
    fn what_is_ours_is_refused_by_no_file_of_others() {
        let mut book = Book::default();
        book.turn(List::CoCodes, FILE);
        let told = |stored| book.check(tn("+12126647665"), true, stored);
        assert!(told(None).blocked());
        assert_eq!(told(Some((Category::Assignable, true))).judged.reason, Reason::OwnAssigned);
        assert_eq!(told(Some((Category::Unused, false))).judged.reason, Reason::OwnStock);
    }
}
