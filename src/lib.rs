//! Vouch: the onboarding gate of a VoIP provider.
//!
//! The room says what kind of knowledge lives there, the file is the design's word. Features gate
//! every room but [`domain`], so `--no-default-features` compiles the rules alone.

#[cfg(feature = "server")]
pub mod answer;
#[cfg(feature = "server")]
pub mod api;
#[cfg(feature = "server")]
pub mod app;
#[cfg(feature = "server")]
pub mod boot;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "client")]
pub mod client;
#[cfg(any(feature = "client", feature = "store", feature = "sources"))]
pub mod clock;
#[cfg(feature = "server")]
pub mod config;
pub mod domain;
#[cfg(feature = "server")]
pub mod jobs;
#[cfg(feature = "pdf")]
pub mod paper;
#[cfg(feature = "sources")]
pub mod sources;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "table")]
pub mod table;
#[cfg(feature = "server")]
pub mod telemetry;
#[cfg(feature = "wire")]
pub mod wire;
