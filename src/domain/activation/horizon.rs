//! Until when the facts carry an activation.

use super::counters::primary_check;
use crate::domain::agreement::coverage;
use crate::domain::check::Kind;
use crate::domain::customer_file::{ClaimRow, CustomerFile};
use crate::domain::policy::{OnExpiry, Policy, RequiredCheck, RoleRules};
use crate::domain::time::{Span, Ts};

/// The two instants that an ACTIVE customer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Nothing above B from here on.
    pub uncapped_until: Ts,
    /// No level at all from here on.
    pub active_until: Ts,
}

impl Horizon {
    const OPEN: Self = Self { uncapped_until: Ts::FOREVER, active_until: Ts::FOREVER };
    const CLOSED: Self = Self { uncapped_until: Ts::NEVER, active_until: Ts::NEVER };

    fn meet(self, other: Self) -> Self {
        Self {
            uncapped_until: self.uncapped_until.min(other.uncapped_until),
            active_until: self.active_until.min(other.active_until),
        }
    }

    /// What the end of one required thing does.
    fn at_end(until: Ts, effect: OnExpiry, grace: Span) -> Self {
        match effect {
            OnExpiry::Suspend => Self { uncapped_until: until, active_until: until },
            OnExpiry::None | OnExpiry::Finding => {
                let lasting = until.plus(RequiredCheck::LASTING).min(Ts::FOREVER);
                Self { uncapped_until: lasting, active_until: lasting }
            }
            OnExpiry::CapB => {
                Self { uncapped_until: until, active_until: until.plus(grace).min(Ts::FOREVER) }
            }
        }
    }
}

/// The earliest end among everything the policy requires. Facts that carry no activation at all
/// give the closed horizon.
pub fn horizon(file: &CustomerFile, policy: &Policy) -> Horizon {
    let Some(rules) = policy.role(file.customer.role) else { return Horizon::CLOSED };
    let claims = file.claim_rows();
    let checks = rules.checks.iter().map(|rule| of_check(file, &claims, rule));
    let clauses = rules.clauses.iter().map(|rule| {
        let until = coverage::held_until(&file.agreements, rule);
        Horizon { uncapped_until: Ts::FOREVER, active_until: until }
    });
    let contact =
        [Kind::ContactEmail, Kind::ContactPhone].map(|kind| of_primary(file, &claims, rules, kind));
    checks.chain(clauses).chain(contact).fold(Horizon::OPEN, Horizon::meet)
}

fn of_check(file: &CustomerFile, claims: &[ClaimRow], rule: &RequiredCheck) -> Horizon {
    let of_kind = claims.iter().filter(|c| c.kind == rule.kind);
    let ends = of_kind.map(|claim| of_claim(file, claim, rule));
    if rule.every_claim {
        ends.reduce(Horizon::meet).unwrap_or(Horizon::CLOSED)
    } else {
        ends.max_by_key(|h| (h.active_until, h.uncapped_until)).unwrap_or(Horizon::CLOSED)
    }
}

/// An override ends without grace: it was two people's word, not a check.
fn of_claim(file: &CustomerFile, claim: &ClaimRow, rule: &RequiredCheck) -> Horizon {
    let Some(check) = file.live_check(claim) else { return Horizon::CLOSED };
    match (check.passed_until(false), check.passed_until(rule.overridable)) {
        (Some(until), _) => Horizon::at_end(until, rule.on_expiry, rule.grace),
        (None, Some(until)) => Horizon::at_end(until, OnExpiry::Suspend, Span::ZERO),
        (None, None) => Horizon::CLOSED,
    }
}

fn of_primary(file: &CustomerFile, claims: &[ClaimRow], rules: &RoleRules, kind: Kind) -> Horizon {
    let until = primary_check(file, claims, kind).and_then(|c| c.passed_until(false));
    let Some(until) = until else { return Horizon::CLOSED };
    match rules.checks.iter().find(|rule| rule.kind == kind) {
        Some(rule) => Horizon::at_end(until, rule.on_expiry, rule.grace),
        None => Horizon::at_end(until, OnExpiry::Suspend, Span::ZERO),
    }
}
