//! The policy that ships, and what happens to one that is written wrongly.

use super::*;
use crate::domain::customer::Role;
use crate::domain::finding::{Code, Severity};
use crate::domain::fixture::{book, policy, policy_text};
use crate::domain::time::Ts;

/// Faults of the shipped policy after one replacement in its JSON.
fn faults(edit: impl FnOnce(&mut serde_json::Value)) -> Vec<(String, String)> {
    let mut json = serde_json::to_value(policy_text()).unwrap();
    edit(&mut json);
    let text: PolicyText = serde_json::from_value(json).unwrap();
    let faults = text.check().err().unwrap_or_default();
    faults.into_iter().map(|f| (f.path, f.reason.into_owned())).collect()
}

fn one(path: &str, reason: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), reason.to_owned())]
}

#[test]
fn the_shipped_policy_is_whole() {
    let policy = policy();
    assert_eq!(policy.name, "CURRENT_2026");
    assert_eq!(policy.effective_from, Ts(1_767_225_600_000_000));
    assert_eq!(policy.roles.len(), Role::ALL.len());
    assert_eq!(policy.severity(Code::SanctionsHit), Severity::High);
    assert_eq!(policy.attestation, crate::domain::attestation::AttestationPolicy::default());
    let json = serde_json::to_string(&policy_text()).unwrap();
    let again: PolicyText = serde_json::from_str(&json).unwrap();
    assert_eq!(again.check(), Ok(policy));
}

#[test]
fn every_clause_of_every_role_is_in_the_book_and_its_template() {
    let (policy, book) = (policy(), book());
    assert_eq!(book.check(), []);
    for (role, rules) in &policy.roles {
        let template = crate::domain::fixture::template(&book, *role);
        for rule in &rules.clauses {
            let held = template.clauses.iter().find(|(id, _)| *id == rule.clause);
            assert!(held.is_some_and(|(_, v)| *v >= rule.min_version), "{role} {}", rule.clause);
        }
        assert_eq!(template.clauses.len(), rules.clauses.len(), "{role}");
    }
}

#[test]
fn faults_are_named_with_their_place() {
    assert_eq!(faults(|_| ()), []);
    assert_eq!(
        faults(|p| p["roles"]["CARRIER"] = p["roles"]["END_USER"].clone()),
        one("roles.CARRIER", "UNKNOWN_WORD")
    );
    let end_user = "roles.END_USER";
    assert_eq!(
        faults(|p| p["roles"]["END_USER"]["clauses"][0]["clause"] = "C-21".into()),
        one("roles.END_USER.clauses[0].clause", "UNKNOWN_WORD")
    );
    assert_eq!(
        faults(|p| p["roles"]["END_USER"]["fields"][0]["field"] = "nickname".into()),
        one("roles.END_USER.fields[0]", "UNKNOWN_WORD")
    );
    assert_eq!(
        faults(|p| p["roles"]["END_USER"]["checks"][0]["overridable"] = true.into()),
        one("roles.END_USER.checks[0]", "NOT_OVERRIDABLE")
    );
    assert_eq!(
        faults(|p| p["roles"]["END_USER"]["checks"][1]["kind"] = "IDENTIFIER_FORM".into()),
        one("roles.END_USER.checks[1]", "FORM_CHECK")
    );
    assert_eq!(
        faults(|p| p["roles"]["END_USER"]["checks"][0]["every_claim"] = false.into()),
        one(&format!("{end_user}.checks"), "SANCTIONS_REQUIRED")
    );
    assert_eq!(
        faults(|p| p["roles"]["END_USER"]["clauses"] = serde_json::json!([])),
        one(&format!("{end_user}.clauses"), "REQUIRED")
    );
    assert_eq!(
        faults(|p| drop(p["roles"].as_object_mut().unwrap().remove("RESELLER"))),
        one("roles.RESELLER", "REQUIRED")
    );
}

#[test]
fn rules_that_would_say_nothing_are_refused() {
    assert_eq!(
        faults(|p| p["checks"]["EXISTENCE"]["methods"] = serde_json::json!(["FORM"])),
        one("checks.EXISTENCE.methods", "FORM_CHECK")
    );
    assert_eq!(
        faults(|p| p["findings"]["SANCTIONS_HIT"]["effect"] = "CAP_B".into()),
        one("findings.SANCTIONS_HIT.effect", "HIGH_SUSPENDS")
    );
    assert_eq!(
        faults(|p| p["findings"]["ADDR_SHARED"]["source"] = " ".into()),
        one("findings.ADDR_SHARED.source", "REQUIRED")
    );
    assert_eq!(
        faults(|p| p["effective_from"] = "2026-02-30".into()),
        one("effective_from", "BAD_DATE")
    );
    assert_eq!(
        faults(|p| p["evidence"]["bill_days"] = 31.into()),
        one("evidence.bill_days", "OUT_OF_RANGE")
    );
    assert_eq!(
        faults(|p| p["attestation"]["service_bound"] = 900_000_001.into()),
        one("attestation.service_bound", "OUT_OF_RANGE")
    );
    assert_eq!(
        faults(|p| p["attestation"]["service_bound"] = 9_000_000.into()),
        one("attestation", "BAD_BOUNDS")
    );
    let many = faults(|p| {
        p["name"] = "lower case".into();
        p["version"] = 0.into();
        p["roles"]["END_USER"]["clauses"][0]["next_version"] = 1.into();
        p["challenges"]["digits"] = 4.into();
    });
    let paths: Vec<&str> = many.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["name", "version", "roles.END_USER.clauses[0]", "challenges.digits"]);
}

#[test]
fn unknown_keys_are_refused() {
    let mut json = serde_json::to_value(policy_text()).unwrap();
    json["evidence"]["bil_days"] = 3.into();
    assert!(serde_json::from_value::<PolicyText>(json).is_err());
}
