//! Requirements: everything that stands between a customer and activation, derived from the facts
//! and the policy, all at once.

mod list;
mod need;

pub use list::requirements;
pub use need::{Actor, Code, Requirement};
