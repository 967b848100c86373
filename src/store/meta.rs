//! What the store knows of itself: its epoch, whether it is a sandbox, and which key ring it was
//! made with.

use super::error::StoreError;
use super::seal::{Cell, Sealer};
use super::tx::Tx;
use crate::domain::ids::EpochId;
use crate::domain::time::Ts;
use crate::queries;

/// The store's own row.
#[derive(Debug, sqlx::FromRow)]
pub struct MetaRow {
    /// The incarnation.
    pub epoch: EpochId,
    /// Whether it is a sandbox.
    pub sandbox: bool,
    key_check: Vec<u8>,
}

queries! {
    /// The store's own row.
    pub fn store_meta() -> opt<MetaRow> = "SELECT epoch, sandbox, key_check FROM store_meta WHERE id = 1";
    /// The same, locked until the transaction ends: what a store gets once, one instance makes.
    pub fn store_lock() -> opt<(EpochId,)> = sql!("SELECT epoch FROM store_meta WHERE id = 1", pg: " FOR UPDATE");
    fn add_store_meta(epoch: EpochId, sandbox: bool, key_check: &[u8], at: Ts) -> exec =
        "INSERT INTO store_meta (id, epoch, sandbox, key_check, created_at) VALUES (1, $1, $2, $3, $4) ON CONFLICT DO NOTHING";
    fn add_journal_head(at: Ts, empty: &[u8], root: &[u8]) -> exec =
        "INSERT INTO journal_head (id, seq, sequenced_at, beat, beat_at, edge, root) VALUES (1, 0, $1, 0, $1, $2, $3)
         ON CONFLICT DO NOTHING";
}

/// SHA-256 of nothing: the root of the empty tree (RFC 6962 section 2.1).
const EMPTY_ROOT: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

const CHECK: Cell<'static> = Cell { table: "store_meta", column: "key_check", row: b"1" };

/// Makes the store's rows where they are not there yet.
pub(super) async fn found(tx: &mut Tx, sandbox: bool) -> Result<(), StoreError> {
    let key_check = tx.sealer.seal(CHECK, b"vouch", &tx.clock)?;
    let at = tx.at();
    let epoch = EpochId(tx.clock.opaque_id());
    tx.add_store_meta(epoch, sandbox, &key_check, at).await?;
    tx.add_journal_head(Ts::NEVER, &[], &EMPTY_ROOT).await?;
    Ok(())
}

/// The store's row, if the key ring is the one it was made with.
pub(super) async fn checked(tx: &mut Tx) -> Result<MetaRow, StoreError> {
    let row = tx.store_meta().await?.ok_or(StoreError::OlderSchema { found: 0, needs: 1 })?;
    known_keys(&tx.sealer, &row)?;
    Ok(row)
}

fn known_keys(sealer: &Sealer, row: &MetaRow) -> Result<(), StoreError> {
    sealer.open(CHECK, &row.key_check).map(drop).map_err(|_seal| StoreError::WrongKeys)
}
