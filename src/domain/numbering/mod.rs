//! The numbering plan: what can be said of any E.164 number, and why.
//!
//! The plan's own rules come first, then what is listed, then what is allocated. A list or an
//! inventory never makes an impossible number possible, and a missing or old allocation file never
//! refuses a number: it caps.

mod allocation;
mod book;
mod dno;
mod judge;
mod npa;
mod reason;
mod row;

pub use allocation::{Allocation, Block, InForce, Standing};
pub use book::{BadRow, Book, Checked, Placed};
pub use dno::{BadPrefix, Dno, Listed, Lister, Prefix};
pub use judge::{Judged, Known, Stocked, judge};
pub use npa::{AreaCodes, Use};
pub use reason::Reason;
pub use row::{BlockRow, CodeRow, DnoRow, ExceptionRow, NpaRow, keys_of};
