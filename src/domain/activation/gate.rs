//! The gate itself.

use super::counters::{Counters, counters, primary_verified};
use super::horizon::{Horizon, horizon};
use crate::domain::agreement::coverage;
use crate::domain::attestation::Cap;
use crate::domain::check::Verdict;
use crate::domain::customer::{Active, Condition, Refusal, State, SuspendReason};
use crate::domain::customer_file::CustomerFile;
use crate::domain::finding::{Code, FindingState, Resolution};
use crate::domain::policy::{Effect, Policy};
use crate::domain::requirement::{Requirement, requirements};
use crate::domain::time::Ts;

/// A customer that passed the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// Its new state: ACTIVE.
    pub state: State,
    /// The counters to store beside it.
    pub counters: Counters,
}

/// Passes the gate (rule 1), or says everything that is missing.
pub fn activate(
    file: &CustomerFile,
    policy: &Policy,
    now: Ts,
) -> Result<Activated, Vec<Requirement>> {
    let unmet = requirements(file, policy, now);
    if unmet.is_empty() { Ok(pass(file, policy)) } else { Err(unmet) }
}

/// Lets a suspended customer back: two people agreed since the suspension began, nobody may not
/// end it, and the gate's facts hold (rule 8).
pub fn reinstate(
    file: &CustomerFile,
    policy: &Policy,
    now: Ts,
) -> Result<Activated, ReinstateRefusal> {
    file.customer.state.may_reinstate().map_err(ReinstateRefusal::Step)?;
    activate(file, policy, now).map_err(ReinstateRefusal::Unmet)
}

/// Why a suspended customer cannot be let back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReinstateRefusal {
    /// The step is not open.
    Step(Refusal),
    /// The gate's facts do not hold.
    Unmet(Vec<Requirement>),
}

/// Records a reviewer's approval: fields, checks and findings have to be in order; agreement and
/// traceback contact may follow.
pub fn approve(file: &CustomerFile, policy: &Policy, now: Ts) -> Result<State, Vec<Requirement>> {
    let mut unmet = requirements(file, policy, now);
    unmet.retain(|need| need.code.concerns_identity());
    if !unmet.is_empty() {
        return Err(unmet);
    }
    let kyc_expires_at = horizon(file, policy).uncapped_until;
    file.customer
        .state
        .clone()
        .verify(kyc_expires_at, now)
        .map_err(|refusal| vec![Requirement::of_refusal(&refusal)])
}

fn pass(file: &CustomerFile, policy: &Policy) -> Activated {
    let Horizon { uncapped_until, active_until } = horizon(file, policy);
    let (cap, conditions) = standing(file, policy);
    let active = Active { cap, uncapped_until, active_until, conditions };
    Activated { state: State::Active(active), counters: counters(file, policy) }
}

/// The cap that findings set, and the conditions that facts give.
fn standing(file: &CustomerFile, policy: &Policy) -> (Cap, Vec<Condition>) {
    let mut conditions = Vec::new();
    if coverage::repaper_due(&file.agreements, policy, file.customer.role) {
        conditions.push(Condition::RepaperDue);
    }
    let capped = standing_effects(file, policy).any(|e| e == Effect::CapB);
    if capped {
        conditions.push(Condition::Restricted);
    }
    (if capped { Cap::B } else { Cap::A }, conditions)
}

fn standing_effects<'a>(
    file: &'a CustomerFile,
    policy: &'a Policy,
) -> impl Iterator<Item = Effect> + 'a {
    file.findings.iter().filter(|f| f.stands()).map(|f| policy.effect(f.code))
}

/// What becomes of a customer when its facts have changed, or time has passed. The result never
/// stands higher than the facts carry; only [`activate`] and [`reinstate`] lead back from a
/// suspension.
pub fn on_fact_change(file: &CustomerFile, policy: &Policy, now: Ts) -> State {
    let state = file.customer.state.clone();
    let bad = worst(file, policy, now);
    match &state {
        State::Active(_) => match bad {
            Some(why) => lower(state, why, now),
            None => pass(file, policy).state,
        },
        State::Suspended { .. } => match bad {
            // What nobody may end is not hidden behind a lighter reason.
            Some(why) if !why.overridable() => lower(state, why, now),
            _ => cured(file, state),
        },
        State::Verified { .. } => {
            let counted = counters(file, policy);
            if counted.checks_missing > 0 || counted.high_open > 0 {
                State::InReview { since: now }
            } else {
                state
            }
        }
        State::Submitted { .. } => {
            let open = file.findings.iter().any(crate::domain::finding::Finding::is_open);
            let review = file
                .claim_rows()
                .iter()
                .any(|claim| file.live_check(claim).is_some_and(|c| c.result == Verdict::Review));
            if open || review { State::InReview { since: now } } else { state }
        }
        State::Draft
        | State::InReview { .. }
        | State::Rejected { .. }
        | State::Terminated { .. }
        | State::Legacy => state,
    }
}

/// A suspension for a removal or an order ends with its cause: from then on two people can end it.
fn cured(file: &CustomerFile, state: State) -> State {
    let State::Suspended { since, reason, was } = state else { return state };
    let cause = match reason {
        SuspendReason::RmdRemoved => Code::RmdRemoved,
        SuspendReason::FccOrder => Code::FccOrder,
        SuspendReason::ProfileChanged
        | SuspendReason::CheckExpired
        | SuspendReason::AgreementEnded
        | SuspendReason::ContactLost
        | SuspendReason::CheckFailed
        | SuspendReason::Finding
        | SuspendReason::Reviewer
        | SuspendReason::LawEnforcement
        | SuspendReason::SanctionsConfirmed => return State::Suspended { since, reason, was },
    };
    let stands = file.findings.iter().any(|f| f.code == cause && f.stands());
    let reason = if stands { reason } else { SuspendReason::Finding };
    State::Suspended { since, reason, was }
}

fn lower(state: State, why: SuspendReason, now: Ts) -> State {
    state.clone().suspend(why, now).unwrap_or(state)
}

/// The gravest thing that forbids ACTIVE, if anything does.
fn worst(file: &CustomerFile, policy: &Policy, now: Ts) -> Option<SuspendReason> {
    let counted = counters(file, policy);
    let claims = file.claim_rows();
    let confirmed = file.findings.iter().any(|f| {
        let FindingState::Resolved { resolution, .. } = &f.state else { return false };
        f.code == Code::SanctionsHit && *resolution == Resolution::Confirmed
    });
    let standing = |code| file.findings.iter().any(|f| f.code == code && f.stands());
    let suspends = standing_effects(file, policy).any(|e| e == Effect::Suspend);
    let failed = claims.iter().filter_map(|claim| file.live_check(claim)).any(|check| {
        !check.kind.is_form() && matches!(check.result, Verdict::Fail | Verdict::Review)
    });
    let causes = [
        (standing(Code::FccOrder), SuspendReason::FccOrder),
        (standing(Code::RmdRemoved), SuspendReason::RmdRemoved),
        (confirmed, SuspendReason::SanctionsConfirmed),
        (counted.high_open > 0 || suspends, SuspendReason::Finding),
        (counted.checks_missing > 0 && failed, SuspendReason::CheckFailed),
        (counted.checks_missing > 0, SuspendReason::ProfileChanged),
        (!primary_verified(file, &claims), SuspendReason::ContactLost),
        (counted.clauses_missing > 0, SuspendReason::AgreementEnded),
        (
            counted.is_clear() && now >= horizon(file, policy).active_until,
            SuspendReason::CheckExpired,
        ),
    ];
    causes.into_iter().filter(|(holds, _)| *holds).map(|(_, why)| why).max()
}
