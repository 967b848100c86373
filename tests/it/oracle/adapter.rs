//! From our model to the crate's types and back. Every word is matched one by one, so that a word
//! the page does not know stops the build.

use std::collections::BTreeMap;

use vouch::domain::attestation as theirs;
use vouch::domain::ids::Origid;
use vouch::domain::number::Category as TheirCategory;
use vouch::domain::time::{Span, Ts};

use super::model::{Case, Customer, Expected, Grant, Number, Policy, Trunk};
use super::words::{
    Attest, Auth, Cap, Category, Disposition, Kind, Mode, OnStale, Reason, RejectOrB, RejectOrC,
    TrunkKind,
};

/// What `decide` says of a case on the plain form of the facts.
pub(crate) fn decide(case: &Case) -> Expected {
    let facts = plain_facts(case, |id| id);
    let answer = theirs::decide(
        &call(case),
        &facts.view(),
        freshness(case),
        &policy(&case.policy),
        Ts(case.now),
    );
    said(&answer)
}

/// The call; its numbers are what the case shows.
pub(crate) fn call(case: &Case) -> theirs::Call<'_> {
    theirs::Call {
        trunk: case.trunk.as_ref().map_or("nowhere", |trunk| &trunk.id),
        orig: theirs::Shown::read(&case.orig.tn),
        dest: &case.dest,
        diverting: case.diverting.as_ref().map(|number| theirs::Shown::read(&number.tn)),
        signed: case.signed,
    }
}

/// The age and whether anything is loaded.
pub(crate) fn freshness(case: &Case) -> theirs::Freshness {
    theirs::Freshness { loaded: case.freshness.loaded, age: Span(case.freshness.age) }
}

/// The policy. The crate has no emergency list to set, so a case may not bring another.
pub(crate) fn policy(policy: &Policy) -> theirs::AttestationPolicy {
    let reject_or_b = |word| match word {
        RejectOrB::Reject => theirs::RejectOrB::Reject,
        RejectOrB::B => theirs::RejectOrB::B,
    };
    assert!(policy.emergency.iter().eq(&["911", "933"]), "the emergency list is fixed");
    theirs::AttestationPolicy {
        a_bound: Span(policy.a_bound),
        service_bound: Span(policy.service_bound),
        cache_max: Span(policy.cache_max),
        unknown_tn: reject_or_b(policy.unknown_tn),
        expired_evidence: reject_or_b(policy.expired_evidence),
        on_stale: match policy.on_stale {
            OnStale::Reject => theirs::OnStale::Reject,
            OnStale::SendUnsigned => theirs::OnStale::SendUnsigned,
        },
        foreign_gateway_us_tn: match policy.foreign_gateway_us_tn {
            RejectOrC::Reject => theirs::RejectOrC::Reject,
            RejectOrC::C => theirs::RejectOrC::C,
        },
        diverted: reject_or_b(policy.diverted),
        strict_own_numbers_only: policy.strict_own_numbers_only,
        emergency: theirs::EmergencyList,
    }
}

/// The facts, with customers named by `who`, which must keep the order of the ids.
pub(crate) fn plain_facts<'c, I: Ord>(
    case: &'c Case,
    who: impl Fn(&'c str) -> I + Copy,
) -> theirs::PlainFacts<I> {
    theirs::PlainFacts {
        trunk: case.trunk.as_ref().map(|it| trunk(it, who)),
        customers: case
            .customers
            .iter()
            .map(|(id, it)| (who(id), customer(it)))
            .collect::<BTreeMap<_, _>>(),
        orig: number(&case.orig, who),
        diverting: case.diverting.as_ref().map(|it| number(it, who)),
    }
}

fn trunk<'c, I>(trunk: &'c Trunk, who: impl Fn(&'c str) -> I) -> theirs::TrunkFacts<I> {
    theirs::TrunkFacts {
        kind: match trunk.kind {
            TrunkKind::Customer => theirs::TrunkKind::Customer,
            TrunkKind::Reseller => theirs::TrunkKind::Reseller,
            TrunkKind::ProviderIngress => theirs::TrunkKind::ProviderIngress,
            TrunkKind::GatewayIngress => theirs::TrunkKind::GatewayIngress,
        },
        auth: match trunk.auth {
            Auth::Digest => theirs::TrunkAuth::Digest,
            Auth::Mtls => theirs::TrunkAuth::Mtls,
            Auth::IpList => theirs::TrunkAuth::IpList,
            Auth::None => theirs::TrunkAuth::None,
        },
        owner: who(&trunk.owner),
        foreign: trunk.foreign,
        mode: match trunk.mode {
            Mode::Shadow => theirs::TrunkMode::Shadow,
            Mode::Enforce => theirs::TrunkMode::Enforce,
        },
        origid: origid(&trunk.origid),
    }
}

fn customer(customer: &Customer) -> theirs::CustomerFacts {
    theirs::CustomerFacts {
        active: customer.state == "ACTIVE",
        active_until: Ts(customer.active_until),
        uncapped_until: Ts(customer.uncapped_until),
        cap: cap(customer.cap),
        origid: origid(&customer.origid),
    }
}

fn number<'c, I>(number: &'c Number, who: impl Fn(&'c str) -> I + Copy) -> theirs::NumberFacts<I> {
    theirs::NumberFacts {
        category: match number.category {
            Category::Assignable => TheirCategory::Assignable,
            Category::Invalid => TheirCategory::Invalid,
            Category::Unallocated => TheirCategory::Unallocated,
            Category::Unused => TheirCategory::Unused,
            Category::SubscriberDno => TheirCategory::SubscriberDno,
            Category::NotAssignable => TheirCategory::NotAssignable,
            Category::AllocationUnknown => TheirCategory::AllocationUnknown,
        },
        foreign: number.foreign,
        cap: cap(number.cap),
        grants: number.grants.iter().map(|it| grant(it, who)).collect(),
    }
}

fn grant<'c, I>(grant: &'c Grant, who: impl Fn(&'c str) -> I) -> theirs::Grant<I> {
    let kind = |kind: &Kind| match kind {
        Kind::AssignedByUs => theirs::EvidenceKind::AssignedByUs,
        Kind::RangeAllocated => theirs::EvidenceKind::RangeAllocated,
        Kind::PortedToUs => theirs::EvidenceKind::PortedToUs,
        Kind::TollfreeResporg => theirs::EvidenceKind::TollfreeResporg,
        Kind::DelegateCert => theirs::EvidenceKind::DelegateCert,
        Kind::Loa => theirs::EvidenceKind::Loa,
        Kind::Bill => theirs::EvidenceKind::Bill,
        Kind::Callback => theirs::EvidenceKind::Callback,
        Kind::PortedOut => theirs::EvidenceKind::PortedOut,
    };
    theirs::Grant {
        holder: who(&grant.holder),
        kinds: grant.kinds.iter().map(kind).fold(theirs::KindSet::EMPTY, theirs::KindSet::with),
        full_until: Ts(grant.full_until),
        partial_until: Ts(grant.partial_until),
        delegated_to: grant.delegated_to.iter().map(|id| who(id)).collect(),
    }
}

fn cap(cap: Cap) -> theirs::Cap {
    match cap {
        Cap::A => theirs::Cap::A,
        Cap::B => theirs::Cap::B,
    }
}

fn origid(text: &str) -> Origid {
    text.parse().expect("an origid is a UUID")
}

/// An answer of the crate in our words.
pub(crate) fn said(answer: &theirs::Answer) -> Expected {
    Expected {
        attest: match answer.attest {
            theirs::Attest::A => Attest::A,
            theirs::Attest::B => Attest::B,
            theirs::Attest::C => Attest::C,
            theirs::Attest::None => Attest::None,
        },
        disposition: match answer.disposition {
            theirs::Disposition::Sign => Disposition::Sign,
            theirs::Disposition::Reject => Disposition::Reject,
            theirs::Disposition::PassThrough => Disposition::PassThrough,
            theirs::Disposition::SendEmergency => Disposition::SendEmergency,
            theirs::Disposition::SendUnsigned => Disposition::SendUnsigned,
        },
        reasons: answer.reasons.iter().map(reason).collect(),
        origid: answer.origid.map(|id| id.to_string()).unwrap_or_default(),
        valid_until: answer.valid_until.0,
        evidence_until: answer.evidence_until.0,
        enforced: answer.enforced,
    }
}

fn reason(reason: theirs::Reason) -> Reason {
    match reason {
        theirs::Reason::Unavailable => Reason::Unavailable,
        theirs::Reason::Stale => Reason::Stale,
        theirs::Reason::TrunkUnknown => Reason::TrunkUnknown,
        theirs::Reason::TrunkUnauthenticated => Reason::TrunkUnauthenticated,
        theirs::Reason::CustomerNotActive => Reason::CustomerNotActive,
        theirs::Reason::SignedUpstream => Reason::SignedUpstream,
        theirs::Reason::ForeignUsTn => Reason::ForeignUsTn,
        theirs::Reason::EntryPoint => Reason::EntryPoint,
        theirs::Reason::Invalid => Reason::Invalid,
        theirs::Reason::Unallocated => Reason::Unallocated,
        theirs::Reason::Unused => Reason::Unused,
        theirs::Reason::SubscriberDno => Reason::SubscriberDno,
        theirs::Reason::NotAssignable => Reason::NotAssignable,
        theirs::Reason::Diverted => Reason::Diverted,
        theirs::Reason::NotYours => Reason::NotYours,
        theirs::Reason::TnUnknown => Reason::TnUnknown,
        theirs::Reason::TnNotVerified => Reason::TnNotVerified,
        theirs::Reason::HolderNotActive => Reason::HolderNotActive,
        theirs::Reason::FullEvidence => Reason::FullEvidence,
        theirs::Reason::PartialEvidence => Reason::PartialEvidence,
        theirs::Reason::EvidenceExpired => Reason::EvidenceExpired,
        theirs::Reason::RiskCap => Reason::RiskCap,
        theirs::Reason::ReverifyDue => Reason::ReverifyDue,
        theirs::Reason::NumberCap => Reason::NumberCap,
        theirs::Reason::ForeignNumber => Reason::ForeignNumber,
        theirs::Reason::AllocationUnknown => Reason::AllocationUnknown,
        theirs::Reason::TnConflict => Reason::TnConflict,
        theirs::Reason::NotOurNumber => Reason::NotOurNumber,
    }
}
