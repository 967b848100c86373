use super::*;
use crate::domain::name::How;

fn entry(ent_num: u64, kind: EntityKind, name: &str, aliases: &[&str]) -> ListEntry {
    let aliases = aliases
        .iter()
        .map(|a| Alias { name: (*a).to_owned(), quality: NameQuality::Strong })
        .collect();
    ListEntry {
        id: PartyId::Number(ent_num),
        name: name.to_owned(),
        kind,
        aliases,
        program: String::new(),
        addresses: Vec::new(),
        review_only: false,
    }
}

fn index() -> ListIndex {
    ListIndex::build(&[
        entry(36, EntityKind::Entity, "AEROCARIBBEAN AIRLINES", &["AERO-CARIBBEAN"]),
        entry(306, EntityKind::Entity, "BANCO NACIONAL DE CUBA", &["NATIONAL BANK OF CUBA"]),
        entry(537, EntityKind::Entity, "CIMEX, S.A.", &[]),
        entry(2676, EntityKind::Individual, "AL-ZAWAHIRI, Dr. Ayman", &[]),
        entry(7, EntityKind::Individual, "LEE, Sa", &[]),
        entry(8, EntityKind::Entity, "THE COMPANY", &[]),
        entry(9, EntityKind::Vessel, "OCEAN PEARL", &[]),
    ])
}

fn best(name: &str, party: Party) -> Option<u64> {
    let hits = index().screen(name, party, Score::DEFAULT_THRESHOLD).unwrap();
    hits.first().map(|h| match &h.id {
        PartyId::Number(number) => *number,
        PartyId::Text(text) => panic!("{text} is no number"),
    })
}

#[test]
fn spelling_order_and_legal_form_do_not_hide_a_name() {
    let cases = [
        ("Aerocaribbean Airlines", Some(36)),
        ("AIRLINES, AÉROCARIBBEAN (Inc.)", Some(36)),
        ("Aero Caribbean, LLC", Some(36)),
        ("Аеrоcаribbеаn Airlines", Some(36)),
        ("Aeroc\u{200b}aribbean Airl1nes", Some(36)),
        ("RCRBBN ARLNS", Some(36)),
        ("AEROCARIBBEAN AIRL", Some(36)),
        ("Aerocaribbean Airlines of Florida Limited Liability Company", Some(36)),
        ("banco nacional de cuba s.a.", Some(306)),
        ("Cimex", Some(537)),
        ("C I M E X", Some(537)),
        ("Ａｙｍａｎ al Zawahiri, Dr", Some(2676)),
        ("Ayman al-Zawahiri", Some(2676)),
        ("Aiman Zawahri", Some(2676)),
        ("Acme Widgets LLC", None),
        ("The Company", Some(8)),
    ];
    for (name, want) in cases {
        assert_eq!(best(name, Party::Any), want, "{name}");
    }
}

#[test]
fn a_party_is_looked_for_among_its_kind() {
    assert_eq!(best("Ocean Pearl", Party::Business), None);
    assert_eq!(best("Ocean Pearl", Party::Any), Some(9));
    assert_eq!(best("Cimex", Party::Person), None);
    assert_eq!(best("Ayman Zawahiri Trading LLC", Party::Business), Some(2676));
    assert_eq!(best("Ayman Trading LLC", Party::Business), None);
}

#[test]
fn a_name_of_nothing_is_refused_not_passed() {
    use crate::domain::name::{MAX_NAME, Unreadable};
    let screen = |name: &str| index().screen(name, Party::Any, Score::DEFAULT_THRESHOLD);
    for name in ["", " ", "!!! ...", "\u{200b}\u{200d}"] {
        assert_eq!(screen(name), Err(Unreadable::Empty));
    }
    assert_eq!(screen(&"a".repeat(MAX_NAME + 1)), Err(Unreadable::TooLong));
}

#[test]
fn candidates_lose_no_hit_of_a_full_scan() {
    let index = index();
    for name in ["National Airlines of Cuba and Sa", "Nacional Bank", "A. Zawahiri", "Cimecs"] {
        for threshold in (50..=1000).step_by(50).map(Score) {
            let by_word = index.screen(name, Party::Any, threshold).unwrap();
            let by_scan = index.scan(name, Party::Any, threshold).unwrap();
            assert_eq!(by_word, by_scan, "{name} at {threshold:?}");
        }
    }
}

#[test]
fn every_word_is_explained() {
    let name = "Aerocaribbean Airlines of Florida Inc";
    let hits = index().screen(name, Party::Business, Score(500)).unwrap();
    let hit = hits.first().unwrap();
    let how = |word: &str| {
        hit.why.iter().find(|w| w.asked.as_ref().is_some_and(|a| a.as_str() == word)).map(|w| w.how)
    };
    assert_eq!(how("aerocaribbean"), Some(How::Same));
    assert_eq!(how("florida"), Some(How::OnlyAsked));
    assert_eq!(how("inc"), Some(How::OnlyAsked));
    assert!(hit.is_whole());
}
