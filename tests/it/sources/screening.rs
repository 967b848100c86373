//! Screening over the whole real list: what must be found, how often a stranger is, what it costs.

use std::collections::BTreeMap;

use vouch::domain::screening::{ListEntry, ListIndex, NameKind, Score, explain, fold};
use vouch::domain::time::{Span, Ts};
use vouch::sources::list::ListExpect;
use vouch::sources::ofac::{OfacList, load};

fn list() -> Option<Vec<ListEntry>> {
    let dir = super::given::data("sanctions/ofac_2021")?;
    let as_of = Ts::from_iso("2021-09-01").unwrap();
    let expect = ListExpect { as_of, now: as_of, max_age: Span::days(1), last: None };
    Some(load(&dir, OfacList::Sdn, &expect).unwrap().rows)
}

fn sample(file: &str) -> Option<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(super::given::data("samples")?.join(file)).unwrap();
    // A CSV reader of its own: quotes, commas inside, no line feeds inside.
    let cells = |line: &str| {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        cells
    };
    Some(text.lines().skip(1).map(cells).collect())
}

#[test]
fn every_name_of_the_list_finds_its_own_entry() {
    let Some(list) = list() else { return };
    let index = ListIndex::build(&list);
    let mut names = 0_u32;
    for entry in &list {
        let aliases = entry.aliases.iter().map(|a| a.name.as_str());
        for name in std::iter::once(entry.name.as_str()).chain(aliases) {
            let hits = index.screen(name, Score::DEFAULT_THRESHOLD).unwrap();
            assert!(hits.iter().any(|h| h.ent_num == entry.ent_num), "{name} is lost");
            names += 1;
        }
    }
    println!("{names} names, each found");
    assert!(names > 23_000);
}

#[test]
fn benign_changes_are_found() {
    let (Some(list), Some(business), Some(people)) =
        (list(), sample("ssb_business.csv"), sample("ssb_individuals.csv"))
    else {
        return;
    };
    let index = ListIndex::build(&list);
    let known: BTreeMap<String, u64> =
        list.iter().map(|e| (e.ent_num.to_string(), e.ent_num)).collect();
    let mut tally: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for row in business.iter().chain(&people) {
        let [query, id, change, ..] = row.as_slice() else { continue };
        let Some(id) = known.get(id) else { continue };
        let hits = index.screen(query, Score::DEFAULT_THRESHOLD).unwrap_or_default();
        let entry = tally.entry(change.clone()).or_default();
        entry.0 += u32::from(hits.iter().any(|h| h.ent_num == *id));
        entry.1 += 1;
    }
    for (change, (found, of)) in &tally {
        println!("{change}: {found} of {of}");
    }
    // Order, punctuation, affixes and a dropped word are this matcher's; misspelling is not yet.
    let floor = [("name_order", 95), ("punctuation", 95), ("title_affix", 95), ("token_drop", 85)];
    for (change, percent) in floor {
        let (found, of) = tally[change];
        assert!(found * 100 >= of * percent, "{change}: {found} of {of}");
    }
}

#[test]
fn strangers_are_seldom_hit() {
    let (Some(list), Some(listed), Some(registered)) =
        (list(), sample("sec_companies.csv"), sample("gleif_lei_sample_handover.csv"))
    else {
        return;
    };
    let index = ListIndex::build(&list);
    let names = listed.iter().map(|row| &row[0]).chain(registered.iter().map(|row| &row[1]));
    let (mut hit, mut of) = (0, 0);
    for name in names {
        let Ok(hits) = index.screen(name, Score::DEFAULT_THRESHOLD) else { continue };
        hit += usize::from(!hits.is_empty());
        of += 1;
    }
    println!("{hit} of {of} unrelated companies resemble a listed party");
    assert!(of > 6_000 && hit * 100 <= of, "{hit} of {of}");
}

#[test]
fn the_index_touches_few_names_and_loses_no_hit() {
    let (Some(list), Some(business)) = (list(), sample("ssb_business.csv")) else { return };
    let index = ListIndex::build(&list);
    let kind = |e: &ListEntry| match e.kind {
        vouch::domain::screening::EntityKind::Individual => NameKind::Person,
        _ => NameKind::Any,
    };
    let folded: Vec<_> = list
        .iter()
        .flat_map(|e| {
            let aliases = e.aliases.iter().map(|a| a.name.as_str());
            let names = std::iter::once(e.name.as_str()).chain(aliases);
            names.filter_map(|n| Some((e.ent_num, fold(n, kind(e)).ok()?))).collect::<Vec<_>>()
        })
        .collect();
    for row in business.iter().step_by(40) {
        let asked = fold(&row[0], NameKind::Any).unwrap();
        let found: Vec<u64> = index
            .screen(&row[0], Score::DEFAULT_THRESHOLD)
            .unwrap()
            .iter()
            .map(|h| h.ent_num)
            .collect();
        for (ent_num, name) in &folded {
            let (score, _) = explain(&asked, name, |t| index.weight(t));
            if score >= Score::DEFAULT_THRESHOLD {
                assert!(found.contains(ent_num), "{} lost {ent_num}", row[0]);
            }
        }
    }
}
