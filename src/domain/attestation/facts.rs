//! What is known about a call's trunk, customers and numbers: the plain form, and the view that
//! the decision reads, which the table in memory implements too.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::answer::Attest;
use crate::domain::ids::{CustomerId, Origid};
use crate::domain::number::Category;
use crate::domain::numbering::Placed;
use crate::domain::time::Ts;
use crate::domain::words::words;

words! {
    /// What kind of calls come in on a trunk.
    pub enum TrunkKind as "trunk kind" {
        /// A customer's own calls.
        Customer = "CUSTOMER",
        /// Calls of a reseller's customers.
        Reseller = "RESELLER",
        /// Calls another provider hands over.
        ProviderIngress = "PROVIDER_INGRESS",
        /// Calls entering the network through a gateway.
        GatewayIngress = "GATEWAY_INGRESS",
    }
}

impl TrunkKind {
    /// Whether calls arrive from another network: C at most, or passed through.
    pub const fn is_ingress(self) -> bool {
        matches!(self, Self::ProviderIngress | Self::GatewayIngress)
    }
}

words! {
    /// How a trunk proves who it is.
    pub enum TrunkAuth as "trunk authentication" {
        /// SIP digest.
        Digest = "DIGEST",
        /// Client certificate.
        Mtls = "MTLS",
        /// A list of addresses.
        IpList = "IP_LIST",
        /// Not recorded: nothing is signed.
        None = "NONE",
    }
}

words! {
    /// Whether a signer follows the answers of a trunk.
    pub enum TrunkMode as "trunk mode" {
        /// Answers are compared, and calls go on as before.
        Shadow = "SHADOW",
        /// Answers are followed.
        Enforce = "ENFORCE",
    }
}

/// The highest level something allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cap {
    /// Lowered to B.
    B,
    /// Not lowered.
    A,
}

impl Cap {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

impl From<Cap> for Attest {
    fn from(cap: Cap) -> Self {
        match cap {
            Cap::A => Self::A,
            Cap::B => Self::B,
        }
    }
}

/// What links a number to a customer (`decision.md` section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EvidenceKind {
    /// Our own inventory assigns it: own feed, FULL.
    AssignedByUs,
    /// A range allocated to the customer: own feed, FULL.
    RangeAllocated,
    /// Ported to us for the customer: own feed, FULL.
    PortedToUs,
    /// We are the controlling `RespOrg`, or hold its authorisation: FULL.
    TollfreeResporg,
    /// RFC 9060 delegate certificate with proof of its key: FULL.
    DelegateCert,
    /// Letter of authorisation: FULL only with BILL, CALLBACK and a reviewer.
    Loa,
    /// The bill of the carrier of record.
    Bill,
    /// A code spoken to the number.
    Callback,
    /// It was ours and left: PARTIAL until policy ends it.
    PortedOut,
    /// The customer's own word. Never evidence and never a grant.
    CustomerSelfCert,
}

impl EvidenceKind {
    /// Every kind, in the order of its bit in a [`KindSet`].
    pub const ALL: [Self; 10] = [
        Self::AssignedByUs,
        Self::RangeAllocated,
        Self::PortedToUs,
        Self::TollfreeResporg,
        Self::DelegateCert,
        Self::Loa,
        Self::Bill,
        Self::Callback,
        Self::PortedOut,
        Self::CustomerSelfCert,
    ];

    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AssignedByUs => "ASSIGNED_BY_US",
            Self::RangeAllocated => "RANGE_ALLOCATED",
            Self::PortedToUs => "PORTED_TO_US",
            Self::TollfreeResporg => "TOLLFREE_RESPORG",
            Self::DelegateCert => "DELEGATE_CERT",
            Self::Loa => "LOA",
            Self::Bill => "BILL",
            Self::Callback => "CALLBACK",
            Self::PortedOut => "PORTED_OUT",
            Self::CustomerSelfCert => "CUSTOMER_SELF_CERT",
        }
    }

    /// The kind of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it is the provider's own word.
    pub const fn own_feed(self) -> bool {
        KindSet::EMPTY.with(self).own_feed()
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of evidence kinds, as one mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindSet(u16);

impl KindSet {
    /// No kind at all.
    pub const EMPTY: Self = Self(0);

    const OWN_FEED: u16 = EvidenceKind::AssignedByUs.bit()
        | EvidenceKind::RangeAllocated.bit()
        | EvidenceKind::PortedToUs.bit();

    /// This set and `kind`.
    #[must_use]
    pub const fn with(self, kind: EvidenceKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// Whether `kind` is in the set.
    pub const fn has(self, kind: EvidenceKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Whether any own-feed kind is in the set.
    pub const fn own_feed(self) -> bool {
        self.0 & Self::OWN_FEED != 0
    }

    /// The kinds in the set, in the order of [`EvidenceKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = EvidenceKind> {
        EvidenceKind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }
}

impl FromIterator<EvidenceKind> for KindSet {
    fn from_iter<T: IntoIterator<Item = EvidenceKind>>(kinds: T) -> Self {
        kinds.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl Serialize for KindSet {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for KindSet {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Vec::<EvidenceKind>::deserialize(d)?.into_iter().collect())
    }
}

/// A trunk. `I` names customers: their ids, or short texts in worked cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrunkFacts<I = CustomerId> {
    /// What kind of calls come in.
    pub kind: TrunkKind,
    /// How it proves who it is.
    pub auth: TrunkAuth,
    /// Whose calls they are.
    pub owner: I,
    /// Calls enter from abroad; matters on ingress trunks only.
    #[serde(default)]
    pub foreign: bool,
    /// Whether its answers are followed.
    pub mode: TrunkMode,
    /// What C is signed with.
    pub origid: Origid,
}

/// A customer, as far as a call is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerFacts {
    /// The state is ACTIVE; every other state counts the same.
    #[serde(rename = "state", with = "state_word")]
    pub active: bool,
    /// Not active from here on.
    #[serde(default)]
    pub active_until: Ts,
    /// Capped at B from here on.
    #[serde(default)]
    pub uncapped_until: Ts,
    /// The highest level by risk.
    pub cap: Cap,
    /// What A and B are signed with.
    pub origid: Origid,
}

impl CustomerFacts {
    /// Whether the customer may originate calls at `now` (rule 2).
    pub fn is_effective(&self, now: Ts) -> bool {
        self.active && now < self.active_until
    }
}

/// A number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberFacts<I = CustomerId> {
    /// What the number gate knows.
    pub category: Category,
    /// Not of the United States.
    #[serde(default)]
    pub foreign: bool,
    /// The highest level a reviewer allows.
    pub cap: Cap,
    /// Who may use it by verified evidence; at most one grant a holder.
    #[serde(default = "Vec::new")]
    pub grants: Vec<Grant<I>>,
}

impl<I> NumberFacts<I> {
    /// What is known of a number that nobody has anything on.
    pub const fn placed(Placed { category, foreign }: Placed) -> Self {
        Self { category, foreign, cap: Cap::A, grants: Vec::new() }
    }
}

/// What verified evidence gives one customer on one number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Grant<I = CustomerId> {
    /// Whose evidence it is.
    pub holder: I,
    /// The verified kinds.
    pub kinds: KindSet,
    /// FULL before this instant; [`Ts::NEVER`] if it never was.
    #[serde(default)]
    pub full_until: Ts,
    /// PARTIAL before this instant; no order between the two.
    #[serde(default)]
    pub partial_until: Ts,
    /// Customers it was lent to, directly or along a recorded chain.
    #[serde(default = "Vec::new")]
    pub delegated_to: Vec<I>,
}

/// Which number of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The number that will be signed.
    Orig,
    /// The number that diverted the call.
    Diverting,
}

/// A trunk as the decision reads it.
#[derive(Clone, Copy, Debug)]
pub struct TrunkView<W> {
    /// What kind of calls come in.
    pub kind: TrunkKind,
    /// How it proves who it is.
    pub auth: TrunkAuth,
    /// Whose calls they are.
    pub owner: W,
    /// Calls enter from abroad.
    pub foreign: bool,
    /// Whether its answers are followed.
    pub mode: TrunkMode,
    /// What C is signed with.
    pub origid: Origid,
}

/// A number as the decision reads it.
#[derive(Clone, Copy, Debug)]
pub struct NumberView {
    /// What the number gate knows.
    pub category: Category,
    /// Not of the United States.
    pub foreign: bool,
    /// The highest level a reviewer allows.
    pub cap: Cap,
    /// How many grants there are.
    pub grants: usize,
}

impl NumberView {
    /// A text that is no number: the gate ends the call.
    pub const INVALID: Self =
        Self { category: Category::Invalid, foreign: false, cap: Cap::A, grants: 0 };
}

/// A grant as the decision reads it.
#[derive(Clone, Copy, Debug)]
pub struct GrantView<W> {
    /// Whose evidence it is.
    pub holder: W,
    /// The verified kinds.
    pub kinds: KindSet,
    /// FULL before this instant.
    pub full_until: Ts,
    /// PARTIAL before this instant.
    pub partial_until: Ts,
}

/// The facts of one call, however they are kept.
pub trait Facts {
    /// Names a customer within these facts.
    type Who: Copy + Eq;

    /// The call's trunk, if it is known.
    fn trunk(&self) -> Option<TrunkView<Self::Who>>;

    /// A customer, if it is known.
    fn customer(&self, who: Self::Who) -> Option<CustomerFacts>;

    /// Whether `a`'s id sorts before `b`'s, bytewise.
    fn precedes(&self, a: Self::Who, b: Self::Who) -> bool;

    /// A number of the call.
    fn number(&self, side: Side) -> NumberView;

    /// Grant `index` of that number; there are [`NumberView::grants`] of them.
    fn grant(&self, side: Side, index: usize) -> Option<GrantView<Self::Who>>;

    /// Whether grant `index` of that number was lent to `to`.
    fn lent(&self, side: Side, index: usize, to: Self::Who) -> bool;
}

/// The facts of one call in plain form.
#[derive(Clone, Debug)]
pub struct PlainFacts<I = CustomerId> {
    /// The trunk, if known.
    pub trunk: Option<TrunkFacts<I>>,
    /// Every customer that is known.
    pub customers: BTreeMap<I, CustomerFacts>,
    /// The number that will be signed.
    pub orig: NumberFacts<I>,
    /// The diverting number, if the call was diverted.
    pub diverting: Option<NumberFacts<I>>,
}

impl<I: Ord> PlainFacts<I> {
    /// The view that `decide` reads.
    pub const fn view(&self) -> PlainView<'_, I> {
        PlainView(self)
    }

    const fn side(&self, side: Side) -> Option<&NumberFacts<I>> {
        match side {
            Side::Orig => Some(&self.orig),
            Side::Diverting => self.diverting.as_ref(),
        }
    }
}

/// [`PlainFacts`] as [`Facts`].
#[derive(Clone, Copy, Debug)]
pub struct PlainView<'a, I>(&'a PlainFacts<I>);

impl<'a, I: Ord> Facts for PlainView<'a, I> {
    type Who = &'a I;

    fn trunk(&self) -> Option<TrunkView<&'a I>> {
        self.0.trunk.as_ref().map(|t| TrunkView {
            kind: t.kind,
            auth: t.auth,
            owner: &t.owner,
            foreign: t.foreign,
            mode: t.mode,
            origid: t.origid,
        })
    }

    fn customer(&self, who: &'a I) -> Option<CustomerFacts> {
        self.0.customers.get(who).copied()
    }

    fn precedes(&self, a: &'a I, b: &'a I) -> bool {
        a < b
    }

    fn number(&self, side: Side) -> NumberView {
        self.0.side(side).map_or(NumberView::INVALID, |n| NumberView {
            category: n.category,
            foreign: n.foreign,
            cap: n.cap,
            grants: n.grants.len(),
        })
    }

    fn grant(&self, side: Side, index: usize) -> Option<GrantView<&'a I>> {
        self.0.side(side)?.grants.get(index).map(|g| GrantView {
            holder: &g.holder,
            kinds: g.kinds,
            full_until: g.full_until,
            partial_until: g.partial_until,
        })
    }

    fn lent(&self, side: Side, index: usize, to: &'a I) -> bool {
        let grant = self.0.side(side).and_then(|n| n.grants.get(index));
        grant.is_some_and(|g| g.delegated_to.contains(to))
    }
}

mod state_word {
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(super) fn serialize<S: Serializer>(active: &bool, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(if *active { "ACTIVE" } else { "NOT_ACTIVE" })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
        Ok(String::deserialize(d)? == "ACTIVE")
    }
}
