//! A letter, a bill and a call-back that together give FULL: what two people may agree to, and what
//! they may not.

use super::carrier::{BillFault, CarrierOfRecord, bill_faults};
use super::record::{Approval, Detail, Evidence, Kind, State};
use crate::domain::ids::{CustomerId, EvidenceId};
use crate::domain::time::Ts;

/// The members, by what they are.
pub const MEMBERS: [Kind; 3] = [Kind::Loa, Kind::Bill, Kind::Callback];

/// Why a bundle cannot be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum BundleFault {
    /// A member is not there: it is of another customer or number, or ended.
    #[error("a letter, a bill and a call-back of this customer on this number are needed")]
    Missing(Kind),
    /// A member waits for a reviewer.
    #[error("a member waits for its review; review it first")]
    Pending(Kind),
    /// A member ran out.
    #[error("a member ran out; ask for a new one")]
    Expired(Kind),
    /// The letter was never read against the record.
    #[error("the letter was taken without a reading; review it first")]
    LetterNotRead,
    /// No passed check stands behind the legal name.
    #[error("the legal name is not verified; a passed EXISTENCE or TAX_ID_TO_NAME check is needed")]
    NameNotVerified,
    /// Nobody but the customer has said who serves the number, or too long ago.
    #[error("the carrier of record is not known, or was looked up too long ago; record it anew")]
    CarrierUnknown,
    /// Another carrier than the bill's serves the number.
    #[error("the bill's carrier is not the carrier of record")]
    CarrierMismatch,
    /// The bill is made out to another name.
    #[error("the name on the bill is not the verified legal name")]
    NameMismatch,
}

impl BundleFault {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing(_) => "MEMBER_MISSING",
            Self::Pending(_) => "MEMBER_PENDING",
            Self::Expired(_) => "MEMBER_EXPIRED",
            Self::LetterNotRead => "LETTER_NOT_REVIEWED",
            Self::NameNotVerified => "NAME_NOT_VERIFIED",
            Self::CarrierUnknown => "CARRIER_UNKNOWN",
            Self::CarrierMismatch => "CARRIER_MISMATCH",
            Self::NameMismatch => "NAME_MISMATCH",
        }
    }
}

impl From<BillFault> for BundleFault {
    fn from(fault: BillFault) -> Self {
        match fault {
            BillFault::CarrierUnknown => Self::CarrierUnknown,
            BillFault::CarrierMismatch => Self::CarrierMismatch,
            BillFault::NameMismatch => Self::NameMismatch,
        }
    }
}

/// What a bundle is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// The legal name, if a passed check stands behind it.
    pub legal_name: Option<&'a str>,
    /// Who serves the number, if it was looked up lately.
    pub carrier: Option<&'a CarrierOfRecord>,
    /// Now.
    pub now: Ts,
}

/// Everything that speaks against approving these pieces of one number together.
pub fn bundle_faults(
    evidence: &[Evidence],
    members: &[EvidenceId],
    grounds: Grounds<'_>,
) -> Vec<BundleFault> {
    let member = |kind: Kind| {
        let mine = evidence.iter().filter(|piece| piece.customer == grounds.customer);
        mine.filter(|piece| members.contains(&piece.id)).find(|piece| piece.kind == kind)
    };
    let mut faults = Vec::new();
    for kind in MEMBERS {
        faults.extend(match member(kind).map(|piece| piece.state(grounds.now)) {
            Some(State::Live) => None,
            Some(State::Pending) => Some(BundleFault::Pending(kind)),
            Some(State::Expired) => Some(BundleFault::Expired(kind)),
            Some(State::Revoked) | None => Some(BundleFault::Missing(kind)),
        });
    }
    if member(Kind::Loa).is_some_and(|letter| letter.detail.reading.is_none()) {
        faults.push(BundleFault::LetterNotRead);
    }
    match (member(Kind::Bill), grounds.legal_name) {
        (Some(bill), Some(name)) => {
            let told = bill_faults(&bill.detail, name, grounds.carrier);
            faults.extend(told.into_iter().map(BundleFault::from));
        }
        (_, None) => faults.push(BundleFault::NameNotVerified),
        (None, Some(_)) => {}
    }
    faults
}

/// The letter with the approval in it, under an id of its own: it takes the place of the one that
/// was looked at, and with it the approval ends.
pub fn approve(
    letter: &Evidence,
    id: EvidenceId,
    members: &[EvidenceId],
    until: Ts,
    by: &str,
) -> Evidence {
    let others = members.iter().copied().filter(|member| *member != letter.id);
    let members = others.chain([id]).collect();
    Evidence {
        id,
        detail: Detail { approval: Some(Approval { members, until }), ..letter.detail.clone() },
        by: by.to_owned(),
        ..letter.clone()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{Reading, grant};
    use super::*;
    use crate::domain::ids::NumberId;
    use crate::domain::pii::Pii;

    fn piece(nth: u128, kind: Kind) -> Evidence {
        Evidence {
            id: EvidenceId(Uuid::from_u128(nth)),
            number: NumberId(Uuid::from_u128(9)),
            customer: CustomerId(Uuid::from_u128(1)),
            kind,
            source: "test".to_owned(),
            detail: Detail {
                party: Pii::new("Heron Lake Supply LLC".to_owned()),
                carrier: Pii::new("Great Lakes Telephone".to_owned()),
                reading: (kind == Kind::Loa).then(Reading::default),
                ..Detail::default()
            },
            document: None,
            verified_at: Ts(1),
            expires_at: Ts(90),
            revoked_at: None,
            by: "user:1".to_owned(),
        }
    }

    fn whole() -> Vec<Evidence> {
        MEMBERS.into_iter().zip(1..).map(|(kind, nth)| piece(nth, kind)).collect()
    }

    fn faults(evidence: &[Evidence], change: impl FnOnce(&mut Grounds<'_>)) -> Vec<BundleFault> {
        let carrier = CarrierOfRecord {
            name: "Great Lakes Telephone Co".to_owned(),
            ocn: String::new(),
            source: "NANPA".to_owned(),
            as_of: Ts(1),
        };
        let mut grounds = Grounds {
            customer: CustomerId(Uuid::from_u128(1)),
            legal_name: Some("HERON LAKE SUPPLY, LLC"),
            carrier: Some(&carrier),
            now: Ts(5),
        };
        change(&mut grounds);
        let members: Vec<_> = (1..4).map(|nth| EvidenceId(Uuid::from_u128(nth))).collect();
        bundle_faults(evidence, &members, grounds)
    }

    #[test]
    fn a_bundle_needs_all_of_it() {
        use BundleFault as F;
        assert_eq!(faults(&whole(), |_| ()), []);
        for (index, kind) in MEMBERS.into_iter().enumerate() {
            let with = |change: fn(&mut Evidence)| {
                let mut pieces = whole();
                change(&mut pieces[index]);
                faults(&pieces, |_| ())
            };
            let mut less = whole();
            less.remove(index);
            assert_eq!(faults(&less, |_| ()), [F::Missing(kind)]);
            assert_eq!(with(|p| p.verified_at = Ts::NEVER), [F::Pending(kind)]);
            assert_eq!(with(|p| p.expires_at = Ts(5)), [F::Expired(kind)]);
            assert_eq!(with(|p| p.revoked_at = Some(Ts(2))), [F::Missing(kind)]);
            assert_eq!(with(|p| p.id = EvidenceId(Uuid::from_u128(77))), [F::Missing(kind)]);
            let theirs = with(|p| p.customer = CustomerId(Uuid::from_u128(2)));
            assert_eq!(theirs, [F::Missing(kind)]);
        }
        let mut unread = whole();
        unread[0].detail.reading = None;
        assert_eq!(faults(&unread, |_| ()), [F::LetterNotRead]);
        assert_eq!(faults(&whole(), |g| g.legal_name = None), [F::NameNotVerified]);
        assert_eq!(faults(&whole(), |g| g.carrier = None), [F::CarrierUnknown]);
        assert_eq!(faults(&whole(), |g| g.legal_name = Some("Other LLC")), [F::NameMismatch]);
        let mut billed = whole();
        billed[1].detail.carrier = Pii::new("Prairie Telephone".to_owned());
        assert_eq!(faults(&billed, |_| ()), [F::CarrierMismatch]);
    }

    #[test]
    fn an_approval_ends_with_each_of_its_members() {
        let mut pieces = whole();
        let members: Vec<_> = pieces.iter().map(|p| p.id).collect();
        let id = EvidenceId(Uuid::from_u128(50));
        let letter = approve(&pieces[0], id, &members, Ts(60), "user:2");
        pieces[0] = letter;
        let full = |pieces: &[Evidence]| {
            grant(CustomerId(Uuid::from_u128(1)), pieces).map(|g| g.full_until)
        };
        assert_eq!(full(&pieces), Some(Ts(60)));
        for gone in 0..3 {
            let mut less = pieces.clone();
            less.remove(gone);
            assert_eq!(full(&less), Some(Ts::NEVER));
        }
    }
}
