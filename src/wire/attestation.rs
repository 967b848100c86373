//! Calls and answers on the wire. Every call can be read: what cannot name a number or a trunk is
//! answered as such, so that no fault of a caller's text can hold up an emergency call (rule 13).

use crate::domain::attestation::{Answer, Attest, Call, Cap, Disposition, Reason, Shown};
use crate::wire::pb;

super::choice::pairs! {
    Attest = AttestLevel { Unspecified; A, B, C, None }
    Disposition = Disposition { Unspecified; Sign, Reject, PassThrough, SendEmergency, SendUnsigned }
    Reason = Reason { Unspecified; FullEvidence, PartialEvidence, EvidenceExpired, TnNotVerified,
        TnUnknown, NotYours, HolderNotActive, CustomerNotActive, TrunkUnknown, TrunkUnauthenticated,
        SignedUpstream, EntryPoint, ForeignUsTn, Invalid, Unallocated, Unused, SubscriberDno,
        NotAssignable, Diverted, RiskCap, ReverifyDue, NumberCap, ForeignNumber, AllocationUnknown,
        TnConflict, NotOurNumber, Stale, Unavailable }
}

/// Most calls of one batch.
pub const MAX_BATCH: usize = 1_000;

impl From<Cap> for pb::AttestLevel {
    fn from(cap: Cap) -> Self {
        Attest::from(cap).into()
    }
}

impl<'a> From<&'a pb::Call> for Call<'a> {
    fn from(call: &'a pb::Call) -> Self {
        let diverting = call.diverting.trim();
        Self {
            trunk: &call.trunk,
            orig: Shown::read(&call.orig),
            dest: &call.dest,
            diverting: (!diverting.is_empty()).then(|| Shown::read(diverting)),
            signed: call.signed,
        }
    }
}

impl pb::Attestation {
    /// The answer to `call`, made under `policy`; without a `decision_id`, which unary calls add.
    pub fn of(answer: &Answer, call: &Call<'_>, policy: &str) -> Self {
        Self {
            attest: pb::AttestLevel::from(answer.attest).into(),
            disposition: pb::Disposition::from(answer.disposition).into(),
            reasons: answer.reasons.iter().map(|r| pb::Reason::from(r).into()).collect(),
            origid: answer.origid.map(|id| id.to_string()).unwrap_or_default(),
            orig_tn: call.orig.tn().map(|tn| tn.digits()).unwrap_or_default(),
            valid_until: answer.valid_until.0,
            evidence_until: answer.evidence_until.0,
            enforced: answer.enforced,
            decision_id: String::new(),
            policy: policy.to_owned(),
        }
    }
}
