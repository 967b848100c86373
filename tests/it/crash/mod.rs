//! The process dies, stops, has a wrong clock, or is left alone in the middle of a write.

mod audit;
mod ground;
mod instance;
mod kills;
mod points;
mod writer;
