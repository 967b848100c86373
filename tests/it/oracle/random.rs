//! `decide` against the oracle on weighted random facts.

use super::generate::{self, Dice};
use super::tally::Tally;

/// A number from the environment.
pub(crate) fn setting(name: &str, standard: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test is told its size and its seed")]
    let given = std::env::var(name);
    given.map_or(standard, |text| {
        text.replace('_', "").parse().unwrap_or_else(|e| panic!("{name}={text}: {e}"))
    })
}

/// `VOUCH_ORACLE_CASES` cases (300 000; the campaign asks for ten million) from the seed
/// `VOUCH_ORACLE_SEED`.
#[test]
fn oracle_random_facts() {
    let cases = setting("VOUCH_ORACLE_CASES", 300_000);
    let seed = setting("VOUCH_ORACLE_SEED", 20_261_118);
    println!("VOUCH_ORACLE_SEED={seed} VOUCH_ORACLE_CASES={cases}");
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    for _ in 0..cases {
        tally.compare(&generate::case(&mut dice));
    }
    tally.print();
    tally.assert_agreed();
    tally.assert_every_word(cases / 2_000);
}
