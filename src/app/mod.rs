//! The use cases, one file each: load facts, decide, commit.

pub mod access;
pub mod agreement;
pub mod challenge;
pub mod change;
pub mod check;
pub mod credential;
pub mod customer;
pub mod deliver;
pub mod document;
pub mod draft;
pub mod error;
pub mod finding;
pub mod gate;
pub mod list_load;
pub mod lists;
pub mod operation;
pub mod page;
pub mod parts;
pub mod password;
pub mod policies;
pub mod proposal;
pub mod publish;
pub mod review;
pub mod session;
pub mod token;
pub mod traceback;
pub mod trunk;

pub use error::AppError;
pub use parts::App;
