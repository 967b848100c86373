//! Answers: the facts of one call as the table holds them, given to `decide`.

use std::cell::Cell;
use std::sync::atomic::{Ordering, fence};

use super::grant::GrantSet;
use super::number::NumberWord;
use super::state::Table;
use crate::domain::attestation::{
    Answer, AttestationPolicy, Call, Cap, CustomerFacts, Facts, Freshness, GrantView, NumberView,
    Shown, Side, TrunkView, decide,
};
use crate::domain::ids::PolicyId;
use crate::domain::number::{Category, Tn};
use crate::domain::numbering::Placed;
use crate::domain::time::{Mono, Ts};

/// How often [`Table::ask_exact`] looks again before it makes changes wait.
const EXACT_TRIES: u32 = 16;

/// An answer, and what it was made from: enough to derive it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The answer.
    pub answer: Answer,
    /// The one policy it was made under; absent before the first policy came.
    pub policy: Option<PolicyId>,
    /// How fresh the table was.
    pub freshness: Freshness,
    /// The journal position the table stood at.
    pub position: u64,
    /// A fence lowered it: no position of the journal gives this answer.
    pub fenced: bool,
}

impl Table {
    /// The answer for one call at `now`; `mono` is the same instant on this process's clock.
    pub fn ask(&self, call: &Call<'_>, now: Ts, mono: Mono) -> Told {
        self.answer(call, self.progress.freshness(mono), now)
    }

    /// As [`Table::ask`], for answers that will be derived again: the position is that of the very
    /// facts the answer was made from, even while changes come in.
    pub fn ask_exact(&self, call: &Call<'_>, now: Ts, mono: Mono) -> Told {
        for _ in 0..EXACT_TRIES {
            let before = self.version.load(Ordering::Acquire);
            if before & 1 == 0 {
                let told = self.ask(call, now, mono);
                fence(Ordering::Acquire);
                if self.version.load(Ordering::Relaxed) == before {
                    return told;
                }
            }
            std::hint::spin_loop();
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let still = self.writer();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let told = self.ask(call, now, mono);
        drop(still);
        told
    }

    /// The answer to a question whose change token the table has not applied yet: no level, STALE,
    /// as if the facts were older than `service_bound`.
    pub fn ask_behind(&self, call: &Call<'_>, now: Ts, mono: Mono) -> Told {
        let mut freshness = self.progress.freshness(mono);
        let bound = self.policies.standing().at(now).1.service_bound;
        freshness.age = freshness.age.max(bound);
        self.answer(call, freshness, now)
    }

    /// The attestation rules in force at `now`, and the policy they belong to.
    pub fn policy(&self, now: Ts) -> (Option<PolicyId>, AttestationPolicy) {
        let standing = self.policies.standing();
        let (id, policy) = standing.at(now);
        (id, *policy)
    }

    /// The category that is stored of a number, and whether an own feed says that a customer has it;
    /// none of a number of which nothing is stored.
    pub fn stored(&self, tn: Tn) -> Option<(Category, bool)> {
        let word = self.numbers.get(tn)?;
        let set = word.set().and_then(|index| self.sets.get(index));
        let own = |set: &GrantSet| {
            (0..set.len()).any(|at| set.grant(at).is_some_and(|grant| grant.kinds.own_feed()))
        };
        Some((word.category(), set.is_some_and(own)))
    }

    fn answer(&self, call: &Call<'_>, freshness: Freshness, now: Ts) -> Told {
        let position = self.progress.position();
        let standing = self.policies.standing();
        let (id, policy) = standing.at(now);
        let view = View {
            table: self,
            trunk: self.trunks.get(call.trunk),
            orig: self.row(call.orig),
            diverting: call.diverting.map_or(Row::INVALID, |shown| self.row(shown)),
            fenced: Cell::new(false),
        };
        let answer = decide(call, &view, freshness, policy, now);
        Told { answer, policy: id, freshness, position, fenced: view.fenced.get() }
    }

    fn row(&self, shown: Shown) -> Row<'_> {
        let Some(tn) = shown.tn() else { return Row::INVALID };
        let book = self.book.load();
        let (word, category) = if let Some(word) = self.numbers.get(tn) {
            (word, book.gate(tn, word.category()))
        } else {
            let Placed { category, foreign } = book.unstored(tn);
            (NumberWord::pack(category, foreign, Cap::A, None), category)
        };
        let set = word.set().and_then(|index| self.sets.get(index));
        let number = NumberView {
            category,
            foreign: word.foreign(),
            cap: word.cap(),
            grants: set.map_or(0, GrantSet::len),
        };
        Row { number, set }
    }
}

/// One number of a call.
struct Row<'a> {
    number: NumberView,
    set: Option<&'a GrantSet>,
}

impl Row<'_> {
    const INVALID: Self = Self { number: NumberView::INVALID, set: None };
}

/// The facts of one call, looked up once; customers as they are reached.
struct View<'a> {
    table: &'a Table,
    trunk: Option<TrunkView<u32>>,
    orig: Row<'a>,
    diverting: Row<'a>,
    fenced: Cell<bool>,
}

impl View<'_> {
    const fn side(&self, side: Side) -> &Row<'_> {
        match side {
            Side::Orig => &self.orig,
            Side::Diverting => &self.diverting,
        }
    }
}

impl Facts for View<'_> {
    type Who = u32;

    fn trunk(&self) -> Option<TrunkView<u32>> {
        self.trunk
    }

    fn customer(&self, who: u32) -> Option<CustomerFacts> {
        let read = self.table.customers.get(who)?.read();
        if read.fenced {
            self.fenced.set(true);
        }
        read.facts
    }

    fn precedes(&self, a: u32, b: u32) -> bool {
        let id = |who| self.table.customers.get(who).map(super::customer::CustomerEntry::id);
        id(a) < id(b)
    }

    fn number(&self, side: Side) -> NumberView {
        self.side(side).number
    }

    fn grant(&self, side: Side, index: usize) -> Option<GrantView<u32>> {
        self.side(side).set?.grant(index)
    }

    fn lent(&self, side: Side, index: usize, to: u32) -> bool {
        self.side(side).set.is_some_and(|set| set.lent(index, to))
    }
}
