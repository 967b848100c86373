//! Flags of a whole profile.

use super::*;
use crate::domain::finding::Code;
use crate::domain::fixture::{policy, profile, text};
use crate::domain::profile::{AddressKind, PaymentMethod, Profile, SignupInfo};

fn told(edit: impl FnOnce(&mut Profile, &mut Outside)) -> Vec<(Code, &'static str)> {
    let (mut p, mut outside) = (profile(), Outside::default());
    outside.registrable.insert("hvdental.example.com".to_owned(), "example.com".to_owned());
    outside.registrable.insert("www.hvdental.example.com".to_owned(), "example.com".to_owned());
    edit(&mut p, &mut outside);
    let found = flags(&p, &outside, &policy().flags);
    found.into_iter().map(|flag| (flag.code, flag.reason)).collect()
}

#[test]
fn an_ordinary_firm_has_none() {
    assert_eq!(told(|_, _| ()), []);
    assert_eq!(flags(&Profile::default(), &Outside::default(), &policy().flags), []);
}

#[test]
fn places_to_stay_are_no_premises() {
    let line = |line: &str| {
        let line = text(line);
        told(move |p, _| p.physical_address.as_mut().unwrap().lines = vec![line])
    };
    assert_eq!(line("Grand Hotel, 5 Quay"), [(Code::AddrLodging, "WORD_OF_LODGING")]);
    assert_eq!(line("5 Inn Road"), []);
    let kind = told(|p, _| p.physical_address.as_mut().unwrap().kind = Some(AddressKind::Lodging));
    assert_eq!(kind, [(Code::AddrLodging, "KIND_LODGING")]);
}

#[test]
fn where_and_how_somebody_signed_up() {
    let from = |country: &str| {
        let country = country.to_owned();
        told(move |p, outside| {
            p.signup = Some(SignupInfo { ip: text("203.0.113.9"), ..SignupInfo::default() });
            outside.signup_country = Some(country);
        })
    };
    assert_eq!(from("GB"), [(Code::IpGeoMismatch, "OTHER_COUNTRY")]);
    assert_eq!(from("US"), []);
    assert_eq!(from("PR"), []);
    let unknown = told(|p, _| {
        p.signup = Some(SignupInfo { ip: text("203.0.113.9"), ..SignupInfo::default() });
    });
    assert_eq!(unknown, [], "an unknown place raises nothing");
    for method in PaymentMethod::ALL {
        let paid = told(|p, _| {
            p.signup = Some(SignupInfo { payment_method: Some(*method), ..SignupInfo::default() });
        });
        assert_eq!(!paid.is_empty(), method.is_anonymous(), "{method}");
    }
}

#[test]
fn mailboxes() {
    let mail = |address: &str| {
        let address = text(address);
        told(move |p, outside| {
            p.contacts[0].email = address;
            outside.disposable.insert("gone.example".to_owned());
        })
    };
    let other = (Code::EmailNotCompanyDomain, "NOT_THE_WEBSITE");
    assert_eq!(mail("a@hvdental.example.com"), []);
    assert_eq!(mail("a@gone.example"), [(Code::EmailDomainRisk, "DISPOSABLE"), other]);
    let thrown = (Code::EmailDomainRisk, "NAMED_TO_BE_THROWN_AWAY");
    assert_eq!(mail("a@my-tempmail.example"), [thrown, other]);
    let numbered = (Code::EmailDomainRisk, "NUMBERED_AND_OF_NO_NAME");
    assert_eq!(mail("a@mariocop123.example"), [numbered, other]);
    assert_eq!(mail("a@hudson123.example"), [other], "a number behind the own name");
    assert_eq!(mail("a@gmail.com"), [(Code::EmailNotCompanyDomain, "FREE_MAIL")]);
}

#[test]
fn names_and_scripts() {
    let name = |name: &str| {
        let name = text(name);
        told(move |p, _| p.legal_name = name)
    };
    assert_eq!(name("Amaz0n Support LLC"), [(Code::SpoofName, "LOOKS_LIKE_A_BRAND")]);
    let say = |script: &str| {
        let script = text(script);
        told(move |p, _| p.call_script = script)
    };
    let red = [(Code::ScriptRedFlag, "SOUNDS_LIKE_ROBOCALL")];
    assert_eq!(say("Your social security number was suspended. Press 1 now."), red);
    assert_eq!(say("Hello, this is HV Dental. Press 1 to confirm your appointment."), []);
    assert_eq!(say("\u{60a8}\u{7684}\u{5305}\u{88f9}"), [(Code::ScriptRedFlag, "SCRIPT_NOT_READ")]);
}

#[test]
fn a_flag_about_another_text_is_another_finding() {
    let raise = |line: &str| {
        let mut p = profile();
        p.physical_address.as_mut().unwrap().lines = vec![text(line)];
        let found = flags(&p, &Outside::default(), &policy().flags);
        let key = crate::domain::profile::ClaimKey::new([7; 32]);
        let lodging = found.into_iter().filter(|flag| flag.code == Code::AddrLodging);
        lodging.map(|flag| flag.raise(&key).subject).collect::<Vec<_>>()
    };
    let (a, b) = (raise("Grand Hotel"), raise("Grand Motel"));
    assert_eq!((a.len(), b.len()), (1, 1));
    assert_ne!(a, b);
    assert_eq!(a, raise("Grand Hotel"));
    assert!(a[0].starts_with("physical_address#") && !a[0].contains("Grand"));
}

#[test]
fn a_register_tells_who_is_new_and_what_was_changed() {
    use crate::domain::check::{
        Answer, AskedParty, Evidence, Failure, RegistryEvidence, Told, Verdict,
    };
    let rules = policy().flags;
    let now = crate::domain::date::read("2026-11-27").unwrap();
    let file = crate::domain::fixture::ready(crate::domain::customer::Role::EndUser, &policy());
    let check = &file.checks[0];
    let day = |text: &str| crate::domain::date::read(text);
    let party = |result, since: &str, changed: &str| {
        let evidence = Evidence {
            source: "US_CO".to_owned(),
            adapter: 1,
            request: text("GET /"),
            retrieved_at: now,
            source_as_of: None,
            response_sha256: None,
            record: text("1"),
            compared: Vec::new(),
            expires_at: now,
            raw: None,
        };
        let told = Told::Failed(Failure::LATER);
        let (since, changed) = (day(since), day(changed));
        let (remarks, channels) = (Vec::new(), Vec::new());
        let answer = Answer { told, evidence, remarks, channels, since, changed };
        AskedParty { result, reason: String::new(), answer: Some(answer) }
    };
    let told = |asked: Vec<AskedParty>| -> Vec<Code> {
        let facts = RegistryFacts::of(&RegistryEvidence { asked }.stored());
        facts.flags(check, &rules, now).into_iter().map(|flag| flag.code).collect()
    };
    let (new, changed) = (Code::RecentRegistration, Code::RegistryJustChanged);
    assert_eq!(told(vec![party(Verdict::Pass, "2026-11-01", "")]), [new]);
    assert_eq!(told(vec![party(Verdict::Review, "2026-11-01", "2026-11-24")]), [new, changed]);
    assert_eq!(told(vec![party(Verdict::Pass, "2014-03-02", "2026-01-02")]), []);
    let several = [("2014-03-02", ""), ("", "2026-11-24")];
    let several = several.map(|(since, changed)| party(Verdict::Pass, since, changed));
    assert_eq!(told(several.into()), [changed]);
    assert_eq!(told(vec![party(Verdict::Fail, "2026-11-01", "2026-11-24")]), [], "another firm's");
    assert_eq!(RegistryFacts::of(&serde_json::Value::Null), RegistryFacts::default());
}
