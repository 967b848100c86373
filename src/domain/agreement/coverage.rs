//! What executed agreements cover of what a policy requires.

use super::clause::ClauseId;
use super::record::Agreement;
use crate::domain::customer::Role;
use crate::domain::policy::{ClauseRule, Policy};
use crate::domain::time::Ts;

/// Until when an agreement holds: [`Ts::NEVER`] unless it is executed.
fn until(agreement: &Agreement) -> Ts {
    agreement.state.valid_until().unwrap_or(Ts::NEVER)
}

fn version_of(agreement: &Agreement, clause: ClauseId) -> Option<u32> {
    agreement.clauses.iter().find(|(id, _)| *id == clause).map(|(_, version)| *version)
}

/// Until when executed agreements hold a clause as the rule asks: an announced version ends older
/// ones on its day.
pub(in crate::domain) fn held_until(agreements: &[Agreement], rule: &ClauseRule) -> Ts {
    let ends = agreements.iter().filter_map(|agreement| {
        let version = version_of(agreement, rule.clause)?;
        let end = until(agreement);
        match rule.next {
            _ if version < rule.min_version => None,
            Some((next, from)) if version < next => Some(end.min(from)),
            _ => Some(end),
        }
    });
    ends.max().unwrap_or(Ts::NEVER)
}

/// Whether a version was announced that no executed agreement holds yet.
pub(in crate::domain) fn repaper_due(
    agreements: &[Agreement],
    policy: &Policy,
    role: Role,
) -> bool {
    let rules = policy.role(role).map_or(&[][..], |r| &r.clauses);
    rules.iter().filter_map(|rule| Some((rule.clause, rule.next?.0))).any(|(clause, next)| {
        let held = |a: &Agreement| version_of(a, clause).is_some_and(|v| v >= next);
        !agreements.iter().any(|a| until(a) > Ts::NEVER && held(a))
    })
}

/// Whether an executed agreement holds at `now`.
pub fn in_force(agreements: &[Agreement], now: Ts) -> bool {
    agreements.iter().any(|agreement| now < until(agreement))
}

/// The clauses that the policy requires of a role and no agreement in force holds in a version
/// that is enforced at `now`, in the order of the policy.
pub fn coverage(agreements: &[Agreement], policy: &Policy, role: Role, now: Ts) -> Vec<ClauseId> {
    let rules = policy.role(role).map_or(&[][..], |r| &r.clauses);
    let missing = rules.iter().filter(|rule| now >= held_until(agreements, rule));
    missing.map(|rule| rule.clause).collect()
}
