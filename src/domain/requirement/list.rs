//! Every unmet requirement of a customer, in one list.

use super::need::{Actor, Code, Requirement};
use crate::domain::agreement::{coverage, in_force};
use crate::domain::check::{Check, Kind, Standing, Verdict};
use crate::domain::customer::{Refusal, State};
use crate::domain::customer_file::{ClaimRow, CustomerFile};
use crate::domain::finding::FindingState;
use crate::domain::policy::{Policy, RequiredCheck, RoleRules};
use crate::domain::provider::{Presence, Record};
use crate::domain::time::Ts;

/// Everything that stands between the customer and activation at `now`, ordered by kind and field.
/// An empty list opens the gate. With the same facts, a later `now` never shortens it.
pub fn requirements(file: &CustomerFile, policy: &Policy, now: Ts) -> Vec<Requirement> {
    let mut out = Vec::new();
    state(file, &mut out);
    if let Some(rules) = policy.role(file.customer.role) {
        for rule in rules.fields.iter().filter(|rule| !rule.field.is_given(&file.profile)) {
            out.push(Requirement {
                field: format!("profile.{}", rule.field),
                source: rule.source.clone(),
                ..Requirement::new(
                    Code::FieldRequired,
                    Actor::Customer,
                    "A field of the profile is empty",
                    "Fill in the field",
                )
            });
        }
        identifiers(file, rules, &mut out);
        high_volume(file, policy, rules, &mut out);
        let claims = file.claim_rows();
        for rule in &rules.checks {
            checks(file, &claims, rule, now, &mut out);
        }
    } else {
        out.push(no_rules());
    }
    findings(file, policy, &mut out);
    agreement(file, policy, now, &mut out);
    contact(file, now, &mut out);
    for need in &mut out {
        need.due = file.customer.state.active().map(|active| active.active_until);
    }
    out.sort();
    out
}

/// Identifiers of which one is missing.
fn identifiers(file: &CustomerFile, rules: &RoleRules, out: &mut Vec<Requirement>) {
    for rule in &rules.identifiers {
        if rule.any_of.iter().any(|kind| file.profile.identifier(*kind).is_some()) {
            continue;
        }
        let words: Vec<&str> = rule.any_of.iter().map(|kind| kind.as_str()).collect();
        out.push(Requirement {
            field: "profile.identifiers".to_owned(),
            source: rule.source.clone(),
            ..Requirement::new(
                Code::FieldRequired,
                Actor::Customer,
                &format!("The profile gives no {}", words.join(" or ")),
                "Give the identifier",
            )
        });
    }
}

/// What a high volume asks for beside the role.
fn high_volume(
    file: &CustomerFile,
    policy: &Policy,
    rules: &RoleRules,
    out: &mut Vec<Requirement>,
) {
    let Some(high) = &policy.high_volume else { return };
    if !file.profile.declared_volume.is_some_and(|v| high.is_met(&v)) {
        return;
    }
    let asked = |field| rules.fields.iter().any(|rule| rule.field == field);
    for rule in high.fields.iter().filter(|rule| !asked(rule.field)) {
        if !rule.field.is_given(&file.profile) {
            out.push(Requirement {
                field: format!("profile.{}", rule.field),
                source: rule.source.clone(),
                ..Requirement::new(
                    Code::FieldRequired,
                    Actor::Customer,
                    "A field that a high volume asks for is empty",
                    "Fill in the field, or declare a lower volume",
                )
            });
        }
    }
}

fn no_rules() -> Requirement {
    Requirement::new(
        Code::Approval,
        Actor::Provider,
        "The policy has no rules for this role",
        "Publish a policy that has them",
    )
}

fn state(file: &CustomerFile, out: &mut Vec<Requirement>) {
    let mut need = |code, actor, title, clears| {
        out.push(Requirement::new(code, actor, title, clears));
    };
    match &file.customer.state {
        State::Draft | State::Rejected { .. } | State::Legacy => {
            need(
                Code::Submission,
                Actor::Customer,
                "The profile has not been submitted",
                "Submit the customer",
            );
            need(Code::Approval, Actor::Reviewer, NOT_APPROVED, APPROVE);
        }
        State::Submitted { .. } | State::InReview { .. } => {
            need(Code::Approval, Actor::Reviewer, NOT_APPROVED, APPROVE);
        }
        State::Suspended { since, reason, .. } => {
            let agreed =
                reason.overridable() && file.proposals.iter().any(|p| p.reinstates(*since));
            if !reason.lifts_by_facts() && !agreed {
                need(
                    Code::Reinstatement,
                    Actor::Reviewer,
                    "The customer is suspended",
                    "Two people reinstate it, where the cause allows",
                );
            }
        }
        State::Terminated { .. } => out.push(Requirement::of_refusal(&Refusal::Terminated)),
        State::Verified { .. } | State::Active(_) => {}
    }
}

const NOT_APPROVED: &str = "No reviewer has approved the customer";
const APPROVE: &str = "A reviewer approves the customer";

fn checks(
    file: &CustomerFile,
    claims: &[ClaimRow],
    rule: &RequiredCheck,
    now: Ts,
    out: &mut Vec<Requirement>,
) {
    let of_kind: Vec<&ClaimRow> = claims.iter().filter(|c| c.kind == rule.kind).collect();
    let unmet: Vec<Requirement> = of_kind
        .iter()
        .filter_map(|claim| {
            let held = held(file, claim, rule, now)?;
            let need = Requirement { field: field(file, claim), ..of_check(rule, held) };
            Some(records(file.live_check(claim), need))
        })
        .collect();
    if of_kind.is_empty() {
        out.push(of_check(rule, Held::NoClaim));
    } else if rule.every_claim || unmet.len() == of_kind.len() {
        let most = if rule.every_claim { unmet.len() } else { 1 };
        out.extend(unmet.into_iter().take(most));
    }
}

/// Why a claim does not count as checked.
#[derive(Clone, Copy)]
enum Held {
    NoClaim,
    Never,
    Expired,
    Failed,
    Review,
    Unavailable,
}

fn held(file: &CustomerFile, claim: &ClaimRow, rule: &RequiredCheck, now: Ts) -> Option<Held> {
    let Some(check) = file.live_check(claim) else { return Some(Held::Never) };
    match check.passed_until(rule.overridable) {
        Some(until) if now < until => None,
        Some(_) => Some(Held::Expired),
        None => Some(match check.result {
            Verdict::Fail => Held::Failed,
            Verdict::Review => Held::Review,
            Verdict::Unavailable => Held::Unavailable,
            Verdict::Pass | Verdict::Superseded => Held::Never,
        }),
    }
}

fn of_check(rule: &RequiredCheck, held: Held) -> Requirement {
    let kind = rule.kind;
    let state = match held {
        Held::NoClaim => "the profile says nothing to check",
        Held::Never => "it was not made on the live profile",
        Held::Expired => "it ran out",
        Held::Failed => "it failed",
        Held::Review => "a reviewer has to decide",
        Held::Unavailable => "its source could not be asked",
    };
    let actor = match (held, actor(kind)) {
        (Held::NoClaim, Actor::Customer | Actor::Reviewer | Actor::System) => Actor::Customer,
        (Held::Review | Held::Failed, Actor::System) => Actor::Reviewer,
        (_, actor) => actor,
    };
    Requirement {
        source: rule.source.clone(),
        ..Requirement::new(
            Code::Check(kind),
            actor,
            &format!("{}: {state}", title(kind)),
            clears_with(kind),
        )
    }
}

/// Says of each record of a provider that is not there which one it is.
fn records(check: Option<&Check>, need: Requirement) -> Requirement {
    let told = check.filter(|check| check.kind == Kind::RmdRecord).and_then(|check| {
        let seen = check.evidence.expose().get("records")?.as_object()?;
        let lacking = seen.iter().filter_map(|(word, seen)| {
            let (record, seen) = (word.parse::<Record>().ok()?, seen.as_str()?);
            (seen != Presence::Present.as_str()).then(|| format!("{}: {seen}", record.title()))
        });
        let lacking: Vec<String> = lacking.collect();
        (!lacking.is_empty()).then(|| lacking.join("; "))
    });
    match told {
        Some(told) => Requirement { title: format!("{} ({told})", need.title), ..need },
        None => need,
    }
}

const fn actor(kind: Kind) -> Actor {
    match kind {
        Kind::Sanctions | Kind::IdentifierForm | Kind::AddressKind | Kind::CallerName => {
            Actor::System
        }
        Kind::ContactEmail | Kind::ContactPhone | Kind::AlternatePhone => Actor::Customer,
        Kind::Existence | Kind::TaxIdToName | Kind::Representation => Actor::Reviewer,
        Kind::RmdRecord | Kind::FlowDown => Actor::Provider,
    }
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::IdentifierForm => "Form of the identifiers",
        Kind::Sanctions => "Screening against sanctions lists",
        Kind::AddressKind => "Kind of the physical address",
        Kind::ContactEmail => "E-mail of a contact",
        Kind::ContactPhone => "Telephone of a contact",
        Kind::AlternatePhone => "Alternate number",
        Kind::Existence => "Existence of the organisation",
        Kind::TaxIdToName => "Tax number belongs to the legal name",
        Kind::Representation => "Authority of who signs",
        Kind::CallerName => "Caller name",
        Kind::RmdRecord => "Filing in the Robocall Mitigation Database",
        Kind::FlowDown => "Clauses bind the customers below",
    }
}

const fn clears_with(kind: Kind) -> &'static str {
    match kind {
        Kind::IdentifierForm | Kind::AddressKind | Kind::CallerName => {
            "Correct the field; the check is repeated"
        }
        Kind::Sanctions => "The screening passes, or a reviewer resolves its hits",
        Kind::ContactEmail | Kind::ContactPhone | Kind::AlternatePhone => {
            "Give back the code that is sent there"
        }
        Kind::Existence => "A reviewer passes a formation record or a register's answer",
        Kind::TaxIdToName => "A reviewer passes an IRS CP-575 or 147C, or the like abroad",
        Kind::Representation => {
            "A reviewer passes a proof through a channel that is not of the profile"
        }
        Kind::RmdRecord => "The filing is on the FCC's list under the FRN and name, and is live",
        Kind::FlowDown => "A reviewer passes the document that binds the customers below",
    }
}

/// The field of the profile that a claim comes from.
fn field(file: &CustomerFile, claim: &ClaimRow) -> String {
    let contact = |part: &str| {
        let mut contacts = file.profile.contacts.iter();
        let index = contacts.position(|c| c.id.is_some_and(|id| id.to_string() == claim.subject));
        index.map_or_else(String::new, |i| format!("profile.contacts[{i}].{part}"))
    };
    match claim.kind {
        Kind::Sanctions => {
            let named = contact("name");
            if named.is_empty() { format!("profile.{}", claim.subject) } else { named }
        }
        Kind::AddressKind => "profile.physical_address".to_owned(),
        Kind::ContactEmail => contact("email"),
        Kind::ContactPhone => contact("phone"),
        Kind::AlternatePhone => "profile.alternate_phone".to_owned(),
        Kind::Existence => "profile.legal_name".to_owned(),
        Kind::IdentifierForm | Kind::TaxIdToName | Kind::RmdRecord => {
            "profile.identifiers".to_owned()
        }
        Kind::Representation => "profile.contacts".to_owned(),
        Kind::CallerName => "profile.caller_name".to_owned(),
        Kind::FlowDown => String::new(),
    }
}

fn findings(file: &CustomerFile, policy: &Policy, out: &mut Vec<Requirement>) {
    for finding in file.findings.iter().filter(|f| f.bars()) {
        let (code, clears) = match finding.state {
            FindingState::Open => (Code::FindingOpen, "A reviewer resolves the finding"),
            FindingState::Resolved { .. } => {
                (Code::FindingConfirmed, "Its cause goes away and a reviewer says so")
            }
        };
        let source = policy.findings.get(&finding.code).map(|rule| rule.source.clone());
        let title = format!("{}: {}", finding.code, finding.code.title());
        out.push(Requirement {
            source: source.unwrap_or_default(),
            ..Requirement::new(code, Actor::Reviewer, &title, clears)
        });
    }
}

fn agreement(file: &CustomerFile, policy: &Policy, now: Ts, out: &mut Vec<Requirement>) {
    let role = file.customer.role;
    if !in_force(&file.agreements, now) {
        out.push(Requirement {
            source: "AG-2019-P6; 47 CFR 64.1200(n)(1)".to_owned(),
            ..Requirement::new(
                Code::AgreementExecuted,
                Actor::Customer,
                "No agreement is signed by both sides",
                "An authorised signer signs the agreement, and the provider countersigns it",
            )
        });
    }
    let rules = policy.role(role).map_or(&[][..], |r| &r.clauses);
    for clause in coverage(&file.agreements, policy, role, now) {
        let source = rules.iter().find(|rule| rule.clause == clause).map(|r| r.source.clone());
        out.push(Requirement {
            source: source.unwrap_or_default(),
            ..Requirement::new(
                Code::Clause(clause),
                Actor::Customer,
                "The signed agreement lacks a clause, or has it in a version too old",
                "Both sides sign an agreement that holds the clause",
            )
        });
    }
    if rules.is_empty() {
        out.push(no_rules());
    }
}

fn contact(file: &CustomerFile, now: Ts, out: &mut Vec<Requirement>) {
    let claims = file.claim_rows();
    let verified = |kind: Kind| {
        let subject = file.primary_contact.map(|id| id.to_string());
        let claim = claims.iter().find(|c| c.kind == kind && Some(&c.subject) == subject.as_ref());
        claim.and_then(|c| file.live_check(c)).is_some_and(|check| live_pass(check, now))
    };
    if verified(Kind::ContactEmail) && verified(Kind::ContactPhone) {
        return;
    }
    let title = if file.primary_contact.is_none() {
        "No primary traceback contact is designated"
    } else {
        "The primary traceback contact is not verified by mail and by telephone"
    };
    out.push(Requirement {
        field: "profile.contacts".to_owned(),
        source: "AG-2019-P7; 47 CFR 64.6305".to_owned(),
        ..Requirement::new(
            Code::TracebackContact,
            Actor::Customer,
            title,
            "Designate one contact and give back the codes sent to its mail and telephone",
        )
    });
}

fn live_pass(check: &Check, now: Ts) -> bool {
    check.result == Verdict::Pass && check.standing(Some(check.claim_digest), now) == Standing::Live
}
