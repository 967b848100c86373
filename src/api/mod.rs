//! The outer shell: gRPC services one file each, the HTTP look-up, who may call, and the one map
//! from errors to status.

pub mod status;
