//! Everything that reads bytes or text from outside, fed with what nobody would write. Each target is
//! a test of its own that runs for a moment here and for as long as `scripts/fuzz.sh` says;
//! `tests/fuzz_targets.txt` lists them, and which parser each feeds.

mod certificates;
mod files;
mod noise;
mod texts;
