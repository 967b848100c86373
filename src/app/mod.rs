//! The use cases, one file each: load facts, decide, commit. [`App`] is what they share.

pub mod error;

pub use error::AppError;
