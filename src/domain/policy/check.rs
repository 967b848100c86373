//! Makes a policy of its text, or names every fault.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::rules::{
    CheckRule, ClauseRule, Effect, FindingRule, HighVolume, OnExpiry, Policy, RequiredCheck,
    RequiredField, RequiredIdentifier, RoleRules,
};
use super::text::{CheckText, ClauseText, FieldText, PolicyText, RoleText};
use crate::domain::check::{Kind, Method};
use crate::domain::customer::Role;
use crate::domain::date;
use crate::domain::fault::FieldFault;
use crate::domain::finding::{Code, Severity};
use crate::domain::list::List;
use crate::domain::profile::Field;
use crate::domain::screening::Score;
use crate::domain::time::{Span, Ts};

/// A version that is announced is at most this far away (ten years).
const FAR: u32 = 3_650;

/// As long as any customer is kept: a cap with so many days of grace never ends service by itself.
const FOR_GOOD: u32 = 36_500;

struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, path: impl Into<String>, reason: &'static str, message: impl Into<String>) {
        self.0.push(FieldFault::new(path, reason, message.into()));
    }

    fn word<T: FromStr>(&mut self, path: &str, text: &str, known: &str) -> Option<T> {
        let read = text.parse().ok();
        if read.is_none() {
            let shown: String = text.chars().take(60).collect();
            self.add(path, "UNKNOWN_WORD", format!("{shown:?} is not known; use {known}"));
        }
        read
    }

    fn range(&mut self, path: &str, value: u32, min: u32, max: u32) {
        if !(min..=max).contains(&value) {
            self.add(path, "OUT_OF_RANGE", format!("from {min} to {max}"));
        }
    }

    fn source(&mut self, path: &str, source: &str) {
        if source.trim().is_empty() {
            self.add(format!("{path}.source"), "REQUIRED", "every rule names its source");
        }
    }
}

fn list(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn days(n: u32) -> Span {
    Span::days(i64::from(n))
}

impl PolicyText {
    /// The policy, if nothing is wrong with it; every fault otherwise.
    pub fn check(&self) -> Result<Policy, Vec<FieldFault>> {
        let mut faults = Faults(Vec::new());
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(plain) {
            faults.add("name", "BAD_NAME", "1 to 64 of A-Z, 0-9 and _");
        }
        faults.range("version", self.version, 1, 1_000_000);
        let effective_from = date::read(&self.effective_from);
        if effective_from.is_none() {
            faults.add("effective_from", "BAD_DATE", "a day such as 2026-01-01");
        }
        let roles = roles(&self.roles, &mut faults);
        let checks = check_rules(self, &mut faults);
        let findings = finding_rules(self, &mut faults);
        figures(self, &mut faults);
        for (index, rule) in self.high_volume.iter().flat_map(|it| &it.fields).enumerate() {
            let path = format!("high_volume.fields[{index}]");
            faults.source(&path, &rule.source);
            let known = "the path of a field of the profile";
            let _known: Option<Field> = faults.word(&path, &rule.field, known);
        }
        if !faults.0.is_empty() {
            return Err(faults.0);
        }
        Ok(Policy {
            name: self.name.clone(),
            version: self.version,
            effective_from: effective_from.unwrap_or(Ts::FOREVER),
            roles,
            checks,
            findings,
            evidence: self.evidence,
            number_life: self.number_life,
            agreements: self.agreements,
            challenges: self.challenges,
            callback: self.callback.clone(),
            two_people: self.two_people,
            blast: self.blast,
            retention: self.retention,
            flags: self.flags.clone(),
            high_volume: high_volume(self),
            attestation: self.attestation,
            names: self.names,
        })
    }
}

fn roles(text: &BTreeMap<String, RoleText>, faults: &mut Faults) -> BTreeMap<Role, RoleRules> {
    let mut out = BTreeMap::new();
    for (word, rules) in text {
        let path = format!("roles.{word}");
        let known = list(Role::ALL.iter().map(|r| r.as_str()));
        let role = faults.word::<Role>(&path, word, &known);
        let rules = role_rules(&path, rules, role, faults);
        if let Some(role) = role {
            out.insert(role, rules);
        }
    }
    for role in Role::ALL.iter().filter(|role| !text.contains_key(role.as_str())) {
        faults.add(format!("roles.{role}"), "REQUIRED", "every role has its rules");
    }
    out
}

fn role_rules(path: &str, text: &RoleText, role: Option<Role>, faults: &mut Faults) -> RoleRules {
    let mut fields = Vec::new();
    for (index, rule) in text.fields.iter().enumerate() {
        let path = format!("{path}.fields[{index}]");
        faults.source(&path, &rule.source);
        let field = faults.word(&path, &rule.field, "the path of a field of the profile");
        fields.extend(field.map(|field| RequiredField { field, source: rule.source.clone() }));
    }
    let mut checks: Vec<RequiredCheck> = Vec::new();
    for (index, rule) in text.checks.iter().enumerate() {
        let path = format!("{path}.checks[{index}]");
        let Some(needed) = required_check(&path, rule, faults) else { continue };
        if checks.iter().any(|c| c.kind == needed.kind) {
            faults.add(path, "DUPLICATE", "a check stands once in a role");
        }
        checks.push(needed);
    }
    let mut clauses: Vec<ClauseRule> = Vec::new();
    for (index, rule) in text.clauses.iter().enumerate() {
        let path = format!("{path}.clauses[{index}]");
        let Some(needed) = clause_rule(&path, rule, faults) else { continue };
        if clauses.iter().any(|c| c.clause == needed.clause) {
            faults.add(path, "DUPLICATE", "a clause stands once in a role");
        }
        clauses.push(needed);
    }
    if role.is_some() {
        never_without(path, &checks, &clauses, faults);
    }
    let identifiers = identifiers(path, text, faults);
    let records = text
        .records
        .iter()
        .filter_map(|word| faults.word(&format!("{path}.records"), word, "RMD, FRN or FILER_499"))
        .collect();
    RoleRules { fields, identifiers, records, checks, clauses }
}

fn identifiers(path: &str, text: &RoleText, faults: &mut Faults) -> Vec<RequiredIdentifier> {
    let mut out = Vec::new();
    for (index, rule) in text.identifiers.iter().enumerate() {
        let path = format!("{path}.identifiers[{index}]");
        faults.source(&path, &rule.source);
        let known = "a kind of identifier";
        let any_of: Vec<_> =
            rule.any_of.iter().filter_map(|word| faults.word(&path, word, known)).collect();
        if rule.any_of.is_empty() {
            faults.add(&path, "REQUIRED", "say which kinds of identifiers will do");
        }
        out.push(RequiredIdentifier { any_of, source: rule.source.clone() });
    }
    out
}

/// Its fields were read before.
fn high_volume(text: &PolicyText) -> Option<HighVolume> {
    let it = text.high_volume.as_ref()?;
    let field = |rule: &FieldText| {
        let field = rule.field.parse().ok()?;
        Some(RequiredField { field, source: rule.source.clone() })
    };
    Some(HighVolume {
        peak_cps: it.peak_cps,
        concurrent_paths: it.concurrent_paths,
        calls_per_day: it.calls_per_day,
        distinct_caller_ids: it.distinct_caller_ids,
        fields: it.fields.iter().filter_map(field).collect(),
    })
}

/// What no policy may leave out: a role without it could pass the gate on nothing.
fn never_without(
    path: &str,
    checks: &[RequiredCheck],
    clauses: &[ClauseRule],
    faults: &mut Faults,
) {
    if !checks.iter().any(|c| c.kind == Kind::Sanctions && c.every_claim) {
        let why = "every role screens every name: SANCTIONS with every_claim";
        faults.add(format!("{path}.checks"), "SANCTIONS_REQUIRED", why);
    }
    if !checks.iter().any(|c| c.kind == Kind::Existence) {
        faults.add(format!("{path}.checks"), "EXISTENCE_REQUIRED", "every role proves EXISTENCE");
    }
    if clauses.is_empty() {
        faults.add(format!("{path}.clauses"), "REQUIRED", "every role signs clauses");
    }
}

fn required_check(path: &str, text: &CheckText, faults: &mut Faults) -> Option<RequiredCheck> {
    faults.source(path, &text.source);
    let kinds = list(Kind::ALL.iter().filter(|k| !k.is_form()).map(|k| k.as_str()));
    let kind = faults.word::<Kind>(&format!("{path}.kind"), &text.kind, &kinds);
    let effects = list(OnExpiry::ALL.iter().map(|e| e.as_str()));
    let on_expiry = faults.word(&format!("{path}.on_expiry"), &text.on_expiry, &effects);
    faults.range(&format!("{path}.grace_days"), text.grace_days, 0, FOR_GOOD);
    if matches!(on_expiry, Some(OnExpiry::Suspend | OnExpiry::None)) && text.grace_days > 0 {
        let why = "only CAP_B and FINDING have days of grace";
        faults.add(format!("{path}.grace_days"), "NO_GRACE", why);
    }
    let kind = kind?;
    if kind.is_form() {
        faults.add(path, "FORM_CHECK", format!("{kind} looks at form and never satisfies a rule"));
    }
    if text.overridable && !may_be_overridden(kind) {
        faults.add(path, "NOT_OVERRIDABLE", format!("{kind} can never be overridden"));
    }
    Some(RequiredCheck {
        kind,
        every_claim: text.every_claim,
        overridable: text.overridable,
        on_expiry: on_expiry?,
        grace: days(text.grace_days),
        source: text.source.clone(),
    })
}

/// Rule 8: sanctions, filings and the traceback contact's own checks have no override.
const fn may_be_overridden(kind: Kind) -> bool {
    match kind {
        Kind::AlternatePhone | Kind::Existence | Kind::TaxIdToName | Kind::Representation => true,
        Kind::IdentifierForm
        | Kind::Sanctions
        | Kind::AddressKind
        | Kind::ContactEmail
        | Kind::ContactPhone
        | Kind::CallerName
        | Kind::RmdRecord
        | Kind::FlowDown => false,
    }
}

fn clause_rule(path: &str, text: &ClauseText, faults: &mut Faults) -> Option<ClauseRule> {
    faults.source(path, &text.source);
    faults.range(&format!("{path}.min_version"), text.min_version, 1, 10_000);
    let clause = faults.word(&format!("{path}.clause"), &text.clause, "C-01 to C-20");
    let from = text.next_from.as_deref().map(date::read);
    if from == Some(None) {
        faults.add(format!("{path}.next_from"), "BAD_DATE", "a day such as 2026-01-01");
    }
    let next = match (text.next_version, from.flatten()) {
        (Some(version), Some(from)) => Some((version, from)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            faults.add(path, "HALF_ANNOUNCED", "next_version and next_from stand together");
            None
        }
    };
    if next.is_some_and(|(version, _)| version <= text.min_version) {
        faults.add(format!("{path}.next_version"), "NOT_NEWER", "later than min_version");
    }
    Some(ClauseRule {
        clause: clause?,
        min_version: text.min_version,
        next,
        source: text.source.clone(),
    })
}

fn check_rules(text: &PolicyText, faults: &mut Faults) -> BTreeMap<Kind, CheckRule> {
    let mut out = BTreeMap::new();
    for (word, rule) in &text.checks {
        let path = format!("checks.{word}");
        let kind = faults.word::<Kind>(&path, word, &list(Kind::ALL.iter().map(|k| k.as_str())));
        faults.source(&path, &rule.source);
        faults.range(&format!("{path}.life_days"), rule.life_days, 1, FAR);
        let known = list(Method::ALL.iter().map(|m| m.as_str()));
        let methods: Vec<Method> = rule
            .methods
            .iter()
            .filter_map(|m| faults.word(&format!("{path}.methods"), m, &known))
            .collect();
        if rule.methods.is_empty() {
            faults.add(format!("{path}.methods"), "REQUIRED", "say which methods count");
        }
        let Some(kind) = kind else { continue };
        if !kind.is_form() && methods.contains(&Method::Form) {
            let why = "the form of a text never satisfies a rule";
            faults.add(format!("{path}.methods"), "FORM_CHECK", why);
        }
        if let Some(threshold) = rule.threshold {
            let path = format!("{path}.threshold");
            faults.range(&path, u32::from(threshold), 600, 900);
            if kind != Kind::Sanctions {
                faults.add(path, "NOT_SCREENED", "only screening has a threshold");
            }
        }
        let (life, source) = (days(rule.life_days), rule.source.clone());
        let threshold = rule.threshold.map(Score);
        if let Some(often) = rule.recheck_days {
            faults.range(&format!("{path}.recheck_days"), often, 1, rule.life_days);
        }
        let recheck = rule.recheck_days.map(days);
        let lists = lists(&path, kind, &rule.lists, faults);
        out.insert(kind, CheckRule { methods, life, threshold, recheck, lists, source });
    }
    for kind in Kind::ALL.iter().filter(|kind| !text.checks.contains_key(kind.as_str())) {
        faults.add(format!("checks.{kind}"), "REQUIRED", "every kind of check has its rule");
    }
    out
}

/// The lists without which a screening is no check.
fn lists(path: &str, kind: Kind, words: &[String], faults: &mut Faults) -> Vec<List> {
    let path = format!("{path}.lists");
    if kind != Kind::Sanctions && !words.is_empty() {
        faults.add(path, "NOT_SCREENED", "only screening has lists");
        return Vec::new();
    }
    let known = "a list of docs/lists.md";
    let lists: Vec<List> =
        words.iter().filter_map(|word| faults.word(&path, word, known)).collect();
    if lists.iter().any(|list| !list.purpose().screens()) {
        faults.add(path, "NOT_SCREENED", "names are not screened against this list");
    }
    lists
}

fn finding_rules(text: &PolicyText, faults: &mut Faults) -> BTreeMap<Code, FindingRule> {
    let mut out = BTreeMap::new();
    for (word, rule) in &text.findings {
        let path = format!("findings.{word}");
        let code = faults.word::<Code>(&path, word, "a finding code");
        faults.source(&path, &rule.source);
        let severity =
            faults.word(&format!("{path}.severity"), &rule.severity, "LOW, MEDIUM or HIGH");
        let effect = faults.word(&format!("{path}.effect"), &rule.effect, "NONE, CAP_B or SUSPEND");
        let (Some(code), Some(severity), Some(effect)) = (code, severity, effect) else { continue };
        if severity == Severity::High && effect != Effect::Suspend {
            let why = "no ACTIVE customer has an open HIGH finding: the effect is SUSPEND";
            faults.add(format!("{path}.effect"), "HIGH_SUSPENDS", why);
        }
        if code == Code::SanctionsHit && severity != Severity::High {
            let why = "a sanctions hit is always HIGH";
            faults.add(format!("{path}.severity"), "SANCTIONS_HIGH", why);
        }
        out.insert(code, FindingRule { severity, effect, source: rule.source.clone() });
    }
    let told = |code: &&Code| text.findings.contains_key(code.as_str());
    for code in Code::ALL.iter().filter(|code| code.is_first() && !told(code)) {
        faults.add(format!("findings.{code}"), "REQUIRED", "every finding code has its rule");
    }
    out
}

/// Bounds of the plain figures. Where a rule gives a figure, the policy may be stricter only.
fn figures(text: &PolicyText, faults: &mut Faults) {
    let e = &text.evidence;
    let c = &text.challenges;
    let call = &text.callback;
    let t = &text.two_people;
    let r = &text.retention;
    let rows = [
        ("evidence.loa_signed_within_days", e.loa_signed_within_days, 1, 30),
        ("evidence.loa_days", e.loa_days, 1, 366),
        ("evidence.bill_days", e.bill_days, 1, 30),
        ("evidence.callback_days", e.callback_days, 1, 45),
        ("evidence.ported_out_days", e.ported_out_days, 0, 90),
        ("evidence.feed_max_age_days", e.feed_max_age_days, 1, 30),
        ("evidence.delegate_proof_days", e.delegate_proof_days, 1, 366),
        ("evidence.crl_max_age_days", e.crl_max_age_days, 1, 30),
        ("evidence.approval_days", e.approval_days, 1, 366),
        ("number_life.aging_days", text.number_life.aging_days, 45, 365),
        ("evidence.carrier_days", e.carrier_days, 1, 90),
        ("agreements.signing_days", text.agreements.signing_days, 1, 366),
        ("agreements.executed_days", text.agreements.executed_days, 1, FAR),
        ("challenges.digits", c.digits, 6, 12),
        ("challenges.minutes", c.minutes, 1, 60),
        ("challenges.tries", c.tries, 1, 10),
        ("challenges.sends_a_day", c.sends_a_day, 1, 100),
        ("challenges.contact_sends_a_day", c.contact_sends_a_day, 1, 1_000),
        ("callback.minutes", call.minutes, 1, 10),
        ("callback.tries", call.tries, 1, 3),
        ("callback.number_sends_an_hour", call.number_sends_an_hour, 1, 10),
        ("callback.number_sends_a_day", call.number_sends_a_day, 1, 30),
        ("callback.customer_sends_a_day", call.customer_sends_a_day, 1, 100_000),
        ("callback.prefix_sends_a_day", call.prefix_sends_a_day, 1, 10_000),
        ("callback.home_sends_a_day", call.home_sends_a_day, 1, 1_000_000),
        ("callback.foreign_sends_a_day", call.foreign_sends_a_day, 0, 100_000),
        ("callback.failures", call.failures, 1, 100),
        ("callback.lock_hours", call.lock_hours, 1, 720),
        ("two_people.proposal_hours", t.proposal_hours, 1, 720),
        ("two_people.override_days", t.override_days, 1, 366),
        ("blast.numbers_per_10000", text.blast.numbers_per_10000, 1, 1_000),
        ("blast.customers_an_hour", text.blast.customers_an_hour, 1, 10_000),
        ("names.agree", u32::from(text.names.agree), 900, 1_000),
        ("names.resemble", u32::from(text.names.resemble), 600, 900),
        ("retention.identity_days", r.identity_days, 1_461, FAR),
        ("retention.calls_days", r.calls_days, 548, FAR),
        ("retention.requests_days", r.requests_days, 7, 366),
    ];
    for (path, value, min, max) in rows {
        faults.range(path, value, min, max);
    }
    let digits = |p: &String| (1..=15).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
    if !text.callback.closed_prefixes.iter().all(digits) {
        faults.add("callback.closed_prefixes", "BAD_PREFIX", "1 to 15 digits, country code first");
    }
    if let Err(bad) = text.attestation.checked() {
        faults.add("attestation", "BAD_BOUNDS", bad.to_string());
    }
    if text.attestation.a_bound > Span::secs(10) || text.attestation.cache_max > Span::secs(10) {
        faults.add("attestation", "OUT_OF_RANGE", "a_bound and cache_max are 10 s at most");
    }
    if text.attestation.service_bound > Span::minutes(15) {
        faults.add("attestation.service_bound", "OUT_OF_RANGE", "15 minutes at most");
    }
}
