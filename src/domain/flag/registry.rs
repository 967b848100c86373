//! What a register's record tells beside the answer itself: a firm that is new, and a record that
//! was changed just before the firm signed up, as thieves of firms do.

use serde_json::Value;

use super::rules::{Flag, FlagRules};
use crate::domain::check::{Check, Kind, RegistryEvidence, Verdict};
use crate::domain::date;
use crate::domain::finding::Code;
use crate::domain::time::{Span, Ts};

/// Dates of a register's record; absent is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegistryFacts {
    /// When the firm was registered.
    pub formed: Option<Ts>,
    /// When its record was last changed.
    pub changed: Option<Ts>,
}

impl RegistryFacts {
    /// The dates that the evidence of a check holds.
    pub fn of(evidence: &Value) -> Self {
        let told = RegistryEvidence::of(evidence);
        Self { formed: told.formed(), changed: told.changed() }
    }

    /// The flags of a record as it was at `now`.
    pub fn flags(self, check: &Check, rules: &FlagRules, now: Ts) -> Vec<Flag> {
        let young = |since: Option<Ts>, days: u32| {
            since.filter(|at| days > 0 && now < at.plus(Span::days(i64::from(days))))
        };
        let rows = [
            (Code::RecentRegistration, self.formed, rules.recent_registration_days, "NEW"),
            (Code::RegistryJustChanged, self.changed, rules.registry_changed_days, "CHANGED"),
        ];
        let flag = |(code, since, days, reason)| {
            let day = date::write(young(since, days)?);
            let flag = Flag::new(code, "legal_name", &format!("{} {day}", check.source), reason);
            Some(flag.with("date", day).with("source", &check.source))
        };
        rows.into_iter().filter_map(flag).collect()
    }
}

/// Whether anything but the customer's own word supports who it is: existence, or the tax number
/// with the name, passed on the live claim.
pub fn corroborated<'a>(live: impl IntoIterator<Item = &'a Check>, now: Ts) -> bool {
    live.into_iter().any(|check| {
        matches!(check.kind, Kind::Existence | Kind::TaxIdToName)
            && check.result == Verdict::Pass
            && now < check.expires_at
    })
}
