//! What can happen to a number, as the provider's feeds tell it, and what each event does to the
//! evidence on it. An event that is older than what is known undoes nothing.

mod event;
mod judge;
#[cfg(test)]
mod tests;
mod toll_free;

pub use event::{Kind, NumberEvent, ends, replaces, run_of};
pub use judge::{Aging, Effect, New, Refusal, Seen, StockSeen, Stocked, judge};
pub use toll_free::{RespOrg, TollFreeStatus};
