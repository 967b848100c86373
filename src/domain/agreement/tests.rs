//! Copies, signatures and the book of clauses.

use super::*;
use crate::domain::customer::Role;
use crate::domain::digest::Digest;
use crate::domain::fixture::{
    CONTACT, START as NOW, book, executed, id, person, policy, portal, profile, template, text,
};
use crate::domain::ids::{AgreementId, ContactId};
use crate::domain::profile::Profile;
use crate::domain::time::Span;

fn parties(profile: &Profile) -> Parties<'_> {
    Parties { provider: "Provider, LLC", profile, agreement: AgreementId(id(1)), at: NOW }
}

fn prepared() -> Agreement {
    let (book, profile) = (book(), profile());
    let template = template(&book, Role::EndUser);
    Agreement {
        id: AgreementId(id(1)),
        sha256: render(&book, &template, &parties(&profile)).unwrap().sha256,
        template: template.id,
        clauses: template.clauses,
        prepared_at: NOW,
        state: AgreementState::Prepared { at: NOW, expires: NOW.plus(Span::days(1)) },
    }
}

fn offer(seen: Digest) -> Offer {
    Offer { contact: CONTACT, seen, name: text("Alex Kim"), ip: text("192.0.2.1") }
}

#[test]
fn a_copy_is_the_same_bytes_and_holds_every_clause() {
    let (book, profile) = (book(), profile());
    for role in Role::ALL {
        let template = template(&book, *role);
        let copy = render(&book, &template, &parties(&profile)).unwrap();
        assert_eq!(copy, render(&book, &template, &parties(&profile)).unwrap());
        assert_eq!(copy.sha256, Digest::of(copy.bytes.expose()));
        let shown = std::str::from_utf8(copy.bytes.expose()).unwrap();
        for (clause, version) in &template.clauses {
            let head = format!("\n{clause} (version {version}) ");
            assert_eq!(shown.matches(&head).count(), 1, "{head}");
            assert!(shown.contains(book.clause(*clause, *version).unwrap().text.trim()));
        }
        let named = "Hudson Valley Dental Supply, Inc. (\"Customer\"), formed in US-NY, 350 Fifth";
        assert!(shown.contains(named) && shown.contains("Prepared on 2026-05-28"), "{shown}");
    }
    let nobody = Profile::default();
    let template = template(&book, Role::EndUser);
    assert_eq!(render(&book, &template, &parties(&nobody)), Err(CopyRefusal::NoName));
    let mut short = book.clone();
    short.clauses.remove(0);
    assert_eq!(render(&short, &template, &parties(&profile)), Err(CopyRefusal::UnknownClause));
}

#[test]
fn only_an_authorised_signer_signs_what_was_shown() {
    let agreement = prepared();
    let good = offer(agreement.sha256);
    let sign = |offer: Offer, at| agreement.clone().sign(&profile(), offer, portal(), at);
    assert!(sign(good.clone(), NOW).is_ok());
    let other = Offer { seen: Digest([0; 32]), ..good.clone() };
    assert_eq!(sign(other, NOW).err(), Some(SignRefusal::OtherCopy));
    let stranger = Offer { contact: ContactId(id(99)), ..good.clone() };
    assert_eq!(sign(stranger, NOW).err(), Some(SignRefusal::NotAuthorized));
    let unnamed = Offer { name: text(" "), ..good.clone() };
    assert_eq!(sign(unnamed, NOW).err(), Some(SignRefusal::NoName));
    assert_eq!(sign(good.clone(), NOW.plus(Span::days(1))).err(), Some(SignRefusal::Expired));
    let mut clerk = profile();
    clerk.contacts[0].authorized_signer = false;
    let refused = agreement.clone().sign(&clerk, good.clone(), portal(), NOW);
    assert_eq!(refused.err(), Some(SignRefusal::NotAuthorized));
    let signed = sign(good.clone(), NOW).unwrap();
    let again = signed.sign(&profile(), good, portal(), NOW);
    assert_eq!(again.err(), Some(SignRefusal::WrongState { state: AgreementWord::Signed }));
}

#[test]
fn the_provider_countersigns_by_another_person() {
    let agreement = prepared();
    let offer = offer(agreement.sha256);
    let signed = agreement.clone().sign(&profile(), offer, person(3), NOW).unwrap();
    let until = NOW.plus(Span::days(100));
    let counter = |by, at| signed.clone().countersign(text("Sam Lee"), by, until, at);
    assert_eq!(counter(person(3), NOW).err(), Some(SignRefusal::SamePerson));
    assert_eq!(counter(portal(), NOW).err(), Some(SignRefusal::SamePerson));
    assert_eq!(counter(person(4), NOW.plus(Span::days(1))).err(), Some(SignRefusal::Expired));
    let done = counter(person(4), NOW).unwrap();
    assert_eq!(done.state.valid_until(), Some(until));
    assert!(agreement.countersign(text("Sam Lee"), person(4), until, NOW).is_err());
    assert!(done.clone().lapse(until.minus(Span(1))).is_err());
    assert_eq!(done.clone().lapse(until).unwrap().state.word(), AgreementWord::Lapsed);
    let ended = done.terminate(person(4), NOW).unwrap();
    assert!(ended.terminate(person(4), NOW).is_err());
}

#[test]
fn coverage_ends_with_the_agreement() {
    let policy = policy();
    let until = NOW.plus(Span::days(10));
    let held = vec![executed(Role::EndUser, &profile(), until)];
    let missing = |at| coverage(&held, &policy, Role::EndUser, at).len();
    assert_eq!((missing(NOW), missing(until.minus(Span(1))), missing(until)), (0, 0, 15));
    let reseller = coverage(&held, &policy, Role::Reseller, NOW);
    assert_eq!(reseller, [ClauseId::FlowDown, ClauseId::RmdMaintained, ClauseId::Audit]);
}

#[test]
fn a_state_is_stored_and_read_back() {
    let held = executed(Role::EndUser, &profile(), NOW.plus(Span::days(10)));
    let json = serde_json::to_string(&held).unwrap();
    assert_eq!(serde_json::from_str::<Agreement>(&json).unwrap(), held);
    assert!(!format!("{held:?}").contains("Alex"));
}

#[test]
fn the_book_is_checked_whole() {
    let mut book = book();
    book.clauses.push(book.clauses[0].clone());
    book.clauses[1].text = " ".to_owned();
    book.templates[0].clauses.push((ClauseId::Audit, 9));
    book.templates[1].roles.clear();
    let told: Vec<_> = book.check().into_iter().map(|f| (f.path, f.reason)).collect();
    let told: Vec<_> = told.iter().map(|(p, r)| (p.as_str(), r.as_ref())).collect();
    let want = [
        ("clauses[1].text", "REQUIRED"),
        ("clauses[20].version", "DUPLICATE"),
        ("templates[0].clauses", "UNKNOWN_CLAUSE"),
        ("templates[1].roles", "REQUIRED"),
    ];
    assert_eq!(told, want);
}
