//! A retried write happens once (rule 12): the key is claimed first and the answer is kept with it, in
//! the transaction of the command itself.

use super::command::Key;
use super::error::StoreError;
use super::seal::Cell;
use super::tx::Tx;
use crate::domain::ids::CommandId;
use crate::domain::time::{Span, Ts};
use crate::queries;

/// How long a key is remembered.
pub const REMEMBERED: Span = Span::days(7);

#[derive(sqlx::FromRow)]
struct ClaimRow {
    body_hash: Vec<u8>,
    secret: bool,
    response: Option<Vec<u8>>,
    created_at: Ts,
}

struct NewClaim<'a> {
    principal: &'a str,
    call: &'a str,
    request_id: &'a str,
    body_hash: Vec<u8>,
    secret: bool,
    command: CommandId,
    at: Ts,
}

queries! {
    fn claim_key(row: NewClaim<'_> { principal: &str, call: &str, request_id: &str, body_hash: Vec<u8>, secret: bool,
        command: CommandId, at: Ts }) -> exec =
        "INSERT INTO idempotency (principal, call, request_id, body_hash, secret, command, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    fn claimed_key(principal: &str, call: &str, request_id: &str) -> opt<ClaimRow> =
        "SELECT body_hash, secret, response, created_at FROM idempotency
         WHERE principal = $1 AND call = $2 AND request_id = $3";
    fn keep_response(principal: &str, call: &str, request_id: &str, response: &[u8]) -> exec =
        "UPDATE idempotency SET response = $4 WHERE principal = $1 AND call = $2 AND request_id = $3";
    fn drop_key(principal: &str, call: &str, request_id: &str) -> exec =
        "DELETE FROM idempotency WHERE principal = $1 AND call = $2 AND request_id = $3";
    /// Forgets keys older than `before`; at most `limit` a call.
    pub fn forget_keys(before: Ts, limit: i64) -> exec =
        "DELETE FROM idempotency WHERE (principal, call, request_id) IN
         (SELECT principal, call, request_id FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
}

/// What the claim of a key found.
pub(super) enum Claim {
    /// Nobody has used it.
    Fresh,
    /// The same write happened; these were the bytes of its answer.
    Happened(Vec<u8>),
}

fn cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "idempotency", column: "response", row }
}

fn row_key(actor: &str, key: &Key) -> Vec<u8> {
    [actor, key.call, &key.request_id].join("\n").into_bytes()
}

impl Tx {
    /// Claims the key; waits where the same write is under way elsewhere.
    pub(super) async fn claim(&mut self, actor: &str, key: &Key) -> Result<Claim, StoreError> {
        let row = NewClaim {
            principal: actor,
            call: key.call,
            request_id: &key.request_id,
            body_hash: self.sealer.index("request body", &key.body),
            secret: key.secret,
            command: self.command_id(),
            at: self.now(),
        };
        for _attempt in 0..2 {
            if self.claim_key(&row).await? == 1 {
                return Ok(Claim::Fresh);
            }
            let Some(found) = self.claimed_key(actor, key.call, &key.request_id).await? else {
                continue;
            };
            if self.now().since(found.created_at) >= REMEMBERED {
                self.drop_key(actor, key.call, &key.request_id).await?;
                continue;
            }
            if found.body_hash != row.body_hash {
                return Err(StoreError::RequestReused);
            }
            if found.secret {
                return Err(StoreError::AlreadyShown);
            }
            let sealed = found.response.ok_or(StoreError::Corrupt("answer"))?;
            return Ok(Claim::Happened(self.sealer.open(cell(&row_key(actor, key)), &sealed)?));
        }
        Err(StoreError::Busy)
    }

    /// Keeps the answer with the claimed key; a secret one is not kept.
    pub(super) async fn remember(
        &mut self,
        actor: &str,
        key: &Key,
        answer: &[u8],
    ) -> Result<(), StoreError> {
        if key.secret {
            return Ok(());
        }
        let sealed = self.sealer.seal(cell(&row_key(actor, key)), answer, &self.clock)?;
        self.keep_response(actor, key.call, &key.request_id, &sealed).await?;
        Ok(())
    }
}
