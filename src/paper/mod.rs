//! What is printed: documents as PDF, from facts of the record, the same bytes each time. Behind the
//! feature `pdf`, because typesetting brings a few hundred packages.

mod letter;

pub use letter::{PaperError, letter};
