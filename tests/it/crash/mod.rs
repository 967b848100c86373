//! The process dies, stops, has a wrong clock, or is left alone in the middle of a write.

mod audit;
mod births;
mod facts;
mod gone;
mod ground;
mod instance;
mod kills;
mod points;
mod skew;
mod stopped;
mod writer;
