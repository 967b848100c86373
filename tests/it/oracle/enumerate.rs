//! The whole small domain: every combination along axes, in slices. A slice holds what the steps
//! it is about cannot see at one value, and runs through all of the rest; times stand one
//! microsecond before, at and after each bound.

use super::generate::{FAR, NOW, SECOND, origid};
use super::model::{Case, Customer, Freshness, Grant, Number, Policy, Trunk};
use super::tally::Tally;
use super::words::{
    Auth, Cap, Category, Kind, Mode, OnStale, RejectOrB, RejectOrC, TrunkKind, Word,
};

/// One value on an axis: sets the fields that this axis alone sets.
type Set = Box<dyn Fn(&mut Case)>;
/// The values of one dimension.
type Axis = Vec<Set>;

/// Runs every combination and prints how many there were.
fn run(slice: &str, mut case: Case, axes: &[Axis], least: u64) {
    let mut at = vec![0_usize; axes.len()];
    for axis in axes {
        axis[0](&mut case);
    }
    let mut tally = Tally::default();
    'all: loop {
        tally.compare(&case);
        for (place, axis) in at.iter_mut().zip(axes) {
            *place = (*place + 1) % axis.len();
            axis[*place](&mut case);
            if *place != 0 {
                continue 'all;
            }
        }
        break;
    }
    println!("slice {slice}: {} combinations", tally.cases);
    tally.print();
    tally.assert_agreed();
    assert_eq!(tally.cases, axes.iter().map(|axis| axis.len() as u64).product::<u64>());
    assert!(tally.cases >= least, "slice {slice} has shrunk to {}", tally.cases);
}

/// An axis over `values`.
fn axis<T: Clone + 'static>(values: &[T], set: impl Fn(&mut Case, &T) + Clone + 'static) -> Axis {
    values
        .iter()
        .cloned()
        .map(|value| {
            let set = set.clone();
            Box::new(move |case: &mut Case| set(case, &value)) as Set
        })
        .collect()
}

const NO_YES: &[bool] = &[false, true];
const A_BOUND: i64 = 10 * SECOND;
const SERVICE_BOUND: i64 = 900 * SECOND;

fn customer(case: &mut Case, id: &str, set: impl FnOnce(&mut Customer)) {
    set(case.customers.get_mut(id).expect("the base case knows it"));
}

/// Every customer active, every number good, the owner's own evidence full.
fn base() -> Case {
    let customers = [("c1", 1), ("c2", 2), ("c3", 3), ("c4", 4)]
        .map(|(id, n)| {
            let good = Customer {
                state: "ACTIVE".to_owned(),
                active_until: FAR,
                uncapped_until: FAR,
                cap: Cap::A,
                origid: origid(n),
            };
            (id.to_owned(), good)
        })
        .into();
    Case {
        name: "enumerated".to_owned(),
        now: NOW,
        freshness: Freshness { loaded: true, age: 0 },
        policy: Policy::default(),
        trunk: Some(trunk(TrunkKind::Customer)),
        customers,
        signed: false,
        dest: "+12125551212".to_owned(),
        orig: number(vec![grant("c1")]),
        diverting: None,
        expect: None,
    }
}

fn trunk(kind: TrunkKind) -> Trunk {
    Trunk {
        id: "t1".to_owned(),
        kind,
        auth: Auth::Digest,
        owner: "c1".to_owned(),
        foreign: false,
        mode: Mode::Enforce,
        origid: origid(0xf001),
    }
}

fn number(grants: Vec<Grant>) -> Number {
    Number {
        tn: "+12126647665".to_owned(),
        category: Category::Assignable,
        foreign: false,
        cap: Cap::A,
        grants,
    }
}

fn grant(holder: &str) -> Grant {
    Grant {
        holder: holder.to_owned(),
        kinds: [Kind::AssignedByUs].into(),
        full_until: FAR,
        partial_until: 0,
        delegated_to: [].into(),
    }
}

/// Every subset of `names`.
fn subsets(names: &[&str]) -> Vec<Vec<String>> {
    names.iter().fold(vec![vec![]], |sets, name| {
        let with = sets.iter().map(|set| [set.clone(), vec![(*name).to_owned()]].concat());
        sets.iter().cloned().chain(with).collect()
    })
}

/// A customer as seen from the gate: not known, not ACTIVE, and at its last instants.
const STANDINGS: &[(&str, i64)] = &[
    ("", 0),
    ("DRAFT", FAR),
    ("SUSPENDED", FAR),
    ("ACTIVE", NOW - 1),
    ("ACTIVE", NOW),
    ("ACTIVE", NOW + 1),
    ("ACTIVE", FAR),
];

/// Steps 1 to 5 and 11: everything before evidence matters.
#[test]
fn oracle_enumerated_gates() {
    let mut trunks = vec![None];
    for &kind in TrunkKind::ALL {
        for &auth in Auth::ALL {
            for &foreign in NO_YES {
                for &mode in Mode::ALL {
                    trunks.push(Some(Trunk { auth, foreign, mode, ..trunk(kind) }));
                }
            }
        }
    }
    let since = [0, A_BOUND - 1, A_BOUND, SERVICE_BOUND - 1, SERVICE_BOUND];
    let dests = ["+12125551212", "911", "933", "+911"];
    let axes = [
        axis(&trunks, |case, trunk| case.trunk.clone_from(trunk)),
        axis(NO_YES, |case, loaded| case.freshness.loaded = *loaded),
        axis(&since, |case, age| case.freshness.age = *age),
        axis(OnStale::ALL, |case, word| case.policy.on_stale = *word),
        axis(RejectOrC::ALL, |case, word| case.policy.foreign_gateway_us_tn = *word),
        axis(NO_YES, |case, signed| case.signed = *signed),
        axis(&dests, |case, dest| (*dest).clone_into(&mut case.dest)),
        axis(STANDINGS, |case, (state, until)| {
            let good = base().customers.remove("c1").expect("known");
            case.customers.remove("c1");
            if !state.is_empty() {
                let state = (*state).to_owned();
                let standing = Customer { state, active_until: *until, ..good };
                case.customers.insert("c1".to_owned(), standing);
            }
        }),
        axis(Category::ALL, |case, category| case.orig.category = *category),
        axis(NO_YES, |case, foreign| case.orig.foreign = *foreign),
    ];
    run("gates", base(), &axes, 2_000_000);
}

/// Step 6: whose gate, whose grants, whose caps.
#[test]
fn oracle_enumerated_diversion() {
    let mut numbers = Vec::new();
    for &category in Category::ALL {
        for &foreign in NO_YES {
            for &cap in Cap::ALL {
                for grants in [vec![], vec![grant("c1")], vec![grant("c2")]] {
                    numbers.push(Number { category, foreign, cap, ..number(grants) });
                }
            }
        }
    }
    let tn = "+13126647665".to_owned();
    let mut others = vec![None];
    others.extend(numbers.iter().map(|n| Some(Number { tn: tn.clone(), ..n.clone() })));
    let axes = [
        axis(&others, |case, number| case.diverting.clone_from(number)),
        axis(&numbers, |case, number| case.orig.clone_from(number)),
        axis(TrunkKind::ALL, |case, kind| case.trunk = Some(trunk(*kind))),
        axis(RejectOrB::ALL, |case, word| case.policy.diverted = *word),
        axis(RejectOrB::ALL, |case, word| case.policy.unknown_tn = *word),
        axis(NO_YES, |case, strict| case.policy.strict_own_numbers_only = *strict),
        axis(&[0, A_BOUND], |case, age| case.freshness.age = *age),
        axis(&["+12125551212", "933"], |case, dest| (*dest).clone_into(&mut case.dest)),
    ];
    run("diversion", base(), &axes, 900_000);
}

/// Steps 7 to 10 with one grant: relation, evidence and every cap.
#[test]
fn oracle_enumerated_one_grant() {
    let relations: [(&str, &[&str]); 4] =
        [("c1", &[]), ("c2", &["c1"]), ("c2", &["c3"]), ("c9", &["c1"])];
    let untils = [NOW - 1, NOW, NOW + 1, FAR];
    let kinds: [&[Kind]; 3] = [
        &[Kind::Loa, Kind::Bill, Kind::Callback],
        &[Kind::PortedToUs, Kind::Loa],
        &[Kind::DelegateCert, Kind::TollfreeResporg, Kind::PortedOut],
    ];
    let holders = [("ACTIVE", FAR), ("ACTIVE", NOW), ("ACTIVE", NOW + 1), ("SUSPENDED", FAR)];
    let axes = [
        axis(&relations, |case, (holder, lent)| {
            let grant = &mut case.orig.grants[0];
            (*holder).clone_into(&mut grant.holder);
            grant.delegated_to = lent.iter().map(|id| (*id).to_owned()).collect();
        }),
        axis(&untils, |case, until| case.orig.grants[0].full_until = *until),
        axis(&[0, NOW, NOW + 1, FAR], |case, until| case.orig.grants[0].partial_until = *until),
        axis(&kinds, |case, kinds| {
            case.orig.grants[0].kinds = kinds.iter().copied().collect();
        }),
        axis(Cap::ALL, |case, cap| customer(case, "c1", |c| c.cap = *cap)),
        axis(&[NOW, NOW + 1, FAR], |case, until| {
            customer(case, "c1", |c| c.uncapped_until = *until);
        }),
        axis(&holders, |case, (state, until)| {
            customer(case, "c2", |c| {
                (*state).clone_into(&mut c.state);
                c.active_until = *until;
            });
        }),
        axis(Cap::ALL, |case, cap| customer(case, "c2", |c| c.cap = *cap)),
        axis(&[NOW, NOW + 1], |case, until| customer(case, "c2", |c| c.uncapped_until = *until)),
        axis(Cap::ALL, |case, cap| case.orig.cap = *cap),
        axis(NO_YES, |case, foreign| case.orig.foreign = *foreign),
        axis(&[Category::Assignable, Category::AllocationUnknown], |case, category| {
            case.orig.category = *category;
        }),
        axis(NO_YES, |case, strict| case.policy.strict_own_numbers_only = *strict),
        axis(RejectOrB::ALL, |case, word| case.policy.expired_evidence = *word),
        axis(&[0, A_BOUND - 1, A_BOUND], |case, age| case.freshness.age = *age),
    ];
    run("one grant", base(), &axes, 1_500_000);
}

/// Steps 7 to 10 with two grants: conflict, delegation, choice, holders that drop out.
#[test]
fn oracle_enumerated_two_grants() {
    let pairs = [("c1", "c2"), ("c2", "c1"), ("c2", "c3"), ("c3", "c2")];
    let kinds = [Kind::AssignedByUs, Kind::DelegateCert];
    let mut axes = vec![axis(&pairs, |case, (first, second)| {
        (*first).clone_into(&mut case.orig.grants[0].holder);
        (*second).clone_into(&mut case.orig.grants[1].holder);
    })];
    for index in [0, 1] {
        axes.push(axis(&[NOW, FAR], move |case, until| {
            case.orig.grants[index].full_until = *until;
        }));
        axes.push(axis(&[NOW, FAR], move |case, until| {
            case.orig.grants[index].partial_until = *until;
        }));
        axes.push(axis(&kinds, move |case, kind| {
            case.orig.grants[index].kinds = [*kind].into();
        }));
        axes.push(axis(&subsets(&["c1", "c2", "c3"]), move |case, lent| {
            case.orig.grants[index].delegated_to = lent.iter().cloned().collect();
        }));
    }
    for id in ["c2", "c3"] {
        axes.push(axis(&["ACTIVE", "TERMINATED"], move |case, state| {
            customer(case, id, |c| (*state).clone_into(&mut c.state));
        }));
        axes.push(axis(Cap::ALL, move |case, cap| customer(case, id, |c| c.cap = *cap)));
    }
    axes.push(axis(RejectOrB::ALL, |case, word| case.policy.expired_evidence = *word));
    axes.push(axis(NO_YES, |case, strict| case.policy.strict_own_numbers_only = *strict));
    let mut case = base();
    case.orig.grants = vec![grant("c1"), grant("c2")];
    run("two grants", case, &axes, 1_000_000);
}

/// Steps 7 to 10 with three grants, and an owner that may hold none of them.
#[test]
fn oracle_enumerated_three_grants() {
    let evidence = [
        (Kind::AssignedByUs, FAR, 0),
        (Kind::DelegateCert, FAR, 0),
        (Kind::Loa, NOW, FAR),
        (Kind::PortedToUs, NOW, NOW),
    ];
    let mut axes = vec![axis(&["c1", "c4"], |case, owner| {
        let owner = (*owner).to_owned();
        case.trunk = Some(Trunk { owner, ..trunk(TrunkKind::Reseller) });
    })];
    for (index, others) in
        [["c1", "c2", "c4"], ["c1", "c3", "c4"], ["c2", "c3", "c4"]].into_iter().enumerate()
    {
        axes.push(axis(&evidence, move |case, (kind, full, partial)| {
            let grant = &mut case.orig.grants[index];
            grant.kinds = [*kind].into();
            grant.full_until = *full;
            grant.partial_until = *partial;
        }));
        axes.push(axis(&subsets(&others), move |case, lent| {
            case.orig.grants[index].delegated_to = lent.iter().cloned().collect();
        }));
    }
    for id in ["c2", "c3"] {
        axes.push(axis(&["ACTIVE", "LEGACY"], move |case, state| {
            customer(case, id, |c| (*state).clone_into(&mut c.state));
        }));
    }
    axes.push(axis(Cap::ALL, |case, cap| customer(case, "c3", |c| c.cap = *cap)));
    axes.push(axis(RejectOrB::ALL, |case, word| case.policy.expired_evidence = *word));
    let mut case = base();
    case.orig.grants = vec![grant("c3"), grant("c2"), grant("c1")];
    run("three grants", case, &axes, 1_000_000);
}

/// Section 2: which of the ends decides `valid_until`, at each level.
#[test]
fn oracle_enumerated_validity() {
    let ends = [NOW + 1, NOW + 10 * SECOND - 1, NOW + 10 * SECOND, NOW + 10 * SECOND + 1, FAR];
    let some = [NOW + 1, NOW + 9 * SECOND, FAR];
    let kinds = [TrunkKind::Customer, TrunkKind::GatewayIngress];
    let axes = [
        axis(&[SECOND, 10 * SECOND, 60 * SECOND, 0], |case, max| case.policy.cache_max = *max),
        axis(&[0, 1, A_BOUND - 1, A_BOUND, SERVICE_BOUND - 1], |case, age| {
            case.freshness.age = *age;
        }),
        axis(&kinds, |case, kind| case.trunk = Some(trunk(*kind))),
        axis(&ends, |case, until| customer(case, "c1", |c| c.active_until = *until)),
        axis(&some, |case, until| customer(case, "c2", |c| c.active_until = *until)),
        axis(&some, |case, until| customer(case, "c1", |c| c.uncapped_until = *until)),
        axis(&some, |case, until| customer(case, "c2", |c| c.uncapped_until = *until)),
        axis(&ends, |case, until| case.orig.grants[0].full_until = *until),
        axis(&[0, NOW + 5 * SECOND, FAR], |case, until| {
            case.orig.grants[0].partial_until = *until;
        }),
        axis(Cap::ALL, |case, cap| case.orig.cap = *cap),
    ];
    let mut case = base();
    case.orig.grants = vec![Grant { delegated_to: ["c1".to_owned()].into(), ..grant("c2") }];
    run("validity", case, &axes, 100_000);
}

/// Step 7 without any grant: what the policy says of a number nobody holds.
#[test]
fn oracle_enumerated_no_grant() {
    let standings = [("ACTIVE", FAR), ("ACTIVE", NOW + 1), ("SUSPENDED", FAR)];
    let since = [0, A_BOUND - 1, A_BOUND, A_BOUND + 1, SERVICE_BOUND - 1, SERVICE_BOUND];
    let axes = [
        axis(RejectOrB::ALL, |case, word| case.policy.unknown_tn = *word),
        axis(NO_YES, |case, strict| case.policy.strict_own_numbers_only = *strict),
        axis(&[0, SECOND, 60 * SECOND], |case, max| case.policy.cache_max = *max),
        axis(&since, |case, age| case.freshness.age = *age),
        axis(&standings, |case, (state, until)| {
            customer(case, "c1", |c| {
                (*state).clone_into(&mut c.state);
                c.active_until = *until;
            });
        }),
        axis(Cap::ALL, |case, cap| customer(case, "c1", |c| c.cap = *cap)),
        axis(&[0, NOW - 1, NOW, NOW + 1], |case, until| {
            customer(case, "c1", |c| c.uncapped_until = *until);
        }),
        axis(Category::ALL, |case, category| case.orig.category = *category),
        axis(NO_YES, |case, foreign| case.orig.foreign = *foreign),
        axis(Cap::ALL, |case, cap| case.orig.cap = *cap),
        axis(&["+12125551212", "911"], |case, dest| (*dest).clone_into(&mut case.dest)),
    ];
    let mut case = base();
    case.orig.grants.clear();
    run("no grant", case, &axes, 50_000);
}
