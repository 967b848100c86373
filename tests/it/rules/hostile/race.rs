//! Two connections at once on `PostgreSQL`: a state that goes up and a fact that goes away, in
//! both orders of commit, at every isolation level. Whoever comes second waits, or is refused.

use super::judge;
use super::raw::Raw;
use super::scene::Scene;
use super::statements::{activation, passing};
use crate::support::stores::TestStore;
use vouch::store::EngineKind;

/// What one of the two does in its transaction.
#[derive(Clone, Debug)]
struct Side {
    name: String,
    steps: Vec<String>,
}

impl Side {
    fn new(name: &str, step: impl Into<String>) -> Self {
        Self { name: name.to_owned(), steps: vec![step.into()] }
    }
}

const LEVELS: [&str; 3] = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

/// A connection that writes in the background, because its write may have to wait.
struct Waiting {
    pid: String,
    done: tokio::task::JoinHandle<Written>,
}

/// The connection, and whether its writes went through.
type Written = (Raw, Result<(), String>);

impl Waiting {
    fn run(mut raw: Raw, pid: String, steps: Vec<String>) -> Self {
        let done = tokio::spawn(async move {
            for step in steps {
                if let Err(refused) = raw.run(&step).await {
                    return (raw, Err(refused));
                }
            }
            (raw, Ok(()))
        });
        Self { pid, done }
    }

    /// Waits until the write is done or stands in a queue for a lock.
    async fn settled(&self, watch: &mut Raw) {
        let look = format!(
            "SELECT count(*)::text FROM pg_stat_activity WHERE pid = {} AND wait_event_type = 'Lock'",
            self.pid
        );
        let settled = async {
            while !self.done.is_finished() && watch.texts(&look).await[0][0].as_deref() == Some("0")
            {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        tokio::time::timeout(patience, settled).await.expect("a write that ends or waits");
    }
}

/// A connection with an open transaction whose snapshot is taken.
async fn begun(test: &TestStore, level: &str) -> (Raw, String) {
    let mut raw = Raw::open(test).await;
    raw.must(&format!("BEGIN ISOLATION LEVEL {level}")).await;
    let pid = raw.texts("SELECT pg_backend_pid()::text FROM journal_head").await.remove(0);
    raw.texts("SELECT count(*)::text FROM customer").await;
    (raw, pid.into_iter().next().flatten().unwrap())
}

async fn end(mut raw: Raw, done: Result<(), String>) -> bool {
    match done {
        Ok(()) => raw.run("COMMIT").await.is_ok(),
        Err(_refused) => {
            raw.must("ROLLBACK").await;
            false
        }
    }
}

/// Both begin, the first writes, the second writes (or waits), the first commits, then the second.
async fn race(
    test: &TestStore,
    watch: &mut Raw,
    sides: [&Side; 2],
    levels: [&str; 2],
) -> [bool; 2] {
    let (mut first, _) = begun(test, levels[0]).await;
    let (second, pid) = begun(test, levels[1]).await;
    let mut wrote = Ok(());
    for step in &sides[0].steps {
        wrote = wrote.and(first.run(step).await.map(drop));
    }
    let waiting = Waiting::run(second, pid, sides[1].steps.clone());
    waiting.settled(watch).await;
    let won = end(first, wrote).await;
    let (second, done) = waiting.done.await.unwrap();
    [won, end(second, done).await]
}

/// The ways to take one fact from a customer for whom nothing is missing.
fn losses(scene: &Scene, id: &str) -> Vec<Side> {
    let c = scene.customer(id);
    let fresh = scene.tables["finding"].literal("id", Some(&super::scene::fresh()));
    let of = |text: &str| text.replace("{c}", &c).replace("{x}", &fresh);
    let each = [
        ("finding", "INSERT INTO finding (id, customer_id, code, subject, severity, state, evidence, raised_at, from_entry)
           SELECT {x}, id, 'SANCTIONS_HIT', 's', 'HIGH', 'OPEN', '', created_at, from_entry FROM customer WHERE id = {c}"),
        ("agreement", "UPDATE agreement SET state = 'TERMINATED' WHERE customer_id = {c}"),
        ("agreement closed", "UPDATE agreement SET to_entry = from_entry WHERE customer_id = {c}"),
        ("check ended", "UPDATE check_result SET to_entry = from_entry WHERE customer_id = {c} AND kind = 'EXISTENCE'"),
        ("check failed", "UPDATE check_result SET result = 'FAIL' WHERE customer_id = {c} AND kind = 'SANCTIONS'"),
        ("check deleted", "DELETE FROM check_result WHERE customer_id = {c} AND kind = 'TAX_ID_TO_NAME'"),
        ("claim", "UPDATE claim SET digest = (SELECT o.digest FROM claim o WHERE o.customer_id = {c} AND o.kind = 'EXISTENCE')
           WHERE customer_id = {c} AND kind = 'REPRESENTATION'"),
        ("claim added", "INSERT INTO claim (customer_id, kind, subject, digest, from_entry)
           SELECT customer_id, kind, 'another', digest, from_entry FROM claim WHERE customer_id = {c} AND kind = 'SANCTIONS' LIMIT 1"),
        ("contact", "DELETE FROM traceback_contact WHERE customer_id = {c}"),
    ];
    each.into_iter().map(|(name, text)| Side::new(name, of(text))).collect()
}

async fn up_against_facts(test: &TestStore) {
    let mut raw = Raw::open(test).await;
    let scene = Scene::set(test, &mut raw).await;
    let id = scene.others.iter().find(|cast| cast.name == "nothing").unwrap().id.clone();
    let up = Side::new("up", activation(&scene, &id, &passing()));
    let (mut races, mut both) = (0, 0);
    for loss in losses(&scene, &id) {
        for levels in [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2], [2, 0], [2, 2]] {
            let levels = levels.map(|level| LEVELS[level]);
            for sides in [[&up, &loss], [&loss, &up]] {
                let kept = keep(&mut raw, &scene, &id).await;
                let won = race(test, &mut raw, sides, levels).await;
                races += 1;
                both += usize::from(won == [true, true]);
                let lacks = judge::unsupported(&mut raw, &scene.tables).await;
                let names = sides.map(|side| side.name.as_str());
                assert!(lacks.is_empty(), "{names:?} at {levels:?} ended {won:?}: {lacks:?}");
                // At the level the service uses, nobody is refused for nothing.
                if levels == [LEVELS[0]; 2] {
                    assert_eq!(won, [true, false], "{names:?}");
                }
                put_back(&mut raw, &scene, &id, kept).await;
            }
        }
    }
    println!("{races} races, {both} of them won by both sides");
    assert!(races >= 120);
}

type Kept = Vec<(String, Vec<super::raw::Values>)>;

const OWNED: [&str; 5] = ["claim", "check_result", "finding", "agreement", "traceback_contact"];

async fn keep(raw: &mut Raw, scene: &Scene, id: &str) -> Kept {
    let mut kept = Vec::new();
    for name in OWNED {
        let condition = format!("customer_id = {}", scene.customer(id));
        kept.push((name.to_owned(), raw.rows(&scene.tables[name], &condition).await));
    }
    kept
}

/// Takes the customer down and puts its facts back as they were.
async fn put_back(raw: &mut Raw, scene: &Scene, id: &str, kept: Kept) {
    let c = scene.customer(id);
    raw.must(&format!("UPDATE customer SET state = 'VERIFIED' WHERE id = {c}")).await;
    for (name, rows) in kept {
        let table = &scene.tables[&name];
        if name == "agreement" {
            for row in rows {
                let (state, ended) = (table.value(&row, "state"), table.value(&row, "to_entry"));
                raw.must(&format!(
                    "UPDATE agreement SET state = {}, to_entry = {} WHERE {}",
                    table.literal("state", state),
                    table.literal("to_entry", ended),
                    table.key_of(&row)
                ))
                .await;
            }
            continue;
        }
        raw.must(&format!("DELETE FROM {name} WHERE customer_id = {c}")).await;
        for row in rows {
            raw.must(&table.insert("INSERT", &row)).await;
        }
    }
}

/// Two facts of which one is enough: each may go alone, and never both at once.
async fn fact_against_fact(test: &TestStore) {
    let mut raw = Raw::open(test).await;
    let scene = Scene::set(test, &mut raw).await;
    let id = scene.others.iter().find(|cast| cast.name == "nothing").unwrap().id.clone();
    let c = scene.customer(&id);
    // A second passed check of the same claim.
    let table = &scene.tables["check_result"];
    let condition = format!("customer_id = {c} AND kind = 'EXISTENCE'");
    let first = raw.rows(table, &condition).await.remove(0);
    let second = scene.given("check_result", first.clone(), &id);
    raw.must(&table.insert("INSERT", &second)).await;
    let kept = keep(&mut raw, &scene, &id).await;
    let gone =
        |row| Side::new("check", format!("DELETE FROM check_result WHERE {}", table.key_of(row)));
    for levels in [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2], [2, 0], [2, 2]] {
        let levels = levels.map(|level| LEVELS[level]);
        raw.must(&activation(&scene, &id, &passing())).await;
        let won = race(test, &mut raw, [&gone(&first), &gone(&second)], levels).await;
        let lacks = judge::unsupported(&mut raw, &scene.tables).await;
        assert!(lacks.is_empty(), "at {levels:?} ended {won:?}: {lacks:?}");
        if levels == [LEVELS[0]; 2] {
            assert_eq!(won, [true, false]);
        }
        put_back(&mut raw, &scene, &id, kept.clone()).await;
    }
}

/// A policy gets another rule while a customer comes under it.
async fn up_against_policy(test: &TestStore) {
    let mut raw = Raw::open(test).await;
    let scene = Scene::set(test, &mut raw).await;
    let id = scene.others.iter().find(|cast| cast.name == "nothing").unwrap().id.clone();
    let c = scene.customer(&id);
    let rules = [
        ("policy_check", "'LEGAL_OPINION', true, false", "kind, every_claim, overridable"),
        ("policy_clause", "'C-99', 1", "clause, min_version"),
    ];
    for (table, values, columns) in rules {
        for levels in [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2], [2, 0], [2, 2]] {
            let levels = levels.map(|level| LEVELS[level]);
            for up_first in [true, false] {
                let policy = another_policy(&mut raw, &scene).await;
                let mut counters = passing();
                counters.push(("policy_id", policy.clone()));
                let up = Side::new("up", activation(&scene, &id, &counters));
                let rule = Side::new(
                    table,
                    format!(
                        "INSERT INTO {table} (policy_id, role, {columns}) VALUES ({policy}, 'END_USER', {values})"
                    ),
                );
                let sides = if up_first { [&up, &rule] } else { [&rule, &up] };
                let won = race(test, &mut raw, sides, levels).await;
                let lacks = judge::unsupported(&mut raw, &scene.tables).await;
                assert!(lacks.is_empty(), "{table} at {levels:?} {up_first}: {won:?} {lacks:?}");
                raw.must(&format!("UPDATE customer SET state = 'VERIFIED' WHERE id = {c}")).await;
            }
        }
    }
}

/// A copy of the policy in force, with its rules, that no customer is under.
async fn another_policy(raw: &mut Raw, scene: &Scene) -> String {
    let table = &scene.tables["policy"];
    let mut row = raw.rows(table, "name = 'CURRENT_2026' AND version = 2").await.remove(0);
    let (from, to) = (row[table.at("id")].clone(), super::scene::fresh());
    row[table.at("id")] = Some(to.clone());
    row[table.at("name")] = Some(format!("RACE_{to}"));
    raw.must(&table.insert("INSERT", &row)).await;
    for name in ["policy_check", "policy_clause"] {
        let rules = &scene.tables[name];
        let old = rules.literal("policy_id", from.as_deref());
        for mut row in raw.rows(rules, &format!("policy_id = {old}")).await {
            row[rules.at("policy_id")] = Some(to.clone());
            raw.must(&rules.insert("INSERT", &row)).await;
        }
    }
    table.literal("id", Some(&to))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_01_a_state_and_a_fact_at_once() {
    let test = TestStore::new(EngineKind::Postgres).await;
    up_against_facts(&test).await;
    test.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_01_two_facts_at_once() {
    let test = TestStore::new(EngineKind::Postgres).await;
    fact_against_fact(&test).await;
    test.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_01_a_state_and_a_policy_at_once() {
    let test = TestStore::new(EngineKind::Postgres).await;
    up_against_policy(&test).await;
    test.finish().await;
}
