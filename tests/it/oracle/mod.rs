//! The independent oracle of the attestation decision, written from `decision.md` without sight of
//! `decide`: its own model of a case, a slow judge, and the comparisons over the frozen cases, the
//! whole small domain, weighted random facts, time, and the packed form.
//!
//! `VOUCH_ORACLE_CASES`, `VOUCH_ORACLE_TIME_CASES`, `VOUCH_ORACLE_PACKED_CASES` and
//! `VOUCH_ORACLE_SEED` set sizes and seed; every run prints them.
//!
//! Broken once each in `decide`, and seen red (how many of these tests failed): `full_until` taken
//! as closed (5), `a_bound` as closed (7), `service_bound` as closed (4), `uncapped_until` as
//! closed (4), the holder's caps dropped (5), the owner's origid instead of the holder's (5), no
//! exemption from conflict for the only own feed (3), delegation read one way in a conflict (3),
//! the last tie the wrong way round (3), the owner's own grant without preference (1).

pub(crate) mod adapter;
mod enumerate;
pub(crate) mod generate;
mod judge;
pub(crate) mod model;
mod packed;
mod random;
mod tally;
mod time;
mod vectors;
pub(crate) mod words;
