//! What time alone may do: lower a level, never raise it; and what a cached answer promises.

use super::adapter;
use super::generate::{self, Dice};
use super::judge::judge;
use super::model::{Case, Expected};
use super::random::setting;
use super::words::Attest;

const ROUNDS: u64 = 60_000;

fn rank(answer: &Expected) -> u8 {
    match answer.attest {
        Attest::A => 3,
        Attest::B => 2,
        Attest::C => 1,
        Attest::None => 0,
    }
}

/// Every instant at which something of these facts ends, and its neighbours, from now on.
fn turning_points(case: &Case) -> Vec<i64> {
    let mut ends = vec![
        case.now + case.policy.a_bound - case.freshness.age,
        case.now + case.policy.service_bound - case.freshness.age,
        case.now + case.policy.cache_max,
    ];
    for customer in case.customers.values() {
        ends.extend([customer.active_until, customer.uncapped_until]);
    }
    for number in std::iter::once(&case.orig).chain(&case.diverting) {
        for grant in &number.grants {
            ends.extend([grant.full_until, grant.partial_until]);
        }
    }
    let mut points: Vec<i64> = ends
        .into_iter()
        .flat_map(|end| [end - 1, end, end + 1])
        .filter(|at| *at > case.now)
        .collect();
    points.sort_unstable();
    points.dedup();
    points
}

/// The same facts `later`, and `older` by that much since the table was last complete.
fn moved(case: &Case, later: i64, older: i64) -> Case {
    let mut moved = case.clone();
    moved.now = later;
    moved.freshness.age += older;
    moved
}

fn rounds(name: &str) -> (u64, Dice) {
    let seed = setting("VOUCH_ORACLE_SEED", 7);
    let rounds = setting("VOUCH_ORACLE_TIME_CASES", ROUNDS);
    println!("{name}: VOUCH_ORACLE_SEED={seed} VOUCH_ORACLE_TIME_CASES={rounds}");
    (rounds, Dice::new(seed))
}

/// With the same facts, and age not falling, no later instant gives a higher level.
#[test]
fn oracle_time_alone_never_raises_a_level() {
    let (rounds, mut dice) = rounds("time alone");
    let (mut lowered, mut steps) = (0_u64, 0_u64);
    for _ in 0..rounds {
        let case = generate::case(&mut dice);
        let mut level = rank(&adapter::decide(&case));
        let mut older = 0;
        let mut last = case.now;
        for later in turning_points(&case) {
            // The table may go on being refreshed just enough to stay as old as it was, may stand
            // still, or may fall behind faster than the clock of the call.
            older += match dice.below(4) {
                0 => 0,
                1 => dice.between(0, 3),
                2 => dice.between(0, 2_000_000),
                _ => (later - last).min(1_000_000_000),
            };
            last = later;
            let answer = adapter::decide(&moved(&case, later, older));
            steps += 1;
            assert!(
                rank(&answer) <= level,
                "time alone raised a level to {answer:?} at {later}, {older} older: {case:?}"
            );
            lowered += u64::from(rank(&answer) < level);
            level = rank(&answer);
        }
    }
    println!("{steps} steps, {lowered} lowered a level");
    assert!(lowered > rounds / 10, "the walk hardly ever meets an end: {lowered}");
}

/// At any instant before `valid_until` the same facts give the same level, though the table was
/// never heard of again. The holder may be another.
#[test]
fn oracle_a_cached_level_holds_until_valid_until() {
    let (rounds, mut dice) = rounds("cached");
    let (mut cached, mut tight) = (0_u64, 0_u64);
    for _ in 0..rounds {
        let case = generate::case(&mut dice);
        let answer = adapter::decide(&case);
        if answer.attest == Attest::None {
            assert_eq!(answer.valid_until, 0, "NONE is never cached: {case:?}");
            continue;
        }
        assert!(answer.valid_until <= case.now + case.policy.cache_max, "{case:?}");
        if answer.valid_until <= case.now {
            assert_eq!(case.policy.cache_max, 0, "an answer that is over at once: {case:?}");
            continue;
        }
        let within = dice.between(case.now, answer.valid_until);
        for later in [within, answer.valid_until - 1] {
            let kept = adapter::decide(&moved(&case, later, later - case.now));
            assert_eq!(kept.attest, answer.attest, "at {later}: {case:?}");
            cached += 1;
        }
        let over = answer.valid_until;
        let after = judge(&moved(&case, over, over - case.now));
        tight += u64::from(after.attest != answer.attest);
    }
    println!("{cached} looks into a cache, {tight} levels ended at valid_until exactly");
    assert!(cached > rounds / 4 && tight > rounds / 200, "{cached} {tight}");
}
