//! A customer for whom nothing is missing, to take things away from in tests.

use uuid::Uuid;

use super::access::Actor;
use super::agreement::{
    Agreement, AgreementState, ClauseBook, Copy, Offer, Parties, Template, render,
};
use super::check::{Check, Kind, Method, Verdict};
use super::customer::{Customer, Role, State};
use super::customer_file::CustomerFile;
use super::ids::{AgreementId, CheckId, ClientId, ContactId, CustomerId, KeyId, Origid, UserId};
use super::pii::Pii;
use super::policy::{EvidenceRules, Policy, PolicyText};
use super::profile::{
    Address, AddressKind, BeneficialOwner, ClaimKey, Contact, DeclaredVolume, Identifier,
    IdentifierKind, Profile, ProviderInfo, RmdRole,
};
use super::time::{Span, Ts};

/// When everything in the fixture was done.
pub(super) const START: Ts = Ts(1_780_000_000_000_000);
/// The primary traceback contact.
/// Days of evidence, each another number where a test could mix them up.
pub(super) const EVIDENCE: EvidenceRules = EvidenceRules {
    loa_signed_within_days: 30,
    loa_days: 365,
    bill_days: 30,
    callback_days: 45,
    ported_out_days: 30,
    feed_max_age_days: 2,
    crl_max_age_days: 7,
    delegate_proof_days: 90,
    approval_days: 45,
    carrier_days: 30,
};

pub(super) const CONTACT: ContactId = ContactId(Uuid::from_u128(0xC0));

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(super) fn portal() -> Actor {
    Actor::Key(KeyId(id(1)))
}

pub(super) fn person(n: u128) -> Actor {
    Actor::User(UserId(id(n)))
}

pub(super) fn text(s: &str) -> Pii<String> {
    Pii::new(s.to_owned())
}

fn file(name: &str) -> String {
    let path = format!("{}/policies/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

pub(super) fn policy_text() -> PolicyText {
    toml::from_str(&file("CURRENT_2026.toml")).unwrap()
}

pub(super) fn policy() -> Policy {
    policy_text().check().unwrap()
}

pub(super) fn book() -> ClauseBook {
    toml::from_str(&file("clauses_2026.toml")).unwrap()
}

pub(super) fn template(book: &ClauseBook, role: Role) -> Template {
    book.templates_for(role).next().unwrap().clone()
}

pub(super) fn profile() -> Profile {
    Profile {
        legal_name: text("Hudson Valley Dental Supply, Inc."),
        trade_names: vec![text("HV Dental")],
        incorporation_jurisdiction: "US-NY".to_owned(),
        physical_address: Some(Address {
            lines: vec![text("350 Fifth Avenue"), text("Suite 4120")],
            city: text("New York"),
            region: text("NY"),
            postal_code: text("10118"),
            country: "US".to_owned(),
            kind: Some(AddressKind::DedicatedPremises),
        }),
        identifiers: vec![Identifier {
            kind: IdentifierKind::Ein,
            value: text("13-4567890"),
            issuing_region: String::new(),
            token: Pii::default(),
        }],
        nature_of_business: text("Sells supplies to dentists"),
        website: text("https://www.hvdental.example.com"),
        contacts: vec![Contact {
            id: Some(CONTACT),
            name: text("Alex Kim"),
            role_title: text("General counsel"),
            email: text("alex@hvdental.example.com"),
            phone: text("+12126647665"),
            authorized_signer: true,
            department: Pii::default(),
        }],
        alternate_phone: text("+12126647000"),
        intended_use: text("Appointments and orders"),
        declared_volume: Some(DeclaredVolume {
            peak_cps: 1,
            concurrent_paths: 10,
            calls_per_day: 500,
            ..DeclaredVolume::default()
        }),
        caller_name: text("HV DENTAL"),
        beneficial_owners: vec![BeneficialOwner {
            name: text("Robin Diaz"),
            share_percent: 60,
            ..BeneficialOwner::default()
        }],
        ..Profile::default()
    }
}

/// The profile of a role: a provider says what a provider has to.
pub(super) fn profile_of(role: Role) -> Profile {
    let mut p = profile();
    if role == Role::EndUser {
        return p;
    }
    let numbers = [
        (IdentifierKind::Frn, "0018570812"),
        (IdentifierKind::Rmd, "RMD0001410"),
        (IdentifierKind::Filer499, "831234"),
        (IdentifierKind::Ocn, "123A"),
    ];
    p.identifiers.extend(numbers.map(|(kind, value)| Identifier {
        kind,
        value: text(value),
        issuing_region: String::new(),
        token: Pii::default(),
    }));
    p.provider = Some(ProviderInfo {
        rmd_roles: vec![RmdRole::VoiceServiceProvider],
        process_agent: text("Agents Inc, Dover"),
        ..ProviderInfo::default()
    });
    p.originating_ips = vec![text("198.51.100.16/28")];
    p
}

/// An agreement that both sides signed.
pub(super) fn executed(role: Role, profile: &Profile, until: Ts) -> Agreement {
    let book = book();
    let template = template(&book, role);
    let agreement = AgreementId(id(0xA6));
    let parties = Parties { provider: "Provider, LLC", profile, agreement, at: START };
    let Copy { sha256, .. } = render(&book, &template, &parties).unwrap();
    let offer =
        Offer { contact: CONTACT, seen: sha256, name: text("Alex Kim"), ip: text("192.0.2.1") };
    let state = AgreementState::Prepared { at: START, expires: START.plus(Span::days(30)) };
    Agreement {
        id: agreement,
        template: template.id,
        clauses: template.clauses,
        sha256,
        prepared_at: START,
        state,
    }
    .sign(profile, offer, portal(), START)
    .and_then(|a| a.countersign(text("Sam Lee"), person(7), until, START))
    .unwrap()
}

/// VERIFIED, with every fact that the policy asks for.
pub(super) fn ready(role: Role, policy: &Policy) -> CustomerFile {
    let profile = profile_of(role);
    let until = START.plus(Span::days(i64::from(policy.agreements.executed_days)));
    let agreements = vec![executed(role, &profile, until)];
    let mut file = CustomerFile {
        customer: Customer {
            id: CustomerId(id(0xC1)),
            client: ClientId(id(0xC2)),
            parent: None,
            role,
            state: State::Verified { at: START, kyc_expires_at: Ts::FOREVER },
            origid: Origid(id(0xC3)),
            profile_rev: 1,
            policy: None,
            revision: 1,
            last_at: START,
            created_at: START,
        },
        profile,
        claim_key: ClaimKey::new([7; 32]),
        checks: Vec::new(),
        findings: Vec::new(),
        agreements,
        primary_contact: Some(CONTACT),
        proposals: Vec::new(),
    };
    pass_all(&mut file, policy, START);
    file
}

/// Passes every check of the live profile.
pub(super) fn pass_all(file: &mut CustomerFile, policy: &Policy, now: Ts) {
    let checks = file.claim_rows().into_iter().zip(1_000..).map(|(claim, n)| Check {
        id: CheckId(id(n)),
        kind: claim.kind,
        subject: claim.subject,
        claim_digest: claim.digest,
        result: Verdict::Pass,
        reason: String::new(),
        method: Method::Document,
        source: "test".to_owned(),
        evidence: Pii::new(serde_json::Value::Null),
        document: None,
        at: now,
        expires_at: policy.check_expires(claim.kind, now),
        by: "user:1".to_owned(),
        overridden: None,
    });
    file.checks = checks.collect();
}

/// The check of one claim.
pub(super) fn check_mut(file: &mut CustomerFile, kind: Kind) -> &mut Check {
    file.checks.iter_mut().find(|c| c.kind == kind).unwrap()
}
