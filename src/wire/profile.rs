//! Profiles on the wire. Here ids and closed sets are read; what the texts may be is said by the
//! profile's own form in the domain, and both kinds of fault are told together.

use prost_types::FieldMask;

use crate::domain::pii::Pii;
use crate::domain::profile::{
    Address, AddressKind, BeneficialOwner, BillingModel, Contact, DeclaredVolume, Field,
    Identifier, IdentifierKind, OrganizationKind, PaymentMethod, Profile, ProviderInfo, RmdRole,
    ShakenImplementation, SignupInfo, Upstream, UseCategory, validate,
};
use crate::wire::pb;
use crate::wire::validate::Reader;

super::choice::pairs! {
    AddressKind = AddressKind { Unspecified; DedicatedPremises, HomeOffice, SharedDedicated,
        SharedNoDedicated, VirtualOffice, PoBox, MailForwarding, RegisteredAgent, DataCenter,
        Lodging }
    IdentifierKind = IdentifierKind { Unspecified; Ein, StateRegistration, ForeignRegistration,
        ForeignTaxId, Lei, Duns, Frn, Rmd, Filer499, Ocn, Ssn, Itin, CaBn, UkCrn, UkVat, EuVat,
        AuAbn, AuAcn, Uei, Spc, Resporg }
    BillingModel = BillingModel { Unspecified; Prepaid, Postpaid }
    OrganizationKind = OrganizationKind { Unspecified; SoleProprietor, Corporation,
        LimitedCompany, Partnership, Nonprofit, PublicBody, Other }
    UseCategory = UseCategory { Unspecified; OwnCustomers, Marketing, Education, Political,
        Charity, Health, Collection, Research, Resale, Other }
    RmdRole = RmdRole { Unspecified; VoiceServiceProvider, GatewayProvider,
        IntermediateProvider }
    ShakenImplementation = ShakenImplementation { Unspecified; Complete, Partial, None }
    PaymentMethod = PaymentMethod { Unspecified; Card, BankTransfer, DirectDebit, Invoice, Check,
        PrepaidCard, GiftCard, Cryptocurrency, Cash }
}

/// Most paths of an update mask.
const MAX_PATHS: usize = 64;
/// Most roles of a provider; there are three.
const MAX_ROLES: usize = 8;

/// Reads a profile in a reader that stands at its path. The form is judged of `fields` only: what an
/// update does not take may be anything.
pub(super) fn read(r: &mut Reader, m: pb::Profile, fields: &[Field]) -> Profile {
    let (identifiers, without_kind) = read_identifiers(r, m.identifiers);
    let profile = Profile {
        legal_name: Pii::new(m.legal_name),
        trade_names: texts(m.trade_names),
        previous_names: texts(m.previous_names),
        incorporation_jurisdiction: m.incorporation_jurisdiction,
        physical_address: m
            .physical_address
            .map(|address| r.at("physical_address", |r| read_address(r, address)))
            .filter(|address| *address != Address::default()),
        identifiers,
        nature_of_business: Pii::new(m.nature_of_business),
        naics: m.naics,
        website: Pii::new(m.website),
        contacts: read_contacts(r, m.contacts),
        alternate_phone: Pii::new(m.alternate_phone),
        intended_use: Pii::new(m.intended_use),
        declared_volume: m.declared_volume.map(|volume| DeclaredVolume {
            peak_cps: volume.peak_cps,
            concurrent_paths: volume.concurrent_paths,
            calls_per_day: volume.calls_per_day,
            distinct_caller_ids: volume.distinct_caller_ids,
            is_dialer: volume.is_dialer,
        }),
        originating_ips: texts(m.originating_ips),
        caller_name: Pii::new(m.caller_name),
        beneficial_owners: m.beneficial_owners.into_iter().map(read_owner).collect(),
        call_script: Pii::new(m.call_script),
        billing_model: r.optional_choice("billing_model", m.billing_model),
        organization_kind: r.optional_choice("organization_kind", m.organization_kind),
        trademarks: texts(m.trademarks),
        use_category: r.optional_choice("use_category", m.use_category),
        provider: m.provider.map(|it| r.at("provider", |r| read_provider(r, it))),
        signup: m.signup.map(|it| r.at("signup", |r| read_signup(r, it))),
    };
    let taken = |path: &str| fields.iter().any(|field| path.starts_with(field.as_str()));
    for fault in validate(&profile) {
        let told = without_kind.iter().any(|path| fault.path.starts_with(path));
        if !told && taken(&fault.path) {
            r.fault(&fault.path, fault.reason, fault.message);
        }
    }
    profile
}

fn texts(texts: Vec<String>) -> Vec<Pii<String>> {
    texts.into_iter().map(Pii::new).collect()
}

fn read_address(r: &mut Reader, m: pb::Address) -> Address {
    Address {
        lines: texts(m.lines),
        city: Pii::new(m.city),
        region: Pii::new(m.region),
        postal_code: Pii::new(m.postal_code),
        country: m.country,
        kind: r.optional_choice("kind", m.kind),
    }
}

fn read_owner(m: pb::BeneficialOwner) -> BeneficialOwner {
    BeneficialOwner {
        name: Pii::new(m.name),
        share_percent: m.share_percent,
        birth_date: Pii::new(m.birth_date),
        nationality: Pii::new(m.nationality),
    }
}

fn read_provider(r: &mut Reader, m: pb::ProviderInfo) -> ProviderInfo {
    let roles = m.rmd_roles.into_iter().take(MAX_ROLES).enumerate();
    let upstream = |m: pb::Upstream| Upstream {
        name: Pii::new(m.name),
        frn: Pii::new(m.frn),
        country: m.country,
    };
    ProviderInfo {
        rmd_roles: roles
            .filter_map(|(index, role)| r.item("rmd_roles", index, |r| r.choice("", role)))
            .collect(),
        implementation: r.optional_choice("implementation", m.implementation),
        last_recertified: m.last_recertified,
        upstreams: m.upstreams.into_iter().map(upstream).collect(),
        affiliates: texts(m.affiliates),
        prior_actions: Pii::new(m.prior_actions),
        resale_depth: m.resale_depth,
        binds_resellers: m.binds_resellers,
        process_agent: Pii::new(m.process_agent),
    }
}

fn read_signup(r: &mut Reader, m: pb::SignupInfo) -> SignupInfo {
    SignupInfo {
        ip: Pii::new(m.ip),
        payment_method: r.optional_choice("payment_method", m.payment_method),
        payment_token: Pii::new(m.payment_token),
    }
}

/// The identifiers, and the paths of those without a known kind. These keep their place, so that
/// the paths of the others stay true; their form says nothing.
fn read_identifiers(r: &mut Reader, list: Vec<pb::Identifier>) -> (Vec<Identifier>, Vec<String>) {
    let mut without_kind = Vec::new();
    let mut identifiers = Vec::with_capacity(list.len());
    for (index, m) in list.into_iter().enumerate() {
        let kind = r.item("identifiers", index, |r| r.choice("kind", m.kind));
        let value = Pii::new(m.value);
        identifiers.push(if let Some(kind) = kind {
            Identifier { kind, value, issuing_region: m.issuing_region, token: Pii::default() }
        } else {
            let path = format!("identifiers[{index}]");
            without_kind.push(path.clone());
            // A region that no other has: it is nobody's duplicate.
            let kind = IdentifierKind::Duns;
            Identifier { kind, value, issuing_region: path, token: Pii::default() }
        });
    }
    (identifiers, without_kind)
}

fn read_contacts(r: &mut Reader, list: Vec<pb::Contact>) -> Vec<Contact> {
    let read = |(index, m): (usize, pb::Contact)| Contact {
        id: r.item("contacts", index, |r| r.optional_id("contact_id", &m.contact_id)),
        name: Pii::new(m.name),
        role_title: Pii::new(m.role_title),
        email: Pii::new(m.email),
        phone: Pii::new(m.phone),
        authorized_signer: m.is_authorized_signer,
        department: Pii::new(m.department),
    };
    list.into_iter().enumerate().map(read).collect()
}

/// The fields an update takes: all of them where the mask is absent, empty or `*`.
pub(super) fn read_mask(r: &mut Reader, mask: Option<FieldMask>) -> Vec<Field> {
    let paths = mask.unwrap_or_default().paths;
    if paths.is_empty() || paths == ["*"] {
        return whole();
    }
    let paths = r.list("update_mask.paths", paths, MAX_PATHS);
    let read = |(index, path): (usize, String)| {
        // Generated clients may name the path from the request on.
        let path = path.strip_prefix("profile.").unwrap_or(&path);
        let field = path.parse().ok();
        if field.is_none() {
            r.item("update_mask.paths", index, |r| {
                r.fault("", "UNKNOWN_FIELD", "the path of a field of the profile, or * alone");
            });
        }
        field
    };
    paths.into_iter().enumerate().filter_map(read).collect()
}

/// Every field that is no part of another.
pub(super) fn whole() -> Vec<Field> {
    Field::ALL.iter().copied().filter(|field| !field.as_str().contains('.')).collect()
}

impl From<&Profile> for pb::Profile {
    fn from(p: &Profile) -> Self {
        let texts = |list: &[Pii<String>]| list.iter().map(|t| t.expose().clone()).collect();
        Self {
            legal_name: p.legal_name.expose().clone(),
            trade_names: texts(&p.trade_names),
            incorporation_jurisdiction: p.incorporation_jurisdiction.clone(),
            physical_address: p.physical_address.as_ref().map(|a| pb::Address {
                lines: texts(&a.lines),
                city: a.city.expose().clone(),
                region: a.region.expose().clone(),
                postal_code: a.postal_code.expose().clone(),
                country: a.country.clone(),
                kind: a.kind.map_or(0, |kind| pb::AddressKind::from(kind).into()),
            }),
            identifiers: p.identifiers.iter().map(Into::into).collect(),
            nature_of_business: p.nature_of_business.expose().clone(),
            naics: p.naics.clone(),
            website: p.website.expose().clone(),
            contacts: p.contacts.iter().map(Into::into).collect(),
            alternate_phone: p.alternate_phone.expose().clone(),
            intended_use: p.intended_use.expose().clone(),
            declared_volume: p.declared_volume.map(|volume| pb::DeclaredVolume {
                peak_cps: volume.peak_cps,
                concurrent_paths: volume.concurrent_paths,
                calls_per_day: volume.calls_per_day,
                distinct_caller_ids: volume.distinct_caller_ids,
                is_dialer: volume.is_dialer,
            }),
            originating_ips: texts(&p.originating_ips),
            caller_name: p.caller_name.expose().clone(),
            beneficial_owners: p.beneficial_owners.iter().map(Into::into).collect(),
            previous_names: texts(&p.previous_names),
            call_script: p.call_script.expose().clone(),
            billing_model: p.billing_model.map_or(0, |model| pb::BillingModel::from(model).into()),
            organization_kind: p
                .organization_kind
                .map_or(0, |kind| pb::OrganizationKind::from(kind).into()),
            trademarks: texts(&p.trademarks),
            use_category: p.use_category.map_or(0, |kind| pb::UseCategory::from(kind).into()),
            provider: p.provider.as_ref().map(Into::into),
            signup: p.signup.as_ref().map(Into::into),
        }
    }
}

impl From<&BeneficialOwner> for pb::BeneficialOwner {
    fn from(owner: &BeneficialOwner) -> Self {
        Self {
            name: owner.name.expose().clone(),
            share_percent: owner.share_percent,
            birth_date: owner.birth_date.expose().clone(),
            nationality: owner.nationality.expose().clone(),
        }
    }
}

impl From<&ProviderInfo> for pb::ProviderInfo {
    fn from(it: &ProviderInfo) -> Self {
        let upstream = |one: &Upstream| pb::Upstream {
            name: one.name.expose().clone(),
            frn: one.frn.expose().clone(),
            country: one.country.clone(),
        };
        Self {
            rmd_roles: it.rmd_roles.iter().map(|role| pb::RmdRole::from(*role).into()).collect(),
            implementation: it
                .implementation
                .map_or(0, |extent| pb::ShakenImplementation::from(extent).into()),
            last_recertified: it.last_recertified.clone(),
            upstreams: it.upstreams.iter().map(upstream).collect(),
            affiliates: it.affiliates.iter().map(|name| name.expose().clone()).collect(),
            prior_actions: it.prior_actions.expose().clone(),
            resale_depth: it.resale_depth,
            binds_resellers: it.binds_resellers,
            process_agent: it.process_agent.expose().clone(),
        }
    }
}

impl From<&SignupInfo> for pb::SignupInfo {
    fn from(it: &SignupInfo) -> Self {
        Self {
            ip: it.ip.expose().clone(),
            payment_method: it
                .payment_method
                .map_or(0, |method| pb::PaymentMethod::from(method).into()),
            payment_token: it.payment_token.expose().clone(),
        }
    }
}

impl From<&Identifier> for pb::Identifier {
    fn from(id: &Identifier) -> Self {
        Self {
            kind: pb::IdentifierKind::from(id.kind).into(),
            value: id.shown(),
            issuing_region: id.issuing_region.clone(),
        }
    }
}

impl From<&Contact> for pb::Contact {
    fn from(contact: &Contact) -> Self {
        Self {
            contact_id: contact.id.map(|id| id.to_string()).unwrap_or_default(),
            name: contact.name.expose().clone(),
            role_title: contact.role_title.expose().clone(),
            email: contact.email.expose().clone(),
            phone: contact.phone.expose().clone(),
            is_authorized_signer: contact.authorized_signer,
            department: contact.department.expose().clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::choice::assert_words;

    const ID: &str = "0198c9a0-0000-7000-8000-000000000001";

    fn sent_provider() -> pb::ProviderInfo {
        pb::ProviderInfo {
            rmd_roles: vec![pb::RmdRole::GatewayProvider.into()],
            implementation: pb::ShakenImplementation::Partial.into(),
            last_recertified: "2026-02-27".to_owned(),
            upstreams: vec![pb::Upstream {
                name: "Long Haul Voice".to_owned(),
                frn: "0018570812".to_owned(),
                country: "US".to_owned(),
            }],
            affiliates: vec!["Acme Holding".to_owned()],
            prior_actions: "A warning in 2025".to_owned(),
            resale_depth: 1,
            binds_resellers: true,
            process_agent: "Agents Inc, Dover".to_owned(),
        }
    }

    fn sent() -> pb::Profile {
        pb::Profile {
            legal_name: "Acme Calling LLC".to_owned(),
            trade_names: vec!["Acme".to_owned()],
            incorporation_jurisdiction: "US-DE".to_owned(),
            physical_address: Some(pb::Address {
                lines: vec!["1 Main St".to_owned()],
                city: "Dover".to_owned(),
                region: "DE".to_owned(),
                postal_code: "19901".to_owned(),
                country: "US".to_owned(),
                kind: pb::AddressKind::DedicatedPremises.into(),
            }),
            identifiers: vec![pb::Identifier {
                kind: pb::IdentifierKind::Ein.into(),
                value: "12-3456789".to_owned(),
                issuing_region: String::new(),
            }],
            nature_of_business: "Reminders for clinics".to_owned(),
            naics: "561421".to_owned(),
            website: "https://acme.example".to_owned(),
            contacts: vec![pb::Contact {
                contact_id: ID.to_owned(),
                name: "Ada Lovelace".to_owned(),
                role_title: "CEO".to_owned(),
                email: "ada@acme.example".to_owned(),
                phone: "+13025550199".to_owned(),
                is_authorized_signer: true,
                department: "Legal".to_owned(),
            }],
            alternate_phone: "+13026647665".to_owned(),
            intended_use: "Reminders".to_owned(),
            declared_volume: Some(pb::DeclaredVolume {
                peak_cps: 1,
                concurrent_paths: 10,
                calls_per_day: 100,
                distinct_caller_ids: Some(4),
                is_dialer: Some(false),
            }),
            originating_ips: vec!["192.0.2.0/24".to_owned()],
            caller_name: "ACME".to_owned(),
            beneficial_owners: vec![pb::BeneficialOwner {
                name: "Ada Lovelace".to_owned(),
                share_percent: 100,
                birth_date: "1985-12-10".to_owned(),
                nationality: "GB".to_owned(),
            }],
            previous_names: vec!["Acme Inc".to_owned()],
            call_script: "Hello".to_owned(),
            billing_model: pb::BillingModel::Prepaid.into(),
            organization_kind: pb::OrganizationKind::LimitedCompany.into(),
            trademarks: vec!["ACMEFONE".to_owned()],
            use_category: pb::UseCategory::Health.into(),
            provider: Some(sent_provider()),
            signup: Some(pb::SignupInfo {
                ip: "203.0.113.9".to_owned(),
                payment_method: pb::PaymentMethod::Card.into(),
                payment_token: "fp_1".to_owned(),
            }),
        }
    }

    type Told = Vec<(String, String)>;

    fn read_one(m: pb::Profile) -> (Profile, Told) {
        let mut r = Reader::new();
        let profile = r.at("profile", |r| read(r, m, &whole()));
        let told = match r.finish(Some(())) {
            Ok(()) => Vec::new(),
            Err(faults) => {
                let pair =
                    |f: &crate::domain::fault::FieldFault| (f.path.clone(), f.reason.to_string());
                faults.as_slice().iter().map(pair).collect()
            }
        };
        (profile, told)
    }

    #[test]
    fn words_are_the_same() {
        assert_eq!(assert_words::<AddressKind>("ADDRESS_KIND_"), 10);
        assert_eq!(assert_words::<IdentifierKind>("IDENTIFIER_KIND_"), 21);
        assert_eq!(assert_words::<BillingModel>("BILLING_MODEL_"), 2);
        assert_eq!(assert_words::<OrganizationKind>("ORGANIZATION_KIND_"), 7);
        assert_eq!(assert_words::<UseCategory>("USE_CATEGORY_"), 10);
        assert_eq!(assert_words::<RmdRole>("RMD_ROLE_"), 3);
        assert_eq!(assert_words::<ShakenImplementation>("SHAKEN_IMPLEMENTATION_"), 3);
        assert_eq!(assert_words::<PaymentMethod>("PAYMENT_METHOD_"), 9);
    }

    #[test]
    fn what_goes_in_comes_out() {
        let (profile, told) = read_one(sent());
        assert_eq!(told, []);
        assert_eq!(pb::Profile::from(&profile), sent());
        let (empty, told) = read_one(pb::Profile::default());
        assert_eq!(told, []);
        assert_eq!(empty, Profile::default());
    }

    #[test]
    fn ids_and_closed_sets_are_told_with_their_paths() {
        let mut bad = sent();
        bad.physical_address.as_mut().unwrap().kind = 77;
        bad.identifiers.push(pb::Identifier::default());
        bad.contacts[0].contact_id = "mine".to_owned();
        bad.billing_model = -1;
        bad.trade_names = vec!["x".to_owned(); 21];
        bad.identifiers.push(pb::Identifier {
            kind: pb::IdentifierKind::Ein.into(),
            value: "\u{0661}".repeat(9),
            issuing_region: String::new(),
        });
        bad.nature_of_business = "x".repeat(10 << 20);
        let (_, told) = read_one(bad);
        let told: Vec<_> = told.iter().map(|(p, r)| (p.as_str(), r.as_str())).collect();
        let expected = [
            ("profile.identifiers[1].kind", "REQUIRED"),
            ("profile.physical_address.kind", "UNKNOWN_ENUM_VALUE"),
            ("profile.contacts[0].contact_id", "BAD_ID"),
            ("profile.billing_model", "UNKNOWN_ENUM_VALUE"),
            ("profile.trade_names", "TOO_MANY"),
            ("profile.identifiers[2].value", "EIN_FORM"),
            ("profile.identifiers[2]", "DUPLICATE"),
            ("profile.nature_of_business", "TOO_LONG"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_update_is_judged_by_the_fields_it_takes() {
        let mut bad = sent();
        bad.naics = "x".to_owned();
        bad.website = "x".to_owned();
        let mut r = Reader::new();
        read(&mut r, bad, &[Field::Naics]);
        let faults = r.finish(Some(())).unwrap_err();
        assert_eq!(faults.as_slice().len(), 1);
        assert_eq!(faults.as_slice()[0].path, "naics");
    }

    #[test]
    fn masks_name_fields() {
        let mask = |paths: &[&str]| {
            let paths = paths.iter().map(|p| (*p).to_owned()).collect();
            let mut r = Reader::new();
            let fields = read_mask(&mut r, Some(FieldMask { paths }));
            r.finish(Some(fields))
        };
        assert_eq!(
            mask(&["legal_name", "profile.physical_address.city"]),
            Ok(vec![Field::LegalName, Field::AddressCity])
        );
        let all = mask(&["*"]).unwrap();
        assert!(all.contains(&Field::PhysicalAddress) && !all.contains(&Field::AddressCity));
        assert_eq!(mask(&[]), Ok(all.clone()));
        assert_eq!(read_mask(&mut Reader::new(), None), all);
        assert!(mask(&["*", "legal_name"]).is_err());
        assert!(mask(&["state"]).is_err());
    }
}
