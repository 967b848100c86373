//! Fences of a command that lowers several customers: raised while it runs, before its commit, and
//! kept until this instance's table has applied what it wrote.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::access::Written;
use super::change::APPLIED;
use super::error::AppError;
use super::parts::App;
use crate::answer::live::CustomerFence;
use crate::domain::ids::CustomerId;
use crate::store::{Meta, Tx};

/// How long a fence stays at most: beyond `a_bound` a table that does not follow gives no A.
const FENCED: Duration = Duration::from_secs(10);

/// The fences of one command; a rerun of it finds those that it raised before. One that only shows
/// what it would do raises none.
#[derive(Clone, Debug)]
pub(super) struct Fences {
    dry: bool,
    raised: Arc<Mutex<BTreeMap<CustomerId, CustomerFence>>>,
}

impl Fences {
    /// From now on none of them is active here.
    pub(super) fn raise(&self, app: &App, customers: impl IntoIterator<Item = CustomerId>) {
        if self.dry {
            return;
        }
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        for customer in customers {
            raised.entry(customer).or_insert_with(|| app.live.fence(customer));
        }
    }
}

impl App {
    /// Runs `work` as a command that may lower several customers. It and its fences end even when the
    /// caller hangs up; it is acknowledged when the local table has applied the last thing it wrote.
    pub(super) async fn lowering<T, W, F>(
        &self,
        meta: Meta,
        work: W,
        last: impl Fn(&T) -> Option<Written> + Send + 'static,
    ) -> Result<T, AppError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        W: Fn(App, Tx, Fences) -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let (app, dry) = (self.clone(), meta.is_dry());
        let fences = Fences { dry, raised: Arc::default() };
        let task = async move {
            let (shared, raised) = (app.clone(), fences.clone());
            let command = move |tx| work(shared.clone(), tx, raised.clone());
            let done = app.store.command(meta, command).await?;
            if let Some(Written { subject, revision }) = last(&done).filter(|_| !dry)
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
