//! Imports of numbers: files as strangers write them, over real gRPC; kills at any row; and what an
//! import costs against a bare load of the same rows.

mod base;
mod bench;
mod feeds;
mod files;
#[cfg(feature = "failpoints")]
mod kills;
mod stages;
mod work;
