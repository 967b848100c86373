//! What a register's record tells beside the answer itself: a firm that is new, and a record that
//! was changed just before the firm signed up, as thieves of firms do.

use serde_json::Value;

use super::rules::{Flag, FlagRules};
use crate::domain::check::{Check, Kind, Verdict};
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
    /// The dates that a check's evidence holds under `since` and `changed`: its own, or the latest of
    /// those of several sources that were asked.
    pub fn of(evidence: &Value) -> Self {
        let asked = evidence.get("asked").and_then(Value::as_array).into_iter().flatten();
        let all: Vec<&Value> = std::iter::once(evidence).chain(asked).collect();
        let day = |key: &str| all.iter().filter_map(|one| instant(one.get(key)?)).max();
        Self { formed: day("since"), changed: day("changed") }
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

/// A date, or an instant in microseconds.
fn instant(value: &Value) -> Option<Ts> {
    value.as_i64().map(Ts).or_else(|| date::read(value.as_str()?.get(..10)?))
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
