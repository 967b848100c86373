//! Checks of form: what a text alone can show. They raise findings and never satisfy a
//! requirement.

use super::address::mailbox;
use super::identifier::identifier_form;
use super::record::{Kind, Verdict};
use crate::domain::finding::Code;
use crate::domain::name::{Name, Schema};
use crate::domain::profile::{Claim, Profile};

/// What a check of form came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormResult {
    /// How it ended; PASS says well-formed and no more.
    pub result: Verdict,
    /// Stable reason; empty with PASS.
    pub reason: &'static str,
    /// What to give instead, for people; empty with PASS.
    pub message: &'static str,
    /// The finding to raise.
    pub finding: Option<Code>,
}

impl FormResult {
    /// Well-formed.
    pub(super) const PASS: Self =
        Self { result: Verdict::Pass, reason: "", message: "", finding: None };
    /// An EIN prefix that is not known as assigned.
    pub(super) const PREFIX: Self = Self {
        result: Verdict::Review,
        reason: "EIN_PREFIX_UNASSIGNED",
        message: "the IRS is not known to have assigned this prefix",
        finding: Some(Code::IdentifierPrefixUnassigned),
    };

    /// An identifier that cannot be one.
    pub(super) const fn bad(reason: &'static str, message: &'static str) -> Self {
        let finding = Some(Code::IdentifierFormBad);
        Self { result: Verdict::Fail, reason, message, finding }
    }
}

/// Runs the check of form of a claim; `None` if its kind is no check of form, or the claim is not
/// of this profile.
pub fn run_form(profile: &Profile, claim: &Claim) -> Option<FormResult> {
    match claim.kind {
        Kind::IdentifierForm => {
            let mut ids = profile.identifiers.iter();
            ids.find(|id| id.subject() == claim.subject).map(identifier_form)
        }
        Kind::AddressKind => address_kind(profile),
        Kind::CallerName => Some(caller_name(profile)),
        Kind::Sanctions
        | Kind::ContactEmail
        | Kind::ContactPhone
        | Kind::AlternatePhone
        | Kind::Existence
        | Kind::TaxIdToName
        | Kind::Representation
        | Kind::RmdRecord
        | Kind::FlowDown => None,
    }
}

fn address_kind(profile: &Profile) -> Option<FormResult> {
    let address = profile.physical_address.as_ref()?;
    let told = mailbox(address.lines.iter().map(|line| line.expose().as_str()));
    let bad = |reason, message| {
        let finding = Some(Code::AddrNotPhysical);
        Some(FormResult { result: Verdict::Fail, reason, message, finding })
    };
    match (told, address.kind) {
        (Some(_), _) => bad("MAIL_DROP", "give the premises, not where mail is received"),
        (None, Some(kind)) if !kind.is_physical() => {
            bad("KIND_NOT_PHYSICAL", "give premises of the customer's own, a home or own space")
        }
        (None, _) => Some(FormResult::PASS),
    }
}

/// Whether the caller name is a name of the organisation (R1-02): the same letters, a shortened
/// form of them, or some of its words in order.
pub fn caller_name(profile: &Profile) -> FormResult {
    let mismatch = FormResult {
        result: Verdict::Review,
        reason: "CNAM_MISMATCH",
        message: "show the legal name, a trade name or a trademark",
        finding: Some(Code::CnamMismatch),
    };
    let read = |name: &str| Name::read(name, Schema::Firm).ok();
    let Some(shown) = read(profile.caller_name.expose()) else { return mismatch };
    let names =
        std::iter::once(&profile.legal_name).chain(&profile.trade_names).chain(&profile.trademarks);
    let fits = names.filter_map(|name| read(name.expose())).any(|name| {
        let (short, long) = (shown.joined(), name.joined());
        let mut words = name.core();
        long == short
            || short.len() >= 4 && long.starts_with(&short)
            || shown.core().next().is_some() && shown.core().all(|word| words.any(|w| w == word))
    });
    if fits { FormResult::PASS } else { mismatch }
}

/// Whether the alternate number is another one than the contacts' and, as `claimed` says, than the
/// numbers the customer claims (R6-16). Only a code that came back makes the check pass.
pub fn alternate_phone(profile: &Profile, claimed: bool) -> FormResult {
    let tn = profile.alternate_tn();
    let contact = tn.is_some() && profile.contacts.iter().any(|c| c.tn() == tn);
    if tn.is_none() || contact || claimed {
        FormResult {
            result: Verdict::Fail,
            reason: "ALTERNATE_PHONE_SAME",
            message: "give a number that is no contact's and is not claimed for calls",
            finding: Some(Code::AlternatePhoneSame),
        }
    } else {
        FormResult::PASS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{profile, text};
    use crate::domain::profile::{AddressKind, claims};

    #[test]
    fn caller_names() {
        let result = |shown: &str| {
            let mut p = profile();
            p.caller_name = text(shown);
            caller_name(&p).result
        };
        for good in ["HV DENTAL", "hv dental", "HUDSON VALLEY", "HUDSONVALLEYDEN", "Hudson Dental"]
        {
            assert_eq!(result(good), Verdict::Pass, "{good}");
        }
        for bad in ["IRS", "BANK OF AMERICA", "DENTAL HUDSON", "HUD", ""] {
            assert_eq!(result(bad), Verdict::Review, "{bad}");
        }
    }

    #[test]
    fn forms_of_a_whole_profile() {
        let p = profile();
        let ran: Vec<_> = claims(&p).iter().filter_map(|c| run_form(&p, c)).collect();
        assert_eq!(ran, [FormResult::PASS; 3]);
        let mut drop = profile();
        drop.physical_address.as_mut().unwrap().lines = vec![text("P.O. Box 12")];
        assert_eq!(address_kind(&drop).unwrap().finding, Some(Code::AddrNotPhysical));
        let mut hosted = profile();
        hosted.physical_address.as_mut().unwrap().kind = Some(AddressKind::DataCenter);
        assert_eq!(address_kind(&hosted).unwrap().reason, "KIND_NOT_PHYSICAL");
    }

    #[test]
    fn three_kinds_of_places_are_physical_and_no_more() {
        let mut physical = Vec::new();
        for kind in AddressKind::ALL {
            let mut p = profile();
            p.physical_address.as_mut().unwrap().kind = Some(*kind);
            let form = address_kind(&p).unwrap();
            let bars = crate::domain::fixture::policy().severity(Code::AddrNotPhysical);
            assert_eq!(bars, crate::domain::finding::Severity::High);
            if form.finding.is_none() {
                physical.push(kind.as_str());
            }
        }
        assert_eq!(physical, ["DEDICATED_PREMISES", "HOME_OFFICE", "SHARED_DEDICATED"]);
    }

    #[test]
    fn the_alternate_number_is_another() {
        let mut p = profile();
        assert_eq!(alternate_phone(&p, false), FormResult::PASS);
        assert_eq!(alternate_phone(&p, true).result, Verdict::Fail);
        p.alternate_phone = p.contacts[0].phone.clone();
        assert_eq!(alternate_phone(&p, false).result, Verdict::Fail);
    }
}
