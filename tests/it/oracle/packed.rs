//! The packed form: the oracle against the table in memory, fed with the same random facts.
//!
//! Two tables live through all cases, so that every fact is replaced thousands of times: one is
//! loaded, the other never was. A customer that a case does not know is one that is not active.

use std::collections::BTreeSet;

use uuid::Uuid;
use vouch::domain::attestation::{AttestationPolicy, Cap, CustomerFacts};
use vouch::domain::facts::{Facts, PolicyFacts};
use vouch::domain::ids::{CustomerId, Origid, PolicyId, TrunkId};
use vouch::domain::number::Tn;
use vouch::domain::time::{Mono, Span, Ts};
use vouch::table::{Applied, Table, TableEvent};

use super::adapter;
use super::generate::{self, Dice};
use super::judge::judge;
use super::model::Case;
use super::random::setting;
use super::tally::Tally;

/// An id for a name, in the names' bytewise order.
fn id(name: &str) -> CustomerId {
    let mut bytes = [0_u8; 16];
    assert!(name.len() <= 16, "{name} does not fit");
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    CustomerId(Uuid::from_bytes(bytes))
}

/// Every fact of the case with the subject it belongs to.
fn facts(case: &Case, met: &mut BTreeSet<CustomerId>) -> Vec<(Uuid, Facts)> {
    let plain = adapter::plain_facts(case, id);
    met.extend(plain.customers.keys());
    let gone = CustomerFacts {
        active: false,
        active_until: Ts::NEVER,
        uncapped_until: Ts::NEVER,
        cap: Cap::B,
        origid: Origid(Uuid::nil()),
    };
    let mut all = Vec::new();
    for customer in met.iter().copied() {
        let facts = plain.customers.get(&customer).copied().unwrap_or(gone);
        all.push((customer.0, Facts::Customer { customer, facts }));
    }
    let trunk: TrunkId = "t1".parse().expect("a name");
    all.push((Uuid::from_u128(1), Facts::Trunk { trunk, facts: plain.trunk }));
    let numbers =
        [(Some(&case.orig), Some(plain.orig)), (case.diverting.as_ref(), plain.diverting)];
    for (shown, facts) in numbers {
        let (Some(shown), Some(facts)) = (shown, facts) else { continue };
        let tn = Tn::parse(&shown.tn).expect("a number");
        all.push((Uuid::from_u128(u128::from(tn.as_u64())), Facts::Number { tn, facts }));
    }
    let rules = PolicyFacts {
        policy: PolicyId(Uuid::from_u128(2)),
        effective_from: Ts(generate::NOW - generate::SECOND),
        attestation: adapter::policy(&case.policy),
    };
    all.push((Uuid::from_u128(2), Facts::Policy(rules)));
    all
}

/// `VOUCH_ORACLE_PACKED_CASES` cases (60 000).
#[test]
fn oracle_agrees_with_the_packed_table() {
    let cases = setting("VOUCH_ORACLE_PACKED_CASES", 60_000);
    let seed = setting("VOUCH_ORACLE_SEED", 4_242);
    println!("VOUCH_ORACLE_SEED={seed} VOUCH_ORACLE_PACKED_CASES={cases}");
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    let loaded = Table::new(AttestationPolicy::default());
    loaded.mark_loaded(0);
    let never_loaded = Table::new(AttestationPolicy::default());
    let mut met = BTreeSet::new();
    for round in 1..=cases {
        let case = generate::case(&mut dice);
        let table = if case.freshness.loaded { &loaded } else { &never_loaded };
        for (subject, facts) in facts(&case, &mut met) {
            let event = TableEvent { position: round, subject, revision: round, facts };
            assert_eq!(table.apply(&event), Applied::Changed, "round {round}");
        }
        let beat = Mono(round * 10_000_000_000);
        table.mark_fresh(round, beat);
        let mut call = adapter::call(&case);
        call.trunk = "t1";
        let asked_at = beat.plus(Span(case.freshness.age));
        let told = table.ask(&call, Ts(case.now), asked_at);
        let expected = judge(&case);
        tally.record(&case, &expected, &adapter::said(&told.answer));
        let plain = adapter::decide(&case);
        assert_eq!(plain, expected, "the plain form: {case:?}");
    }
    tally.print();
    tally.assert_agreed();
    tally.assert_every_word(cases / 2_000);
}
