//! The campaign bites: with any one part of the gate away that bears somebody's ACTIVE, it finds
//! somebody whom the facts do not carry.

use super::campaign::{SOME, wage};
use super::raw::Raw;
use super::scene::Scene;
use super::statements::{Attack, Kind, Stored, attacks};
use super::walls::{objects, take_away};
use crate::support::stores::{TestStore, on_both_stores};

/// What bears ACTIVE by itself. The other parts stand behind one of these, or keep a word, a
/// signature or the journal; each has its own refused write beside this.
const BEARING: [&str; 22] = [
    "activation_gate",
    "agreement_clause_delete",
    "agreement_clause_update",
    "gate_agreement_update",
    "gate_check_result_delete",
    "gate_check_result_update",
    "gate_claim_delete",
    "gate_claim_insert",
    "gate_claim_update",
    "gate_customer_insert",
    "gate_customer_update",
    "gate_finding_insert",
    "gate_finding_update",
    "gate_traceback_contact_delete",
    "gate_traceback_contact_update",
    "policy_check_insert",
    "policy_check_update",
    "policy_clause_insert",
    "policy_clause_update",
    "no_replace_agreement",
    "no_replace_check_result",
    "no_replace_check_result_id",
];

async fn each_bears(test: &TestStore) {
    let mut raw = Raw::open(test).await;
    let scene = Scene::set(test, &mut raw).await;
    let stored = Stored::read(&mut raw, &scene).await;
    let plan = attacks(&raw, &scene, &stored, SOME);
    let objects = objects(&mut raw).await;
    let mut tried = 0;
    for name in BEARING {
        // Only one engine replaces rows without a word.
        let Some(object) = objects.get(name) else {
            assert!(raw.is_pg() && name.starts_with("no_replace"), "{name} is gone");
            continue;
        };
        let about = |attack: &&Attack| {
            let table = attack.about.split('.').next().unwrap_or_default();
            table == object.0 && attack.kind != Kind::Sequence
        };
        let mut part: Vec<Attack> = plan.iter().filter(about).cloned().collect();
        // What it stands against comes first, so that little has to be tried.
        part.sort_by_key(|attack| attack.kind != against(name));
        let away = take_away(&raw, name, object);
        let tally = wage(&mut raw, &scene, &part, Some(&away)).await;
        let made: u64 = tally.made.values().map(|(made, _)| made).sum();
        assert!(!tally.found.is_empty(), "without {name} nothing was found in {made} attacks");
        tried += 1;
    }
    assert!(tried >= 19);
    // With everything back, nothing is found where it was found before.
    let table = |attack: &&Attack| attack.about.starts_with("traceback_contact");
    let part: Vec<Attack> = plan.iter().filter(table).cloned().collect();
    let tally = wage(&mut raw, &scene, &part, None).await;
    assert_eq!(tally.found, Vec::<String>::new());
}

/// The kind of write that a part of the gate stands against.
fn against(name: &str) -> Kind {
    match name {
        "activation_gate" | "gate_customer_update" => Kind::Counter,
        "no_replace_check_result_id" => Kind::Key,
        name if name.starts_with("no_replace") => Kind::Upsert,
        name if name.ends_with("_insert") => Kind::Insert,
        name if name.ends_with("_delete") => Kind::Delete,
        _ => Kind::Update,
    }
}

on_both_stores!(rule_01_without_one_wall_the_campaign_finds_somebody, |test| each_bears(&test));
