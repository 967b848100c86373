//! How long evidence lives, and what ends it before (`decision.md` section 1).

use super::record::{Detail, Kind};
use crate::domain::name::{Name, Schema};
use crate::domain::policy::EvidenceRules;
use crate::domain::time::{Span, Ts};

/// Why a piece of evidence cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceRefusal {
    /// A letter or a bill without a date.
    #[error("say when the letter was signed, or of which day the bill is")]
    NoDate,
    /// A date that has not come.
    #[error("the date lies in the future")]
    Future,
    /// Too old to be looked at.
    #[error("the letter or bill is too old; ask for a new one")]
    TooOld,
    /// The customer's own word.
    #[error("the customer's own word is no evidence")]
    SelfCertified,
    /// A kind that only a feed or a proof gives.
    #[error("this kind comes from a feed or a proof of a key; it cannot be handed in")]
    NotHandedIn,
}

impl EvidenceRefusal {
    /// The stable reason for error details.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoDate => "EVIDENCE_DATE_REQUIRED",
            Self::Future => "EVIDENCE_DATE_FUTURE",
            Self::TooOld => "EVIDENCE_TOO_OLD",
            Self::SelfCertified => "CUSTOMER_SELF_CERT",
            Self::NotHandedIn => "EVIDENCE_NOT_HANDED_IN",
        }
    }
}

fn days(n: u32) -> Span {
    Span::days(i64::from(n))
}

/// From when on a piece that was handed in, called back or left behind by a port no longer counts,
/// if it is verified now.
pub fn expires(
    kind: Kind,
    detail: &Detail,
    rules: &EvidenceRules,
    now: Ts,
) -> Result<Ts, EvidenceRefusal> {
    let dated = |within: u32, life: u32| {
        let signed = detail.signed_at.ok_or(EvidenceRefusal::NoDate)?;
        if signed > now {
            Err(EvidenceRefusal::Future)
        } else if now.since(signed) > days(within) || now >= signed.plus(days(life)) {
            Err(EvidenceRefusal::TooOld)
        } else {
            Ok(signed.plus(days(life)))
        }
    };
    match kind {
        Kind::Loa => dated(rules.loa_signed_within_days, rules.loa_days),
        Kind::Bill => dated(rules.bill_days, rules.bill_days),
        Kind::Callback => Ok(now.plus(days(rules.callback_days))),
        Kind::PortedOut => Ok(now.plus(days(rules.ported_out_days))),
        Kind::CustomerSelfCert => Err(EvidenceRefusal::SelfCertified),
        Kind::AssignedByUs
        | Kind::RangeAllocated
        | Kind::PortedToUs
        | Kind::TollfreeResporg
        | Kind::DelegateCert => Err(EvidenceRefusal::NotHandedIn),
    }
}

/// From when on a row of an own feed no longer counts: the end of the assignment, or the feed's
/// last completion and its greatest age, whichever is earlier.
pub fn feed_expires(assigned_until: Option<Ts>, completed: Ts, rules: &EvidenceRules) -> Ts {
    completed.plus(days(rules.feed_max_age_days)).min(assigned_until.unwrap_or(Ts::FOREVER))
}

/// What a letter is: one that the customer signed for itself is its own word.
pub fn letter_kind(signed_by: &str, legal_name: &str) -> Kind {
    let folded = |name: &str| Name::read(name, Schema::Firm).ok().map(|n| n.joined());
    match (folded(signed_by), folded(legal_name)) {
        (Some(signer), Some(customer)) if signer != customer => Kind::Loa,
        _ => Kind::CustomerSelfCert,
    }
}
