//! What came of the questions to a source.

use std::collections::BTreeMap;

use crate::domain::check::{Outcome, Told};
use crate::domain::time::Ts;

#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) last_success: Option<Ts>,
    pub(super) last_failure: Option<(Ts, Outcome)>,
    pub(super) outcomes: BTreeMap<Outcome, u64>,
}

impl Tally {
    pub(super) fn count(&mut self, told: &Told, at: Ts) {
        let outcome = Outcome::of(told);
        match outcome {
            Outcome::Found | Outcome::Nothing => self.last_success = Some(at),
            // What is not set up did not fail.
            Outcome::NotConfigured => {}
            Outcome::Refused
            | Outcome::Quota
            | Outcome::Retry
            | Outcome::Schema
            | Outcome::Stale => self.last_failure = Some((at, outcome)),
        }
        *self.outcomes.entry(outcome).or_default() += 1;
    }
}
