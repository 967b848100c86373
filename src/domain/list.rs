//! Lists the provider loads: sanctions, debarment, registers, numbering, DNO. Each is a file or a few
//! of an outside party, kept as temporal rows: differences from load to load, not copies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::digest::Digest;
use super::ids::ListVersionId;
use super::screening::is_stale;
use super::time::{Span, Ts};
use super::words::words;

/// The Specially Designated Nationals list of the US Treasury's OFAC.
pub const OFAC_SDN: &str = List::OfacSdn.as_str();

/// The certificates that delegate certificates have to lead to, and the one that signs the list of
/// revoked certificates.
pub const STI_ROOTS: &str = List::StiRoots.as_str();

/// The certificates that the STI-PA revoked.
pub const STI_CRL: &str = List::StiCrl.as_str();

/// A load needs this share of the rows of the one in force, in percent.
pub const ROW_FLOOR: u64 = 90;

words! {
    /// A list that Vouch can load.
    pub enum List as "list" {
        /// OFAC's Specially Designated Nationals and blocked persons.
        OfacSdn = "ofac_sdn",
        /// OFAC's consolidated lists of those who are not SDN.
        OfacCons = "ofac_cons",
        /// The consolidated list of the UN Security Council.
        Un = "un",
        /// The UK Sanctions List of the Foreign, Commonwealth and Development Office.
        Uk = "uk",
        /// The US Consolidated Screening List: OFAC's lists and those of export control.
        UsCsl = "us_csl",
        /// Exclusions from US federal contracts (SAM.gov).
        Sam = "sam",
        /// The FCC's Robocall Mitigation Database.
        Rmd = "rmd",
        /// Who was removed from it by order; kept by the operator.
        RmdRemovals = "rmd_removals",
        /// The FCC's register of those who file Form 499.
        Form499 = "form_499",
        /// Submissions to the SEC: names under employer numbers.
        Sec = "sec",
        /// The IRS's file of tax-exempt organisations.
        EoBmf = "eo_bmf",
        /// Form 5500 of employee benefit plans.
        Form5500 = "form_5500",
        /// Domains of throw-away mail addresses.
        Disposable = "disposable",
        /// Roots of the SHAKEN world.
        StiRoots = "sti_roots",
        /// Certificates that the STI-PA revoked.
        StiCrl = "sti_crl",
        /// The numbering administrator's report of area codes.
        Npa = "nanpa_npa",
        /// Its report of central office codes in use.
        CoCodes = "nanpa_co_codes",
        /// Its report of thousands-blocks.
        Blocks = "nanpa_blocks",
        /// Numbers that nobody may show: their subscribers asked for it.
        Dno = "dno",
        /// Numbers that no subscriber has.
        Unused = "unused_numbers",
        /// Numbers that a decision on an objection took off the two lists before; never loaded.
        DnoExceptions = "dno_exceptions",
    }
}

words! {
    /// What a list is asked for.
    pub enum Purpose as "list purpose" {
        /// Whom one may not serve: names are screened against it.
        Sanctions = "SANCTIONS",
        /// Who is excluded from public contracts: names are screened, a hit is for review.
        Debarment = "DEBARMENT",
        /// A register that is asked by key.
        Register = "REGISTER",
        /// Which numbers and codes there are.
        Numbering = "NUMBERING",
        /// Numbers from which nobody calls.
        Dno = "DNO",
        /// Mail domains that anybody can use for an hour.
        Disposable = "DISPOSABLE",
        /// Which certificates count; read and put into force by their own loader.
        Certificates = "CERTIFICATES",
    }
}

impl Purpose {
    /// Whether names of customers are screened against it.
    pub const fn screens(self) -> bool {
        matches!(self, Self::Sanctions | Self::Debarment)
    }
}

/// A file of a list, as its publisher names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListFile {
    /// The name in lower case; a `*` stands for any text.
    pub name: &'static str,
    /// Without it there is no list.
    pub needed: bool,
}

impl ListFile {
    /// Whether a file of this name is one: names are compared without their case.
    pub fn takes(&self, given: &str) -> bool {
        let given = given.to_ascii_lowercase();
        let mut parts = self.name.split('*');
        let Some(mut rest) = parts.next().and_then(|front| given.strip_prefix(front)) else {
            return false;
        };
        let mut last = None;
        for part in parts {
            if let Some(middle) = last {
                let Some((_, after)) = rest.split_once(middle) else { return false };
                rest = after;
            }
            last = Some(part);
        }
        last.map_or(rest.is_empty(), |end| rest.ends_with(end))
    }
}

const fn needed(name: &'static str) -> ListFile {
    ListFile { name, needed: true }
}

const fn also(name: &'static str) -> ListFile {
    ListFile { name, needed: false }
}

impl List {
    /// What it is asked for.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::OfacSdn | Self::OfacCons | Self::Un | Self::Uk | Self::UsCsl => {
                Purpose::Sanctions
            }
            Self::Sam => Purpose::Debarment,
            Self::Rmd
            | Self::RmdRemovals
            | Self::Form499
            | Self::Sec
            | Self::EoBmf
            | Self::Form5500 => Purpose::Register,
            Self::Disposable => Purpose::Disposable,
            Self::StiRoots | Self::StiCrl => Purpose::Certificates,
            Self::Npa | Self::CoCodes | Self::Blocks => Purpose::Numbering,
            Self::Dno | Self::Unused | Self::DnoExceptions => Purpose::Dno,
        }
    }

    /// Its files, as their publisher names them.
    pub const fn files(self) -> &'static [ListFile] {
        match self {
            Self::OfacSdn => {
                const { &[needed("sdn.csv"), also("alt.csv"), also("add.csv"), also("sdn_comments.csv")] }
            }
            Self::OfacCons => {
                const {
                    &[
                        needed("cons_prim.csv"),
                        also("cons_alt.csv"),
                        also("cons_add.csv"),
                        also("cons_comments.csv"),
                    ]
                }
            }
            Self::Un => const { &[needed("*consolidated*.xml")] },
            Self::Uk => const { &[needed("uk*sanctions*list*.csv")] },
            Self::UsCsl => const { &[also("consolidated*.csv"), also("consolidated*.json")] },
            Self::Sam => const { &[needed("sam_exclusions*.csv")] },
            Self::Rmd => const { &[needed("rmd*.csv")] },
            Self::RmdRemovals => const { &[needed("*removals*.csv")] },
            Self::Form499 => const { &[needed("*499*.xml")] },
            Self::Sec => const { &[also("*.json"), also("*.jsonl"), also("sec*.csv")] },
            Self::EoBmf => const { &[needed("eo*.csv")] },
            Self::Form5500 => const { &[also("f_5500_sf*.csv"), also("f_5500*.csv")] },
            Self::Disposable => const { &[needed("disposable*")] },
            Self::StiRoots | Self::StiCrl => const { &[needed("*")] },
            Self::Npa => const { &[needed("npa_report*.csv")] },
            Self::CoCodes => const { &[needed("cocodeassignment*")] },
            Self::Blocks => const { &[needed("thousandsblockassignment*")] },
            Self::Dno => const { &[needed("dno*.csv")] },
            Self::Unused => const { &[needed("unused*.csv")] },
            Self::DnoExceptions => &[],
        }
    }

    /// How old it may be where the settings do not say: a few times the pace of its publisher.
    pub const fn max_age(self) -> Span {
        match self {
            Self::OfacSdn | Self::OfacCons | Self::Un | Self::Uk | Self::UsCsl | Self::Sam => {
                Span::days(14)
            }
            Self::Rmd | Self::StiCrl => Span::days(7),
            Self::Form499 => Span::days(31),
            Self::Sec | Self::CoCodes | Self::Blocks => Span::days(45),
            Self::EoBmf => Span::days(62),
            Self::RmdRemovals => Span::days(90),
            Self::Disposable | Self::Npa => Span::days(180),
            Self::Dno | Self::Unused => Span::days(14),
            // It grows by decisions, and nobody publishes it.
            Self::DnoExceptions => Span::days(36_500),
            Self::Form5500 | Self::StiRoots => Span::days(800),
        }
    }
}

/// How old each list may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaxAges {
    /// For all that are screened, where it is set.
    pub screened: Option<Span>,
    /// For single lists.
    pub of: BTreeMap<List, Span>,
}

impl MaxAges {
    /// How old this list may be.
    pub fn get(&self, list: List) -> Span {
        let own = self.of.get(&list).copied();
        let shared = self.screened.filter(|_| list.purpose().screens());
        own.or(shared).unwrap_or_else(|| list.max_age())
    }

    /// Whether the list of this word, as of then, no longer counts. A list that this version does
    /// not know never counts.
    pub fn stale(&self, word: &str, as_of: Ts, now: Ts) -> bool {
        word.parse().map_or(true, |list| is_stale(as_of, self.get(list), now))
    }
}

/// A row of a list: what its publisher says under one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListRow {
    /// The key: unique in its list, and what rows are in order of.
    pub reference: String,
    /// JSON, its fields in order of their names, so that equal rows are equal texts.
    pub body: String,
}

/// A row cannot be kept: it holds what no database takes as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row cannot be kept as text")]
pub struct BadRow;

impl ListRow {
    /// The row of a key.
    pub fn new(reference: impl Into<String>, body: &impl Serialize) -> Result<Self, BadRow> {
        let reference = reference.into();
        let body = serde_json::to_value(body).map_err(|_shape| BadRow)?.to_string();
        // PostgreSQL keeps no zero character, escaped or not.
        if reference.is_empty() || reference.contains('\0') || body.contains("\\u0000") {
            return Err(BadRow);
        }
        Ok(Self { reference, body })
    }

    /// A row as it was stored.
    pub fn stored(reference: String, body: &Value) -> Self {
        Self { reference, body: body.to_string() }
    }

    /// What tells whether a row has changed.
    pub fn digest(&self) -> Digest {
        Digest::of(self.body.as_bytes())
    }
}

/// How many of what a load holds, such as `entries` and `aliases`; the next one must have at least
/// [`ROW_FLOOR`] percent of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    /// Counts of these names.
    pub fn of<const N: usize>(counts: [(&str, u64); N]) -> Self {
        Self(counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect())
    }

    /// The first count that fell below the floor: what there was, and what there is.
    pub fn fallen_from(&self, before: &Self) -> Option<(u64, u64)> {
        let pairs =
            before.0.iter().map(|(name, had)| (*had, self.0.get(name).copied().unwrap_or(0)));
        pairs.into_iter().find(|(had, has)| has.saturating_mul(100) < had.saturating_mul(ROW_FLOOR))
    }
}

/// What a load changes of the list in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Rows that are new or say something else.
    pub come: Vec<ListRow>,
    /// Keys whose row ended, also where a new one takes its place.
    pub gone: Vec<String>,
}

impl Difference {
    /// What to write so that rows of these digests become these rows.
    pub fn between(known: &BTreeMap<String, Digest>, rows: Vec<ListRow>) -> Self {
        let mut left: BTreeMap<&String, &Digest> = known.iter().collect();
        let mut come = Vec::new();
        for row in rows {
            if known.get(&row.reference) == Some(&row.digest()) {
                left.remove(&row.reference);
            } else {
                come.push(row);
            }
        }
        Self { come, gone: left.into_keys().cloned().collect() }
    }
}

/// One load of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListVersion {
    /// Its id.
    pub id: ListVersionId,
    /// Which list, such as `ofac_sdn`.
    pub list: String,
    /// The date its publisher gave it.
    pub as_of: Ts,
    /// When it was loaded.
    pub loaded: Ts,
    /// How many entries it has.
    pub entries: u64,
    /// SHA-256 over its files.
    pub sha256: Digest,
    /// Older than it may be: nothing is checked against it.
    pub stale: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(reference: &str, body: &str) -> ListRow {
        ListRow::new(reference, &body).unwrap()
    }

    #[test]
    fn a_load_is_kept_as_what_it_changes() {
        let old = [row("1", "a"), row("2", "b"), row("3", "c")];
        let known: BTreeMap<_, _> =
            old.iter().map(|row| (row.reference.clone(), row.digest())).collect();
        let new = vec![row("1", "a"), row("2", "B"), row("4", "d")];
        let change = Difference::between(&known, new);
        assert_eq!(change.come, [row("2", "B"), row("4", "d")]);
        assert_eq!(change.gone, ["2", "3"]);
        let same = Difference::between(&known, old.to_vec());
        assert_eq!(same, Difference::default());
    }

    #[test]
    fn a_tenth_may_go_and_no_more() {
        let before = Counts::of([("entries", 100), ("aliases", 10)]);
        let now = |entries, aliases| {
            Counts::of([("entries", entries), ("aliases", aliases)]).fallen_from(&before)
        };
        assert_eq!(now(90, 9), None);
        assert_eq!(now(89, 10), Some((100, 89)));
        assert_eq!(now(100, 8), Some((10, 8)));
        assert_eq!(Counts::of([("entries", 100)]).fallen_from(&before), Some((10, 0)));
        assert_eq!(before.fallen_from(&Counts::default()), None);
    }

    #[test]
    fn files_go_by_the_names_of_their_publisher() {
        let file = |name, given: &str| also(name).takes(given);
        assert!(file("sdn.csv", "SDN.CSV") && !file("sdn.csv", "sdn.csv.part"));
        assert!(file("eo*.csv", "EO3.csv") && file("*.xml", "consolidated.xml"));
        assert!(file("*consolidated*.xml", "UN_consolidated.xml") && !file("*b*.x", "a.x"));
        assert!(!file("ab*ba", "aba"), "the ends may not lie over each other");
    }

    #[test]
    fn what_no_database_keeps_is_no_row() {
        assert_eq!(ListRow::new("1", &"a\0b"), Err(BadRow));
        assert_eq!(ListRow::new("", &"a"), Err(BadRow));
    }
}
