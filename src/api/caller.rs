//! What every handler begins with: who calls, what is asked, and which write it must have seen.

use std::time::Duration;

use tonic::{Request, Status};

use super::status;
use crate::answer::ask::After;
use crate::app::{App, AppError};
use crate::domain::access::Principal;
use crate::wire::validate::Faults;

/// How long a query waits for the write that its token names.
const WAIT: Duration = Duration::from_millis(50);

/// Who calls: the door has proved it before the request was decoded.
pub(super) fn caller<T>(request: &Request<T>) -> Result<Principal, Status> {
    let known = request.extensions().get::<Principal>().copied();
    known.ok_or_else(|| status::unauthenticated("NO_CREDENTIAL", "send a key or a session token"))
}

/// The request, read and checked whole.
pub(super) fn read<M, T: TryFrom<M, Error = Faults>>(message: M) -> Result<T, Status> {
    T::try_from(message).map_err(|faults| status::of_faults(&faults))
}

/// Who calls and what is asked.
pub(super) fn ask<M, T: TryFrom<M, Error = Faults>>(
    request: Request<M>,
) -> Result<(Principal, T), Status> {
    let who = caller(&request)?;
    Ok((who, read(request.into_inner())?))
}

/// Waits a moment for the write that a query's token names. The store is read either way: it has
/// every acknowledged write, so only a token of another store is refused.
pub(super) async fn after(app: &App, token: Option<&str>) -> Result<(), Status> {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(()) };
    let after = token
        .parse::<After>()
        .map_err(|why| status::of(AppError::field("change_token", "BAD_TOKEN", why.to_string())))?;
    drop(tokio::time::timeout(WAIT, after.is_seen(&app.live, true)).await);
    Ok(())
}
