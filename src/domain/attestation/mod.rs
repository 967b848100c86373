//! The attestation decision (`decision.md`): what is asked, what is known, what is answered, and
//! the one pure function between them.

mod answer;
mod call;
mod case;
mod decide;
mod facts;
mod policy;

pub use answer::{Answer, Attest, Disposition, Reason, Reasons, when_dead};
pub use call::{Call, EMERGENCY, Shown, is_emergency};
pub use case::{BadCase, Case, Expected};
pub use decide::decide;
pub use facts::{
    Cap, CustomerFacts, EvidenceKind, Facts, Grant, GrantView, KindSet, NumberFacts, NumberView,
    PlainFacts, PlainView, Side, TrunkAuth, TrunkFacts, TrunkKind, TrunkMode, TrunkView,
};
pub use policy::{
    AttestationPolicy, BadPolicy, EmergencyList, Freshness, OnStale, RejectOrB, RejectOrC,
};
