//! What a signer is told.

use serde::{Deserialize, Serialize, Serializer};

use super::call::is_emergency;
use super::policy::OnStale;
use crate::domain::ids::Origid;
use crate::domain::number::Category;
use crate::domain::time::Ts;

/// A SHAKEN level; a greater one says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Attest {
    /// No level. Never means "send unsigned".
    #[serde(rename = "NONE")]
    None,
    /// Gateway: the point of entry is known.
    C,
    /// Partial: the customer is known.
    B,
    /// Full: customer and number are known.
    A,
}

/// What the signer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Disposition {
    /// Sign with the level and the origid.
    Sign,
    /// Do not originate; SIP 603 and the reason.
    Reject,
    /// Forward the existing Identity unaltered.
    PassThrough,
    /// Route at once, signed if there is a level.
    SendEmergency,
    /// Send without an Identity; only where policy says so in writing.
    SendUnsigned,
}

/// Why an answer is what it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// The table was never complete.
    #[default]
    Unavailable,
    /// What is known may be too old.
    Stale,
    /// No such trunk.
    TrunkUnknown,
    /// How the trunk is authenticated is not recorded.
    TrunkUnauthenticated,
    /// The trunk's owner may not originate calls now.
    CustomerNotActive,
    /// An ingress call came with a valid Identity.
    SignedUpstream,
    /// An ingress call came without one; this is the point of entry.
    EntryPoint,
    /// A call from abroad shows a United States number.
    ForeignUsTn,
    /// The number cannot exist.
    Invalid,
    /// The number's block was given to nobody.
    Unallocated,
    /// No subscriber has the number.
    Unused,
    /// Its subscriber asked that calls showing it be blocked.
    SubscriberDno,
    /// Never a caller's number.
    NotAssignable,
    /// The call was diverted.
    Diverted,
    /// The number belongs to someone else.
    NotYours,
    /// Nobody showed a right to the number; policy refuses.
    TnUnknown,
    /// Nobody showed a right to the number; policy gives B.
    TnNotVerified,
    /// Whoever holds the number may not originate calls now.
    HolderNotActive,
    /// Live evidence that gives A.
    FullEvidence,
    /// Live evidence that gives B.
    PartialEvidence,
    /// There was evidence; it has run out.
    EvidenceExpired,
    /// The owner or the holder is capped.
    RiskCap,
    /// A check of the owner or the holder ran out.
    ReverifyDue,
    /// The number is capped.
    NumberCap,
    /// The number is not of the United States.
    ForeignNumber,
    /// The allocation file is missing or too old.
    AllocationUnknown,
    /// Another holder without a recorded link.
    TnConflict,
    /// Policy gives A to the provider's own numbers only.
    NotOurNumber,
}

impl Reason {
    /// The reason the number gate gives for a category, if that category ends the call.
    pub(super) const fn of_gate(category: Category) -> Option<Self> {
        match category {
            Category::Invalid => Some(Self::Invalid),
            Category::Unallocated => Some(Self::Unallocated),
            Category::Unused => Some(Self::Unused),
            Category::SubscriberDno => Some(Self::SubscriberDno),
            Category::NotAssignable => Some(Self::NotAssignable),
            Category::Assignable | Category::AllocationUnknown => None,
        }
    }
}

/// One evidence reason and the nine caps of step 10.
const MOST_REASONS: usize = 10;

/// The reasons of an answer in their order, without an allocation. The first decides.
#[derive(Clone, Copy)]
pub struct Reasons {
    list: [Reason; MOST_REASONS],
    len: usize,
}

impl Reasons {
    /// Exactly one reason.
    pub fn one(reason: Reason) -> Self {
        let mut reasons = Self { list: [Reason::default(); MOST_REASONS], len: 0 };
        reasons.push(reason);
        reasons
    }

    /// No reason yet.
    pub(super) fn none() -> Self {
        Self { list: [Reason::default(); MOST_REASONS], len: 0 }
    }

    /// Adds one at the end. The steps give at most ten; a longer list keeps its first ten.
    pub(super) fn push(&mut self, reason: Reason) {
        if let Some(slot) = self.list.get_mut(self.len) {
            *slot = reason;
            self.len += 1;
        }
    }

    /// The reasons in order.
    pub fn as_slice(&self) -> &[Reason] {
        self.list.get(..self.len).unwrap_or_default()
    }

    /// The deciding reason.
    pub fn first(&self) -> Reason {
        self.as_slice().first().copied().unwrap_or_default()
    }

    /// The reasons in order, one by one.
    pub fn iter(&self) -> impl Iterator<Item = Reason> + '_ {
        self.as_slice().iter().copied()
    }
}

impl FromIterator<Reason> for Reasons {
    fn from_iter<I: IntoIterator<Item = Reason>>(reasons: I) -> Self {
        let mut list = Self::none();
        reasons.into_iter().for_each(|reason| list.push(reason));
        list
    }
}

impl PartialEq for Reasons {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Reasons {}

impl std::fmt::Debug for Reasons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

impl Serialize for Reasons {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(s)
    }
}

/// The answer for one call at one instant (`decision.md` section 2). Derived, never stored as a
/// setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The level.
    pub attest: Attest,
    /// What the signer does.
    pub disposition: Disposition,
    /// Why; with NONE exactly one.
    pub reasons: Reasons,
    /// What to sign with; absent (empty text in JSON) where there is no level.
    #[serde(serialize_with = "text_or_empty")]
    pub origid: Option<Origid>,
    /// Permission to cache; [`Ts::NEVER`] with NONE.
    pub valid_until: Ts,
    /// Until when the evidence behind A or B lives; else [`Ts::NEVER`].
    pub evidence_until: Ts,
    /// False on a SHADOW trunk: the signer compares, and goes on as before.
    pub enforced: bool,
}

impl Answer {
    /// No level, for one reason.
    pub(super) fn none(disposition: Disposition, reason: Reason) -> Self {
        Self {
            attest: Attest::None,
            disposition,
            reasons: Reasons::one(reason),
            origid: None,
            valid_until: Ts::NEVER,
            evidence_until: Ts::NEVER,
            enforced: true,
        }
    }
}

impl From<OnStale> for Disposition {
    fn from(policy: OnStale) -> Self {
        match policy {
            OnStale::Reject => Self::Reject,
            OnStale::SendUnsigned => Self::SendUnsigned,
        }
    }
}

/// The answer when Vouch cannot be asked at all: no level, UNAVAILABLE; `on_stale` is what the last
/// known policy said ([`OnStale::default`] where none was ever known). An emergency call goes out
/// (rule 13).
pub fn when_dead(dest: &str, on_stale: OnStale) -> Answer {
    let disposition = if is_emergency(dest) { Disposition::SendEmergency } else { on_stale.into() };
    Answer::none(disposition, Reason::Unavailable)
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn text_or_empty<S: Serializer>(origid: &Option<Origid>, s: S) -> Result<S::Ok, S::Error> {
    match origid {
        Some(id) => s.collect_str(id),
        None => s.serialize_str(""),
    }
}
