//! Whether the stored facts carry what is ACTIVE: written from the rule, without the view and the
//! counters that the database itself goes by.

use std::collections::{BTreeMap, BTreeSet};

use super::raw::{Raw, Table, Values};

/// The tables that the judge reads.
pub(super) type Tables = BTreeMap<String, Table>;

/// The rows of one table.
struct Rows<'a> {
    table: &'a Table,
    rows: Vec<Values>,
}

impl Rows<'_> {
    /// The rows with these values.
    fn with(&self, wanted: &[(&str, &str)]) -> impl Iterator<Item = &Values> {
        self.rows.iter().filter(|row| {
            wanted.iter().all(|(column, value)| self.table.value(row, column) == Some(value))
        })
    }

    fn value<'r>(&self, row: &'r Values, column: &str) -> &'r str {
        self.table.value(row, column).unwrap_or_default()
    }

    fn is_null(&self, row: &Values, column: &str) -> bool {
        self.table.value(row, column).is_none()
    }

    fn number(&self, row: &Values, column: &str) -> i64 {
        self.table.value(row, column).and_then(|n| n.parse().ok()).unwrap_or(i64::MIN)
    }
}

struct Facts<'a> {
    claims: Rows<'a>,
    checks: Rows<'a>,
    findings: Rows<'a>,
    agreements: Rows<'a>,
    clauses: Rows<'a>,
    contacts: Rows<'a>,
    policy_checks: Rows<'a>,
    policy_clauses: Rows<'a>,
}

/// Which rows the judge reads: those of whoever is ACTIVE, and of the policies they are under.
const READ: [(&str, &str); 9] = [
    ("customer", "state = 'ACTIVE'"),
    ("claim", "{owned}"),
    ("check_result", "{owned} AND to_entry IS NULL"),
    ("finding", "{owned} AND to_entry IS NULL"),
    ("agreement", "{owned} AND to_entry IS NULL"),
    ("agreement_clause", "agreement_id IN (SELECT id FROM agreement WHERE {owned})"),
    ("traceback_contact", "{owned}"),
    ("policy_check", "{ruled}"),
    ("policy_clause", "{ruled}"),
];

/// Everybody who is ACTIVE without the facts for it, and what each lacks.
pub(super) async fn unsupported(raw: &mut Raw, tables: &Tables) -> Vec<String> {
    let owned = "customer_id IN (SELECT id FROM customer WHERE state = 'ACTIVE')";
    let ruled = "policy_id IN (SELECT policy_id FROM customer WHERE state = 'ACTIVE')";
    let conditions = READ.map(|(_, text)| text.replace("{owned}", owned).replace("{ruled}", ruled));
    let asked: Vec<(&Table, &str)> = READ
        .iter()
        .zip(&conditions)
        .map(|((name, _), condition)| (&tables[*name], condition.as_str()))
        .collect();
    let found = raw.rows_of(&asked).await;
    let rows = asked.iter().zip(found).map(|((table, _), rows)| Rows { table, rows });
    let rows: [Rows<'_>; 9] = rows.collect::<Vec<_>>().try_into().ok().unwrap();
    let [
        active,
        claims,
        checks,
        findings,
        agreements,
        clauses,
        contacts,
        policy_checks,
        policy_clauses,
    ] = rows;
    let facts = Facts {
        claims,
        checks,
        findings,
        agreements,
        clauses,
        contacts,
        policy_checks,
        policy_clauses,
    };
    active.rows.iter().filter_map(|row| facts.lacks(&active, row)).collect()
}

/// How many customers are ACTIVE.
pub(super) async fn active(raw: &mut Raw) -> BTreeSet<String> {
    let id = if raw.is_pg() { "replace(id::text, '-', '')" } else { "lower(hex(id))" };
    let rows = raw.texts(&format!("SELECT {id} FROM customer WHERE state = 'ACTIVE'")).await;
    rows.into_iter().map(|mut row| row.remove(0).unwrap()).collect()
}

impl Facts<'_> {
    fn lacks(&self, customers: &Rows<'_>, row: &Values) -> Option<String> {
        let id = customers.value(row, "id");
        let (policy, role) = (customers.value(row, "policy_id"), customers.value(row, "role"));
        let lack = self
            .lacks_data(customers, row)
            .or_else(|| self.lacks_check(id, policy, role))
            .or_else(|| self.is_barred(id))
            .or_else(|| self.lacks_clause(id, policy, role))
            .or_else(|| self.lacks_contact(id))
            .or_else(|| self.lasts_too_long(customers, row));
        lack.map(|lack| format!("{id} is ACTIVE and {lack}"))
    }

    #[expect(clippy::unused_self, reason = "one of five, asked alike")]
    fn lacks_data(&self, customers: &Rows<'_>, row: &Values) -> Option<String> {
        for column in ["policy_id", "cap", "active_until", "uncapped_until"] {
            if customers.is_null(row, column) {
                return Some(format!("has no {column}"));
            }
        }
        None
    }

    /// Whether a live check of the claim passed, or two people let it pass where they may.
    fn passes(&self, claim: &Values, overridable: bool) -> bool {
        let same = |column: &'static str| (column, self.claims.value(claim, column));
        let of_claim = [
            same("customer_id"),
            same("kind"),
            same("subject"),
            ("claim_digest", self.claims.value(claim, "digest")),
        ];
        self.checks.with(&of_claim).any(|check| {
            let let_pass = !self.checks.is_null(check, "override_until");
            self.checks.value(check, "result") == "PASS" || (overridable && let_pass)
        })
    }

    fn lacks_check(&self, id: &str, policy: &str, role: &str) -> Option<String> {
        let mut required = 0;
        for rule in self.policy_checks.with(&[("policy_id", policy), ("role", role)]) {
            required += 1;
            let truth = |column| self.policy_checks.number(rule, column) != 0;
            let kind = self.policy_checks.value(rule, "kind");
            let claims: Vec<&Values> =
                self.claims.with(&[("customer_id", id), ("kind", kind)]).collect();
            let overridable = truth("overridable");
            let passed = claims.iter().filter(|claim| self.passes(claim, overridable)).count();
            let enough = if truth("every_claim") { passed == claims.len() } else { passed > 0 };
            if claims.is_empty() || !enough {
                return Some(format!("{kind} passed for {passed} of {} claims", claims.len()));
            }
        }
        (required == 0).then(|| "its policy requires nothing of its role".to_owned())
    }

    fn is_barred(&self, id: &str) -> Option<String> {
        let high = [("customer_id", id), ("severity", "HIGH")];
        let bars = self.findings.with(&high).any(|finding| {
            self.findings.value(finding, "state") == "OPEN"
                || self.findings.value(finding, "resolution") == "CONFIRMED"
        });
        bars.then(|| "a HIGH finding is open".to_owned())
    }

    fn lacks_clause(&self, id: &str, policy: &str, role: &str) -> Option<String> {
        let executed: Vec<&str> = self
            .agreements
            .with(&[("customer_id", id), ("state", "EXECUTED")])
            .map(|agreement| self.agreements.value(agreement, "id"))
            .collect();
        let mut required = 0;
        for rule in self.policy_clauses.with(&[("policy_id", policy), ("role", role)]) {
            required += 1;
            let clause = self.policy_clauses.value(rule, "clause");
            let least = self.policy_clauses.number(rule, "min_version");
            let held = self.clauses.with(&[("clause", clause)]).any(|has| {
                executed.contains(&self.clauses.value(has, "agreement_id"))
                    && self.clauses.number(has, "version") >= least
            });
            if !held {
                return Some(format!("no executed agreement holds {clause} from {least} on"));
            }
        }
        (required == 0).then(|| "its policy requires no clause of its role".to_owned())
    }

    fn lacks_contact(&self, id: &str) -> Option<String> {
        let own = [("customer_id", id)];
        let primary = self.contacts.with(&own);
        let primary = primary.filter(|row| self.contacts.number(row, "is_primary") != 0);
        let verified = primary.filter(|row| {
            let subject = self.contacts.value(row, "contact_id");
            ["CONTACT_EMAIL", "CONTACT_PHONE"].iter().all(|kind| {
                let of_contact = [("customer_id", id), ("kind", kind), ("subject", subject)];
                self.claims.with(&of_contact).any(|claim| self.passes(claim, false))
            })
        });
        match verified.count() {
            1 => None,
            other => Some(format!("{other} primary contacts are verified")),
        }
    }

    /// Until when a live check carries the claim: past its end by what the policy allows, and not
    /// where two people only let it pass.
    fn carried(&self, claim: &Values, rule: Option<&Values>) -> i64 {
        let same = |column: &'static str| (column, self.claims.value(claim, column));
        let of_claim = [
            same("customer_id"),
            same("kind"),
            same("subject"),
            ("claim_digest", self.claims.value(claim, "digest")),
        ];
        let grace = rule.map_or(0, |rule| self.policy_checks.number(rule, "grace"));
        let overridable = rule.is_some_and(|r| self.policy_checks.number(r, "overridable") != 0);
        let until = self.checks.with(&of_claim).map(|check| {
            if self.checks.value(check, "result") == "PASS" {
                self.checks.number(check, "expires_at").saturating_add(grace)
            } else if overridable {
                self.checks.number(check, "override_until")
            } else {
                i64::MIN
            }
        });
        until.max().unwrap_or(i64::MIN)
    }

    /// Whether it is ACTIVE for longer than what it rests on.
    fn lasts_too_long(&self, customers: &Rows<'_>, row: &Values) -> Option<String> {
        let id = customers.value(row, "id");
        let of_role = [
            ("policy_id", customers.value(row, "policy_id")),
            ("role", customers.value(row, "role")),
        ];
        let ends = customers.number(row, "active_until");
        let mut last = i64::MAX;
        for rule in self.policy_checks.with(&of_role) {
            let of_kind = [("customer_id", id), ("kind", self.policy_checks.value(rule, "kind"))];
            let until = self.claims.with(&of_kind).map(|claim| self.carried(claim, Some(rule)));
            let every = self.policy_checks.number(rule, "every_claim") != 0;
            let until = if every { until.min() } else { until.max() };
            last = last.min(until.unwrap_or(i64::MIN));
        }
        for rule in self.policy_clauses.with(&of_role) {
            let of_clause = [("clause", self.policy_clauses.value(rule, "clause"))];
            let required = self.policy_clauses.number(rule, "min_version");
            let until = self.clauses.with(&of_clause).filter_map(|has| {
                let executed = [
                    ("id", self.clauses.value(has, "agreement_id")),
                    ("customer_id", id),
                    ("state", "EXECUTED"),
                ];
                let agreement = self.agreements.with(&executed).next()?;
                let fits = self.clauses.number(has, "version") >= required;
                fits.then(|| self.agreements.number(agreement, "valid_until"))
            });
            last = last.min(until.max().unwrap_or(i64::MIN));
        }
        (ends > last).then(|| format!("lasts until {ends}, and its facts until {last}"))
    }
}
