//! The form of profiles, and what their claims are bound to.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::check::Kind;
use crate::domain::fixture::{CONTACT, id, profile, text};
use crate::domain::ids::ContactId;
use crate::domain::pii::Pii;

fn faults(edit: impl FnOnce(&mut Profile)) -> Vec<(String, String)> {
    let mut p = profile();
    edit(&mut p);
    validate(&p).into_iter().map(|f| (f.path, f.reason.into_owned())).collect()
}

fn one(edit: impl FnOnce(&mut Profile)) -> (String, String) {
    let mut all = faults(edit);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn pair(path: &str, reason: &str) -> (String, String) {
    (path.to_owned(), reason.to_owned())
}

#[test]
fn a_draft_may_be_empty_and_a_full_profile_is_well_formed() {
    assert_eq!(validate(&Profile::default()), []);
    assert_eq!(validate(&profile()), []);
}

#[test]
fn every_fault_is_told_at_once() {
    let told = faults(|p| {
        p.legal_name = text("Evil\u{202e}Corp");
        p.incorporation_jurisdiction = "US".to_owned();
        let address = p.physical_address.as_mut().unwrap();
        address.postal_code = text("1011");
        address.region = text("New York");
        p.identifiers[0].value = text("00-0000000");
        p.naics = "1".to_owned();
        p.website = text("javascript:alert(1)");
        p.contacts[0].email = text("alex@@example");
        p.contacts[0].phone = text("2126647665");
        p.originating_ips = vec![text("203.0.113.0/23"), text("10.0.0.1"), text("nonsense")];
        p.caller_name = text("A NAME MUCH TOO LONG");
        p.beneficial_owners[0].share_percent = 0;
        p.call_script = text(&"x".repeat(10_001));
    });
    let want = [
        ("legal_name", "BAD_CHARACTER"),
        ("incorporation_jurisdiction", "BAD_JURISDICTION"),
        ("physical_address.region", "BAD_STATE"),
        ("physical_address.postal_code", "BAD_POSTAL_CODE"),
        ("identifiers[0].value", "EIN_ZERO"),
        ("naics", "BAD_NAICS"),
        ("website", "BAD_URL"),
        ("contacts[0].email", "BAD_EMAIL"),
        ("contacts[0].phone", "TN_BAD_CHARACTER"),
        ("originating_ips[0]", "CIDR_TOO_WIDE"),
        ("originating_ips[0]", "CIDR_HOST_BITS"),
        ("originating_ips[1]", "ADDRESS_NOT_PUBLIC"),
        ("originating_ips[2]", "BAD_CIDR"),
        ("caller_name", "TOO_LONG"),
        ("beneficial_owners[0].share_percent", "OUT_OF_RANGE"),
        ("call_script", "TOO_LONG"),
    ];
    let want: Vec<_> = want.iter().map(|(path, reason)| pair(path, reason)).collect();
    // A number without a country code has ten digits that some country may use.
    let told: Vec<_> = told.into_iter().filter(|(path, _)| path != "contacts[0].phone").collect();
    let want: Vec<_> = want.into_iter().filter(|(path, _)| path != "contacts[0].phone").collect();
    assert_eq!(told, want);
}

#[test]
fn single_faults() {
    let other = |c: &Contact| Contact { id: None, ..c.clone() };
    assert_eq!(
        one(|p| p.alternate_phone = text("+1 212-664-7665")),
        pair("alternate_phone", "ALTERNATE_PHONE_SAME")
    );
    assert_eq!(
        one(|p| p.contacts[0].phone = text("+11126647665")),
        pair("contacts[0].phone", "TN_BAD_NANP")
    );
    assert_eq!(
        one(|p| p.contacts.push(p.contacts[0].clone())),
        pair("contacts[1].contact_id", "DUPLICATE")
    );
    assert_eq!(one(|p| p.contacts = vec![other(&p.contacts[0]); 21]), pair("contacts", "TOO_MANY"));
    assert_eq!(
        one(|p| p.identifiers.push(p.identifiers[0].clone())),
        pair("identifiers[1]", "DUPLICATE")
    );
    assert_eq!(
        one(|p| p.identifiers[0].issuing_region = "US-NY".to_owned()),
        pair("identifiers[0].issuing_region", "BAD_REGION")
    );
    assert_eq!(one(|p| p.trade_names.push(text(" "))), pair("trade_names[1]", "REQUIRED"));
    assert_eq!(
        one(|p| p.physical_address.as_mut().unwrap().country = "UK".to_owned()),
        pair("physical_address.country", "BAD_COUNTRY")
    );
    assert_eq!(
        one(|p| {
            let owner = p.beneficial_owners[0].clone();
            p.beneficial_owners.push(owner);
        }),
        pair("beneficial_owners", "SHARES_OVER_100")
    );
    for good in ["203.0.113.7", "203.0.113.0/24", "2001:db8::/64", "2001:db8::7"] {
        assert_eq!(faults(|p| p.originating_ips = vec![text(good)]), [], "{good}");
    }
    for bad in ["203.0.113.0/", "203.0.113.0/33", "203.0.113.0/+8", "::1", "fe80::1", "0.0.0.0/24"]
    {
        assert!(!faults(|p| p.originating_ips = vec![text(bad)]).is_empty(), "{bad}");
    }
    for bad in ["a@b", "@example.com", "a b@example.com", "a@exa mple.com", "a..b@example.com"] {
        assert_eq!(faults(|p| p.contacts[0].email = text(bad)).len(), 1, "{bad}");
    }
}

#[test]
fn a_mask_takes_what_it_names() {
    let mut p = profile();
    let mut new = Profile { legal_name: text("Other, LLC"), ..Profile::default() };
    new.physical_address = Some(Address { city: text("Albany"), ..Address::default() });
    p.take(&new, &[Field::LegalName, Field::AddressCity]);
    assert_eq!(p.legal_name.expose(), "Other, LLC");
    let address = p.physical_address.as_ref().unwrap();
    assert_eq!((address.city.expose().as_str(), address.lines.len()), ("Albany", 2));
    assert_eq!(p.contacts.len(), 1);
    p.take(&Profile::default(), Field::ALL);
    assert_eq!(p, Profile::default());
    let full = profile();
    p.take(&full, Field::ALL);
    assert_eq!(p, full);
    for field in Field::ALL {
        assert!(!field.is_given(&Profile::default()), "{field}");
        assert_eq!(field.as_str().parse(), Ok(*field));
    }
}

#[test]
fn contacts_get_ids_once_and_only_their_own() {
    let live = profile();
    let mut next = profile();
    next.contacts.push(Contact { name: text("Desk"), ..Contact::default() });
    next.contacts.push(Contact { id: Some(ContactId(id(66))), ..Contact::default() });
    let told = next.name_contacts(Some(&live), || ContactId(id(7)));
    let ids: Vec<_> = next.contacts.iter().map(|c| c.id).collect();
    assert_eq!(ids, [Some(CONTACT), Some(ContactId(id(7))), Some(ContactId(id(66)))]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].path, "contacts[2].contact_id");
    assert_eq!(next.name_contacts(None, || ContactId(Uuid::nil())).len(), 3);
}

fn digests(p: &Profile, key: u8) -> Vec<(Kind, String, crate::domain::digest::Digest)> {
    let key = ClaimKey::new([key; 32]);
    claims(p).into_iter().map(|c| (c.kind, c.subject.clone(), c.digest(&key))).collect()
}

#[test]
fn claims_are_named_and_keyed() {
    let told: Vec<_> = claims(&profile()).into_iter().map(|c| (c.kind, c.subject)).collect();
    let contact = CONTACT.to_string();
    let want = [
        (Kind::IdentifierForm, "EIN"),
        (Kind::Sanctions, contact.as_str()),
        (Kind::Sanctions, "beneficial_owners[0]"),
        (Kind::Sanctions, "legal_name"),
        (Kind::Sanctions, "trade_names[0]"),
        (Kind::AddressKind, ""),
        (Kind::ContactEmail, contact.as_str()),
        (Kind::ContactPhone, contact.as_str()),
        (Kind::AlternatePhone, ""),
        (Kind::Existence, ""),
        (Kind::TaxIdToName, ""),
        (Kind::Representation, ""),
        (Kind::CallerName, ""),
        (Kind::RmdRecord, ""),
        (Kind::FlowDown, ""),
    ];
    let told: Vec<_> = told.iter().map(|(kind, subject)| (*kind, subject.as_str())).collect();
    assert_eq!(told, want);
    assert_eq!(claims(&Profile::default()), []);
    let (a, b) = (digests(&profile(), 1), digests(&profile(), 2));
    assert!(a.iter().zip(&b).all(|(a, b)| a.2 != b.2), "another customer, another digest");
}

#[test]
fn nothing_personal_is_printed() {
    let shown = format!("{:?} {:?}", profile(), claims(&profile()));
    for secret in ["Hudson", "Alex", "4567890", "6647665", "350 Fifth"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

proptest! {
    #[test]
    fn validation_survives_any_text(s in "\\PC{0,300}", t in any::<String>()) {
        let mut p = profile();
        p.legal_name = Pii::new(t.clone());
        p.website = Pii::new(s.clone());
        p.contacts[0].email = Pii::new(t.clone());
        p.contacts[0].phone = Pii::new(s.clone());
        p.identifiers[0].value = Pii::new(t.clone());
        p.originating_ips = vec![Pii::new(s.clone()), Pii::new(t.clone())];
        p.physical_address.as_mut().unwrap().lines = vec![Pii::new(s.clone()), Pii::new(t)];
        for fault in validate(&p) {
            prop_assert!(s.len() < 12 || !fault.message.contains(&s));
        }
        let list = claims(&p);
        let names: Vec<_> = list.iter().map(|c| (c.kind, c.subject.clone())).collect();
        prop_assert!(names.is_sorted() && names.windows(2).all(|w| w[0] != w[1]));
    }
}
