//! `decide(call, facts, policy, now) -> Answer`, step by step as `decision.md` section 3 numbers
//! them. Pure: the same facts and instant give the same answer, byte for byte (rule 10).

use super::answer::{Answer, Attest, Disposition, Reason, Reasons};
use super::call::{Call, is_emergency};
use super::facts::{
    Cap, CustomerFacts, Facts, GrantView, NumberView, Side, TrunkAuth, TrunkMode, TrunkView,
};
use super::policy::{AttestationPolicy, Freshness, RejectOrB, RejectOrC};
use crate::domain::ids::Origid;
use crate::domain::number::Category;
use crate::domain::time::Ts;

/// The level and the disposition for one call at `now`.
pub fn decide<F: Facts>(
    call: &Call<'_>,
    facts: &F,
    freshness: Freshness,
    policy: &AttestationPolicy,
    now: Ts,
) -> Answer {
    let judge = Judge { call, facts, freshness, policy, now };
    let trunk = facts.trunk();
    let mut answer = match judge.settle(trunk) {
        Ok(given) => given.answer(),
        Err(stop) => Answer::none(stop.disposition, stop.reason),
    };
    answer.enforced = trunk.is_none_or(|t| t.mode == TrunkMode::Enforce);
    // Step 11.
    if is_emergency(call.dest) && answer.disposition != Disposition::PassThrough {
        answer.disposition = Disposition::SendEmergency;
    }
    answer
}

/// A step that ended the call without a level.
struct Stop {
    disposition: Disposition,
    reason: Reason,
}

impl Stop {
    const fn reject(reason: Reason) -> Self {
        Self { disposition: Disposition::Reject, reason }
    }
}

/// A level, with everything it rests on.
struct Given {
    attest: Attest,
    reasons: Reasons,
    origid: Origid,
    valid_until: Ts,
    evidence_until: Ts,
}

impl Given {
    fn answer(self) -> Answer {
        Answer {
            attest: self.attest,
            disposition: Disposition::Sign,
            reasons: self.reasons,
            origid: Some(self.origid),
            valid_until: self.valid_until,
            evidence_until: self.evidence_until,
            enforced: true,
        }
    }
}

/// What step 9 finds; a greater one is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence {
    Expired,
    Partial,
    Full,
}

impl Evidence {
    const fn reason(self) -> Reason {
        match self {
            Self::Expired => Reason::EvidenceExpired,
            Self::Partial => Reason::PartialEvidence,
            Self::Full => Reason::FullEvidence,
        }
    }
}

/// The caps of step 10 that hold, one bit each in the order of that step.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Caps(u16);

impl Caps {
    const ORDER: [Reason; 9] = [
        Reason::RiskCap,
        Reason::ReverifyDue,
        Reason::NumberCap,
        Reason::ForeignNumber,
        Reason::AllocationUnknown,
        Reason::TnConflict,
        Reason::NotOurNumber,
        Reason::Stale,
        Reason::Diverted,
    ];
    const NONE: Self = Self(0);
    const RISK: u16 = 1;
    const REVERIFY: u16 = 1 << 1;
    const NUMBER: u16 = 1 << 2;
    const FOREIGN: u16 = 1 << 3;
    const ALLOCATION: u16 = 1 << 4;
    const CONFLICT: u16 = 1 << 5;
    const NOT_OURS: u16 = 1 << 6;
    const STALE: u16 = 1 << 7;
    const DIVERTED: u16 = 1 << 8;

    const fn when(self, holds: bool, cap: u16) -> Self {
        if holds { Self(self.0 | cap) } else { self }
    }

    /// What a customer's own facts cap, owner and holder alike.
    fn of_customer(self, customer: &CustomerFacts, now: Ts) -> Self {
        self.when(customer.cap == Cap::B, Self::RISK)
            .when(now >= customer.uncapped_until, Self::REVERIFY)
    }

    /// Every cap lowers to B.
    fn lower(self, attest: Attest) -> Attest {
        if self == Self::NONE { attest } else { attest.min(Attest::B) }
    }

    fn reasons(self) -> impl Iterator<Item = Reason> {
        let mask = self.0;
        Self::ORDER.into_iter().enumerate().filter(move |(i, _)| mask >> i & 1 == 1).map(|(_, r)| r)
    }
}

/// Steps 9 and 10 worked for one grant.
struct Candidate<W> {
    grant: GrantView<W>,
    holder: CustomerFacts,
    evidence: Evidence,
    caps: Caps,
    uncapped: Attest,
    own: bool,
}

impl<W> Candidate<W> {
    fn attest(&self) -> Attest {
        self.caps.lower(self.uncapped)
    }

    /// What outranks what when several grants are usable; the holder's id breaks the last tie.
    fn rank(&self) -> (Attest, Evidence, bool) {
        (self.attest(), self.evidence, self.own)
    }
}

/// What steps 7 and 8 leave of a number's grants.
enum Pick<W> {
    /// None is held by the trunk's owner or lent to it.
    NotUsable,
    /// Some are usable, but none of their holders is active.
    NoActiveHolder,
    /// The one that counts.
    Grant(Candidate<W>),
}

impl<W> Pick<W> {
    fn or_no_active_holder(self) -> Self {
        match self {
            Self::NotUsable | Self::NoActiveHolder => Self::NoActiveHolder,
            Self::Grant(_) => self,
        }
    }
}

/// The trunk's owner, once it is known to be active.
#[derive(Clone, Copy)]
struct Owner<W> {
    who: W,
    facts: CustomerFacts,
}

/// Everything a step reads.
struct Judge<'a, F> {
    call: &'a Call<'a>,
    facts: &'a F,
    freshness: Freshness,
    policy: &'a AttestationPolicy,
    now: Ts,
}

impl<F: Facts> Judge<'_, F> {
    fn settle(&self, trunk: Option<TrunkView<F::Who>>) -> Result<Given, Stop> {
        self.known()?;
        let trunk = trunk.ok_or(Stop::reject(Reason::TrunkUnknown))?;
        if trunk.auth == TrunkAuth::None {
            return Err(Stop::reject(Reason::TrunkUnauthenticated));
        }
        let owner = self
            .effective(trunk.owner)
            .map(|facts| Owner { who: trunk.owner, facts })
            .ok_or(Stop::reject(Reason::CustomerNotActive))?;
        if trunk.kind.is_ingress() { self.ingress(&trunk, owner) } else { self.judge(owner) }
    }

    /// Step 1.
    fn known(&self) -> Result<(), Stop> {
        let reason = if !self.freshness.loaded {
            Reason::Unavailable
        } else if self.freshness.age >= self.policy.service_bound {
            Reason::Stale
        } else {
            return Ok(());
        };
        Err(Stop { disposition: self.policy.on_stale.into(), reason })
    }

    fn stale(&self) -> bool {
        self.freshness.age >= self.policy.a_bound
    }

    /// The customer, if it is known and may originate calls now.
    fn effective(&self, who: F::Who) -> Option<CustomerFacts> {
        self.facts.customer(who).filter(|customer| customer.is_effective(self.now))
    }

    /// The number, if the gate of step 5 lets it through.
    fn gated(&self, side: Side) -> Result<NumberView, Stop> {
        let number = self.facts.number(side);
        Reason::of_gate(number.category).map_or(Ok(number), |reason| Err(Stop::reject(reason)))
    }

    /// Step 4.
    fn ingress(&self, trunk: &TrunkView<F::Who>, owner: Owner<F::Who>) -> Result<Given, Stop> {
        if self.call.signed {
            return Err(Stop {
                disposition: Disposition::PassThrough,
                reason: Reason::SignedUpstream,
            });
        }
        let number = self.gated(Side::Orig)?;
        let poses = trunk.foreign && !number.foreign;
        if poses && self.policy.foreign_gateway_us_tn == RejectOrC::Reject {
            return Err(Stop::reject(Reason::ForeignUsTn));
        }
        let mut reasons = Reasons::one(Reason::EntryPoint);
        if self.stale() {
            reasons.push(Reason::Stale);
        }
        Ok(Given {
            attest: Attest::C,
            reasons,
            origid: trunk.origid,
            valid_until: self.service_limit().min(owner.facts.active_until),
            evidence_until: Ts::NEVER,
        })
    }

    /// Steps 5 to 10 on trunks of our own customers.
    fn judge(&self, owner: Owner<F::Who>) -> Result<Given, Stop> {
        let orig = self.gated(Side::Orig)?;
        let (side, number) = if self.call.diverting.is_some() {
            let diverting = self.gated(Side::Diverting)?;
            if self.policy.diverted == RejectOrB::Reject {
                return Err(Stop::reject(Reason::Diverted));
            }
            (Side::Diverting, diverting)
        } else {
            (Side::Orig, orig)
        };
        let caps = Caps::NONE
            .of_customer(&owner.facts, self.now)
            .when(number.cap == Cap::B, Caps::NUMBER)
            .when(number.foreign, Caps::FOREIGN)
            .when(number.category == Category::AllocationUnknown, Caps::ALLOCATION)
            .when(self.stale(), Caps::STALE)
            .when(side == Side::Diverting, Caps::DIVERTED);
        match self.best(side, number.grants, owner, caps) {
            Pick::Grant(candidate) => self.give(owner, &candidate),
            Pick::NoActiveHolder => Err(Stop::reject(Reason::HolderNotActive)),
            Pick::NotUsable if number.grants > 0 => Err(Stop::reject(Reason::NotYours)),
            Pick::NotUsable => self.unverified(owner, caps),
        }
    }

    /// Steps 7 to 10 over the grants of the judged number.
    fn best(&self, side: Side, grants: usize, owner: Owner<F::Who>, shared: Caps) -> Pick<F::Who> {
        let mut pick = Pick::NotUsable;
        for index in 0..grants {
            let Some(grant) = self.facts.grant(side, index) else { continue };
            let own = grant.holder == owner.who;
            if !own && !self.facts.lent(side, index, owner.who) {
                continue;
            }
            let Some(holder) = self.effective(grant.holder) else {
                pick = pick.or_no_active_holder();
                continue;
            };
            let (evidence, uncapped) = self.level(&grant);
            let strict = self.policy.strict_own_numbers_only && !grant.kinds.own_feed();
            let caps = shared
                .of_customer(&holder, self.now)
                .when(self.conflict(side, grants, index, &grant), Caps::CONFLICT)
                .when(strict, Caps::NOT_OURS);
            let candidate = Candidate { grant, holder, evidence, caps, uncapped, own };
            if self.outranks(&candidate, &pick) {
                pick = Pick::Grant(candidate);
            }
        }
        pick
    }

    /// Step 8: which of several usable grants counts.
    fn outranks(&self, new: &Candidate<F::Who>, pick: &Pick<F::Who>) -> bool {
        let Pick::Grant(old) = pick else { return true };
        let (rank, best) = (new.rank(), old.rank());
        rank > best || rank == best && self.facts.precedes(new.grant.holder, old.grant.holder)
    }

    /// Step 9.
    fn level(&self, grant: &GrantView<F::Who>) -> (Evidence, Attest) {
        if self.now < grant.full_until {
            (Evidence::Full, Attest::A)
        } else if self.now < grant.partial_until {
            (Evidence::Partial, Attest::B)
        } else {
            match self.policy.expired_evidence {
                RejectOrB::Reject => (Evidence::Expired, Attest::None),
                RejectOrB::B => (Evidence::Expired, Attest::B),
            }
        }
    }

    /// Whether another holder has a grant without a recorded link, and this one is not the only
    /// grant that an own feed carries. Time and state play no part.
    fn conflict(&self, side: Side, grants: usize, index: usize, grant: &GrantView<F::Who>) -> bool {
        let mut disputed = false;
        let mut other_own_feed = false;
        for other_index in (0..grants).filter(|i| *i != index) {
            let Some(other) = self.facts.grant(side, other_index) else { continue };
            other_own_feed |= other.kinds.own_feed();
            disputed |= other.holder != grant.holder
                && !self.facts.lent(side, index, other.holder)
                && !self.facts.lent(side, other_index, grant.holder);
        }
        disputed && (other_own_feed || !grant.kinds.own_feed())
    }

    /// The level of the grant that counts.
    fn give(&self, owner: Owner<F::Who>, best: &Candidate<F::Who>) -> Result<Given, Stop> {
        let attest = best.attest();
        if attest == Attest::None {
            return Err(Stop::reject(Reason::EvidenceExpired));
        }
        let active = owner.facts.active_until.min(best.holder.active_until);
        let grant = &best.grant;
        let longest = grant.full_until.max(grant.partial_until);
        let (valid_until, evidence_until) = if attest == Attest::A {
            let uncapped = owner.facts.uncapped_until.min(best.holder.uncapped_until);
            let until = self.a_limit().min(grant.full_until).min(uncapped).min(active);
            (until, grant.full_until)
        } else if best.evidence == Evidence::Expired {
            (self.service_limit().min(active), Ts::NEVER)
        } else {
            (self.service_limit().min(active).min(longest), longest)
        };
        let mut reasons = Reasons::none();
        let lowered = attest < best.uncapped;
        if !lowered {
            reasons.push(best.evidence.reason());
        }
        best.caps.reasons().for_each(|cap| reasons.push(cap));
        if lowered {
            reasons.push(best.evidence.reason());
        }
        let origid = best.holder.origid;
        Ok(Given { attest, reasons, origid, valid_until, evidence_until })
    }

    /// Step 7 for a number without any grant.
    fn unverified(&self, owner: Owner<F::Who>, caps: Caps) -> Result<Given, Stop> {
        if self.policy.unknown_tn == RejectOrB::Reject {
            return Err(Stop::reject(Reason::TnUnknown));
        }
        let caps = caps.when(self.policy.strict_own_numbers_only, Caps::NOT_OURS);
        let mut reasons = Reasons::one(Reason::TnNotVerified);
        caps.reasons().for_each(|cap| reasons.push(cap));
        Ok(Given {
            attest: Attest::B,
            reasons,
            origid: owner.facts.origid,
            valid_until: self.service_limit().min(owner.facts.active_until),
            evidence_until: Ts::NEVER,
        })
    }

    fn cache_limit(&self) -> Ts {
        self.now.plus(self.policy.cache_max)
    }

    fn a_limit(&self) -> Ts {
        self.cache_limit().min(self.now.plus(self.policy.a_bound).minus(self.freshness.age))
    }

    fn service_limit(&self) -> Ts {
        self.cache_limit().min(self.now.plus(self.policy.service_bound).minus(self.freshness.age))
    }
}
