//! The campaign: every attack in a transaction of its own that is taken back, and the judge after
//! each.

use std::collections::BTreeMap;

use super::judge;
use super::raw::Raw;
use super::scene::Scene;
use super::statements::{Amount, Attack, KINDS, Kind, Stored, attacks};
use crate::support::stores::{TestStore, on_both_stores};

/// What came of a campaign.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Attacks and statements that the database let through, by class.
    pub(super) made: BTreeMap<Kind, (u64, u64)>,
    /// What stood ACTIVE without its facts, and after what.
    pub(super) found: Vec<String>,
}

impl Tally {
    pub(super) fn print(&self, engine: &str) {
        for (kind, (made, let_through)) in &self.made {
            println!("{engine} {kind:?}: {made} tried, {let_through} statements let through");
        }
        let all: u64 = self.made.values().map(|(made, _)| made).sum();
        println!("{engine}: {all} hostile writes, {} unsupported ACTIVE", self.found.len());
    }
}

/// Tries one attack inside of an open transaction with the savepoint `attack`. Each step stands by
/// itself: one that is refused does not spare the store the next. Says how many went through.
pub(super) async fn attempt(raw: &mut Raw, attack: &Attack) -> u64 {
    let mut let_through = 0;
    for (nth, step) in attack.steps.iter().enumerate() {
        if raw.run(&format!("SAVEPOINT step; {step}")).await.is_ok() {
            let_through += 1;
        } else if let_through > 0 || nth + 1 < attack.steps.len() {
            raw.must("ROLLBACK TO SAVEPOINT step").await;
        }
    }
    let_through
}

/// How many attacks share a transaction: what is taken back leaves its dead rows behind.
const TOGETHER: usize = 300;

/// Tries everything, and judges after each attack of which anything went through; what was refused
/// whole is taken back by the engine and by the savepoint, so the store is the one judged before.
/// `away` goes first in each transaction; with it the first find is the last.
pub(super) async fn wage(
    raw: &mut Raw,
    scene: &Scene,
    plan: &[Attack],
    away: Option<&str>,
) -> Tally {
    let mut tally = Tally::default();
    for part in plan.chunks(TOGETHER) {
        raw.must(&format!("BEGIN; {}", away.unwrap_or_default())).await;
        raw.must("SAVEPOINT attack").await;
        for attack in part {
            let let_through = attempt(raw, attack).await;
            let counted = tally.made.entry(attack.kind).or_default();
            counted.0 += 1;
            counted.1 += let_through;
            if let_through > 0 {
                for lack in judge::unsupported(raw, &scene.tables).await {
                    tally.found.push(format!("{lack}\n  after {:?}", attack.steps));
                }
            }
            let back = "ROLLBACK TO SAVEPOINT attack; RELEASE SAVEPOINT attack; SAVEPOINT attack";
            raw.must(back).await;
            if away.is_some() && !tally.found.is_empty() {
                break;
            }
        }
        tally.found.extend(judge::unsupported(raw, &scene.tables).await);
        raw.must("ROLLBACK").await;
        let after = if raw.is_pg() { "VACUUM" } else { "PRAGMA writable_schema = RESET" };
        raw.must(after).await;
        if away.is_some() && !tally.found.is_empty() {
            break;
        }
    }
    tally
}

/// What every test run tries.
pub(super) const SOME: Amount = Amount { rows: 2, values: 2, facts: 2 };

/// What the long campaign tries.
const ALL: Amount = Amount { rows: 24, values: 24, facts: 24 };

fn amount() -> Amount {
    #[expect(clippy::disallowed_methods, reason = "the campaign says how long it may take")]
    let asked = std::env::var("VOUCH_HOSTILE");
    if asked.as_deref() == Ok("all") { ALL } else { SOME }
}

/// At least so many of each class are tried.
const LEAST: [(Kind, u64); 7] = [
    (Kind::Update, 1_200),
    (Kind::Insert, 500),
    (Kind::Delete, 150),
    (Kind::Upsert, 500),
    (Kind::Key, 150),
    (Kind::Counter, 700),
    (Kind::Sequence, 250),
];

async fn hostile_sql(test: &TestStore) {
    let mut raw = Raw::open(test).await;
    let scene = Scene::set(test, &mut raw).await;
    let stored = Stored::read(&mut raw, &scene).await;
    let plan = attacks(&raw, &scene, &stored, amount());
    for (name, table) in &scene.tables {
        for column in &table.columns {
            let about = format!("{name}.{}", column.name);
            let tried = plan.iter().any(|a| a.kind == Kind::Update && a.about == about);
            assert!(tried, "nothing was tried on {about}");
        }
    }
    let tally = wage(&mut raw, &scene, &plan, None).await;
    tally.print(if raw.is_pg() { "PostgreSQL" } else { "SQLite" });
    for (kind, least) in LEAST {
        let (made, let_through) = tally.made.get(&kind).copied().unwrap_or_default();
        assert!(made >= least, "only {made} of {kind:?} were tried");
        assert!(let_through > 0, "every {kind:?} was refused: the statements are no statements");
    }
    assert_eq!(tally.made.len(), KINDS.len());
    assert!(tally.found.is_empty(), "{}", tally.found.join("\n"));
    // Those for whom the facts hold may become ACTIVE, so the gate is a gate and no wall.
    raw.must("BEGIN; SAVEPOINT attack").await;
    for cast in &scene.others {
        let up = super::statements::activation(&scene, &cast.id, &super::statements::passing());
        let attack = Attack { kind: Kind::Counter, about: String::new(), steps: vec![up] };
        let done = attempt(&mut raw, &attack).await;
        assert_eq!(done == 1, cast.may, "{}", cast.name);
        raw.must("ROLLBACK TO SAVEPOINT attack").await;
    }
    raw.must("ROLLBACK").await;
}

on_both_stores!(rule_01_hostile_sql_makes_nobody_active, |test| hostile_sql(&test));
