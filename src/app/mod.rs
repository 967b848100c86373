//! The use cases, one file each: load facts, decide, commit.

pub mod credential;
pub mod error;
pub mod password;
pub mod shared;

pub use error::AppError;
pub use shared::App;
