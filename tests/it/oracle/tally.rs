//! How often every word was the answer, and the comparison that feeds it.

use std::collections::BTreeMap;

use super::adapter;
use super::judge::judge;
use super::model::{Case, Expected};
use super::words::{Attest, Disposition, Reason, Word};

/// Counts of answers by word, and the first disagreements.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) cases: u64,
    pub(crate) wrong: u64,
    words: BTreeMap<(&'static str, &'static str), u64>,
    first: Vec<String>,
}

impl Tally {
    /// Compares the whole answer of `decide` with the oracle's.
    pub(crate) fn compare(&mut self, case: &Case) {
        let expected = judge(case);
        let said = adapter::decide(case);
        self.record(case, &expected, &said);
    }

    /// Counts one pair of answers.
    pub(crate) fn record(&mut self, case: &Case, expected: &Expected, said: &Expected) {
        self.cases += 1;
        self.count("level", expected.attest.word());
        self.count("disposition", expected.disposition.word());
        for reason in &expected.reasons {
            self.count("reason", reason.word());
        }
        if let Some(first) = expected.reasons.first() {
            self.count("first reason", first.word());
        }
        if said != expected {
            self.wrong += 1;
            if self.first.len() < 3 {
                let line = serde_json::to_string(case).expect("a case is plain JSON");
                self.first.push(format!("{line}\n  decide {said:?}\n  oracle {expected:?}"));
            }
        }
    }

    fn count(&mut self, of: &'static str, word: &'static str) {
        *self.words.entry((of, word)).or_default() += 1;
    }

    /// How often `word` was seen.
    pub(crate) fn of(&self, of: &'static str, word: &'static str) -> u64 {
        self.words.get(&(of, word)).copied().unwrap_or(0)
    }

    /// The histogram, one word a line.
    pub(crate) fn print(&self) {
        for ((of, word), count) in &self.words {
            println!("{of:>13} {word:<22} {count:>10}");
        }
    }

    /// Fails with the first disagreements, as case lines that can be replayed.
    pub(crate) fn assert_agreed(&self) {
        assert!(
            self.wrong == 0,
            "{} of {} cases disagree; the first:\n{}",
            self.wrong,
            self.cases,
            self.first.join("\n")
        );
    }

    /// Fails unless every level, disposition and reason the page names was seen `least` times.
    pub(crate) fn assert_every_word(&self, least: u64) {
        let words = Attest::ALL
            .iter()
            .map(|w| ("level", w.word()))
            .chain(Disposition::ALL.iter().map(|w| ("disposition", w.word())))
            .chain(Reason::ALL.iter().map(|w| ("reason", w.word())))
            .chain(Reason::ALL.iter().map(|w| ("first reason", w.word())));
        let rare: Vec<String> = words
            .map(|(of, word)| (of, word, self.of(of, word)))
            .filter(|(.., count)| *count < least)
            .map(|(of, word, count)| format!("{of} {word}: {count}"))
            .collect();
        assert!(rare.is_empty(), "seen fewer than {least} times: {}", rare.join(", "));
    }
}
