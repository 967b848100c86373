//! The outer shell: gRPC services one file each, the HTTP look-up, who may call, and the one map
//! from errors to status.

pub mod admin;
pub mod agreement;
pub mod attestation;
pub mod auth;
mod caller;
pub mod cors;
mod dispute;
pub mod door;
pub mod health;
pub mod heard;
pub mod http_lookup;
pub mod inventory;
pub mod journal;
pub mod meter;
pub mod number;
mod number_event;
mod number_import;
pub mod onboarding;
pub mod operation;
pub mod operator;
pub mod policy;
pub mod review;
pub mod roles;
pub mod serve;
pub mod services;
pub mod session;
pub mod status;
pub mod stream;
pub mod tls;
pub mod upload;
pub mod watch;
