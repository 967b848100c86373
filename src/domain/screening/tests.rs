use super::*;

fn entry(ent_num: u64, kind: EntityKind, name: &str, aliases: &[&str]) -> ListEntry {
    let aliases = aliases
        .iter()
        .map(|a| Alias { name: (*a).to_owned(), quality: NameQuality::Strong })
        .collect();
    ListEntry {
        ent_num,
        name: name.to_owned(),
        kind,
        aliases,
        program: String::new(),
        addresses: Vec::new(),
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
    ])
}

fn best(name: &str) -> Option<(u64, MatchKind)> {
    let hits = index().screen(name, Score::DEFAULT_THRESHOLD).unwrap();
    hits.first().map(|h| (h.ent_num, h.matched))
}

#[test]
fn spelling_order_and_legal_form_do_not_hide_a_name() {
    use MatchKind::{Exact, Tokens};
    let cases = [
        ("Aerocaribbean Airlines", Some((36, Exact))),
        ("AIRLINES, AÉROCARIBBEAN (Inc.)", Some((36, Exact))),
        ("Aero Caribbean, LLC", Some((36, Exact))),
        ("AeroCaribbean", Some((36, Exact))),
        ("Aerocaribbean Airlines of Florida Limited Liability Company", Some((36, Tokens))),
        ("banco nacional de cuba s.a.", Some((306, Exact))),
        ("Cimex", Some((537, Exact))),
        ("C I M E X", Some((537, Exact))),
        ("Ａｙｍａｎ al Zawahiri, Dr", Some((2676, Exact))),
        ("Ayman al-Zawahiri", Some((2676, Tokens))),
        ("Sa Lee", Some((7, Exact))),
        ("Acme Widgets LLC", None),
        ("The Company", Some((8, Exact))),
    ];
    for (name, want) in cases {
        assert_eq!(best(name), want, "{name}");
    }
}

#[test]
fn a_name_of_nothing_is_refused_not_passed() {
    for name in ["", " ", "!!! ...", "\u{200b}\u{200d}"] {
        assert_eq!(index().screen(name, Score::DEFAULT_THRESHOLD), Err(Unscreenable::Empty));
    }
    let long = "a".repeat(MAX_NAME + 1);
    assert_eq!(index().screen(&long, Score::DEFAULT_THRESHOLD), Err(Unscreenable::TooLong));
}

#[test]
fn candidates_lose_no_hit_of_a_full_scan() {
    let index = index();
    let asked = fold("National Airlines of Cuba and Sa", NameKind::Any).unwrap();
    for threshold in (0..=1000).step_by(50).map(Score) {
        let found = index.candidates(&asked, threshold);
        for (id, name) in index.names.iter().enumerate() {
            let (score, _) = explain(&asked, &name.folded, |t| index.weight(t));
            let id = u32::try_from(id).unwrap();
            if score >= threshold && score > Score(0) {
                assert!(found.contains(&id), "{} lost at {threshold:?}", name.text);
            }
        }
    }
}

#[test]
fn every_word_is_explained() {
    let hits = index().screen("Aerocaribbean Airlines of Florida Inc", Score(500)).unwrap();
    let hit = hits.first().unwrap();
    let how = |word: &str| {
        hit.why.iter().find(|w| w.asked.as_ref().is_some_and(|a| a.as_str() == word)).map(|w| w.how)
    };
    assert_eq!(how("aerocaribbean"), Some(TokenHow::Same));
    assert_eq!(how("florida"), Some(TokenHow::OnlyAsked));
    assert_eq!(how("inc"), Some(TokenHow::Minor));
}
