//! Customers in every state that lacks one thing, beside one that is truly ACTIVE: copies of one
//! for whom nothing is missing, each with one fact taken away or spoiled.

use vouch::clock::Clock;
use vouch::domain::ids::CustomerId;
use vouch::domain::time::Span;

use super::judge::{self, Tables};
use super::raw::{Raw, Values};
use crate::support::apps::TestApp;
use crate::support::stores::TestStore;

/// A customer of the scene.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    /// What it lacks.
    pub(super) name: String,
    /// Its id in hex.
    pub(super) id: String,
    /// Whether ACTIVE would be right for it.
    pub(super) may: bool,
}

/// A store with its cast.
pub(super) struct Scene {
    /// The tables of the gate.
    pub(super) tables: Tables,
    /// The one that is ACTIVE.
    pub(super) active: String,
    /// Everybody else.
    pub(super) others: Vec<Cast>,
    /// An end of ACTIVE that sound facts carry, in microseconds.
    pub(super) soon: String,
}

/// What becomes of a copy: statements with `{c}` for the customer and `{x}` for a fresh id.
struct Spoil {
    name: &'static str,
    agreement: Signed,
    sql: &'static [&'static str],
}

/// How the copy's agreement is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signed {
    Whole,
    WithoutFirst,
    OldVersion,
}

const fn spoil(name: &'static str, sql: &'static [&'static str]) -> Spoil {
    Spoil { name, agreement: Signed::Whole, sql }
}

const CHECK: &str =
    "UPDATE check_result SET result = 'FAIL' WHERE customer_id = {c} AND kind = 'EXISTENCE'";
const FINDING: &str = "INSERT INTO finding (id, customer_id, code, subject, severity, state, evidence, raised_at, from_entry)
  SELECT {x}, id, 'SANCTIONS_HIT', 's', 'HIGH', 'OPEN', origid_bytes, created_at, from_entry FROM customer WHERE id = {c}";

const SPOILS: &[Spoil] = &[
    spoil("nothing", &[]),
    spoil("suspended", &["UPDATE customer SET state = 'SUSPENDED' WHERE id = {c}"]),
    spoil("check_failed", &[CHECK]),
    spoil(
        "check_in_review",
        &[
            "UPDATE check_result SET result = 'REVIEW' WHERE customer_id = {c} AND kind = 'SANCTIONS'",
        ],
    ),
    spoil(
        "check_unavailable",
        &[
            "UPDATE check_result SET result = 'UNAVAILABLE' WHERE customer_id = {c} AND kind = 'SANCTIONS'",
        ],
    ),
    spoil(
        "check_closed",
        &[
            "UPDATE check_result SET to_entry = from_entry WHERE customer_id = {c} AND kind = 'TAX_ID_TO_NAME'",
        ],
    ),
    spoil(
        "check_superseded",
        &[
            "UPDATE check_result SET result = 'SUPERSEDED', to_entry = from_entry WHERE customer_id = {c} AND kind = 'TAX_ID_TO_NAME'",
        ],
    ),
    spoil(
        "override_where_none_may_be",
        &[
            "UPDATE check_result SET result = 'FAIL', override_until = expires_at, override_proposal = id WHERE customer_id = {c} AND kind = 'SANCTIONS'",
        ],
    ),
    spoil(
        "claim_changed",
        &[
            "UPDATE claim SET digest = (SELECT o.digest FROM claim o WHERE o.customer_id = {c} AND o.kind = 'EXISTENCE') WHERE customer_id = {c} AND kind = 'REPRESENTATION'",
        ],
    ),
    spoil(
        "nothing_claimed",
        &["DELETE FROM claim WHERE customer_id = {c} AND kind = 'ALTERNATE_PHONE'"],
    ),
    spoil(
        "no_check_at_all",
        &[
            "DELETE FROM finding WHERE customer_id = {c}",
            "DELETE FROM check_result WHERE customer_id = {c}",
        ],
    ),
    spoil("finding_open", &[FINDING]),
    spoil(
        "finding_confirmed",
        &[
            FINDING,
            "UPDATE finding SET state = 'RESOLVED', resolution = 'CONFIRMED', resolved_at = raised_at, resolved_by = 'user:1' WHERE customer_id = {c}",
        ],
    ),
    spoil(
        "agreement_prepared",
        &["UPDATE agreement SET state = 'PREPARED' WHERE customer_id = {c}"],
    ),
    spoil("agreement_signed", &["UPDATE agreement SET state = 'SIGNED' WHERE customer_id = {c}"]),
    spoil(
        "agreement_terminated",
        &["UPDATE agreement SET state = 'TERMINATED' WHERE customer_id = {c}"],
    ),
    spoil(
        "agreement_closed",
        &["UPDATE agreement SET to_entry = from_entry WHERE customer_id = {c}"],
    ),
    spoil(
        "check_ran_out",
        &[
            "UPDATE check_result SET expires_at = {epoch} WHERE customer_id = {c} AND kind = 'EXISTENCE'",
        ],
    ),
    spoil(
        "override_ran_out",
        &[
            "UPDATE check_result SET result = 'FAIL', override_until = checked_at, override_proposal = id WHERE customer_id = {c} AND kind = 'EXISTENCE'",
        ],
    ),
    spoil(
        "agreement_ran_out",
        &["UPDATE agreement SET valid_until = prepared_at WHERE customer_id = {c}"],
    ),
    spoil("no_contact", &["DELETE FROM traceback_contact WHERE customer_id = {c}"]),
    spoil(
        "contact_not_primary",
        &["UPDATE traceback_contact SET is_primary = ({no}) WHERE customer_id = {c}"],
    ),
    spoil(
        "another_contact_primary",
        &["UPDATE traceback_contact SET contact_id = 'somebody-else' WHERE customer_id = {c}"],
    ),
    spoil(
        "contact_unproved",
        &[
            "UPDATE check_result SET result = 'FAIL' WHERE customer_id = {c} AND kind = 'CONTACT_PHONE'",
        ],
    ),
    spoil("no_policy", &["UPDATE customer SET policy_id = NULL WHERE id = {c}"]),
    spoil("policy_of_another_role", &["UPDATE customer SET role = 'RESELLER' WHERE id = {c}"]),
    Spoil { name: "clause_missing", agreement: Signed::WithoutFirst, sql: &[] },
    Spoil { name: "clause_too_old", agreement: Signed::OldVersion, sql: &[] },
];

impl Scene {
    /// Walks two customers through the use cases and copies one of them.
    pub(super) async fn set(test: &TestStore, raw: &mut Raw) -> Self {
        let app = TestApp::new(test).await;
        app.load_list().await;
        let active = app.active("Truly Active Supply LLC", 1).await;
        let ready = app.ready("Ready Supply LLC", 2).await;
        app.caught_up(test).await;
        drop(app);
        let tables = raw.gate_tables().await;
        let soon = Clock::system().now().plus(Span::days(10)).0.to_string();
        let mut scene = Self { tables, active: hex(active), others: Vec::new(), soon };
        scene.policy_without_rules(raw).await;
        let ready = hex(ready);
        for spoil in SPOILS {
            let id = fresh();
            scene.copy(raw, &ready, &id, spoil).await;
            let may = matches!(spoil.name, "nothing" | "suspended");
            scene.others.push(Cast { name: spoil.name.to_owned(), id, may });
        }
        scene.missing_checks(raw, &ready).await;
        scene.others.push(Cast { name: "ready".to_owned(), id: ready, may: true });
        let actives = judge::active(raw).await;
        assert_eq!(actives.len(), 1, "{actives:?}");
        assert_eq!(judge::unsupported(raw, &scene.tables).await, Vec::<String>::new());
        scene
    }

    /// One customer for each check that the policy requires, without it.
    async fn missing_checks(&mut self, raw: &mut Raw, ready: &str) {
        let kinds = raw
            .texts("SELECT DISTINCT kind FROM policy_check WHERE role = 'END_USER' ORDER BY kind")
            .await;
        assert!(kinds.len() >= 6, "{kinds:?}");
        for kind in kinds {
            let kind = kind[0].clone().unwrap();
            let id = fresh();
            self.copy(raw, ready, &id, &spoil("", &[])).await;
            let customer = self.customer(&id);
            raw.must(&format!(
                "DELETE FROM check_result WHERE customer_id = {customer} AND kind = '{kind}'"
            ))
            .await;
            self.others.push(Cast { name: format!("without_{kind}"), id, may: false });
        }
    }

    /// A policy that requires nothing: a copy of the one in force without its rows.
    async fn policy_without_rules(&self, raw: &mut Raw) {
        let table = &self.tables["policy"];
        let mut row = raw.rows(table, "1 = 1").await.remove(0);
        row[table.at("id")] = Some(fresh());
        row[table.at("name")] = Some("NOTHING".to_owned());
        raw.must(&table.insert("INSERT", &row)).await;
    }

    /// The literal of a customer's id.
    pub(super) fn customer(&self, id: &str) -> String {
        self.tables["customer"].literal("id", Some(id))
    }

    async fn copy(&self, raw: &mut Raw, from: &str, to: &str, spoil: &Spoil) {
        let customer = &self.tables["customer"];
        let mut row = raw.rows(customer, &format!("id = {}", self.customer(from))).await.remove(0);
        row[customer.at("id")] = Some(to.to_owned());
        row[customer.at("origid")] = Some(fresh());
        raw.must(&customer.insert("INSERT", &row)).await;
        for name in ["claim", "check_result", "traceback_contact"] {
            let table = &self.tables[name];
            for row in self.owned(raw, name, from).await {
                let row = self.given(name, row, to);
                raw.must(&table.insert("INSERT", &row)).await;
            }
        }
        self.copy_agreements(raw, from, to, spoil.agreement).await;
        for text in spoil.sql {
            let bytes = if raw.is_pg() { "uuid_send(origid)" } else { "origid" };
            let no = if raw.is_pg() { "false" } else { "0" };
            let epoch = if raw.is_pg() { "'epoch'" } else { "0" };
            let id = self.tables["finding"].literal("id", Some(&fresh()));
            let text = text
                .replace("{c}", &self.customer(to))
                .replace("{x}", &id)
                .replace("{no}", no)
                .replace("{epoch}", epoch)
                .replace("origid_bytes", bytes);
            raw.must(&text).await;
        }
    }

    async fn owned(&self, raw: &mut Raw, table: &str, customer: &str) -> Vec<Values> {
        let condition = format!("customer_id = {}", self.customer(customer));
        raw.rows(&self.tables[table], &condition).await
    }

    /// The row with another owner, and with an id of its own where it has one.
    pub(super) fn given(&self, table: &str, mut row: Values, customer: &str) -> Values {
        let table = &self.tables[table];
        row[table.at("customer_id")] = Some(customer.to_owned());
        if table.has("id") {
            row[table.at("id")] = Some(fresh());
        }
        row
    }

    async fn copy_agreements(&self, raw: &mut Raw, from: &str, to: &str, signed: Signed) {
        let (table, clauses) = (&self.tables["agreement"], &self.tables["agreement_clause"]);
        for row in self.owned(raw, "agreement", from).await {
            let old = table.literal("id", table.value(&row, "id"));
            let state = table.literal("state", table.value(&row, "state"));
            let mut row = self.given("agreement", row, to);
            row[table.at("state")] = Some("PREPARED".to_owned());
            let new = row[table.at("id")].clone();
            raw.must(&table.insert("INSERT", &row)).await;
            let rows = raw.rows(clauses, &format!("agreement_id = {old}")).await;
            for (nth, mut row) in rows.into_iter().enumerate() {
                if nth == 0 && signed == Signed::WithoutFirst {
                    continue;
                }
                row[clauses.at("agreement_id")].clone_from(&new);
                if nth == 0 && signed == Signed::OldVersion {
                    row[clauses.at("version")] = Some("0".to_owned());
                }
                raw.must(&clauses.insert("INSERT", &row)).await;
            }
            let new = table.literal("id", new.as_deref());
            raw.must(&format!("UPDATE agreement SET state = {state} WHERE id = {new}")).await;
        }
    }
}

/// An id that nothing has.
pub(super) fn fresh() -> String {
    Clock::system().opaque_id().simple().to_string()
}

/// A customer's id in hex.
fn hex(id: CustomerId) -> String {
    id.0.simple().to_string()
}
