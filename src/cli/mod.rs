//! The commands of `vouch`, one file each.

pub mod args;
pub mod attest;
pub mod batch;
pub mod cert;
pub mod check;
pub mod compare;
pub mod connect;
pub mod customer;
pub mod decide;
pub mod demo;
pub mod events;
pub mod exit;
pub mod fault;
pub mod journal;
pub mod key;
pub mod lines;
pub mod load;
pub mod number;
pub mod number_import;
pub mod numbers;
pub mod output;
mod progress;
pub mod run;
pub mod screen;
pub mod serve;
pub mod settings;
pub mod source;
pub mod trunk;
mod upload;
pub mod user;
pub mod words;

pub use run::main;
