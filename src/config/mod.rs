//! Settings, read once at the start: flags, then `VOUCH_*`, then the file, then the defaults. One
//! file a section; [`load`] layers them and names the key of everything that is wrong.

pub mod database;
pub mod delivery;
pub mod documents;
pub mod fault;
pub mod geo;
pub mod keys;
pub mod limits;
pub mod lists;
pub mod load;
pub mod policy;
pub mod print;
pub mod secret;
pub mod server;
pub mod settings;
pub mod sources;
pub mod telemetry;

pub use fault::ConfigFault;
pub use load::{Config, Given};
