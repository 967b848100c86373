//! Rows of numbering lists as they are kept: the key, and what is said under it.

use serde::{Deserialize, Serialize};

use super::dno::Prefix;
use super::npa::Use;
use crate::domain::list::List;
use crate::domain::number::Tn;

/// An assigned area code; its key is the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NpaRow {
    /// What it is for.
    #[serde(rename = "use")]
    pub used: Use,
}

/// An allocated central office code; its key is area code and exchange code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRow {
    /// The provider that holds it.
    pub ocn: String,
}

/// A thousands-block; its key is area code, exchange code and the digit behind them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRow {
    /// Whether a provider holds it.
    pub allocated: bool,
    /// Which; empty where the file does not say.
    pub ocn: String,
}

/// A listed number or block; its key is made by [`DnoRow::key`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnoRow {
    /// Its digits.
    pub prefix: String,
    /// What it is listed as: `SUBSCRIBER`, `UNUSED`, or a word that gives nothing by itself.
    pub category: String,
    /// Who asked for it; empty where the file does not say.
    pub requester: String,
    /// Since when, as the file says it.
    pub added_on: String,
    /// Where the entry comes from.
    pub source: String,
}

impl std::fmt::Debug for DnoRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DnoRow").field("category", &self.category).finish_non_exhaustive()
    }
}

impl DnoRow {
    /// The key of a row: a prefix stands once under each category.
    pub fn key(prefix: Prefix, category: &str) -> String {
        format!("{}/{category}", prefix.digits())
    }
}

/// A number that was taken off a list by a decision; its key is made by [`DnoRow::key`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionRow {
    /// The digits of the listed prefixes that no longer count for it.
    #[serde(default)]
    pub lifts: Vec<String>,
    /// When it was decided, as a day.
    #[serde(default)]
    pub decided_on: String,
    /// The decision.
    pub source: String,
}

/// The keys under which a list can say something of a number.
#[expect(clippy::wildcard_enum_match_arm, reason = "other lists say nothing of numbers")]
pub fn keys_of(list: List, tn: Tn) -> Vec<String> {
    let nanp = tn.nanp();
    let prefixes = |words: &[&str]| {
        let all = Prefix::of(tn).and_shorter();
        all.flat_map(|prefix| words.iter().map(move |word| DnoRow::key(prefix, word))).collect()
    };
    match list {
        List::Npa => nanp.map(|(npa, _)| npa.to_string()).into_iter().collect(),
        List::CoCodes => nanp.map(|(npa, nxx)| format!("{npa}{nxx}")).into_iter().collect(),
        List::Blocks => {
            let block = |(npa, nxx)| format!("{npa}{nxx}{}", tn.as_u64() / 1_000 % 10);
            nanp.map(block).into_iter().collect()
        }
        List::Dno => prefixes(&["SUBSCRIBER", "UNUSED"]),
        List::Unused => prefixes(&["UNUSED"]),
        List::DnoExceptions => {
            ["SUBSCRIBER", "UNUSED"].map(|word| DnoRow::key(Prefix::of(tn), word)).to_vec()
        }
        _ => Vec::new(),
    }
}
