//! Names compared: how likely it is that two spellings name one party, and why. Pure, and whole
//! numbers only, so that two names give the same score anywhere.
//!
//! A name is read into words ([`Name::read`]): script, case, accents, punctuation, lookalikes and
//! invisible signs go, and every word gets a class that says what its absence weighs. Two names are
//! then laid against each other word by word, and what is left over or differs is a cost in letters
//! ([`compare`]). Whatever the cost, two words are only ever paired when they share a [`key`]: this
//! is what lets an index find every pair without looking at all of them.

mod class;
mod clean;
mod compare;
mod edit;
mod floor;
mod form;
mod key;
mod lay;
mod read;
#[cfg(test)]
mod tests;
mod variant;
mod vocabulary;
mod word;

pub use class::Class;
pub use clean::{MAX_NAME, Unreadable};
pub use compare::{Comparison, compare, resemble};
pub use lay::{How, Why};
pub use read::{Name, Schema, Token};

pub(crate) use compare::{CUT_OFF, likeness};
pub(crate) use floor::Floor;
pub(crate) use read::Span;
pub(crate) use word::{Look, Word};
