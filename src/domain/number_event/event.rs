//! The events, and what evidence each of them ends.

use serde::{Deserialize, Serialize};

use super::toll_free::{RespOrg, TollFreeStatus};
use crate::domain::evidence::Kind as EvidenceKind;
use crate::domain::ids::CustomerId;
use crate::domain::number::Tn;
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// What happened to a number.
    pub enum Kind as "number event" {
        /// The provider's inventory gave it to a customer.
        Assigned = "ASSIGNED",
        /// The provider's inventory took it back.
        Unassigned = "UNASSIGNED",
        /// It was ported to the provider, for a customer.
        PortedIn = "PORTED_IN",
        /// It was ported to another provider.
        PortedOut = "PORTED_OUT",
        /// Its subscriber gave it up, wherever it was.
        Disconnected = "DISCONNECTED",
        /// A number that is not the provider's went to another carrier.
        CarrierChanged = "CARRIER_CHANGED",
        /// Another organisation controls the toll-free number.
        ResporgChanged = "RESPORG_CHANGED",
        /// The provider controls the toll-free number, and its record names a customer.
        ResporgRecord = "RESPORG_RECORD",
        /// The organisation that controls the toll-free number authorises a customer.
        ResporgAuthorization = "RESPORG_AUTHORIZATION",
        /// It lies in a range that was allocated to a customer.
        RangeAllocated = "RANGE_ALLOCATED",
    }
}

impl Kind {
    /// The kind of evidence that it gives; none for what only takes.
    pub const fn gives(self) -> Option<EvidenceKind> {
        match self {
            Self::Assigned => Some(EvidenceKind::AssignedByUs),
            Self::PortedIn => Some(EvidenceKind::PortedToUs),
            Self::ResporgRecord | Self::ResporgAuthorization => Some(EvidenceKind::TollfreeResporg),
            Self::RangeAllocated => Some(EvidenceKind::RangeAllocated),
            Self::Unassigned
            | Self::PortedOut
            | Self::Disconnected
            | Self::CarrierChanged
            | Self::ResporgChanged => None,
        }
    }

    /// The word of its journal entry.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Assigned => "number.assigned",
            Self::Unassigned => "number.unassigned",
            Self::PortedIn => "number.ported_in",
            Self::PortedOut => "number.ported_out",
            Self::Disconnected => "number.disconnected",
            Self::CarrierChanged => "number.carrier_changed",
            Self::ResporgChanged => "number.resporg_changed",
            Self::ResporgRecord => "number.resporg_record",
            Self::ResporgAuthorization => "number.resporg_authorization",
            Self::RangeAllocated => "number.range_allocated",
        }
    }

    /// Whether it is about toll-free numbers alone.
    pub const fn toll_free(self) -> bool {
        matches!(self, Self::ResporgChanged | Self::ResporgRecord | Self::ResporgAuthorization)
    }
}

/// Whether the event ends evidence of that kind that is older than the event, whoever has it. What
/// takes the place of its own kind is no end: it is looked at where it is given.
///
/// A port-out ends what the provider's own assignment and port-in gave (`decision.md` section 1).
/// A range has a hole where one of its numbers was ported out, so the allocation ends there too. A
/// port-in is a change of carrier: bills and letters that name the carrier before end.
pub const fn ends(event: Kind, kind: EvidenceKind) -> bool {
    use crate::domain::attestation::EvidenceKind::{
        AssignedByUs, Bill, Loa, PortedToUs, RangeAllocated, TollfreeResporg,
    };
    match event {
        Kind::PortedOut | Kind::Unassigned => {
            matches!(kind, AssignedByUs | PortedToUs | RangeAllocated)
        }
        Kind::Disconnected => true,
        Kind::CarrierChanged | Kind::PortedIn => matches!(kind, Bill | Loa),
        Kind::ResporgChanged => matches!(kind, TollfreeResporg),
        Kind::Assigned
        | Kind::ResporgRecord
        | Kind::ResporgAuthorization
        | Kind::RangeAllocated => false,
    }
}

/// Whether a row of the inventory takes this kind of evidence from others: what it gives to somebody
/// else (`assigned`), or to nobody, is nobody's by an older port either.
pub const fn replaces(assigned: bool, kind: EvidenceKind) -> bool {
    if assigned {
        matches!(kind, EvidenceKind::AssignedByUs | EvidenceKind::PortedToUs)
    } else {
        ends(Kind::Unassigned, kind)
    }
}

/// One event, as a feed tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberEvent {
    /// What happened.
    pub kind: Kind,
    /// To which number.
    pub tn: Tn,
    /// When.
    pub at: Ts,
    /// The feed's own name for it, such as an order: what comes again under it happened once.
    pub reference: String,
    /// For whom; there with what gives evidence.
    pub customer: Option<CustomerId>,
    /// The end of what is given, where it is known.
    pub until: Option<Ts>,
    /// Who controls the toll-free number today.
    pub resporg: Option<RespOrg>,
    /// Who authorises the customer.
    pub authorized_by: Option<RespOrg>,
    /// The status of the toll-free number.
    pub status: Option<TollFreeStatus>,
}

/// Longest reference.
const MAX_REFERENCE: usize = 64;

/// What is missing or wrong in one field of an event: the field and the stable reason.
pub(super) type Fault = (&'static str, &'static str);

impl NumberEvent {
    /// What is wrong with it by itself, at `now`; each field once.
    pub fn faults(&self, now: Ts) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.at > now {
            faults.push(("at", "FUTURE"));
        }
        if self.reference.is_empty() {
            faults.push(("reference", "REQUIRED"));
        } else if self.reference.len() > MAX_REFERENCE {
            faults.push(("reference", "TOO_LONG"));
        }
        if self.kind.gives().is_some() && self.customer.is_none() {
            faults.push(("customer_id", "REQUIRED"));
        }
        if self.until.is_some_and(|until| until <= self.at) {
            faults.push(("until", "BEFORE_START"));
        }
        if self.kind.toll_free() {
            if !self.tn.is_toll_free() {
                faults.push(("number", "NOT_TOLL_FREE"));
            }
            if self.resporg.is_none() {
                faults.push(("resporg", "REQUIRED"));
            }
            if self.kind.gives().is_some() && self.status.is_none() {
                faults.push(("status", "REQUIRED"));
            }
            if self.kind == Kind::ResporgAuthorization && self.authorized_by.is_none() {
                faults.push(("authorized_by", "REQUIRED"));
            }
        }
        faults
    }
}

/// Most numbers of one range: a thousands-block.
const MAX_RANGE: u32 = 1_000;

/// The numbers that an event is about: its own, or with a range as many as it counts, all in one
/// exchange. Otherwise the stable reason why not; 0 counts as 1.
pub fn run_of(event: &NumberEvent, count: u32) -> Result<Vec<Tn>, &'static str> {
    let count = count.max(1);
    if count > 1 && event.kind != Kind::RangeAllocated {
        return Err("COUNT_ONLY_OF_RANGES");
    }
    if count > MAX_RANGE {
        return Err("RANGE_TOO_LARGE");
    }
    let exchange = event.tn.nanp();
    let number = |nth: u32| {
        let tn = Tn::from_digits(event.tn.as_u64() + u64::from(nth)).ok();
        tn.filter(|tn| nth == 0 || (exchange.is_some() && tn.nanp() == exchange))
    };
    (0..count).map(number).collect::<Option<_>>().ok_or("RANGE_CROSSES_EXCHANGE")
}
