//! How a command changes a customer: what lowers its trust is fenced in the local table before the
//! commit, and acknowledged when that table has applied it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::customer::Changed;
use super::draft::{Draft, Written};
use super::error::AppError;
use super::parts::App;
use crate::answer::live::{CustomerFence, Live};
use crate::domain::access::Principal;
use crate::domain::ids::CustomerId;
use crate::store::{Meta, Tx};

/// How long an acknowledgement waits for the local table; the fence holds all the same.
pub(super) const APPLIED: Duration = Duration::from_secs(1);

/// Where a command leaves the fence that it raised.
#[derive(Clone, Debug, Default)]
pub struct FenceSlot(Arc<Mutex<Option<CustomerFence>>>);

impl FenceSlot {
    /// Fences the customer from now on; a rerun of the command keeps the first fence.
    pub fn raise(&self, live: &Live, customer: CustomerId) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(live.fence(customer));
        }
    }

    fn take(&self) -> Option<CustomerFence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What a command's answer says of the customer it changed.
pub trait Changes {
    /// The change; none when nothing of the customer changed.
    fn changed(&self) -> Option<Changed>;
}

/// One run of a command on a customer: who acts, and in which transaction.
#[derive(Debug)]
pub struct Turn {
    /// Everything shared.
    pub app: App,
    /// The transaction.
    pub tx: Tx,
    /// Who acts.
    pub who: Principal,
    slot: FenceSlot,
    dry: bool,
}

impl Turn {
    /// Opens and locks the file of a customer, under the policy in force.
    pub async fn draft(&mut self, id: CustomerId) -> Result<Draft, AppError> {
        let policy = self.app.policies.at(self.tx.now())?;
        Draft::open(&mut self.tx, &self.who, id, policy).await
    }

    /// Writes a draft under one entry; a customer that goes down with it is fenced first.
    pub async fn write(
        &mut self,
        mut draft: Draft,
        word: &'static str,
    ) -> Result<Written, AppError> {
        draft.come_under_policy(self.tx.at());
        // A dry run lowers nothing, and no revision will come that takes its fence away.
        if draft.lowers() && !self.dry {
            self.slot.raise(&self.app.live, draft.file.customer.id);
        }
        draft.write(&mut self.tx, word).await
    }

    /// Writes a draft that is the command's whole effect.
    pub async fn finish(&mut self, draft: Draft, word: &'static str) -> Result<Changed, AppError> {
        let customer = draft.file.customer.id;
        let revision = self.write(draft, word).await?.revision;
        Ok(Changed { customer, revision })
    }
}

impl App {
    /// Runs a command that changes one customer. It ends even when the caller hangs up, and so does
    /// the fence.
    pub(super) async fn change<T, F, Fut>(
        &self,
        who: &Principal,
        meta: Meta,
        run: F,
    ) -> Result<T, AppError>
    where
        T: Changes + Serialize + DeserializeOwned + Send + 'static,
        F: Fn(Turn) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let slot = FenceSlot::default();
        let dry = meta.is_dry();
        let (app, given, who) = (self.clone(), slot.clone(), *who);
        let command = async move {
            let inner = app.clone();
            let run = move |tx| {
                let (app, who, slot) = (inner.clone(), who, given.clone());
                run(Turn { app, tx, who, slot, dry })
            };
            let done = app.store.command(meta, run).await;
            let lowered = match (slot.take(), done.as_ref().ok().and_then(Changes::changed)) {
                (Some(fence), Some(changed)) => {
                    fence.hold_until(changed.revision);
                    Some(changed)
                }
                (Some(_) | None, _) => None,
            };
            (done, lowered)
        };
        let ended = tokio::spawn(command).await;
        let (done, lowered) = ended.map_err(|panic| AppError::bug(&self.clock, &panic))?;
        if let Some(changed) = lowered {
            self.live.wait_for(changed.customer.0, changed.revision, APPLIED).await;
        }
        done
    }
}
