//! Statements, rows, transactions, migrations: everything that is stored, on `SQLite` and `PostgreSQL`.
//!
//! One file of statements a word of the design. A statement is one text for both engines:
//!
//! ```ignore
//! // store/customer.rs
//! /// A customer as stored.
//! #[derive(Debug, sqlx::FromRow)]                     // fields by column name, on both engines
//! pub struct CustomerRow { pub id: CustomerId, pub state: String, pub revision: i64, pub last_at: Ts }
//!
//! queries! {
//!     /// The customer's row, locked until the transaction ends.
//!     pub fn lock_customer(id: CustomerId) -> opt<CustomerRow> =       // opt, one, all<Row> or exec
//!         sql!("SELECT id, state, revision, last_at FROM customer WHERE id = $1", pg: " FOR UPDATE");
//!     /// Changes the state if nobody else has; says the new revision.
//!     pub fn set_state(id: CustomerId, rev: i64, state: &str, at: Ts, entry: EntryId) -> opt<(i64,)> =
//!         "UPDATE customer SET state = $3, revision = revision + 1, last_at = $4, from_entry = $5
//!          WHERE id = $1 AND revision = $2 RETURNING revision";
//!     /// More than six columns: taken from a struct by reference, in this order.
//!     pub fn add_customer(row: CustomerRow { id: CustomerId, state: String, revision: i64, last_at: Ts })
//!         -> exec = "INSERT INTO customer (id, state, revision, last_at) VALUES ($1, $2, $3, $4)";
//! }                                                   // and list STATEMENTS in store/statements.rs
//!
//! // app/: one transaction, run again whole when others were in the way, never cut by a lost caller
//! let reply = store.command(Meta::write(who, &req.write), move |mut tx| { let req = req.clone(); async move {
//!     let row = tx.lock_customer(req.id).await?.ok_or(NotFound)?;
//!     tx.saw(row.last_at);                            // for every row a decision rests on
//!     let next = domain::suspend(&row.into(), tx.now())?;             // pure
//!     let at = tx.at();                               // later than all that was seen
//!     let entry = tx.journal(EntryDraft { kind: SubjectKind::Customer, subject: row.id.0, rev: row.revision + 1,
//!         word: "customer.suspended", facts: Some(next.facts()), detail: next.detail(), owner: Some(row.id) }).await?;
//!     tx.set_state(row.id, row.revision, next.word(), at, entry).await?.ok_or(Conflict)?;
//!     Ok(Reply { .. })                                // Serialize + DeserializeOwned: remembered for seven days
//! }}).await?;                                         // Err(refusal) rolls back and is not remembered
//! let file = store.read(move |mut tx| async move { tx.customer(id).await }).await?;  // one snapshot
//! ```

pub mod access;
pub mod agreement;
pub mod audit;
pub mod audit_facts;
mod bulk;
pub mod callback;
pub mod certificate;
pub mod change;
pub mod check;
pub mod command;
pub mod customer;
pub mod dispute;
pub mod engine;
pub mod error;
pub mod failpoint;
pub mod feed;
mod file;
pub mod finding;
mod idempotency;
pub mod job;
pub mod journal;
pub mod keyring;
pub mod letter;
pub mod link;
pub mod list;
mod lock;
pub mod meta;
mod migrate;
pub mod names;
pub mod number;
mod number_bulk;
pub mod number_change;
pub mod number_event;
pub mod number_import;
pub mod numbering;
pub mod objection;
pub mod open;
pub mod operation;
pub mod origid;
pub mod rescreen;
pub mod seal;
pub mod sequencer;
pub mod statement;
pub mod statements;
pub mod tx;
mod types;
pub mod wake;

pub use command::Meta;
pub use engine::{EngineKind, Store};
pub use error::StoreError;
pub use idempotency::REMEMBERED;
pub use journal::{EntryDraft, Head, Sequenced};
pub use keyring::KeyRing;
pub use open::OpenStore;
pub use sequencer::Batch;
pub use tx::{EngineConn, Tx};
