//! The generated messages, clients and servers of package `vouch.v1`.
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::clone_on_ref_ptr,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    reason = "generated from proto/, whose comments buf lint checks; which lints fire depends on the generator"
)]

tonic::include_proto!("vouch.v1");

/// Descriptors of every file of the package and of what they import, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vouch.v1.bin"));
