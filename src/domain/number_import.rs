//! Imports: many numbers of one customer from a file. Each row is vetted by the rules of a claim, and
//! by those of the evidence that it brings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::command::admin::InventorySource;
use super::evidence::{Detail, EvidenceRefusal, Kind, expires, feed_expires, letter_kind};
use super::ids::{CustomerId, DocumentId};
use super::number::Tn;
use super::number_event::{Aging, Kind as EventKind, ends};
use super::number_file::{Claim, NumberFile};
use super::number_range::TnRange;
use super::pii::Pii;
use super::policy::EvidenceRules;
use super::time::Ts;
use super::words::words;

/// Longest reference of a row, in characters.
pub const MAX_REFERENCE: usize = 200;

words! {
    /// What becomes of the good rows where others are bad.
    pub enum Mode as "import mode" {
        /// Each row by itself.
        BestEffort = "BEST_EFFORT",
        /// None, unless all are good.
        AllOrNothing = "ALL_OR_NOTHING",
    }
}

words! {
    /// What is done with the rows now.
    pub enum Phase as "import phase" {
        /// They are looked at; nothing is written.
        Vet = "VET",
        /// They are written.
        Write = "WRITE",
        /// Nothing more.
        Over = "OVER",
    }
}

words! {
    /// What came of one number.
    pub enum Came as "import outcome" {
        /// Written.
        Done = "DONE",
        /// It was so already.
        Unchanged = "UNCHANGED",
        /// Refused, for a stable reason.
        Refused = "REFUSED",
        /// Not come to, or not done because another row was refused.
        NotDone = "NOT_DONE",
    }
}

/// The feed that rows of the provider's own kinds come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFeed {
    /// How the provider came by the numbers.
    pub source: InventorySource,
    /// The carrier they were bought from; empty for the provider's own.
    pub carrier: String,
    /// The time that the feed says it is of.
    pub as_of: Ts,
}

impl ImportFeed {
    /// As evidence names it.
    pub fn source_words(&self) -> String {
        let word = self.source.as_str();
        if self.carrier.is_empty() { word.to_owned() } else { format!("{word} {}", self.carrier) }
    }
}

/// What all rows have in common. A letter or a bill of an import is looked at by a reviewer like any
/// other: until then it counts for nothing, whoever imports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// For whom.
    pub customer: CustomerId,
    /// What becomes of good rows beside bad ones.
    pub mode: Mode,
    /// The evidence of rows that name none themselves.
    pub kind: Option<Kind>,
    /// The document of letters and bills.
    pub document: Option<DocumentId>,
    /// When it was signed, or of which day it is.
    pub signed: Option<Ts>,
    /// Who signed the letter, or the name on the bill.
    pub party: Pii<String>,
    /// The carrier that issued the bill.
    pub carrier: String,
    /// The provider's own feed, where rows come from it.
    pub feed: Option<ImportFeed>,
}

impl Terms {
    /// Whether a row may bring evidence of this kind; `provider` where the caller keeps the provider's
    /// own numbers.
    pub fn admits(&self, kind: Option<Kind>, provider: bool) -> Result<(), &'static str> {
        match kind {
            None | Some(Kind::CustomerSelfCert) => Ok(()),
            Some(Kind::Loa | Kind::Bill) => {
                let named = self.document.is_some() && self.signed.is_some();
                let billed = kind != Some(Kind::Bill) || !self.carrier.is_empty();
                if named && billed && !self.party.expose().is_empty() {
                    Ok(())
                } else {
                    Err("EVIDENCE_DOCUMENT_REQUIRED")
                }
            }
            Some(Kind::AssignedByUs | Kind::RangeAllocated | Kind::PortedToUs) => {
                if !provider {
                    Err("ROLE_REQUIRED")
                } else if self.feed.is_none() {
                    Err("FEED_REQUIRED")
                } else {
                    Ok(())
                }
            }
            Some(Kind::TollfreeResporg | Kind::DelegateCert | Kind::Callback | Kind::PortedOut) => {
                Err("NOT_BY_IMPORT")
            }
        }
    }

    /// The evidence that rows of this kind bring, or why there is none now.
    pub fn piece(
        &self,
        kind: Kind,
        legal_name: &str,
        rules: &EvidenceRules,
        now: Ts,
    ) -> Result<Piece, &'static str> {
        let detail = Detail {
            signed_at: self.signed,
            party: self.party.clone(),
            carrier: Pii::new(self.carrier.clone()),
            ..Detail::default()
        };
        if kind.own_feed() {
            let feed = self.feed.as_ref().ok_or("FEED_REQUIRED")?;
            if feed.as_of > now {
                return Err("FEED_FUTURE");
            }
            let until = feed_expires(None, feed.as_of, rules);
            return if until <= now {
                Err("FEED_STALE")
            } else {
                let source = Some(feed.source_words());
                let detail = Detail { signed_at: Some(feed.as_of), ..Detail::default() };
                Ok(Piece { kind, source, detail, document: None, verified_at: now, until })
            };
        }
        let kind =
            if kind == Kind::Loa { letter_kind(self.party.as_str(), legal_name) } else { kind };
        let until = match expires(kind, &detail, rules, now) {
            Ok(until) => until,
            Err(EvidenceRefusal::SelfCertified) => Ts::FOREVER,
            Err(refusal) => return Err(refusal.reason()),
        };
        let document = self.document;
        Ok(Piece { kind, source: None, detail, document, verified_at: Ts::NEVER, until })
    }

    /// What is to be done about one number at `now`.
    pub fn judge(
        &self,
        file: &NumberFile,
        alternate: Option<Tn>,
        piece: Option<&Piece>,
        (told, now): (&Told, Ts),
    ) -> Verdict {
        let claim = match file.claim(self.customer, alternate) {
            Claim::Refused(reason) => return Verdict::Refused(reason),
            Claim::Good => true,
            Claim::Held => false,
        };
        let own = piece.map(|piece| piece.kind).filter(|kind| kind.own_feed());
        let rests = told.aging.is_some_and(|aging| aging.bars(self.customer, now));
        if rests && (claim || own.is_some()) {
            return Verdict::Refused("NUMBER_AGING");
        }
        let Some(piece) = piece else { return Verdict::of(claim, false) };
        if let Some(reason) = own.and_then(|kind| self.taken(file, kind, told)) {
            return Verdict::Refused(reason);
        }
        let known = file.evidence.iter().any(|old| {
            let same = old.customer == self.customer && old.kind == piece.kind;
            let as_good = match &piece.source {
                Some(source) => old.source == *source && old.expires_at >= piece.until,
                None => old.document == piece.document,
            };
            same && as_good
        });
        Verdict::of(claim, !known)
    }

    /// Why the provider's own word on this number is not this import's to give.
    fn taken(&self, file: &NumberFile, kind: Kind, told: &Told) -> Option<&'static str> {
        let others = |who: CustomerId| who != self.customer;
        let held = file.evidence.iter().any(|old| others(old.customer) && old.kind.own_feed());
        if held || told.stock.and_then(|(holder, _)| holder).is_some_and(others) {
            return Some("HELD_BY_ANOTHER");
        }
        let as_of = self.feed.as_ref()?.as_of;
        let stocked = told.stock.filter(|_| kind == Kind::AssignedByUs);
        let newer = stocked.is_some_and(|(_, told)| told > as_of)
            || file.evidence.iter().any(|old| old.kind == kind && old.since() > as_of)
            // What takes wins over what gives at the same instant.
            || told.events.iter().any(|(event, at)| ends(*event, kind) && *at >= as_of);
        newer.then_some("NEWER_KNOWN")
    }
}

/// What feeds have told of a number before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Its row in the inventory: whose it is, and as of when.
    pub stock: Option<(Option<CustomerId>, Ts)>,
    /// The latest event of each kind.
    pub events: BTreeMap<EventKind, Ts>,
    /// Its rest, over or not.
    pub aging: Option<Aging>,
}

/// Evidence as the rows of one kind bring it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: Kind,
    /// The feed it comes from; none for what a person hands in.
    pub source: Option<String>,
    /// What was seen, without the row's own reference.
    pub detail: Detail,
    /// The document it rests on.
    pub document: Option<DocumentId>,
    /// When it was verified; [`Ts::NEVER`] while it waits for a reviewer.
    pub verified_at: Ts,
    /// From when on it no longer counts.
    pub until: Ts,
}

/// What is to be done about one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Something is to be written.
    Write {
        /// The claim is new.
        claim: bool,
        /// The evidence is new.
        piece: bool,
    },
    /// It is so already.
    Unchanged,
    /// Nothing, for this stable reason.
    Refused(&'static str),
}

impl Verdict {
    const fn of(claim: bool, piece: bool) -> Self {
        if claim || piece { Self::Write { claim, piece } } else { Self::Unchanged }
    }
}

/// One row of a file as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// Its place in the file, from 1; the header is no row.
    pub nth: u64,
    /// What it names, as far as that can be read: the first number, and how many.
    pub numbers: Option<(Tn, u64)>,
    /// The evidence it brings.
    pub kind: Option<Kind>,
    /// Its reference.
    pub reference: Pii<String>,
    /// Why it is refused already; empty where it is not.
    pub fault: String,
}

impl ImportRow {
    /// A row of which nothing can be read.
    pub fn unreadable(nth: u64, reason: &str) -> Self {
        let reference = Pii::new(String::new());
        Self { nth, numbers: None, kind: None, reference, fault: reason.to_owned() }
    }

    /// How many results it has: one for each number, at least one.
    pub fn results(&self) -> u64 {
        self.numbers.map_or(1, |(_, count)| count)
    }

    /// The number of one of its results.
    pub fn number(&self, place: u64) -> Option<Tn> {
        let (first, _) = self.numbers?;
        Tn::from_digits(first.as_u64() + place).ok()
    }
}

/// A row as a file or a message gives it.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawRow<'a> {
    /// The number, or the first one of a range.
    pub number: &'a str,
    /// The last number of a range.
    pub end: &'a str,
    /// How many numbers.
    pub count: &'a str,
    /// The word of its evidence; empty for the import's own.
    pub kind: &'a str,
    /// Its reference.
    pub reference: &'a str,
}

impl RawRow<'_> {
    /// The row at its place, vetted as far as it can be without the store.
    pub fn read(self, nth: u64, terms: &Terms, provider: bool) -> ImportRow {
        let range = match TnRange::read(self.number, self.end, self.count) {
            Ok(range) => range,
            Err(bad) => return ImportRow::unreadable(nth, bad.reason()),
        };
        let word = self.kind.trim().to_ascii_uppercase();
        let kind =
            if word.is_empty() { Ok(terms.kind) } else { Kind::of_word(&word).map(Some).ok_or(()) };
        let reference = self.reference.split_whitespace().collect::<Vec<_>>().join(" ");
        let fault = match kind {
            Err(()) => Some("EVIDENCE_UNKNOWN"),
            Ok(kind) => terms.admits(kind, provider).err(),
        };
        let long = (reference.chars().count() > MAX_REFERENCE).then_some("REFERENCE_TOO_LONG");
        ImportRow {
            nth,
            numbers: Some((range.first(), range.count())),
            kind: kind.unwrap_or_default(),
            reference: Pii::new(if long.is_some() { String::new() } else { reference }),
            fault: fault.or(long).unwrap_or_default().to_owned(),
        }
    }
}

/// Results side by side that are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// How many.
    pub count: u64,
    /// What came of each.
    pub came: Came,
    /// Why, where it was refused.
    pub reason: String,
}

/// Results in the order of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Runs(pub Vec<Run>);

impl Runs {
    /// Adds the next result.
    pub fn push(&mut self, came: Came, reason: &str) {
        match self.0.last_mut().filter(|run| run.came == came && run.reason == reason) {
            Some(run) => run.count += 1,
            None => self.0.push(Run { count: 1, came, reason: reason.to_owned() }),
        }
    }

    /// Whether any was refused.
    pub fn any_refused(&self) -> bool {
        self.0.iter().any(|run| run.came == Came::Refused)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::evidence::Evidence;
    use crate::domain::fixture::EVIDENCE;
    use crate::domain::ids::{EvidenceId, NumberId};
    use crate::domain::numbering::Book;

    const ONE: &str = "+12126647665";

    fn who(n: u128) -> CustomerId {
        CustomerId(Uuid::from_u128(n))
    }

    fn terms() -> Terms {
        Terms {
            customer: who(1),
            mode: Mode::BestEffort,
            kind: None,
            document: None,
            signed: None,
            party: Pii::new(String::new()),
            carrier: String::new(),
            feed: Some(ImportFeed {
                source: InventorySource::OwnOcn,
                carrier: String::new(),
                as_of: Ts(100),
            }),
        }
    }

    fn file(text: &str) -> NumberFile {
        NumberFile::new(
            NumberId(Uuid::from_u128(9)),
            Tn::parse(text).unwrap(),
            Book::default().unstored(Tn::parse(text).unwrap()),
        )
    }

    fn piece(kind: Kind, until: i64) -> Piece {
        let source = Some("OWN_OCN".to_owned());
        let detail = Detail::default();
        Piece { kind, source, detail, document: None, verified_at: Ts(1), until: Ts(until) }
    }

    fn evidence(customer: CustomerId, kind: Kind, until: i64) -> Evidence {
        Evidence {
            id: EvidenceId(Uuid::from_u128(1)),
            number: NumberId(Uuid::from_u128(9)),
            customer,
            kind,
            source: "OWN_OCN".to_owned(),
            detail: Detail::default(),
            document: None,
            verified_at: Ts(1),
            expires_at: Ts(until),
            revoked_at: None,
            by: "key:1".to_owned(),
        }
    }

    #[test]
    fn the_providers_own_word_is_the_providers() {
        let own = [Kind::AssignedByUs, Kind::RangeAllocated, Kind::PortedToUs];
        for kind in own {
            assert_eq!(terms().admits(Some(kind), false), Err("ROLE_REQUIRED"));
            assert_eq!(terms().admits(Some(kind), true), Ok(()));
            let without = Terms { feed: None, ..terms() };
            assert_eq!(without.admits(Some(kind), true), Err("FEED_REQUIRED"));
        }
        for kind in Kind::ALL.into_iter().filter(|kind| !own.contains(kind)) {
            let told = terms().admits(Some(kind), true);
            let wanted = match kind {
                Kind::CustomerSelfCert => Ok(()),
                Kind::Loa | Kind::Bill => Err("EVIDENCE_DOCUMENT_REQUIRED"),
                Kind::AssignedByUs
                | Kind::RangeAllocated
                | Kind::PortedToUs
                | Kind::TollfreeResporg
                | Kind::DelegateCert
                | Kind::Callback
                | Kind::PortedOut => Err("NOT_BY_IMPORT"),
            };
            assert_eq!(told, wanted, "{kind:?}");
        }
        assert_eq!(terms().admits(None, false), Ok(()));
    }

    #[test]
    fn a_number_is_judged_like_a_claim_and_then_by_its_evidence() {
        let judge = |file: &NumberFile, piece: Option<&Piece>, stock| {
            let told = Told { stock, ..Told::default() };
            terms().judge(file, Tn::parse("+12126640001").ok(), piece, (&told, Ts(1)))
        };
        let fresh = file(ONE);
        assert_eq!(judge(&fresh, None, None), Verdict::Write { claim: true, piece: false });
        assert_eq!(judge(&file("+12126640001"), None, None), Verdict::Refused("ALTERNATE_PHONE"));
        assert_eq!(judge(&file("+12125550123"), None, None), Verdict::Refused("NOT_ASSIGNABLE"));
        let mut held = file(ONE);
        held.claims.push(who(1));
        assert_eq!(judge(&held, None, None), Verdict::Unchanged);
        let new = piece(Kind::AssignedByUs, 50);
        assert_eq!(judge(&held, Some(&new), None), Verdict::Write { claim: false, piece: true });
        held.evidence.push(evidence(who(1), Kind::AssignedByUs, 50));
        assert_eq!(judge(&held, Some(&new), None), Verdict::Unchanged);
        let later = piece(Kind::AssignedByUs, 51);
        assert_eq!(judge(&held, Some(&later), None), Verdict::Write { claim: false, piece: true });
        let mut others = file(ONE);
        others.claims.push(who(2));
        assert_eq!(judge(&others, None, None), Verdict::Write { claim: true, piece: false });
        others.evidence.push(evidence(who(2), Kind::PortedToUs, 50));
        assert_eq!(judge(&others, Some(&new), None), Verdict::Refused("HELD_BY_ANOTHER"));
        let stock = |holder, as_of| Some((holder, Ts(as_of)));
        let assigned = judge(&fresh, Some(&new), stock(Some(who(2)), 1));
        assert_eq!(assigned, Verdict::Refused("HELD_BY_ANOTHER"));
        let newer = judge(&fresh, Some(&new), stock(None, 101));
        assert_eq!(newer, Verdict::Refused("NEWER_KNOWN"));
        let older = judge(&fresh, Some(&new), stock(None, 100));
        assert_eq!(older, Verdict::Write { claim: true, piece: true });
    }

    #[test]
    fn a_feed_gives_nothing_back_that_was_taken_after_it() {
        let judge = |file: &NumberFile, kind, told: &Told| {
            terms().judge(file, None, Some(&piece(kind, 50)), (told, Ts(1)))
        };
        let write = Verdict::Write { claim: true, piece: true };
        for (event, kind, at, wanted) in [
            (EventKind::PortedOut, Kind::AssignedByUs, 99, write),
            (EventKind::PortedOut, Kind::AssignedByUs, 100, Verdict::Refused("NEWER_KNOWN")),
            (EventKind::PortedOut, Kind::RangeAllocated, 101, Verdict::Refused("NEWER_KNOWN")),
            (EventKind::Disconnected, Kind::PortedToUs, 101, Verdict::Refused("NEWER_KNOWN")),
            (EventKind::CarrierChanged, Kind::PortedToUs, 101, write),
        ] {
            let told = Told { events: BTreeMap::from([(event, Ts(at))]), ..Told::default() };
            assert_eq!(judge(&file(ONE), kind, &told), wanted, "{event:?} {kind:?} {at}");
        }
        let mut known = file(ONE);
        let mut later = evidence(who(1), Kind::AssignedByUs, 40);
        later.detail.signed_at = Some(Ts(101));
        known.evidence.push(later);
        let told = judge(&known, Kind::AssignedByUs, &Told::default());
        assert_eq!(told, Verdict::Refused("NEWER_KNOWN"));
    }

    #[test]
    fn a_number_that_rests_is_given_to_nobody_else() {
        let of = |who| Aging { customer: Some(who), since: Ts(0), until: Ts(10) };
        let judge = |file: &NumberFile, kind: Option<Kind>, aging, now| {
            let told = Told { aging: Some(aging), ..Told::default() };
            let piece = kind.map(|kind| piece(kind, 50));
            terms().judge(file, None, piece.as_ref(), (&told, Ts(now)))
        };
        let mut claimed = file(ONE);
        claimed.claims.push(who(1));
        let rests = Verdict::Refused("NUMBER_AGING");
        assert_eq!(judge(&file(ONE), None, of(who(2)), 9), rests);
        assert_eq!(judge(&claimed, Some(Kind::AssignedByUs), of(who(2)), 9), rests);
        let write = Verdict::Write { claim: false, piece: true };
        assert_eq!(judge(&claimed, Some(Kind::AssignedByUs), of(who(2)), 10), write);
        assert_eq!(judge(&claimed, Some(Kind::AssignedByUs), of(who(1)), 9), write);
        assert_eq!(judge(&claimed, None, of(who(2)), 9), Verdict::Unchanged);
    }

    #[test]
    fn the_word_of_a_feed_is_as_old_as_the_feed() {
        let piece = |now| terms().piece(Kind::PortedToUs, "", &EVIDENCE, Ts(now));
        assert_eq!(piece(100).map(|piece| piece.detail.signed_at), Ok(Some(Ts(100))));
        assert_eq!(piece(99).err(), Some("FEED_FUTURE"));
    }

    #[test]
    fn a_row_keeps_its_numbers_when_it_is_refused() {
        let raw = RawRow { number: ONE, kind: "assigned_by_us", ..RawRow::default() };
        let row = raw.read(3, &terms(), false);
        assert_eq!((row.nth, row.fault.as_str(), row.results()), (3, "ROLE_REQUIRED", 1));
        assert_eq!(row.number(0).map(Tn::e164).as_deref(), Some(ONE));
        let raw = RawRow { number: ONE, end: "+12126647664", ..RawRow::default() };
        let row = raw.read(4, &terms(), true);
        assert_eq!((row.fault.as_str(), row.results(), row.numbers), ("RANGE_BACKWARDS", 1, None));
        let raw = RawRow { number: ONE, kind: "LEVEL_A", ..RawRow::default() };
        assert_eq!(raw.read(5, &terms(), true).fault, "EVIDENCE_UNKNOWN");
        let raw = RawRow { number: ONE, count: "3", reference: " PO \n 7 ", ..RawRow::default() };
        let row = raw.read(6, &terms(), true);
        assert_eq!((row.results(), row.reference.as_str(), row.fault.as_str()), (3, "PO 7", ""));
    }

    #[test]
    fn equal_results_stand_together() {
        let mut runs = Runs::default();
        for (came, reason) in
            [(Came::Done, ""), (Came::Done, ""), (Came::Refused, "INVALID"), (Came::Done, "")]
        {
            runs.push(came, reason);
        }
        assert_eq!(runs.0.iter().map(|run| run.count).collect::<Vec<_>>(), [2, 1, 1]);
        assert!(runs.any_refused());
    }
}
