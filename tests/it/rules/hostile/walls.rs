//! Every trigger and every CHECK is needed: for each one that the catalog names there is a write
//! that it alone refuses. Taken away, the write goes through.

use std::collections::{BTreeMap, BTreeSet};

use super::raw::Raw;
use super::scene::Scene;
use super::statements::{activation, passing};
use crate::support::stores::{TestStore, on_both_stores};

/// A write that one object refuses, after what it takes to get there.
struct Refused {
    object: &'static str,
    /// Statements that go through with the object in place, on a store without those in `without`.
    before: &'static [&'static str],
    /// Objects that would refuse it too, or would refuse what comes before.
    without: &'static [&'static str],
    write: &'static str,
}

const fn refused(object: &'static str, write: &'static str) -> Refused {
    Refused { object, before: &[], without: &[], write }
}

/// Writes that need an ACTIVE customer who is not carried any more: made by a HIGH finding that
/// came while its trigger was away. Whatever changes a fact is then refused.
const fn looks_again(object: &'static str, write: &'static str) -> Refused {
    Refused { object, before: &[HIGH], without: &["gate_finding_insert"], write }
}

/// `{a}` the ACTIVE customer, `{r}` one for whom nothing is missing, `{x}` a fresh id, `{e}` an
/// entry, `{b}` some bytes, `{yes}` and `{no}` truth values, `{t}` an instant, `{up}` activation.
const HIGH: &str = "INSERT INTO finding (id, customer_id, code, subject, severity, state, evidence, raised_at, from_entry)
    VALUES ({y}, {a}, 'SANCTIONS_HIT', 's', 'HIGH', 'OPEN', {b}, {t}, {e})";
const LOW: &str = "INSERT INTO finding (id, customer_id, code, subject, severity, state, evidence, raised_at, from_entry)
    VALUES ({x}, {a}, 'CHECK_REVIEW', 's', 'LOW', 'OPEN', {b}, {t}, {e})";
const COPY_CHECK: &str = "INSERT INTO check_result (id, customer_id, kind, subject, claim_digest, result, reason, method, source,
      evidence, checked_at, expires_at, actor, from_entry)
    SELECT {x}, customer_id, kind, subject, claim_digest, result, reason, method, source, evidence, checked_at, expires_at, actor, from_entry
    FROM check_result WHERE customer_id = {a} LIMIT 1";
const COPY_AGREEMENT: &str = "INSERT INTO agreement (id, customer_id, template, state, state_data, document, sha256, prepared_at, from_entry)
    SELECT {x}, customer_id, template, 'PREPARED', state_data, document, sha256, prepared_at, from_entry
    FROM agreement WHERE customer_id = {a} LIMIT 1";

/// What holds on both engines.
const BOTH: &[Refused] = &[
    // The gate: the state.
    Refused {
        object: "activation_gate",
        before: &["DELETE FROM traceback_contact WHERE customer_id = {r}"],
        without: &[],
        write: "UPDATE customer SET state = 'ACTIVE', cap = 'A', active_until = {soon}, uncapped_until = {soon}, checks_missing = 0,
          high_open = 0, clauses_missing = 0, primary_contacts = 0 WHERE id = {r}",
    },
    Refused {
        object: "gate_customer_update",
        before: &["DELETE FROM traceback_contact WHERE customer_id = {r}"],
        without: &[],
        write: "{up}",
    },
    Refused {
        object: "gate_customer_insert",
        before: &[],
        without: &[],
        write: "{new}",
    },
    // The gate: the facts.
    refused("gate_finding_insert", HIGH),
    Refused {
        object: "gate_finding_update",
        before: &[LOW],
        without: &[],
        write: "UPDATE finding SET severity = 'HIGH' WHERE customer_id = {a}",
    },
    Refused {
        object: "gate_finding_delete",
        before: &[LOW, HIGH],
        without: &["gate_finding_insert"],
        write: "DELETE FROM finding WHERE customer_id = {a} AND severity = 'LOW'",
    },
    looks_again("gate_check_result_insert", COPY_CHECK),
    refused("gate_check_result_update", "UPDATE check_result SET result = 'FAIL' WHERE customer_id = {a} AND kind = 'EXISTENCE'"),
    Refused {
        object: "gate_check_result_delete",
        before: &["UPDATE finding SET check_id = NULL"],
        without: &[],
        write: "DELETE FROM check_result WHERE customer_id = {a} AND kind = 'EXISTENCE'",
    },
    refused(
        "gate_claim_insert",
        "INSERT INTO claim (customer_id, kind, subject, digest, from_entry) VALUES ({a}, 'SANCTIONS', 'another', {b}, {e})",
    ),
    refused("gate_claim_update", "UPDATE claim SET digest = {b} WHERE customer_id = {a} AND kind = 'EXISTENCE'"),
    refused("gate_claim_delete", "DELETE FROM claim WHERE customer_id = {a} AND kind = 'EXISTENCE'"),
    looks_again(
        "gate_traceback_contact_insert",
        "INSERT INTO traceback_contact (customer_id, contact_id, is_primary, from_entry) VALUES ({a}, 'another', {no}, {e})",
    ),
    refused("gate_traceback_contact_update", "UPDATE traceback_contact SET contact_id = 'another' WHERE customer_id = {a}"),
    refused("gate_traceback_contact_delete", "DELETE FROM traceback_contact WHERE customer_id = {a}"),
    looks_again("gate_agreement_insert", COPY_AGREEMENT),
    refused("gate_agreement_update", "UPDATE agreement SET state = 'TERMINATED' WHERE customer_id = {a}"),
    Refused {
        object: "gate_agreement_delete",
        before: &["DELETE FROM agreement_clause"],
        without: &["agreement_clause_delete"],
        write: "DELETE FROM agreement WHERE customer_id = {a}",
    },
    // What was signed, and what is demanded.
    refused("agreement_clause_insert", "INSERT INTO agreement_clause (agreement_id, clause, version) SELECT id, 'C-99', 1 FROM agreement"),
    refused("agreement_clause_update", "UPDATE agreement_clause SET version = version + 1"),
    refused("agreement_clause_delete", "DELETE FROM agreement_clause"),
    refused("agreement_document_update", "UPDATE agreement SET document = {b}"),
    refused("profile_revision_update", "UPDATE profile_revision SET body = {b}"),
    refused("profile_revision_delete", "DELETE FROM profile_revision"),
    refused(
        "policy_check_insert",
        "INSERT INTO policy_check (policy_id, role, kind, every_claim, overridable) SELECT policy_id, role, 'EXTRA', {no}, {no} FROM customer WHERE id = {a}",
    ),
    refused("policy_check_update", "UPDATE policy_check SET overridable = {yes}"),
    refused("policy_check_delete", "DELETE FROM policy_check"),
    refused(
        "policy_clause_insert",
        "INSERT INTO policy_clause (policy_id, role, clause, min_version) SELECT policy_id, role, 'C-99', 1 FROM customer WHERE id = {a}",
    ),
    refused("policy_clause_update", "UPDATE policy_clause SET min_version = 0"),
    refused("policy_clause_delete", "DELETE FROM policy_clause"),
    // The journal.
    refused("journal_update", "UPDATE journal SET kind = 'x'"),
    Refused {
        object: "journal_delete",
        before: &[ENTRY],
        without: &[],
        write: "DELETE FROM journal WHERE id = {x}",
    },
    refused("journal_order_update", "UPDATE journal_order SET sequenced_at = {t} WHERE seq = 1"),
    refused("journal_order_delete", "DELETE FROM journal_order WHERE seq = 1"),
    refused("merkle_hash_update", "UPDATE merkle_hash SET hash = (SELECT leaf FROM journal LIMIT 1) WHERE idx = 0"),
    refused("merkle_hash_delete", "DELETE FROM merkle_hash WHERE idx = 0"),
    // Words and shapes.
    refused("customer_role", "UPDATE customer SET role = 'OWNER' WHERE id = {r}"),
    refused("customer_state", "UPDATE customer SET state = 'active' WHERE id = {r}"),
    refused("customer_cap", "UPDATE customer SET cap = 'C' WHERE id = {r}"),
    refused("check_result_word", "UPDATE check_result SET result = 'OK' WHERE customer_id = {r}"),
    refused("check_override_pair", "UPDATE check_result SET override_until = {t} WHERE customer_id = {r}"),
    refused("check_superseded_closed", "UPDATE check_result SET result = 'SUPERSEDED' WHERE customer_id = {r}"),
    Refused { object: "finding_severity", before: &[LOW], without: &[], write: "UPDATE finding SET severity = 'NONE'" },
    Refused { object: "finding_state", before: &[LOW], without: &["finding_resolved_whole"], write: "UPDATE finding SET state = 'GONE'" },
    Refused { object: "finding_resolved_whole", before: &[LOW], without: &[], write: "UPDATE finding SET state = 'RESOLVED'" },
    refused("challenge_state", "UPDATE challenge SET state = 'x'"),
    refused("agreement_state", "UPDATE agreement SET state = 'x' WHERE customer_id = {r}"),
    refused("agreement_executed_dated", "UPDATE agreement SET valid_until = NULL WHERE customer_id = {r}"),
    Refused { object: "proposal_state", before: &[PROPOSAL], without: &[], write: "UPDATE proposal SET state = 'x'" },
    Refused { object: "proposal_two_people", before: &[PROPOSAL], without: &[], write: "UPDATE proposal SET state = 'CONFIRMED', decided_by = proposed_by" },
    Refused { object: "trunk_kind", before: &[TRUNK], without: &[], write: "UPDATE trunk SET kind = 'x'" },
    Refused { object: "trunk_auth", before: &[TRUNK], without: &[], write: "UPDATE trunk SET auth = 'x'" },
    Refused { object: "trunk_mode", before: &[TRUNK], without: &[], write: "UPDATE trunk SET mode = 'x'" },
    Refused { object: "number_cap", before: &[NUMBER], without: &[], write: "UPDATE number_state SET cap = 'C'" },
    Refused {
        object: "delegation_not_self",
        before: &[NUMBER],
        without: &[],
        write: "INSERT INTO delegation (id, number_id, holder, delegate, created_at, from_entry) VALUES ({x}, {x}, {a}, {a}, {t}, {e})",
    },
    Refused { object: "block_objection_state", before: &[OBJECTION], without: &[], write: "UPDATE block_objection SET state = 'x'" },
    Refused { object: "block_objection_decided", before: &[OBJECTION], without: &[], write: "UPDATE block_objection SET state = 'UPHELD'" },
    Refused {
        object: "block_objection_two_people",
        before: &[OBJECTION],
        without: &[],
        write: "UPDATE block_objection SET state = 'REMOVED', proposed_by = 'user:1', decided_by = 'user:1', decided_at = {t}",
    },
    Refused { object: "certificate_proof_state", before: &[PROOF], without: &[], write: "UPDATE certificate_proof SET state = 'x'" },
    Refused {
        object: "loa_review_decision",
        before: &[NUMBER, EVIDENCE],
        without: &[],
        write: "INSERT INTO loa_review (id, evidence_id, number_id, customer_id, decision, reasons, detail, reviewed_at, actor, from_entry)
          VALUES ({x}, {x}, {x}, {a}, 'x', '', {b}, {t}, 'user:1', {e})",
    },
    Refused { object: "number_dispute_state", before: &[NUMBER, DISPUTE], without: &[], write: "UPDATE number_dispute SET state = 'x'" },
    Refused { object: "number_dispute_two_people", before: &[NUMBER, DISPUTE], without: &[], write: "UPDATE number_dispute SET closed_by = 'user:1'" },
    Refused { object: "number_import_phase", before: &[IMPORT], without: &[], write: "UPDATE number_import SET phase = 'x'" },
    Refused { object: "number_import_over", before: &[IMPORT], without: &[], write: "UPDATE number_import SET phase = 'OVER'" },
    Refused { object: "number_import_results", before: &[IMPORT], without: &[], write: "UPDATE number_import SET results = 0" },
    refused("operation_two_people", "UPDATE operation SET released_by = 'user:1'"),
    refused(
        "origid_retired_of_one",
        "INSERT INTO origid_retired (origid, retired_at, from_entry) VALUES ({x}, {t}, {e})",
    ),
    refused(
        "inventory_source",
        "INSERT INTO inventory (tn, source, carrier, order_ref, as_of, from_entry) VALUES (1, 'x', '', '', {t}, {e})",
    ),
    refused("store_meta_one", "UPDATE store_meta SET id = 2"),
    refused(
        "journal_rev",
        "INSERT INTO journal (id, subject_kind, subject, subject_rev, at, kind, actor, command, detail, leaf)
         SELECT {x}, subject_kind, {x}, 0, at, kind, actor, command, detail, leaf FROM journal LIMIT 1",
    ),
    refused(
        "journal_leaf",
        "INSERT INTO journal (id, subject_kind, subject, subject_rev, at, kind, actor, command, detail, leaf)
         SELECT {x}, subject_kind, {x}, 1, at, kind, actor, command, detail, {b} FROM journal LIMIT 1",
    ),
    Refused {
        object: "journal_order_seq",
        before: &[ENTRY],
        without: &[],
        write: "INSERT INTO journal_order (seq, entry, sequenced_at) VALUES (0, {x}, {t})",
    },
    refused("journal_head_one", "UPDATE journal_head SET id = 2"),
    refused("merkle_hash_size", "INSERT INTO merkle_hash (idx, hash) VALUES (99999999, {b})"),
    refused("customer_key_whole", "UPDATE customer_key SET erased_at = {t}"),
    refused("job_state", "UPDATE job SET state = 'x'"),
    refused("job_running_leased", "UPDATE job SET lease_until = {t} WHERE state <> 'RUNNING'"),
    refused("operation_state", "UPDATE operation SET state = 'x'"),
    refused("client_name_check", "UPDATE client SET name = ''"),
];

const ENTRY: &str = "INSERT INTO journal (id, subject_kind, subject, subject_rev, at, kind, actor, command, detail, leaf)
    SELECT {x}, subject_kind, {x}, 1, at, kind, actor, command, detail, leaf FROM journal LIMIT 1";
const PROPOSAL: &str = "INSERT INTO proposal (id, kind, customer_id, payload, reason, state, proposed_by, proposed_at, expires_at, from_entry)
    VALUES ({x}, 'REINSTATEMENT', {a}, {b}, {b}, 'OPEN', 'user:1', {t}, {t}, {e})";
const OBJECTION: &str = "INSERT INTO block_objection (id, tn, category, list_source, claim, state, opened_by, opened_at, due_at, revision, last_at, from_entry)
    VALUES ({x}, 1, 'UNUSED', 'x', {b}, 'OPEN', 'user:1', {t}, {t}, 1, {t}, {e})";
const PROOF: &str = "INSERT INTO certificate_proof (id, customer_id, sha256, subject, nonce, state, created_at, expires_at, from_entry)
    VALUES ({x}, {a}, {b}, {b}, {b}, 'OPEN', {t}, {t}, {e})";
const EVIDENCE: &str = "INSERT INTO evidence (id, number_id, customer_id, kind, source, detail, verified_at, expires_at, actor, from_entry)
    VALUES ({x}, {x}, {a}, 'LOA', 'x', {b}, {t}, {t}, 'user:1', {e})";
const DISPUTE: &str =
    "INSERT INTO number_dispute (id, number_id, detail, state, opened_by, opened_at, from_entry)
    VALUES ({x}, {x}, {b}, 'OPEN', 'user:1', {t}, {e})";
const IMPORT: &str = "INSERT INTO number_import (operation_id, customer_id, phase, terms, results, cancelled, fence, lease_until, from_entry)
    SELECT id, {a}, 'VET', {b}, 1, {no}, 0, {t}, {e} FROM operation LIMIT 1";
const TRUNK: &str = "INSERT INTO trunk (id, uid, kind, auth, owner, is_foreign, mode, origid, revision, last_at, created_at, from_entry)
    VALUES ('wall', {x}, 'CUSTOMER', 'MTLS', {a}, {no}, 'SHADOW', {x}, 1, {t}, {t}, {e})";
const NUMBER: &str = "INSERT INTO number_state (id, tn, category, is_foreign, cap, facts, revision, last_at, from_entry)
    VALUES ({x}, 15072847999, 'ASSIGNABLE', {no}, 'A', {b}, 1, {t}, {e})";

/// What `SQLite` needs beside: a row that takes another's place fires no DELETE.
const LITE: &[Refused] = &[
    Refused { object: "number_import_cancelled_check", before: &[IMPORT], without: &[], write: "UPDATE number_import SET cancelled = 2" },
    refused(
        "no_replace_check_result",
        "INSERT OR REPLACE INTO check_result (id, customer_id, kind, subject, claim_digest, result, reason, method, source,
           evidence, checked_at, expires_at, actor, from_entry)
         SELECT id, {r}, 'OTHER', subject, claim_digest, result, reason, method, source, evidence, checked_at, expires_at, actor, from_entry
         FROM check_result WHERE customer_id = {a} AND kind = 'EXISTENCE'",
    ),
    refused(
        "no_replace_check_result_id",
        "UPDATE OR REPLACE check_result SET id = (SELECT o.id FROM check_result o WHERE o.customer_id = {a} AND o.kind = 'EXISTENCE')
         WHERE customer_id = {r} AND kind = 'TAX_ID_TO_NAME'",
    ),
    refused(
        "no_replace_agreement",
        "INSERT OR REPLACE INTO agreement (id, customer_id, template, state, state_data, document, sha256, prepared_at, from_entry)
         SELECT id, {r}, template, 'PREPARED', state_data, {b}, sha256, prepared_at, from_entry FROM agreement WHERE customer_id = {a}",
    ),
    Refused {
        object: "no_replace_agreement_clause",
        before: &["UPDATE agreement SET state = 'PREPARED' WHERE customer_id = {r}"],
        without: &[],
        write: "INSERT OR REPLACE INTO agreement_clause (agreement_id, clause, version)
          SELECT x.agreement_id, x.clause, 9 FROM agreement_clause x JOIN agreement a ON a.id = x.agreement_id WHERE a.customer_id = {r}",
    },
    refused(
        "no_replace_profile_revision",
        "INSERT OR REPLACE INTO profile_revision (customer_id, rev, body, sha256, created_at, from_entry)
         SELECT customer_id, rev, {b}, sha256, created_at, from_entry FROM profile_revision WHERE customer_id = {a}",
    ),
    Refused {
        object: "no_replace_policy_check",
        before: &["{free_policy}", "INSERT INTO policy_check (policy_id, role, kind, every_claim, overridable) SELECT id, 'END_USER', 'K', 0, 0 FROM policy WHERE name = 'FREE'"],
        without: &[],
        write: "INSERT OR REPLACE INTO policy_check (policy_id, role, kind, every_claim, overridable) SELECT id, 'END_USER', 'K', 0, 1 FROM policy WHERE name = 'FREE'",
    },
    Refused {
        object: "no_replace_policy_clause",
        before: &["{free_policy}", "INSERT INTO policy_clause (policy_id, role, clause, min_version) SELECT id, 'END_USER', 'C-01', 2 FROM policy WHERE name = 'FREE'"],
        without: &[],
        write: "INSERT OR REPLACE INTO policy_clause (policy_id, role, clause, min_version) SELECT id, 'END_USER', 'C-01', 1 FROM policy WHERE name = 'FREE'",
    },
    refused(
        "no_replace_journal",
        "INSERT OR REPLACE INTO journal SELECT id, subject_kind, subject, subject_rev, at, 'x', actor, command, owner, facts, detail, leaf FROM journal LIMIT 1",
    ),
    refused("no_replace_journal_order", "INSERT OR REPLACE INTO journal_order SELECT seq, entry, sequenced_at + 1 FROM journal_order WHERE seq = 1"),
    refused("no_replace_merkle_hash", "INSERT OR REPLACE INTO merkle_hash SELECT idx, (SELECT leaf FROM journal LIMIT 1) FROM merkle_hash WHERE idx = 0"),
];

/// What `PostgreSQL` needs beside: TRUNCATE fires no DELETE either, and takes with it what refers
/// to the table.
const PG: &[Refused] = &[
    truncated("no_truncate_check_result", "TRUNCATE check_result CASCADE"),
    truncated("no_truncate_finding", "TRUNCATE finding"),
    truncated("no_truncate_claim", "TRUNCATE claim"),
    truncated("no_truncate_traceback_contact", "TRUNCATE traceback_contact"),
    truncated("no_truncate_agreement", "TRUNCATE agreement CASCADE"),
    truncated("no_truncate_agreement_clause", "TRUNCATE agreement_clause"),
    truncated("no_truncate_policy_check", "TRUNCATE policy_check"),
    truncated("no_truncate_policy_clause", "TRUNCATE policy_clause"),
    truncated("no_truncate_customer", "TRUNCATE customer CASCADE"),
    truncated("no_truncate_profile_revision", "TRUNCATE profile_revision"),
    truncated("journal_truncate", "TRUNCATE journal CASCADE"),
    truncated("journal_order_truncate", "TRUNCATE journal_order"),
    truncated("merkle_hash_truncate", "TRUNCATE merkle_hash"),
];

const TRUNCATES: &[&str] = &[
    "no_truncate_check_result",
    "no_truncate_finding",
    "no_truncate_claim",
    "no_truncate_traceback_contact",
    "no_truncate_agreement",
    "no_truncate_agreement_clause",
    "no_truncate_policy_check",
    "no_truncate_policy_clause",
    "no_truncate_customer",
    "no_truncate_profile_revision",
    "journal_truncate",
    "journal_order_truncate",
    "merkle_hash_truncate",
];

const fn truncated(object: &'static str, write: &'static str) -> Refused {
    Refused { object, before: &[], without: TRUNCATES, write }
}

/// Every trigger, and every CHECK, of the catalog, with its table.
pub(super) async fn objects(raw: &mut Raw) -> BTreeMap<String, (String, bool)> {
    let mut found = BTreeMap::new();
    if raw.is_pg() {
        let text = "SELECT tgname::text, tgrelid::regclass::text, '1' FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT conname::text, conrelid::regclass::text, '0' FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0";
        for row in raw.texts(text).await {
            let [name, table, trigger] = row.try_into().unwrap();
            found.insert(name.unwrap(), (table.unwrap(), trigger.as_deref() == Some("1")));
        }
        return found;
    }
    let triggers = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'";
    for row in raw.texts(triggers).await {
        let [name, table] = row.try_into().unwrap();
        found.insert(name.unwrap(), (table.unwrap(), true));
    }
    let tables = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'";
    for row in raw.texts(tables).await {
        let [table, sql] = row.try_into().unwrap();
        let (table, sql) = (table.unwrap(), sql.unwrap());
        for (nth, piece) in sql.split("CHECK").enumerate().skip(1) {
            let before: Vec<&str> =
                sql.split("CHECK").nth(nth - 1).unwrap().split_whitespace().collect();
            let name = match before.as_slice() {
                [.., "CONSTRAINT", name] => (*name).to_owned(),
                // As PostgreSQL names one without a name: by table and column.
                [.., column, _kind, "NOT", "NULL"] => format!("{table}_{column}_check"),
                other => panic!("a CHECK of {table} without a name: {other:?} {piece}"),
            };
            found.insert(name, (table.clone(), false));
        }
    }
    found
}

/// The statement that takes an object away.
pub(super) fn take_away(raw: &Raw, name: &str, (table, trigger): &(String, bool)) -> String {
    match (raw.is_pg(), trigger) {
        (true, true) => format!("DROP TRIGGER {name} ON {table}"),
        (true, false) => format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
        (false, true) => format!("DROP TRIGGER {name}"),
        // One CHECK alone cannot be dropped: its own text is made true.
        (false, false) => {
            let own = format!("CONSTRAINT {name} ");
            let lead = if name.ends_with("_check") { "" } else { own.as_str() };
            format!(
                "PRAGMA writable_schema = ON;
                 UPDATE sqlite_master SET sql = replace(sql, '{lead}CHECK (', '{lead}CHECK (1 OR ')
                 WHERE type = 'table' AND name = '{table}';
                 PRAGMA writable_schema = RESET"
            )
        }
    }
}

struct Words {
    pairs: Vec<(&'static str, String)>,
}

impl Words {
    async fn of(raw: &mut Raw, scene: &Scene) -> Self {
        let ready = scene.others.iter().find(|cast| cast.name == "nothing").unwrap().id.clone();
        let customer = &scene.tables["customer"];
        let row = raw.rows(customer, &format!("id = {}", scene.customer(&scene.active))).await;
        let entry = customer.literal("from_entry", customer.value(&row[0], "from_entry"));
        let (mut new, fresh) = (row[0].clone(), super::scene::fresh());
        let another = customer.literal("id", Some(&super::scene::fresh()));
        new[customer.at("id")] = Some(fresh.clone());
        new[customer.at("origid")] = Some(fresh.clone());
        let table = &scene.tables["policy"];
        let mut free = raw.rows(table, "name = 'NOTHING'").await.remove(0);
        free[table.at("id")] = Some(fresh.clone());
        free[table.at("name")] = Some("FREE".to_owned());
        let truth = |value: bool| match (raw.is_pg(), value) {
            (true, value) => value.to_string(),
            (false, value) => u8::from(value).to_string(),
        };
        let pairs = vec![
            ("{up}", activation(scene, &ready, &passing())),
            ("{new}", customer.insert("INSERT", &new)),
            ("{free_policy}", table.insert("INSERT", &free)),
            ("{soon}", customer.literal("active_until", Some(&scene.soon))),
            ("{t}", customer.literal("active_until", Some("1800000000000000"))),
            ("{a}", scene.customer(&scene.active)),
            ("{r}", scene.customer(&ready)),
            ("{x}", customer.literal("id", Some(&fresh))),
            ("{y}", another),
            ("{e}", entry),
            ("{b}", if raw.is_pg() { "'\\x00'::bytea" } else { "X'00'" }.to_owned()),
            ("{yes}", truth(true)),
            ("{no}", truth(false)),
        ];
        Self { pairs }
    }

    fn fill(&self, text: &str) -> String {
        self.pairs.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }
}

/// Runs one case with the object in place or without it; says how the write was refused.
async fn case(raw: &mut Raw, words: &Words, case: &Refused, gone: &[String]) -> Result<(), String> {
    raw.must("BEGIN").await;
    for text in gone {
        raw.must(text).await;
    }
    for text in case.before {
        raw.must(&words.fill(text)).await;
    }
    let done = raw.run(&words.fill(case.write)).await;
    raw.must("ROLLBACK").await;
    if !raw.is_pg() {
        raw.must("PRAGMA writable_schema = RESET").await;
    }
    done.map(drop)
}

async fn each_is_needed(test: &TestStore) {
    let mut raw = Raw::open(test).await;
    let scene = Scene::set(test, &mut raw).await;
    let objects = objects(&mut raw).await;
    let extra = if raw.is_pg() { PG } else { LITE };
    let cases: Vec<&Refused> = BOTH.iter().chain(extra).collect();
    let listed: BTreeSet<&str> = cases.iter().map(|case| case.object).collect();
    let known: BTreeSet<&str> = objects.keys().map(String::as_str).collect();
    let differ: Vec<_> = listed.symmetric_difference(&known).collect();
    assert!(differ.is_empty(), "the schema and the list of refused writes differ: {differ:?}");
    let words = Words::of(&mut raw, &scene).await;
    for refused in &cases {
        let object = &objects[refused.object];
        let without: Vec<String> = refused
            .without
            .iter()
            .filter(|name| **name != refused.object)
            .filter_map(|name| objects.get(*name).map(|object| (name, object)))
            .map(|(name, object)| take_away(&raw, name, object))
            .collect();
        let with = case(&mut raw, &words, refused, &without).await;
        assert!(with.is_err(), "{} lets its write through", refused.object);
        let mut gone = without.clone();
        gone.push(take_away(&raw, refused.object, object));
        let alone = case(&mut raw, &words, refused, &gone).await;
        assert_eq!(alone, Ok(()), "without {} the write is still refused", refused.object);
    }
    println!("{} triggers and checks, each alone refuses its write", cases.len());
}

on_both_stores!(rule_01_every_trigger_and_check_is_needed, |test| each_is_needed(&test));
