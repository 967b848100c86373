//! Screening over the whole real list: what must be found, how often a stranger is, what it costs.
//!
//! The default run takes a part of each sample; `VOUCH_SCREENING=full` takes all of it and prints
//! the curve, as `scripts/screening.sh` does for `docs/screening.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vouch::domain::list::List;
use vouch::domain::name::{How, Name, Schema, resemble};
use vouch::domain::screening::{Hit, ListEntry, ListIndex, Party, PartyId, Score};
use vouch::domain::time::{Span, Ts};
use vouch::sources::list::{ListExpect, load};

const CURVE: [u16; 9] = [650, 675, 700, 710, 720, 730, 740, 750, 800];

fn list() -> Option<Vec<ListEntry>> {
    let dir = crate::support::data::data("sanctions/ofac_2021")?;
    let as_of = Ts::from_iso("2021-09-01").unwrap();
    let expect = ListExpect { as_of: Some(as_of), now: as_of, max_age: Span::days(1), last: None };
    Some(load(List::OfacSdn, &dir, &expect).unwrap().parties().unwrap())
}

fn sample(file: &str) -> Option<Vec<csv::StringRecord>> {
    let path = crate::support::data::data("samples")?.join(file);
    Some(csv::Reader::from_path(path).unwrap().records().map(Result::unwrap).collect())
}

/// Whether everything is measured: then every figure is the promised one.
fn is_full() -> bool {
    #[expect(clippy::disallowed_methods, reason = "the full run is asked for by this variable")]
    let full = std::env::var_os("VOUCH_SCREENING").is_some_and(|v| v == "full");
    full
}

/// Every row in the full run, else every so many.
fn step(part: usize) -> usize {
    if is_full() { 1 } else { part }
}

/// How many of a class reach each point of the curve, and how many there are.
#[derive(Default)]
struct Tally(BTreeMap<String, ([u32; CURVE.len()], u32)>);

impl Tally {
    fn add(&mut self, class: &str, score: Score) {
        let (reached, of) = self.0.entry(class.to_owned()).or_default();
        *of += 1;
        for (count, at) in reached.iter_mut().zip(CURVE) {
            *count += u32::from(score.0 >= at);
        }
    }

    /// The share of some classes that reaches the default threshold.
    fn share(&self, classes: impl Fn(&str) -> bool) -> f64 {
        let at = CURVE.iter().position(|t| *t == Score::DEFAULT_THRESHOLD.0).unwrap();
        let of = self.0.iter().filter(|(class, _)| classes(class));
        let (reached, all) = of.fold((0, 0), |(a, b), (_, (n, of))| (a + n[at], b + of));
        f64::from(reached) / f64::from(all)
    }

    fn print(&self, title: &str) {
        let mut text = format!("{title:40}");
        for threshold in CURVE {
            write!(text, "{threshold:>7}").unwrap();
        }
        for (class, (reached, of)) in &self.0 {
            write!(text, "\n{class:40}").unwrap();
            for n in reached {
                write!(text, "{:7.3}", f64::from(*n) / f64::from(*of)).unwrap();
            }
            write!(text, "  of {of}").unwrap();
        }
        println!("{text}\n");
    }
}

/// Whether the asked name equals a listed one, or has every word of it: that should be a hit.
fn contains_listed(hits: &[Hit], query: &str, source: &str, schema: Schema) -> bool {
    let core =
        |name| Name::read(name, schema).unwrap().core().map(str::to_owned).collect::<Vec<_>>();
    let asked = core(query);
    let same = |hit: &Hit| {
        let same = |w: &vouch::domain::name::Why| w.how == How::Same || w.other.is_none();
        hit.is_whole() && hit.why.iter().all(|w| w.class.is_minor() || same(w))
    };
    core(source).iter().all(|word| asked.contains(word)) || hits.first().is_some_and(same)
}

fn changed_names(index: &ListIndex, file: &str, party: Party) -> Option<Tally> {
    let schema = if party == Party::Person { Schema::Person } else { Schema::Firm };
    let mut tally = Tally::default();
    for row in sample(file)?.iter().step_by(step(9)) {
        let hits = index.screen(&row[0], party, Score(CURVE[0])).unwrap_or_default();
        if let Ok(id) = row[1].parse::<u64>() {
            let hit = hits.iter().find(|h| h.id == PartyId::Number(id));
            let apart = schema == Schema::Firm && matches!(&row[2], "initials" | "title_affix");
            let group = if apart { "apart" } else { "found" };
            tally.add(&format!("{group}: {}", &row[2]), hit.map_or(Score(0), |h| h.score));
        } else {
            let held = contains_listed(&hits, &row[0], &row[4], schema);
            let group = if held { "apart" } else { "wrong" };
            let score = hits.first().map_or(Score(0), |h| h.score);
            tally.add(&format!("{group}: {}", &row[2]), score);
        }
    }
    tally.print(file);
    Some(tally)
}

#[test]
fn changed_names_are_found_and_others_are_not() {
    let Some(list) = list() else { return };
    let index = ListIndex::build(&list);
    let parts = [("ssb_business.csv", Party::Business), ("ssb_individuals.csv", Party::Person)];
    for (file, party) in parts {
        let Some(tally) = changed_names(&index, file, party) else { return };
        let found = tally.share(|class| class.starts_with("found"));
        let wrong = tally.share(|class| class.starts_with("wrong"));
        println!("{file}: {found:.3} found, {wrong:.3} wrong\n");
        // A part of the rows is a few hundred, of which one more or less is a third of a hundredth.
        let (least, most) = if is_full() { (0.97, 0.05) } else { (0.96, 0.06) };
        assert!(found >= least && wrong <= most, "{file}: {found} found, {wrong} wrong");
    }
    let (listed, registered) =
        (sample("sec_companies.csv").unwrap(), sample("gleif_lei_sample_handover.csv").unwrap());
    let mut firms = Tally::default();
    let names = listed.iter().map(|row| &row[0]).chain(registered.iter().map(|row| &row[1]));
    for name in names.step_by(step(7)) {
        let Ok(hits) = index.screen(name, Party::Business, Score(CURVE[0])) else { continue };
        firms.add("ordinary firms", hits.first().map_or(Score(0), |h| h.score));
    }
    firms.print("firms");
    let hit = firms.share(|_| true);
    assert!(hit <= 0.005, "{hit} of ordinary firms hit");
}

#[test]
fn a_look_by_word_finds_what_a_scan_finds() {
    let (Some(list), Some(firms), Some(people)) =
        (list(), sample("ssb_business.csv"), sample("ssb_individuals.csv"))
    else {
        return;
    };
    let index = ListIndex::build(&list);
    let asked = firms.iter().map(|row| (&row[0], Party::Business));
    let asked = asked.chain(people.iter().map(|row| (&row[0], Party::Person)));
    let mut hits = 0;
    for (name, party) in asked.step_by(step(20) * 16 + 1) {
        for threshold in [Score(600), Score::DEFAULT_THRESHOLD] {
            let by_word = index.screen(name, party, threshold).unwrap();
            assert_eq!(by_word, index.scan(name, party, threshold).unwrap(), "{name}");
            hits += by_word.len();
        }
    }
    println!("{hits} hits, each by word and by scan");
    assert!(hits > 5);
    let mut own = 0;
    for entry in list.iter().step_by(step(60)) {
        let aliases = entry.aliases.iter().map(|a| a.name.as_str());
        for name in std::iter::once(entry.name.as_str()).chain(aliases) {
            let found = index.screen(name, Party::Any, Score::DEFAULT_THRESHOLD).unwrap();
            assert!(found.iter().any(|h| h.id == entry.id), "{name} is lost");
            own += 1;
        }
    }
    assert!(own > 200, "{own}");
}

/// Against the best a scan of whole strings can do: the list folded beforehand, the cutoff given.
#[test]
fn a_look_costs_a_part_of_a_scan() {
    use rapidfuzz::fuzz::{Args, RatioBatchComparator};
    let (Some(list), Some(firms)) = (list(), sample("ssb_business.csv")) else { return };
    let index = ListIndex::build(&list);
    assert!(index.names() >= 20_000);
    let names: Vec<String> = list
        .iter()
        .flat_map(|e| std::iter::once(&e.name).chain(e.aliases.iter().map(|a| &a.name)))
        .map(|name| name.to_lowercase())
        .collect();
    let asked: Vec<&str> = firms.iter().step_by(step(8) * 5).map(|row| &row[0]).collect();
    #[expect(clippy::disallowed_methods, reason = "two ways of one run are compared")]
    let timed = |run: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        run();
        start.elapsed()
    };
    let (mut look, mut scan) = (std::time::Duration::MAX, std::time::Duration::MAX);
    let (mut by_word, mut by_scan) = (0, 0);
    for _ in 0..3 {
        look = look.min(timed(&mut || {
            for name in &asked {
                let hits = index.screen(name, Party::Business, Score::DEFAULT_THRESHOLD);
                by_word += hits.map_or(0, |hits| hits.len());
            }
        }));
        scan = scan.min(timed(&mut || {
            for name in &asked {
                let scorer = RatioBatchComparator::new(name.to_lowercase().chars());
                let cutoff = Args::default().score_cutoff(0.72);
                let like = |n: &&String| scorer.similarity_with_args(n.chars(), &cutoff).is_some();
                by_scan += names.iter().filter(like).count();
            }
        }));
    }
    let ratio = look.as_secs_f64() / scan.as_secs_f64();
    let each = |d: std::time::Duration| d / u32::try_from(asked.len()).unwrap();
    println!(
        "a look {:?}, a scan {:?}: {ratio:.3}; {by_word} and {by_scan} hits",
        each(look),
        each(scan)
    );
    // Without optimisation it shows that nothing has become a scan; the figure is measured in release.
    let most = if is_full() && !cfg!(debug_assertions) { 0.1 } else { 0.5 };
    assert!(ratio <= most && by_word > 0, "{ratio}");
}

/// A generator of its own: the interval must be the same in every run.
fn drawn(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % below
}

fn f1(rows: impl Iterator<Item = (bool, bool)>) -> f64 {
    let (mut both, mut one) = (0_u32, 0_u32);
    for (said, is) in rows {
        both += u32::from(said && is);
        one += u32::from(said != is);
    }
    f64::from(2 * both) / f64::from(2 * both + one)
}

#[test]
fn pairs_of_names_are_told_apart() {
    let Some(rows) = sample("name_bench_cases.csv") else { return };
    let (mut people, mut firms, mut strong) = (Vec::new(), Vec::new(), 0);
    for row in &rows {
        let schema = match &row[1] {
            "Person" => Schema::Person,
            "Company" | "Organization" | "LegalEntity" => Schema::Firm,
            _ => continue,
        };
        let read = |at: usize| Name::read(&row[at], schema).unwrap();
        let said = resemble(&read(2), &read(3)).score >= Score::DEFAULT_THRESHOLD.0;
        let is = &row[4] == "true";
        if &row[5] == "STRONG" {
            strong += 1;
            assert_eq!(said, is, "{} and {}", &row[2], &row[3]);
        }
        if schema == Schema::Person { people.push((said, is)) } else { firms.push((said, is)) }
    }
    assert!(strong >= 20);
    for (what, rows, floor) in [("firms", firms, 0.93), ("people", people, 0.86)] {
        let mut seed = 7;
        let mut again: Vec<f64> = (0..2_000)
            .map(|_| f1(rows.iter().map(|_| rows[drawn(&mut seed, rows.len())])))
            .collect();
        again.sort_by(f64::total_cmp);
        let score = f1(rows.iter().copied());
        println!("{what}: F1 {score:.3}, 95 % within {:.3} and {:.3}", again[50], again[1_949]);
        assert!(score >= floor, "{what}: {score}");
    }
}
