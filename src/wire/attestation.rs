//! Calls and answers on the wire. Every call can be read: what cannot name a number or a trunk is
//! answered as such, so that no fault of a caller's text can hold up an emergency call (rule 13).

use crate::domain::attestation::{Answer, Attest, Call, Cap, Disposition, Reason, Shown};
use crate::domain::number::Tn;
use crate::domain::time::Ts;
use crate::wire::pb;
use crate::wire::validate::Choice;

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
            orig_tn: call.orig.tn().map(Tn::digits).unwrap_or_default(),
            valid_until: answer.valid_until.0,
            evidence_until: answer.evidence_until.0,
            enforced: answer.enforced,
            decision_id: String::new(),
            policy: policy.to_owned(),
        }
    }
}

/// What came is no answer: a value is unset or unknown, or a level stands without an origid or
/// against its disposition. Never a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's answer is not one; check that client and server are of one version")]
pub struct NoAnswer;

impl TryFrom<&pb::Attestation> for Answer {
    type Error = NoAnswer;

    fn try_from(said: &pb::Attestation) -> Result<Self, NoAnswer> {
        fn read<T: Choice>(value: i32) -> Result<T, NoAnswer> {
            T::Wire::try_from(value).ok().and_then(T::from_wire).ok_or(NoAnswer)
        }
        let attest: Attest = read(said.attest)?;
        let disposition: Disposition = read(said.disposition)?;
        let origid = match said.origid.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_bad| NoAnswer)?),
        };
        let level = attest != Attest::None;
        let signs = disposition == Disposition::Sign;
        if said.reasons.is_empty() || level != origid.is_some() || (signs && !level) {
            return Err(NoAnswer);
        }
        Ok(Self {
            attest,
            disposition,
            reasons: said.reasons.iter().map(|r| read(*r)).collect::<Result<_, _>>()?,
            origid,
            valid_until: Ts(said.valid_until),
            evidence_until: Ts(said.evidence_until),
            enforced: said.enforced,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attestation::{OnStale, when_dead};
    use crate::wire::choice::assert_words;

    #[test]
    fn levels_dispositions_and_reasons_have_the_words_of_the_decision() {
        assert_eq!(assert_words::<Attest>("ATTEST_LEVEL_"), 4);
        assert_eq!(assert_words::<Disposition>("DISPOSITION_"), 5);
        assert_eq!(assert_words::<Reason>("REASON_"), 28);
    }

    #[test]
    fn every_call_can_be_read() {
        let huge = "9".repeat(10 << 20);
        let cases = [
            ("+1 (212) 664-7665", Some("12126647665")),
            (" 12126647665", Some("12126647665")),
            ("\u{0661}\u{0662}\u{0661}26647665", None),
            ("anonymous", None),
            ("", None),
            (huge.as_str(), None),
        ];
        for (text, digits) in cases {
            let call =
                pb::Call { orig: text.to_owned(), dest: "911".to_owned(), ..pb::Call::default() };
            let call = Call::from(&call);
            assert_eq!(call.orig.tn().map(Tn::digits).as_deref(), digits);
            assert_eq!(call.diverting, None);
        }
        let blank = pb::Call { diverting: "  ".to_owned(), ..pb::Call::default() };
        assert_eq!(Call::from(&blank).diverting, None);
        let odd = pb::Call { diverting: "odd".to_owned(), ..pb::Call::default() };
        assert_eq!(Call::from(&odd).diverting, Some(Shown::Unreadable));
    }

    #[test]
    fn an_answer_is_told_whole() {
        let call = pb::Call { orig: "+12126647665".to_owned(), ..pb::Call::default() };
        let told =
            pb::Attestation::of(&when_dead("911", OnStale::Reject), &Call::from(&call), "P/1");
        assert_eq!(told.attest(), pb::AttestLevel::None);
        assert_eq!(told.disposition(), pb::Disposition::SendEmergency);
        assert_eq!(told.reasons().collect::<Vec<_>>(), [pb::Reason::Unavailable]);
        assert_eq!((told.origid.as_str(), told.orig_tn.as_str()), ("", "12126647665"));
        assert_eq!((told.valid_until, told.evidence_until), (0, 0));
        assert_eq!(told.policy, "P/1");
    }
}
