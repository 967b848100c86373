//! Weighted random facts. A case is drawn with a quality: how likely each fact is the good one.
//! Uniform facts nearly always stop at step 2 or 3; perfect facts never do. The mix reaches every
//! level, disposition and reason often, and the tests count that it does.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Case, Customer, Freshness, Grant, Number, Policy, Trunk};
use super::words::{
    Auth, Cap, Category, Kind, Mode, OnStale, RejectOrB, RejectOrC, TrunkKind, Word,
};

/// The instant most cases are asked at.
pub(crate) const NOW: i64 = 1_795_000_000_000_000;
/// A second in microseconds.
pub(crate) const SECOND: i64 = 1_000_000;
/// A time no case comes near.
pub(crate) const FAR: i64 = NOW + 365 * 86_400 * SECOND;
/// Later than anything: what "no end" is written as.
const FOREVER: i64 = 253_402_300_799_999_999;

/// A small generator with a printed seed (splitmix64), so that a run can be repeated exactly.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that roll the same for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `n - 1`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// True in `percent` of a hundred rolls.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `all`.
    pub(crate) fn one<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(all.len() as u64)).expect("an index");
        &all[index]
    }

    /// A number from `from` to `to - 1`.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = u64::try_from(to - from).expect("from is below to");
        from + i64::try_from(self.below(width)).expect("small")
    }
}

/// Id sets in which the bytewise order is not the order of length, of case or of use.
const NAMES: &[[&str; 4]] = &[
    ["c1", "c2", "c3", "c9"],
    ["10", "9", "1", "09"],
    ["b", "B", "a", "aa"],
    ["z", "é", "ab", "a"],
];

/// A case of weighted random facts.
pub(crate) fn case(dice: &mut Dice) -> Case {
    let good = *dice.one(&[0_u64, 50, 80, 90, 90, 96, 96, 98]);
    let mut draw = Draw { dice, good, now: NOW, names: Vec::new() };
    draw.case()
}

struct Draw<'d> {
    dice: &'d mut Dice,
    /// Percent of facts that are the good one.
    good: u64,
    now: i64,
    names: Vec<&'static str>,
}

impl Draw<'_> {
    fn case(&mut self) -> Case {
        self.now = NOW + self.dice.between(-2, 3);
        self.names = self.dice.one(NAMES).to_vec();
        let turn = usize::try_from(self.dice.below(4)).expect("small");
        self.names.rotate_left(turn);

        let policy = self.policy();
        let trunk = (self.is_good() || self.dice.percent(80)).then(|| self.trunk());
        let owner = trunk.as_ref().map_or(self.names[0], |_| self.names[0]);
        let diverted = self.dice.percent(20);
        let orig = self.number("+12126647665", owner);
        let diverting = diverted.then(|| self.number("+13126647665", owner));
        Case {
            name: "random".to_owned(),
            now: self.now,
            freshness: self.freshness(&policy),
            policy,
            trunk,
            customers: self.customers(),
            signed: self.dice.percent(30),
            dest: self.dest().to_owned(),
            orig,
            diverting,
            expect: None,
        }
    }

    fn is_good(&mut self) -> bool {
        let good = self.good;
        self.dice.percent(good)
    }

    fn or<T: Copy>(&mut self, good: T, all: &[T]) -> T {
        if self.is_good() { good } else { *self.dice.one(all) }
    }

    fn dest(&mut self) -> &'static str {
        if self.dice.percent(85) {
            "+12125551212"
        } else {
            let dests = ["911", "911", "911", "933", "933", "+911", "9911", "911 ", "112", ""];
            self.dice.one::<&'static str>(&dests)
        }
    }

    fn policy(&mut self) -> Policy {
        let standard = Policy::default();
        let service_bound = self.or(standard.service_bound, &[900 * SECOND, 60 * SECOND, 1]);
        let a_bound = self.or(standard.a_bound, &[10 * SECOND, 3 * SECOND, 60 * SECOND, 1, 0]);
        Policy {
            service_bound,
            a_bound: a_bound.min(service_bound),
            cache_max: self.or(standard.cache_max, &[10 * SECOND, 60 * SECOND, SECOND, 1, 0]),
            unknown_tn: *self.dice.one(RejectOrB::ALL),
            expired_evidence: *self.dice.one(RejectOrB::ALL),
            on_stale: *self.dice.one(OnStale::ALL),
            foreign_gateway_us_tn: *self.dice.one(RejectOrC::ALL),
            diverted: if self.dice.percent(70) { RejectOrB::B } else { RejectOrB::Reject },
            strict_own_numbers_only: self.dice.percent(25),
            emergency: standard.emergency,
        }
    }

    fn freshness(&mut self, policy: &Policy) -> Freshness {
        let (a, s) = (policy.a_bound, policy.service_bound);
        let fresh = self.dice.between(0, a.max(1));
        let some = self.dice.between(0, s + 2);
        let young = self.or(0, &[0, 1, fresh, fresh, a - 1, a - 1]);
        let age = self.or(young, &[young, a - 1, a, a + 1, some, s - 1, s, s + 1]).max(0);
        Freshness { loaded: self.is_good() || self.dice.percent(80), age }
    }

    fn trunk(&mut self) -> Trunk {
        let ingress = self.dice.percent(25);
        let kind = match (ingress, self.dice.percent(50)) {
            (true, true) => TrunkKind::GatewayIngress,
            (true, false) => TrunkKind::ProviderIngress,
            (false, true) => TrunkKind::Customer,
            (false, false) => TrunkKind::Reseller,
        };
        let proven = *self.dice.one(&[Auth::Digest, Auth::Mtls, Auth::IpList]);
        Trunk {
            id: "t1".to_owned(),
            kind,
            auth: self.or(proven, Auth::ALL),
            owner: self.names[0].to_owned(),
            foreign: self.dice.percent(40),
            mode: if self.dice.percent(85) { Mode::Enforce } else { Mode::Shadow },
            origid: origid(0xf001),
        }
    }

    /// An instant: far in the good case, else around now and the ends of the caching times.
    fn until(&mut self) -> i64 {
        if self.is_good() {
            return if self.dice.percent(80) { FAR } else { FOREVER };
        }
        let near = self.dice.between(-20 * SECOND, 20 * SECOND);
        let now = self.now;
        *self.dice.one(&[
            0,
            now - 86_400 * SECOND,
            now - SECOND,
            now - 1,
            now,
            now + 1,
            now + 1,
            now + 2 * SECOND,
            now + 5 * SECOND,
            now + 9 * SECOND,
            now + 10 * SECOND,
            now + near,
            now + near,
            now + 3_600 * SECOND,
            FAR,
        ])
    }

    fn customers(&mut self) -> BTreeMap<String, Customer> {
        let mut customers = BTreeMap::new();
        for (index, name) in (1_u64..).zip(self.names.clone()) {
            if !self.is_good() && self.dice.percent(20) {
                continue;
            }
            let states = ["ACTIVE", "ACTIVE", "SUSPENDED", "DRAFT", "TERMINATED", "LEGACY", ""];
            let customer = Customer {
                state: self.or("ACTIVE", &states).to_owned(),
                active_until: self.until(),
                uncapped_until: self.until(),
                cap: self.or(Cap::A, Cap::ALL),
                origid: origid(index),
            };
            customers.insert(name.to_owned(), customer);
        }
        customers
    }

    fn number(&mut self, tn: &str, owner: &str) -> Number {
        let unknown = self.dice.percent(40);
        let category =
            if unknown { Category::AllocationUnknown } else { *self.dice.one(Category::ALL) };
        Number {
            tn: tn.to_owned(),
            category: self.or(Category::Assignable, &[category]),
            foreign: self.or(false, &[false, true]),
            cap: self.or(Cap::A, Cap::ALL),
            grants: self.grants(owner),
        }
    }

    fn grants(&mut self, owner: &str) -> Vec<Grant> {
        let count = *self.dice.one(&[0_usize, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4]);
        let mut holders = self.names.clone();
        let turn = usize::try_from(self.dice.below(4)).expect("small");
        holders.rotate_left(turn);
        if self.dice.percent(50) {
            holders.reverse();
        }
        holders.truncate(count);
        holders
            .into_iter()
            .map(|holder| {
                let mut delegated_to = self.some_names();
                if self.is_good() && self.dice.percent(60) {
                    delegated_to.insert(owner.to_owned());
                }
                delegated_to.remove(holder);
                Grant {
                    holder: holder.to_owned(),
                    kinds: self.kinds(),
                    full_until: self.evidence(70),
                    partial_until: self.evidence(50),
                    delegated_to,
                }
            })
            .collect()
    }

    /// Evidence is there in `percent` of a hundred grants; else it never was or has run out.
    fn evidence(&mut self, percent: u64) -> i64 {
        if self.dice.percent(percent) {
            self.until()
        } else {
            let now = self.now;
            *self.dice.one(&[0, now - SECOND, now - 1, now])
        }
    }

    fn some_names(&mut self) -> BTreeSet<String> {
        let names = self.names.clone();
        names.into_iter().filter(|_| self.dice.percent(25)).map(str::to_owned).collect()
    }

    fn kinds(&mut self) -> BTreeSet<Kind> {
        let count = self.dice.below(4);
        (0..count).map(|_| *self.dice.one(Kind::ALL)).collect()
    }
}

/// The `n`th origid.
pub(crate) fn origid(n: u64) -> String {
    format!("00000000-0000-4000-8000-{n:012x}")
}
