//! Screening: a name against a list of people and organisations one may not serve. Pure and
//! deterministic: whole numbers only, so that the same list and name give the same hits anywhere.
//!
//! A hit is never a verdict; it opens a finding for a reviewer. A name that holds nothing to compare
//! is refused, because "no hit" would read as a pass.

mod candidate;
mod index;
mod list;
mod many;
mod score;
#[cfg(test)]
mod tests;

pub use index::{Hit, ListIndex, Party};
pub use list::{Alias, EntityKind, ListAddress, ListEntry, NameQuality, PartyId, is_stale};
pub use many::each_once;
pub use score::Score;
