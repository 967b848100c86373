//! The process dies, stops, has a wrong clock, or is left alone in the middle of a write.

pub(crate) mod audit;
mod births;
mod facts;
mod gone;
pub(crate) mod ground;
pub(crate) mod instance;
mod kills;
mod points;
mod skew;
mod stopped;
mod writer;
