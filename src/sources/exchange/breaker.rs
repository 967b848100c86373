//! Stops asking a source that does not answer, and tries it again now and then.

use crate::domain::check::Breaker as State;
use crate::domain::time::{Mono, Span};

/// Failures in a row that open it.
const LIMIT: u32 = 5;
/// How long it stays open at first; each time it doubles.
const PAUSE: Span = Span::secs(30);
/// The longest it stays open.
const LONGEST: Span = Span::minutes(10);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    opened: u32,
    until: Option<Mono>,
    trying: bool,
}

impl Breaker {
    /// Whether the source may be asked; else how long not. After the pause one question goes
    /// through, and the next one no earlier than a pause later, whatever becomes of the first.
    pub(super) fn admit(&mut self, now: Mono) -> Result<(), Span> {
        match self.until {
            None => Ok(()),
            Some(until) if now >= until => {
                self.trying = true;
                self.until = Some(now.plus(PAUSE));
                Ok(())
            }
            Some(until) => Err(until.since(now)),
        }
    }

    /// The source answered, whatever it said.
    pub(super) fn answered(&mut self) {
        *self = Self::default();
    }

    /// The source did not answer.
    pub(super) fn silent(&mut self, now: Mono) {
        self.failures = self.failures.saturating_add(1);
        if self.trying || self.failures >= LIMIT {
            let pause = Span(PAUSE.0 << self.opened.min(8)).min(LONGEST);
            self.opened = self.opened.saturating_add(1);
            self.until = Some(now.plus(pause));
            self.trying = false;
        }
    }

    pub(super) fn state(&self, now: Mono) -> State {
        match self.until {
            None => State::Closed,
            Some(until) if now < until && !self.trying => State::Open,
            Some(_) => State::Trying,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_pauses_longer_and_closes_on_an_answer() {
        let at = |seconds| Mono(1).plus(Span::secs(seconds));
        let mut breaker = Breaker::default();
        for _ in 0..LIMIT {
            assert_eq!(breaker.admit(at(0)), Ok(()));
            breaker.silent(at(0));
        }
        assert_eq!(breaker.state(at(1)), State::Open);
        assert_eq!(breaker.admit(at(1)), Err(Span::secs(29)));
        assert_eq!(breaker.admit(at(31)), Ok(()));
        assert!(breaker.admit(at(31)).is_err(), "one question at a time");
        breaker.silent(at(31));
        assert!(breaker.admit(at(80)).is_err(), "the second pause is longer");
        assert_eq!(breaker.admit(at(92)), Ok(()));
        assert!(breaker.admit(at(93)).is_err());
        assert_eq!(breaker.admit(at(122)), Ok(()), "a question that got lost blocks nothing");
        breaker.answered();
        assert_eq!(breaker.state(at(122)), State::Closed);
    }
}
