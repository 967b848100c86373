//! Fences of a command that lowers several customers: raised while it runs, before its commit, and
//! kept until this instance's table has applied what it wrote.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::access::Written;
use super::change::APPLIED;
use super::error::AppError;
use super::parts::App;
use crate::answer::live::CustomerFence;
use crate::domain::ids::CustomerId;

/// How long a fence stays at most: beyond `a_bound` a table that does not follow gives no A.
const FENCED: Duration = Duration::from_secs(10);

/// The fences of one command; a rerun of it finds those that it raised before.
#[derive(Clone, Debug, Default)]
pub(super) struct Fences(Arc<Mutex<BTreeMap<CustomerId, CustomerFence>>>);

impl Fences {
    /// From now on none of them is active here.
    pub(super) fn raise(&self, app: &App, customers: impl IntoIterator<Item = CustomerId>) {
        let mut raised = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for customer in customers {
            raised.entry(customer).or_insert_with(|| app.live.fence(customer));
        }
    }
}

impl App {
    /// Runs a command that may lower several customers. It and its fences end even when the caller
    /// hangs up; it is acknowledged when the local table has applied the last thing it wrote.
    pub(super) async fn lowering<T>(
        &self,
        command: impl Future<Output = Result<T, AppError>> + Send + 'static,
        fences: Fences,
        last: impl Fn(&T) -> Option<Written> + Send + 'static,
    ) -> Result<T, AppError>
    where
        T: Send + 'static,
    {
        let app = self.clone();
        let task = async move {
            let done = command.await?;
            if let Some(Written { subject, revision }) = last(&done)
                && !app.live.wait_for(subject, revision, APPLIED).await
            {
                tokio::spawn(async move {
                    app.live.wait_for(subject, revision, FENCED).await;
                    drop(fences);
                });
            }
            Ok(done)
        };
        let ended = tokio::spawn(task).await;
        ended.map_err(|panic| AppError::bug(&self.clock, &panic))?
    }
}
