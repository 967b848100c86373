//! The table in memory against the plain form of the same facts: one decision, two forms.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;
use vouch::domain::attestation::{
    Answer, Attest, AttestationPolicy, Call, Cap, CustomerFacts, Disposition, EvidenceKind,
    Freshness, Grant, KindSet, NumberFacts, OnStale, PlainFacts, Reason, RejectOrB, RejectOrC,
    Shown, TrunkAuth, TrunkFacts, TrunkKind, TrunkMode, decide,
};
use vouch::domain::facts::{Facts, PolicyFacts};
use vouch::domain::ids::{CustomerId, Origid, PolicyId};
use vouch::domain::number::{Category, Tn};
use vouch::domain::numbering::Book;
use vouch::domain::time::{Mono, Span, Ts};
use vouch::table::{Applied, Table, TableEvent, Told};

const NOW: Ts = Ts(1_795_000_000_000_000);
const ORIG: &str = "+12126647665";
const DIVERTING: &str = "+13126647665";
const TRUNK: &str = "edge-1";

/// Everything a random case needs.
#[derive(Clone, Debug)]
struct World {
    customers: Vec<Option<CustomerFacts>>,
    trunk: Option<TrunkFacts>,
    orig: Option<NumberFacts>,
    diverting: Option<NumberFacts>,
    policy: AttestationPolicy,
    age: Span,
    loaded: bool,
}

#[derive(Clone, Debug)]
struct Asked {
    diverted: bool,
    dest: &'static str,
    shown: &'static str,
    signed: bool,
}

fn id(n: usize) -> CustomerId {
    // Ids that sort against the order in which the table meets them.
    CustomerId(Uuid::from_u128(100 - n as u128))
}

fn soon() -> impl Strategy<Value = Ts> {
    prop_oneof![
        2 => select(vec![0, NOW.0 - 1, NOW.0, NOW.0 + 1, NOW.0 + 5_000_000]).prop_map(Ts),
        4 => Just(NOW.plus(Span::days(300))),
    ]
}

fn cap() -> impl Strategy<Value = Cap> {
    prop_oneof![4 => Just(Cap::A), 1 => Just(Cap::B)]
}

fn customer() -> impl Strategy<Value = CustomerFacts> {
    (prop::bool::weighted(0.9), soon(), soon(), cap(), 1..9_u128).prop_map(
        |(active, active_until, uncapped_until, cap, origid)| CustomerFacts {
            active,
            active_until,
            uncapped_until,
            cap,
            origid: Origid(Uuid::from_u128(origid)),
        },
    )
}

fn trunk() -> impl Strategy<Value = TrunkFacts> {
    let kinds = vec![
        TrunkKind::Customer,
        TrunkKind::Customer,
        TrunkKind::Reseller,
        TrunkKind::ProviderIngress,
        TrunkKind::GatewayIngress,
    ];
    let auth = prop_oneof![9 => Just(TrunkAuth::Digest), 1 => Just(TrunkAuth::None)];
    let mode = select(vec![TrunkMode::Shadow, TrunkMode::Enforce]);
    (select(kinds), auth, 0..4_usize, any::<bool>(), mode).prop_map(
        |(kind, auth, owner, foreign, mode)| TrunkFacts {
            kind,
            auth,
            owner: id(owner),
            foreign,
            mode,
            origid: Origid(Uuid::from_u128(0xf001)),
        },
    )
}

fn number() -> impl Strategy<Value = NumberFacts> {
    let category = prop_oneof![
        12 => Just(Category::Assignable),
        2 => Just(Category::AllocationUnknown),
        1 => select(vec![Category::Invalid, Category::Unallocated, Category::Unused,
            Category::SubscriberDno, Category::NotAssignable]),
    ];
    let kinds = prop::collection::vec(select(EvidenceKind::ALL.to_vec()), 1..3)
        .prop_map(|kinds| kinds.into_iter().collect::<KindSet>());
    let lent = prop::collection::vec(0..4_usize, 0..3)
        .prop_map(|to| to.into_iter().map(id).collect::<Vec<_>>());
    let grants = prop::collection::btree_map(0..4_usize, (kinds, soon(), soon(), lent), 0..4);
    (category, prop::bool::weighted(0.1), cap(), grants).prop_map(
        |(category, foreign, cap, grants)| NumberFacts {
            category,
            foreign,
            cap,
            grants: grants
                .into_iter()
                .map(|(holder, (kinds, full_until, partial_until, delegated_to))| Grant {
                    holder: id(holder),
                    kinds,
                    full_until,
                    partial_until,
                    delegated_to,
                })
                .collect(),
        },
    )
}

fn policy() -> impl Strategy<Value = AttestationPolicy> {
    let or_b = || select(vec![RejectOrB::Reject, RejectOrB::B]);
    let diverted = prop_oneof![1 => Just(RejectOrB::Reject), 3 => Just(RejectOrB::B)];
    let stale = select(vec![OnStale::Reject, OnStale::SendUnsigned]);
    let foreign = select(vec![RejectOrC::Reject, RejectOrC::C]);
    (or_b(), or_b(), diverted, stale, foreign, prop::bool::weighted(0.2)).prop_map(
        |(unknown_tn, expired_evidence, diverted, on_stale, foreign_gateway_us_tn, strict)| {
            AttestationPolicy {
                unknown_tn,
                expired_evidence,
                diverted,
                on_stale,
                foreign_gateway_us_tn,
                strict_own_numbers_only: strict,
                ..AttestationPolicy::default()
            }
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let customers = prop::collection::vec(prop::option::weighted(0.9, customer()), 4);
    let age = prop_oneof![
        6 => Just(Span::ZERO),
        2 => select(vec![9_999_999, 10_000_000, 60_000_000, 899_999_999, 900_000_000])
            .prop_map(Span),
    ];
    let number = || prop::option::weighted(0.95, number());
    let trunk = prop::option::weighted(0.95, trunk());
    (customers, trunk, number(), number(), policy(), age, prop::bool::weighted(0.97)).prop_map(
        |(customers, trunk, orig, diverting, policy, age, loaded)| World {
            customers,
            trunk,
            orig,
            diverting,
            policy,
            age,
            loaded,
        },
    )
}

fn asked() -> impl Strategy<Value = Asked> {
    let dest = select(vec!["+13125551212", "+13125551212", "+13125551212", "911", "933", "+911"]);
    let shown = select(vec![ORIG, ORIG, ORIG, ORIG, ORIG, ORIG, "anonymous", "+442079460000"]);
    (prop::bool::weighted(0.2), dest, shown, any::<bool>())
        .prop_map(|(diverted, dest, shown, signed)| Asked { diverted, dest, shown, signed })
}

impl World {
    /// The facts as events, each subject at `revision`.
    fn events(&self, revision: u64) -> Vec<TableEvent> {
        let mut facts = Vec::new();
        for (n, customer) in self.customers.iter().enumerate() {
            facts.extend(customer.map(|facts| Facts::Customer { customer: id(n), facts }));
        }
        let trunk = TRUNK.parse().expect("a name");
        facts.push(Facts::Trunk { trunk, facts: self.trunk.clone() });
        for (tn, number) in [(ORIG, &self.orig), (DIVERTING, &self.diverting)] {
            let tn = Tn::parse(tn).expect("a number");
            facts.extend(number.clone().map(|facts| Facts::Number { tn, facts }));
        }
        let policy = PolicyId(Uuid::from_u128(0xabc));
        let attestation = self.policy;
        facts.push(Facts::Policy(PolicyFacts { policy, effective_from: NOW, attestation }));
        let event =
            |facts: Facts| TableEvent { position: 0, subject: subject(&facts), revision, facts };
        facts.into_iter().map(event).collect()
    }

    fn plain(&self, asked: &Asked) -> PlainFacts {
        let known = self.customers.iter().enumerate();
        let listed = |tn: &str, facts: &Option<NumberFacts>| match Shown::read(tn) {
            Shown::Number(_) if tn == ORIG || tn == DIVERTING => facts.clone(),
            _ => None,
        };
        let number = |tn: &str, facts: &Option<NumberFacts>| {
            listed(tn, facts).unwrap_or_else(|| match Shown::read(tn) {
                Shown::Number(tn) => NumberFacts::placed(Book::default().unstored(tn)),
                Shown::Unreadable => NumberFacts {
                    category: Category::Invalid,
                    foreign: false,
                    cap: Cap::A,
                    grants: Vec::new(),
                },
            })
        };
        PlainFacts {
            trunk: self.trunk.clone(),
            customers: known.filter_map(|(n, c)| Some((id(n), (*c)?))).collect(),
            orig: number(asked.shown, &self.orig),
            diverting: asked.diverted.then(|| number(DIVERTING, &self.diverting)),
        }
    }

    fn ask(&self, table: &Table, call: &Call<'_>) -> Told {
        let began = Mono(7);
        if self.loaded {
            table.mark_loaded(1);
        }
        table.mark_fresh(1, began);
        table.ask(call, NOW, began.plus(self.age))
    }
}

fn subject(facts: &Facts) -> Uuid {
    match facts {
        Facts::Customer { customer, .. } => customer.0,
        Facts::Number { tn, .. } => Uuid::from_u128(u128::from(tn.as_u64())),
        Facts::Trunk { .. } => Uuid::from_u128(1 << 100),
        _ => Uuid::from_u128(1 << 101),
    }
}

impl Asked {
    fn call(&self) -> Call<'_> {
        Call {
            trunk: TRUNK,
            orig: Shown::read(self.shown),
            dest: self.dest,
            diverting: self.diverted.then(|| Shown::read(DIVERTING)),
            signed: self.signed,
        }
    }
}

fn fed(events: impl IntoIterator<Item = TableEvent>) -> Arc<Table> {
    let table = Table::new(AttestationPolicy::default());
    for event in events {
        assert_ne!(table.apply(&event), Applied::Unfit);
    }
    Arc::new(table)
}

#[test]
fn packed_and_plain_facts_give_one_answer_in_any_order_of_events() {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut runner = TestRunner::new(Config { cases: 12_000, ..Config::default() });
    let order = prop::collection::vec(any::<Index>(), 0..12);
    let worlds = (world(), world(), asked(), order);
    let seen_now = std::cell::RefCell::new(&mut seen);
    runner
        .run(&worlds, |(earlier, world, asked, order)| {
            // A subject that only the earlier world knows stays as it was there.
            let last = World {
                customers: std::iter::zip(&world.customers, &earlier.customers)
                    .map(|(new, old)| new.or(*old))
                    .collect(),
                orig: world.orig.clone().or(earlier.orig.clone()),
                diverting: world.diverting.clone().or(earlier.diverting.clone()),
                ..world.clone()
            };
            let call = asked.call();
            let freshness = Freshness { loaded: last.loaded, age: last.age };
            let view = last.plain(&asked);
            let plain = decide(&call, &view.view(), freshness, &last.policy, NOW);

            let mut events: Vec<_> = earlier.events(1).into_iter().chain(world.events(2)).collect();
            let table = fed(events.clone());
            prop_assert_eq!(last.ask(&table, &call).answer, plain);
            for index in order {
                let (from, again) = (index.index(events.len()), index.get(&events).clone());
                events.swap(0, from);
                events.push(again);
            }
            let shuffled = fed(events.clone());
            let told = last.ask(&shuffled, &call);
            prop_assert_eq!(told.answer, plain);
            prop_assert_eq!(told.policy, Some(PolicyId(Uuid::from_u128(0xabc))));
            prop_assert_eq!(shuffled.ask_exact(&call, NOW, Mono(7).plus(last.age)), told);
            for event in &events {
                prop_assert_eq!(shuffled.apply(event), Applied::Known);
            }
            let mut seen = seen_now.borrow_mut();
            *seen.entry(format!("{:?}", plain.attest)).or_default() += 1;
            *seen.entry(format!("{:?}", plain.disposition)).or_default() += 1;
            for reason in plain.reasons.iter() {
                *seen.entry(format!("{reason:?}")).or_default() += 1;
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    println!("{seen:#?}");
    // 4 levels, 5 dispositions, 28 reasons.
    assert_eq!(seen.len(), 37, "something never occurred: {seen:#?}");
    assert!(seen.values().all(|n| *n >= 10), "something hardly occurred: {seen:#?}");
}

/// One active customer with its own number on its own trunk.
fn simple() -> World {
    let customer = CustomerFacts {
        active: true,
        active_until: Ts::FOREVER,
        uncapped_until: Ts::FOREVER,
        cap: Cap::A,
        origid: Origid(Uuid::from_u128(5)),
    };
    let grant = Grant {
        holder: id(0),
        kinds: KindSet::EMPTY.with(EvidenceKind::AssignedByUs),
        full_until: Ts::FOREVER,
        partial_until: Ts::NEVER,
        delegated_to: Vec::new(),
    };
    World {
        customers: vec![Some(customer)],
        trunk: Some(TrunkFacts {
            kind: TrunkKind::Customer,
            auth: TrunkAuth::Mtls,
            owner: id(0),
            foreign: false,
            mode: TrunkMode::Enforce,
            origid: Origid(Uuid::from_u128(6)),
        }),
        orig: Some(NumberFacts {
            category: Category::Assignable,
            foreign: false,
            cap: Cap::A,
            grants: vec![grant],
        }),
        diverting: None,
        policy: AttestationPolicy::default(),
        age: Span::ZERO,
        loaded: true,
    }
}

const ASKED: Asked = Asked { diverted: false, dest: "+13125551212", shown: ORIG, signed: false };

fn suspended(position: u64, revision: u64, active: bool) -> TableEvent {
    let facts = CustomerFacts { active, ..simple().customers[0].expect("known") };
    let facts = Facts::Customer { customer: id(0), facts };
    TableEvent { position, subject: id(0).0, revision, facts }
}

fn level(answer: Answer) -> (Attest, Disposition, Reason) {
    (answer.attest, answer.disposition, answer.reasons.first())
}

const GRANTED: (Attest, Disposition, Reason) = (Attest::A, Disposition::Sign, Reason::FullEvidence);
const STOPPED: (Attest, Disposition, Reason) =
    (Attest::None, Disposition::Reject, Reason::CustomerNotActive);

#[test]
fn a_fence_holds_from_before_the_commit_until_its_revision_is_applied() {
    let world = simple();
    let table = fed(world.events(3));
    let ask = || world.ask(&table, &ASKED.call());
    assert_eq!(level(ask().answer), GRANTED);

    let failed = table.fence(id(0));
    assert_eq!((level(ask().answer), ask().fenced), (STOPPED, true));
    let second = table.fence(id(0));
    drop(failed);
    assert_eq!(level(ask().answer), STOPPED, "the other fence still stands");
    second.hold_until(5);
    assert_eq!(table.apply(&suspended(10, 4, true)), Applied::Changed);
    assert_eq!(level(ask().answer), STOPPED, "revision 4 is not the one");
    assert_eq!(table.apply(&suspended(11, 5, false)), Applied::Changed);
    assert_eq!((level(ask().answer), ask().fenced), (STOPPED, false));
    assert_eq!(table.applied(id(0).0), Some(5));
    assert_eq!(table.apply(&suspended(12, 6, true)), Applied::Changed);
    assert_eq!(level(ask().answer), GRANTED);

    table.fence(id(0)).hold_until(6);
    assert_eq!(level(ask().answer), GRANTED, "revision 6 had come before the fence was held");
}

#[test]
fn what_the_table_cannot_vouch_for_is_never_signed() {
    let world = simple();
    let table = fed(world.events(1));
    let (call, emergency) = (ASKED.call(), Asked { dest: "911", ..ASKED });
    let unloaded = table.ask(&call, NOW, Mono(7)).answer;
    assert_eq!(level(unloaded), (Attest::None, Disposition::Reject, Reason::Unavailable));
    table.mark_loaded(1);
    let never_fresh = table.ask(&call, NOW, Mono(7)).answer;
    assert_eq!(level(never_fresh), (Attest::None, Disposition::Reject, Reason::Stale));
    table.mark_fresh(1, Mono(7));
    assert_eq!(level(table.ask(&call, NOW, Mono(7)).answer), GRANTED);
    let behind = table.ask_behind(&call, NOW, Mono(7)).answer;
    assert_eq!(level(behind), (Attest::None, Disposition::Reject, Reason::Stale));
    let behind = table.ask_behind(&emergency.call(), NOW, Mono(7)).answer;
    assert_eq!(level(behind), (Attest::None, Disposition::SendEmergency, Reason::Stale));

    let crossed = AttestationPolicy { a_bound: Span::hours(1), ..AttestationPolicy::default() };
    let bad = World { policy: crossed, ..simple() };
    let event = bad.events(2).pop().expect("the policy is last");
    assert_eq!(table.apply(&event), Applied::Unfit);
    let unfit = table.ask(&call, NOW, Mono(7)).answer;
    assert_eq!(level(unfit), (Attest::None, Disposition::Reject, Reason::Unavailable));
}

#[test]
fn an_exact_answer_belongs_to_its_position() {
    let world = simple();
    let table = fed(world.events(1));
    assert_eq!(level(world.ask(&table, &ASKED.call()).answer), GRANTED);
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Active at even positions, suspended at odd ones.
            let mut positions = 2..;
            while let (Some(position), false) = (positions.next(), enough.load(Ordering::Acquire)) {
                table.apply(&suspended(position, position, position.is_multiple_of(2)));
            }
        });
        let mut last = 0;
        for _ in 0..2_000 {
            let told = loop {
                let told = table.ask_exact(&ASKED.call(), NOW, Mono(7));
                if told.position > last {
                    break told;
                }
            };
            let active = told.position.is_multiple_of(2) || told.position == 1;
            let expected = if active { GRANTED } else { STOPPED };
            if level(told.answer) != expected {
                enough.store(true, Ordering::Release);
                panic!("{:?} at position {}", told.answer, told.position);
            }
            last = told.position;
        }
        enough.store(true, Ordering::Release);
    });
}
