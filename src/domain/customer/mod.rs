//! Customers: what they are to the provider, where they stand, and which steps are open to them.

mod record;
mod row;
mod state;
#[cfg(test)]
mod tests;

pub use record::{Customer, Role};
pub use row::{BadRow, StateRow};
pub use state::{Active, Condition, Refusal, State, StateWord, SuspendReason};
