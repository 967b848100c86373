//! Findings: red flags with a stable code, a severity that policy sets, and a resolution.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::{Check, Kind, Verdict};
use super::digest::Digest;
use super::ids::{CheckId, FindingId};
use super::list::List;
use super::pii::Pii;
use super::screening::Hit;
use super::time::Ts;
use super::words::words;

words! {
    /// What was found. The list grows; a code never changes its meaning.
    pub enum Code as "finding code" {
        /// A name resembles a listed party.
        SanctionsHit = "SANCTIONS_HIT",
        /// The address is a post office box, a mail drop or another place that is no premises.
        AddrNotPhysical = "ADDR_NOT_PHYSICAL",
        /// Another customer gives the same address (R2-09).
        AddrShared = "ADDR_SHARED",
        /// An identifier cannot be one.
        IdentifierFormBad = "IDENTIFIER_FORM_BAD",
        /// An EIN prefix the IRS has not assigned, as far as known (R6-01).
        IdentifierPrefixUnassigned = "IDENTIFIER_PREFIX_UNASSIGNED",
        /// Another customer gives the same identifier.
        IdentifierShared = "IDENTIFIER_SHARED",
        /// The alternate number is a contact's or a claimed one (R6-16).
        AlternatePhoneSame = "ALTERNATE_PHONE_SAME",
        /// The caller name is no name of the organisation (R1-02).
        CnamMismatch = "CNAM_MISMATCH",
        /// A required check failed.
        CheckFailed = "CHECK_FAILED",
        /// A required check cannot be decided by a machine.
        CheckReview = "CHECK_REVIEW",
        /// A name could not be compared with the lists.
        NameUnscreenable = "NAME_UNSCREENABLE",
        /// The address is that of a hotel or other lodging (R2-09).
        AddrLodging = "ADDR_LODGING",
        /// The sign-up came from another country than the address is in (R2-09).
        IpGeoMismatch = "IP_GEO_MISMATCH",
        /// A mailbox of a kind that is thrown away (R2-09).
        EmailDomainRisk = "EMAIL_DOMAIN_RISK",
        /// A mailbox that is not at the organisation's own domain (R6-18).
        EmailNotCompanyDomain = "EMAIL_NOT_COMPANY_DOMAIN",
        /// Paid in a way that names nobody (R2-09).
        AnonPayment = "ANON_PAYMENT",
        /// Nothing but its own word supports who it is (R2-09).
        UncorroboratedId = "UNCORROBORATED_ID",
        /// A source knows the identifier under another name.
        NameMismatch = "NAME_MISMATCH",
        /// A name resembles a party excluded from public contracts.
        Debarred = "DEBARRED",
        /// No filing in the Robocall Mitigation Database (R2-24).
        RmdMissing = "RMD_MISSING",
        /// The filing was not recertified in time (R2-23).
        RmdStale = "RMD_STALE",
        /// The filing was removed (R2-24); final while it stands.
        RmdRemoved = "RMD_REMOVED",
        /// An order of the FCC forbids its traffic (R2-04).
        FccOrder = "FCC_ORDER",
        /// A name that pretends to be another's.
        SpoofName = "SPOOF_NAME",
        /// The declared script sounds like calls that are traced back.
        ScriptRedFlag = "SCRIPT_RED_FLAG",
        /// Registered a short while ago.
        RecentRegistration = "RECENT_REGISTRATION",
        /// The register's record was changed a short while ago.
        RegistryJustChanged = "REGISTRY_JUST_CHANGED",
        /// Shares something with a customer that was turned down, stopped or ended.
        LinkedToTerminated = "LINKED_TO_TERMINATED",
        /// Too many wrong codes were given for call-backs.
        CallbackFailures = "CALLBACK_FAILURES",
    }
}

impl Code {
    /// What it is, in one sentence for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SanctionsHit => "A name resembles a party on a sanctions list",
            Self::AddrNotPhysical => "The physical address is a mail box or another mail drop",
            Self::AddrShared => "Another customer gives the same physical address",
            Self::IdentifierFormBad => "An identifier does not have the form of its kind",
            Self::IdentifierPrefixUnassigned => "An EIN starts with a prefix not known as assigned",
            Self::IdentifierShared => "Another customer gives the same identifier",
            Self::AlternatePhoneSame => "The alternate number is not another number",
            Self::CnamMismatch => "The caller name is not a name of the organisation",
            Self::CheckFailed => "A check failed",
            Self::CheckReview => "A check has to be decided by a reviewer",
            Self::NameUnscreenable => "A name cannot be compared with the sanctions lists",
            Self::AddrLodging => "The physical address is that of a hotel or other lodging",
            Self::IpGeoMismatch => "The sign-up came from another country than that of the address",
            Self::EmailDomainRisk => "A mailbox is of a kind that is thrown away after use",
            Self::EmailNotCompanyDomain => "A mailbox is not at the organisation's own domain",
            Self::AnonPayment => "The first payment names nobody",
            Self::UncorroboratedId => "Nothing but the customer's own word supports who it is",
            Self::NameMismatch => "A source knows the identifier under another name",
            Self::Debarred => "A name resembles a party excluded from public contracts",
            Self::RmdMissing => "The Robocall Mitigation Database has no such filing",
            Self::RmdStale => {
                "The filing in the Robocall Mitigation Database was not recertified in time"
            }
            Self::RmdRemoved => "The filing was removed from the Robocall Mitigation Database",
            Self::FccOrder => "An order of the FCC forbids its traffic",
            Self::SpoofName => "A name looks like that of a known brand or of another customer",
            Self::ScriptRedFlag => "The declared script sounds like calls that are traced back",
            Self::RecentRegistration => "The organisation was registered a short while ago",
            Self::RegistryJustChanged => "The register's record was changed a short while ago",
            Self::LinkedToTerminated => {
                "It shares something with a customer that was turned down, stopped or ended"
            }
            Self::CallbackFailures => "Too many wrong codes were given for call-backs to numbers",
        }
    }

    /// Whether policies knew it from the first. Those published before a later code read on without
    /// it, and take it for HIGH.
    pub const fn is_first(self) -> bool {
        matches!(
            self,
            Self::SanctionsHit
                | Self::AddrNotPhysical
                | Self::AddrShared
                | Self::IdentifierFormBad
                | Self::IdentifierPrefixUnassigned
                | Self::IdentifierShared
                | Self::AlternatePhoneSame
                | Self::CnamMismatch
                | Self::CheckFailed
                | Self::CheckReview
                | Self::NameUnscreenable
        )
    }
}

words! {
    /// How grave a finding is; the policy says so for each code.
    pub enum Severity as "severity" {
        /// To know.
        Low = "LOW",
        /// To look at.
        Medium = "MEDIUM",
        /// Bars activation, and suspends an ACTIVE customer.
        High = "HIGH",
    }
}

words! {
    /// How a finding was resolved.
    pub enum Resolution as "resolution" {
        /// It is not so.
        FalsePositive = "FALSE_POSITIVE",
        /// It was so, and its cause is gone.
        Mitigated = "MITIGATED",
        /// It is so. A HIGH finding that is confirmed bars as before; a confirmed sanctions match
        /// is final.
        Confirmed = "CONFIRMED",
    }
}

/// Whether a finding stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FindingState {
    /// Nobody has resolved it.
    Open,
    /// A reviewer said what it is.
    Resolved {
        /// How.
        resolution: Resolution,
        /// The reviewer.
        by: String,
        /// When.
        at: Ts,
        /// Why.
        reason: Pii<String>,
    },
}

/// A red flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// What was found.
    pub code: Code,
    /// What it is about, without personal data; the same thing is never raised twice.
    pub subject: String,
    /// How grave it was by the policy of that day.
    pub severity: Severity,
    /// Whether it stands.
    pub state: FindingState,
    /// What it rests on; for reviewers and auditors only.
    pub evidence: Pii<BTreeMap<String, String>>,
    /// When it was raised.
    pub raised_at: Ts,
    /// The check that raised it.
    pub check: Option<CheckId>,
}

/// Why a finding cannot be resolved so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveRefusal {
    /// It was resolved before.
    #[error("the finding is resolved already")]
    Resolved,
    /// A confirmed sanctions match is final (rule 8).
    #[error("a confirmed sanctions match cannot be taken back")]
    Final,
}

impl ResolveRefusal {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Resolved => "FINDING_RESOLVED",
            Self::Final => "FINDING_FINAL",
        }
    }
}

/// Something to raise, before it is known whether it stands already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raise {
    /// What was found.
    pub code: Code,
    /// What it is about; see [`subject_of`].
    pub subject: String,
    /// What it rests on.
    pub evidence: Pii<BTreeMap<String, String>>,
}

/// The subject of a finding about a claim: which claim, a part of its digest, and what of it. The
/// same words about an edited claim are another subject.
pub fn subject_of(claim_subject: &str, digest: Digest, detail: &str) -> String {
    let short: String = digest.to_string().chars().take(16).collect();
    format!("{claim_subject}#{short}#{detail}")
}

impl Finding {
    /// Whether nobody has resolved it.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, FindingState::Open)
    }

    const fn is_mitigated(&self) -> bool {
        matches!(self.state, FindingState::Resolved { resolution: Resolution::Mitigated, .. })
    }

    /// Whether it stands: open, or confirmed.
    pub const fn stands(&self) -> bool {
        match self.state {
            FindingState::Open => true,
            FindingState::Resolved { resolution, .. } => {
                matches!(resolution, Resolution::Confirmed)
            }
        }
    }

    /// Whether it bars activation.
    pub const fn bars(&self) -> bool {
        matches!(self.severity, Severity::High) && self.stands()
    }

    /// Resolves it. What was confirmed can be resolved again once its cause is gone, except a
    /// sanctions match.
    pub fn resolve(
        self,
        resolution: Resolution,
        by: &str,
        reason: Pii<String>,
        now: Ts,
    ) -> Result<Self, ResolveRefusal> {
        match (&self.state, self.code) {
            (FindingState::Resolved { resolution: Resolution::Confirmed, .. }, code) => {
                if code == Code::SanctionsHit {
                    return Err(ResolveRefusal::Final);
                }
                if resolution == Resolution::Confirmed {
                    return Err(ResolveRefusal::Resolved);
                }
            }
            (FindingState::Resolved { .. }, _) => return Err(ResolveRefusal::Resolved),
            (FindingState::Open, _) => {}
        }
        let state = FindingState::Resolved { resolution, by: by.to_owned(), at: now, reason };
        Ok(Self { state, ..self })
    }
}

/// The finding to store, unless the same one was raised before: an open one needs no twin, and
/// what a reviewer called false or confirmed about the very same subject stays so. What was
/// mitigated and is seen again is raised again.
pub fn raise(
    known: &[Finding],
    new: Raise,
    severity: Severity,
    check: Option<CheckId>,
    id: FindingId,
    now: Ts,
) -> Option<Finding> {
    let same = |f: &&Finding| f.code == new.code && f.subject == new.subject;
    if known.iter().filter(same).any(|f| !f.is_mitigated()) {
        return None;
    }
    Some(Finding {
        id,
        code: new.code,
        subject: new.subject,
        severity,
        state: FindingState::Open,
        evidence: new.evidence,
        raised_at: now,
        check,
    })
}

/// What a finding about a listed name names of the list: the entry as it was when it was found.
/// The same entry, unaltered in a later load, is the same finding; an altered one is another.
pub fn entry_of(list: List, hit: &Hit) -> String {
    let short: String = hit.entry.to_string().chars().take(16).collect();
    format!("{list}:{}:{short}", hit.id)
}

/// Open findings of a screening whose entry no longer resembles the name: it ended, or was altered.
/// Only lists that were asked just now can say so.
pub fn outlived<'f>(
    check: &Check,
    findings: &'f [Finding],
    raised: &[String],
    asked: &[List],
) -> Vec<&'f Finding> {
    let prefix = subject_of(&check.subject, check.claim_digest, "");
    let of_asked = |finding: &Finding| {
        let list = finding.evidence.expose().get("list").and_then(|word| word.parse().ok());
        list.is_some_and(|list: List| asked.contains(&list))
    };
    let about = |f: &&Finding| {
        matches!(f.code, Code::SanctionsHit | Code::Debarred)
            && f.is_open()
            && f.subject.starts_with(&prefix)
            && !raised.contains(&f.subject)
    };
    findings.iter().filter(about).filter(|finding| of_asked(finding)).collect()
}

/// What a screening comes to once its findings are looked at: ruled out ones let it pass, a
/// confirmed sanctions match fails it, and without any the result stays what it was. Only a screening
/// that asked the lists can pass so: what was ruled out before says nothing of a list that is not
/// there. An exclusion from contracts waits for a reviewer before a customer is `active`; whoever is
/// keeps its service meanwhile, and what a confirmed one bars, its own severity says.
pub fn screened(check: &Check, findings: &[Finding], active: bool) -> Verdict {
    let prefix = subject_of(&check.subject, check.claim_digest, "");
    let mut told = findings.iter().filter(|f| {
        matches!(f.code, Code::SanctionsHit | Code::NameUnscreenable | Code::Debarred)
            && f.subject.starts_with(&prefix)
    });
    if check.kind != Kind::Sanctions || told.clone().next().is_none() {
        check.result
    } else if told.clone().any(|f| f.stands() && !f.is_open() && f.code != Code::Debarred) {
        Verdict::Fail
    } else if check.result == Verdict::Unavailable {
        Verdict::Unavailable
    } else if told.any(|f| f.is_open() && !(active && f.code == Code::Debarred)) {
        Verdict::Review
    } else {
        Verdict::Pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{START as NOW, id, text};

    fn raised(known: &[Finding], detail: &str) -> Option<Finding> {
        let subject = subject_of("legal_name", Digest::of(b"claim"), detail);
        let new = Raise { code: Code::SanctionsHit, subject, evidence: Pii::default() };
        raise(known, new, Severity::High, None, FindingId(id(1)), NOW)
    }

    fn resolved(found: &Finding, how: Resolution) -> Finding {
        found.clone().resolve(how, "user:1", text("seen"), NOW).unwrap()
    }

    #[test]
    fn the_same_thing_is_raised_once() {
        let first = raised(&[], "306").unwrap();
        assert!(first.bars() && first.is_open());
        assert_eq!(raised(std::slice::from_ref(&first), "306"), None);
        assert!(raised(std::slice::from_ref(&first), "307").is_some());
        let cleared = resolved(&first, Resolution::FalsePositive);
        assert!(!cleared.bars());
        assert_eq!(raised(&[cleared], "306"), None);
        let confirmed = resolved(&first, Resolution::Confirmed);
        assert!(confirmed.bars());
        assert_eq!(raised(&[confirmed], "306"), None);
        let gone = resolved(&first, Resolution::Mitigated);
        assert!(!gone.bars());
        assert!(raised(&[gone], "306").is_some());
    }

    #[test]
    fn a_screening_passes_when_every_hit_is_ruled_out() {
        let policy = crate::domain::fixture::policy();
        let mut file =
            crate::domain::fixture::ready(crate::domain::customer::Role::EndUser, &policy);
        let check = crate::domain::fixture::check_mut(&mut file, Kind::Sanctions);
        check.result = Verdict::Review;
        let hit = |detail: &str| {
            let subject = subject_of(&check.subject, check.claim_digest, detail);
            let new = Raise { code: Code::SanctionsHit, subject, evidence: Pii::default() };
            raise(&[], new, Severity::High, None, FindingId(id(1)), NOW).unwrap()
        };
        let (open, other) = (hit("306"), hit("307"));
        let cleared = resolved(&open, Resolution::FalsePositive);
        let waiting = |check: &Check, findings: &[Finding]| screened(check, findings, false);
        assert_eq!(waiting(check, &[]), Verdict::Review);
        let excluded = Finding { code: Code::Debarred, ..open.clone() };
        assert_eq!(waiting(check, std::slice::from_ref(&excluded)), Verdict::Review);
        let of_active = |findings: &[Finding]| screened(check, findings, true);
        assert_eq!(of_active(std::slice::from_ref(&excluded)), Verdict::Pass);
        assert_eq!(of_active(&[excluded, other.clone()]), Verdict::Review);
        assert_eq!(waiting(check, &[cleared.clone(), other.clone()]), Verdict::Review);
        let both = [cleared.clone(), resolved(&other, Resolution::FalsePositive)];
        assert_eq!(waiting(check, &both), Verdict::Pass);
        let true_hit = [cleared.clone(), resolved(&other, Resolution::Confirmed)];
        assert_eq!(waiting(check, &true_hit), Verdict::Fail);
        let elsewhere = Finding { subject: "trade_names[0]#0#1".to_owned(), ..open };
        assert_eq!(waiting(check, &[elsewhere]), Verdict::Review);
        let unasked = Check { result: Verdict::Unavailable, ..check.clone() };
        assert_eq!(waiting(&unasked, &true_hit), Verdict::Fail);
        for told in [&both[..], &[cleared.clone(), other.clone()]] {
            assert_eq!(waiting(&unasked, told), Verdict::Unavailable, "no list was asked");
        }
        let passed = Check { result: Verdict::Pass, ..check.clone() };
        assert!(!passed.gives_way_to(&unasked) && unasked.gives_way_to(&passed));
        let over = Check { expires_at: Ts::NEVER, ..passed };
        assert!(!over.gives_way_to(&unasked), "its end is the policy's to judge");
    }

    #[test]
    fn a_confirmed_sanctions_match_is_final() {
        let first = raised(&[], "306").unwrap();
        let confirmed = resolved(&first, Resolution::Confirmed);
        let again = confirmed.resolve(Resolution::FalsePositive, "user:2", text("no"), NOW);
        assert_eq!(again.err(), Some(ResolveRefusal::Final));
        let other = resolved(
            &Finding { code: Code::AddrNotPhysical, ..first.clone() },
            Resolution::Confirmed,
        );
        assert!(!resolved(&other, Resolution::Mitigated).bars());
        let done = resolved(&first, Resolution::FalsePositive);
        let twice = done.resolve(Resolution::Confirmed, "user:2", text("yes"), NOW);
        assert_eq!(twice.err(), Some(ResolveRefusal::Resolved));
    }
}
