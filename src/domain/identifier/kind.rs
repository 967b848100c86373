//! The kinds of identifiers, and the one way from a text to its normal form.

use super::form::BadForm;
use super::{company, telecom, us, vat};
use crate::domain::words::words;

words! {
    /// What an identifier is one of.
    pub enum Kind as "kind of identifier" {
        /// US employer identification number.
        Ein = "EIN",
        /// US social security number of a person.
        Ssn = "SSN",
        /// US individual taxpayer number of a person.
        Itin = "ITIN",
        /// Legal entity identifier, ISO 17442.
        Lei = "LEI",
        /// Canadian business number, with or without its account.
        CaBn = "CA_BN",
        /// Company number of Companies House.
        UkCrn = "UK_CRN",
        /// VAT number of the United Kingdom.
        UkVat = "UK_VAT",
        /// VAT number of a member state, of Northern Ireland (XI) or of a one-stop shop (EU, IM).
        EuVat = "EU_VAT",
        /// Australian business number.
        AuAbn = "AU_ABN",
        /// Australian company number.
        AuAcn = "AU_ACN",
        /// Number of Dun & Bradstreet.
        Duns = "DUNS",
        /// Unique entity identifier of SAM.gov.
        Uei = "UEI",
        /// FCC registration number.
        Frn = "FRN",
        /// Filing of the Robocall Mitigation Database.
        Rmd = "RMD",
        /// Filer of FCC form 499.
        Filer499 = "FILER_499",
        /// Operating company number.
        Ocn = "OCN",
        /// Service provider code of the STI-PA.
        Spc = "SPC",
        /// Toll-free responsible organisation.
        RespOrg = "RESPORG",
    }
}

impl Kind {
    /// Whether the number is a person's: nothing may keep more of it than a token and its last
    /// four digits.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Ssn | Self::Itin)
    }
}

/// The longest text that is read, in bytes; the longest identifier has far fewer.
const LONGEST: usize = 64;

/// The normal form of an identifier: no separators, capitals, the check digits proved where the
/// kind has any.
pub fn normal(kind: Kind, text: &str) -> Result<String, BadForm> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadForm::new("EMPTY", "give the identifier"));
    }
    if text.len() > LONGEST {
        return Err(BadForm::new("TOO_LONG", "give the identifier alone"));
    }
    match kind {
        Kind::Ein => us::ein(text),
        Kind::Ssn => us::ssn(text),
        Kind::Itin => us::itin(text),
        Kind::Lei => company::lei(text),
        Kind::CaBn => company::ca_bn(text),
        Kind::UkCrn => company::uk_crn(text),
        Kind::UkVat => vat::uk(text),
        Kind::EuVat => vat::eu(text),
        Kind::AuAbn => company::au_abn(text),
        Kind::AuAcn => company::au_acn(text),
        Kind::Duns => company::duns(text),
        Kind::Uei => company::uei(text),
        Kind::Frn => telecom::frn(text),
        Kind::Rmd => telecom::rmd(text),
        Kind::Filer499 => telecom::filer_499(text),
        Kind::Ocn => telecom::ocn(text),
        Kind::Spc => telecom::spc(text),
        Kind::RespOrg => telecom::resp_org(text),
    }
}
