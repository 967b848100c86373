//! The decision again, slowly, step by step as `decision.md` section 3 has it, written from that
//! page alone. Clarity over speed: nothing is shared with the crate, and nothing is clever.
//!
//! Where the page left room, the frozen cases decide; see [`super::vectors`] for the readings.

use std::collections::BTreeSet;

use super::model::{Case, Customer, Expected, Grant, Number, Trunk};
use super::words::{
    Attest, Auth, Cap, Category, Disposition, Kind, Mode, OnStale, Reason, RejectOrB, RejectOrC,
    TrunkKind,
};

/// The answer the page asks for.
pub(crate) fn judge(case: &Case) -> Expected {
    let mut answer = steps_1_to_10(case);

    // Step 11.
    if case.policy.emergency.contains(&case.dest) && answer.disposition != Disposition::PassThrough
    {
        answer.disposition = Disposition::SendEmergency;
    }

    answer.enforced = match &case.trunk {
        Some(trunk) => trunk.mode != Mode::Shadow,
        None => true,
    };
    answer
}

fn steps_1_to_10(case: &Case) -> Expected {
    let policy = &case.policy;
    let when_stale = match policy.on_stale {
        OnStale::Reject => Disposition::Reject,
        OnStale::SendUnsigned => Disposition::SendUnsigned,
    };

    // Step 1.
    if !case.freshness.loaded {
        return none(Reason::Unavailable, when_stale);
    }
    if case.freshness.age >= policy.service_bound {
        return none(Reason::Stale, when_stale);
    }
    let stale = case.freshness.age >= policy.a_bound;

    // Step 2.
    let Some(trunk) = &case.trunk else {
        return none(Reason::TrunkUnknown, Disposition::Reject);
    };
    if trunk.auth == Auth::None {
        return none(Reason::TrunkUnauthenticated, Disposition::Reject);
    }

    // Step 3.
    let Some(owner) = effectively_active(case, &trunk.owner) else {
        return none(Reason::CustomerNotActive, Disposition::Reject);
    };

    // Step 4.
    if matches!(trunk.kind, TrunkKind::ProviderIngress | TrunkKind::GatewayIngress) {
        return step_4(case, trunk, owner, stale);
    }

    // Step 5.
    if let Some(reason) = stopped_by_number_gate(&case.orig) {
        return none(reason, Disposition::Reject);
    }

    // Step 6.
    let mut judged = &case.orig;
    let mut diverted = false;
    if let Some(diverting) = &case.diverting {
        if let Some(reason) = stopped_by_number_gate(diverting) {
            return none(reason, Disposition::Reject);
        }
        if policy.diverted == RejectOrB::Reject {
            return none(Reason::Diverted, Disposition::Reject);
        }
        judged = diverting;
        diverted = true;
    }

    step_7(case, &Judged { trunk, owner, number: judged, stale, diverted })
}

/// What steps 7 to 10 work on.
struct Judged<'c> {
    trunk: &'c Trunk,
    owner: &'c Customer,
    number: &'c Number,
    stale: bool,
    diverted: bool,
}

fn step_4(case: &Case, trunk: &Trunk, owner: &Customer, stale: bool) -> Expected {
    if case.signed {
        return none(Reason::SignedUpstream, Disposition::PassThrough);
    }
    if let Some(reason) = stopped_by_number_gate(&case.orig) {
        return none(reason, Disposition::Reject);
    }
    if trunk.foreign && !case.orig.foreign && case.policy.foreign_gateway_us_tn == RejectOrC::Reject
    {
        return none(Reason::ForeignUsTn, Disposition::Reject);
    }
    let mut reasons = vec![Reason::EntryPoint];
    if stale {
        reasons.push(Reason::Stale);
    }
    let valid_until = [
        case.now + case.policy.cache_max,
        case.now + case.policy.service_bound - case.freshness.age,
        owner.active_until,
    ];
    Expected {
        attest: Attest::C,
        disposition: Disposition::Sign,
        reasons,
        origid: trunk.origid.clone(),
        valid_until: earliest(&valid_until),
        evidence_until: 0,
        enforced: true,
    }
}

fn stopped_by_number_gate(number: &Number) -> Option<Reason> {
    match number.category {
        Category::Invalid => Some(Reason::Invalid),
        Category::Unallocated => Some(Reason::Unallocated),
        Category::Unused => Some(Reason::Unused),
        Category::SubscriberDno => Some(Reason::SubscriberDno),
        Category::NotAssignable => Some(Reason::NotAssignable),
        Category::Assignable | Category::AllocationUnknown => None,
    }
}

fn step_7(case: &Case, judged: &Judged<'_>) -> Expected {
    let owner_id = &judged.trunk.owner;
    let usable: Vec<&Grant> = judged
        .number
        .grants
        .iter()
        .filter(|grant| grant.holder == *owner_id || grant.delegated_to.contains(owner_id))
        .collect();
    if usable.is_empty() {
        if !judged.number.grants.is_empty() {
            return none(Reason::NotYours, Disposition::Reject);
        }
        return match case.policy.unknown_tn {
            RejectOrB::Reject => none(Reason::TnUnknown, Disposition::Reject),
            RejectOrB::B => steps_9_and_10_without_grant(case, judged),
        };
    }

    // Step 8.
    let mut best: Option<Worked> = None;
    for grant in usable {
        let Some(holder) = effectively_active(case, &grant.holder) else {
            continue;
        };
        let worked = steps_9_and_10(case, judged, grant, holder);
        best = match best {
            None => Some(worked),
            Some(other) if comes_before(&worked, &other) => Some(worked),
            Some(other) => Some(other),
        };
    }
    match best {
        None => none(Reason::HolderNotActive, Disposition::Reject),
        Some(worked) => worked.answer,
    }
}

/// One usable grant, worked through steps 9 and 10, with what step 8 chooses by.
struct Worked {
    answer: Expected,
    evidence: Evidence,
    owners_own: bool,
    holder: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Evidence {
    Full,
    Partial,
    Expired,
}

/// Step 8: the level, then the evidence, then the owner's own, then the id that sorts first.
fn comes_before(one: &Worked, other: &Worked) -> bool {
    let level = |w: &Worked| match w.answer.attest {
        Attest::A => 3,
        Attest::B => 2,
        Attest::C => 1,
        Attest::None => 0,
    };
    let evidence = |w: &Worked| match w.evidence {
        Evidence::Full => 2,
        Evidence::Partial => 1,
        Evidence::Expired => 0,
    };
    if level(one) != level(other) {
        return level(one) > level(other);
    }
    if evidence(one) != evidence(other) {
        return evidence(one) > evidence(other);
    }
    if one.owners_own != other.owners_own {
        return one.owners_own;
    }
    one.holder.as_bytes() < other.holder.as_bytes()
}

fn steps_9_and_10(case: &Case, judged: &Judged<'_>, grant: &Grant, holder: &Customer) -> Worked {
    // Step 9.
    let evidence = if case.now < grant.full_until {
        Evidence::Full
    } else if case.now < grant.partial_until {
        Evidence::Partial
    } else {
        Evidence::Expired
    };
    let worked = |answer: Expected| Worked {
        answer,
        evidence,
        owners_own: grant.holder == judged.trunk.owner,
        holder: grant.holder.clone(),
    };
    let (level, reason) = match (evidence, case.policy.expired_evidence) {
        (Evidence::Full, _) => (Attest::A, Reason::FullEvidence),
        (Evidence::Partial, _) => (Attest::B, Reason::PartialEvidence),
        (Evidence::Expired, RejectOrB::B) => (Attest::B, Reason::EvidenceExpired),
        (Evidence::Expired, RejectOrB::Reject) => {
            return worked(none(Reason::EvidenceExpired, Disposition::Reject));
        }
    };

    // Step 10.
    let caps = caps(case, judged, Some((grant, holder)));
    let last_evidence = grant.full_until.max(grant.partial_until);
    let mut valid_until =
        vec![case.now + case.policy.cache_max, judged.owner.active_until, holder.active_until];
    let lowered = level == Attest::A && !caps.is_empty();
    let (attest, evidence_until) = if level == Attest::A && !lowered {
        valid_until.push(case.now + case.policy.a_bound - case.freshness.age);
        valid_until.push(grant.full_until);
        valid_until.push(judged.owner.uncapped_until);
        valid_until.push(holder.uncapped_until);
        (Attest::A, grant.full_until)
    } else {
        valid_until.push(case.now + case.policy.service_bound - case.freshness.age);
        if evidence == Evidence::Expired {
            (Attest::B, 0)
        } else {
            valid_until.push(last_evidence);
            (Attest::B, last_evidence)
        }
    };
    worked(Expected {
        attest,
        disposition: Disposition::Sign,
        reasons: in_order(reason, caps, lowered),
        origid: holder.origid.clone(),
        valid_until: earliest(&valid_until),
        evidence_until,
        enforced: true,
    })
}

/// B by policy on a number nobody holds: `TN_NOT_VERIFIED` stands where the evidence would.
fn steps_9_and_10_without_grant(case: &Case, judged: &Judged<'_>) -> Expected {
    let valid_until = [
        case.now + case.policy.cache_max,
        case.now + case.policy.service_bound - case.freshness.age,
        judged.owner.active_until,
    ];
    Expected {
        attest: Attest::B,
        disposition: Disposition::Sign,
        reasons: in_order(Reason::TnNotVerified, caps(case, judged, None), false),
        origid: judged.owner.origid.clone(),
        valid_until: earliest(&valid_until),
        evidence_until: 0,
        enforced: true,
    }
}

/// Step 10: every cap that holds, in its order. Each of them caps at B.
fn caps(case: &Case, judged: &Judged<'_>, grant: Option<(&Grant, &Customer)>) -> Vec<Reason> {
    let mut customers = vec![judged.owner];
    if let Some((_, holder)) = grant {
        customers.push(holder);
    }
    let mut caps = Vec::new();
    if customers.iter().any(|customer| customer.cap == Cap::B) {
        caps.push(Reason::RiskCap);
    }
    if customers.iter().any(|customer| case.now >= customer.uncapped_until) {
        caps.push(Reason::ReverifyDue);
    }
    if judged.number.cap == Cap::B {
        caps.push(Reason::NumberCap);
    }
    if judged.number.foreign {
        caps.push(Reason::ForeignNumber);
    }
    if judged.number.category == Category::AllocationUnknown {
        caps.push(Reason::AllocationUnknown);
    }
    if let Some((grant, _)) = grant
        && capped_by_conflict(grant, &judged.number.grants)
    {
        caps.push(Reason::TnConflict);
    }
    let ours = grant.is_some_and(|(grant, _)| has_own_feed_kind(grant));
    if case.policy.strict_own_numbers_only && !ours {
        caps.push(Reason::NotOurNumber);
    }
    if judged.stale {
        caps.push(Reason::Stale);
    }
    if judged.diverted {
        caps.push(Reason::Diverted);
    }
    caps
}

/// The page's paragraph "Conflict of a grant g".
fn capped_by_conflict(g: &Grant, all: &[Grant]) -> bool {
    let in_conflict = all.iter().any(|h| {
        h.holder != g.holder
            && !g.delegated_to.contains(&h.holder)
            && !h.delegated_to.contains(&g.holder)
    });
    if !in_conflict {
        return false;
    }
    let with_own_feed: BTreeSet<&str> = all
        .iter()
        .filter(|grant| has_own_feed_kind(grant))
        .map(|grant| grant.holder.as_str())
        .collect();
    with_own_feed != BTreeSet::from([g.holder.as_str()])
}

fn has_own_feed_kind(grant: &Grant) -> bool {
    [Kind::AssignedByUs, Kind::RangeAllocated, Kind::PortedToUs]
        .iter()
        .any(|kind| grant.kinds.contains(kind))
}

fn effectively_active<'c>(case: &'c Case, id: &str) -> Option<&'c Customer> {
    let customer = case.customers.get(id)?;
    (customer.state == "ACTIVE" && case.now < customer.active_until).then_some(customer)
}

/// Where caps lowered the level: the caps, then the evidence; otherwise the evidence first.
fn in_order(evidence: Reason, caps: Vec<Reason>, lowered: bool) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if lowered {
        reasons.extend(caps);
        reasons.push(evidence);
    } else {
        reasons.push(evidence);
        reasons.extend(caps);
    }
    reasons
}

fn none(reason: Reason, disposition: Disposition) -> Expected {
    Expected {
        attest: Attest::None,
        disposition,
        reasons: vec![reason],
        origid: String::new(),
        valid_until: 0,
        evidence_until: 0,
        enforced: true,
    }
}

fn earliest(times: &[i64]) -> i64 {
    times.iter().copied().fold(i64::MAX, i64::min)
}
