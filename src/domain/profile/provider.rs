//! What a customer is as an organisation, what a provider says of itself, and what the portal saw
//! when the customer signed up.

use serde::{Deserialize, Serialize};

use crate::domain::pii::Pii;
use crate::domain::words::words;

words! {
    /// In what form the customer is organised.
    pub enum OrganizationKind as "kind of organisation" {
        /// One person in business under a name.
        SoleProprietor = "SOLE_PROPRIETOR",
        /// A corporation.
        Corporation = "CORPORATION",
        /// A company with limited liability.
        LimitedCompany = "LIMITED_COMPANY",
        /// A partnership.
        Partnership = "PARTNERSHIP",
        /// An organisation without profit.
        Nonprofit = "NONPROFIT",
        /// A public body.
        PublicBody = "PUBLIC_BODY",
        /// Another form.
        Other = "OTHER",
    }
}

words! {
    /// What the calls are for (R3-03).
    pub enum UseCategory as "kind of use" {
        /// About what a customer of the caller ordered or booked.
        OwnCustomers = "OWN_CUSTOMERS",
        /// Marketing.
        Marketing = "MARKETING",
        /// Education.
        Education = "EDUCATION",
        /// A political campaign.
        Political = "POLITICAL",
        /// Charity.
        Charity = "CHARITY",
        /// Health care.
        Health = "HEALTH",
        /// Collection of debts.
        Collection = "COLLECTION",
        /// Surveys and research.
        Research = "RESEARCH",
        /// Calls of the customer's own customers.
        Resale = "RESALE",
        /// Anything else.
        Other = "OTHER",
    }
}

words! {
    /// What a provider is in the words of the Robocall Mitigation Database (R2-21).
    pub enum RmdRole as "role in the Robocall Mitigation Database" {
        /// Voice service provider.
        VoiceServiceProvider = "VOICE_SERVICE_PROVIDER",
        /// Gateway provider.
        GatewayProvider = "GATEWAY_PROVIDER",
        /// Intermediate provider.
        IntermediateProvider = "INTERMEDIATE_PROVIDER",
    }
}

words! {
    /// How far a provider says it has STIR/SHAKEN (R2-21).
    pub enum ShakenImplementation as "extent of STIR/SHAKEN" {
        /// On its whole network.
        Complete = "COMPLETE",
        /// On a part of it.
        Partial = "PARTIAL",
        /// Nowhere.
        None = "NONE",
    }
}

words! {
    /// How the first payment was made.
    pub enum PaymentMethod as "payment method" {
        /// A card of the customer's.
        Card = "CARD",
        /// A transfer from a bank account.
        BankTransfer = "BANK_TRANSFER",
        /// A debit of a bank account.
        DirectDebit = "DIRECT_DEBIT",
        /// An invoice.
        Invoice = "INVOICE",
        /// A cheque.
        Check = "CHECK",
        /// A prepaid card that names nobody.
        PrepaidCard = "PREPAID_CARD",
        /// A gift card.
        GiftCard = "GIFT_CARD",
        /// A cryptocurrency.
        Cryptocurrency = "CRYPTOCURRENCY",
        /// Cash.
        Cash = "CASH",
    }
}

impl PaymentMethod {
    /// Whether nobody can be found behind it (R2-09).
    pub const fn is_anonymous(self) -> bool {
        matches!(self, Self::PrepaidCard | Self::GiftCard | Self::Cryptocurrency | Self::Cash)
    }
}

/// A provider from which a provider takes calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upstream {
    /// Its name.
    pub name: Pii<String>,
    /// Its FCC registration number; empty if not said.
    pub frn: Pii<String>,
    /// Where it is; empty if not said.
    pub country: String,
}

/// What a customer that is itself a provider says of itself (R2-21, R2-25).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderInfo {
    /// Its roles in the Robocall Mitigation Database.
    pub rmd_roles: Vec<RmdRole>,
    /// How far it has STIR/SHAKEN.
    pub implementation: Option<ShakenImplementation>,
    /// When it last recertified its filing, a date; empty if not said.
    pub last_recertified: String,
    /// From whom it takes calls.
    pub upstreams: Vec<Upstream>,
    /// Parents, subsidiaries and affiliates.
    pub affiliates: Vec<Pii<String>>,
    /// Formal actions on illegal calls in the last two years; empty if there were none.
    pub prior_actions: Pii<String>,
    /// How many levels of resellers it has below itself (R2-28).
    pub resale_depth: u32,
    /// Whether the same clauses bind every reseller below it.
    pub binds_resellers: bool,
    /// Its agent for service of process in the United States; empty if not said.
    pub process_agent: Pii<String>,
}

/// What the portal saw when the customer signed up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignupInfo {
    /// IP address of whoever signed up; empty if not said.
    pub ip: Pii<String>,
    /// How the first payment was made.
    pub payment_method: Option<PaymentMethod>,
    /// What the payment service calls the card or account; empty if not said.
    pub payment_token: Pii<String>,
}
