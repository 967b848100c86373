//! The profile itself. Everything in it may name or reach a person, so texts are [`Pii`].

use serde::{Deserialize, Serialize};

use super::kind::IdentifierKind;
use super::provider::{OrganizationKind, ProviderInfo, SignupInfo, UseCategory};
use crate::domain::ids::ContactId;
use crate::domain::number::Tn;
use crate::domain::pii::Pii;
use crate::domain::words::words;

words! {
    /// What kind of place an address is (R3-04).
    pub enum AddressKind as "address kind" {
        /// Premises of the customer's own.
        DedicatedPremises = "DEDICATED_PREMISES",
        /// The home of the owner or of a manager.
        HomeOffice = "HOME_OFFICE",
        /// A shared office with space that belongs to the customer alone.
        SharedDedicated = "SHARED_DEDICATED",
        /// A shared office without space of its own.
        SharedNoDedicated = "SHARED_NO_DEDICATED",
        /// A virtual office.
        VirtualOffice = "VIRTUAL_OFFICE",
        /// A post office box.
        PoBox = "PO_BOX",
        /// A commercial mail receiving agency or mail forwarder.
        MailForwarding = "MAIL_FORWARDING",
        /// The address of a registered agent.
        RegisteredAgent = "REGISTERED_AGENT",
        /// A data centre or hosted server.
        DataCenter = "DATA_CENTER",
        /// A hotel or other lodging.
        Lodging = "LODGING",
    }
}

impl AddressKind {
    /// Whether such a place can be the physical address (R3-04: only the first three).
    pub const fn is_physical(self) -> bool {
        matches!(self, Self::DedicatedPremises | Self::HomeOffice | Self::SharedDedicated)
    }
}

words! {
    /// How service is paid (R3-09).
    pub enum BillingModel as "billing model" {
        /// Paid before calls are placed.
        Prepaid = "PREPAID",
        /// Paid afterwards.
        Postpaid = "POSTPAID",
    }
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Street and number.
    pub lines: Vec<Pii<String>>,
    /// City.
    pub city: Pii<String>,
    /// State or province; in the United States its two letters.
    pub region: Pii<String>,
    /// Postal code.
    pub postal_code: Pii<String>,
    /// ISO 3166-1 alpha-2 country; empty if not said.
    pub country: String,
    /// What kind of place it is, as the customer says.
    pub kind: Option<AddressKind>,
}

/// An identifier that a government, a registry or the industry gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// What kind.
    pub kind: IdentifierKind,
    /// The identifier itself; of a person's number the last four digits, once it has its token.
    pub value: Pii<String>,
    /// Who issued it where the kind does not say: `US-DE` or a country; empty if not said.
    #[serde(default)]
    pub issuing_region: String,
    /// What stands for a person's number; empty for every other kind.
    #[serde(default, skip_serializing_if = "nothing")]
    pub token: Pii<String>,
}

/// What came later and says nothing is not written, so that the journal of an older version still
/// tells the same text.
fn nothing(text: &Pii<String>) -> bool {
    text.expose().is_empty()
}

/// A person or desk that can be reached at the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Given by Vouch; absent for a contact that is new.
    pub id: Option<ContactId>,
    /// Name of the person or desk.
    pub name: Pii<String>,
    /// Role in the company.
    pub role_title: Pii<String>,
    /// E-mail address.
    pub email: Pii<String>,
    /// Telephone number in E.164.
    pub phone: Pii<String>,
    /// May sign agreements for the customer.
    pub authorized_signer: bool,
    /// Department; empty if not said.
    #[serde(skip_serializing_if = "nothing")]
    pub department: Pii<String>,
}

/// How many calls the customer says it will place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeclaredVolume {
    /// Calls a second at the peak.
    pub peak_cps: u32,
    /// Calls that run at the same time.
    pub concurrent_paths: u32,
    /// Calls a day.
    pub calls_per_day: u32,
    /// How many caller numbers it will show; none if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct_caller_ids: Option<u32>,
    /// A dialer places the calls, or they sell something; none if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_dialer: Option<bool>,
}

/// Someone who owns a share of the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BeneficialOwner {
    /// Full name.
    pub name: Pii<String>,
    /// Share in percent.
    pub share_percent: u32,
    /// Date of birth; empty if not said.
    #[serde(skip_serializing_if = "nothing")]
    pub birth_date: Pii<String>,
    /// Nationality, a country; empty if not said.
    #[serde(skip_serializing_if = "nothing")]
    pub nationality: Pii<String>,
}

/// What a customer says of itself. A draft may leave anything empty; what is required is said by
/// the policy, as requirements. Sealed at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Legal name as registered.
    pub legal_name: Pii<String>,
    /// Trade names.
    pub trade_names: Vec<Pii<String>>,
    /// Names the company had before.
    pub previous_names: Vec<Pii<String>>,
    /// Where it was formed: `US-DE`, or an ISO 3166-1 country other than `US`; empty if not said.
    pub incorporation_jurisdiction: String,
    /// Where the business is.
    pub physical_address: Option<Address>,
    /// Identifiers.
    pub identifiers: Vec<Identifier>,
    /// What the customer does.
    pub nature_of_business: Pii<String>,
    /// NAICS code; empty if not said.
    pub naics: String,
    /// Website; empty if not said.
    pub website: Pii<String>,
    /// Contacts.
    pub contacts: Vec<Contact>,
    /// A number other than that of every contact, in E.164; empty if not said.
    pub alternate_phone: Pii<String>,
    /// What the calls are for.
    pub intended_use: Pii<String>,
    /// How many calls.
    pub declared_volume: Option<DeclaredVolume>,
    /// Addresses or networks the calls come from.
    pub originating_ips: Vec<Pii<String>>,
    /// Caller name to show (CNAM); empty if not said.
    pub caller_name: Pii<String>,
    /// Owners of a quarter or more.
    pub beneficial_owners: Vec<BeneficialOwner>,
    /// What is said in the calls; empty if not said.
    pub call_script: Pii<String>,
    /// How service is paid.
    pub billing_model: Option<BillingModel>,
    /// In what form it is organised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_kind: Option<OrganizationKind>,
    /// Registered trademarks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trademarks: Vec<Pii<String>>,
    /// What the calls are for, as one of a few kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_category: Option<UseCategory>,
    /// What a provider says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderInfo>,
    /// What the portal saw at sign-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signup: Option<SignupInfo>,
}

impl Profile {
    /// Whether `channel` is a phone, mailbox or site that the profile itself names: what is reached
    /// there proves nothing of the firm.
    pub fn names_channel(&self, channel: &str) -> bool {
        let same =
            |named: &str| !named.is_empty() && named.trim().eq_ignore_ascii_case(channel.trim());
        let tn = Tn::parse(channel).ok();
        let phone = |named: Option<Tn>| tn.is_some() && named == tn;
        phone(self.alternate_tn())
            || same(self.alternate_phone.expose())
            || same(self.website.expose())
            || self
                .contacts
                .iter()
                .any(|c| phone(c.tn()) || same(c.phone.expose()) || same(c.email.expose()))
    }

    /// The contact with that id.
    pub fn contact(&self, id: ContactId) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.id == Some(id))
    }

    /// The alternate number, if it is one.
    pub fn alternate_tn(&self) -> Option<Tn> {
        Tn::parse(self.alternate_phone.expose()).ok()
    }

    /// The identifier of that kind, if there is one.
    pub fn identifier(&self, kind: IdentifierKind) -> Option<&Identifier> {
        self.identifiers.iter().find(|i| i.kind == kind)
    }

    /// The first tax number of the organisation.
    pub fn tax_id(&self) -> Option<&Identifier> {
        self.identifiers.iter().find(|i| i.kind.is_tax_id())
    }
}

impl Contact {
    /// The telephone number, if it is one.
    pub fn tn(&self) -> Option<Tn> {
        Tn::parse(self.phone.expose()).ok()
    }
}
