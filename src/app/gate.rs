//! The one gate, and the steps around it that people decide: approval, rejection, suspension,
//! termination.

use super::customer::Changed;
use super::draft::Draft;
use super::error::AppError;
use super::parts::App;
use crate::domain::access::Principal;
use crate::domain::activation::{activate, approve};
use crate::domain::command::onboarding::OnCustomer;
use crate::domain::command::review::DecideCustomer;
use crate::domain::customer::{State, SuspendReason};
use crate::domain::ids::CustomerId;
use crate::domain::time::Ts;
use crate::store::Meta;

/// Opens the gate, or says everything that keeps it shut.
pub async fn activate_customer(
    app: &App,
    who: &Principal,
    ask: OnCustomer,
) -> Result<Changed, AppError> {
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let mut draft = turn.draft(ask.customer).await?;
            draft.expect_etag(ask.write.etag)?;
            // The instant that the row will bear: it is never before anything that was read.
            let at = turn.tx.at();
            let activated = activate(&draft.file, &draft.policy.policy, at);
            draft.set_state(activated.map_err(AppError::Unmet)?.state);
            turn.finish(draft, "customer.activated").await
        }
    })
    .await
}

/// What people decide about a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Its identity is verified.
    Approve,
    /// It is not wanted.
    Reject,
    /// It is stopped at once.
    Suspend,
    /// It is ended for good.
    Terminate,
}

impl Decision {
    const fn word(self) -> &'static str {
        match self {
            Self::Approve => "customer.approved",
            Self::Reject => "customer.rejected",
            Self::Suspend => "customer.suspended",
            Self::Terminate => "customer.terminated",
        }
    }

    fn next(self, draft: &Draft, now: Ts) -> Result<State, AppError> {
        let state = draft.file.customer.state.clone();
        match self {
            Self::Approve => {
                approve(&draft.file, &draft.policy.policy, now).map_err(AppError::Unmet)
            }
            Self::Reject => Ok(state.reject(now)?),
            Self::Suspend => Ok(state.suspend(SuspendReason::Reviewer, now)?),
            Self::Terminate => Ok(state.terminate(now)?),
        }
    }
}

/// Carries out a reviewer's decision. What lowers trust is fenced in the local table first.
pub async fn decide(
    app: &App,
    who: &Principal,
    ask: DecideCustomer,
    decision: Decision,
) -> Result<Changed, AppError> {
    app.change(who, Meta::write(who, &ask.write), move |mut turn| {
        let ask = ask.clone();
        async move {
            let mut draft = turn.draft(ask.customer).await?;
            draft.expect_etag(ask.write.etag)?;
            let state = decision.next(&draft, turn.tx.at())?;
            draft.set_state(state);
            draft.because(ask.reason);
            turn.finish(draft, decision.word()).await
        }
    })
    .await
}

/// Takes down an ACTIVE customer whose time ran out.
pub async fn expire(app: &App, customer: CustomerId) -> Result<(), AppError> {
    const EXPIRY: &str = "expiry";
    let who = Principal::system(EXPIRY);
    app.change(&who, Meta::system(EXPIRY), move |mut turn| async move {
        let mut draft = turn.draft(customer).await?;
        if !matches!(draft.file.customer.state, State::Active(_)) {
            // Another instance was first.
            return Ok(Changed { customer, revision: draft.file.customer.revision });
        }
        draft.settle(turn.tx.at());
        turn.finish(draft, "customer.expired").await
    })
    .await
    .map(drop)
}
