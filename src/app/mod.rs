//! The use cases, one file each: load facts, decide, commit.

pub mod credential;
pub mod error;
pub mod parts;
pub mod password;

pub use error::AppError;
pub use parts::App;
