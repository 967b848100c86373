//! What every store must do alike, whichever engine is under it.

mod book;
mod cancel;
mod counter;
mod documents;
mod erasure;
mod idempotency;
mod jobs;
mod lists;
mod opening;
mod rerun;
mod retention;
mod scan;
mod sequencer;
mod tamper;
