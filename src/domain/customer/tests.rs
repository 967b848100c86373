//! Steps between states, and states as rows.

use super::*;
use crate::domain::attestation::Cap;
use crate::domain::fixture::START as NOW;
use crate::domain::time::{Span, Ts};

fn active() -> State {
    State::Active(Active {
        cap: Cap::A,
        uncapped_until: NOW.plus(Span::days(1)),
        active_until: NOW.plus(Span::days(2)),
        conditions: vec![Condition::RepaperDue],
    })
}

fn all() -> Vec<State> {
    vec![
        State::Draft,
        State::Submitted { at: NOW, profile_rev: 3 },
        State::InReview { since: NOW },
        State::Verified { at: NOW, kyc_expires_at: Ts::FOREVER },
        active(),
        State::Suspended { since: NOW, reason: SuspendReason::Finding, was: None },
        State::Rejected { at: NOW },
        State::Terminated { at: NOW },
        State::Legacy,
    ]
}

#[test]
fn every_state_is_a_row_and_back() {
    assert_eq!(all().iter().map(State::word).collect::<Vec<_>>(), StateWord::ALL);
    for state in all() {
        let row = StateRow::try_from(&state).unwrap();
        assert_eq!(State::try_from(row.clone()), Ok(state.clone()));
        assert_eq!(row.state_data["state"], row.state.as_str());
        let mut forged = row.clone();
        forged.active_until = Some(Ts::FOREVER);
        assert!(State::try_from(forged).is_err(), "{row:?}");
        let mut forged = row.clone();
        forged.state = "ACTIVE".to_owned();
        assert_eq!(State::try_from(forged).is_ok(), state.word() == StateWord::Active);
        let mut forged = row;
        forged.cap = Some("B".to_owned());
        assert!(State::try_from(forged).is_err());
    }
}

/// Which states a step is open from, as one letter each in the order of `all()`.
fn open(step: impl Fn(State) -> Result<State, Refusal>) -> String {
    let letters = ["D", "S", "I", "V", "A", "X", "R", "T", "L"];
    let held = all().into_iter().zip(letters).filter(|(s, _)| step(s.clone()).is_ok());
    held.map(|(_, letter)| letter).collect()
}

#[test]
fn steps_are_open_where_they_should_be() {
    assert_eq!(open(|s| s.submit(4, NOW)), "DSIRL");
    assert_eq!(open(|s| s.review(NOW)), "SI");
    assert_eq!(open(|s| s.verify(Ts::FOREVER, NOW)), "SI");
    assert_eq!(open(|s| s.suspend(SuspendReason::Reviewer, NOW)), "VAXL");
    assert_eq!(open(|s| s.reject(NOW)), "SIVL");
    assert_eq!(open(|s| s.terminate(NOW)), "DSIVAXRL");
    assert_eq!(open(|s| s.may_activate().map(|()| s.clone())), "VA");
    assert_eq!(open(|s| s.may_reinstate().map(|()| s.clone())), "X");
    let done = State::Terminated { at: NOW };
    assert_eq!(done.submit(1, NOW), Err(Refusal::Terminated));
}

#[test]
fn a_graver_reason_replaces_a_lighter_one() {
    let first = active().suspend(SuspendReason::ProfileChanged, NOW).unwrap();
    let graver = first.suspend(SuspendReason::FccOrder, NOW.plus(Span(5))).unwrap();
    let lighter = graver.suspend(SuspendReason::CheckExpired, NOW.plus(Span(9))).unwrap();
    let State::Suspended { since, reason, was } = lighter else { panic!("not suspended") };
    assert_eq!((since, reason, was.is_some()), (NOW, SuspendReason::FccOrder, true));
    for reason in SuspendReason::ALL {
        assert!(reason.overridable() || !reason.lifts_by_facts(), "{reason}");
    }
}

#[test]
fn active_ends_at_its_instant() {
    let state = active();
    assert!(state.effectively_active(NOW.plus(Span::days(2)).minus(Span(1))));
    assert!(!state.effectively_active(NOW.plus(Span::days(2))));
    assert!(!State::Legacy.effectively_active(NOW));
    let held = state.active().unwrap();
    assert_eq!(held.conditions_at(NOW), [Condition::RepaperDue]);
    let due = held.conditions_at(NOW.plus(Span::days(1)));
    assert_eq!(due, [Condition::ReverifyDue, Condition::RepaperDue]);
}
