//! What every store must do alike, whichever engine is under it.

mod cancel;
mod counter;
mod erasure;
mod idempotency;
mod opening;
mod rerun;
mod retention;
mod sequencer;
mod tamper;
