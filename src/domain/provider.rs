//! What the FCC's lists say of a customer that is itself a provider (R2-24, R2-25). A list that could
//! not be asked says UNKNOWN, which is never ABSENT and never a pass.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::{Check, Kind, Method, Verdict};
use super::date;
use super::finding::{Code, Finding, subject_of};
use super::profile::RmdRole;
use super::time::Ts;
use super::words::words;

words! {
    /// A record of a provider.
    pub enum Record as "record of a provider" {
        /// The filing in the Robocall Mitigation Database.
        Rmd = "RMD",
        /// The FCC registration number.
        Frn = "FRN",
        /// The form 499 filer.
        Filer499 = "FILER_499",
        /// The operating company number.
        Ocn = "OCN",
        /// The service provider code.
        Spc = "SPC",
    }
}

impl Record {
    /// What it is, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rmd => "Filing in the Robocall Mitigation Database",
            Self::Frn => "FCC registration number",
            Self::Filer499 => "Form 499 filing",
            Self::Ocn => "Operating company number",
            Self::Spc => "Service provider code",
        }
    }
}

words! {
    /// Whether a record is there.
    pub enum Presence as "presence of a record" {
        /// It is there.
        Present = "PRESENT",
        /// A complete list lacks it.
        Absent = "ABSENT",
        /// No list could be asked.
        Unknown = "UNKNOWN",
    }
}

/// A filing as the list has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filing {
    /// Whether its name is one of the customer's; unknown where it could not be compared.
    pub name_agrees: Option<bool>,
    /// The roles it was filed for.
    pub roles: Vec<RmdRole>,
    /// When it was last recertified; unknown where the list does not say.
    pub recertified: Option<Ts>,
}

/// What the lists say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFacts {
    /// The filing; absent and unknown are told apart.
    pub filing: Result<Filing, Presence>,
    /// Whether the FCC removed it.
    pub removed: bool,
    /// The other records.
    pub others: BTreeMap<Record, Presence>,
}

/// What they come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// How the check ends.
    pub result: Verdict,
    /// The stable reason.
    pub reason: &'static str,
    /// The findings to raise.
    pub findings: Vec<Code>,
    /// What holds of each record that the role needs.
    pub records: BTreeMap<Record, Presence>,
}

impl RecordFacts {
    fn presence(&self, record: Record) -> Presence {
        match record {
            Record::Rmd => match &self.filing {
                Ok(_) => Presence::Present,
                Err(presence) => *presence,
            },
            Record::Frn | Record::Filer499 | Record::Ocn | Record::Spc => {
                self.others.get(&record).copied().unwrap_or(Presence::Unknown)
            }
        }
    }
}

/// Judges the records that a role needs, for a customer that says it has `claimed` roles.
pub fn judge(needed: &[Record], claimed: &[RmdRole], facts: &RecordFacts, now: Ts) -> Judged {
    let records: BTreeMap<Record, Presence> =
        needed.iter().map(|record| (*record, facts.presence(*record))).collect();
    let end = |result, reason, findings: &[Code]| Judged {
        result,
        reason,
        findings: findings.to_vec(),
        records: records.clone(),
    };
    if facts.removed {
        return end(Verdict::Fail, "RMD_REMOVED", &[Code::RmdRemoved]);
    }
    let filing = match &facts.filing {
        Ok(filing) => filing,
        Err(Presence::Absent) => return end(Verdict::Fail, "RMD_ABSENT", &[Code::RmdMissing]),
        Err(Presence::Present | Presence::Unknown) => {
            return end(Verdict::Unavailable, "RMD_UNKNOWN", &[]);
        }
    };
    if filing.name_agrees == Some(false) {
        return end(Verdict::Fail, "RMD_OTHER_NAME", &[Code::NameMismatch]);
    }
    if records.values().any(|presence| *presence == Presence::Absent) {
        return end(Verdict::Fail, "RECORD_ABSENT", &[]);
    }
    if records.values().any(|presence| *presence == Presence::Unknown) {
        return end(Verdict::Unavailable, "RECORD_UNKNOWN", &[]);
    }
    if filing.name_agrees.is_none() {
        return end(Verdict::Review, "RMD_NAME_NOT_COMPARED", &[]);
    }
    if claimed.iter().any(|role| !filing.roles.contains(role)) {
        return end(Verdict::Review, "RMD_OTHER_ROLE", &[]);
    }
    if filing.recertified.is_some_and(|at| is_stale(at, now)) {
        return end(Verdict::Review, STALE, &[Code::RmdStale]);
    }
    end(Verdict::Pass, "RMD_LIVE", &[])
}

/// A filing that was not recertified in time.
const STALE: &str = "RMD_STALE";
/// What the database leaves open and the page of the filing tells. What it denies is never among
/// them, nor a filing that is gone.
const OPEN: [&str; 4] = ["RMD_DATE_NOT_TOLD", "RMD_NAME_NOT_COMPARED", "RMD_OTHER_ROLE", STALE];
/// How a check ends whose open question a reviewer has decided.
pub const DECIDED: &str = "RMD_REVIEWED";

/// A reviewer's word on what the database leaves open, as the check's evidence holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The reason that was decided.
    pub decides: String,
    /// When.
    pub decided_at: Ts,
}

/// What a reviewer may decide of a check as it stands, by the page of the filing.
pub fn open_question(check: Option<&Check>) -> Option<&str> {
    let check = check.filter(|check| check.result == Verdict::Review)?;
    OPEN.contains(&check.reason.as_str()).then_some(check.reason.as_str())
}

/// What the lists come to beside what stood before. A question that a reviewer has decided is not
/// asked again until the filing has to be recertified. Whoever is `active` keeps a filing that is
/// late: its finding says what that takes away.
pub fn beside(judged: Judged, before: Option<&Check>, active: bool, now: Ts) -> Judged {
    let Some(before) = before.filter(|check| check.result == Verdict::Pass) else { return judged };
    if judged.result != Verdict::Review {
        return judged;
    }
    let told = (before.method == Method::Document)
        .then(|| serde_json::from_value::<Decided>(before.evidence.expose().clone()).ok());
    let holds = |word: &Decided| word.decides == judged.reason && !is_stale(word.decided_at, now);
    if told.flatten().is_some_and(|word| holds(&word)) {
        return Judged { result: Verdict::Pass, reason: DECIDED, findings: Vec::new(), ..judged };
    }
    if active && judged.reason == STALE {
        return Judged { result: Verdict::Pass, ..judged };
    }
    judged
}

/// Findings that a filing was late, once a check finds it recertified.
pub fn recertified<'f>(check: &Check, findings: &'f [Finding]) -> Vec<&'f Finding> {
    let live =
        check.kind == Kind::RmdRecord && check.result == Verdict::Pass && check.reason != STALE;
    let prefix = subject_of(&check.subject, check.claim_digest, "");
    let late = |f: &&Finding| {
        live && f.code == Code::RmdStale && f.is_open() && f.subject.starts_with(&prefix)
    };
    findings.iter().filter(late).collect()
}

/// Whether a filing was last recertified before the 1 March that passed last (R2-23).
pub fn is_stale(recertified: Ts, now: Ts) -> bool {
    let day =
        |year: u32, rest: &str| date::read(&format!("{year:04}-{rest}")).unwrap_or(Ts::FOREVER);
    let year = date::write(now).get(..4).and_then(|year| year.parse().ok()).unwrap_or(9_999);
    let due = if now >= day(year, "03-01") { year } else { year.saturating_sub(1) };
    // From 1 February on a filing can be recertified for the year.
    recertified < day(due, "02-01")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Ts {
        date::read(text).unwrap()
    }

    fn live() -> RecordFacts {
        RecordFacts {
            filing: Ok(Filing {
                name_agrees: Some(true),
                roles: vec![RmdRole::VoiceServiceProvider],
                recertified: Some(day("2026-02-10")),
            }),
            removed: false,
            others: [(Record::Frn, Presence::Present), (Record::Filer499, Presence::Present)]
                .into(),
        }
    }

    fn judged(edit: impl FnOnce(&mut RecordFacts)) -> (Verdict, &'static str, Vec<Code>) {
        let mut facts = live();
        edit(&mut facts);
        let needed = [Record::Rmd, Record::Frn, Record::Filer499];
        let told = judge(&needed, &[RmdRole::VoiceServiceProvider], &facts, day("2026-11-27"));
        (told.result, told.reason, told.findings)
    }

    fn filing(facts: &mut RecordFacts) -> &mut Filing {
        facts.filing.as_mut().unwrap()
    }

    #[test]
    fn every_fact_has_its_end() {
        use Verdict::{Fail, Pass, Review, Unavailable};
        assert_eq!(judged(|_| ()), (Pass, "RMD_LIVE", vec![]));
        assert_eq!(judged(|f| f.removed = true), (Fail, "RMD_REMOVED", vec![Code::RmdRemoved]));
        let absent = |f: &mut RecordFacts| f.filing = Err(Presence::Absent);
        assert_eq!(judged(absent), (Fail, "RMD_ABSENT", vec![Code::RmdMissing]));
        let unknown = |f: &mut RecordFacts| f.filing = Err(Presence::Unknown);
        assert_eq!(judged(unknown), (Unavailable, "RMD_UNKNOWN", vec![]));
        let other = |f: &mut RecordFacts| filing(f).name_agrees = Some(false);
        assert_eq!(judged(other), (Fail, "RMD_OTHER_NAME", vec![Code::NameMismatch]));
        let roles = |f: &mut RecordFacts| filing(f).roles.clear();
        assert_eq!(judged(roles), (Review, "RMD_OTHER_ROLE", vec![]));
        let old = |f: &mut RecordFacts| filing(f).recertified = Some(day("2025-02-20"));
        assert_eq!(judged(old), (Review, "RMD_STALE", vec![Code::RmdStale]));
        for record in [Record::Frn, Record::Filer499] {
            let gone = |f: &mut RecordFacts| {
                f.others.insert(record, Presence::Absent);
            };
            assert_eq!(judged(gone), (Fail, "RECORD_ABSENT", vec![]));
            let dark = |f: &mut RecordFacts| {
                f.others.remove(&record);
            };
            assert_eq!(judged(dark), (Unavailable, "RECORD_UNKNOWN", vec![]));
        }
    }

    #[test]
    fn what_was_decided_or_is_late_is_seen_beside_what_stood() {
        use crate::domain::fixture::{check_mut, policy, ready};
        use crate::domain::pii::Pii;
        let now = day("2026-11-27");
        let mut file = ready(crate::domain::customer::Role::EndUser, &policy());
        let check = check_mut(&mut file, Kind::Existence);
        let judged = |result, reason| Judged {
            result,
            reason,
            findings: Vec::new(),
            records: BTreeMap::new(),
        };
        let undated = || judged(Verdict::Review, "RMD_DATE_NOT_TOLD");
        let decided = |decides: &str, at: &str| Check {
            result: Verdict::Pass,
            method: Method::Document,
            evidence: Pii::new(serde_json::json!({ "decides": decides, "decided_at": day(at) })),
            ..check.clone()
        };
        let result = |judged: Judged, before: &Check, active| {
            beside(judged, Some(before), active, now).result
        };
        let this_year = decided("RMD_DATE_NOT_TOLD", "2026-03-04");
        assert_eq!(result(undated(), &this_year, false), Verdict::Pass);
        let last_year = decided("RMD_DATE_NOT_TOLD", "2026-01-04");
        assert_eq!(result(undated(), &last_year, true), Verdict::Review, "recertified since?");
        let other = decided("RMD_OTHER_ROLE", "2026-03-04");
        assert_eq!(result(undated(), &other, true), Verdict::Review, "another question");
        let gone = judged(Verdict::Fail, "RMD_ABSENT");
        assert_eq!(result(gone, &this_year, true), Verdict::Fail);
        let missing = judged(Verdict::Review, "RMD_MISSING");
        assert_eq!(result(missing, &this_year, true), Verdict::Review);
        let late = || judged(Verdict::Review, "RMD_STALE");
        let live = Check { result: Verdict::Pass, ..check.clone() };
        assert_eq!(result(late(), &live, true), Verdict::Pass);
        assert_eq!(result(late(), &live, false), Verdict::Review);
        let failed = Check { result: Verdict::Fail, ..check.clone() };
        assert_eq!(result(late(), &failed, true), Verdict::Review);
        for (result, reason, open) in [
            (Verdict::Review, "RMD_DATE_NOT_TOLD", true),
            (Verdict::Review, "RMD_MISSING", false),
            (Verdict::Fail, "RMD_DATE_NOT_TOLD", false),
        ] {
            let reason = reason.to_owned();
            let check = Check { result, reason, ..check.clone() };
            assert_eq!(open_question(Some(&check)).is_some(), open);
        }
    }

    #[test]
    fn only_a_whole_yes_passes() {
        let each = [Presence::Present, Presence::Absent, Presence::Unknown];
        let mut passed = 0;
        for nth in 0..27 {
            let (rmd, frn, filer) = (each[nth % 3], each[nth / 3 % 3], each[nth / 9]);
            let (result, ..) = judged(|f| {
                if rmd != Presence::Present {
                    f.filing = Err(rmd);
                }
                f.others.insert(Record::Frn, frn);
                f.others.insert(Record::Filer499, filer);
            });
            let all = [rmd, frn, filer].iter().all(|p| *p == Presence::Present);
            assert_eq!(result == Verdict::Pass, all);
            passed += usize::from(all);
        }
        assert_eq!(passed, 1);
    }

    #[test]
    fn recertification_ends_on_the_first_of_march() {
        for (recertified, now, stale) in [
            ("2025-02-15", "2026-02-28", false),
            ("2025-02-15", "2026-03-01", true),
            ("2026-02-01", "2026-03-01", false),
            ("2026-01-31", "2026-11-27", true),
            ("2026-06-01", "2026-11-27", false),
            ("2024-12-31", "2026-02-01", true),
        ] {
            assert_eq!(is_stale(day(recertified), day(now)), stale, "{recertified} {now}");
        }
    }
}
