//! How outside parties are asked: within their limits, with an end to everything, and never in a way
//! that a failure looks like an answer.

mod ask;
mod book;
mod breaker;
mod line;
mod pace;
mod settings;
mod tally;

pub(super) use ask::{Ask, Reply, Seen, json};
pub use book::{Sources, setting};
pub(super) use line::{Call, Line, below, body};
pub use settings::{NotSetUp, SourceSettings, Terms, terms};
