//! Uploads: few at a time, because each is held in memory until it is whole, and none for ever.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Status, Streaming};

use super::status;
use crate::app::AppError;
use crate::domain::time::Span;

/// How long the next message may take.
const IDLE: Duration = Duration::from_secs(30);
/// How long a whole upload may take.
pub const WHOLE: Duration = Duration::from_mins(10);

/// The places for uploads.
#[derive(Clone, Debug)]
pub struct Uploads(Arc<Semaphore>);

impl Uploads {
    /// At most `places` at a time.
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    /// A place, as long as it is held; nobody waits for one.
    pub fn place(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_full| {
            status::of(AppError::Exhausted {
                reason: "TOO_MANY_UPLOADS",
                message: "as many uploads as this instance takes are on their way; try again, or \
                          raise limits.max_uploads"
                    .into(),
                retry: Span::secs(2),
            })
        })
    }
}

/// The next message of an upload; who is silent for too long has to begin again.
pub async fn next<T>(parts: &mut Streaming<T>) -> Result<Option<T>, Status> {
    within(IDLE, parts.message()).await
}

async fn within<T>(
    limit: Duration,
    message: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    tokio::time::timeout(limit, message).await.unwrap_or_else(|_elapsed| Err(status::deadline()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    #[test]
    fn a_place_is_free_again_when_it_is_given_back() {
        let uploads = Uploads::new(1);
        let held = uploads.place().expect("free");
        assert_eq!(uploads.place().map(drop).map_err(|s| s.code()), Err(Code::ResourceExhausted));
        drop(held);
        assert!(uploads.place().is_ok());
    }

    #[tokio::test]
    async fn silence_ends_an_upload() {
        let silent = std::future::pending::<Result<(), Status>>();
        let ended = within(Duration::from_millis(5), silent).await;
        assert_eq!(ended.map_err(|status| status.code()), Err(Code::DeadlineExceeded));
    }
}
