//! The documented bodies, changed at random, through the real adapters: whatever becomes of one,
//! nothing passes without evidence that the body itself holds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use serde_json::Value;
use vouch::clock::Clock;
use vouch::domain::check::{Answer, Likeness, Told, Verdict, judge};
use vouch::domain::digest::Digest;
use vouch::domain::time::Span;
use vouch::sources::exchange::{SourceSettings, Sources};

use super::bodies::{Case, cases};
use super::outside::{Party, Says, settings};
use crate::support::campaign::{Dice, setting};

fn below(dice: &mut Dice, most: usize) -> usize {
    usize::try_from(dice.bits() % u64::try_from(most.max(1)).unwrap()).unwrap()
}

/// Every place of a value, the value itself first.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                places(inner, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                places(inner, &format!("{at}/{index}"), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// One field dropped, emptied, doubled, or with the value of another.
fn reshaped(body: &mut Value, dice: &mut Dice) {
    let mut all = Vec::new();
    places(body, "", &mut all);
    let (one, other) = (&all[below(dice, all.len())], &all[below(dice, all.len())]);
    let copy = body.pointer(other).cloned().unwrap_or_default();
    if below(dice, 3) == 0 {
        let (parent, name) = one.rsplit_once('/').unwrap_or_default();
        match body.pointer_mut(parent) {
            Some(Value::Object(fields)) => drop(fields.remove(name)),
            Some(Value::Array(items)) => items.clear(),
            _ => {}
        }
        return;
    }
    let Some(target) = body.pointer_mut(one) else { return };
    *target = match below(dice, 9) {
        0 => Value::Null,
        1 => "".into(),
        2 => " ".into(),
        3 => 7.into(),
        4 => Value::Bool(below(dice, 2) == 0),
        5 => Value::Array(Vec::new()),
        6 => vec![target.clone(), target.clone()].into(),
        7 => target.as_str().map_or_else(|| "-".into(), |text| text.to_lowercase().into()),
        _ => copy,
    };
}

/// A body with up to three changes; one in eight has none.
fn mutated(body: &str, dice: &mut Dice) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(body).unwrap();
    for _ in 0..below(dice, 3) {
        reshaped(&mut value, dice);
    }
    let mut bytes = value.to_string().into_bytes();
    for _ in 0..below(dice, 3).saturating_sub(1) {
        let at = below(dice, bytes.len());
        match below(dice, 4) {
            0 => bytes[at] = u8::try_from(below(dice, 256)).unwrap(),
            1 => bytes.insert(at, b"\"{}[],:0aZ "[below(dice, 11)]),
            2 => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// What a pass has to rest on, read in the body by itself.
fn rests_on(answer: &Answer, case: &Case, body: &[u8]) {
    let evidence = &answer.evidence;
    let shown = String::from_utf8_lossy(body);
    assert_eq!(evidence.response_sha256, Some(Digest::of(body)), "{} {shown}", case.source);
    assert!(!evidence.record.expose().trim().is_empty(), "{} {shown}", case.source);
    assert!(!evidence.compared.is_empty(), "{} {shown}", case.source);
    assert!(evidence.compared.iter().all(|one| one.agrees), "{} {shown}", case.source);
    let Told::Found(found) = &answer.told else {
        panic!("{}: a pass without a record", case.source)
    };
    let read: Value = serde_json::from_str(&shown).unwrap();
    let mut all = Vec::new();
    places(&read, "", &mut all);
    let texts: Vec<String> =
        all.iter().filter_map(|at| Some(bare(read.pointer(at)?.as_str()?))).collect();
    if let Some(name) = found.name.as_ref().filter(|_| case.question.asked_name().is_some()) {
        assert!(texts.contains(&bare(name.expose())), "{} {shown}", case.source);
    }
    // Registers answer about the very number that was asked for. That of a tax id stands beside the
    // filer's own, and engines and address services have no number.
    let asked = bare(case.question.value.expose());
    if case.question.asked_name().is_some() {
        let any = texts.iter().any(|text| asked.ends_with(text.as_str()) && !text.is_empty());
        assert!(any, "{} {shown}", case.source);
    }
}

async fn feed(case: &Case, count: u64, seed: u64) -> BTreeMap<Verdict, u64> {
    let mut dice = Dice::of(seed);
    let body = Arc::new(Mutex::new(Vec::new()));
    let party = Party::new(&case.book(Says::Changing(Arc::clone(&body)))).await;
    let clock = Clock::movable(Clock::system().now());
    let given = SourceSettings {
        max_age: Some(Span::secs(1)),
        ..settings(format!("http://127.0.0.1:{}", party.port))
    };
    let sources = Sources::new(&BTreeMap::from([(case.source, given)]), &clock).unwrap();
    let mut counts = BTreeMap::new();
    for _ in 0..count {
        let bytes = mutated(case.body, &mut dice);
        body.lock().unwrap().clone_from(&bytes);
        let answer = sources.ask(case.source, &case.question).await;
        let (told, asked) = (&answer.told, case.question.asked_name());
        let judged = judge(told, &answer.evidence, asked, Likeness::default(), clock.now());
        *counts.entry(judged.verdict).or_default() += 1;
        if judged.verdict == Verdict::Pass {
            rests_on(&answer, case, &bytes);
        }
        party.asked.lock().unwrap().clear();
        clock.advance(Span::secs(2));
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_changed_body_passes_without_evidence() {
    let all = cases();
    let count = setting("VOUCH_SOURCE_ANSWERS", 3_600).div_ceil(all.len() as u64);
    let seed = Dice::seed("VOUCH_SOURCE_SEED");
    let fed = all.iter().zip(seed..).map(|(case, seed)| feed(case, count, seed));
    let mut total = BTreeMap::<Verdict, u64>::new();
    for (case, counts) in all.iter().zip(join_all(fed).await) {
        println!("{}: {counts:?}", case.source);
        assert!(counts.len() > 1, "{}: every change ends alike", case.source);
        for (verdict, count) in counts {
            *total.entry(verdict).or_default() += count;
        }
    }
    println!("{total:?}");
    for verdict in [Verdict::Pass, Verdict::Review, Verdict::Unavailable] {
        assert!(total.get(&verdict).is_some_and(|n| *n > 100), "{verdict} is rare: {total:?}");
    }
}
