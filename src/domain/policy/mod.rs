//! Policies: named, versioned, dated sets of rules as data. The text is read as it stands, then
//! checked whole, with every fault named.

mod check;
mod rules;
#[cfg(test)]
mod tests;
mod text;

pub use rules::{
    Agreements, Blast, Challenges, CheckRule, ClauseRule, Effect, EvidenceRules, FindingRule,
    HighVolume, NumberLife, OnExpiry, Policy, RequiredCheck, RequiredField, RequiredIdentifier,
    Retention, RoleRules, TwoPeople,
};
pub use text::PolicyText;
