//! The fields of a profile that an update may take one by one.

use super::Profile;
use super::record::Address;
use crate::domain::fault::FieldFault;
use crate::domain::ids::ContactId;
use crate::domain::words::words;

words! {
    /// A field of a profile; lists are taken whole. The word is its path in an update mask and in
    /// a policy.
    pub enum Field as "profile field" {
        /// Legal name.
        LegalName = "legal_name",
        /// Trade names.
        TradeNames = "trade_names",
        /// Names the company had before.
        PreviousNames = "previous_names",
        /// Where it was formed.
        IncorporationJurisdiction = "incorporation_jurisdiction",
        /// The whole address.
        PhysicalAddress = "physical_address",
        /// Street and number.
        AddressLines = "physical_address.lines",
        /// City.
        AddressCity = "physical_address.city",
        /// State or province.
        AddressRegion = "physical_address.region",
        /// Postal code.
        AddressPostalCode = "physical_address.postal_code",
        /// Country.
        AddressCountry = "physical_address.country",
        /// What kind of place.
        AddressKind = "physical_address.kind",
        /// Identifiers.
        Identifiers = "identifiers",
        /// What the customer does.
        NatureOfBusiness = "nature_of_business",
        /// NAICS code.
        Naics = "naics",
        /// Website.
        Website = "website",
        /// Contacts.
        Contacts = "contacts",
        /// Alternate number.
        AlternatePhone = "alternate_phone",
        /// What the calls are for.
        IntendedUse = "intended_use",
        /// How many calls.
        DeclaredVolume = "declared_volume",
        /// Where the calls come from.
        OriginatingIps = "originating_ips",
        /// Caller name.
        CallerName = "caller_name",
        /// Owners.
        BeneficialOwners = "beneficial_owners",
        /// What is said in the calls.
        CallScript = "call_script",
        /// How service is paid.
        BillingModel = "billing_model",
        /// In what form it is organised.
        OrganizationKind = "organization_kind",
        /// Registered trademarks.
        Trademarks = "trademarks",
        /// What the calls are for, as one of a few kinds.
        UseCategory = "use_category",
        /// What a provider says of itself.
        Provider = "provider",
        /// What the portal saw at sign-up.
        Signup = "signup",
    }
}

impl Field {
    /// Whether the profile says something there.
    pub fn is_given(self, p: &Profile) -> bool {
        let address = |f: fn(&Address) -> bool| p.physical_address.as_ref().is_some_and(f);
        let text = |t: &str| !t.trim().is_empty();
        match self {
            Self::LegalName => text(p.legal_name.expose()),
            Self::TradeNames => !p.trade_names.is_empty(),
            Self::PreviousNames => !p.previous_names.is_empty(),
            Self::IncorporationJurisdiction => text(&p.incorporation_jurisdiction),
            Self::PhysicalAddress => p.physical_address.is_some(),
            Self::AddressLines => address(|a| !a.lines.is_empty()),
            Self::AddressCity => address(|a| !a.city.expose().trim().is_empty()),
            Self::AddressRegion => address(|a| !a.region.expose().trim().is_empty()),
            Self::AddressPostalCode => address(|a| !a.postal_code.expose().trim().is_empty()),
            Self::AddressCountry => address(|a| !a.country.is_empty()),
            Self::AddressKind => address(|a| a.kind.is_some()),
            // What the industry gives supports, and is no government's identification.
            Self::Identifiers => p.identifiers.iter().any(|i| i.kind.is_government()),
            Self::NatureOfBusiness => text(p.nature_of_business.expose()),
            Self::Naics => text(&p.naics),
            Self::Website => text(p.website.expose()),
            Self::Contacts => !p.contacts.is_empty(),
            Self::AlternatePhone => text(p.alternate_phone.expose()),
            Self::IntendedUse => text(p.intended_use.expose()),
            Self::DeclaredVolume => p.declared_volume.is_some(),
            Self::OriginatingIps => !p.originating_ips.is_empty(),
            Self::CallerName => text(p.caller_name.expose()),
            Self::BeneficialOwners => !p.beneficial_owners.is_empty(),
            Self::CallScript => text(p.call_script.expose()),
            Self::BillingModel => p.billing_model.is_some(),
            Self::OrganizationKind => p.organization_kind.is_some(),
            Self::Trademarks => !p.trademarks.is_empty(),
            Self::UseCategory => p.use_category.is_some(),
            Self::Provider => p.provider.as_ref().is_some_and(|it| !it.rmd_roles.is_empty()),
            Self::Signup => p.signup.is_some(),
        }
    }
}

impl Profile {
    /// Takes `fields` from `new`; everything else stays. An address that has nothing left is none.
    pub fn take(&mut self, new: &Self, fields: &[Field]) {
        for field in fields {
            self.take_one(new, *field);
        }
        if self.physical_address.as_ref() == Some(&Address::default()) {
            self.physical_address = None;
        }
    }

    fn take_one(&mut self, new: &Self, field: Field) {
        match field {
            Field::LegalName => self.legal_name.clone_from(&new.legal_name),
            Field::TradeNames => self.trade_names.clone_from(&new.trade_names),
            Field::PreviousNames => self.previous_names.clone_from(&new.previous_names),
            Field::IncorporationJurisdiction => {
                self.incorporation_jurisdiction.clone_from(&new.incorporation_jurisdiction);
            }
            Field::PhysicalAddress => self.physical_address.clone_from(&new.physical_address),
            Field::AddressLines
            | Field::AddressCity
            | Field::AddressRegion
            | Field::AddressPostalCode
            | Field::AddressCountry
            | Field::AddressKind => self.take_address(new, field),
            Field::Identifiers => self.identifiers.clone_from(&new.identifiers),
            Field::NatureOfBusiness => self.nature_of_business.clone_from(&new.nature_of_business),
            Field::Naics => self.naics.clone_from(&new.naics),
            Field::Website => self.website.clone_from(&new.website),
            Field::Contacts => self.contacts.clone_from(&new.contacts),
            Field::AlternatePhone => self.alternate_phone.clone_from(&new.alternate_phone),
            Field::IntendedUse => self.intended_use.clone_from(&new.intended_use),
            Field::DeclaredVolume => self.declared_volume = new.declared_volume,
            Field::OriginatingIps => self.originating_ips.clone_from(&new.originating_ips),
            Field::CallerName => self.caller_name.clone_from(&new.caller_name),
            Field::BeneficialOwners => self.beneficial_owners.clone_from(&new.beneficial_owners),
            Field::CallScript => self.call_script.clone_from(&new.call_script),
            Field::BillingModel => self.billing_model = new.billing_model,
            Field::OrganizationKind => self.organization_kind = new.organization_kind,
            Field::Trademarks => self.trademarks.clone_from(&new.trademarks),
            Field::UseCategory => self.use_category = new.use_category,
            Field::Provider => self.provider.clone_from(&new.provider),
            Field::Signup => self.signup.clone_from(&new.signup),
        }
    }

    fn take_address(&mut self, new: &Self, field: Field) {
        let new = new.physical_address.clone().unwrap_or_default();
        let address = self.physical_address.get_or_insert_default();
        match field {
            Field::AddressLines => address.lines = new.lines,
            Field::AddressCity => address.city = new.city,
            Field::AddressRegion => address.region = new.region,
            Field::AddressPostalCode => address.postal_code = new.postal_code,
            Field::AddressCountry => address.country = new.country,
            Field::AddressKind => address.kind = new.kind,
            Field::LegalName
            | Field::TradeNames
            | Field::PreviousNames
            | Field::IncorporationJurisdiction
            | Field::PhysicalAddress
            | Field::Identifiers
            | Field::NatureOfBusiness
            | Field::Naics
            | Field::Website
            | Field::Contacts
            | Field::AlternatePhone
            | Field::IntendedUse
            | Field::DeclaredVolume
            | Field::OriginatingIps
            | Field::CallerName
            | Field::BeneficialOwners
            | Field::CallScript
            | Field::BillingModel
            | Field::OrganizationKind
            | Field::Trademarks
            | Field::UseCategory
            | Field::Provider
            | Field::Signup => {}
        }
    }

    /// Gives every new contact an id. An id that is not among the `live` profile's contacts was
    /// not given by Vouch for this customer and is a fault.
    pub fn name_contacts(
        &mut self,
        live: Option<&Self>,
        mut new_id: impl FnMut() -> ContactId,
    ) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        for (index, contact) in self.contacts.iter_mut().enumerate() {
            match contact.id {
                None => contact.id = Some(new_id()),
                Some(id) if live.is_some_and(|p| p.contact(id).is_some()) => {}
                Some(_) => faults.push(FieldFault::new(
                    format!("contacts[{index}].contact_id"),
                    "UNKNOWN_CONTACT",
                    "send the id exactly as Vouch returned it, or leave it empty for a new contact",
                )),
            }
        }
        faults
    }
}
