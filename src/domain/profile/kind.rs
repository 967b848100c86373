//! What kind of identifier a government, a registry or the industry gave (R6-07).

use crate::domain::identifier::Kind;
use crate::domain::words::words;

words! {
    /// What kind of identifier it is.
    pub enum IdentifierKind as "identifier kind" {
        /// Federal employer identification number, nine digits.
        Ein = "EIN",
        /// Registration with a US state; `issuing_region` names it.
        StateRegistration = "STATE_REGISTRATION",
        /// Registration with another country; `issuing_region` names it.
        ForeignRegistration = "FOREIGN_REGISTRATION",
        /// A foreign tax number; `issuing_region` names the country.
        ForeignTaxId = "FOREIGN_TAX_ID",
        /// Legal entity identifier, ISO 17442.
        Lei = "LEI",
        /// D-U-N-S number; supports, but no government gives it.
        Duns = "DUNS",
        /// FCC registration number, ten digits.
        Frn = "FRN",
        /// Filing in the Robocall Mitigation Database, `RMD` and seven digits.
        Rmd = "RMD",
        /// FCC form 499 filer id, six digits.
        Filer499 = "FILER_499",
        /// Operating company number, four letters or digits.
        Ocn = "OCN",
        /// Social security number of a sole proprietor.
        Ssn = "SSN",
        /// Individual taxpayer number of a sole proprietor.
        Itin = "ITIN",
        /// Canadian business number.
        CaBn = "CA_BN",
        /// Company number of Companies House.
        UkCrn = "UK_CRN",
        /// VAT number of the United Kingdom.
        UkVat = "UK_VAT",
        /// VAT number of a member state or of Northern Ireland.
        EuVat = "EU_VAT",
        /// Australian business number.
        AuAbn = "AU_ABN",
        /// Australian company number.
        AuAcn = "AU_ACN",
        /// Unique entity identifier of SAM.gov.
        Uei = "UEI",
        /// Service provider code.
        Spc = "SPC",
        /// Toll-free responsible organisation.
        Resporg = "RESPORG",
    }
}

impl IdentifierKind {
    /// The rule for its form; none where every register numbers as it likes.
    pub const fn form(self) -> Option<Kind> {
        Some(match self {
            Self::StateRegistration | Self::ForeignRegistration | Self::ForeignTaxId => {
                return None;
            }
            Self::Ein => Kind::Ein,
            Self::Lei => Kind::Lei,
            Self::Duns => Kind::Duns,
            Self::Frn => Kind::Frn,
            Self::Rmd => Kind::Rmd,
            Self::Filer499 => Kind::Filer499,
            Self::Ocn => Kind::Ocn,
            Self::Ssn => Kind::Ssn,
            Self::Itin => Kind::Itin,
            Self::CaBn => Kind::CaBn,
            Self::UkCrn => Kind::UkCrn,
            Self::UkVat => Kind::UkVat,
            Self::EuVat => Kind::EuVat,
            Self::AuAbn => Kind::AuAbn,
            Self::AuAcn => Kind::AuAcn,
            Self::Uei => Kind::Uei,
            Self::Spc => Kind::Spc,
            Self::Resporg => Kind::RespOrg,
        })
    }

    /// Whether it is a person's number: of it only a token and the last four digits are kept.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Ssn | Self::Itin)
    }

    /// Whether it is a tax number (R1-01).
    pub const fn is_tax_id(self) -> bool {
        matches!(
            self,
            Self::Ein
                | Self::ForeignTaxId
                | Self::Ssn
                | Self::Itin
                | Self::CaBn
                | Self::UkVat
                | Self::EuVat
                | Self::AuAbn
        )
    }

    /// Whether it comes from a register of organisations.
    pub const fn is_registration(self) -> bool {
        matches!(
            self,
            Self::StateRegistration
                | Self::ForeignRegistration
                | Self::Lei
                | Self::UkCrn
                | Self::AuAcn
        )
    }

    /// Whether it stands for a government's identification of the customer. A D-U-N-S number, and
    /// what the telephone industry gives, only support (R6-06, R6-07).
    pub const fn is_government(self) -> bool {
        self.is_tax_id() || self.is_registration() || matches!(self, Self::Uei)
    }

    /// Whether it belongs to a provider of telephone service.
    pub const fn is_provider(self) -> bool {
        matches!(
            self,
            Self::Frn | Self::Rmd | Self::Filer499 | Self::Ocn | Self::Spc | Self::Resporg
        )
    }
}
