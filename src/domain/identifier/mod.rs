//! Identifiers: their form and their normal form, by kind. Pure arithmetic on public rules.
//!
//! A good form says that a number can exist. It never says that it was issued, and never to whom.

mod company;
mod digits;
mod form;
mod kind;
mod telecom;
#[cfg(test)]
mod tests;
mod us;
mod vat;

pub use form::BadForm;
pub use kind::{Kind, normal};
