//! What one event does to one number, from what is known of the number.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::{Kind, NumberEvent, ends};
use super::toll_free::{RespOrg, TollFreeStatus};
use crate::domain::evidence::{Evidence, Kind as EvidenceKind, feed_expires};
use crate::domain::ids::{CustomerId, EvidenceId};
use crate::domain::policy::{EvidenceRules, NumberLife};
use crate::domain::time::{Span, Ts};

/// A number that was given up, before another customer gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aging {
    /// Who had it, where that is known; it may have it again.
    pub customer: Option<CustomerId>,
    /// When it was given up.
    pub since: Ts,
    /// Free from here on.
    pub until: Ts,
}

impl Aging {
    /// The rest of a number that `customer` gave up.
    pub fn of(customer: Option<CustomerId>, since: Ts, life: &NumberLife) -> Self {
        Self { customer, since, until: since.plus(Span::days(i64::from(life.aging_days))) }
    }

    /// Whether this customer cannot have the number now.
    pub fn bars(&self, customer: CustomerId, now: Ts) -> bool {
        now < self.until && self.customer != Some(customer)
    }
}

/// What the provider's inventory says of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockSeen {
    /// Whose it is; none while it is in stock.
    pub customer: Option<CustomerId>,
    /// When the feed said so.
    pub as_of: Ts,
}

/// What is known of the number, and by which rules it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Live rows of everybody.
    pub evidence: &'a [Evidence],
    /// The latest event of each kind.
    pub last: &'a BTreeMap<Kind, Ts>,
    /// This very event was told before: the same reference, of the same time.
    pub told: bool,
    /// The feed, as evidence names it.
    pub source: &'a str,
    /// The live row of the inventory.
    pub stock: Option<StockSeen>,
    /// Its rest, over or not.
    pub aging: Option<Aging>,
    /// The ids under which the provider controls toll-free numbers.
    pub ours: &'a [RespOrg],
    /// Lives of evidence.
    pub evidence_rules: &'a EvidenceRules,
    /// Lives of numbers.
    pub life: &'a NumberLife,
    /// When the feed was complete.
    pub as_of: Ts,
    /// Now.
    pub now: Ts,
}

/// Evidence that an event gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct New {
    /// Whose.
    pub customer: CustomerId,
    /// What it is.
    pub kind: EvidenceKind,
    /// Since when it is so.
    pub since: Ts,
    /// From when on it no longer counts.
    pub until: Ts,
}

/// What becomes of the number's row in the inventory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stocked {
    /// Nothing.
    #[default]
    Keep,
    /// It is this customer's.
    Assign(CustomerId),
    /// It is nobody's.
    Empty,
    /// It is not the provider's any more, or stands under another head.
    Leave,
}

/// What an event does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Evidence that ends.
    pub ends: Vec<EvidenceId>,
    /// Evidence that begins.
    pub adds: Vec<New>,
    /// The row of the inventory.
    pub stock: Stocked,
    /// A rest that begins.
    pub rests: Option<Aging>,
    /// A rest that ends: the number is in use again.
    pub wakes: bool,
    /// Loans end: there is nothing left to lend.
    pub ends_loans: bool,
    /// Only an expiry moves on.
    pub renews: bool,
}

/// Why an event does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Something later is known that this would undo.
    #[error("something later is known of this number; send what holds today")]
    NewerKnown,
    /// The number rests.
    #[error("the number was given up and rests; give it when that is over, or to who had it")]
    Aging(Ts),
    /// The provider's own number does not change its carrier without a port-out.
    #[error("the number is the provider's own; send PORTED_OUT")]
    Ours,
    /// The number is not in service.
    #[error("the number is not WORKING; send the record when it is")]
    NotWorking,
    /// The provider does not control the number.
    #[error("the provider does not control this number; send an authorisation by who does")]
    NotOurResporg,
    /// The authorisation is by somebody else than who controls the number.
    #[error("an authorisation counts only by the organisation that controls the number today")]
    NotControlling,
    /// The event was told before for somebody else.
    #[error("this reference was told for another customer; send a reference of its own")]
    ReferenceUsed,
    /// It is over already.
    #[error("what it gives is over already")]
    Over,
}

impl Refusal {
    /// The stable reason of a row.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NewerKnown => "NEWER_KNOWN",
            Self::Aging(_) => "NUMBER_AGING",
            Self::Ours => "NUMBER_IS_OURS",
            Self::NotWorking => "STATUS_NOT_WORKING",
            Self::NotOurResporg => "RESPORG_NOT_OURS",
            Self::NotControlling => "RESPORG_NOT_CONTROLLING",
            Self::ReferenceUsed => "REFERENCE_USED",
            Self::Over => "EVIDENCE_OVER",
        }
    }
}

/// What the event does; `None` where it was told before and nothing is new.
pub fn judge(event: &NumberEvent, seen: &Seen<'_>) -> Result<Option<Effect>, Refusal> {
    match (event.kind.gives(), event.customer) {
        (Some(kind), Some(customer)) if seen.told => seen.renew(event, kind, customer),
        (Some(kind), Some(customer)) => seen.give(event, kind, customer).map(Some),
        _ if seen.told => Ok(None),
        _ => seen.take(event).map(Some),
    }
}

impl Seen<'_> {
    /// Pieces of these kinds that are not younger than `at`.
    fn older(&self, at: Ts, kinds: impl Fn(&Evidence) -> bool) -> Vec<EvidenceId> {
        let pieces = self.evidence.iter().filter(|piece| piece.since() <= at && kinds(piece));
        pieces.map(|piece| piece.id).collect()
    }

    /// Whether an event is known that ends evidence of this kind which began at `at`. What takes
    /// wins over what gives at the same instant.
    fn outdone(&self, kind: EvidenceKind, at: Ts) -> bool {
        self.last.iter().any(|(event, known)| ends(*event, kind) && *known >= at)
    }

    /// Whether the number is known to be in use after `at`.
    fn overtaken(&self, at: Ts) -> bool {
        let later = |kind| self.last.get(&kind).is_some_and(|known| *known > at);
        self.stock.is_some_and(|stock| stock.as_of > at)
            || [Kind::Assigned, Kind::PortedIn, Kind::RangeAllocated].into_iter().any(later)
    }

    fn take(&self, event: &NumberEvent) -> Result<Effect, Refusal> {
        let at = event.at;
        let live_own = |piece: &Evidence| piece.kind.own_feed() && self.now < piece.expires_at;
        let ours = self.stock.is_some_and(|stock| stock.customer.is_some());
        if event.kind == Kind::CarrierChanged && (ours || self.evidence.iter().any(live_own)) {
            return Err(Refusal::Ours);
        }
        let overtaken = self.overtaken(at);
        let mut effect = Effect {
            ends: self.older(at, |piece| ends(event.kind, piece.kind)),
            ..Effect::default()
        };
        match event.kind {
            Kind::PortedOut => {
                effect.adds = self.left_behind(at);
                if !overtaken && self.stock.is_some() {
                    effect.stock = Stocked::Leave;
                }
            }
            Kind::Disconnected | Kind::Unassigned if !overtaken => {
                let held = self.stock.is_some() || self.holder().is_some();
                if self.stock.is_some() || (held && event.kind == Kind::Unassigned) {
                    effect.stock = Stocked::Empty;
                }
                let rest = Aging::of(self.holder(), at, self.life);
                let longer = self.aging.is_none_or(|known| known.until < rest.until);
                if longer && self.now < rest.until && (held || event.kind == Kind::Disconnected) {
                    effect.rests = Some(rest);
                }
                effect.ends_loans = event.kind == Kind::Disconnected;
            }
            Kind::Disconnected
            | Kind::Unassigned
            | Kind::CarrierChanged
            | Kind::ResporgChanged
            | Kind::Assigned
            | Kind::PortedIn
            | Kind::ResporgRecord
            | Kind::ResporgAuthorization
            | Kind::RangeAllocated => {}
        }
        Ok(effect)
    }

    /// Who has the number by the provider's own word.
    fn holder(&self) -> Option<CustomerId> {
        let stocked = self.stock.and_then(|stock| stock.customer);
        let own = self.evidence.iter().find(|piece| piece.kind.own_feed());
        stocked.or_else(|| own.map(|piece| piece.customer))
    }

    /// What a port-out leaves to whoever had the number by evidence that counted then.
    fn left_behind(&self, at: Ts) -> Vec<New> {
        let until = at.plus(Span::days(i64::from(self.evidence_rules.ported_out_days)));
        if until <= self.now || self.outdone(EvidenceKind::PortedOut, at) {
            return Vec::new();
        }
        let counted = |piece: &&Evidence| {
            ends(Kind::PortedOut, piece.kind)
                && piece.verified_at != Ts::NEVER
                && piece.since() <= at
                && at < piece.expires_at
        };
        let holders: BTreeSet<CustomerId> =
            self.evidence.iter().filter(counted).map(|piece| piece.customer).collect();
        let kind = EvidenceKind::PortedOut;
        holders.into_iter().map(|customer| New { customer, kind, since: at, until }).collect()
    }

    fn give(
        &self,
        event: &NumberEvent,
        kind: EvidenceKind,
        customer: CustomerId,
    ) -> Result<Effect, Refusal> {
        let at = event.at;
        if let Some(aging) = self.aging.filter(|aging| aging.bars(customer, self.now)) {
            return Err(Refusal::Aging(aging.until));
        }
        let later = self.last.get(&event.kind).is_some_and(|known| *known > at)
            || event.kind == Kind::Assigned && self.stock.is_some_and(|stock| stock.as_of > at)
            || self.evidence.iter().any(|piece| piece.kind == kind && piece.since() > at);
        if later || self.outdone(kind, at) {
            return Err(Refusal::NewerKnown);
        }
        if event.kind.toll_free()
            && let Err(refusal) = self.controls(event)
        {
            // The record does not carry what it carried: that ends.
            let ends = self.older(at, |piece| piece.kind == kind);
            return if ends.is_empty() {
                Err(refusal)
            } else {
                Ok(Effect { ends, ..Effect::default() })
            };
        }
        let until = feed_expires(event.until, self.as_of, self.evidence_rules);
        if until <= self.now {
            return Err(Refusal::Over);
        }
        let alone = event.kind != Kind::ResporgAuthorization;
        let replaced = |piece: &Evidence| {
            piece.kind == kind && (alone || piece.customer == customer)
                || ends(event.kind, piece.kind)
        };
        let empty = self.stock.is_some_and(|stock| stock.customer.is_none() && stock.as_of <= at);
        Ok(Effect {
            ends: self.older(at, replaced),
            adds: vec![New { customer, kind, since: at, until }],
            stock: match event.kind {
                Kind::Assigned => Stocked::Assign(customer),
                Kind::PortedIn | Kind::RangeAllocated if empty => Stocked::Leave,
                Kind::PortedIn
                | Kind::RangeAllocated
                | Kind::ResporgRecord
                | Kind::ResporgAuthorization
                | Kind::ResporgChanged
                | Kind::Unassigned
                | Kind::PortedOut
                | Kind::CarrierChanged
                | Kind::Disconnected => Stocked::Keep,
            },
            wakes: self.aging.is_some(),
            ..Effect::default()
        })
    }

    /// Whether the toll-free registry carries what the event says.
    fn controls(&self, event: &NumberEvent) -> Result<(), Refusal> {
        let Some(controls) = event.resporg else { return Err(Refusal::NotControlling) };
        if event.status != Some(TollFreeStatus::Working) {
            Err(Refusal::NotWorking)
        } else if event.kind == Kind::ResporgRecord && !self.ours.contains(&controls) {
            Err(Refusal::NotOurResporg)
        } else if event.kind == Kind::ResporgAuthorization && event.authorized_by != Some(controls)
        {
            Err(Refusal::NotControlling)
        } else {
            Ok(())
        }
    }

    /// The same event in a later feed: what it gave is still so. What has ended stays ended, and
    /// what another event has given is that one's.
    fn renew(
        &self,
        event: &NumberEvent,
        kind: EvidenceKind,
        customer: CustomerId,
    ) -> Result<Option<Effect>, Refusal> {
        let gave = |piece: &&Evidence| {
            let reference = piece.detail.reference.as_str();
            piece.kind == kind && piece.source == self.source && reference == event.reference
        };
        let Some(piece) = self.evidence.iter().find(gave) else { return Ok(None) };
        if piece.customer != customer {
            return Err(Refusal::ReferenceUsed);
        }
        if event.kind.toll_free() && self.controls(event).is_err() {
            return Ok(Some(Effect { ends: vec![piece.id], ..Effect::default() }));
        }
        let fed = feed_expires(event.until, self.as_of, self.evidence_rules);
        // An end that is told earlier than before holds, whatever the feed's age would give.
        let sooner = event.until.filter(|end| *end < piece.expires_at);
        let until = sooner.unwrap_or_else(|| fed.max(piece.expires_at));
        if until == piece.expires_at || (sooner.is_none() && until <= self.now) {
            return Ok(None);
        }
        let new = New { customer, kind, since: piece.since(), until };
        Ok(Some(Effect {
            ends: vec![piece.id],
            adds: (until > self.now).then_some(new).into_iter().collect(),
            renews: true,
            ..Effect::default()
        }))
    }
}
