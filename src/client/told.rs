//! What a signer saw of a call, and what it is told.

use crate::domain::attestation::{Answer, Disposition, OnStale, is_emergency, when_dead};
use crate::domain::pii::Pii;
use crate::wire::pb;

/// A call as the signer saw it, texts as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The trunk it came in on.
    pub trunk: String,
    /// The very number that will be signed: P-Asserted-Identity, else From.
    pub orig: Pii<String>,
    /// The number called, as dialled.
    pub dest: Pii<String>,
    /// The diverting number; empty if none.
    pub diverting: Pii<String>,
    /// A valid Identity came in with it.
    pub signed: bool,
}

impl From<&Seen> for pb::Call {
    fn from(seen: &Seen) -> Self {
        Self {
            trunk: seen.trunk.clone(),
            orig: seen.orig.as_str().to_owned(),
            dest: seen.dest.as_str().to_owned(),
            diverting: seen.diverting.as_str().to_owned(),
            signed: seen.signed,
        }
    }
}

/// Why Vouch itself did not answer. For logs and alarms; the signer acts on the answer alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Nothing came before the deadline.
    Late,
    /// No connection, or it broke.
    Unreachable,
    /// The key is not known, or may not ask.
    NotAllowed,
    /// The server refused the call; see its own log.
    Refused,
    /// An answer that says nothing: an unset level or disposition, or a level without an origid.
    Malformed,
}

impl Silence {
    pub(super) fn of(status: &tonic::Status) -> Self {
        match status.code() {
            tonic::Code::DeadlineExceeded | tonic::Code::Cancelled => Self::Late,
            tonic::Code::Unavailable | tonic::Code::Unknown => Self::Unreachable,
            tonic::Code::Unauthenticated | tonic::Code::PermissionDenied => Self::NotAllowed,
            _ => Self::Refused,
        }
    }
}

/// What a signer is told of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The answer; act on its disposition.
    pub answer: Answer,
    /// The number to sign, digits only; empty where Vouch did not answer or could not read it.
    pub orig_tn: Pii<String>,
    /// Opaque; for `ExplainAttestation`. Empty on streams and batches.
    pub decision_id: String,
    /// The policy the answer was made under; empty where Vouch did not answer.
    pub policy: String,
    /// Why Vouch did not answer, if it did not.
    pub silence: Option<Silence>,
}

impl Told {
    /// What is told when Vouch does not answer.
    pub(super) fn silent(seen: &Seen, on_stale: OnStale, why: Silence) -> Self {
        Self {
            answer: when_dead(seen.dest.as_str(), on_stale),
            orig_tn: Pii::new(String::new()),
            decision_id: String::new(),
            policy: String::new(),
            silence: Some(why),
        }
    }

    /// What Vouch said. An emergency call goes out even if the server that answered is broken.
    pub(super) fn heard(seen: &Seen, on_stale: OnStale, said: Option<pb::Attestation>) -> Self {
        let read = said.and_then(|said| Some((Answer::try_from(&said).ok()?, said)));
        let Some((mut answer, said)) = read else {
            return Self::silent(seen, on_stale, Silence::Malformed);
        };
        if is_emergency(seen.dest.as_str()) && answer.disposition != Disposition::PassThrough {
            answer.disposition = Disposition::SendEmergency;
        }
        Self {
            answer,
            orig_tn: Pii::new(said.orig_tn),
            decision_id: said.decision_id,
            policy: said.policy,
            silence: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attestation::{Attest, Reason};

    fn seen(dest: &str) -> Seen {
        Seen { trunk: "t".to_owned(), dest: Pii::new(dest.to_owned()), ..Seen::default() }
    }

    fn said(attest: pb::AttestLevel, disposition: pb::Disposition) -> pb::Attestation {
        pb::Attestation {
            attest: attest.into(),
            disposition: disposition.into(),
            reasons: vec![pb::Reason::FullEvidence.into()],
            origid: "018f3f7e-0000-7000-8000-000000000001".to_owned(),
            ..pb::Attestation::default()
        }
    }

    #[test]
    fn an_emergency_call_goes_out_whatever_is_heard() {
        let odd = [
            None,
            Some(pb::Attestation::default()),
            Some(said(pb::AttestLevel::Unspecified, pb::Disposition::Sign)),
            Some(said(pb::AttestLevel::A, pb::Disposition::Reject)),
            Some(said(pb::AttestLevel::None, pb::Disposition::Reject)),
        ];
        for said in odd {
            for dest in ["911", "933"] {
                let told = Told::heard(&seen(dest), OnStale::Reject, said.clone());
                assert_eq!(told.answer.disposition, Disposition::SendEmergency, "{said:?}");
            }
        }
    }

    #[test]
    fn an_answer_that_says_nothing_is_no_permission() {
        for said in [
            None,
            Some(pb::Attestation::default()),
            Some(said(pb::AttestLevel::A, pb::Disposition::Unspecified)),
            Some(said(pb::AttestLevel::Unspecified, pb::Disposition::Sign)),
            Some(pb::Attestation {
                origid: String::new(),
                ..said(pb::AttestLevel::A, pb::Disposition::Sign)
            }),
            Some(said(pb::AttestLevel::None, pb::Disposition::Sign)),
        ] {
            let told = Told::heard(&seen("12126647665"), OnStale::Reject, said.clone());
            assert_eq!(told.answer.attest, Attest::None, "{said:?}");
            assert_eq!(told.answer.disposition, Disposition::Reject, "{said:?}");
            assert_eq!(told.answer.reasons.first(), Reason::Unavailable, "{said:?}");
            assert_eq!(told.silence, Some(Silence::Malformed));
        }
    }
}
