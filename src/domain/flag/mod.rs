//! Red flags that a profile shows by itself, or beside a fact from outside (R2-09). Pure: what an
//! address database, a list or a register says comes in as a fact, and an unknown fact raises
//! nothing. What a flag means is said by the policy, finding code by finding code.

mod email;
mod lodging;
mod registry;
mod rules;
mod script;
mod spoof;
#[cfg(test)]
mod tests;

pub use email::host_of;
pub use registry::{RegistryFacts, corroborated};
pub use rules::{Flag, FlagRules, Outside, flags, looked_at};
pub use script::{Heard, hear};
pub use spoof::{shapes, spoofed};
