//! What a customer says of itself (R1-01, R3-02, R3-03): the record, its form, and the claims that
//! checks verify.

mod claim;
mod field;
mod form;
mod form_provider;
mod kind;
mod provider;
mod record;
mod region;
#[cfg(test)]
mod tests;
mod token;

pub use claim::{Claim, ClaimKey, claims};
pub use field::Field;
pub use form::validate;
pub use kind::IdentifierKind;
pub use provider::{
    OrganizationKind, PaymentMethod, ProviderInfo, RmdRole, ShakenImplementation, SignupInfo,
    Upstream, UseCategory,
};
pub use record::{
    Address, AddressKind, BeneficialOwner, BillingModel, Contact, DeclaredVolume, Identifier,
    Profile,
};
